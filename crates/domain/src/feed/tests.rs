use std::sync::Arc;

use super::*;
use crate::digest::Digest;
use crate::id::Id;
use crate::reason::Reason;
use crate::revocation::{Class, Judgement, LogEntry, RevocationMap, Target};
use crate::seq::{Epoch, Seq};
use crate::time::{BootTime, Span, Timestamp};

const L: u64 = 10_000;

struct World {
    log: Vec<LogEntry>,
    book: LeaseBook,
    follower: Follower,
    lease: Arc<LeaseCell>,
}

fn boot(ms: u64) -> BootTime {
    BootTime::from_ms(1_000_000 + ms)
}

/// A time at which the wall clock shows what it should.
fn steady(boot: BootTime) -> Moment {
    Moment {
        boot,
        wall: Timestamp::from_ms(boot.as_ms()),
    }
}

fn genesis() -> FeedHead {
    FeedHead {
        seq: Seq::start_of(Epoch::FIRST),
        digest: Digest::of(b"genesis"),
    }
}

fn world() -> World {
    let lease = Arc::new(LeaseCell::default());
    let follower = Follower::new(
        "edge-1".parse().unwrap(),
        Id::from_bytes([1; 16]),
        Arc::new(RevocationMap::default()),
        Arc::clone(&lease),
    );
    let book = LeaseBook::new(
        LeaseTerms {
            lease: Span::from_ms(L),
        },
        boot(0),
        Span::from_ms(0),
    );
    World {
        log: vec![],
        book,
        follower,
        lease,
    }
}

impl World {
    fn head(&self) -> FeedHead {
        self.log.last().map_or(genesis(), |e| FeedHead {
            seq: e.seq,
            digest: e.digest,
        })
    }
    fn append(&mut self) -> Seq {
        let head = self.head();
        let entry = LogEntry::following(
            &head.digest,
            head.seq.next().unwrap(),
            Target::All,
            Timestamp::from_ms(0),
        );
        self.log.push(entry.clone());
        entry.seq
    }
    fn join(&mut self) {
        let head = self.head();
        let marks = self.log.iter().map(|e| (e.target.clone(), e.seq)).collect();
        self.follower.join(&Snapshot { head, marks });
    }
    /// The edge asks at `asked`; the authority reads at `read`, answers at `answered`.
    fn ask(&mut self, asked: u64, read: u64, answered: u64) -> Option<Grant> {
        let renewal = self.follower.renewal(steady(boot(asked))).unwrap();
        let head = self.head();
        self.book.grant(&renewal, head, boot(read), boot(answered))
    }
    fn live(&self, at: u64) -> bool {
        self.lease.view(boot(at)).over_by == Some(Span::from_ms(0))
    }
}

#[test]
fn nothing_is_served_before_snapshot_and_grant() {
    let mut w = world();
    assert!(w.follower.renewal(steady(boot(0))).is_none());
    let early = Grant {
        t0: boot(0),
        frontier: genesis().seq,
        relay_age: Span::from_ms(0),
        lease: Span::from_ms(L),
    };
    assert_eq!(w.follower.grant(early, steady(boot(0))), GrantOutcome::Ignored);
    w.join();
    assert_eq!(w.lease.view(boot(1)).staleness, None);
    let view = w.lease.view(boot(1));
    let decision = decide(
        Judgement::Clear,
        genesis().seq,
        view,
        &StalenessPolicy::default(),
        true,
    );
    assert_eq!(decision, Decision::Stale { by: Span::from_ms(0) });
}

#[test]
fn the_lease_is_counted_from_the_question_and_loses_the_relays_age() {
    let mut w = world();
    w.join();
    let grant = w.ask(100, 300, 700).unwrap();
    assert_eq!(grant.relay_age, Span::from_ms(400));
    assert_eq!(w.follower.grant(grant, steady(boot(0))), GrantOutcome::Counted);
    assert!(w.live(100 + L - 400 - 1));
    assert!(!w.live(100 + L - 400));
    assert_eq!(w.lease.view(boot(1100)).staleness, Some(Span::from_ms(1400)));
    assert!(
        w.ask(0, 0, L).is_none(),
        "a reading as old as a lease grants nothing"
    );
}

#[test]
fn a_grant_waits_for_its_frontier() {
    let mut w = world();
    w.join();
    w.append();
    let grant = w.ask(10, 10, 10).unwrap();
    assert_eq!(w.follower.grant(grant, steady(boot(0))), GrantOutcome::Pending);
    assert!(!w.live(11));
    let entries = w.log.clone();
    w.follower.apply(&entries).unwrap();
    assert!(w.live(11));
}

#[test]
fn gaps_foreign_digests_and_epochs_are_not_applied() {
    let mut w = world();
    assert_eq!(
        w.follower.apply(&[LogEntry::following(
            &genesis().digest,
            genesis().seq.next().unwrap(),
            Target::All,
            Timestamp::from_ms(0)
        )]),
        Err(ApplyError::NotJoined)
    );
    w.join();
    w.append();
    let second = w.append();
    let entries = w.log.clone();
    assert_eq!(w.follower.apply(&entries[1..]), Err(ApplyError::Gap(second)));
    let forged = LogEntry {
        digest: Digest::of(b"x"),
        ..entries[0].clone()
    };
    assert_eq!(
        w.follower.apply(&[forged]),
        Err(ApplyError::Digest(entries[0].seq))
    );
    let next_epoch = Seq::start_of(Epoch::FIRST.next().unwrap()).next().unwrap();
    let other = LogEntry::following(&genesis().digest, next_epoch, Target::All, Timestamp::from_ms(0));
    assert_eq!(w.follower.apply(&[other]), Err(ApplyError::Gap(next_epoch)));
    assert_eq!(w.follower.apply(&entries), Ok(()));
    assert_eq!(w.follower.apply(&entries), Ok(()), "twice changes nothing");
}

#[test]
fn enforced_waits_for_words_or_for_leases() {
    let mut w = world();
    w.book = LeaseBook::new(
        LeaseTerms {
            lease: Span::from_ms(L),
        },
        boot(0),
        Span::from_ms(0),
    );
    w.join();
    w.ask(50, 50, 60).unwrap();
    let seq = w.append();
    let set = w.book.wait_set(seq, boot(100));
    let margin = w.book.terms().margin().as_ms();
    assert_eq!(
        w.book.status(&set, boot(101)).pending_until,
        Some(boot(60 + L + margin))
    );
    let expired = w.book.status(&set, boot(60 + L + margin));
    assert_eq!((expired.expired.len(), expired.pending_until), (1, None));
    let name = "edge-1".parse().unwrap();
    w.book.acknowledge(&name, Id::from_bytes([9; 16]), seq);
    assert!(
        w.book.status(&set, boot(101)).acknowledged.is_empty(),
        "another incarnation's word does not count"
    );
    w.book.acknowledge(&name, Id::from_bytes([1; 16]), seq);
    assert_eq!(w.book.status(&set, boot(101)).acknowledged, [name]);
}

#[test]
fn a_new_authority_waits_for_leases_it_does_not_know() {
    let mut book = LeaseBook::new(
        LeaseTerms {
            lease: Span::from_ms(L),
        },
        boot(0),
        Span::from_ms(60_000),
    );
    let set = book.wait_set(genesis().seq, boot(5));
    assert_eq!(book.status(&set, boot(5)).pending_until, Some(boot(60_063)));
    assert_eq!(book.status(&set, boot(60_063)).pending_until, None);
}

#[test]
fn table_of_decisions() {
    let ms = Span::from_ms;
    let at = |n| Seq::from_u64((1u64 << 36) + n).unwrap();
    let view = |staleness, over| LeaseView {
        staleness: Some(ms(staleness)),
        over_by: Some(ms(over)),
        frontier: at(5),
    };
    let plain = StalenessPolicy::default();
    let tight = StalenessPolicy {
        max_staleness: Some(ms(100)),
        ..plain
    };
    let ask = StalenessPolicy {
        on_stale: OnStale::Ask,
        ..tight
    };
    let lax = StalenessPolicy {
        beyond_lease: Some(ms(500)),
        read_only: true,
        ..plain
    };
    let accept = |s, beyond_lease| Decision::Accept {
        staleness: ms(s),
        frontier: at(5),
        beyond_lease,
    };
    for (rs, lease, policy, reading, expected) in [
        (5, view(50, 0), plain, true, accept(50, false)),
        (6, view(50, 0), plain, true, Decision::Behind(at(6))),
        (5, view(101, 0), tight, true, Decision::Stale { by: ms(1) }),
        (5, view(100, 0), tight, true, accept(100, false)),
        (5, view(101, 0), ask, true, Decision::NeedsAuthority),
        (5, view(10_000, 1), plain, true, Decision::Stale { by: ms(1) }),
        (5, view(10_000, 500), lax, true, accept(10_000, true)),
        (5, view(10_000, 500), lax, false, Decision::Stale { by: ms(500) }),
        (5, view(10_000, 501), lax, true, Decision::Stale { by: ms(501) }),
    ] {
        assert_eq!(
            decide(Judgement::Clear, at(rs), lease, &policy, reading),
            expected
        );
        let revoked = decide(Judgement::Revoked(Class::All), at(rs), lease, &policy, reading);
        assert_eq!(
            revoked,
            Decision::Refuse(Reason::Revoked),
            "the map is asked first"
        );
    }
}

#[test]
fn no_grant_rests_on_a_head_from_before_an_append_that_is_waited_for() {
    let mut w = world();
    w.join();
    let renewal = w.follower.renewal(steady(boot(10))).unwrap();
    let read_before = w.head();
    let seq = w.append();
    let set = w.book.wait_set(seq, boot(11));
    assert_eq!(
        w.book.status(&set, boot(11)).pending_until,
        None,
        "nobody held a lease"
    );
    assert_eq!(
        w.book.grant(&renewal, read_before, boot(10), boot(12)),
        None,
        "it would let the edge trust a map that lacks what was promised to be enforced"
    );
    let head = w.head();
    let grant = w.book.grant(&renewal, head, boot(12), boot(13)).unwrap();
    assert_eq!(grant.frontier, seq);
    assert_eq!(w.follower.grant(grant, steady(boot(0))), GrantOutcome::Pending);
}

#[test]
fn two_starts_of_one_edge_are_both_waited_for() {
    let mut w = world();
    w.join();
    let old = w.follower.renewal(steady(boot(0))).unwrap();
    let new = Renewal {
        incarnation: Id::from_bytes([2; 16]),
        ..old.clone()
    };
    let head = w.head();
    w.book.grant(&old, head, boot(0), boot(0)).unwrap();
    w.book.grant(&new, head, boot(50), boot(50)).unwrap();
    assert_eq!(w.book.list(boot(50)).len(), 1, "a listing shows one edge");
    let seq = w.append();
    let set = w.book.wait_set(seq, boot(100));
    w.book.acknowledge(&new.edge, new.incarnation, seq);
    let margin = w.book.terms().margin().as_ms();
    let out = boot(L + margin);
    let status = w.book.status(&set, boot(101));
    assert_eq!(
        status.pending_until,
        Some(out),
        "the earlier start still trusts its map"
    );
    assert!(!w.book.all_confirmed(seq, boot(101)));
    let status = w.book.status(&set, out);
    assert_eq!((status.expired.len(), status.pending_until), (1, None));
    // A start that is over is waited for no more.
    let set = w.book.wait_set(seq, out);
    w.book.acknowledge(&new.edge, new.incarnation, seq);
    assert_eq!(
        w.book.status(&set, out).acknowledged,
        std::slice::from_ref(&new.edge)
    );
}

#[test]
fn a_dropped_lease_is_no_lease_that_ended_a_while_ago() {
    let mut w = world();
    w.join();
    // Soon after the machine started: all the time there was is less than the exception.
    let t0 = BootTime::from_ms(1000);
    let grant = Grant {
        t0,
        frontier: genesis().seq,
        relay_age: Span::from_ms(0),
        lease: Span::from_ms(L),
    };
    assert_eq!(w.follower.grant(grant, steady(boot(0))), GrantOutcome::Counted);
    let lax = StalenessPolicy {
        beyond_lease: Some(Span::from_mins(15)),
        ..StalenessPolicy::default()
    };
    let decided = |w: &World, policy: &StalenessPolicy| {
        let view = w.lease.view(t0 + Span::from_ms(1));
        decide(Judgement::Clear, genesis().seq, view, policy, true)
    };
    assert!(matches!(decided(&w, &lax), Decision::Accept { .. }));
    w.follower.drop_lease(t0 + Span::from_ms(1));
    assert!(
        matches!(decided(&w, &lax), Decision::Stale { .. }),
        "after a jump of the clock nobody knows how long the lease has been over"
    );
    let ask = StalenessPolicy {
        on_stale: OnStale::Ask,
        ..lax
    };
    assert_eq!(decided(&w, &ask), Decision::NeedsAuthority);
}

#[test]
fn a_snapshot_that_entries_have_overtaken_takes_the_frontier_nowhere() {
    let mut w = world();
    w.join();
    let early = Snapshot {
        head: w.head(),
        marks: vec![],
    };
    let applied = w.append();
    w.follower.apply(&w.log).unwrap();
    assert_eq!(w.lease.view(boot(0)).frontier, applied);
    w.follower.join(&early);
    assert_eq!(w.lease.view(boot(0)).frontier, applied);
    // Its place in the log went back, so it asks for what follows once more.
    w.follower.apply(&w.log).unwrap();
    assert_eq!(w.follower.frontier(), Some(applied));
}

#[test]
fn a_grant_asked_for_before_the_drop_of_a_lease_does_not_count() {
    let mut w = world();
    w.join();
    let (before, after) = (w.ask(100, 100, 101).unwrap(), boot(151));
    w.follower.drop_lease(boot(150));
    assert_eq!(w.follower.grant(before, steady(boot(0))), GrantOutcome::Ignored);
    let at_the_drop = Grant {
        t0: boot(150),
        ..before
    };
    assert_eq!(
        w.follower.grant(at_the_drop, steady(boot(0))),
        GrantOutcome::Ignored
    );
    w.follower.drop_lease(boot(120));
    assert_eq!(
        w.follower.grant(at_the_drop, steady(boot(0))),
        GrantOutcome::Ignored,
        "the latest drop counts"
    );
    assert_eq!(w.lease.view(boot(152)).over_by, None);
    let asked_later = Grant { t0: after, ..before };
    assert_eq!(
        w.follower.grant(asked_later, steady(boot(0))),
        GrantOutcome::Counted
    );
    assert_eq!(w.lease.view(boot(152)).over_by, Some(Span::from_ms(0)));
    w.append();
    w.follower.drop_lease(boot(200));
    let behind = w.ask(160, 160, 161).unwrap();
    assert_eq!(
        w.follower.grant(behind, steady(boot(0))),
        GrantOutcome::Ignored,
        "not even as one to come"
    );
    let entries = w.log.clone();
    w.follower.apply(&entries).unwrap();
    assert_ne!(w.lease.view(boot(201)).over_by, Some(Span::from_ms(0)));
}

/// Somebody's hand, a machine that was restored, a sleep that boot time did not count.
#[test]
fn a_grant_that_was_under_way_while_the_wall_clock_jumped_does_not_count() {
    for (jump, counts) in [(2000, true), (-2000, true), (2001, false), (-2001, false)] {
        let mut w = world();
        w.join();
        let grant = w.ask(100, 100, 101).unwrap();
        let mut at = steady(boot(110));
        at.wall = Timestamp::from_ms(at.wall.as_ms().saturating_add_signed(jump));
        let expected = if counts {
            GrantOutcome::Counted
        } else {
            GrantOutcome::Ignored
        };
        assert_eq!(w.follower.grant(grant, at), expected, "{jump}");
        assert_eq!(w.follower.jumps(), u64::from(!counts), "{jump}");
        // The clock is where it is now: what is asked for from here on counts.
        at.boot = boot(111);
        at.wall = Timestamp::from_ms(at.wall.as_ms() + 1);
        let asked = w.follower.renewal(at).unwrap();
        let head = w.head();
        let grant = w.book.grant(&asked, head, boot(111), boot(112)).unwrap();
        assert_eq!(w.follower.grant(grant, at), GrantOutcome::Counted, "{jump}");
        // A jump that is seen before anything is asked for drops what there is.
        at.wall = Timestamp::from_ms(at.wall.as_ms() + 5000);
        at.boot = boot(5112);
        assert!(w.follower.renewal(at).is_some());
        assert!(w.live(5112), "both went on alike");
        at.wall = Timestamp::from_ms(at.wall.as_ms() + 5000);
        assert!(w.follower.renewal(at).is_some());
        assert!(!w.live(5112), "{jump}");
    }
}

#[test]
fn a_grant_waits_for_the_whole_of_its_frontier_in_its_own_epoch() {
    let mut w = world();
    w.join();
    for _ in 0..3 {
        w.append();
    }
    let grant = w.ask(10, 10, 10).unwrap();
    assert_eq!(w.follower.grant(grant, steady(boot(0))), GrantOutcome::Pending);
    let entries = w.log.clone();
    for entry in &entries {
        assert!(!w.live(11), "before {:?}", entry.seq);
        w.follower.apply(std::slice::from_ref(entry)).unwrap();
    }
    assert!(w.live(11));
    // A later epoch lies above every position of this one, and is another log.
    let mut w = world();
    w.join();
    w.append();
    let grant = w.ask(10, 10, 10).unwrap();
    assert_eq!(w.follower.grant(grant, steady(boot(0))), GrantOutcome::Pending);
    let head = FeedHead {
        seq: Seq::start_of(Epoch::FIRST.next().unwrap()),
        ..genesis()
    };
    w.follower.join(&Snapshot { head, marks: vec![] });
    assert!(!w.live(11));
}

#[test]
fn an_edge_renews_three_times_in_its_smallest_promise_and_not_too_often() {
    let terms = LeaseTerms {
        lease: Span::from_ms(L),
    };
    for (smallest, every) in [
        (None, L / 3),
        (Some(2 * L), L / 3),
        (Some(900), 300),
        (Some(149), 50),
        (Some(1), 50),
    ] {
        assert_eq!(
            terms.renew_every(smallest.map(Span::from_ms)),
            Span::from_ms(every),
            "{smallest:?}"
        );
    }
}

#[test]
fn a_grant_that_is_recorded_late_shortens_no_wait() {
    let mut w = world();
    w.join();
    w.ask(0, 0, 100).unwrap();
    // Another task looked at the clock before, and comes after.
    w.ask(0, 0, 50).unwrap();
    let seq = w.append();
    let set = w.book.wait_set(seq, boot(101));
    let margin = w.book.terms().margin().as_ms();
    assert_eq!(
        w.book.status(&set, boot(101)).pending_until,
        Some(boot(100 + L + margin))
    );
}

#[test]
fn an_edge_that_has_been_away_for_long_is_still_listed() {
    let mut w = world();
    w.join();
    w.ask(0, 0, 0).unwrap();
    let long_after = boot(L) + Span::from_hours(2);
    let other = Renewal {
        edge: "edge-2".parse().unwrap(),
        incarnation: Id::from_bytes([2; 16]),
        ..w.follower.renewal(steady(long_after)).unwrap()
    };
    w.book.grant(&other, w.head(), long_after, long_after).unwrap();
    let listed: Vec<String> = w
        .book
        .list(long_after)
        .iter()
        .map(|e| e.edge.to_string())
        .collect();
    assert_eq!(listed, ["edge-1", "edge-2"]);
}

#[test]
fn one_name_has_one_word_its_least_settled_start() {
    let mut w = world();
    w.join();
    let old = w.follower.renewal(steady(boot(0))).unwrap();
    let new = Renewal {
        incarnation: Id::from_bytes([2; 16]),
        ..old.clone()
    };
    let head = w.head();
    w.book.grant(&old, head, boot(0), boot(0)).unwrap();
    w.book.grant(&new, head, boot(50), boot(50)).unwrap();
    let seq = w.append();
    let set = w.book.wait_set(seq, boot(100));
    w.book.acknowledge(&new.edge, new.incarnation, seq);
    let out = boot(L) + w.book.terms().margin();
    let open = w.book.status(&set, boot(101));
    assert_eq!((open.acknowledged, open.expired), (vec![], vec![]));
    let settled = w.book.status(&set, out);
    assert_eq!((settled.acknowledged, settled.expired), (vec![], vec![old.edge]));
}

#[test]
fn every_lease_is_out_after_the_longest_there_was_and_the_longest_there_is() {
    let terms = LeaseTerms {
        lease: Span::from_ms(L),
    };
    let margin = terms.margin().as_ms();
    let fresh = LeaseBook::new(terms, boot(0), Span::from_ms(0));
    assert_eq!(fresh.all_out_at(boot(100)), boot(100 + L + margin));
    let after_longer = LeaseBook::new(terms, boot(0), Span::from_ms(60_000));
    assert_eq!(after_longer.all_out_at(boot(100)), boot(60_063));
    assert_eq!(after_longer.all_out_at(boot(60_000)), boot(60_000 + L + margin));
}

#[test]
fn all_have_confirmed_when_each_living_edge_has() {
    let mut w = world();
    assert!(w.book.all_confirmed(genesis().seq, boot(0)), "nobody is there");
    w.join();
    w.ask(0, 0, 0).unwrap();
    let seq = w.append();
    w.book.appended(seq);
    let out = boot(L) + w.book.terms().margin();
    assert!(!w.book.all_confirmed(seq, boot(1)));
    assert!(!w.book.all_confirmed(seq, BootTime::from_ms(out.as_ms() - 1)));
    assert!(w.book.all_confirmed(seq, out), "its lease is out");
    w.book
        .acknowledge(&"edge-1".parse().unwrap(), Id::from_bytes([1; 16]), seq);
    assert!(w.book.all_confirmed(seq, boot(1)));
}

#[test]
fn an_edge_is_listed_by_its_latest_start() {
    let mut w = world();
    w.join();
    let head = w.head();
    let start = |n: u8| Renewal {
        edge: "edge-1".parse().unwrap(),
        incarnation: Id::from_bytes([n; 16]),
        t0: boot(0),
        frontier: head.seq,
        digest: head.digest,
    };
    // The names of starts are drawn: the later one may come first or last.
    for (first, second) in [(1, 2), (2, 1)] {
        let mut book = LeaseBook::new(w.book.terms(), boot(0), Span::from_ms(0));
        book.grant(&start(first), head, boot(10), boot(10)).unwrap();
        book.grant(&start(second), head, boot(60), boot(60)).unwrap();
        let listed = book.list(boot(100));
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].since_grant, Span::from_ms(40), "{first} {second}");
    }
    let mut book = LeaseBook::new(w.book.terms(), boot(0), Span::from_ms(0));
    for n in [1, 2] {
        let renewal = Renewal {
            frontier: Seq::from_u64(head.seq.as_u64() + u64::from(n)).unwrap(),
            ..start(n)
        };
        book.grant(&renewal, head, boot(10), boot(10)).unwrap();
    }
    assert_eq!(
        book.list(boot(10))[0].frontier.as_u64(),
        head.seq.as_u64() + 1,
        "of two at once, the first"
    );
}

/// What a decision reports is never newer than the map that it judged, wherever the follower is at that moment.
#[test]
fn a_view_is_never_newer_than_the_map_that_was_judged() {
    let mut w = world();
    w.join();
    let grant = w.ask(100, 100, 100).unwrap();
    w.follower.grant(grant, steady(boot(0)));
    let (before, entry) = (w.head().seq, w.append());
    let (mut follower, lease, log) = (w.follower, w.lease, w.log);
    // The map is judged, and before anything else is looked at the follower applies an entry and counts a grant.
    let (judged, view, now) = lease.around(
        || {
            let judged = before;
            follower.apply(&log).unwrap();
            let later = Grant {
                t0: boot(5000),
                frontier: entry,
                ..grant
            };
            assert_eq!(follower.grant(later, steady(boot(0))), GrantOutcome::Counted);
            judged
        },
        || boot(5001),
    );
    assert_eq!((view.frontier, now), (judged, boot(5001)));
    assert_eq!(
        view.staleness,
        Some(Span::from_ms(4901)),
        "as old as what was judged, by the clock of the end"
    );
    assert_eq!(lease.view(boot(5001)).staleness, Some(Span::from_ms(1)));
    // A lease that ends while it is judged is over.
    let ((), view, _) = lease.around(|| (), || boot(5000 + L));
    assert_ne!(view.over_by, Some(Span::from_ms(0)));
}
