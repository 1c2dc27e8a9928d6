//! The bound of an edge that is cut off: it accepts nothing once its lease and the margin are over, and comes back by itself.
//! Times are `CLOCK_BOOTTIME`, which whoever asks here and the edges share; each bound holds however slow the machine is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "test code"
)]

mod stage;

use std::time::Duration;

use domain::Span;
use domain::feed::LeaseTerms;
use rustix::process::Signal;
use serde_json::Value;
use stage::edge_node::{Cable, EdgeNode};
use stage::joined::Joined;
use stage::kept::{Door, Kept, Said, boot};
use stage::network::Network;
use stage::wait_for;

const LEASE: (&str, Span) = ("500ms", Span::from_ms(500));
/// Edges that are cut at the same time, and how often each is.
const EDGES: u32 = 5;
const CUTS: usize = 10;

/// L and the margin: from when a lease was asked for, no accept comes later.
fn bound() -> Duration {
    (LEASE.1 + LeaseTerms { lease: LEASE.1 }.margin()).into()
}

/// What one cut came to.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// The last accept, since its lease was asked for, and since the cut.
    since_asked: Duration,
    since_cut: Duration,
    accepts: usize,
    /// Until the edge accepted again.
    back: Duration,
}

/// The lease that an edge's answers speak of, seen from outside.
#[derive(Default)]
struct Seen {
    /// When it was asked for, and no earlier; and how old it was when last seen.
    lease: Option<(Duration, Duration)>,
    last_accept: Duration,
    accepts: usize,
}

impl Seen {
    fn accept(&mut self, said: &Said) {
        let staleness = said.staleness.unwrap();
        let asked_at = said.answered_at.saturating_sub(staleness);
        // Of one lease every answer is a word on when it was asked for, and the earliest is nearest. Younger than before:
        // another lease.
        let same = self.lease.filter(|(_, before)| staleness >= *before);
        self.lease = Some((same.map_or(asked_at, |(known, _)| known.min(asked_at)), staleness));
        self.last_accept = said.asked_at;
        self.accepts += 1;
        assert!(staleness < LEASE.1.into(), "{said:?}");
    }
}

/// Cuts an edge off, asks it all the while, and mends it. One token is revoked meanwhile: it is never accepted after the
/// bound, whatever the edge has heard.
fn cut(stage: &Joined, edge: &mut Kept, (cut, mend): (&dyn Fn(), &dyn Fn())) -> Cut {
    let (token, doomed) = (stage.token(), stage.token());
    let ask = |edge: &mut Kept, token: &str| loop {
        if let Some(said) = edge.judge(token) {
            break said;
        }
    };
    let accepted = |edge: &mut Kept, token: &str| {
        wait_for("a token to be accepted", || ask(edge, token).status == 200);
    };
    accepted(edge, &doomed);
    accepted(edge, &token);
    cut();
    let (cut_at, mut seen) = (boot(), Seen::default());
    std::thread::scope(|scope| {
        scope.spawn(|| stage.revoke_token(&doomed));
        let mut refused = 0;
        while refused < 20 {
            for token in [&token, &doomed] {
                let said = ask(edge, token);
                let is_late = said.asked_at > cut_at + bound();
                match said.status {
                    200 => seen.accept(&said),
                    503 => assert_eq!(said.reason.as_deref(), Some("stale"), "{said:?}"),
                    _ => panic!("it cannot know more: {said:?}"),
                }
                assert!(!is_late || said.status == 503, "{said:?}, cut at {cut_at:?}");
                refused += usize::from(is_late);
            }
        }
    });
    let lease_asked_at = seen.lease.map_or(seen.last_accept, |(asked_at, _)| asked_at);
    let since_asked = seen.last_accept.saturating_sub(lease_asked_at);
    assert!(since_asked <= bound(), "{since_asked:?}");
    mend();
    let mended_at = boot();
    wait_for("the edge to accept again", || {
        assert_ne!(ask(edge, &doomed).status, 200, "it accepts what was revoked");
        ask(edge, &token).status == 200
    });
    let back = boot().saturating_sub(mended_at);
    let said = ask(edge, &doomed);
    // Its lease rests on a log that holds the revocation.
    assert_eq!(
        (said.status, said.reason.as_deref()),
        (401, Some("revoked")),
        "{said:?}"
    );
    Cut {
        since_asked,
        since_cut: seen.last_accept.saturating_sub(cut_at),
        accepts: seen.accepts,
        back,
    }
}

fn tell(what: &str, cuts: &[Cut]) {
    let span = |of: fn(&Cut) -> Duration| {
        let accepting = cuts.iter().filter(|cut| cut.accepts > 0);
        let mut all: Vec<Duration> = accepting.map(of).collect();
        all.sort();
        let (least, middle, most) = (all[0], all[all.len() / 2], all[all.len() - 1]);
        format!("{least:.1?} .. {middle:.1?} .. {most:.1?}")
    };
    println!(
        "{what}: {} cuts, bound {:?}\n  last accept since its lease was asked for: {}\n  last accept since the cut: {}\n  \
         accepted again after: {}\n  accepts after a cut: {}",
        cuts.len(),
        bound(),
        span(|cut| cut.since_asked),
        span(|cut| cut.since_cut),
        span(|cut| cut.back),
        cuts.iter().map(|cut| cut.accepts).sum::<usize>()
    );
}

#[test]
fn a_cut_edge_stops_within_its_bound_on_each_of_fifty_runs_and_comes_back() {
    let stage = Joined::new("cuts", LEASE.0);
    let cuts: Vec<Cut> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..EDGES)
            .map(|number| {
                let stage = &stage;
                scope.spawn(move || {
                    let cable = Cable::to(stage.feed);
                    let name = format!("fra-{number}");
                    let edge = EdgeNode::add(&stage.server, &name, Some(cable.port), "");
                    edge.wait_until_ready();
                    let mut kept = Kept::to(Door::Port(edge.check));
                    let one = |_| cut(stage, &mut kept, (&|| cable.cut(), &|| cable.mend()));
                    (0..CUTS).map(one).collect::<Vec<Cut>>()
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|edge| edge.join().unwrap())
            .collect()
    });
    assert_eq!(cuts.len(), 50);
    assert!(
        cuts.iter().any(|cut| cut.accepts > 0),
        "nothing was accepted after any cut"
    );
    tell("a connection that is held", &cuts);
}

#[test]
fn an_edge_in_a_network_of_its_own_stops_within_its_bound_when_the_link_is_down() {
    let networks: Result<Vec<Network>, String> = (0..EDGES).map(Network::new).collect();
    let networks = match networks {
        Ok(networks) => networks,
        // The one case in which less is shown.
        Err(why) => {
            println!("NOT SHOWN: this machine permits no network namespaces: {why}");
            return;
        }
    };
    let stage = Joined::open("links", LEASE.0);
    let cuts: Vec<Cut> = std::thread::scope(|scope| {
        let running: Vec<_> = networks
            .iter()
            .enumerate()
            .map(|(number, network)| {
                let stage = &stage;
                scope.spawn(move || {
                    let (name, url) = (
                        format!("ams-{number}"),
                        format!("https://{}:{}", network.address, stage.feed),
                    );
                    let edge = EdgeNode::add_in(&network.name, &stage.server, &name, &url);
                    let mut kept = Kept::to(Door::Socket(edge.socket()));
                    wait_for("the edge's socket", || kept.judge("none").is_some());
                    let one = |_| cut(stage, &mut kept, (&|| network.cut(), &|| network.mend()));
                    (0..CUTS).map(one).collect::<Vec<Cut>>()
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|edge| edge.join().unwrap())
            .collect()
    });
    assert_eq!(cuts.len(), 50);
    assert!(
        cuts.iter().any(|cut| cut.accepts > 0),
        "nothing was accepted after any cut"
    );
    tell("a link that is down", &cuts);
}

fn names(receipt: &Value, list: &str) -> Vec<String> {
    let list = receipt[list].as_array().unwrap().iter();
    list.map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_frozen_edge_of_three_is_waited_out_exactly_and_refuses_when_it_wakes() {
    // Long enough that its lease still runs when the revocation is made.
    let lease = Span::from_secs(4);
    let stage = Joined::new("one-frozen", "4s");
    let edges = stage.edges(&["fra-1", "fra-2", "fra-3"]);
    let token = stage.token();
    for edge in &edges {
        wait_for("the token to be accepted", || edge.judge(&token).0 == 200);
    }
    let frozen = &edges[1];
    let mut kept = Kept::to(Door::Port(frozen.check));
    let mut last = None;
    wait_for("an accept just before", || {
        last = kept.judge(&token).filter(|said| said.status == 200);
        last.is_some()
    });
    let last = last.unwrap();
    frozen.freeze();
    let frozen_at = boot();
    let receipt = stage.revoke("enforced");
    let returned_at = boot();
    assert_eq!(names(&receipt, "expired"), ["fra-2"], "{receipt}");
    assert_eq!(
        names(&receipt, "acknowledged"),
        ["edge", "fra-1", "fra-3"],
        "{receipt}"
    );
    for edge in [&edges[0], &edges[2]] {
        assert_eq!(edge.judge(&token), (401, Some("revoked".to_owned())));
    }
    // Not before its lease is over: that was asked for no earlier than the staleness of the accept says, rounded down.
    let asked_at = last.asked_at.saturating_sub(last.staleness.unwrap());
    let end = asked_at + Duration::from(lease) - Duration::from_millis(1);
    assert!(
        returned_at >= end,
        "returned at {returned_at:?}, its lease ran until {end:?}"
    );
    println!(
        "enforced in {} ms of L + margin = {} ms; returned {:.1?} after the freeze, {:.1?} after the lease's end at the earliest",
        receipt["enforced_in_ms"],
        (lease + LeaseTerms { lease }.margin()).as_ms(),
        returned_at.saturating_sub(frozen_at),
        returned_at.saturating_sub(end)
    );
    let waking = frozen.judge_later(&token);
    frozen.signal(Signal::CONT);
    assert_ne!(waking.join().unwrap().status, 200, "asked while it was frozen");
    wait_for("the revocation to arrive", || {
        let (status, reason) = frozen.judge(&token);
        assert_ne!(status, 200, "asked since it woke");
        (status, reason.as_deref()) == (401, Some("revoked"))
    });
    stage.accepted(frozen);
}
