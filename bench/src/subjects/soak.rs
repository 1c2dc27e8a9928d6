//! Half the peak for minutes, with key rotation, a backup and a reload in the warm-up and again in the middle: no
//! unexpected answer, and memory that stays where it is.

mod caller;
mod slope;
mod tally;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use caller::{Caller, Duty};
use slope::{Slope, fit};
use tally::Tally;

use super::serving::{Client, HOST, Plan, Server};
use crate::harness::{Fault, Ground, Size};
use crate::world;

/// Threads that ask, each on connections of its own.
const CALLERS: usize = 8;
pub(super) const PASSWORD: &str = "violet anchors beneath nine harbours";
/// How long the peak is looked for.
const PEAK: Duration = Duration::from_secs(15);
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_secs(1);
/// The share of the soak in which memory may still grow to its size.
const WARM_UP: f64 = 0.25;
/// Credentials that the edge remembers: fewer than are made in the warm-up, so that its memory is full by then and what
/// still grows has no bound.
const REMEMBERED: u32 = 4096;
/// The same of the store's pages.
const CACHED_MIB: u32 = 1;
/// What counts as flat, per minute, as a share of the memory.
const FLAT: f64 = 0.005;

/// Soaks, and says whether all is as it should be. Ends by itself.
pub(crate) fn soak(minutes: f64) -> Result<bool, Fault> {
    let ground = Ground::new(Size::Full)?;
    let config = format!(
        "max_sessions_in_memory = {REMEMBERED}\n[keys]\nannounce_for = \"1s\"\n[store]\ncache_mib = {CACHED_MIB}\n[session]\ncap = 1000\n\
         [login]\nattempts_per_account = 100\nattempts_per_network = 1000000\nwindow = \"1m\"\n\
         [[route]]\nname = \"all\"\nmatch = {{ host = \"{HOST}\" }}\n"
    );
    let plan = Plan::new(&ground, &ground.scratch.join("soak"), &config)?;
    let server = plan.start()?;
    let mut callers = seed(&server)?;
    world::note("seeded; looking for the peak ...");
    let (peak, _) = spell(&mut callers, None, PEAK, |_| Ok(()))?;
    let half = peak / 2.0;
    world::note(&format!(
        "peak {peak:.0} operations/s; soaking at {half:.0}/s for {minutes} min ..."
    ));
    for caller in &mut callers {
        caller.tally = Tally::default();
    }
    let mut memory = Vec::new();
    let mut done = Vec::new();
    let whole = Duration::from_secs_f64(minutes * 60.0);
    let (rate, _) = spell(&mut callers, Some(half), whole, |elapsed| {
        memory.push((elapsed.as_secs_f64() / 60.0, resident(server.id())?));
        happen(&server, elapsed.as_secs_f64() / whole.as_secs_f64(), &mut done)
    })?;
    let tally = callers
        .into_iter()
        .fold(Tally::default(), |sum, caller| sum.and(caller.tally));
    server.stop()?;
    let settled: Vec<(f64, f64)> = memory
        .iter()
        .copied()
        .filter(|(at, _)| *at > minutes * WARM_UP)
        .collect();
    Ok(report(&tally, rate, &done, (&memory, fit(&settled))))
}

fn seed(server: &Server) -> Result<Vec<Caller>, Fault> {
    let body = serde_json::json!({
        "id": "app", "audiences": [server.plan.issuer()], "scopes": ["read"], "consent": false,
        "grants": ["authorization_code", "refresh_token"], "redirect_uris": ["https://app.example.org/callback"],
    });
    let bearer = format!("Bearer {}", server.admin_token()?);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
    ];
    let answer =
        Client::connect(server.plan.admin)?.ask("POST", "/admin/v1/clients", &headers, &body.to_string())?;
    let secret = answer.text("secret");
    let secret = secret.ok_or_else(|| Fault::new(format!("no client: {} {}", answer.status, answer.body)))?;
    let mut callers = Vec::new();
    for number in 0..CALLERS {
        for user in 0..caller::USERS {
            server.run(
                &[
                    "user",
                    "add",
                    &caller::user_name(number, user),
                    "--password-stdin",
                ],
                PASSWORD,
            )?;
        }
        callers.push(Caller::begin(server, number, &secret)?);
    }
    Ok(callers)
}

/// Lets all callers work for a while, at a rate or as fast as they can; gives the operations per second. `watch` is called
/// every second.
fn spell(
    callers: &mut [Caller],
    rate: Option<f64>,
    span: Duration,
    mut watch: impl FnMut(Duration) -> Result<(), Fault>,
) -> Result<(f64, Duration), Fault> {
    let (stop, operations) = (AtomicBool::new(false), AtomicU64::new(0));
    let began = world::now();
    let pace = rate.map(|rate| Duration::from_secs_f64(CALLERS as f64 / rate));
    let watched = std::thread::scope(|scope| {
        for caller in callers.iter_mut() {
            let (stop, operations) = (&stop, &operations);
            scope.spawn(move || work(caller, pace, (stop, operations)));
        }
        let watched = loop {
            world::pause(LOOK);
            let elapsed = began.elapsed();
            if elapsed >= span {
                break Ok(());
            }
            if let Err(fault) = watch(elapsed) {
                break Err(fault);
            }
        };
        stop.store(true, Ordering::Relaxed);
        watched
    });
    watched?;
    let took = began.elapsed();
    Ok((
        super::million::count(operations.load(Ordering::Relaxed)) / took.as_secs_f64(),
        took,
    ))
}

fn work(caller: &mut Caller, pace: Option<Duration>, (stop, operations): (&AtomicBool, &AtomicU64)) {
    let mut due: Instant = world::now();
    while !stop.load(Ordering::Relaxed) {
        operations.fetch_add(caller.step(), Ordering::Relaxed);
        let Some(pace) = pace else { continue };
        due += pace;
        let early = due.saturating_duration_since(world::now());
        if !early.is_zero() {
            world::pause(early);
        }
    }
}

/// What happens on the way, and when, as a share of the soak. Each once while memory may still grow to its size (the first
/// backup makes buffers that are kept), and once more: what a second one leaves has no bound.
const EVENTS: [(f64, Event); 8] = [
    (0.04, Event::SigningKey),
    (0.08, Event::SealingKey),
    (0.12, Event::Backup),
    (0.16, Event::Reload),
    (0.40, Event::SigningKey),
    (0.45, Event::SealingKey),
    (0.50, Event::Backup),
    (0.55, Event::Reload),
];

#[derive(Clone, Copy)]
enum Event {
    SigningKey,
    SealingKey,
    Backup,
    Reload,
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::SigningKey => "signing key rotated",
            Self::SealingKey => "sealing key rotated",
            Self::Backup => "backup taken",
            Self::Reload => "configuration reloaded",
        }
    }

    /// By the command line, as an operator would.
    fn happen(self, server: &Server, number: usize) -> Result<(), Fault> {
        match self {
            Self::SigningKey => server.run(&["key", "rotate", "ES256"], "").map(|_| ()),
            Self::SealingKey => server.run(&["key", "rotate", "seal"], "").map(|_| ()),
            Self::Backup => {
                let file = server.plan.folder.join(format!("backup-{number}.db"));
                server
                    .run(&["backup", &file.display().to_string()], "")
                    .map(|_| ())
            }
            Self::Reload => {
                let mut plan = server.plan.clone();
                plan.config.push_str(&format!(
                    "[[route]]\nname = \"more-{number}\"\nmatch = {{ host = \"more-{number}.example.org\" }}\n"
                ));
                plan.write_config()?;
                server.hang_up()
            }
        }
    }
}

/// Whatever is due by now and has not happened.
fn happen(server: &Server, share: f64, done: &mut Vec<&'static str>) -> Result<(), Fault> {
    while let Some((_, event)) = EVENTS.get(done.len()).filter(|(at, _)| share >= *at) {
        world::note(&format!("{:.0} %: {}", share * 100.0, event.name()));
        event.happen(server, done.len())?;
        done.push(event.name());
    }
    Ok(())
}

fn report(tally: &Tally, rate: f64, done: &[&str], (memory, slope): (&[(f64, f64)], Option<Slope>)) -> bool {
    world::line(&format!(
        "\n{} operations, {rate:.0}/s; on the way: {}",
        tally.operations(),
        done.join(", ")
    ));
    for duty in Duty::ALL {
        world::line(&tally.line(duty));
    }
    for (kind, times) in tally.unexpected() {
        world::line(&format!("unexpected: {times} x {kind}"));
    }
    let errors = tally.errors();
    world::line(&format!("errors: {errors}"));
    let mib = |bytes: f64| bytes / f64::from(1 << 20);
    let last = memory.last().map_or(0.0, |(_, bytes)| *bytes);
    let samples: Vec<String> = memory
        .iter()
        .step_by((memory.len() / 20).max(1))
        .map(|(at, bytes)| format!("{at:.1} min {:.1}", mib(*bytes)))
        .collect();
    world::line(&format!("resident MiB: {}", samples.join(", ")));
    let flat = slope.is_some_and(|slope| slope.low <= FLAT * last);
    match slope {
        Some(slope) => world::line(&format!(
            "slope after warm-up: {:.0} bytes/min ({:.0} .. {:.0}), {:.3} % of memory a minute: {}",
            slope.per_minute,
            slope.low,
            slope.high,
            slope.per_minute / last * 100.0,
            if flat { "flat" } else { "GROWS" }
        )),
        None => world::line("slope: too few samples"),
    }
    let all = done.len() == EVENTS.len();
    if !all {
        world::line("not everything happened on the way");
    }
    errors == 0 && flat && all
}

/// Resident bytes of a process.
fn resident(id: u32) -> Result<f64, Fault> {
    let text =
        std::fs::read_to_string(format!("/proc/{id}/statm")).map_err(Fault::io("a process's memory"))?;
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u32>().ok());
    pages
        .map(|pages| f64::from(pages) * 4096.0)
        .ok_or_else(|| Fault::new("a process's memory"))
}
