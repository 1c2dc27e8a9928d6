//! `symbolon user`.

use clap::Subcommand;
use http::Method;
use serde_json::json;

use crate::admin::{Admin, ServerArgs};
use crate::commands::page::PageArgs;
use crate::commands::revoke::{ENFORCED_TIMEOUT, Level, print_receipt};
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
        /// The password has to be replaced at the first sign-in.
        #[arg(long)]
        must_change: bool,
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
    #[command(
        after_help = "Examples:\n  symbolon user disable ada\n  symbolon user disable ada --wait enforced"
    )]
    Disable {
        /// Name or id.
        user: String,
        /// When to return: once committed, once no edge accepts any more, or once every lease has run out.
        #[arg(long, value_enum, default_value_t = Level::Durable)]
        wait: Level,
    },
    /// Let a user sign in again; nothing that was revoked comes back.
    #[command(after_help = "Example:\n  symbolon user enable ada")]
    Enable {
        /// Name or id.
        user: String,
    },
    /// End a lockout: passwords are heard again from browsers that the user did not use before.
    #[command(after_help = "Example:\n  symbolon user unlock ada")]
    Unlock {
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
        /// The password has to be replaced at the next sign-in.
        #[arg(long)]
        must_change: bool,
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
            must_change,
        } => {
            let password = input::new_password(password_stdin, out)?;
            let password = password.as_ref().map(|text| text.as_str());
            let body = json!({
                "name": name, "email": email, "password": password, "admin": is_admin, "must_change": must_change,
            });
            out.object(&admin.send(Method::POST, &["users"], Some(&body)).await?);
        }
        Action::List(page) => out.list(&admin.read(&["users"], &page.query()).await?, COLUMNS),
        Action::Show { user } => out.object(&admin.read(&["users", &user], &[]).await?),
        Action::Disable { user, wait } => disable(&admin, &user, wait, out).await?,
        Action::Unlock { user } => {
            out.object(
                &admin
                    .send(Method::POST, &["users", &user, "unlock"], None)
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
        Action::SetPassword {
            user,
            password_stdin,
            must_change,
        } => {
            let password = input::new_password(password_stdin, out)?;
            let Some(password) = password else {
                return Err(Failure::mistake("no password was given")
                    .hint("use --password-stdin, or run the command on a terminal"));
            };
            let body = json!({"password": password.as_str(), "must_change": must_change});
            out.object(
                &admin
                    .send(Method::PUT, &["users", &user, "password"], Some(&body))
                    .await?,
            );
        }
    }
    Ok(Verdict::Done)
}

/// The user as it is now, and the receipt where something was revoked.
async fn disable(admin: &Admin, user: &str, wait: Level, out: &Out) -> Result<(), Failure> {
    let query = [("wait", wait.word().to_owned())];
    let path = ["users", user, "disable"];
    let mut changed = admin
        .send_query(ENFORCED_TIMEOUT, (Method::POST, &path), &query)
        .await?;
    if out.is_json() {
        out.json(&changed);
        return Ok(());
    }
    let receipt = changed
        .as_object_mut()
        .and_then(|members| members.remove("receipt"));
    out.object(&changed);
    if let Some(receipt) = receipt.filter(|receipt| !receipt.is_null()) {
        print_receipt(&receipt, out);
    }
    Ok(())
}
