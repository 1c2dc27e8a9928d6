//! The token endpoint (OAuth 2.1 section 3.2): the client first, then the grant type, then one file for each.

mod client_credentials;
mod code;
mod refresh;

use domain::client::GrantType;
use domain::session::Origin;
use zeroize::Zeroizing;

use super::access_token::Minted;
use super::client_auth::{BasicPair, authenticate};
use super::params::Params;
use super::refusal::{ErrorCode, Failure, Refusal};
use super::scope::{self, Scope};
use crate::authority::Authority;

/// A successful answer (RFC 6749 section 5.1).
#[derive(Debug)]
pub(crate) struct TokenAnswer {
    pub(crate) access: Minted,
    /// Where it differs from what was asked.
    pub(crate) scope: Option<String>,
    /// Where there is a new one, or the same again for a retry.
    pub(crate) refresh_token: Option<Zeroizing<String>>,
    pub(crate) id_token: Option<String>,
}

/// Carries out one request. Counts what was refused.
pub(crate) async fn token(
    authority: &Authority,
    params: &Params,
    basic: Option<BasicPair>,
    origin: Origin,
) -> Result<TokenAnswer, Failure> {
    let answer = exchange(authority, params, basic, origin).await;
    if matches!(answer, Err(Failure::Refused(_) | Failure::Limited { .. })) {
        authority.metrics.token("refused");
    }
    answer
}

async fn exchange(
    authority: &Authority,
    params: &Params,
    basic: Option<BasicPair>,
    origin: Origin,
) -> Result<TokenAnswer, Failure> {
    params.refuse_repeated()?;
    let client = authenticate(authority, params, basic, &origin).await?;
    let grant_type = grant_type(params)?;
    client.require(grant_type)?;
    match grant_type {
        GrantType::AuthorizationCode => code::redeem(authority, params, &client).await,
        GrantType::RefreshToken => refresh::refresh(authority, params, &client, origin).await,
        GrantType::ClientCredentials => client_credentials::issue(authority, params, &client).await,
    }
}

fn grant_type(params: &Params) -> Result<GrantType, Refusal> {
    let word = params.require("grant_type", "grant_type is missing")?;
    word.parse()
        .map_err(|_| ErrorCode::UnsupportedGrantType.because("this grant type is not offered"))
}

/// `scope` is told unless it is what was asked for (RFC 6749 section 5.1).
fn told_scope(params: &Params, granted: &Scope) -> Option<String> {
    let same = params.find("scope").is_some_and(|asked| {
        let asked: Scope = asked.split(' ').map(str::to_owned).collect();
        asked == *granted
    });
    (!same && !granted.is_empty()).then(|| scope::text(granted))
}

#[cfg(test)]
mod tests;
