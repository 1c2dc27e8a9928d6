//! The edges of this process: each with its own follower, map, lease and memory, joined to the authority by calls.

use std::sync::Arc;

use authority::{ActivitySource, Authority, Gateway};
use edge::link::AuthorityLink;
use edge::{Edge, EdgeConfig};

use super::link::InProcess;
use crate::demo::{Line, Switched};
use crate::failure::Failure;
use crate::reload::exceptions;

/// The demo's three lines; nothing otherwise.
pub(super) fn lines(demo: bool) -> Arc<[Arc<Line>]> {
    let count = if demo { 3 } else { 0 };
    (0..count).map(|_| Line::new()).collect()
}

/// Starts one edge, or one a line, named `edge-1` and so on, for the demo.
pub(super) fn start(
    authority: &Arc<Authority>,
    config: &EdgeConfig,
    lines: &[Arc<Line>],
) -> Result<Arc<[Arc<Edge>]>, Failure> {
    if lines.is_empty() {
        return Ok(Arc::new([start_one(authority, config.clone(), None)?]));
    }
    let named = |(number, line): (usize, &Arc<Line>)| {
        let name = format!("edge-{}", number + 1)
            .parse()
            .map_err(|e: domain::name::InvalidName| Failure::fault(e.to_string()))?;
        let config = EdgeConfig {
            name,
            ..config.clone()
        };
        start_one(authority, config, Some(line))
    };
    lines.iter().enumerate().map(named).collect()
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
    config: EdgeConfig,
    line: Option<&Arc<Line>>,
) -> Result<Arc<Edge>, Failure> {
    let gateway = Gateway::new(Arc::clone(authority));
    gateway.declare_exceptions(&config.name, exceptions(&config));
    let mut link: Arc<dyn AuthorityLink> = Arc::new(InProcess::new(gateway));
    if let Some(line) = line {
        let line = Arc::clone(line);
        link = Arc::new(Switched { link, line });
    }
    let (clock, entropy) = (Arc::clone(authority.clock()), Arc::clone(authority.entropy()));
    Edge::start(config, link, clock, entropy)
        .map_err(|error| Failure::fault("the edge does not start").because(&error))
}
