//! Who a request comes from, and the proof that our own page sent it.

use domain::csrf::CsrfKey;
use domain::secret::{FlowSecret, Secret};
use http::HeaderMap;

use super::form::Fields;
use super::refusal::Refusal;
use super::{cookies, csrf};
use crate::authority::Authority;
use crate::flows::session::{Live, Presence, current};

/// The name of the form field that carries a CSRF token.
pub(crate) const TOKEN_FIELD: &str = "csrf_token";

/// What the session cookie comes to.
///
/// # Errors
/// Two cookies, or a fault.
pub(crate) async fn presence(authority: &Authority, headers: &HeaderMap) -> Result<Presence, Refusal> {
    let cookie = cookies::session_secret(headers)?;
    Ok(current(authority, cookie.as_deref()).await?)
}

/// The session of whoever is here.
///
/// # Errors
/// Nobody is, or the cookie is worth nothing.
pub(crate) async fn signed_in(authority: &Authority, headers: &HeaderMap) -> Result<Live, Refusal> {
    match presence(authority, headers).await? {
        Presence::Live(live) => Ok(*live),
        Presence::None => Err(Refusal::NotSignedIn),
        Presence::Invalid(reason) => Err(Refusal::Session(reason)),
    }
}

/// A form of somebody who is signed in: where it comes from, and the session's token.
///
/// # Errors
/// [`Refusal::ForeignSite`] or [`Refusal::CsrfToken`].
pub(crate) fn own_form(
    authority: &Authority,
    headers: &HeaderMap,
    live: &Live,
    fields: &Fields,
) -> Result<(), Refusal> {
    csrf::same_origin(headers, authority.issuer())?;
    let fits = live.accepts_csrf(fields.text(TOKEN_FIELD));
    fits.then_some(()).ok_or(Refusal::CsrfToken)
}

/// An API call of somebody who is signed in: the token is in a header, which a foreign page cannot set.
///
/// # Errors
/// As [`own_form`].
pub(crate) fn own_call(authority: &Authority, headers: &HeaderMap, live: &Live) -> Result<(), Refusal> {
    csrf::same_origin(headers, authority.issuer())?;
    let fits = csrf::token(headers).is_some_and(|token| live.accepts_csrf(token));
    fits.then_some(()).ok_or(Refusal::CsrfToken)
}

/// A form of somebody who is not signed in: where it comes from, and the token of the pre-session cookie.
///
/// # Errors
/// As [`own_form`]; two pre-session cookies.
pub(crate) fn anonymous_form(
    authority: &Authority,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<(), Refusal> {
    csrf::same_origin(headers, authority.issuer())?;
    let secret = cookies::pre_session(headers)?.ok_or(Refusal::CsrfToken)?;
    let fits = CsrfKey::derive(&secret).accepts(fields.text(TOKEN_FIELD));
    fits.then_some(()).ok_or(Refusal::CsrfToken)
}

/// What binds an anonymous form to this browser.
#[derive(Debug)]
pub(crate) struct PreSession {
    secret: Secret<FlowSecret>,
    is_new: bool,
}

impl PreSession {
    /// The browser's own, or a new one. Several tabs share it.
    ///
    /// # Errors
    /// Two pre-session cookies.
    pub(crate) fn of(authority: &Authority, headers: &HeaderMap) -> Result<Self, Refusal> {
        Ok(match cookies::pre_session(headers)? {
            Some(secret) => Self {
                secret,
                is_new: false,
            },
            None => Self {
                secret: Secret::generate(authority.entropy.as_ref()),
                is_new: true,
            },
        })
    }

    /// For the form.
    #[must_use]
    pub(crate) fn token(&self) -> String {
        CsrfKey::derive(&self.secret).token()
    }

    /// Gives the browser its cookie, if it has none yet.
    ///
    /// # Errors
    /// As the cookie's.
    pub(crate) fn remember(&self, headers: &mut HeaderMap) -> Result<(), Refusal> {
        if self.is_new {
            cookies::set_pre_session(headers, &self.secret)?;
        }
        Ok(())
    }
}
