//! What a check found.

use serde::{Deserialize, Serialize};

/// How a check ended. Only `Pass` is a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The claim held against everything that was tried.
    Pass,
    /// It did not hold; the findings say where.
    Fail,
    /// It was tried, and the answers decide nothing.
    Inconclusive,
    /// It was not tried.
    NotTested,
}

impl Verdict {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::NotTested => "not tested",
        }
    }
}

/// A place where a claim does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where, in words that stay the same from run to run: two runs are compared by check and place.
    pub place: String,
    /// What was seen. Never holds a secret: say sizes, names and kinds.
    pub detail: String,
}

impl Finding {
    /// A finding at `place`.
    pub fn at(place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            detail: detail.into(),
        }
    }
}

/// What a check says of a target. The exchanges it made are attached by the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The claim holds; the text says what was tried.
    Pass(String),
    /// It does not, at these places: at least one.
    Fail(Vec<Finding>),
    /// The answers decide nothing, because of this.
    Inconclusive(String),
    /// It could not be tried, because of this.
    NotTested(String),
}

impl Judgement {
    /// The claim holds.
    pub fn pass(tried: impl Into<String>) -> Self {
        Self::Pass(tried.into())
    }

    /// It fails at one place.
    pub fn fail(place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Fail(vec![Finding::at(place, detail)])
    }

    /// The answers decide nothing.
    pub fn inconclusive(why: impl Into<String>) -> Self {
        Self::Inconclusive(why.into())
    }

    /// It could not be tried.
    pub fn not_tested(why: impl Into<String>) -> Self {
        Self::NotTested(why.into())
    }

    /// Fails at each of `findings`; with none of them the claim holds.
    pub fn of(findings: Vec<Finding>, tried: impl Into<String>) -> Self {
        if findings.is_empty() {
            Self::Pass(tried.into())
        } else {
            Self::Fail(findings)
        }
    }

    /// Its verdict.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Pass(_) => Verdict::Pass,
            Self::Fail(_) => Verdict::Fail,
            Self::Inconclusive(_) => Verdict::Inconclusive,
            Self::NotTested(_) => Verdict::NotTested,
        }
    }
}
