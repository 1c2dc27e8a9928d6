//! Login over HTTP, beside nothing but its Argon2id.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::serving::{Client, Plan, Server};
use crate::harness::{Bound, Contender, Fault, Figure, Ground, Sample, Subject};
use crate::harness::{Plan as Measured, Unit};
use crate::world;

pub(super) const LOGIN: Subject = Subject {
    name: "login",
    what: "POST /api/login of a running server: password, session, cookie, all durable",
    baseline: "Argon2id alone (19 MiB, 2 passes), on as many threads as the server hashes, memory kept",
    prepare,
};

/// Callers over HTTP: more than places, so that a place waits for nobody's network.
const CALLERS: usize = 6;
/// Places of the server, and threads of the baseline.
const PLACES: usize = 2;
const PASSWORD: &str = "violet anchors beneath nine harbours";
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;

struct Ours {
    server: Server,
    logins: usize,
    users: usize,
    turn: usize,
}

struct Hashing {
    argon2: Argon2<'static>,
    hashes: usize,
    memory: Vec<Vec<Block>>,
}

fn prepare(ground: &Ground) -> Result<Measured, Fault> {
    let logins = usize::try_from(ground.scaled(72, 6)).unwrap_or(6);
    let users = usize::try_from(ground.scaled(36, 3)).unwrap_or(3);
    let config = format!(
        "[login]\nargon2_memory_kib = {MEMORY_KIB}\nargon2_passes = {PASSES}\nhashing_places = {PLACES}\n\
         attempts_per_account = 100\nattempts_per_network = 1000000\n[session]\ncap = 1000\n"
    );
    let server = Plan::new(ground, &ground.scratch.join("login"), &config)?.start()?;
    for user in 0..users {
        server.run(
            &["user", "add", &format!("user-{user}"), "--password-stdin"],
            PASSWORD,
        )?;
    }
    let params =
        Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|error| Fault::new(error.to_string()))?;
    let blocks = params.block_count();
    let ours = Ours {
        server,
        logins,
        users,
        turn: 0,
    };
    let bare = Hashing {
        argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
        hashes: logins,
        memory: vec![vec![Block::default(); blocks]; PLACES],
    };
    Ok(Measured {
        contenders: vec![Box::new(ours), Box::new(bare)],
        figures: vec![
            Figure::rate_ratio("logins, of the bare hash's rate").bound(Bound::at_least(0.95)),
            Figure::new("logins over HTTP", Unit::PerSecond, |samples| rate(samples, 0)),
            Figure::new("bare Argon2id", Unit::PerSecond, |samples| rate(samples, 1)),
        ],
        remark: format!("{CALLERS} callers, {PLACES} places, {logins} a turn"),
    })
}

fn rate(samples: &[Sample], at: usize) -> f64 {
    samples.get(at).map_or(f64::NAN, Sample::per_second)
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        let (port, logins, users) = (self.server.plan.public, self.logins, self.users);
        let first = self.turn * logins;
        self.turn += 1;
        let mut clients = Vec::new();
        for _ in 0..CALLERS {
            clients.push(Client::connect(port)?);
        }
        let began = world::now();
        let failed = std::thread::scope(|scope| {
            let callers: Vec<_> = clients
                .into_iter()
                .enumerate()
                .map(|(caller, mut client)| {
                    scope.spawn(move || {
                        let own = (caller..logins).step_by(CALLERS);
                        own.filter(|number| !sign_in(&mut client, (first + number) % users))
                            .count()
                    })
                })
                .collect();
            callers
                .into_iter()
                .map(|caller| caller.join().unwrap_or(logins))
                .sum::<usize>()
        });
        let wall = began.elapsed();
        if failed > 0 {
            return Err(Fault::new(format!("{failed} of {logins} logins did not succeed")));
        }
        Ok(sample(logins, wall))
    }
}

fn sign_in(client: &mut Client, user: usize) -> bool {
    let body = format!("{{\"username\":\"user-{user}\",\"password\":\"{PASSWORD}\"}}");
    let answer = client.ask(
        "POST",
        "/api/login",
        &[("content-type", "application/json")],
        &body,
    );
    answer.is_ok_and(|answer| answer.status == 200)
}

impl Contender for Hashing {
    fn name(&self) -> &'static str {
        "bare Argon2id"
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        let (argon2, each) = (&self.argon2, self.hashes / PLACES);
        let began = world::now();
        let failed = std::thread::scope(|scope| {
            let threads: Vec<_> = self
                .memory
                .iter_mut()
                .map(|memory| {
                    scope.spawn(move || {
                        let hash = |out: &mut [u8; 32], memory: &mut Vec<Block>| {
                            argon2.hash_password_into_with_memory(
                                PASSWORD.as_bytes(),
                                b"sixteen bytes of",
                                out,
                                memory,
                            )
                        };
                        (0..each).filter(|_| hash(&mut [0; 32], memory).is_err()).count()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or(each))
                .sum::<usize>()
        });
        let wall = began.elapsed();
        if failed > 0 {
            return Err(Fault::new("a hash failed"));
        }
        Ok(sample(each * PLACES, wall))
    }
}

fn sample(operations: usize, wall: Duration) -> Sample {
    Sample {
        operations: operations as u64,
        wall,
        ..Sample::default()
    }
}
