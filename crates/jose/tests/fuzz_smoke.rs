//! A few seconds of each fuzz target on the stable toolchain: seeded mutations of the kept corpus in
//! `fuzz/corpus/`, bounded by count and by time.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod fuzz_bodies;

use std::path::PathBuf;
use std::time::{Duration, Instant};

const MOST_RUNS: u64 = 2_000_000;
const LONGEST: Duration = Duration::from_millis(2500);
const LONGEST_INPUT: usize = 4096;

#[test]
fn base64url() {
    smoke("base64url", 1, fuzz_bodies::fuzz_base64url);
}

#[test]
fn strict_json() {
    smoke("strict_json", 2, fuzz_bodies::fuzz_strict_json);
}

#[test]
fn jwk() {
    smoke("jwk", 3, fuzz_bodies::fuzz_jwk);
}

#[test]
fn jws_presented() {
    let (keys, payloads) = fuzz_bodies::known_keys();
    smoke("jws_presented", 4, |data| {
        fuzz_bodies::fuzz_jws_presented(data, &keys, &payloads)
    });
}

/// The corpus is only worth mutating if it reaches the depths: its tokens verify, its keys parse.
#[test]
fn the_corpus_reaches_the_depths() {
    let (keys, payloads) = fuzz_bodies::known_keys();
    let verified = corpus("jws_presented").into_iter().filter(|token| {
        let Ok(presented) = jose::Presented::parse(token, &jose::Limits::default()) else {
            return false;
        };
        keys.iter().any(|key| {
            presented
                .clone()
                .verify_signature(key)
                .is_ok_and(|verified| payloads.contains(&verified.bytes()))
        })
    });
    assert!(verified.count() >= 3);
    let keys = corpus("jwk")
        .iter()
        .filter(|key| jose::Jwk::parse(key).is_ok())
        .count();
    let sets = corpus("jwk")
        .iter()
        .filter(|set| jose::JwkSet::parse(set).is_ok())
        .count();
    assert!(keys >= 3 && sets >= 1, "{keys} keys, {sets} sets");
}

#[allow(
    clippy::disallowed_methods,
    reason = "it bounds how long the smoke runs and decides nothing"
)]
fn smoke(target: &str, seed: u64, body: impl Fn(&[u8])) {
    let seeds = corpus(target);
    assert!(!seeds.is_empty(), "no corpus for {target}");
    seeds.iter().for_each(|seed| body(seed));
    let start = Instant::now();
    let mut dice = Xorshift(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut runs = 0;
    while runs < MOST_RUNS && start.elapsed() < LONGEST {
        let mut data = seeds[dice.below(seeds.len())].clone();
        for _ in 0..=dice.below(4) {
            mutate(&mut data, &mut dice, &seeds);
        }
        data.truncate(LONGEST_INPUT);
        body(&data);
        runs += 1;
    }
    println!("fuzz smoke {target}: {runs} runs over {} seeds", seeds.len());
    assert!(runs >= 100, "{target} is too slow: {runs} runs");
}

fn mutate(data: &mut Vec<u8>, dice: &mut Xorshift, seeds: &[Vec<u8>]) {
    const TELLING: &[u8] = b"{}[]\",:.\\u0=-_ \n\0\xff\x80AZaz09+/";
    let at = dice.below(data.len() + 1);
    match dice.below(7) {
        0 if at < data.len() => data[at] ^= 1 << dice.below(8),
        1 if at < data.len() => data[at] = TELLING[dice.below(TELLING.len())],
        2 => data.insert(at, TELLING[dice.below(TELLING.len())]),
        3 if at < data.len() => drop(data.remove(at)),
        4 => {
            let end = (at + dice.below(32)).min(data.len());
            let copy = data[at..end].to_vec();
            let to = dice.below(data.len() + 1);
            data.splice(to..to, copy);
        }
        5 => {
            let other = &seeds[dice.below(seeds.len())];
            let from = dice.below(other.len() + 1);
            data.truncate(at);
            data.extend_from_slice(&other[from..]);
        }
        _ => drop(data.drain(at..(at + dice.below(8)).min(data.len()))),
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}
