//! `[edge]` and `[[route]]`: read by the edge, which needs the authority's issuer to judge them.

use domain::feed::EdgeName;
use domain::setting::Problem;
use edge::EdgeConfig;
use serde::Deserialize;

/// The sections that an edge reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawEdges {
    edge: edge::RawEdge,
    route: Vec<verifier::RawRoute>,
}

impl RawEdges {
    /// Checks both for an authority.
    ///
    /// # Errors
    /// Every problem, each with its path and remedy.
    pub(crate) fn check(self, authority: &authority::Config) -> Result<EdgeConfig, Vec<Problem>> {
        let issuer = verifier::Issuer {
            url: authority.issuer.clone(),
            host: authority.host.clone(),
        };
        EdgeConfig::from_raw(&self.edge, self.route, issuer)
    }

    /// Checks both for an edge in a process of its own: its credential says who it is, and whose credentials it judges.
    ///
    /// # Errors
    /// Every problem, each with its path and remedy.
    pub(crate) fn check_as(
        mut self,
        name: &EdgeName,
        issuer: verifier::Issuer,
    ) -> Result<EdgeConfig, Vec<Problem>> {
        let written = self.edge.name.get_or_insert_with(|| name.to_string());
        if *written != name.as_str() {
            let message = format!("\"{written}\" is not the credential's edge, which is {name}");
            let hint = "leave edge.name out, or take the credential of that edge";
            return Err(vec![Problem::new("edge.name", message, hint)]);
        }
        EdgeConfig::from_raw(&self.edge, self.route, issuer)
    }
}
