//! Whether session ids can be guessed: by their length, and by what many of them have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::{READS, look_at_sessions};
use crate::check::{Check, Fix, Judge, Severity};
use crate::probe::Probe;
use crate::site::Site;
use crate::verdict::{Finding, Judgement};

/// What ASVS asks of a reference.
const BITS: f64 = 128.0;
/// From so many ids on, what they have in common says something.
const ENOUGH: usize = 16;
const SENDS: &str = "As many new sessions as the inventory says (`samples`, 40 by default) are begun by fetching the page that sets the cookie.";

const fn fix(text: &'static str) -> Fix {
    Fix { text, snippets: &[] }
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "cookies.session-short",
        title: "A session id is too short",
        claim: "A session id has room for 128 random bits.",
        why: "Ids are tried until one belongs to somebody; the more users, the sooner.",
        severity: Severity::High,
        asvs: &["V7.2.3", "V11.5.1"],
        rfc: &["NIST SP 800-63B section 7.1"],
        fix: fix("Draw 16 bytes or more from the system's generator."),
        judge: Judge::Look(|probe| {
            look_at_sessions(probe, |_, cookie, _| {
                let bits = room(&cookie.value);
                (bits < BITS).then(|| format!("room for {bits:.0} bits"))
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.session-static",
        title: "Everybody gets the same session id",
        claim: "Each new session has an id of its own.",
        why: "Users share one session, or the id is a fixed key that is never replaced.",
        severity: Severity::Critical,
        asvs: &["V7.2.2", "V7.2.3"],
        rfc: &["RFC 6265bis section 8.4"],
        sends: SENDS,
        fix: fix("Draw a new id for each session."),
        judge: Judge::Look(|probe| {
            look(probe, |values| {
                let different: BTreeSet<&String> = values.iter().collect();
                (different.len() < values.len())
                    .then(|| format!("{} sessions, {} different ids", values.len(), different.len()))
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.session-guessable",
        title: "Session ids follow one another",
        claim: "Session ids have no order, no clock and no counter inside.",
        why: "From one's own id the next user's is found in a few tries.",
        severity: Severity::High,
        asvs: &["V7.2.3", "V11.5.1"],
        rfc: &["NIST SP 800-63B section 7.1"],
        sends: SENDS,
        fix: fix("Draw ids from the system's generator, whole."),
        judge: Judge::Look(|probe| {
            look(probe, |values| {
                (values.len() >= ENOUGH && is_ordered(values))
                    .then(|| format!("{} ids, each after the one before", values.len()))
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.session-little-random",
        title: "Only a small part of a session id changes",
        claim: "What changes between session ids has room for 128 bits.",
        why: "The constant part is known; the rest is short enough to be tried.",
        severity: Severity::High,
        asvs: &["V7.2.3", "V11.5.1"],
        rfc: &["NIST SP 800-63B section 7.1"],
        sends: SENDS,
        fix: fix("Draw 16 bytes or more from the system's generator."),
        judge: Judge::Look(|probe| {
            look(probe, |values| {
                let different: BTreeSet<&String> = values.iter().collect();
                if different.len() < ENOUGH {
                    return None;
                }
                let bits = estimate(values);
                (bits < BITS * 0.75).then(|| format!("about {bits:.0} bits change over {} ids", values.len()))
            })
        }),
        ..READS
    },
];

/// Looks at each site's samples.
fn look(probe: &Probe<'_>, judge: fn(&[String]) -> Option<String>) -> Judgement {
    let sampled = |site: &Site| {
        site.samples
            .clone()
            .filter(|(_, values)| values.len() > 1)
            .map(|(name, values)| (site.environment.clone(), name, values))
    };
    let samples: Vec<_> = probe.target.sites.iter().filter_map(sampled).collect();
    if samples.is_empty() {
        return Judgement::not_tested(
            "no site gives a stranger a session cookie, or no samples were asked for",
        );
    }
    let tried: usize = samples.iter().map(|(_, _, values)| values.len()).sum();
    let found = samples.iter().filter_map(|(environment, name, values)| {
        judge(values).map(|detail| Finding::at(format!("{environment}: {name}"), detail))
    });
    Judgement::of(found.collect(), format!("looked at {tried} ids"))
}

/// Bits that fit into this many characters of the alphabet that is seen.
fn room(value: &str) -> f64 {
    length(value.chars().count()) * alphabet(value.chars())
}

#[allow(clippy::cast_precision_loss, reason = "lengths and counts are small")]
fn length(count: usize) -> f64 {
    count as f64
}

/// Bits of one character: by the kinds of characters that are seen.
fn alphabet(chars: impl Iterator<Item = char>) -> f64 {
    let (mut digits, mut hex, mut lower, mut upper, mut other) = (false, false, false, false, false);
    for c in chars {
        digits |= c.is_ascii_digit();
        hex |= matches!(c, 'a'..='f' | 'A'..='F');
        lower |= matches!(c, 'g'..='z');
        upper |= matches!(c, 'G'..='Z');
        other |= !c.is_ascii_alphanumeric();
    }
    match (digits, hex, lower, upper, other) {
        (_, false, false, false, false) => 10f64.log2(),
        (_, _, false, false, false) => 4.0,
        (_, _, true, false, false) | (_, _, false, true, false) => 5.0,
        _ => 6.0,
    }
}

/// Bits that change: for each place the entropy of what stands there (Miller and Madow's correction), no more than its alphabet gives.
fn estimate(values: &[String]) -> f64 {
    let rows: Vec<Vec<char>> = values.iter().map(|value| value.chars().collect()).collect();
    let longest = rows.iter().map(Vec::len).max().unwrap_or_default();
    let most = alphabet(values.iter().flat_map(|value| value.chars()));
    let of_place = |at: usize| {
        let mut counts: BTreeMap<Option<char>, usize> = BTreeMap::new();
        for row in &rows {
            *counts.entry(row.get(at).copied()).or_default() += 1;
        }
        let all = length(rows.len());
        let plain: f64 = counts
            .values()
            .map(|count| {
                let share = length(*count) / all;
                -share * share.log2()
            })
            .sum();
        let corrected = plain + length(counts.len().saturating_sub(1)) / (2.0 * all * std::f64::consts::LN_2);
        // A few samples never show a whole alphabet: a place that nearly always differs counts in full.
        let reachable = all.min(most.exp2()).log2();
        if corrected >= reachable * 0.8 {
            most
        } else {
            corrected.min(most)
        }
    };
    (0..longest).map(of_place).sum()
}

/// Whether the ids, as numbers or as texts of one length, nearly always grow.
fn is_ordered(values: &[String]) -> bool {
    let is_one_length = values
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.len() == b.len()));
    let numbers: Option<Vec<u128>> = values.iter().map(|value| value.parse().ok()).collect();
    let rises = |grows: Vec<bool>| grows.iter().filter(|grows| **grows).count() * 100 >= grows.len() * 95;
    match numbers {
        Some(numbers) => rises(
            numbers
                .windows(2)
                .map(|pair| matches!(pair, [a, b] if a < b))
                .collect(),
        ),
        None => {
            is_one_length
                && rises(
                    values
                        .windows(2)
                        .map(|pair| matches!(pair, [a, b] if a < b))
                        .collect(),
                )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(count: u64, make: impl Fn(u64) -> String) -> Vec<String> {
        (0..count).map(make).collect()
    }

    /// Numbers without order, the same in each run.
    fn mixed(seed: u64) -> u64 {
        let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    #[test]
    fn random_ids_pass_and_patterns_do_not() {
        for count in [16, 40, 500] {
            let good = drawn(count, |at| {
                format!("{:016x}{:016x}", mixed(at), mixed(at + 1_000_000))
            });
            assert!(
                estimate(&good) > 120.0 && !is_ordered(&good),
                "{count}: {}",
                estimate(&good)
            );
            let half = drawn(count, |at| format!("abcdef0123456789{:016x}", mixed(at)));
            assert!(estimate(&half) < 70.0, "{count}: {}", estimate(&half));
            let counted = drawn(count, |at| format!("{:08}", 7000 + at));
            assert!(is_ordered(&counted));
            let timed = drawn(count, |at| {
                format!("{:012x}{:08x}", 0x18f_0000_0000 + at * 37, mixed(at) >> 32)
            });
            assert!(is_ordered(&timed));
        }
        assert!(
            room("0123456789") < 34.0 && room(&"aB3_".repeat(6)) == 144.0 && room(&"0af".repeat(11)) == 132.0
        );
    }
}
