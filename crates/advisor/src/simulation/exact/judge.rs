//! One good request, judged in every way.

use super::{Edge, Run};
use crate::simulation::Way;
use crate::simulation::cache::Entry;
use crate::simulation::world::Timers;

/// A good request with all that the ways look at.
struct Asked {
    now: f64,
    key: u64,
    is_up: bool,
    has_lease: bool,
    region: usize,
    timers: Timers,
    jwt: f64,
    ours: Option<f64>,
}

/// What a way says.
enum Said {
    /// Accepted, with or without a look-up, from memory or not.
    Accepted {
        looked_up: bool,
        remembered: bool,
        reports: bool,
    },
    /// It had to ask, and could not.
    Unreachable,
    Refused,
}

impl Run<'_> {
    pub(super) fn judge_good(&mut self, now: f64, slot: u64, region: usize, edge: usize) {
        self.book.good += 1;
        self.book.requests.add(now, 1.0);
        if self.slots.is_signed_out(slot, now) {
            self.book.signed_out += 1;
            for (_, tally) in self.book.ways() {
                tally.good(now, 0, 1);
            }
            return;
        }
        let s = self.s;
        let (jwt, ours) = self.slots.tokens_at(s, slot, now, &mut self.book);
        let Some(place) = self.edges.get_mut(edge) else {
            return;
        };
        let is_cut = s.is_cut(region);
        let asked = Asked {
            now,
            key: self.slots.key(slot),
            is_up: s.is_up(is_cut, now),
            has_lease: place.timers.has_lease(s, is_cut, now),
            region,
            timers: place.timers,
            jwt,
            ours,
        };
        let said = Way::ALL.iter().map(|way| judge(self.s, place, &asked, *way));
        let said: Vec<Said> = said.collect();
        self.note(&asked, &said);
    }

    fn note(&mut self, asked: &Asked, said: &[Said]) {
        let (s, latency) = (self.s, &mut self.latency);
        for ((way, tally), said) in self.book.ways().zip(said) {
            match said {
                Said::Accepted {
                    looked_up,
                    remembered,
                    reports,
                } => {
                    tally.good(asked.now, 1, 0);
                    tally.lookups += u64::from(*looked_up);
                    tally.remembered += u64::from(*remembered);
                    tally
                        .load
                        .add(asked.now, f64::from(u8::from(*looked_up) + u8::from(*reports)));
                    let (shift, spread) = s.latency_ms(way, *remembered, asked.region);
                    tally.latency.add(shift + latency.spread(spread), 1.0);
                }
                Said::Unreachable => {
                    tally.good(asked.now, 0, 1);
                    tally.unreachable += 1;
                }
                Said::Refused => tally.good(asked.now, 0, 1),
            }
        }
    }
}

fn judge(s: &super::Scenario, edge: &mut Edge, asked: &Asked, way: Way) -> Said {
    match way {
        Way::Sessions if asked.is_up => Said::Accepted {
            looked_up: true,
            remembered: false,
            reports: false,
        },
        Way::Sessions => Said::Unreachable,
        Way::Jwt | Way::Blocklist if asked.timers.takes(s, (asked.jwt, s.jwt_life_s), asked.now) => {
            Said::Accepted {
                looked_up: false,
                remembered: false,
                reports: false,
            }
        }
        Way::Jwt | Way::Blocklist => Said::Refused,
        Way::Introspection => introspected(s, edge, asked),
        Way::Ours => at_the_edge(s, edge, asked),
    }
}

fn introspected(s: &super::Scenario, edge: &mut Edge, asked: &Asked) -> Said {
    let kept = edge
        .answers
        .peek(asked.key)
        .filter(|entry| asked.now < entry.since_s + s.ttl_s);
    if kept.is_none() && !asked.is_up {
        return Said::Unreachable;
    }
    let entry = kept.unwrap_or(Entry {
        since_s: asked.now,
        reported_s: 0.0,
    });
    edge.answers.put(asked.key, entry);
    Said::Accepted {
        looked_up: kept.is_none(),
        remembered: kept.is_some(),
        reports: false,
    }
}

fn at_the_edge(s: &super::Scenario, edge: &mut Edge, asked: &Asked) -> Said {
    let token = asked.ours.zip(s.ours_life_s);
    if !asked.has_lease || token.is_some_and(|token| !asked.timers.takes(s, token, asked.now)) {
        return Said::Refused;
    }
    // A renewed token is another one: it is verified where it is new.
    let kept = edge.verified.peek(asked.key);
    let known = kept.filter(|entry| asked.ours.is_none_or(|issued| entry.since_s >= issued));
    let due = |batch: f64| kept.is_none_or(|entry| asked.now >= entry.reported_s + batch);
    let reports = asked.is_up && s.activity_s.is_some_and(due);
    let reported_s = match kept {
        Some(entry) if !reports => entry.reported_s,
        _ => asked.now,
    };
    let since_s = known.map_or(asked.now, |entry| entry.since_s);
    edge.verified.put(asked.key, Entry { since_s, reported_s });
    Said::Accepted {
        looked_up: false,
        remembered: known.is_some(),
        reports,
    }
}
