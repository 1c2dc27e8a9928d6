//! A report in every form that people and programs take.

mod coverage;
pub mod html;
pub mod junit;
pub mod sarif;
pub mod text;

use serde::{Deserialize, Serialize};

pub use coverage::{Coverage, Level};

/// A finding as it is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Where.
    pub place: String,
    /// What was seen.
    pub detail: String,
    /// Until when and why nobody is bothered with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced: Option<String>,
    /// How it compares with an earlier run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
}

/// A finding beside an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The earlier run did not have it.
    New,
    /// The earlier run had it too.
    StillThere,
}

/// The address of a check's page.
pub(crate) fn page_of(id: &str) -> String {
    format!("docs/audit/checks/{id}.md")
}
