//! Lasting tokens of the admin API: who presents one, make, list, remove.

use std::collections::BTreeSet;

use domain::TokenName;
use domain::admin_token::{
    AdminScope, AdminToken, LONGEST_LIFE, MOST_TOKENS, SHORTEST_LIFE, USUAL_LIFE, is_worth_recording,
};
use domain::id::Id;
use domain::secret::{Admin as AdminSecret, Secret};
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::{Actor, AddAdminToken, AdminTokenAddition, AdminTokenRemoval, RemoveAdminToken, Use};
use utoipa::ToSchema;

use super::form::{Form, ListBounds};
use super::written::rfc3339;
use super::{Conflict, Refusal};
use crate::authority::Authority;
use crate::error::Fault;

/// The name of the token that a start writes into `admin.json`.
pub const LOCAL: &str = "local";

/// Whose a presented token is.
#[derive(Debug)]
pub(crate) enum Presenter {
    /// A lasting token's.
    Token(Box<AdminToken>),
    /// One's whose end has come.
    Expired,
    /// Nobody's.
    Nobody,
}

/// A token as administrators see one. Never its text or digest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminTokenView {
    /// Its id.
    pub id: String,
    /// Its acts are recorded as `admin:NAME`.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<&'static str>,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// From then on it is refused, RFC 3339.
    pub expires_at: String,
    /// Whether that time has come.
    pub expired: bool,
    /// About when it was last used, RFC 3339: recorded at most every 15 minutes.
    pub last_used_at: Option<String>,
    /// The id of the token that made it; nothing for one made on the server's machine.
    pub made_by: Option<String>,
}

/// A token just made: its text is shown this once.
#[derive(Serialize, ToSchema)]
pub struct MadeAdminToken {
    /// The token.
    #[serde(flatten)]
    pub view: AdminTokenView,
    /// Its text, to be presented as `Authorization: Bearer`.
    pub token: String,
}

/// Tokens that are gone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RemovedAdminTokens {
    /// Their names, the one that was named first.
    pub removed: Vec<String>,
}

/// Finds out who presents a token, from the store at every call: a removal is effective at once.
pub(crate) async fn presenter(
    authority: &Authority,
    presented: &Secret<AdminSecret>,
) -> Result<Presenter, Fault> {
    let Some(token) = authority.store.admin_token(presented.digest()).await? else {
        return Ok(Presenter::Nobody);
    };
    let now = authority.clock.now();
    if !token.is_live(now) {
        return Ok(Presenter::Expired);
    }
    if is_worth_recording(token.used_at, now) {
        // A store that takes no writes must still let its operator look.
        let used = authority.store.record_use(Use::AdminToken(token.id)).await;
        if let Err(error) = used {
            tracing::warn!(%error, "the use of an admin token could not be recorded");
        }
    }
    Ok(Presenter::Token(Box::new(token)))
}

/// Makes a token: with no more scope and no longer life than the token that makes it.
///
/// # Errors
/// Every problem of the request; the name is taken; too many; it would exceed its maker; a fault.
pub async fn add(
    authority: &Authority,
    fields: Map<String, Value>,
    (maker, actor): (Option<AdminToken>, Actor),
) -> Result<MadeAdminToken, Refusal> {
    let now = authority.clock.now();
    let mut form = Form::new(fields);
    let name = name(&mut form);
    let scopes = scopes(&mut form);
    let left = maker.as_ref().map_or(USUAL_LIFE, |m| m.expires_at.since(now));
    let life = form.span("expires_in", USUAL_LIFE.min(left), (SHORTEST_LIFE, LONGEST_LIFE));
    let (name, scopes, life) = form.finish((name, scopes, life))?;
    let name = name.ok_or_else(|| Refusal::invalid("name", "is missing", NAME_HINT))?;
    let secret = Secret::<AdminSecret>::generate(authority.entropy.as_ref());
    let token = AdminToken {
        id: Id::generate(now, authority.entropy.as_ref()),
        name,
        digest: secret.digest(),
        scopes,
        made_by: maker.map(|m| m.id),
        created_at: now,
        expires_at: now + life,
        used_at: None,
    };
    let view = view(&token, now);
    match authority
        .store
        .add_admin_token(AddAdminToken { token, actor })
        .await?
    {
        AdminTokenAddition::Added => Ok(MadeAdminToken {
            view,
            token: secret.reveal().to_string(),
        }),
        AdminTokenAddition::NameTaken => Err(Conflict::TokenTaken.into()),
        AdminTokenAddition::TooMany => Err(Conflict::TooManyTokens(MOST_TOKENS).into()),
        AdminTokenAddition::Exceeds => Err(Refusal::ExceedsToken),
    }
}

/// Every token, those that have ended too.
///
/// # Errors
/// A fault.
pub async fn list(authority: &Authority) -> Result<Vec<AdminTokenView>, Refusal> {
    let now = authority.clock.now();
    let tokens = authority.store.admin_tokens().await?;
    Ok(tokens.iter().map(|token| view(token, now)).collect())
}

/// Removes a token, by id or by name; with `made_too=true` in the query all that were made with it too.
///
/// # Errors
/// Unknown; a problem of the query; a fault.
pub async fn remove(
    authority: &Authority,
    id_or_name: &str,
    query: &str,
    actor: Actor,
) -> Result<RemovedAdminTokens, Refusal> {
    let mut form = Form::of_query(query);
    let made_too = form.flag("made_too", false);
    let made_too = form.finish(made_too)?;
    let all = authority.store.admin_tokens().await?;
    let named = |t: &&AdminToken| t.name.as_str() == id_or_name || t.id.to_string() == id_or_name;
    let id = all.iter().find(named).ok_or(Refusal::Unknown("admin token"))?.id;
    let intent = RemoveAdminToken { id, made_too, actor };
    match authority.store.remove_admin_token(intent).await? {
        AdminTokenRemoval::Removed(names) => Ok(RemovedAdminTokens {
            removed: names.iter().map(ToString::to_string).collect(),
        }),
        AdminTokenRemoval::Unknown => Err(Refusal::Unknown("admin token")),
    }
}

const NAME_HINT: &str = "use 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'";

fn name(form: &mut Form) -> Option<TokenName> {
    let text = form.required("name", 64, NAME_HINT);
    if text == LOCAL {
        form.wrong(
            "name",
            "is that of the token of each start",
            "choose a name that tells who holds it",
        );
    }
    let name = text.parse::<TokenName>().ok();
    if name.is_none() && !text.is_empty() {
        form.wrong("name", "is not a token's name", NAME_HINT);
    }
    name
}

fn scopes(form: &mut Form) -> BTreeSet<AdminScope> {
    let words = form.list(
        "scopes",
        ListBounds {
            items: AdminScope::ALL.len(),
            chars: 32,
        },
    );
    let known: Vec<&str> = AdminScope::ALL.iter().map(|s| s.as_str()).collect();
    if words.is_empty() {
        form.wrong(
            "scopes",
            "names no scope",
            format!("list at least one of {}", known.join(", ")),
        );
    }
    let mut scopes = BTreeSet::new();
    for (index, word) in words.iter().enumerate() {
        match word.parse() {
            Ok(scope) => _ = scopes.insert(scope),
            Err(_) => form.wrong(
                &format!("scopes[{index}]"),
                "is unknown",
                format!("choose from {}", known.join(", ")),
            ),
        }
    }
    scopes
}

fn view(token: &AdminToken, now: domain::Timestamp) -> AdminTokenView {
    AdminTokenView {
        id: token.id.to_string(),
        name: token.name.to_string(),
        scopes: token.scopes.iter().map(|s| s.as_str()).collect(),
        created_at: rfc3339(token.created_at),
        expires_at: rfc3339(token.expires_at),
        expired: !token.is_live(now),
        last_used_at: token.used_at.map(rfc3339),
        made_by: token.made_by.map(|id| id.to_string()),
    }
}
