//! Who may: a Bearer token whose digest is known, and nothing else.

use std::fmt;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::Digest;
use domain::secret::{Admin as AdminSecret, Secret};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use store::intent::Actor;

use super::{Admin, problem};
use crate::http::client_info::PeerAddress;

/// Digests of the tokens that open the admin API, each with the name under which its acts are recorded.
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

    /// Who presents this token. Every digest is compared, in constant time.
    fn admit(&self, headers: &HeaderMap) -> Option<Actor> {
        let mut fields = headers.get_all(AUTHORIZATION).iter();
        let field = fields.next()?.to_str().ok()?;
        if fields.next().is_some() {
            return None;
        }
        let (scheme, token) = field.split_once(' ')?;
        let token = Secret::<AdminSecret>::parse(token.trim_start_matches(' ')).ok()?;
        let presented = token.digest();
        let known = |found, (name, digest): &'_ (String, Digest)| {
            if *digest == presented {
                Some(name.clone())
            } else {
                found
            }
        };
        let name = self.0.iter().fold(None, known)?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| Actor::new(&format!("admin:{name}")))
    }
}

impl fmt::Debug for AdminTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Lets a request through with its [`Actor`], or answers 401.
pub(super) async fn require_token(State(admin): State<Admin>, mut request: Request, next: Next) -> Response {
    let Some(actor) = admin.parts.tokens.admit(request.headers()) else {
        let address = request.extensions().get::<PeerAddress>().map(|peer| peer.0.ip());
        admin.authority.refusals.count("unauthorized", "admin", address);
        admin.authority.metrics.refusal("unauthorized");
        return unauthorized();
    };
    request.extensions_mut().insert(actor);
    next.run(request).await
}

fn unauthorized() -> Response {
    let mut response = problem::Problem::new(StatusCode::UNAUTHORIZED, "unauthorized")
        .detail("An administrator's token is needed, as Authorization: Bearer, once.")
        .hint("the server writes a new one to admin.json in its data directory at each start")
        .answer();
    let challenge = HeaderValue::from_static("Bearer realm=\"symbolon admin\"");
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
            tokens.admit(&headers).map(|a| a.to_string())
        };
        let good = format!("Bearer {}", ours.as_str());
        assert_eq!(
            admitted(std::slice::from_ref(&good)).as_deref(),
            Some("admin:start")
        );
        assert_eq!(
            admitted(&[format!("bearer {}", ours.as_str())]).as_deref(),
            Some("admin:start")
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
