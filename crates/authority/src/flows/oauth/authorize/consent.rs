//! Consent: who is asked, what they are shown, and what they chose.

use domain::Span;

use super::redirect_uri::is_unproven;
use super::request::AuthorizationRequest;
use super::trusted::RedirectTrusted;
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Refusal};

/// What the subject chose on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allow,
    Deny,
}

/// What the page shows (OAuth 2.1 section 7.3: client, scope, audience, lifetime).
#[derive(Debug)]
pub(crate) struct ConsentQuestion {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: Vec<String>,
    pub(crate) audience: Vec<String>,
    /// How long the client may go on without asking.
    pub(crate) life: Span,
    /// Whether that goes on after signing out.
    pub(crate) offline: bool,
    /// The request, to be sent again with the decision.
    pub(crate) request: String,
}

/// Whether a code may be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Given,
    Ask,
    Refused(Refusal),
}

pub(super) fn judge(
    trusted: &RedirectTrusted,
    request: &AuthorizationRequest,
    decision: Option<Decision>,
) -> Verdict {
    match decision {
        Some(Decision::Deny) => {
            Verdict::Refused(ErrorCode::AccessDenied.because("the user did not allow this"))
        }
        Some(Decision::Allow) => Verdict::Given,
        None if !is_needed(trusted, request) => Verdict::Given,
        None if request.prompt.none => {
            Verdict::Refused(ErrorCode::ConsentRequired.because("the user has to allow this"))
        }
        None => Verdict::Ask,
    }
}

/// The client's setting, the request's wish, and always where the client's identity is unproven (OAuth 2.1 section 7.3):
/// a public client behind a loopback port or a private-use scheme can be any program on that machine.
fn is_needed(trusted: &RedirectTrusted, request: &AuthorizationRequest) -> bool {
    let client = trusted.client();
    let unproven = client.is_public() && is_unproven(trusted.redirect_uri());
    client.consent || request.prompt.consent || unproven
}

impl ConsentQuestion {
    pub(super) fn new(trusted: &RedirectTrusted, request: &AuthorizationRequest, params: &Params) -> Self {
        let client = trusted.client();
        let refreshes = client.grants.contains(&domain::client::GrantType::RefreshToken);
        Self {
            client: if client.name.is_empty() {
                client.id.to_string()
            } else {
                client.name.clone()
            },
            redirect_uri: trusted.redirect_uri().to_owned(),
            scope: request.scope.iter().cloned().collect(),
            audience: request.audience.clone(),
            life: if refreshes {
                client.refresh.absolute
            } else {
                client.access_token_life
            },
            offline: request.scope.contains(domain::grant::OFFLINE_ACCESS),
            request: params.to_query(&[], None),
        }
    }
}
