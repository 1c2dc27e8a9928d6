//! The authorization endpoint (OAuth 2.1 section 4.1, RFC 7636, RFC 9207, RFC 8707, OpenID Connect Core section 3.1.2).
//!
//! The order: client and redirect URI first, and until both are right nothing is sent anywhere. Then the subject signs
//! in, also where the rest of the request is wrong (RFC 9700 section 4.11.2: whoever is redirected was authenticated
//! before). Then the request, consent, and the code.

mod consent;
mod issue;
pub(crate) mod pkce;
mod prompt;
pub(crate) mod redirect_uri;
mod request;
mod trusted;

pub(crate) use consent::{ConsentQuestion, Decision};
pub(crate) use trusted::Redirect;

use domain::Timestamp;
use domain::session::Session;

use super::params::Params;
use super::refusal::{ErrorCode, Refusal};
use crate::authority::Authority;
use crate::error::Fault;
use prompt::REAUTH_AFTER;
use request::AuthorizationRequest;
use trusted::RedirectTrusted;

/// Where the endpoint lives.
pub(crate) const PATH: &str = "/oauth2/authorize";

/// What the browser is shown or told.
#[derive(Debug)]
pub(crate) enum Authorization {
    /// Client or redirect URI are not right: a page of ours, and no redirect.
    Untrusted(Refusal),
    /// To the sign-in page, and back here.
    SignIn { return_to: String },
    /// The subject decides.
    Consent(Box<ConsentQuestion>),
    /// Back to the client.
    Redirect(Redirect),
}

/// Judges a request. The session is the live one of this browser; the decision is what the subject chose on the page.
pub(crate) async fn authorize(
    authority: &Authority,
    params: &Params,
    session: Option<&Session>,
    decision: Option<Decision>,
) -> Result<Authorization, Fault> {
    let trusted = match RedirectTrusted::establish(authority, params).await? {
        Ok(trusted) => trusted,
        Err(refusal) => return Ok(Authorization::Untrusted(refusal)),
    };
    let request = AuthorizationRequest::check(params, trusted.client(), &authority.config);
    let silent = prompt::is_silent(params);
    let Some(session) = session else {
        return Ok(if silent {
            let refusal = request.err().unwrap_or(LOGIN_REQUIRED);
            Authorization::Redirect(trusted.refuse(refusal))
        } else {
            sign_in(params)
        });
    };
    let request = match request {
        Ok(request) => request,
        Err(refusal) => return Ok(Authorization::Redirect(trusted.refuse(refusal))),
    };
    if request
        .prompt
        .wants_authentication(session, authority.clock.now())
    {
        return Ok(if silent {
            Authorization::Redirect(trusted.refuse(LOGIN_REQUIRED))
        } else {
            sign_in_again(params, authority.clock.now())
        });
    }
    match consent::judge(&trusted, &request, decision) {
        consent::Verdict::Given => {}
        consent::Verdict::Refused(refusal) => return Ok(Authorization::Redirect(trusted.refuse(refusal))),
        consent::Verdict::Ask => {
            let question = ConsentQuestion::new(&trusted, &request, params);
            return Ok(Authorization::Consent(Box::new(question)));
        }
    }
    issue::code(authority, trusted, request, session)
        .await
        .map(Authorization::Redirect)
}

const LOGIN_REQUIRED: Refusal = ErrorCode::LoginRequired.because("the user has to sign in");

fn sign_in(params: &Params) -> Authorization {
    Authorization::SignIn {
        return_to: format!("{PATH}?{}", params.to_query(&[], None)),
    }
}

/// The URL to come back to says since when an authentication is new enough: so the request is met once, not never.
fn sign_in_again(params: &Params, now: Timestamp) -> Authorization {
    let since = now.as_ms().to_string();
    let query = params.to_query(&[REAUTH_AFTER], Some((REAUTH_AFTER, &since)));
    Authorization::SignIn {
        return_to: format!("{PATH}?{query}"),
    }
}

#[cfg(test)]
mod tests;
