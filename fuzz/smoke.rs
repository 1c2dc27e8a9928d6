//! A moment of each fuzz target on the stable toolchain: its kept corpus, then seeded mutations of it, bounded by
//! their number. Included by the smoke test of each crate that has targets.

use std::path::PathBuf;

/// Longer inputs are cut.
const LONGEST_INPUT: usize = 4096;

/// Runs a body over `fuzz/corpus/TARGET`, then over so many mutations of it.
pub(crate) fn smoke(target: &str, mutations: usize, body: impl Fn(&[u8])) {
    let seeds = corpus(target);
    assert!(!seeds.is_empty(), "no corpus for {target}");
    seeds.iter().for_each(|seed| body(seed));
    let seed = target.bytes().fold(0x9e37_79b9_7f4a_7c15_u64, |sum, byte| {
        sum.rotate_left(9) ^ u64::from(byte)
    });
    let mut dice = Xorshift(seed);
    for _ in 0..mutations {
        let mut data = seeds[dice.below(seeds.len())].clone();
        for _ in 0..=dice.below(4) {
            mutate(&mut data, &mut dice, &seeds);
        }
        data.truncate(LONGEST_INPUT);
        body(&data);
    }
    println!(
        "fuzz smoke {target}: {} seeds, {mutations} mutations",
        seeds.len()
    );
}

/// The kept inputs of a target.
pub(crate) fn corpus(target: &str) -> Vec<Vec<u8>> {
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

fn mutate(data: &mut Vec<u8>, dice: &mut Xorshift, seeds: &[Vec<u8>]) {
    const TELLING: &[u8] = b"{}[]\",:;.\\u0=-_ \r\n\t\0\xff\x80AZaz09+/%&?#@*'";
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

struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}
