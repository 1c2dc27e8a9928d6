//! `/check` with tokens that the edge has never seen. The baseline is bare hyper that verifies their signatures and does
//! nothing else; beside it stands the sum of bare hyper and a verification that is repeated in a loop.

use jose::Algorithm;

use super::super::signatures::Verifying;
use super::{PER_TURN, SEED};
use crate::harness::{Bound, Contender, Cpu, Fault, Figure, Ground, Plan, Subject, Zipf, sample};
use crate::stage::{Bare, Kind, Load, Loaded, Product, described, request_bytes};

pub(in crate::subjects) const COLD_ES256: Subject =
    cold("check-cold-es256", |g| prepare(g, Algorithm::Es256));
pub(in crate::subjects) const COLD_EDDSA: Subject =
    cold("check-cold-eddsa", |g| prepare(g, Algorithm::EdDsa));
pub(in crate::subjects) const COLD_RS256: Subject =
    cold("check-cold-rs256", |g| prepare(g, Algorithm::Rs256));

const fn cold(name: &'static str, prepare: fn(&Ground) -> Result<Plan, Fault>) -> Subject {
    Subject {
        name,
        what: "/check over HTTP/1.1 with tokens that the edge has never seen, on a route without signed identity",
        baseline: "a hyper server that verifies the token's signature and answers with the same bytes",
        prepare,
    }
}

/// Tokens of one turn; none is ever sent twice.
const TOKENS_PER_TURN: u64 = 400;
/// Turns of a long run: two a round, and the first that is thrown away.
const MOST_TURNS: u64 = 2 * 12 + 1;

fn prepare(ground: &Ground, algorithm: Algorithm) -> Result<Plan, Fault> {
    let extra = format!(
        "[token]\naccess_life = \"15m\"\nalgorithms = [\"{algorithm}\"]\n[[route]]\nidentity = false"
    );
    let product = Product::start(ground, &extra)?;
    let per_turn = ground.scaled(TOKENS_PER_TURN, 5);
    let tokens = product.tokens(ground.scaled(MOST_TURNS, 3) * per_turn + 1)?;
    let fields: Vec<_> = tokens
        .iter()
        .map(|token| described(("authorization", format!("Bearer {token}"))))
        .collect();
    let answer = product.check(fields.last().map(Vec::as_slice).unwrap_or_default())?;
    let bytes: Vec<_> = fields
        .iter()
        .map(|fields| request_bytes("/check", fields))
        .collect();
    let each: Vec<u32> = (0..u32::try_from(bytes.len()).unwrap_or(u32::MAX)).collect();
    let ours = Load::new(&product.edge(), bytes.clone(), each.clone(), per_turn)?;
    let key = product.key_of(tokens.first().map_or("", String::as_str))?;
    let verifying = Bare::verifying(ground, &answer, &key)?;
    let beside = Load::new(&verifying.connect, bytes.clone(), each, per_turn)?;
    let bare = Bare::start(ground, Kind::Http1, &answer)?;
    let order = Zipf::new(u32::try_from(bytes.len()).unwrap_or(1), SEED).draw(1 << 14);
    let theirs = Load::new(&bare.connect, bytes, order, ground.scaled(PER_TURN, 40))?;
    let signed = tokens
        .first()
        .and_then(|token| token.rsplit_once('.'))
        .map_or(0, |(signed, _)| signed.len());
    let contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(Loaded {
            name: "symbolon",
            load: Box::new(ours),
            cpu: Cpu::Processes(vec![product.process.id()]),
            _servers: vec![Box::new(product)],
        }),
        Box::new(Loaded {
            name: "hyper that verifies",
            load: Box::new(beside),
            cpu: Cpu::Processes(vec![verifying.process.id()]),
            _servers: vec![Box::new(verifying)],
        }),
        Box::new(Loaded {
            name: "bare hyper",
            load: Box::new(theirs),
            cpu: Cpu::Processes(vec![bare.process.id()]),
            _servers: vec![Box::new(bare)],
        }),
        Box::new(Verifying::new(
            "bare verification",
            algorithm,
            signed,
            ground.scaled(1_000, 1),
        )?),
    ];
    Ok(Plan {
        contenders,
        figures: vec![
            Figure::cpu_ratio("CPU, ours / hyper that verifies").bound(Bound::at_most(1.10)),
            Figure::ratio("CPU, ours / (bare + a loop's verification)", |s| {
                sample(s, 0).cpu_us() / (sample(s, 2).cpu_us() + sample(s, 3).cpu_us())
            }),
            Figure::cpu_of("CPU per request, ours", 0),
            Figure::cpu_of("CPU per request, hyper that verifies", 1),
            Figure::cpu_of("CPU per request, bare", 2),
            Figure::cpu_of("CPU per verification in a loop", 3),
        ],
        remark: format!("{per_turn} new {algorithm} tokens a turn"),
    })
}
