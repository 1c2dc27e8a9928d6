//! How a command ends: done, with a finding, by the user's mistake, or by a fault.

use std::error::Error;

/// A command that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Exit 0.
    Done,
    /// Exit 1: it looked, and what it saw is not as it should be.
    Finding,
}

/// A command that could not be carried out.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    /// What went wrong, in one line.
    pub(crate) message: String,
    /// Why, outermost first.
    pub(crate) causes: Vec<String>,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// The stable word of a problem that the server named.
    pub(crate) code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mistake,
    Fault,
}

impl Failure {
    /// Something the user can put right: exit 1.
    pub(crate) fn mistake(message: impl Into<String>) -> Self {
        Self::new(Kind::Mistake, message.into())
    }

    /// Something that is broken or cannot be reached: exit 2.
    pub(crate) fn fault(message: impl Into<String>) -> Self {
        Self::new(Kind::Fault, message.into())
    }

    const fn new(kind: Kind, message: String) -> Self {
        Self {
            kind,
            message,
            causes: Vec::new(),
            hint: None,
            code: None,
        }
    }

    /// Adds a cause with the causes behind it; one that only repeats the one before it is left out.
    pub(crate) fn because(mut self, cause: &dyn Error) -> Self {
        let mut next = Some(cause);
        while let Some(error) = next {
            let text = error.to_string();
            if self.causes.last().is_none_or(|last| !last.contains(&text)) {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Adds the remedy.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the server's word for it.
    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// 1 or 2.
    pub(crate) fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Mistake => 1,
            Kind::Fault => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn causes_are_listed_outermost_first() {
        let inner = std::io::Error::other("inner");
        let failure = Failure::fault("it broke").because(&Outer(inner)).hint("mend it");
        assert_eq!(failure.causes, ["outer", "inner"]);
        assert_eq!(failure.hint.as_deref(), Some("mend it"));
    }

    #[test]
    fn mistakes_and_faults_end_differently() {
        assert_eq!(Failure::mistake("x").exit_code(), 1);
        assert_eq!(Failure::fault("x").exit_code(), 2);
    }
}
