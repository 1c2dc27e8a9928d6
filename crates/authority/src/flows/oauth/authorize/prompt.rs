//! `prompt` and `max_age` (OpenID Connect Core section 3.1.2.1): whether the present session will do.

use domain::session::Session;
use domain::{Span, Timestamp};

use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Refusal};

/// Our own parameter, in the URL that a sign-in comes back to: milliseconds since 1970.
pub(super) const REAUTH_AFTER: &str = "reauth_after";

/// What the client wants to happen before it gets a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Prompt {
    /// Nothing may be shown.
    pub(super) none: bool,
    /// The subject decides anew.
    pub(super) consent: bool,
    login: bool,
    max_age: Option<Span>,
    /// The subject was sent to sign in at this time: an authentication since then is new enough. It is part of the URL
    /// that we send ourselves; who changes it in their own browser can as well leave out `prompt`.
    reauth_after: Option<Timestamp>,
}

/// Whether the request asks for silence, whatever else is wrong with it.
pub(super) fn is_silent(params: &Params) -> bool {
    params.find("prompt") == Some("none")
}

impl Prompt {
    pub(super) fn read(params: &Params) -> Result<Self, Refusal> {
        let mut prompt = Self::default();
        for word in params.find("prompt").into_iter().flat_map(|p| p.split(' ')) {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                _ => return Err(ErrorCode::InvalidRequest.because("prompt has a value that is not offered")),
            }
        }
        if prompt.none && (prompt.login || prompt.consent) {
            return Err(ErrorCode::InvalidRequest.because("prompt none cannot go with another value"));
        }
        if let Some(text) = params.find("max_age") {
            let secs =
                number(text).ok_or_else(|| ErrorCode::InvalidRequest.because("max_age is not a number"))?;
            // Zero asks for an authentication now: the same as `login`, which knows when it has been met.
            prompt.login |= secs == 0;
            prompt.max_age = (secs > 0).then(|| Span::from_secs(secs));
        }
        prompt.reauth_after = params.find(REAUTH_AFTER).and_then(number).map(Timestamp::from_ms);
        Ok(prompt)
    }

    /// Whether this session's authentication is not new enough.
    pub(super) fn wants_authentication(&self, session: &Session, now: Timestamp) -> bool {
        let at = session.authenticated_at;
        let too_old = self.max_age.is_some_and(|most| now.since(at) > most);
        let before = self.reauth_after.is_some_and(|since| at < since);
        too_old || before || (self.login && self.reauth_after.is_none())
    }
}

fn number(text: &str) -> Option<u64> {
    let plain = (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_their_combinations() {
        for (text, good) in [
            ("", true),
            ("prompt=none", true),
            ("prompt=login", true),
            ("prompt=login+consent", true),
            ("prompt=none+login", false),
            ("prompt=none+consent", false),
            ("prompt=select_account", false),
            ("prompt=LOGIN", false),
            ("max_age=0", true),
            ("max_age=300", true),
            ("max_age=-1", false),
            ("max_age=1.5", false),
            ("max_age=99999999999999999999", false),
        ] {
            assert_eq!(Prompt::read(&Params::parse(text)).is_ok(), good, "{text}");
        }
    }
}
