//! How much a run may ask of a target and take from it.

use std::time::Duration;

/// The bounds of one run. Each is reached before a target can feel it, or hold the run up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests in all.
    pub requests: u32,
    /// Requests a second.
    pub rate_per_s: u32,
    /// Bytes of one body, unpacked. What is more is not read.
    pub body_bytes: usize,
    /// Fields of one head.
    pub header_fields: usize,
    /// Bytes of one head.
    pub header_bytes: usize,
    /// Steps of one chain of redirects.
    pub redirects: usize,
    /// One request, from the first packet to the last byte.
    pub request_time: Duration,
    /// The whole run.
    pub total_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 3000,
            rate_per_s: 20,
            body_bytes: 1024 * 1024,
            header_fields: 100,
            header_bytes: 64 * 1024,
            redirects: 10,
            request_time: Duration::from_secs(10),
            total_time: Duration::from_mins(10),
        }
    }
}
