//! `symbolon user`.

use clap::Subcommand;
use http::Method;
use serde_json::json;

use crate::admin::ServerArgs;
use crate::commands::page::PageArgs;
use crate::failure::{Failure, Verdict};
use crate::input;
use crate::out::Out;

/// Users: add, look at, disable, enable, give a password.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  symbolon user add ada --email ada@example.org")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a user; the password is asked for on a terminal.
    #[command(after_help = "Examples:\n  symbolon user add ada --email ada@example.org\n  \
        pass show ada | symbolon user add ada --password-stdin")]
    Add {
        /// The name to sign in with.
        name: String,
        /// E-mail address.
        #[arg(long, value_name = "E")]
        email: Option<String>,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
        /// May administer this server.
        #[arg(long)]
        admin: bool,
    },
    /// List users.
    #[command(after_help = "Example:\n  symbolon user list --json | jq -r '.items[].name'")]
    List(PageArgs),
    /// Show one user.
    #[command(after_help = "Example:\n  symbolon user show ada")]
    Show {
        /// Name or id.
        user: String,
    },
    /// Disable a user; everything of theirs is revoked.
    #[command(after_help = "Example:\n  symbolon user disable ada")]
    Disable {
        /// Name or id.
        user: String,
    },
    /// Let a user sign in again; nothing that was revoked comes back.
    #[command(after_help = "Example:\n  symbolon user enable ada")]
    Enable {
        /// Name or id.
        user: String,
    },
    /// Set a user's password; their sessions end.
    #[command(after_help = "Examples:\n  symbolon user set-password ada\n  \
        pass show ada | symbolon user set-password ada --password-stdin")]
    SetPassword {
        /// Name or id.
        user: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("NAME", "name"),
    ("ID", "id"),
    ("EMAIL", "email"),
    ("ADMIN", "admin"),
    ("DISABLED", "disabled"),
];

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    match args.action {
        Action::Add {
            name,
            email,
            password_stdin,
            admin: is_admin,
        } => {
            let password = input::new_password(password_stdin, out)?;
            let password = password.as_ref().map(|text| text.as_str());
            let body = json!({"name": name, "email": email, "password": password, "admin": is_admin});
            out.object(&admin.send(Method::POST, &["users"], Some(&body)).await?);
        }
        Action::List(page) => out.list(&admin.read(&["users"], &page.query()).await?, COLUMNS),
        Action::Show { user } => out.object(&admin.read(&["users", &user], &[]).await?),
        Action::Disable { user } => {
            out.object(
                &admin
                    .send(Method::POST, &["users", &user, "disable"], None)
                    .await?,
            );
        }
        Action::Enable { user } => {
            out.object(
                &admin
                    .send(Method::POST, &["users", &user, "enable"], None)
                    .await?,
            );
        }
        Action::SetPassword { user, password_stdin } => {
            let password = input::new_password(password_stdin, out)?;
            let Some(password) = password else {
                return Err(Failure::mistake("no password was given")
                    .hint("use --password-stdin, or run the command on a terminal"));
            };
            let body = json!({"password": password.as_str()});
            out.object(
                &admin
                    .send(Method::PUT, &["users", &user, "password"], Some(&body))
                    .await?,
            );
        }
    }
    Ok(Verdict::Done)
}
