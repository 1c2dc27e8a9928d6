//! How much a peer may ask for.

use domain::Span;

/// Limits of one listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Open connections.
    pub(crate) connections: usize,
    /// Header fields of a request.
    pub(crate) headers: usize,
    /// Bytes of a header section.
    pub(crate) header_bytes: usize,
    /// Bytes of a request's body.
    pub(crate) body_bytes: usize,
    /// Bytes that the bodies of all running requests may take in memory.
    pub(crate) body_memory: usize,
    /// Concurrent requests of an HTTP/2 connection.
    pub(crate) streams: usize,
    /// TLS handshake, and header section.
    pub(crate) header_timeout: Span,
    /// From the header section to the beginning of the response.
    pub(crate) request_timeout: Span,
    /// A request or response of which the peer keeps the rest waiting.
    pub(crate) stall_timeout: Span,
    /// A connection without a request.
    pub(crate) keep_alive: Span,
    /// Running requests when the server stops.
    pub(crate) shutdown: Span,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            headers: 64,
            header_bytes: 16 * 1024,
            body_bytes: 1024 * 1024,
            body_memory: 64 * 1024 * 1024,
            streams: 64,
            header_timeout: Span::from_secs(10),
            // A revocation may wait for the longest lease.
            request_timeout: Span::from_secs(120),
            stall_timeout: Span::from_secs(30),
            keep_alive: Span::from_secs(60),
            shutdown: Span::from_secs(10),
        }
    }
}
