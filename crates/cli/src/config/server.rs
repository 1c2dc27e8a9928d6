//! What the composition root itself reads: where to listen, with which files and limits.

use std::path::PathBuf;

use domain::Span;
use domain::setting::{Problems, Setting};
use serde::Deserialize;

use crate::listen::{Limits, ListenAddress};

/// Every key of the composition root.
#[rustfmt::skip]
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::new("server.listen", "text", "\"localhost:8700\"", "", "Where the authority listens. `localhost` is 127.0.0.1 and ::1. Off loopback it needs TLS files."),
    Setting::new("server.admin_listen", "text", "\"localhost:8701\"", "", "Where the admin API, the console and /metrics listen."),
    Setting::new("server.hosts", "list of text", "[]", "", "Host names that requests may be for, besides the issuer's and the loopback ones. Others are refused (DNS rebinding)."),
    Setting::new("server.tls.certificate", "text", "", "", "PEM file of the certificate chain; read again when it changes."),
    Setting::new("server.tls.key", "text", "", "", "PEM file of its private key; read again when it changes."),
    Setting::new("keys.kek", "secret", "", "32 bytes as base64url", "Key-encryption key, as { file = \"..\" } or { env = \"..\" }. Without it, the file `kek` in the data directory, made on first start. Keep a copy apart from backups."),
    Setting::new("events.stdout", "boolean", "false", "", "Write every event to standard output as a line of JSON."),
    Setting::new("store.kind", "one of embedded", "\"embedded\"", "", "What keeps the records: the embedded store in the data directory."),
    Setting::new("limits.connections", "integer", "1024", "8 to 100000", "Most open connections of one listener. When all are taken, a newcomer takes the place of one that waits for its peer: of the network with the most, first of those that never sent a request."),
    Setting::new("limits.headers", "integer", "64", "16 to 512", "Most header fields of a request."),
    Setting::new("limits.header_bytes", "integer", "16384", "8192 to 262144", "Longest header section of a request."),
    Setting::new("limits.body_bytes", "integer", "1048576", "1024 to 1073741824", "Longest body of a request."),
    Setting::new("limits.body_memory", "integer", "67108864", "1048576 to 1099511627776", "Most bytes that the bodies of all running requests of one listener may take in memory. Beyond it, the connection that has the most is ended."),
    Setting::new("limits.header_timeout", "duration", "\"10s\"", "1s to 2m", "How long TLS and the header section of a request may take."),
    Setting::new("limits.request_timeout", "duration", "\"120s\"", "1s to 1h", "How long a request may take until its response begins."),
    Setting::new("limits.stall_timeout", "duration", "\"30s\"", "1s to 1h", "How long a peer may keep a request waiting for the next bytes of its body, or a response for room to be sent."),
    Setting::new("limits.keep_alive", "duration", "\"60s\"", "1s to 1h", "How long a connection may stay open without a request."),
    Setting::new("limits.streams", "integer", "64", "1 to 1000", "Most concurrent requests of one HTTP/2 connection."),
    Setting::new("limits.shutdown", "duration", "\"10s\"", "0s to 5m", "How long running requests may take to finish when the server stops."),
];

macro_rules! raw {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default)]
        pub(crate) struct $name { $($field: Option<$type>),* }
    };
}

raw!(
    /// The sections that the composition root reads.
    RawServing { server: RawServer, limits: RawLimits }
);
raw!(
    /// `[server]`, as far as it is read here.
    RawServer { listen: String, admin_listen: String, hosts: Vec<String>, tls: RawTls }
);
raw!(
    /// `[server.tls]`
    RawTls { certificate: PathBuf, key: PathBuf }
);
raw!(
    /// `[limits]`
    RawLimits {
        connections: u64, headers: u64, header_bytes: u64, body_bytes: u64, body_memory: u64, streams: u64, header_timeout: String,
        request_timeout: String, stall_timeout: String, keep_alive: String, shutdown: String,
    }
);

/// Checked.
#[derive(Debug, Clone)]
pub(crate) struct ServingConfig {
    pub(crate) listen: ListenAddress,
    pub(crate) admin_listen: ListenAddress,
    pub(crate) hosts: Vec<String>,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) limits: Limits,
}

/// Certificate chain and private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl RawServing {
    /// Checks everything.
    ///
    /// # Errors
    /// Every problem, each with its path and remedy.
    pub(crate) fn check(self) -> Result<ServingConfig, Vec<domain::setting::Problem>> {
        let mut problems = Problems::default();
        let p = &mut problems;
        let server = self.server.unwrap_or_default();
        let tls = tls(p, server.tls.unwrap_or_default());
        let listen = address(p, "server.listen", server.listen, 8700, tls.is_some());
        // The admin API is for this machine, or for a tunnel: TLS covers it as well where it is given.
        let admin_listen = address(p, "server.admin_listen", server.admin_listen, 8701, tls.is_some());
        let limits = limits(p, &self.limits.unwrap_or_default());
        problems.finish(ServingConfig {
            listen,
            admin_listen,
            hosts: server.hosts.unwrap_or_default(),
            tls,
            limits,
        })
    }
}

fn tls(p: &mut Problems, raw: RawTls) -> Option<TlsFiles> {
    match (raw.certificate, raw.key) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            p.add(
                "server.tls.key",
                "is missing beside the certificate",
                "name the file of its private key",
            );
            None
        }
        (None, Some(_)) => {
            p.add(
                "server.tls.certificate",
                "is missing beside the key",
                "name the file of its certificate chain",
            );
            None
        }
    }
}

fn address(p: &mut Problems, path: &str, text: Option<String>, port: u16, tls: bool) -> ListenAddress {
    let Some(text) = text else {
        return ListenAddress::localhost(port);
    };
    match text.parse::<ListenAddress>() {
        Ok(address) if address.is_loopback() || tls => return address,
        Ok(_) => p.add(
            path,
            format!("\"{text}\" is not this machine alone, and plain http is for this machine alone"),
            "give [server.tls] its certificate and key, or listen on localhost",
        ),
        Err(error) => p.add(
            path,
            format!("\"{text}\" {error}"),
            "write \"localhost:8700\" or \"0.0.0.0:8443\"",
        ),
    }
    ListenAddress::localhost(port)
}

fn limits(p: &mut Problems, raw: &RawLimits) -> Limits {
    let usual = Limits::default();
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let wide = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
    let secs = Span::from_secs;
    Limits {
        connections: size(p.number(
            "limits.connections",
            raw.connections,
            wide(usual.connections),
            (8, 100_000),
        )),
        headers: size(p.number("limits.headers", raw.headers, wide(usual.headers), (16, 512))),
        header_bytes: size(p.number(
            "limits.header_bytes",
            raw.header_bytes,
            wide(usual.header_bytes),
            (8192, 262_144),
        )),
        body_bytes: size(p.number(
            "limits.body_bytes",
            raw.body_bytes,
            wide(usual.body_bytes),
            (1024, 1 << 30),
        )),
        body_memory: size(p.number(
            "limits.body_memory",
            raw.body_memory,
            wide(usual.body_memory),
            (1 << 20, 1 << 40),
        )),
        streams: size(p.number("limits.streams", raw.streams, wide(usual.streams), (1, 1000))),
        header_timeout: p.span(
            "limits.header_timeout",
            raw.header_timeout.as_deref(),
            usual.header_timeout,
            (secs(1), secs(120)),
        ),
        request_timeout: p.span(
            "limits.request_timeout",
            raw.request_timeout.as_deref(),
            usual.request_timeout,
            (secs(1), secs(3600)),
        ),
        stall_timeout: p.span(
            "limits.stall_timeout",
            raw.stall_timeout.as_deref(),
            usual.stall_timeout,
            (secs(1), secs(3600)),
        ),
        keep_alive: p.span(
            "limits.keep_alive",
            raw.keep_alive.as_deref(),
            usual.keep_alive,
            (secs(1), secs(3600)),
        ),
        shutdown: p.span(
            "limits.shutdown",
            raw.shutdown.as_deref(),
            usual.shutdown,
            (secs(0), secs(300)),
        ),
    }
}
