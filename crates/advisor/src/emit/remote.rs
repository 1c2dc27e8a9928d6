//! Edges in processes of their own: one configuration for all of them, and where the authority serves them.

use std::fmt::Write as _;

use super::{File, comment, edge, mechanism, promise};
use crate::figures::Constants;
use crate::topology::Topology;

/// Below `[server]`.
pub(super) const LISTEN: &str = "# Edges in processes of their own connect here (edge.toml); for other machines, an address in the management network.\n\
    feed_listen = \"127.0.0.1:8702\"\n";

/// Whether a client is checked at edges, and there is more than the authority's own.
pub(super) fn has_edges(topology: &Topology, constants: &Constants) -> bool {
    let at_the_edge = |client| mechanism(topology, client, constants).is_some_and(|m| m.is_at_the_edge());
    topology.deployment.edges > 1 && topology.clients.iter().any(at_the_edge)
}

/// The edges' file.
pub(super) fn file(topology: &Topology, constants: &Constants) -> Option<File> {
    if !has_edges(topology, constants) {
        return None;
    }
    let mut text = String::new();
    let _ = write!(
        text,
        "# Written by `symbolon advise --emit` for {}: one file for all edges but the authority's own.\n\
        # On the authority, once for each: umask 077; symbolon edge add NAME --at https://AUTHORITY:8702 > edge.credential\n\
        # Where the edge runs:            symbolon edge --config edge.toml\n\n\
        [edge]\ncredential = {{ file = \"/etc/symbolon/edge.credential\" }}\n",
        comment(&topology.deployment.name)
    );
    edge(&mut text, topology, &promise(topology, constants));
    Some(File {
        name: "edge.toml",
        text,
    })
}
