//! A check with its questions answered: the checker decides, the authority is asked where the checker says so.

use std::sync::Arc;
use std::time::Duration;

use domain::cookie::Purpose;
use domain::feed::SessionAnswer;
use domain::id::{Id, Session};
use domain::session::Liveness;
use domain::{Reason, Seq, Span};
use tokio::sync::Semaphore;
use verifier::{ColdSession, Confirmed, JudgedRequest, Outcome, Permit, Question, Refusal, Route};

use crate::activity::Activity;
use crate::flight::Flights;
use crate::follow::Follow;
use crate::link::LinkError;

/// How long a request waits for the authority.
const PATIENCE: Duration = Duration::from_secs(3);
/// Questions about single revocations under way at once.
const MAX_QUESTIONS: usize = 64;
/// Steps of one check: a pull, a session, an idle session, the authority's word, and a repetition of each.
const MAX_STEPS: usize = 8;

/// Not let through.
#[derive(Debug, Clone)]
pub(crate) struct Denial {
    pub(crate) refusal: Refusal,
    /// For a stale edge: when to come again.
    pub(crate) retry_after: Option<Span>,
    pub(crate) route: Option<Arc<Route>>,
}

type SessionKey = (Id<Session>, Purpose);

/// Judges requests for one edge.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) follow: Arc<Follow>,
    pub(crate) activity: Arc<Activity>,
    sessions: Flights<SessionKey, Result<Option<SessionAnswer>, LinkError>>,
    pulls: Semaphore,
    questions: Semaphore,
}

impl Judge {
    pub(crate) fn new(follow: Arc<Follow>, activity: Arc<Activity>) -> Self {
        Self {
            follow,
            activity,
            sessions: Flights::new(),
            pulls: Semaphore::new(MAX_QUESTIONS),
            questions: Semaphore::new(MAX_QUESTIONS),
        }
    }

    /// Judges a request under its own route, as far as that needs nobody's word. Nothing where it does.
    pub(crate) fn judge_at_once(&self, request: &JudgedRequest<'_>) -> Option<Result<Permit, Denial>> {
        let checker = &self.follow.checker;
        match checker.check(request) {
            Outcome::Permit(permit) => Some(Ok(permit)),
            Outcome::Refuse(refusal) => Some(Err(Denial {
                refusal,
                retry_after: None,
                route: checker.route(request),
            })),
            Outcome::Stale { .. }
            | Outcome::NeedsSession(_)
            | Outcome::Behind(_)
            | Outcome::NeedsAuthority(_) => None,
        }
    }

    /// Judges a request under its own route, or under the one given.
    pub(crate) async fn judge(
        &self,
        request: &JudgedRequest<'_>,
        own: Option<&Arc<Route>>,
    ) -> Result<Permit, Denial> {
        let checker = &self.follow.checker;
        let decide = |word: Option<&Confirmed>| match (own, word) {
            (Some(route), _) => checker.check_under(request, route),
            (None, Some(word)) => checker.check_confirmed(request, word),
            (None, None) => checker.check(request),
        };
        let route = || own.cloned().or_else(|| checker.route(request));
        let deny = |refusal| Denial {
            refusal,
            retry_after: None,
            route: route(),
        };
        let (mut outcome, mut pulled) = (decide(None), false);
        for _ in 0..MAX_STEPS {
            outcome = match outcome {
                Outcome::Permit(permit) => return Ok(permit),
                Outcome::Refuse(refusal) => return Err(deny(refusal)),
                Outcome::Stale { .. } => {
                    let retry_after = Some(self.follow.renew_every().max(Span::from_secs(1)));
                    return Err(Denial {
                        refusal: Reason::Stale.into(),
                        retry_after,
                        route: route(),
                    });
                }
                Outcome::NeedsSession(cold) => {
                    self.learn(&cold).await.map_err(deny)?;
                    decide(None)
                }
                // Everything committed is applied, and the credential is still newer: no log ever reached that far.
                Outcome::Behind(_) if pulled => return Err(deny(Reason::Forged.into())),
                Outcome::Behind(wanted) => {
                    self.pull(wanted).await.map_err(deny)?;
                    pulled = true;
                    decide(None)
                }
                Outcome::NeedsAuthority(question) => {
                    let word = self.ask(*question).await.map_err(deny)?;
                    decide(Some(&word))
                }
            };
        }
        Err(deny(Refusal::new(
            Reason::Unavailable,
            "the check did not come to an end",
        )))
    }

    /// Asks for a session, once for all who wait for it. Where it seems idle, what this edge saw is told first: that may
    /// be what keeps it. Only there, since looking for it walks all memory: a cookie of a dead session must stay cheap.
    async fn learn(&self, cold: &ColdSession) -> Result<(), Refusal> {
        let key = (cold.id(), cold.purpose().clone());
        let (id, purpose) = key.clone();
        let (link, activity) = (Arc::clone(&self.follow.link), Arc::clone(&self.activity));
        let now = self.follow.clock.now();
        let asked = self.sessions.join(key, || async move {
            let answer = link.session(id, &purpose).await?;
            let idle = |known: &SessionAnswer| known.session.liveness(now) == Liveness::Idle;
            if !answer.as_ref().is_some_and(idle) {
                return Ok(answer);
            }
            activity.report().await?;
            link.session(id, &purpose).await
        });
        let answer = patient(asked).await?;
        self.follow.checker.remember_session(cold, answer)
    }

    async fn pull(&self, wanted: Seq) -> Result<(), Refusal> {
        let _place = self.pulls.try_acquire().map_err(|_| busy())?;
        patient(self.follow.pull(wanted)).await
    }

    /// Asks about one position, in a reading of its own: it begins after the check did.
    async fn ask(&self, question: Question) -> Result<Confirmed, Refusal> {
        let _place = self.questions.try_acquire().map_err(|_| busy())?;
        let word = patient(self.follow.link.word_on(question.position().clone())).await?;
        question.answered(word)
    }
}

async fn patient<T>(asked: impl Future<Output = Result<T, LinkError>>) -> Result<T, Refusal> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Reason::Unavailable.into()),
        Err(_) => Err(Refusal::new(
            Reason::Unavailable,
            "the authority did not answer in time",
        )),
    }
}

const fn busy() -> Refusal {
    Refusal::new(Reason::Unavailable, "too many questions are under way")
}
