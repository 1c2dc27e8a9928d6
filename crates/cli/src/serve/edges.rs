//! The edges of this process: each with its own follower, map, lease and memory, joined to the authority by calls.

use std::sync::Arc;

use authority::{ActivitySource, Authority, Gateway};
use edge::{Edge, EdgeConfig};

use super::link::InProcess;
use super::reload::exceptions;
use crate::failure::Failure;

/// Starts one edge, or three named `edge-1` to `edge-3` for the demo.
pub(crate) fn start(
    authority: &Arc<Authority>,
    config: &EdgeConfig,
    demo: bool,
) -> Result<Arc<[Arc<Edge>]>, Failure> {
    let count = if demo { 3 } else { 1 };
    (1..=count)
        .map(|number| start_one(authority, config, demo.then_some(number)))
        .collect()
}

/// The edges of this process, asked before a session is taken for idle.
#[derive(Debug)]
pub(crate) struct Reporting(pub(crate) Arc<[Arc<Edge>]>);

#[async_trait::async_trait]
impl ActivitySource for Reporting {
    async fn collect(&self) {
        for edge in self.0.iter() {
            edge.report_activity().await;
        }
    }
}

fn start_one(
    authority: &Arc<Authority>,
    config: &EdgeConfig,
    number: Option<u32>,
) -> Result<Arc<Edge>, Failure> {
    let mut config = config.clone();
    if let Some(number) = number {
        config.name = format!("edge-{number}")
            .parse()
            .map_err(|e: domain::name::InvalidName| Failure::fault(e.to_string()))?;
    }
    let gateway = Gateway::new(Arc::clone(authority));
    gateway.declare_exceptions(&config.name, exceptions(&config));
    let link = Arc::new(InProcess::new(gateway));
    let (clock, entropy) = (Arc::clone(authority.clock()), Arc::clone(authority.entropy()));
    Edge::start(config, link, clock, entropy)
        .map_err(|error| Failure::fault("the edge does not start").because(&error))
}
