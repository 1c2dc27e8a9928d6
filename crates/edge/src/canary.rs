//! What the authority asks about its canary: whether this edge would let it through, now. The check is the one that every
//! request gets.

use std::sync::{Arc, Mutex, PoisonError};

use domain::feed::{CANARY_AUDIENCE, CanaryAnswer, CanarySeen};
use domain::{Reason, Span};
use http::{HeaderMap, HeaderValue, Method, header};
use verifier::{CredentialKind, DirectRequest, JudgedRequest, Outcome, Route};

use crate::follow::Follow;
use crate::link::LinkError;

/// Answers the canary's questions, one at a time.
#[derive(Debug)]
pub(crate) struct Canary {
    follow: Arc<Follow>,
    /// The one route that takes its token. No request is covered by it.
    route: Arc<Route>,
    /// What the last question came to, until the authority was told.
    answer: Mutex<Option<CanaryAnswer>>,
}

impl Canary {
    pub(crate) fn new(follow: &Arc<Follow>) -> Self {
        let route = Route {
            name: "symbolon-canary".to_owned(),
            accept: vec![CredentialKind::Bearer],
            audience: CANARY_AUDIENCE.to_owned(),
            identity: false,
            ..Route::any(CANARY_AUDIENCE)
        };
        Self {
            follow: Arc::clone(follow),
            route: Arc::new(route),
            answer: Mutex::default(),
        }
    }

    /// Tells what the last question came to, waits for the next, and makes its check.
    pub(crate) async fn answer_in_turn(&self, wait: Span) -> Result<(), LinkError> {
        let told = self.held().take();
        let asked = self.follow.link.canary(&self.follow.name, told, wait).await?;
        if let Some(asked) = asked {
            let seen = self.check(&asked.token).await;
            let number = asked.number;
            *self.held() = Some(CanaryAnswer { number, seen });
        }
        Ok(())
    }

    /// As a request with this token would be judged. Where it is newer than the map, the log is pulled first.
    pub(crate) async fn check(&self, token: &str) -> CanarySeen {
        let headers = bearer(token);
        let mut outcome = self.judge(headers.as_ref());
        if let Some(Outcome::Behind(wanted)) = outcome {
            if self.follow.pull(wanted).await.is_err() {
                return CanarySeen::Other;
            }
            outcome = self.judge(headers.as_ref());
        }
        match outcome {
            Some(Outcome::Permit(_)) => CanarySeen::Accepted,
            Some(Outcome::Refuse(refusal)) if refusal.reason == Reason::Revoked => CanarySeen::Revoked,
            Some(Outcome::Stale { .. }) => CanarySeen::Stale,
            _ => CanarySeen::Other,
        }
    }

    fn judge(&self, headers: Option<&HeaderMap>) -> Option<Outcome> {
        let request = DirectRequest {
            method: &Method::GET,
            secure: true,
            authority: "canary.invalid",
            target: "/",
            headers: headers?,
        };
        let request = JudgedRequest::from_direct(request).ok()?;
        Some(self.follow.checker.check_under(&request, &self.route))
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<CanaryAnswer>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bearer(token: &str) -> Option<HeaderMap> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
}
