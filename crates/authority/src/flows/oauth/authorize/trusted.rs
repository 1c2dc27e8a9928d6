//! The one state in which anything, an error too, may be sent by redirect.

use domain::ClientId;
use domain::client::Client;
use url::form_urlencoded;

use super::redirect_uri;
use crate::authority::Authority;
use crate::error::Fault;
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Refusal};

/// A known client and a redirect URI that is registered for it. Only [`RedirectTrusted::establish`] makes one, and only
/// this type makes a [`Redirect`].
#[derive(Debug)]
pub(crate) struct RedirectTrusted {
    client: Client,
    redirect_uri: String,
    state: Option<String>,
    issuer: String,
}

/// Where to send the browser: a registered redirect URI with a response in its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redirect(String);

impl RedirectTrusted {
    /// Both must be right before the client hears of anything.
    pub(super) async fn establish(
        authority: &Authority,
        params: &Params,
    ) -> Result<Result<Self, Refusal>, Fault> {
        let named = params.require("client_id", "client_id is missing or repeated");
        let id = match named.map(str::parse::<ClientId>) {
            Ok(Ok(id)) => id,
            Ok(Err(_)) => return Ok(Err(UNKNOWN)),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(client) = authority.store.client(&id).await? else {
            return Ok(Err(UNKNOWN));
        };
        let asked = match params.require("redirect_uri", "redirect_uri is missing or repeated") {
            Ok(asked) => asked,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !client
            .redirect_uris
            .iter()
            .any(|own| redirect_uri::fits(own, asked))
        {
            return Ok(Err(ErrorCode::InvalidRequest.because(
                "the redirect URI is not one that is registered for this client",
            )));
        }
        Ok(Ok(Self {
            redirect_uri: asked.to_owned(),
            state: params.find("state").map(str::to_owned),
            issuer: authority.issuer().to_owned(),
            client,
        }))
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// An error response (RFC 6749 section 4.1.2.1).
    pub(super) fn refuse(&self, refusal: Refusal) -> Redirect {
        self.respond(&[
            ("error", refusal.code.as_str()),
            ("error_description", refusal.text),
        ])
    }

    /// The code (RFC 6749 section 4.1.2).
    pub(super) fn grant(&self, code: &str) -> Redirect {
        self.respond(&[("code", code)])
    }

    /// `state` and `iss` are in every response (RFC 9207 section 2).
    fn respond(&self, members: &[(&str, &str)]) -> Redirect {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(members);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", &self.issuer);
        let joint = if self.redirect_uri.contains('?') { '&' } else { '?' };
        Redirect(format!("{}{joint}{}", self.redirect_uri, query.finish()))
    }
}

impl Redirect {
    /// The whole URI, for the `Location` header.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

const UNKNOWN: Refusal = ErrorCode::InvalidRequest.because("this client is not known");
