//! The command line as data.

use clap::{Parser, Subcommand};

use crate::commands::{
    admin_token, advise, audit, backup, client, completions, config, doctor, edge, events, key, pentest,
    recover_admin, restore, revoke, session, simulate, token, user,
};
use crate::serve;

const EXAMPLE: &str = "\
Examples:
  symbolon serve                           an authority with a built-in edge, kept in ./symbolon-data
  symbolon user add ada --email ada@example.org
  symbolon revoke session ses_... --wait enforced
  symbolon token inspect < token.txt

Exit status: 0 done, 1 a finding or a mistake of yours, 2 a fault.
Data goes to standard output, everything else to standard error.";

/// Sessions and JWTs as one record: issued, checked at every edge, revoked everywhere.
#[derive(Debug, Parser)]
#[command(name = "symbolon", version, about, after_help = EXAMPLE, propagate_version = true)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Data as JSON, one document a line; errors as JSON too.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Args),
    #[command(flatten)]
    Manage(Manage),
}

/// Commands that come to an end by themselves.
#[derive(Debug, Subcommand)]
pub(crate) enum Manage {
    User(user::Args),
    AdminToken(admin_token::Args),
    Client(Box<client::Args>),
    Session(session::Args),
    Key(key::Args),
    Revoke(revoke::Args),
    Token(token::Args),
    Edge(edge::Args),
    Events(events::Args),
    Config(config::Args),
    Advise(advise::Args),
    Simulate(simulate::Args),
    Audit(Box<audit::Args>),
    Pentest(Box<pentest::Args>),
    Doctor(doctor::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    RecoverAdmin(recover_admin::Args),
    Completions(completions::Args),
}

#[cfg(test)]
mod documents;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// Thumbprints are base64url: one in 64 begins with a hyphen.
    #[test]
    fn ids_may_begin_with_a_hyphen() {
        for line in [
            "symbolon key retire -8ne3NPI --wait enforced",
            "symbolon revoke key -8ne3NPI --wait enforced",
            "symbolon revoke all --idempotency-key -8ne3NPI",
        ] {
            let parsed = Cli::try_parse_from(line.split(' '));
            assert!(
                parsed.is_ok(),
                "{line}: {:?}",
                parsed.err().map(|e| e.to_string())
            );
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_help_with_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path}: no description");
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(help.contains("symbolon "), "{path}: no example");
            command.get_subcommands().for_each(|inner| check(inner, &path));
        }
        check(&Cli::command(), "");
    }

    #[test]
    fn no_argument_takes_a_secret() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                let secret = ["password", "secret", "token"]
                    .iter()
                    .any(|word| name.contains(word));
                assert!(!secret || !argument.get_action().takes_values(), "{name}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
