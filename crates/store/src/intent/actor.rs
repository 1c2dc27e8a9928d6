//! Who causes a change, and in which call of the admin API.

use std::fmt;
use std::sync::Arc;

/// Who causes a change: for the event chain. Plain text of bounded length, such as `cli`, `user:..`, `client:..`,
/// `admin:NAME`. With an [`Act`], the first intent that carries it out records it in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    name: String,
    act: Option<Arc<Act>>,
}

/// One call of the admin API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The operation, such as `users.disable`.
    pub action: &'static str,
    /// What it is about, where that is not what the intent changes first.
    pub target: Option<String>,
    /// Why, where the call says it; at most 200 characters.
    pub reason: Option<String>,
    /// The call's id.
    pub request: String,
}

/// Most characters of a reason.
const REASON_CHARS: usize = 200;

impl Actor {
    /// The system itself: schedules, limits.
    #[must_use]
    pub fn system() -> Self {
        Self::new("system")
    }

    /// Anybody else; cut after 80 characters, control characters dropped.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            name: text.chars().filter(|c| !c.is_control()).take(80).collect(),
            act: None,
        }
    }

    /// In a call of the admin API.
    #[must_use]
    pub fn acting(self, action: &'static str, request: &str) -> Self {
        let act = Act {
            action,
            target: None,
            reason: None,
            request: request.to_owned(),
        };
        Self {
            act: Some(Arc::new(act)),
            ..self
        }
    }

    /// With the reason that the call gives.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        let reason: String = reason
            .chars()
            .filter(|c| !c.is_control())
            .take(REASON_CHARS)
            .collect();
        self.with(|act| Act {
            reason: Some(reason).filter(|r| !r.is_empty()),
            ..act
        })
    }

    /// About something that the first intent may not name: a call of several intents.
    #[must_use]
    pub fn about(self, target: String) -> Self {
        self.with(|act| Act {
            target: Some(target),
            ..act
        })
    }

    /// The same, once its act is recorded: what follows in the same call is part of it.
    pub fn has_acted(&mut self) {
        self.act = None;
    }

    /// The call that is still to be recorded.
    #[must_use]
    pub fn act(&self) -> Option<&Act> {
        self.act.as_deref()
    }

    fn with(self, change: impl FnOnce(Act) -> Act) -> Self {
        Self {
            act: self.act.map(|act| Arc::new(change(Act::clone(&act)))),
            ..self
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
