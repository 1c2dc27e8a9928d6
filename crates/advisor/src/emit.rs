//! Files that carry the decision out. Only keys that this version has are written.

use domain::Span;

use crate::case::Case;
use crate::decide::mechanism;
use crate::figures::Constants;
use crate::plan;
use crate::topology::Topology;

/// The one life of access tokens: the shortest that any client's mechanism wants.
#[must_use]
pub(crate) fn access_life(topology: &Topology, constants: &Constants) -> Option<Span> {
    let lives = topology.clients.iter().filter_map(|client| {
        let case = Case {
            topology,
            client,
            constants,
        };
        plan::access_life(&case, mechanism(topology, client, constants)?)
    });
    lives.min()
}
