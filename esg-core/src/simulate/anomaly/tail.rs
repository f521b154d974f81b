//! How rare a deviation is, judged by the deviations that this very series had before.
//!
//! A bell curve says that ten standard deviations never happen; counts of requests reach them weekly. So the tail is
//! measured: deviations are counted in buckets of equal ratio, within the counts a probability is a count over a count,
//! and above them the largest of the counts are continued by a power law (Hill 1975), which is the widest shape that extreme
//! values keep to. For a bell curve this errs towards fewer alarms. Counts are whole numbers, so a state written and
//! read again is the same state.

use serde::{Deserialize, Serialize};

use super::error::AnomalyError;
use crate::math::{exp, ln};

/// Buckets of one doubling.
const PER_OCTAVE: usize = 8;
/// The first bucket begins at 2^-8 and also takes all below.
const FIRST_EXPONENT: i64 = -8;
const BUCKETS: usize = 40 * PER_OCTAVE;

/// Deviations before a tail is trusted: the tenth of them is one in ten, which is not yet odd.
pub(super) const FEWEST: u64 = 100;
/// At this many all counts are halved: a series that changed its nature is believed within weeks.
const MOST: u64 = 16_384;
/// Fewest deviations that a tail is fitted to.
const TAIL_FEWEST: u64 = 8;
/// A tail of few deviations is drawn towards the exponent 1/4 (four moments) by as many imagined ones.
const PRIOR_WEIGHT: f64 = 4.0;
const PRIOR_SHAPE: f64 = 0.25;

/// Counts of deviations by size.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Vec<u32>", into = "Vec<u32>")]
pub(super) struct Tail {
    counts: Vec<u32>,
    total: u64,
}

impl From<Tail> for Vec<u32> {
    fn from(tail: Tail) -> Self {
        tail.counts
    }
}

impl TryFrom<Vec<u32>> for Tail {
    type Error = AnomalyError;

    fn try_from(counts: Vec<u32>) -> Result<Self, AnomalyError> {
        let total = counts.iter().map(|&c| u64::from(c)).sum();
        if counts.len() != BUCKETS || total >= MOST {
            return Err(AnomalyError::State { part: "tail", rule: "320 counts, fewer than 16384 in all" });
        }
        Ok(Self { counts, total })
    }
}

/// Lower end of a bucket.
fn start(bucket: usize) -> f64 {
    let (octave, part) = (bucket / PER_OCTAVE, bucket % PER_OCTAVE);
    let power = f64::from_bits(((1023 + FIRST_EXPONENT + octave as i64) as u64) << 52);
    power * (1.0 + part as f64 / PER_OCTAVE as f64)
}

/// The bucket of a deviation of at least 0: its binary exponent and the next three bits.
fn bucket(deviation: f64) -> usize {
    let eighths = (deviation.to_bits() >> 49) as i64 - ((1023 + FIRST_EXPONENT) << 3);
    eighths.clamp(0, BUCKETS as i64 - 1) as usize
}

impl Tail {
    pub(super) fn new() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0 }
    }

    pub(super) fn push(&mut self, deviation: f64) {
        self.counts[bucket(deviation)] += 1;
        self.total += 1;
        if self.total == MOST {
            self.counts.iter_mut().for_each(|count| *count /= 2);
            self.total = self.counts.iter().map(|&count| u64::from(count)).sum();
        }
    }

    /// Estimates how probable a deviation of at least this size is; none before [`FEWEST`] were seen.
    pub(super) fn probability(&self, deviation: f64) -> Option<f64> {
        if self.total < FEWEST {
            return None;
        }
        // sqrt(n) grows without end while its share of n shrinks to nothing, as Hill's estimator asks.
        let wanted = TAIL_FEWEST.max((self.total as f64).sqrt() as u64);
        let mut within = 0;
        let mut edge = BUCKETS;
        let own = bucket(deviation);
        while edge > 0 && within < wanted {
            edge -= 1;
            within += u64::from(self.counts[edge]);
        }
        let share = |count: u64| (count + 1) as f64 / (self.total + 1) as f64;
        if own < edge {
            let lower: u64 = self.counts[own..edge].iter().map(|&count| u64::from(count)).sum();
            return Some(share(within + lower));
        }
        let from = ln(start(edge));
        let mut logs = PRIOR_WEIGHT * PRIOR_SHAPE;
        for bucket in edge..BUCKETS {
            if self.counts[bucket] > 0 {
                let middle = start(bucket) * (1.0 + 0.5 / PER_OCTAVE as f64);
                logs += f64::from(self.counts[bucket]) * (ln(middle) - from);
            }
        }
        let shape = logs / (within as f64 + PRIOR_WEIGHT);
        // Above the last bucket there is nothing to tell apart.
        let reached = ln(deviation.clamp(start(edge), 2.0 * start(BUCKETS - 1)));
        Some(share(within) * exp((from - reached) / shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quantiles of a power law: P(size > y) = y^-alpha from 1 on.
    fn power_law(n: u32, alpha: f64) -> Tail {
        let mut tail = Tail::new();
        (0..n).for_each(|i| tail.push(exp(-ln((f64::from(i) + 0.5) / f64::from(n)) / alpha)));
        tail
    }

    #[test]
    fn a_power_law_is_continued_beyond_what_was_seen() {
        for alpha in [2.0, 3.0, 5.0] {
            let tail = power_law(10_000, alpha);
            // Of 10^4 readings the largest is near 10^(4 / alpha). Hill's exponent from sqrt(n) = 100 readings has a
            // standard error of 1/10, so ln p is known to a tenth of its way from the edge at p = 1/100.
            for decades in [3.0, 5.0, 7.0] {
                let true_ln = -decades * std::f64::consts::LN_10;
                let got = ln(tail.probability(exp(-true_ln / alpha)).unwrap());
                let allowed = 0.1 * (decades - 2.0) * std::f64::consts::LN_10 + 0.1;
                assert!(
                    (got - true_ln).abs() <= allowed,
                    "{alpha}: got {got}, want {true_ln}, allowed {allowed}"
                );
            }
        }
    }

    #[test]
    fn within_the_counts_a_probability_is_a_share() {
        let tail = power_law(10_000, 3.0);
        // P = 1/8 at 2, which is the lower end of a bucket; below 1 nothing was seen.
        assert_eq!(tail.probability(2.0), Some(1251.0 / 10_001.0));
        assert_eq!((tail.probability(0.5), tail.probability(0.0)), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn a_hundred_deviations_are_needed() {
        assert_eq!(power_law(99, 3.0).probability(1.0), None);
        assert!(power_law(100, 3.0).probability(1.0).is_some());
    }

    #[test]
    fn counts_are_halved_before_they_are_too_many_and_the_largest_deviation_is_counted() {
        let mut tail = Tail::new();
        (0..100_000).for_each(|_| tail.push(f64::MAX));
        assert!(tail.total < MOST && tail.total > MOST / 4);
        assert!(tail.probability(f64::MAX).unwrap() > 0.0);
    }
}
