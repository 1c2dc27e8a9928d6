//! `[edge]` and `[[route]]`: read by the edge, which needs the authority's issuer to judge them.

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
}
