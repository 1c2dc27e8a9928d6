//! `symbolon client`.

use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

use crate::admin::ServerArgs;
use crate::commands::client_secret;
use crate::commands::page::PageArgs;
use crate::failure::{Failure, Verdict};
use crate::input;
use crate::out::{Out, cell};

/// OAuth clients: add, look at, remove.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  symbolon client add billing --grant client_credentials --audience api")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Register a client; its secret is printed once.
    #[command(
        after_help = "Examples:\n  symbolon client add billing --grant client_credentials --audience api\n  \
        symbolon client add spa --public --redirect-uri https://app.example/callback --audience api"
    )]
    Add(NewClient),
    /// List clients.
    #[command(after_help = "Example:\n  symbolon client list")]
    List(PageArgs),
    /// Show one client.
    #[command(after_help = "Example:\n  symbolon client show billing")]
    Show {
        /// Client id.
        id: String,
    },
    /// A client's secrets: rotate, list, remove.
    #[command(
        subcommand,
        after_help = "Example:\n  symbolon client secret rotate billing --overlap 24h"
    )]
    Secret(client_secret::Action),
    /// Remove a client; everything issued to it is revoked.
    #[command(after_help = "Example:\n  symbolon client remove billing")]
    Remove {
        /// Client id.
        id: String,
    },
}

/// A client to be.
#[derive(Debug, clap::Args)]
struct NewClient {
    /// Client id: letters, digits, '.', '_' and '-'.
    id: domain::ClientId,
    /// A name for the consent page.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Grant that it may use; repeatable. Without any: authorization_code and refresh_token.
    #[arg(long = "grant", value_name = "GRANT")]
    grants: Vec<String>,
    /// Redirect URI, compared byte for byte; repeatable.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Audience that it may ask tokens for; repeatable.
    #[arg(long = "audience", value_name = "A")]
    audiences: Vec<String>,
    /// Scope that it may ask for; repeatable.
    #[arg(long = "scope", value_name = "S")]
    scopes: Vec<String>,
    /// Where it is told that sessions end (back-channel logout).
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// It knows its sessions by `sid` alone; `sid` is always sent.
    #[arg(long, requires = "backchannel_logout_uri")]
    backchannel_logout_session_required: bool,
    /// A client that cannot keep a secret: a browser or mobile application.
    #[arg(long)]
    public: bool,
    /// Read the secret from standard input, in place of a new one.
    #[arg(long, conflicts_with = "public")]
    secret_stdin: bool,
}

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("NAME", "name"),
    ("PUBLIC", "public"),
    ("GRANTS", "grants"),
    ("AUDIENCES", "audiences"),
    ("SCOPES", "scopes"),
];

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let admin = args.server.admin(out)?;
    match args.action {
        Action::Add(client) => {
            let body = client.body()?;
            added(&admin.send(Method::POST, &["clients"], Some(&body)).await?, out);
        }
        Action::List(page) => out.list(&admin.read(&["clients"], &page.query()).await?, COLUMNS),
        Action::Show { id } => out.object(&admin.read(&["clients", &id], &[]).await?),
        Action::Secret(action) => client_secret::run(action, &admin, out).await?,
        Action::Remove { id } => {
            let removed = admin.send(Method::DELETE, &["clients", &id], None).await?;
            out.object(&removed);
        }
    }
    Ok(Verdict::Done)
}

impl NewClient {
    fn body(&self) -> Result<Value, Failure> {
        let grants: &[String] = &self.grants;
        let usual = ["authorization_code".to_owned(), "refresh_token".to_owned()];
        let grants = if grants.is_empty() { &usual } else { grants };
        if grants.iter().any(|grant| grant == "authorization_code") && self.redirect_uris.is_empty() {
            return Err(
                Failure::mistake("a client with the grant authorization_code needs a redirect URI")
                    .hint("add --redirect-uri URI, or --grant client_credentials for a client without users"),
            );
        }
        if self.public && grants.iter().any(|grant| grant == "client_credentials") {
            return Err(Failure::mistake("a public client cannot use client_credentials")
                .hint("leave out --public: that grant is for clients that keep a secret"));
        }
        let mut body = json!({
            "id": self.id, "name": self.name, "grants": grants, "redirect_uris": self.redirect_uris,
            "audiences": self.audiences, "scopes": self.scopes, "public": self.public,
            "backchannel_logout_uri": self.backchannel_logout_uri,
            "backchannel_logout_session_required": self.backchannel_logout_session_required,
        });
        if self.secret_stdin {
            let secret = input::text("client secret")?;
            if let Some(members) = body.as_object_mut() {
                members.insert("secret".to_owned(), Value::String(secret.to_string()));
            }
        }
        Ok(body)
    }
}

/// The secret is data: alone on standard output, so that it can be piped into a vault.
fn added(client: &Value, out: &Out) {
    if out.is_json() {
        return out.json(client);
    }
    let id = client.get("id").map(cell).unwrap_or_default();
    out.note(&format!("client {id} added"));
    if let Some(secret) = client.get("secret").filter(|secret| !secret.is_null()) {
        out.note("Its secret, shown this once:");
        out.line(&cell(secret));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> NewClient {
        NewClient {
            id: "billing".parse().unwrap(),
            name: None,
            grants: vec!["client_credentials".to_owned()],
            redirect_uris: vec![],
            audiences: vec!["api".to_owned()],
            scopes: vec![],
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            public: false,
            secret_stdin: false,
        }
    }

    #[test]
    fn a_sound_client_is_asked_for() {
        let body = client().body().unwrap();
        assert_eq!(body["grants"], json!(["client_credentials"]));
        assert!(body.get("secret").is_none());
    }

    #[test]
    fn combinations_that_cannot_work_are_refused_at_once() {
        let public = NewClient {
            public: true,
            ..client()
        };
        assert!(public.body().unwrap_err().message.contains("public"));
        let no_uri = NewClient {
            grants: vec![],
            ..client()
        };
        assert!(no_uri.body().unwrap_err().message.contains("redirect URI"));
    }
}
