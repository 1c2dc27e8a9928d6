//! Client authentication (RFC 6749 sections 2.3.1 and 3.2.1): exactly one method, one answer for every failure.

use domain::client::{Client, GrantType};
use domain::secret::{ClientSecret, Secret};
use domain::session::Origin;
use domain::{ClientId, Seq};
use zeroize::Zeroizing;

use super::params::Params;
use super::refusal::{ErrorCode, Failure, Refusal};
use crate::authority::Authority;

/// Unknown client, wrong secret, a secret where there is none: nobody learns which.
const FAILED: Refusal = ErrorCode::InvalidClient.because("client authentication failed");

/// What the `Authorization: Basic` header held: identifier and secret, decoded.
#[derive(Debug)]
pub(crate) struct BasicPair {
    pub(crate) client: String,
    pub(crate) secret: Zeroizing<String>,
}

/// A client that was authenticated, or a public one that named itself.
#[derive(Debug)]
pub(crate) struct AuthenticatedClient {
    pub(crate) client: Client,
    /// The log's head before any evidence was looked at.
    pub(crate) rs: Seq,
}

/// What a request shows of its client.
#[derive(Debug)]
struct Evidence {
    client: String,
    secret: Option<Zeroizing<String>>,
}

/// Authenticates the client of a request to the token, revocation or introspection endpoint.
pub(crate) async fn authenticate(
    authority: &Authority,
    params: &Params,
    basic: Option<BasicPair>,
    origin: &Origin,
) -> Result<AuthenticatedClient, Failure> {
    let evidence = Evidence::read(params, basic)?;
    // The position comes before the evidence: a client that is removed while this runs gets a token that is dead.
    let rs = authority.store.head().await?.seq;
    let now = authority.clock.boot();
    let attempts = &authority.attempts.clients;
    // Who shows no secret guesses none: a public client's users cannot be shut out by a neighbour's guesses.
    let guesses = evidence.secret.is_some();
    if guesses {
        attempts
            .admit(&evidence.client, &origin.network, now)
            .map_err(|wait| Failure::Limited {
                retry_after_s: wait.as_secs().max(1),
            })?;
    }
    let known = match evidence.client.parse::<ClientId>() {
        Ok(id) => authority.store.client(&id).await?,
        Err(_) => None,
    };
    match known.filter(|client| evidence.fits(client)) {
        Some(client) => Ok(AuthenticatedClient { client, rs }),
        None => {
            if guesses {
                attempts.failed(&evidence.client, &origin.network, now);
            }
            Err(FAILED.into())
        }
    }
}

impl Evidence {
    fn read(params: &Params, basic: Option<BasicPair>) -> Result<Self, Refusal> {
        if params.find("client_assertion").is_some() || params.find("client_assertion_type").is_some() {
            return Err(ErrorCode::InvalidClient.because("this authentication method is not offered"));
        }
        let named = params.find("client_id");
        let posted = params.find("client_secret");
        match (basic, posted, named) {
            (Some(_), Some(_), _) => {
                Err(ErrorCode::InvalidRequest.because("more than one client authentication method"))
            }
            (Some(pair), None, Some(id)) if id != pair.client => {
                Err(ErrorCode::InvalidRequest.because("the request names two clients"))
            }
            (Some(pair), None, _) => Ok(Self {
                client: pair.client,
                secret: Some(pair.secret),
            }),
            (None, secret, Some(id)) => Ok(Self {
                client: id.to_owned(),
                secret: secret.map(|s| Zeroizing::new(s.to_owned())),
            }),
            (None, _, None) => Err(FAILED),
        }
    }

    /// A confidential client shows its secret; a public one has none to show.
    fn fits(&self, client: &Client) -> bool {
        match &self.secret {
            // A text that is no secret of our form was never anybody's.
            Some(text) => Secret::<ClientSecret>::parse(text)
                .is_ok_and(|secret| client.accepts_secret(&secret.digest())),
            None => client.is_public(),
        }
    }
}

impl AuthenticatedClient {
    /// Refuses a grant type that is not in the client's list.
    pub(crate) fn require(&self, grant: GrantType) -> Result<(), Refusal> {
        if self.client.grants.contains(&grant) {
            Ok(())
        } else {
            Err(ErrorCode::UnauthorizedClient.because("this client may not use this grant type"))
        }
    }

    /// Refuses a public client: whoever calls must have proven who it is.
    pub(crate) fn require_confidential(&self) -> Result<(), Refusal> {
        if self.client.is_public() {
            Err(ErrorCode::UnauthorizedClient.because("only a client with a secret may do this"))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str, basic: Option<(&str, &str)>) -> Result<(String, bool), ErrorCode> {
        let pair = basic.map(|(client, secret)| BasicPair {
            client: client.to_owned(),
            secret: Zeroizing::new(secret.to_owned()),
        });
        let evidence = Evidence::read(&Params::parse(form), pair);
        evidence
            .map(|e| (e.client, e.secret.is_some()))
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn exactly_one_method() {
        let ok = |id: &str, secret| Ok((id.to_owned(), secret));
        for (form, basic, expected) in [
            ("", Some(("ci", "s")), ok("ci", true)),
            ("client_id=ci", Some(("ci", "s")), ok("ci", true)),
            ("client_id=ci&client_secret=s", None, ok("ci", true)),
            ("client_id=app", None, ok("app", false)),
            (
                "client_id=ci&client_secret=s",
                Some(("ci", "s")),
                Err(ErrorCode::InvalidRequest),
            ),
            (
                "client_secret=s",
                Some(("ci", "s")),
                Err(ErrorCode::InvalidRequest),
            ),
            (
                "client_id=other",
                Some(("ci", "s")),
                Err(ErrorCode::InvalidRequest),
            ),
            ("client_secret=s", None, Err(ErrorCode::InvalidClient)),
            ("", None, Err(ErrorCode::InvalidClient)),
            (
                "client_id=ci&client_assertion=x",
                None,
                Err(ErrorCode::InvalidClient),
            ),
        ] {
            assert_eq!(read(form, basic), expected, "{form} {basic:?}");
        }
    }
}
