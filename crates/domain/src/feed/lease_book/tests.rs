use super::*;
use crate::digest::Digest;
use crate::seq::Epoch;

const L: Span = Span::from_secs(10);
const MINUTE: Span = Span::from_mins(1);

fn boot(ms: u64) -> BootTime {
    BootTime::from_ms(1_000_000 + ms)
}

fn at(n: u64) -> Seq {
    Seq::from_u64(Seq::start_of(Epoch::FIRST).as_u64() + n).unwrap()
}

fn book() -> LeaseBook {
    LeaseBook::new(LeaseTerms { lease: L }, boot(0), Span::from_ms(0))
}

fn start(edge: &str, n: u8) -> EdgeStart {
    EdgeStart {
        edge: edge.parse().unwrap(),
        incarnation: Id::from_bytes([n; 16]),
    }
}

fn declared(route: &str, beyond: Span) -> Exceptions {
    [(route.to_owned(), beyond)].into()
}

/// A lease of a start that has applied `frontier`, of a log that reaches there.
fn grant(book: &mut LeaseBook, start: &EdgeStart, frontier: Seq, now: BootTime) -> Option<Grant> {
    let renewal = Renewal {
        edge: start.edge.clone(),
        incarnation: start.incarnation,
        t0: now,
        frontier,
        digest: Digest::of(b"here"),
    };
    let head = FeedHead {
        seq: frontier.max(book.head),
        digest: Digest::of(b"head"),
    };
    book.grant(&renewal, head, now, now)
}

/// When a lease granted at a time is over, and an exception after it.
fn over(granted: BootTime, beyond: Span) -> BootTime {
    lease_over(granted) + beyond + margin_of(beyond)
}

/// When the lease itself is.
fn lease_over(granted: BootTime) -> BootTime {
    granted + L + margin_of(L)
}

fn named(book: &LeaseBook, seq: Seq, now: BootTime) -> Vec<(String, BootTime)> {
    let exempt = book.exempt(seq, now).into_iter();
    exempt
        .map(|e| (format!("{}/{}", e.edge, e.route), e.until))
        .collect()
}

#[test]
fn an_exception_is_a_starts_own_and_a_later_start_takes_nothing_from_it() {
    let (mut book, old, new) = (book(), start("edge-1", 1), start("edge-1", 2));
    assert!(book.join(&old, 1, declared("news", MINUTE), boot(0)));
    grant(&mut book, &old, at(0), boot(0)).unwrap();
    assert!(book.join(&new, 2, Exceptions::default(), boot(50)));
    grant(&mut book, &new, at(0), boot(50)).unwrap();
    let _ = book.wait_set(at(1), boot(100));
    assert!(book.acknowledge(&new.edge, new.incarnation, at(1)));
    book.leave(&old, 1);
    let until = over(boot(0), MINUTE);
    let last = BootTime::from_ms(until.as_ms() - 1);
    for now in [boot(100), boot(20_000), last] {
        // A third start, and another edge, make the book look for what it can forget.
        book.join(&start("edge-1", 3), 3, Exceptions::default(), now);
        assert_eq!(named(&book, at(1), now), [("edge-1/news".to_owned(), until)]);
    }
    assert_eq!(named(&book, at(1), until), []);
    assert_eq!(named(&book, at(0), boot(100)), [], "it has applied that");
}

#[test]
fn a_route_is_named_once_with_its_latest_time() {
    let mut book = book();
    for (n, granted) in [(1, 300), (2, 100)] {
        let start = start("edge-1", n);
        book.join(&start, n.into(), declared("news", MINUTE), boot(0));
        grant(&mut book, &start, at(0), boot(granted)).unwrap();
    }
    let expected = [("edge-1/news".to_owned(), over(boot(300), MINUTE))];
    assert_eq!(named(&book, at(1), boot(400)), expected);
}

#[test]
fn what_is_declared_anew_holds_where_the_edge_is_heard() {
    let (mut book, here, there) = (book(), start("edge-1", 1), start("edge-1", 2));
    for (start, connection) in [(&here, 1), (&there, 2)] {
        book.join(start, connection, declared("news", MINUTE), boot(0));
        grant(&mut book, start, at(0), boot(0)).unwrap();
    }
    book.redeclare(&here.edge, 1, &declared("wiki", MINUTE));
    book.redeclare(&"edge-2".parse().unwrap(), 2, &Exceptions::default());
    let names: Vec<String> = named(&book, at(1), boot(1))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["edge-1/news", "edge-1/wiki"]);
    let never_leased = start("edge-3", 1);
    book.join(&never_leased, 3, declared("news", MINUTE), boot(0));
    assert_eq!(
        named(&book, at(1), boot(1)).len(),
        2,
        "without a lease it serves nothing"
    );
}

#[test]
fn a_new_authority_knows_until_when_unknown_starts_may_be_exempt() {
    let terms = LeaseTerms { lease: L };
    let book = LeaseBook::new(terms, boot(0), L).after_exceptions(MINUTE);
    let until = over(boot(0), MINUTE);
    assert_eq!(book.unknown_until(boot(0)), Some(until));
    assert_eq!(
        book.unknown_until(BootTime::from_ms(until.as_ms() - 1)),
        Some(until)
    );
    assert_eq!(book.unknown_until(until), None);
    let without = LeaseBook::new(terms, boot(0), L).after_exceptions(Span::from_ms(0));
    assert_eq!(without.unknown_until(boot(0)), None);
}

/// Whoever has one edge's credential may start as often as it likes.
#[test]
fn starts_of_one_edge_are_bounded_and_none_with_a_lease_is_forgotten() {
    let mut book = book();
    let most = u8::try_from(Starts::MOST).unwrap();
    for n in 0..most {
        let start = start("edge-1", n);
        assert!(book.join(&start, 7, Exceptions::default(), boot(0)));
        grant(&mut book, &start, at(0), boot(n.into())).unwrap();
        book.leave(&start, 7);
    }
    let one_more = start("edge-1", most);
    assert!(grant(&mut book, &one_more, at(0), boot(100)).is_none());
    assert!(book.vouch(&one_more, boot(100)).is_none());
    assert!(!book.join(&one_more, 8, Exceptions::default(), boot(100)));
    assert!(
        grant(&mut book, &start("edge-1", 0), at(0), boot(100)).is_some(),
        "known"
    );
    assert!(
        grant(&mut book, &start("edge-2", 0), at(0), boot(100)).is_some(),
        "another edge"
    );
    assert_eq!(book.wait_set(at(1), boot(100)).members.len(), Starts::MOST + 1);
    // All but those that were granted a lease at 100 ms, and with the last of edge-2: it is listed still.
    let out = lease_over(boot(most.into()));
    assert!(book.join(&start("edge-3", 1), 9, Exceptions::default(), out));
    assert_eq!(book.starts.0.len(), 3);
    assert!(book.join(&one_more, 8, Exceptions::default(), out));
}

#[test]
fn a_start_is_kept_while_it_is_heard_trusted_or_exempt() {
    let (mut book, gone, exempt) = (book(), start("edge-1", 1), start("edge-1", 2));
    let (heard, latest) = (start("edge-1", 3), start("edge-1", 4));
    book.join(&exempt, 2, declared("news", MINUTE), boot(0));
    book.join(&heard, 3, Exceptions::default(), boot(0));
    for (start, granted) in [(&gone, 0), (&exempt, 0), (&latest, 1)] {
        grant(&mut book, start, at(0), boot(granted)).unwrap();
    }
    book.leave(&exempt, 9);
    assert!(book.hears(&exempt, 2), "another connection has ended");
    book.leave(&exempt, 2);
    assert!(!book.hears(&exempt, 2));
    let mut others = 0;
    let mut known = |book: &mut LeaseBook, now: BootTime| {
        // Whoever is new makes room.
        others += 1;
        book.join(&start("edge-9", others), 9, Exceptions::default(), now);
        [&gone, &exempt, &heard, &latest].map(|start| book.starts.0.contains_key(start))
    };
    let lease_out = lease_over(boot(0));
    assert_eq!(
        known(&mut book, BootTime::from_ms(lease_out.as_ms() - 1)),
        [true; 4]
    );
    assert_eq!(known(&mut book, lease_out), [false, true, true, true]);
    assert_eq!(
        known(&mut book, over(boot(0), MINUTE)),
        [false, false, true, true]
    );
}

#[test]
fn a_start_is_heard_on_one_connection_the_last_on_which_it_greeted() {
    let (mut book, start) = (book(), start("edge-1", 1));
    assert!(!book.hears(&start, 1));
    book.join(&start, 1, Exceptions::default(), boot(0));
    assert!(book.hears(&start, 1) && !book.hears(&start, 2));
    book.join(&start, 2, Exceptions::default(), boot(0));
    assert!(!book.hears(&start, 1) && book.hears(&start, 2));
    book.leave(&start, 1);
    assert!(
        book.hears(&start, 2),
        "the end of the first is not that of the second"
    );
}

#[test]
fn nobody_has_applied_more_than_there_is() {
    let (mut book, start) = (book(), start("edge-1", 1));
    grant(&mut book, &start, at(2), boot(0)).unwrap();
    assert!(!book.acknowledge(&start.edge, start.incarnation, at(3)));
    let set = book.wait_set(at(3), boot(1));
    assert!(
        book.status(&set, boot(1)).acknowledged.is_empty(),
        "its word from before is none"
    );
    assert!(book.acknowledge(&start.edge, start.incarnation, at(3)));
    assert_eq!(
        book.status(&set, boot(1)).acknowledged,
        std::slice::from_ref(&start.edge)
    );
    assert!(!book.acknowledge(&start.edge, start.incarnation, at(4)));
    book.appended(at(4));
    book.appended(at(1));
    assert!(book.acknowledge(&start.edge, start.incarnation, at(4)));
}

/// Whoever was let through by the authority's word holds a map that may be behind, as one with a lease does.
#[test]
fn a_word_is_waited_for_as_long_as_it_carries() {
    let (mut book, start) = (book(), start("edge-1", 1));
    assert_eq!(book.vouch(&start, boot(5)), Some(L));
    assert_eq!(book.list(boot(5)), [], "no lease, no row in a listing");
    let set = book.wait_set(at(1), boot(6));
    let out = lease_over(boot(5));
    assert_eq!(book.status(&set, boot(6)).pending_until, Some(out));
    assert_eq!(book.status(&set, out).expired, std::slice::from_ref(&start.edge));
    assert!(book.acknowledge(&start.edge, start.incarnation, at(1)));
    assert_eq!(book.status(&set, boot(6)).pending_until, None);
    // A later word of less takes nothing from a lease.
    grant(&mut book, &start, at(1), boot(100)).unwrap();
    book.vouch(&start, boot(50)).unwrap();
    let set = book.wait_set(at(2), boot(101));
    assert_eq!(
        book.status(&set, boot(101)).pending_until,
        Some(lease_over(boot(100)))
    );
}

#[test]
fn keys_are_confirmed_by_each_start_that_lives() {
    let (mut book, old, new) = (book(), start("edge-1", 1), start("edge-1", 2));
    let told = |book: &LeaseBook, now: BootTime| book.list(now)[0].keys;
    assert!(book.all_hold_keys(9, boot(0)), "nobody is there");
    grant(&mut book, &old, at(0), boot(0)).unwrap();
    assert!(!book.all_hold_keys(1, boot(0)));
    book.confirm_keys(&old, 2);
    book.confirm_keys(&old, 1);
    assert!(book.all_hold_keys(2, boot(0)) && !book.all_hold_keys(3, boot(0)));
    grant(&mut book, &new, at(0), boot(100)).unwrap();
    assert!(
        !book.all_hold_keys(2, boot(100)),
        "the later start has said nothing"
    );
    assert_eq!(told(&book, boot(100)), None);
    book.confirm_keys(&new, 3);
    assert!(book.all_hold_keys(2, boot(100)) && !book.all_hold_keys(3, boot(100)));
    assert_eq!(told(&book, boot(100)), Some(2), "the least");
    let old_is_out = lease_over(boot(0));
    assert!(book.all_hold_keys(3, old_is_out));
    assert_eq!(told(&book, old_is_out), Some(3));
    assert_eq!(
        told(&book, boot(1_000_000)),
        Some(3),
        "without a lease, its latest start's"
    );
    book.confirm_keys(&start("edge-2", 1), 9);
    assert!(
        book.list(boot(100)).len() == 1,
        "a start that is not known confirms nothing"
    );
}
