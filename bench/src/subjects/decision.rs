//! The decision alone, in process: reading the described request, and judging it.

mod world;

use std::cell::RefCell;
use std::rc::Rc;

use http::{HeaderMap, HeaderValue};
use jose::Algorithm;
use verifier::Outcome;

use super::signatures::{TOKEN_BYTES, Verifying};
use crate::harness::{
    Bound, Contender, Fault, Figure, Ground, Plan, Sample, Subject, Zipf, in_batches, sample,
};
use world::{Credential, World, judged};

pub(super) const WARM: Subject = Subject {
    name: "decision-warm",
    what: "reading and judging one described request whose credential is remembered",
    baseline: "none: the bound is absolute",
    prepare: warm,
};

pub(super) const COLD: Subject = Subject {
    name: "decision-cold",
    what: "the same with a token that was never seen, per algorithm",
    baseline: "one bare verification of the same signature",
    prepare: cold,
};

/// Different credentials, half of them sessions, half tokens; and marks in the map.
const CREDENTIALS: u64 = 100_000;
const MARKS: u64 = 1_000_000;
/// Far above what is kept, so that no set of places is full: a credential that was pushed out would be cold.
const ROOM: usize = 1 << 20;
/// Requests that are made ready at once: what a server that just read them has in its cache.
const BATCH: usize = 64;
const PER_TURN: u64 = 200_000;
const SEED: u64 = 7;

/// Decisions about requests that are drawn beforehand.
struct Deciding {
    name: &'static str,
    world: Rc<RefCell<World>>,
    credentials: Rc<Vec<Credential>>,
    /// Described requests, into which credentials are put.
    requests: Vec<HeaderMap>,
    order: Vec<u32>,
    next: usize,
    per_turn: u64,
}

fn warm(ground: &Ground) -> Result<Plan, Fault> {
    let each = ground.scaled(CREDENTIALS, 8) / 2;
    let world = World::new(Algorithm::Es256, ground.scaled(MARKS, 100), ROOM)?;
    let world = Rc::new(RefCell::new(world));
    world.borrow_mut().renew();
    let (mut sessions, mut tokens) = (Vec::new(), Vec::new());
    for number in 0..each {
        // A lease is for a minute, and this takes longer on a slow machine.
        if number % 1_000 == 0 {
            world.borrow_mut().renew();
        }
        let token = world.borrow().token()?;
        if !decide(&world.borrow(), &world::request(&token)?) {
            return Err(Fault::new("a new token was not let through"));
        }
        tokens.push(token);
        sessions.push(world.borrow().session_cookie()?);
    }
    let count = u32::try_from(each).unwrap_or(u32::MAX);
    let deciding = |name, credentials, seed| -> Result<Box<dyn Contender>, Fault> {
        let order = Zipf::new(count, seed).draw(1 << 20);
        let per_turn = ground.scaled(PER_TURN, 50);
        Ok(Box::new(Deciding::new(
            name,
            &world,
            credentials,
            order,
            per_turn,
        )?))
    };
    let contenders = vec![
        deciding("session", sessions, SEED)?,
        deciding("token", tokens, SEED + 1)?,
    ];
    Ok(Plan {
        contenders,
        figures: vec![
            Figure::cpu_of("CPU per decision, warm session", 0).bound(Bound::at_most(1.5)),
            Figure::cpu_of("CPU per decision, warm token", 1).bound(Bound::at_most(1.5)),
        ],
        remark: format!(
            "{} credentials by Zipf 0.99, {} marks of all classes",
            each * 2,
            ground.scaled(MARKS, 100)
        ),
    })
}

fn cold(ground: &Ground) -> Result<Plan, Fault> {
    let mut contenders: Vec<Box<dyn Contender>> = Vec::new();
    let per_turn = ground.scaled(1_000, 4);
    let cases = [
        ("ES256", "bare ES256", Algorithm::Es256),
        ("EdDSA", "bare EdDSA", Algorithm::EdDsa),
        ("RS256", "bare RS256", Algorithm::Rs256),
    ];
    for (name, bare, algorithm) in cases {
        // Memory for 64: by its turn, every credential has long been pushed out.
        let world = Rc::new(RefCell::new(World::new(
            algorithm,
            ground.scaled(MARKS / 10, 100),
            64,
        )?));
        world.borrow_mut().renew();
        let made: Result<Vec<_>, _> = (0..per_turn).map(|_| world.borrow().token()).collect();
        let order = (0..u32::try_from(per_turn).unwrap_or(u32::MAX)).collect();
        contenders.push(Box::new(Deciding::new(name, &world, made?, order, per_turn)?));
        contenders.push(Box::new(Verifying::new(bare, algorithm, TOKEN_BYTES, per_turn)?));
    }
    let ratio =
        |name, at: usize| Figure::ratio(name, move |s| sample(s, at).cpu_us() / sample(s, at + 1).cpu_us());
    Ok(Plan {
        contenders,
        figures: vec![
            Figure::cpu_of("CPU per decision, cold ES256", 0),
            ratio("cold ES256 / bare verification", 0),
            Figure::cpu_of("CPU per decision, cold EdDSA", 2),
            ratio("cold EdDSA / bare verification", 2),
            Figure::cpu_of("CPU per decision, cold RS256", 4),
            ratio("cold RS256 / bare verification", 4),
        ],
        remark: format!("{per_turn} tokens in memory for 64"),
    })
}

fn decide(world: &World, request: &HeaderMap) -> bool {
    judged(request).is_ok_and(|request| matches!(world.checker.check(&request), Outcome::Permit(_)))
}

impl Contender for Deciding {
    fn name(&self) -> &'static str {
        self.name
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        self.world.borrow_mut().renew();
        let world = self.world.borrow();
        let (order, credentials, start) = (&self.order, &self.credentials, self.next);
        self.next += usize::try_from(self.per_turn).unwrap_or_default();
        let drawn = |number: u64| {
            let at = (start + usize::try_from(number).unwrap_or_default()) % order.len().max(1);
            order.get(at).and_then(|at| credentials.get(*at as usize))
        };
        let place = |number: u64| usize::try_from(number).unwrap_or_default() % BATCH;
        in_batches(
            self.per_turn,
            BATCH as u64,
            &mut self.requests,
            |requests, numbers| {
                for number in numbers {
                    let (request, drawn) = (requests.get_mut(place(number)), drawn(number));
                    let read = drawn.map(|(name, value)| (name, HeaderValue::from_bytes(value.as_bytes())));
                    // Bytes of its own, as they come from a socket.
                    if let (Some(request), Some((name, Ok(value)))) = (request, read) {
                        request.insert(name, value);
                    }
                }
            },
            |requests, number| {
                let request = requests.get(place(number));
                request.is_some_and(|request| decide(&world, request))
            },
        )
    }
}

impl Deciding {
    fn new(
        name: &'static str,
        world: &Rc<RefCell<World>>,
        credentials: Vec<Credential>,
        order: Vec<u32>,
        per_turn: u64,
    ) -> Result<Self, Fault> {
        let one = credentials.first().ok_or_else(|| Fault::new("no credentials"))?;
        Ok(Self {
            name,
            world: Rc::clone(world),
            requests: (0..BATCH)
                .map(|_| world::request(one))
                .collect::<Result<_, _>>()?,
            credentials: Rc::new(credentials),
            order,
            next: 0,
            per_turn,
        })
    }
}
