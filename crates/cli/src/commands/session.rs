//! `symbolon session`.

use clap::Subcommand;
use domain::Subject;
use domain::id::{Id, Session};
use http::Method;

use crate::admin::ServerArgs;
use crate::commands::page::PageArgs;
use crate::failure::{Failure, Verdict};
use crate::out::Out;

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
    /// End one session, and the grants that hang on it.
    #[command(after_help = "Example:\n  symbolon session end ses_...")]
    End {
        /// Session id.
        id: Id<Session>,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("SUBJECT", "subject"),
    ("ASSURANCE", "assurance"),
    ("NETWORK", "network"),
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
        Action::End { id } => {
            let ended = admin
                .send(Method::DELETE, &["sessions", &id.to_string()], None)
                .await?;
            out.object(&ended);
        }
    }
    Ok(Verdict::Done)
}
