//! Calls of the admin API that were refused, as events: the first of a kind is written before it is answered, what follows
//! in the same minute is counted and written once. A script that goes wrong leaves a trace and cannot fill the disk.
//!
//! What was carried out is not here: its event is written by the intent, in the transaction of the change.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::event::Event;
use domain::{BootTime, Span};

/// How long refusals of a kind are counted before they are written.
const WINDOW: Span = Span::from_mins(1);
/// Most kinds at a time; what has no room is counted as one kind of its own.
const MOST_KINDS: usize = 256;
const OVERFLOW: &str = "*";

/// Who was refused what, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RefusedAct {
    /// The token: `admin:NAME`.
    pub(crate) actor: String,
    /// The operation.
    pub(crate) action: &'static str,
    /// The problem's code.
    pub(crate) code: &'static str,
}

#[derive(Debug)]
struct Counted {
    began: BootTime,
    more: u64,
    request: String,
}

/// Refusals of the present minute.
#[derive(Debug, Default)]
pub(crate) struct RefusedActs(Mutex<BTreeMap<RefusedAct, Counted>>);

impl RefusedActs {
    /// Counts one; gives what is to be written now.
    pub(crate) fn note(&self, act: RefusedAct, request: &str, now: BootTime) -> Vec<Event> {
        let mut kinds = self.lock();
        let mut events = Vec::new();
        let act = if kinds.contains_key(&act) || kinds.len() < MOST_KINDS {
            act
        } else {
            overflow()
        };
        match kinds.get_mut(&act) {
            Some(counted) if now.since(counted.began) < WINDOW => {
                counted.more = counted.more.saturating_add(1);
                request.clone_into(&mut counted.request);
                return events;
            }
            Some(over) => events.extend(aggregate(&act, over)),
            None => {}
        }
        events.push(event(&act, 1, request));
        let counted = Counted {
            began: now,
            more: 0,
            request: request.to_owned(),
        };
        kinds.insert(act, counted);
        events
    }

    /// Takes what is to be written of the kinds whose minute is over; at the end of the process of all.
    pub(crate) fn take(&self, over_at: Option<BootTime>) -> Vec<Event> {
        let mut kinds = self.lock();
        let mut events = Vec::new();
        kinds.retain(|act, counted| {
            let over = over_at.is_none_or(|now| now.since(counted.began) >= WINDOW);
            if over {
                events.extend(aggregate(act, counted));
            }
            !over
        });
        events
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RefusedAct, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn overflow() -> RefusedAct {
    RefusedAct {
        actor: OVERFLOW.to_owned(),
        action: OVERFLOW,
        code: OVERFLOW,
    }
}

fn aggregate(act: &RefusedAct, counted: &Counted) -> Option<Event> {
    (counted.more > 0).then(|| event(act, counted.more, &counted.request))
}

fn event(act: &RefusedAct, count: u64, request: &str) -> Event {
    Event::AdminRefused {
        actor: act.actor.clone(),
        action: act.action.to_owned(),
        code: act.code.to_owned(),
        count,
        request: request.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(actor: &str) -> RefusedAct {
        RefusedAct {
            actor: actor.to_owned(),
            action: "users.add",
            code: "invalid",
        }
    }

    fn counts(events: &[Event]) -> Vec<u64> {
        let count = |e: &Event| match e {
            Event::AdminRefused { count, .. } => *count,
            other => panic!("{other:?}"),
        };
        events.iter().map(count).collect()
    }

    #[test]
    fn the_first_is_written_at_once_and_the_rest_of_its_minute_once() {
        let refused = RefusedActs::default();
        let at = |s: u64| BootTime::from_ms(s * 1000);
        assert_eq!(counts(&refused.note(act("admin:a"), "r1", at(0))), [1]);
        for second in 1..=50 {
            assert!(refused.note(act("admin:a"), "r2", at(second)).is_empty());
        }
        assert_eq!(
            counts(&refused.note(act("admin:b"), "r3", at(50))),
            [1],
            "another kind"
        );
        assert!(refused.take(Some(at(59))).is_empty());
        assert_eq!(counts(&refused.take(Some(at(60)))), [50]);
        assert!(refused.take(None).is_empty(), "nothing is told twice");
        assert_eq!(counts(&refused.note(act("admin:a"), "r4", at(61))), [1]);
        assert!(refused.note(act("admin:a"), "r5", at(62)).is_empty());
        let next = refused.note(act("admin:a"), "r6", at(200));
        assert_eq!(counts(&next), [1, 1], "what was counted, and a new first one");
    }

    #[test]
    fn nothing_is_lost_at_the_end_and_the_table_is_bounded() {
        let refused = RefusedActs::default();
        let now = BootTime::from_ms(0);
        let mut written = 0;
        for n in 0..(MOST_KINDS as u64 + 100) {
            let events = refused.note(act(&format!("admin:{n}")), "r", now);
            written += counts(&events).iter().sum::<u64>();
        }
        assert_eq!(written, MOST_KINDS as u64 + 1, "one for all that had no room");
        assert_eq!(refused.lock().len(), MOST_KINDS + 1);
        written += counts(&refused.take(None)).iter().sum::<u64>();
        assert_eq!(written, MOST_KINDS as u64 + 100);
    }
}
