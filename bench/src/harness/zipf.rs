//! Who asks how often: few ask most of the time, most ask seldom.

/// Draws ranks below `count` with a probability in proportion to 1 / rank^exponent. The same seed draws the same.
pub(crate) struct Zipf {
    /// The probability that the rank is at most this one.
    cumulative: Vec<f64>,
    state: u64,
}

/// The exponent of all subjects.
const EXPONENT: f64 = 0.99;

impl Zipf {
    pub(crate) fn new(count: u32, seed: u64) -> Self {
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=count)
            .map(|rank| {
                sum += f64::from(rank).powf(-EXPONENT);
                sum
            })
            .collect();
        cumulative.iter_mut().for_each(|below| *below /= sum);
        Self {
            cumulative,
            state: seed,
        }
    }

    /// So many ranks, drawn beforehand: drawing is not what is measured. Ranks are scattered over `0..count`, so that
    /// neighbours in rank are not neighbours in memory.
    pub(crate) fn draw(&mut self, number: usize) -> Vec<u32> {
        let count = self.cumulative.len().max(1);
        (0..number)
            .map(|_| {
                let at = self.next_unit();
                let rank = self
                    .cumulative
                    .partition_point(|below| *below < at)
                    .min(count - 1);
                // A multiplication by an odd prime that divides no count of ours visits every place once.
                u32::try_from(rank.wrapping_mul(2_654_435_761) % count).unwrap_or_default()
            })
            .collect()
    }

    /// Uniform in [0, 1): SplitMix64.
    fn next_unit(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        f64::from(u32::try_from(z >> 32).unwrap_or_default()) / 4_294_967_296.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn the_first_rank_is_drawn_as_often_as_the_law_says() {
        let drawn = Zipf::new(1000, 7).draw(200_000);
        let mut counts: HashMap<u32, u32> = HashMap::new();
        drawn.iter().for_each(|one| *counts.entry(*one).or_default() += 1);
        let mut sorted: Vec<u32> = counts.into_values().collect();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let weight: f64 = (1..=1000).map(|rank| f64::from(rank).powf(-EXPONENT)).sum();
        for (rank, expected) in [(0, 1.0 / weight), (1, 2f64.powf(-EXPONENT) / weight)] {
            let seen = f64::from(sorted[rank]) / 200_000.0;
            assert!(
                (seen / expected - 1.0).abs() < 0.05,
                "rank {rank}: {seen} and {expected}"
            );
        }
        assert!(sorted.len() > 990, "all are drawn at some time");
    }

    #[test]
    fn the_same_seed_draws_the_same_and_nothing_is_out_of_range() {
        assert_eq!(Zipf::new(100, 1).draw(50), Zipf::new(100, 1).draw(50));
        assert_ne!(Zipf::new(100, 1).draw(50), Zipf::new(100, 2).draw(50));
        assert!(Zipf::new(10, 3).draw(1000).iter().all(|one| *one < 10));
    }
}
