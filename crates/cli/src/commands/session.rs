//! `symbolon session`.

use clap::Subcommand;
use domain::Subject;
use domain::id::{Id, Session};
use http::Method;

use crate::admin::{Admin, ServerArgs};
use crate::commands::page::PageArgs;
use crate::commands::revoke::{ENFORCED_TIMEOUT, Level, print_receipt};
use crate::failure::{Failure, Verdict};
use crate::out::{Out, cell};

/// Sessions: list, look at, end.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  symbolon session list --subject user:01...")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List live sessions.
    #[command(after_help = "Example:\n  symbolon session list --limit 20")]
    List {
        /// Only this subject's: user:.. or client:..
        #[arg(long, value_name = "SUBJECT")]
        subject: Option<Subject>,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show one session.
    #[command(after_help = "Example:\n  symbolon session show ses_...")]
    Show {
        /// Session id.
        id: Id<Session>,
    },
    /// End one session, and the grants that hang on it; or all sessions and grants of a subject.
    #[command(after_help = "Examples:\n  symbolon session end ses_...\n  \
        symbolon session end --subject user:01... --all --wait enforced")]
    End {
        /// Session id.
        #[arg(required_unless_present = "subject", conflicts_with = "subject")]
        id: Option<Id<Session>>,
        /// Everything of this subject: user:.. or client:.. (with --all).
        #[arg(long, value_name = "SUBJECT", requires = "all")]
        subject: Option<Subject>,
        /// All its sessions and grants, those with offline_access too.
        #[arg(long, requires = "subject")]
        all: bool,
        /// When to return, with --all: once committed, once no edge accepts any more, or once every lease has run out.
        #[arg(long, value_enum, requires = "subject")]
        wait: Option<Level>,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("SUBJECT", "subject"),
    ("ASSURANCE", "assurance"),
    ("NETWORK", "network"),
    ("AGENT", "agent_name"),
    ("HOSTS", "hosts"),
    ("CREATED", "created_at"),
    ("ACTIVE", "last_active_at"),
    ("ENDS", "expires_at"),
];

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    match args.action {
        Action::List { subject, page } => {
            let mut query = page.query();
            query.push(("subject", subject.map(|s| s.to_string()).unwrap_or_default()));
            out.list(&admin.read(&["sessions"], &query).await?, COLUMNS);
        }
        Action::Show { id } => out.object(&admin.read(&["sessions", &id.to_string()], &[]).await?),
        Action::End {
            id, subject, wait, ..
        } => match (id, subject) {
            (Some(id), _) => {
                let path = ["sessions", &id.to_string()];
                out.object(&admin.send(Method::DELETE, &path, None).await?);
            }
            (None, Some(subject)) => end_all(&admin, &subject, wait.unwrap_or(Level::Durable), out).await?,
            (None, None) => return Err(Failure::mistake("no session was named")),
        },
    }
    Ok(Verdict::Done)
}

async fn end_all(admin: &Admin, subject: &Subject, wait: Level, out: &Out) -> Result<(), Failure> {
    let query = [("subject", subject.to_string()), ("wait", wait.word().to_owned())];
    let ended = admin
        .send_query(ENFORCED_TIMEOUT, (Method::DELETE, &["sessions"]), &query)
        .await?;
    if out.is_json() {
        out.json(&ended);
        return Ok(());
    }
    let count = |name: &str| ended.get(name).map(cell).unwrap_or_default();
    out.line(&format!(
        "ended {} sessions and {} grants",
        count("sessions"),
        count("grants")
    ));
    if let Some(receipt) = ended.get("receipt") {
        print_receipt(receipt, out);
    }
    Ok(())
}
