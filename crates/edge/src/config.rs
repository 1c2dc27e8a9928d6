//! `[edge]`: as written, and as checked together with its routes.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use domain::Span;
use domain::feed::EdgeName;
use domain::network::Network;
use domain::setting::{Problem, Problems, Setting};
use serde::Deserialize;
use verifier::{Family, Issuer, RawRoute, Routes};

use crate::streams::StreamTerms;

/// `[edge]` as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
pub struct RawEdge {
    pub name: Option<String>,
    pub listen: Option<String>,
    pub admin: Option<String>,
    pub socket: Option<PathBuf>,
    pub socket_mode: Option<String>,
    pub original: Option<String>,
    pub peers: Vec<String>,
    pub max_sessions_in_memory: Option<u64>,
    pub max_body_kib: Option<u64>,
    pub upstream_timeout: Option<String>,
    pub max_open_streams: Option<u64>,
    pub max_stream_life: Option<String>,
}

/// What an edge runs by.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// Its name at the authority.
    pub name: EdgeName,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where an edge in a process of its own answers for metrics and health.
    pub admin: SocketAddr,
    /// A Unix socket where it listens as well. Whoever may open it may ask at `/check`.
    pub socket: Option<SocketFile>,
    /// Which headers describe a request at `/check`.
    pub original: Family,
    /// Who may ask.
    pub peers: Peers,
    /// Most verified credentials kept in memory.
    pub capacity: usize,
    /// Longest request body that the proxy passes on, in bytes.
    pub max_body: usize,
    /// How long an upstream may take to begin its answer.
    pub upstream_timeout: Span,
    /// Exchanges under way through the proxy.
    pub streams: StreamTerms,
    /// Routes.
    pub routes: Arc<Routes>,
}

/// A Unix socket's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketFile {
    /// Where.
    pub path: PathBuf,
    /// Permission bits.
    pub mode: u32,
}

/// Gateways whose description of a request is believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peers(Vec<Network>);

/// Every key of `[edge]`.
pub const SETTINGS: &[Setting] = &[
    Setting::new(
        "edge.name",
        "text",
        "\"edge\"",
        "1 to 64 plain characters",
        "The edge's name: in receipts and listings.",
    ),
    Setting::new(
        "edge.listen",
        "address",
        "\"127.0.0.1:8710\"",
        "",
        "Where the check service and the proxy listen.",
    ),
    Setting::new(
        "edge.admin",
        "address",
        "\"127.0.0.1:8712\"",
        "",
        "Where `symbolon edge` answers /metrics, /healthz and /readyz. `serve` has these on its admin port.",
    ),
    Setting::new(
        "edge.credential",
        "secret",
        "",
        "what `symbolon edge add` printed",
        "What makes `symbolon edge` this edge, as { file = \"..\" } or { env = \"..\" }. `serve` needs none for its own edge.",
    ),
    Setting::new(
        "edge.socket",
        "text",
        "",
        "an absolute path",
        "A Unix socket where the check service listens as well. Whoever may open the file may ask.",
    ),
    Setting::new(
        "edge.socket_mode",
        "one of 0600, 0660",
        "\"0600\"",
        "",
        "Who may open the socket: this user alone, or its group too (a gateway that runs as another user).",
    ),
    Setting::new(
        "edge.original",
        "one of x-forwarded, x-original",
        "\"x-forwarded\"",
        "",
        "Which family of headers describes the request at /check. A member of the other family is refused.",
    ),
    Setting::new(
        "edge.peers",
        "list of addresses or networks",
        "[]",
        "",
        "Gateways that may ask at /check, besides loopback: \"10.0.0.5\" or \"10.0.0.0/24\".",
    ),
    Setting::new(
        "edge.max_sessions_in_memory",
        "integer",
        "65536",
        "64 to 16777216",
        "Most verified credentials kept in memory. Beyond it the one used longest ago is verified anew.",
    ),
    Setting::new(
        "edge.max_body_kib",
        "integer",
        "16384",
        "1 to 4194304",
        "Longest request body that the proxy passes on, in KiB.",
    ),
    Setting::new(
        "edge.upstream_timeout",
        "duration",
        "30s",
        "100ms to 10m",
        "How long an upstream may take to begin its answer.",
    ),
    Setting::new(
        "edge.max_open_streams",
        "integer",
        "16384",
        "16 to 1048576",
        "Most exchanges under way through the proxy, upgraded connections among them; one more gets 503. Each is judged when an entry of the log is applied.",
    ),
    Setting::new(
        "edge.max_stream_life",
        "duration",
        "\"12h\"",
        "1m to 7d",
        "Longest life of one exchange through the proxy: a stream, an upgraded connection, a long answer.",
    ),
];

impl EdgeConfig {
    /// Checks `[edge]` and all `[[route]]`.
    ///
    /// # Errors
    /// Every problem, each with its path and remedy.
    pub fn from_raw(raw: &RawEdge, routes: Vec<RawRoute>, issuer: Issuer) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let p = &mut problems;
        let routes = Routes::from_raw(routes, issuer.clone()).or_else(|found| {
            p.extend(found);
            Routes::from_raw(Vec::new(), issuer)
        })?;
        let name = word(
            p,
            "edge.name",
            raw.name.as_deref().unwrap_or("edge"),
            "use a-z, 0-9, '.', '_' and '-'",
        );
        let listen = raw.listen.as_deref().unwrap_or("127.0.0.1:8710");
        let listen = word(
            p,
            "edge.listen",
            listen,
            "write an address and a port: 127.0.0.1:8710",
        );
        let admin = raw.admin.as_deref().unwrap_or("127.0.0.1:8712");
        let admin = word(
            p,
            "edge.admin",
            admin,
            "write an address and a port: 127.0.0.1:8712",
        );
        let socket = socket(p, raw);
        let original = raw
            .original
            .as_deref()
            .unwrap_or_else(|| Family::Forwarded.as_str());
        let original = Family::parse(original).or_else(|| {
            p.add(
                "edge.original",
                format!("\"{original}\" is not a family"),
                "write x-forwarded or x-original",
            );
            None
        });
        let capacity = p.number(
            "edge.max_sessions_in_memory",
            raw.max_sessions_in_memory,
            65_536,
            (64, 16_777_216),
        );
        let kib = p.number("edge.max_body_kib", raw.max_body_kib, 16_384, (1, 4_194_304));
        let bounds = (Span::from_ms(100), Span::from_mins(10));
        let patience = raw.upstream_timeout.as_deref();
        let patience = p.span("edge.upstream_timeout", patience, Span::from_secs(30), bounds);
        let peers = Peers::read(p, &raw.peers);
        let streams = streams(p, raw);
        let (Some(name), Some(listen), Some(admin), Some(original)) = (name, listen, admin, original) else {
            return Err(problems.finish(()).err().unwrap_or_default());
        };
        problems.finish(Self {
            name,
            listen,
            admin,
            socket,
            original,
            peers,
            capacity: usize::try_from(capacity).unwrap_or(65_536),
            max_body: usize::try_from(kib.saturating_mul(1024)).unwrap_or(usize::MAX),
            upstream_timeout: patience,
            streams,
            routes: Arc::new(routes),
        })
    }
}

impl Peers {
    fn read(p: &mut Problems, texts: &[String]) -> Self {
        let mut list = Vec::new();
        for text in texts {
            match Network::parse(text) {
                Some(network) => list.push(network),
                None => p.add(
                    "edge.peers",
                    format!("\"{text}\" is not an address or a network"),
                    "write 10.0.0.5 or 10.0.0.0/24",
                ),
            }
        }
        Self(list)
    }

    /// Whether an address may ask: loopback, or configured.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        address.to_canonical().is_loopback() || self.0.iter().any(|network| network.contains(address))
    }
}

fn streams(p: &mut Problems, raw: &RawEdge) -> StreamTerms {
    let most = p.number(
        "edge.max_open_streams",
        raw.max_open_streams,
        16_384,
        (16, 1_048_576),
    );
    let life = raw.max_stream_life.as_deref();
    let bounds = (Span::from_mins(1), Span::from_days(7));
    StreamTerms {
        most: usize::try_from(most).unwrap_or(16_384),
        life: p.span("edge.max_stream_life", life, Span::from_hours(12), bounds),
    }
}

fn socket(p: &mut Problems, raw: &RawEdge) -> Option<SocketFile> {
    let mode = match raw.socket_mode.as_deref() {
        None | Some("0600") => 0o600,
        Some("0660") => 0o660,
        Some(other) => {
            p.add(
                "edge.socket_mode",
                format!("\"{other}\" is not a choice"),
                "write \"0600\" or \"0660\"",
            );
            0o600
        }
    };
    let path = raw.socket.clone()?;
    if !path.is_absolute() || path.file_name().is_none() {
        p.add(
            "edge.socket",
            format!("\"{}\" is not an absolute path of a file", path.display()),
            "write the whole path: /run/symbolon/check.sock",
        );
    }
    Some(SocketFile { path, mode })
}

fn word<T: std::str::FromStr>(p: &mut Problems, path: &str, text: &str, hint: &str) -> Option<T> {
    let read = text.parse().ok();
    if read.is_none() {
        p.add(path, format!("\"{text}\" cannot be read"), hint);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &RawEdge) -> Result<EdgeConfig, Vec<String>> {
        let issuer = Issuer {
            url: "https://id.example".into(),
            host: "id.example".parse().unwrap(),
        };
        EdgeConfig::from_raw(raw, vec![], issuer).map_err(|found| found.into_iter().map(|p| p.path).collect())
    }

    #[test]
    fn defaults_are_safe_and_problems_come_all_at_once() {
        let config = read(&RawEdge::default()).unwrap();
        assert!(config.listen.ip().is_loopback() && config.original == Family::Forwarded);
        let raw = RawEdge {
            name: Some("a b".into()),
            listen: Some("8710".into()),
            admin: Some("8712".into()),
            socket: Some("check.sock".into()),
            socket_mode: Some("0777".into()),
            original: Some("both".into()),
            peers: vec!["10.0.0.0/33".into(), "gateway".into()],
            max_sessions_in_memory: Some(1),
            max_body_kib: Some(0),
            upstream_timeout: Some("1ms".into()),
            max_open_streams: Some(15),
            max_stream_life: Some("8d".into()),
        };
        let mut found = read(&raw).unwrap_err();
        found.dedup();
        assert_eq!(found.len(), 12, "{found:?}");
    }

    #[test]
    fn a_socket_is_for_this_user_unless_its_group_is_named() {
        let with = |mode: Option<&str>| RawEdge {
            socket: Some("/run/symbolon/check.sock".into()),
            socket_mode: mode.map(str::to_owned),
            ..RawEdge::default()
        };
        assert_eq!(read(&RawEdge::default()).unwrap().socket, None);
        for (mode, bits) in [(None, 0o600), (Some("0600"), 0o600), (Some("0660"), 0o660)] {
            assert_eq!(read(&with(mode)).unwrap().socket.unwrap().mode, bits);
        }
        assert_eq!(read(&with(Some("0666"))).unwrap_err(), ["edge.socket_mode"]);
    }

    #[test]
    fn only_loopback_and_configured_networks_are_trusted() {
        let raw = RawEdge {
            peers: vec!["10.1.0.0/16".into(), "2001:db8::/32".into()],
            ..RawEdge::default()
        };
        let peers = read(&raw).unwrap().peers;
        for (address, trusted) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("2001:db8:1::1", true),
            ("10.2.0.1", false),
            ("192.0.2.1", false),
            ("2001:db9::1", false),
        ] {
            assert_eq!(peers.trusts(address.parse().unwrap()), trusted, "{address}");
        }
        assert!(!Peers::default().trusts("10.1.2.3".parse().unwrap()));
    }
}
