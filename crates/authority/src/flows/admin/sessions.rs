//! Sessions: list, look at, end.

use domain::Subject;
use domain::cookie::Purpose;
use domain::id::{Id, Session as SessionKind};
use domain::session::{Liveness, Origin, Session};
use serde::Serialize;
use store::intent::{Actor, EndSession, Ending, SessionFilter};
use utoipa::ToSchema;

use super::Refusal;
use super::clients::Removed;
use super::form::Form;
use super::revocations::{ReceiptView, WAIT_HINT};
use super::written::rfc3339;
use crate::authority::Authority;
use crate::flows::agent::agent_name;
use crate::flows::everywhere::sign_out_everywhere;
use crate::revoke::Level;

/// A live session as administrators see one. Never a secret or its digest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    /// Row id: `sid`.
    pub id: String,
    /// Whose: `user:..` or `client:..`.
    pub subject: String,
    /// Tenant, where there are tenants.
    pub tenant: Option<String>,
    /// Device, where one is known.
    pub device: Option<String>,
    /// `aal1` to `aal3`.
    pub assurance: String,
    /// Methods of the last authentication.
    pub amr: Vec<String>,
    /// Grows with every new secret.
    pub generation: u32,
    /// Log position read before the first evidence.
    pub rs: u64,
    /// Where it was made: an address network.
    pub network: String,
    /// With which agent, as it calls itself.
    pub agent: String,
    /// The same as people call it: `Firefox on Linux`.
    pub agent_name: String,
    /// Application hosts that have a cookie of their own of it.
    pub hosts: Vec<String>,
    /// When the subject last authenticated, RFC 3339.
    pub authenticated_at: String,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// Last recorded activity, RFC 3339.
    pub last_active_at: String,
    /// When it ends if it stays unused, RFC 3339.
    pub idle_expires_at: String,
    /// The absolute end, RFC 3339.
    pub expires_at: String,
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        let Origin { network, agent } = session.origin.clone();
        Self {
            id: session.id.to_string(),
            subject: session.subject.to_string(),
            tenant: session.tenant.as_ref().map(ToString::to_string),
            device: session.device.map(|d| d.to_string()),
            assurance: session.assurance.as_str().to_owned(),
            amr: session.amr.clone(),
            generation: session.generation,
            rs: session.rs.as_u64(),
            network,
            agent_name: agent_name(&agent),
            agent,
            hosts: vec![],
            authenticated_at: rfc3339(session.authenticated_at),
            created_at: rfc3339(session.created_at),
            last_active_at: rfc3339(session.active_at),
            idle_expires_at: rfc3339(session.idle_expires_at()),
            expires_at: rfc3339(session.expires_at),
        }
    }
}

/// A page of live sessions, newest first, and where the next begins.
///
/// # Errors
/// Every problem of the query; a fault.
pub async fn list(authority: &Authority, query: &str) -> Result<(Vec<SessionView>, Option<String>), Refusal> {
    let mut form = Form::of_query(query);
    let filter = SessionFilter {
        subject: form.parsed::<Subject>("subject", "write user:.. or client:.."),
        after: form.parsed("after", "repeat \"next\" of the page before"),
        limit: super::rows(form.number("limit", super::PAGE_USUAL, (1, super::PAGE_MOST))),
    };
    let filter = form.finish(filter)?;
    let limit = filter.limit;
    let sessions = authority.store.sessions(filter).await?;
    let next = sessions
        .last()
        .filter(|_| sessions.len() == limit)
        .map(|s| s.id.to_string());
    Ok((views(authority, &sessions).await?, next))
}

/// One live session.
///
/// # Errors
/// Unknown, or over; a fault.
pub async fn find(authority: &Authority, id: &str) -> Result<SessionView, Refusal> {
    let found = authority.store.session(named(id)?, &Purpose::Authority).await?;
    let (session, _) = found.ok_or(Refusal::Unknown("session"))?;
    let live = session.liveness(authority.clock.now()) == Liveness::Live
        && !authority.store.is_revoked(session.position()).await?;
    if live {
        let view = views(authority, &[session]).await?.pop();
        view.ok_or(Refusal::Unknown("session"))
    } else {
        Err(Refusal::Unknown("session"))
    }
}

/// Ends one; `offline_too=true` in the query also ends grants with `offline_access`.
///
/// # Errors
/// Unknown, or over; a problem of the query; a fault.
pub async fn end(authority: &Authority, id: &str, query: &str, actor: Actor) -> Result<Removed, Refusal> {
    let session = named(id)?;
    let mut form = Form::of_query(query);
    let offline_too = form.flag("offline_too", false);
    let intent = EndSession {
        session,
        offline_too: form.finish(offline_too)?,
        cause: "admin",
        actor,
    };
    let Ending::Ended(seq) = authority.store.end_session(intent).await? else {
        return Err(Refusal::Unknown("session"));
    };
    authority.revoker.published(seq);
    authority.metrics.session("ended");
    Ok(Removed {
        id: session.to_string(),
        seq: seq.as_u64(),
    })
}

/// What ended with everything of a subject.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EndedView {
    /// Whose.
    pub subject: String,
    /// Sessions that were alive until now.
    pub sessions: u32,
    /// Grants that were, those with `offline_access` too.
    pub grants: u32,
    /// The receipt.
    pub receipt: ReceiptView,
}

/// Ends all of a subject's sessions and grants; `subject` and `wait` in the query.
///
/// # Errors
/// Every problem of the query; no such subject; a fault.
pub async fn end_all(authority: &Authority, query: &str, actor: Actor) -> Result<EndedView, Refusal> {
    let mut form = Form::of_query(query);
    let hint = "write user:.. or client:..";
    let subject = form.parsed::<Subject>("subject", hint);
    let wait = form.parsed("wait", WAIT_HINT).unwrap_or(Level::Durable);
    let Some(subject) = form.finish(subject)? else {
        return Err(Refusal::invalid("subject", "is missing", hint));
    };
    let exists = match &subject {
        Subject::User(id) => authority.store.user(*id).await?.is_some(),
        Subject::Client(id) => authority.store.client(id).await?.is_some(),
    };
    if !exists {
        return Err(Refusal::Unknown("subject"));
    }
    let ended = sign_out_everywhere(authority, (subject.clone(), None), actor, wait).await?;
    let ended = ended.ok_or(Refusal::Unknown("session"))?;
    Ok(EndedView {
        subject: subject.to_string(),
        sessions: ended.sessions,
        grants: ended.grants,
        receipt: ended.receipt.into(),
    })
}

/// With the hosts that joined them.
async fn views(authority: &Authority, sessions: &[Session]) -> Result<Vec<SessionView>, Refusal> {
    let mut views: Vec<SessionView> = sessions.iter().map(SessionView::from).collect();
    let ids = sessions.iter().map(|s| s.id).collect();
    for (id, host) in authority.store.joined_hosts(ids).await? {
        let id = id.to_string();
        if let Some(view) = views.iter_mut().find(|view| view.id == id) {
            view.hosts.push(host.to_string());
        }
    }
    Ok(views)
}

fn named(id: &str) -> Result<Id<SessionKind>, Refusal> {
    id.parse().map_err(|_| Refusal::Unknown("session"))
}
