//! Client authentication (RFC 6749 sections 2.3.1 and 3.2.1): exactly one method, one answer for every failure.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use domain::admin_token::is_worth_recording;
use domain::client::{Client, GrantType, RegisteredSecret};
use domain::secret::{ClientSecret, Secret};
use domain::session::Origin;
use domain::{ClientId, Seq, Timestamp};
use store::intent::Use;
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

/// A client that is there, looked for where the one that was asked for is not. Remembered, since a look for any client
/// takes longer than one for an id, and would tell them apart.
#[derive(Debug, Default)]
pub(crate) struct StandIn(ArcSwapOption<ClientId>);

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

/// What proved it.
enum Shown {
    Secret(RegisteredSecret),
    Nothing,
}

/// Coarsely: most uses write nothing. What cannot be recorded refuses nobody.
async fn record_use(authority: &Authority, client: &Client, shown: Shown) {
    let Shown::Secret(secret) = shown else { return };
    if !is_worth_recording(secret.used_at, authority.clock.now()) {
        return;
    }
    let used = Use::ClientSecret(client.id.clone(), secret.id);
    if let Err(error) = authority.store.record_use(used).await {
        tracing::warn!(%error, "the use of a client's secret could not be recorded");
    }
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
    let wall = authority.clock.now();
    let is_known = known.is_some();
    let proven = known.and_then(|client| evidence.fits(&client, wall).map(|shown| (client, shown)));
    match proven {
        Some((client, shown)) => {
            record_use(authority, &client, shown).await;
            Ok(AuthenticatedClient { client, rs })
        }
        None => {
            if guesses {
                attempts.failed(&evidence.client, &origin.network, now);
            }
            level(authority, &evidence, is_known).await?;
            Err(FAILED.into())
        }
    }
}

/// Every refusal costs one look for a client that is there, with a judgement, and one for a client that is not: its time
/// does not tell which of them was asked for.
async fn level(authority: &Authority, evidence: &Evidence, is_known: bool) -> Result<(), Failure> {
    if is_known {
        // An id that nobody chooses.
        if let Ok(absent) = ".".repeat(64).parse::<ClientId>() {
            authority.store.client(&absent).await?;
        }
        return Ok(());
    }
    if let Some(other) = authority.stand_in.look(authority).await? {
        let _ = evidence.fits(&other, authority.clock.now());
    }
    Ok(())
}

impl StandIn {
    /// The remembered one, or, where that is gone or was never chosen, the first there is.
    async fn look(&self, authority: &Authority) -> Result<Option<Client>, Failure> {
        if let Some(remembered) = self.0.load_full()
            && let Some(client) = authority.store.client(&remembered).await?
        {
            return Ok(Some(client));
        }
        let first = authority.store.clients(None, 1).await?.into_iter().next();
        self.0
            .store(first.as_ref().map(|client| Arc::new(client.id.clone())));
        Ok(first)
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

    /// A confidential client shows a secret that lives; a public one has none to show.
    fn fits(&self, client: &Client, now: Timestamp) -> Option<Shown> {
        match &self.secret {
            // A text that is no secret of our form was never anybody's.
            Some(text) => {
                let secret = Secret::<ClientSecret>::parse(text).ok()?;
                client.accepts_secret(&secret.digest(), now).map(Shown::Secret)
            }
            None => client.is_public().then_some(Shown::Nothing),
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
    use store::intent::Actor;

    use super::super::fixture::Stage;
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

    /// Who is looked at, after whoever was remembered was removed too.
    #[tokio::test]
    async fn somebody_stands_in_as_long_as_there_is_a_client() {
        let stage = Stage::new().await;
        let look = || async { stage.authority.stand_in.look(&stage.authority).await };
        let id = |found: Option<Client>| found.map(|client| client.id);
        for _ in 0..4 {
            let first = id(look().await.unwrap());
            assert!(first.is_some());
            assert_eq!(id(look().await.unwrap()), first, "remembered");
            let actor = Actor::new("test");
            stage
                .authority
                .store
                .remove_client(&first.unwrap(), actor)
                .await
                .unwrap();
        }
        assert_eq!(id(look().await.unwrap()), None);
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
