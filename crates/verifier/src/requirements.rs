//! What a route asks of a credential beyond being good: time, audience, scope, assurance, freshness of login.

use domain::access_token::{AccessClaims, MAX_LIFE};
use domain::{Reason, Timestamp};

use crate::facts::{Holder, Kind, TokenFacts};
use crate::refusal::Refusal;
use crate::route::Route;

/// Seconds by which clocks of issuer and edge may differ: that of the token verifier.
const LEEWAY_S: u64 = 5;

/// The token's own times. Asked on every check: memory keeps no verdict about time.
pub(crate) fn token_times(token: &TokenFacts, ends_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let now_s = now.as_secs();
    if ends_at.as_secs().saturating_add(LEEWAY_S) <= now_s {
        return Err(Reason::Expired.into());
    }
    if token.issued_s > now_s.saturating_add(LEEWAY_S) {
        return Err(Reason::NotYetValid.into());
    }
    Ok(())
}

/// What no route changes: how long a token may live, and how it may be presented.
pub(crate) fn token_form(claims: &AccessClaims) -> Result<(), Refusal> {
    if claims.exp.saturating_sub(claims.iat) > MAX_LIFE.as_secs() {
        return Err(Refusal::new(
            Reason::Malformed,
            "the token lives longer than any that this issuer makes",
        ));
    }
    // RFC 9449 section 7.2: a token bound to a key is worth nothing as a bearer token.
    if claims.cnf.is_some() {
        return Err(Refusal::new(
            Reason::WrongType,
            "a token bound to a key was presented as a bearer token",
        ));
    }
    Ok(())
}

/// What the route asks for.
pub(crate) fn judge(holder: &Holder, route: &Route, now: Timestamp) -> Result<(), Refusal> {
    if let Kind::Token(token) = holder.kind() {
        if !token.is_for(&route.audience) {
            return Err(Refusal::new(
                Reason::WrongAudience,
                "the token is for another route's audience",
            ));
        }
        if !route.scopes.iter().all(|scope| token.has_scope(scope)) {
            return Err(Reason::Scope.into());
        }
    } else if !route.scopes.is_empty() {
        return Err(Refusal::new(Reason::Scope, "a session has no scope"));
    }
    if route
        .assurance
        .is_some_and(|least| holder.assurance() < Some(least))
    {
        return Err(Refusal::new(
            Reason::Assurance,
            "the authentication was not strong enough",
        ));
    }
    let recent = |most| holder.authenticated_at().is_some_and(|at| now.since(at) <= most);
    if !route.max_age.is_none_or(recent) {
        return Err(Refusal::new(
            Reason::Assurance,
            "the authentication was too long ago",
        ));
    }
    Ok(())
}
