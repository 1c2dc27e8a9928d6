//! One file per command.

pub(crate) mod admin_token;
pub(crate) mod advise;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod client;
pub(crate) mod client_secret;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod edge;
pub(crate) mod events;
pub(crate) mod key;
pub(crate) mod metrics_page;
pub(crate) mod page;
pub(crate) mod pentest;
pub(crate) mod recover_admin;
pub(crate) mod reference;
pub(crate) mod restore;
pub(crate) mod revoke;
pub(crate) mod session;
pub(crate) mod simulate;
pub(crate) mod token;
pub(crate) mod user;

use crate::args::Manage;
use crate::failure::{Failure, Verdict};
use crate::out::Out;

/// Carries out one command.
pub(crate) async fn run(command: Manage, out: &Out) -> Result<Verdict, Failure> {
    match command {
        Manage::User(args) => user::run(args, out).await,
        Manage::AdminToken(args) => admin_token::run(args, out).await,
        Manage::Client(args) => client::run(*args, out).await,
        Manage::Session(args) => session::run(args, out).await,
        Manage::Key(args) => key::run(args, out).await,
        Manage::Revoke(args) => revoke::run(args, out).await,
        Manage::Token(args) => token::run(args, out).await,
        Manage::Edge(args) => edge::run(args, out).await,
        Manage::Events(args) => events::run(args, out).await,
        Manage::Config(args) => config::run(args, out).await,
        Manage::Audit(args) => audit::run(*args, out).await,
        Manage::Pentest(args) => pentest::run(*args, out).await,
        Manage::Advise(args) => advise::run(&args, out),
        Manage::Simulate(args) => simulate::run(&args, out),
        Manage::Doctor(args) => doctor::run(args, out).await,
        Manage::Backup(args) => backup::run(args, out).await,
        Manage::Restore(args) => restore::run(&args, out),
        Manage::RecoverAdmin(args) => recover_admin::run(args, out).await,
        Manage::Completions(args) => completions::run(&args, out),
    }
}
