//! Who may do what: a Bearer token whose digest is known, and the one scope that the operation needs.

use std::fmt;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::Digest;
use domain::admin_token::{AdminScope, AdminToken};
use domain::id::{Id, Request as RequestKind};
use domain::secret::{Admin as AdminSecret, Secret};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use store::intent::Actor;

use super::operations::Needs;
use super::{Admin, problem};
use crate::error::Fault;
use crate::flows::admin::audit::RefusedAct;
use crate::flows::admin::tokens::{Presenter, presenter};
use crate::http::client_info::PeerAddress;
use crate::http::respond::{self, ProblemCode};

/// Digests of the tokens of this start, which open the whole admin API, each with the name under which its acts are
/// recorded. Lasting ones are in the store.
#[derive(Clone, Default)]
pub struct AdminTokens(Vec<(String, Digest)>);

impl AdminTokens {
    /// None: nobody may.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// One more; its acts are recorded as `admin:NAME`.
    #[must_use]
    pub fn with(mut self, name: &str, token: &Secret<AdminSecret>) -> Self {
        self.0.push((name.to_owned(), token.digest()));
        self
    }

    /// Whose this digest is. Every one is compared, in constant time.
    fn name_of(&self, presented: &Digest) -> Option<String> {
        let known = |found, (name, digest): &'_ (String, Digest)| {
            if digest == presented {
                Some(name.clone())
            } else {
                found
            }
        };
        self.0.iter().fold(None, known)
    }
}

/// The Bearer token, presented once and of our form.
fn presented(headers: &HeaderMap) -> Option<Secret<AdminSecret>> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let field = fields.next()?.to_str().ok()?;
    if fields.next().is_some() {
        return None;
    }
    let (scheme, token) = field.split_once(' ')?;
    let token = Secret::<AdminSecret>::parse(token.trim_start_matches(' ')).ok()?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

impl fmt::Debug for AdminTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Who calls, with what, in which call.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The lasting token; nothing for the token of this start, which may do everything.
    pub(super) token: Option<Box<AdminToken>>,
    name: String,
    request: String,
}

impl Caller {
    fn may(&self, scope: AdminScope) -> bool {
        self.token.as_ref().is_none_or(|t| t.scopes.contains(&scope))
    }
}

/// Lets a request through with its [`Actor`] and [`Caller`], or answers 401 or 403. What a good token is refused is
/// recorded; what it changes is recorded by the intent that changes it.
pub(super) async fn admit(State(admin): State<Admin>, mut request: Request, next: Next) -> Response {
    let needs = needs(&admin, &request);
    let caller = match identify(&admin, request.headers()).await {
        Ok(Ok(caller)) => caller,
        Ok(Err(code)) => {
            let address = request.extensions().get::<PeerAddress>().map(|peer| peer.0.ip());
            admin.authority.refusals.count(code, "admin", address);
            admin.authority.metrics.refusal(code);
            return unauthorized(code);
        }
        Err(fault) => return respond::fault(&fault),
    };
    let id = caller.request.clone();
    let response = match needs {
        // No row, no handler: whatever the router has there, it is not run.
        None => match request.extensions().get::<MatchedPath>() {
            Some(path) => problem::wrong_method(&admin.methods_of(path.as_str())),
            None => next.run(request).await,
        },
        Some(needs) if !caller.may(needs.scope) => {
            let response = insufficient(needs.scope);
            judged(&admin, (needs, caller), response).await
        }
        Some(needs) => {
            let actor = Actor::new(&caller.name);
            let actor = if needs.changes {
                actor.acting(needs.action, &id)
            } else {
                actor
            };
            request.extensions_mut().insert(actor);
            request.extensions_mut().insert(caller.clone());
            let response = next.run(request).await;
            judged(&admin, (needs, caller), response).await
        }
    };
    with_id(response, &id)
}

/// What the operation that the router found needs; nothing where there is none, which is answered without one.
fn needs(admin: &Admin, request: &Request) -> Option<Needs> {
    let path = request.extensions().get::<MatchedPath>()?;
    // The router answers HEAD as it answers GET.
    let method = match request.method() {
        &Method::HEAD => Method::GET,
        other => other.clone(),
    };
    let found = admin
        .needs
        .iter()
        .find(|((m, p), _)| *m == method && *p == path.as_str());
    found.map(|(_, needs)| *needs)
}

/// Inner refusal: the code of a 401.
async fn identify(admin: &Admin, headers: &HeaderMap) -> Result<Result<Caller, &'static str>, Fault> {
    let authority = &admin.authority;
    let Some(presented) = presented(headers) else {
        return Ok(Err(UNAUTHORIZED));
    };
    let request = Id::<RequestKind>::generate(authority.clock.now(), authority.entropy.as_ref());
    let caller = |name: &str, token| Caller {
        token,
        name: format!("admin:{name}"),
        request: request.to_string(),
    };
    if let Some(name) = admin.parts.tokens.name_of(&presented.digest()) {
        return Ok(Ok(caller(&name, None)));
    }
    Ok(match presenter(authority, &presented).await? {
        Presenter::Token(token) => Ok(caller(&token.name.to_string(), Some(token))),
        Presenter::Expired => Err(EXPIRED),
        Presenter::Nobody => Err(UNAUTHORIZED),
    })
}

/// Counts how it went, and records what a good token was refused.
async fn judged(admin: &Admin, (needs, caller): (Needs, Caller), response: Response) -> Response {
    let status = response.status();
    let outcome = match status {
        s if s.is_success() => "done",
        s if s.is_server_error() => "fault",
        _ => "refused",
    };
    admin.authority.metrics.administration(needs.action, outcome);
    let code = response.extensions().get::<ProblemCode>().map(|c| c.0);
    // A look that was refused changed nothing, and would have changed nothing; one without the scope is an attempt.
    if let Some(code) = code.filter(|_| needs.changes || status == StatusCode::FORBIDDEN) {
        let act = RefusedAct {
            actor: caller.name,
            action: needs.action,
            code,
        };
        admin.authority.act_refused(act, &caller.request).await;
    }
    response
}

const UNAUTHORIZED: &str = "unauthorized";
const EXPIRED: &str = "token_expired";
const REQUEST_ID: HeaderName = HeaderName::from_static("symbolon-request-id");

fn with_id(mut response: Response, id: &str) -> Response {
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn unauthorized(code: &'static str) -> Response {
    let problem = match code {
        EXPIRED => problem::Problem::new(StatusCode::UNAUTHORIZED, "token_expired")
            .detail("This administrator's token has ended.")
            .hint("make a new one: symbolon admin-token add"),
        _ => problem::Problem::new(StatusCode::UNAUTHORIZED, "unauthorized")
            .detail("An administrator's token is needed, as Authorization: Bearer, once.")
            .hint(
                "the server writes a new one to admin.json in its data directory at each start; \
                a lasting one is made with symbolon admin-token add",
            ),
    };
    challenged(
        problem,
        HeaderValue::from_static("Bearer realm=\"symbolon admin\""),
    )
}

/// RFC 6750 section 3.1.
fn insufficient(scope: AdminScope) -> Response {
    let problem = problem::Problem::new(StatusCode::FORBIDDEN, "insufficient_scope")
        .detail(format!("This token lacks the scope {scope}."))
        .hint("use a token that has it: symbolon admin-token list shows what each may do");
    let challenge =
        format!("Bearer realm=\"symbolon admin\", error=\"insufficient_scope\", scope=\"{scope}\"");
    let plain = HeaderValue::from_static("Bearer realm=\"symbolon admin\"");
    challenged(problem, HeaderValue::from_str(&challenge).unwrap_or(plain))
}

fn challenged(problem: problem::Problem, challenge: HeaderValue) -> Response {
    let mut response = problem.answer();
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::testing::SeededEntropy;

    #[test]
    fn only_a_known_token_presented_once_is_admitted() {
        let entropy = SeededEntropy::new(1);
        let (ours, other) = (
            Secret::generate(&entropy),
            Secret::<AdminSecret>::generate(&entropy),
        );
        let tokens = AdminTokens::new().with("start", &ours);
        let (ours, other) = (ours.reveal(), other.reveal());
        let admitted = |fields: &[String]| {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(AUTHORIZATION, HeaderValue::from_str(field).unwrap());
            }
            presented(&headers).and_then(|token| tokens.name_of(&token.digest()))
        };
        let good = format!("Bearer {}", ours.as_str());
        assert_eq!(admitted(std::slice::from_ref(&good)).as_deref(), Some("start"));
        assert_eq!(
            admitted(&[format!("bearer {}", ours.as_str())]).as_deref(),
            Some("start")
        );
        for bad in [
            vec![],
            vec![good.clone(), good.clone()],
            vec![format!("Bearer {}", other.as_str())],
            vec![format!("Basic {}", ours.as_str())],
            vec![format!("Bearer {}x", ours.as_str())],
            vec![format!("Bearer  {} ", ours.as_str())],
            vec![ours.as_str().to_owned()],
            vec!["Bearer".to_owned()],
            vec![format!("Bearer {}", ours.replacen("sy_at_", "sy_cs_", 1))],
        ] {
            assert_eq!(admitted(&bad), None, "{bad:?}");
        }
        assert!(!format!("{tokens:?}").contains(ours.as_str()));
    }
}
