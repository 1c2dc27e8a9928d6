//! `/check` of the real program beside bare hyper, byte for byte the same answer.

mod cold;
mod gateway;

pub(super) use cold::{COLD_EDDSA, COLD_ES256, COLD_RS256};
pub(super) use gateway::GATEWAY;

use crate::harness::{Bound, Contender, Cpu, Fault, Figure, Ground, Plan, Subject, Zipf};
use crate::stage::{
    Answer, Bare, Connect, Driving, Kind, Load, Load2, Loaded, Product, block, described, request_bytes,
};

pub(super) const HTTP1: Subject = Subject {
    name: "check-http1",
    what: "warm /check over HTTP/1.1 with a bearer token, every header of the interface, 16 connections",
    baseline: "a hyper server that answers with the same bytes",
    prepare: |ground| prepare(ground, Kind::Http1, Credential::Token),
};

pub(super) const SESSION: Subject = Subject {
    name: "check-session",
    what: "the same with a session's cookie",
    baseline: "a hyper server that answers with the same bytes",
    prepare: |ground| prepare(ground, Kind::Http1, Credential::Session),
};

pub(super) const HTTP2: Subject = Subject {
    name: "check-http2",
    what: "the same with a token over HTTP/2 by prior knowledge, 4 connections of 16 streams",
    baseline: "a hyper server for HTTP/2 that answers with the same bytes",
    prepare: |ground| prepare(ground, Kind::Http2, Credential::Token),
};

pub(super) const SOCKET: Subject = Subject {
    name: "check-socket",
    what: "the same with a token over HTTP/1.1 on a Unix socket",
    baseline: "a hyper server on a Unix socket that answers with the same bytes",
    prepare: |ground| prepare(ground, Kind::Socket, Credential::Token),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credential {
    Token,
    Session,
}

/// Different credentials: what the API makes in some seconds.
const TOKENS: u64 = 10_000;
const SESSIONS: u64 = 1_000;
/// A token must outlive the measurement.
const LONG: &str = "[token]\naccess_life = \"15m\"";
const PER_TURN: u64 = 12_000;
const SEED: u64 = 11;

/// Requests, and in which order they are sent.
struct Requests {
    fields: Vec<Vec<(String, String)>>,
    order: Vec<u32>,
    per_turn: u64,
}

fn prepare(ground: &Ground, kind: Kind, credential: Credential) -> Result<Plan, Fault> {
    let product = Product::start(ground, LONG)?;
    let requests = Requests::make(ground, &product, credential)?;
    let (count, answer) = (requests.fields.len(), requests.answer(&product)?);
    let to = if kind == Kind::Socket {
        product.socket()
    } else {
        product.edge()
    };
    let ours = requests.load(&to, kind)?;
    let bare = Bare::start(ground, kind, &answer)?;
    let theirs = requests.load(&bare.connect, kind)?;
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("symbolon-"))
        .count();
    let contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(Loaded {
            name: "symbolon",
            load: ours,
            cpu: Cpu::Processes(vec![product.process.id()]),
            _servers: vec![Box::new(product)],
        }),
        Box::new(Loaded {
            name: "bare hyper",
            load: theirs,
            cpu: Cpu::Processes(vec![bare.process.id()]),
            _servers: vec![Box::new(bare)],
        }),
    ];
    Ok(Plan {
        contenders,
        figures: vec![
            Figure::cpu_ratio("CPU per request, ours / bare").bound(Bound::AtMost {
                median: 1.25,
                worse_end: 1.35,
            }),
            Figure::rate_ratio("rate, ours / bare").bound(Bound::AtLeast {
                median: 0.85,
                worse_end: 0.80,
            }),
            Figure::cpu_of("CPU per request, ours", 0),
            Figure::cpu_of("CPU per request, bare", 1),
            Figure::rate_of("rate, ours", 0),
        ],
        remark: format!("{count} credentials by Zipf 0.99, {headers} Symbolon-* headers in an answer"),
    })
}

impl Requests {
    fn make(ground: &Ground, product: &Product, credential: Credential) -> Result<Self, Fault> {
        let fields: Vec<_> = match credential {
            Credential::Token => {
                let tokens = product.tokens(ground.scaled(TOKENS, 20))?;
                tokens
                    .into_iter()
                    .map(|token| described(("authorization", format!("Bearer {token}"))))
                    .collect()
            }
            Credential::Session => {
                let cookies = product.sessions(ground.scaled(SESSIONS, 3))?;
                cookies
                    .into_iter()
                    .map(|cookie| described(("cookie", cookie)))
                    .collect()
            }
        };
        let count = u32::try_from(fields.len()).unwrap_or(u32::MAX);
        Ok(Self {
            fields,
            order: Zipf::new(count, SEED).draw(1 << 18),
            per_turn: ground.scaled(PER_TURN, 40),
        })
    }

    /// What is answered to the first of them.
    fn answer(&self, product: &Product) -> Result<Answer, Fault> {
        product.check(self.fields.first().map(Vec::as_slice).unwrap_or_default())
    }

    /// A generator for these, at a server that sees them all before each turn.
    fn load(&self, to: &Connect, kind: Kind) -> Result<Box<dyn Driving>, Fault> {
        if kind == Kind::Http2 {
            let blocks = self.fields.iter().map(|fields| header_block(fields)).collect();
            let load = Load2::new(to, blocks, self.order.clone(), self.per_turn)?;
            return Ok(Box::new(load));
        }
        let bytes = self
            .fields
            .iter()
            .map(|fields| request_bytes("/check", fields))
            .collect();
        let load = Load::new(to, bytes, self.order.clone(), self.per_turn)?;
        Ok(Box::new(load.warming()))
    }
}

fn header_block(fields: &[(String, String)]) -> Vec<u8> {
    let pseudo = fields
        .iter()
        .filter(|(name, _)| name == "host")
        .map(|(_, host)| (":authority", host.as_str()));
    let rest = fields
        .iter()
        .filter(|(name, _)| name != "host")
        .map(|(name, value)| (name.as_str(), value.as_str()));
    block(
        [(":method", "GET"), (":scheme", "http"), (":path", "/check")]
            .into_iter()
            .chain(pseudo)
            .chain(rest),
    )
}
