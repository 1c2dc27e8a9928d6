//! The edge: follows the log, answers the check service and proxies to upstreams.

pub mod link;
