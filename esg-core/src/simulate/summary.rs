//! What is known of an output after its draws: moments, quantiles, histogram, and how sure they are.
//!
//! Moments rest on exact sums of each draw's powers of its distance from a centre that the model fixes beforehand, so they
//! are the same for any order and partition, and lose nothing to cancellation.

use super::error::SimulateError;
use super::exact::ExactSum;
use super::sketch::Sketch;

/// Sums of the powers of `x - centre`.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    centre: f64,
    count: u64,
    sums: [ExactSum; 4],
    least: f64,
    greatest: f64,
}

impl Moments {
    /// Returns empty sums around a `centre`: any finite number is right, one near the mean keeps the most digits.
    pub fn around(centre: f64) -> Self {
        let centre = if centre.is_finite() { centre } else { 0.0 };
        let sums = std::array::from_fn(|_| ExactSum::default());
        Self { centre, count: 0, sums, least: f64::INFINITY, greatest: f64::NEG_INFINITY }
    }

    /// Whether all powers that are summed up are finite: some 1e77 from the centre is the limit.
    #[inline(always)]
    pub(super) fn holds(centre: f64, x: f64) -> bool {
        let y = x - centre;
        let square = y * y;
        (square * square).is_finite()
    }

    /// The centre.
    pub(super) fn centre(&self) -> f64 {
        self.centre
    }

    /// Adds values within 1e77 of the centre.
    pub fn add(&mut self, values: &[f64]) {
        self.count += values.len() as u64;
        for &x in values {
            let y = x - self.centre;
            let square = y * y;
            self.sums[0].add(y);
            self.sums[1].add(square);
            self.sums[2].add(square * y);
            self.sums[3].add(square * square);
            self.least = self.least.min(x);
            self.greatest = self.greatest.max(x);
        }
    }

    /// Adds the sums of other draws around the same centre.
    pub fn merge(&mut self, other: &Self) {
        debug_assert!(self.centre == other.centre);
        self.count += other.count;
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| sum.merge(other));
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean; NaN of nothing.
    pub fn mean(&self) -> f64 {
        self.centre + self.sums[0].to_f64() / self.count as f64
    }

    /// The standard deviation, with `n - 1`; NaN of fewer than two values.
    pub fn sd(&self) -> f64 {
        let n = self.count as f64;
        if self.count < 2 {
            return f64::NAN;
        }
        let sum = self.sums[0].to_f64();
        ((self.sums[1].to_f64() - sum * (sum / n)).max(0.0) / (n - 1.0)).sqrt()
    }

    /// The standard error of the mean of independent values: `sd / sqrt(n)`.
    pub fn mean_error(&self) -> f64 {
        self.sd() / (self.count as f64).sqrt()
    }

    /// The standard error of the standard deviation of independent values: `sqrt((m4 - s^4 (n - 3)/(n - 1)) / n) / (2 s)`,
    /// with the fourth central moment m4; 0 where all values are the same.
    pub fn sd_error(&self) -> f64 {
        let (n, sd) = (self.count as f64, self.sd());
        if sd == 0.0 {
            return 0.0;
        }
        let [a, b, c, d] = std::array::from_fn(|i| self.sums[i].to_f64() / n);
        let fourth = d - 4.0 * a * c + 6.0 * a * a * b - 3.0 * a * a * a * a;
        ((fourth - sd * sd * sd * sd * ((n - 3.0) / (n - 1.0))).max(0.0) / n).sqrt() / (2.0 * sd)
    }

    /// The least value.
    pub fn least(&self) -> f64 {
        self.least
    }

    /// The greatest value.
    pub fn greatest(&self) -> f64 {
        self.greatest
    }
}

/// Sorts on all threads; numbers without a NaN have one order only.
#[cfg(feature = "rayon")]
fn sort(values: &mut [f64]) {
    use rayon::slice::ParallelSliceMut;
    values.par_sort_unstable_by(f64::total_cmp);
}

#[cfg(not(feature = "rayon"))]
fn sort(values: &mut [f64]) {
    values.sort_unstable_by(f64::total_cmp);
}

/// One bar of a histogram: values from `lower` on and below `upper`; the last bar includes its upper bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Draws, whole where the sample was kept.
    pub count: f64,
}

/// Everything about one output: the total, or one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// By replicate; one for plain random draws.
    replicates: Vec<Moments>,
    whole: Moments,
    sketch: Sketch,
    /// In the order of the draws.
    sample: Option<Vec<f64>>,
    sorted: Vec<f64>,
}

impl Output {
    pub(super) fn new(replicates: Vec<Moments>, sketch: Sketch, sample: Option<Vec<f64>>) -> Self {
        let mut whole = replicates[0].clone();
        replicates[1..].iter().for_each(|part| whole.merge(part));
        let mut sorted = sample.clone().unwrap_or_default();
        sort(&mut sorted);
        Self { replicates, whole, sketch, sample, sorted }
    }

    /// Returns the summary of values that were drawn elsewhere, all kept.
    ///
    /// # Errors
    /// `Option` without values; `NotFinite` for the first one that is no number or lies 1e77 from the first.
    pub fn of_sample(values: Vec<f64>) -> Result<Self, SimulateError> {
        let Some(&first) = values.first() else {
            let (option, rule) = ("number of values", "1 or more");
            return Err(SimulateError::Option { option, value: "0".into(), rule });
        };
        if let Some(draw) = values.iter().position(|&x| !(first.is_finite() && Moments::holds(first, x))) {
            return Err(SimulateError::NotFinite { output: "the sample".into(), draw: draw as u64 });
        }
        let mut moments = Moments::around(first);
        moments.add(&values);
        Ok(Self::new(vec![moments], Sketch::default(), Some(values)))
    }

    /// How many draws there are.
    pub fn draws(&self) -> u64 {
        self.whole.count()
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.whole.mean()
    }

    /// The standard deviation.
    pub fn sd(&self) -> f64 {
        self.whole.sd()
    }

    /// The standard error of the mean: from the draws, or from how far replicates lie apart.
    pub fn mean_error(&self) -> f64 {
        if self.replicates.len() == 1 { self.whole.mean_error() } else { self.spread(Moments::mean) }
    }

    /// The standard error of the standard deviation, likewise.
    pub fn sd_error(&self) -> f64 {
        if self.replicates.len() == 1 { self.whole.sd_error() } else { self.spread(Moments::sd) }
    }

    /// The least value drawn.
    pub fn least(&self) -> f64 {
        self.whole.least()
    }

    /// The greatest value drawn.
    pub fn greatest(&self) -> f64 {
        self.whole.greatest()
    }

    /// Standard error of the mean of the replicates' results.
    fn spread(&self, of: impl Fn(&Moments) -> f64) -> f64 {
        let mut results = Moments::around(of(&self.whole));
        results.add(&self.replicates.iter().map(of).collect::<Vec<_>>());
        results.mean_error()
    }

    /// Returns the value that a share `p` of the draws stays below; NaN outside of 0..1.
    ///
    /// Where the sample was kept: between the two draws around place `p (n - 1)` in proportion (type 7 of Hyndman and Fan, what
    /// NumPy and R take). Else the same from the counts of bins, each at most 1/1024 of its value wide, which bounds the error.
    pub fn quantile(&self, p: f64) -> f64 {
        if !(0.0..=1.0).contains(&p) {
            return f64::NAN;
        }
        let place = p * (self.draws() - 1) as f64;
        let floor = place.floor();
        let low = self.ranked(floor as u64);
        if place == floor { low } else { low + (self.ranked(floor as u64 + 1) - low) * (place - floor) }
    }

    /// The value of a rank, from 0; where the sample was not kept, its share of its bin.
    fn ranked(&self, rank: u64) -> f64 {
        if !self.sorted.is_empty() {
            return self.sorted[rank as usize];
        }
        let mut before = 0;
        for (lower, upper, count) in self.sketch.bins() {
            if rank < before + count {
                let share = ((rank - before) as f64 + 0.5) / count as f64;
                return (lower + (upper - lower) * share).clamp(self.least(), self.greatest());
            }
            before += count;
        }
        self.greatest()
    }

    /// Returns the share of draws above `target`; exact where the sample was kept, else in proportion within its bin.
    pub fn exceedance(&self, target: f64) -> f64 {
        let below = if self.sorted.is_empty() {
            let part = |(lower, upper, count): (f64, f64, u64)| {
                count as f64 * ((target - lower) / (upper - lower)).clamp(0.0, 1.0)
            };
            if target >= self.greatest() {
                self.draws() as f64
            } else if target < self.least() {
                0.0
            } else {
                self.sketch.bins().map(part).sum()
            }
        } else {
            self.sorted.partition_point(|&x| x <= target) as f64
        };
        1.0 - below / self.draws() as f64
    }

    /// Returns `bars` bars of equal width from the least to the greatest value.
    pub fn histogram(&self, bars: usize) -> Vec<Bar> {
        let (least, greatest) = (self.least(), self.greatest());
        let bound = |i: usize| least + (greatest - least) * (i as f64 / bars as f64);
        let mut counts = vec![0.0; bars];
        let place = |x: f64| {
            let share = (x - least) / (greatest - least);
            if share.is_nan() { 0 } else { ((share * bars as f64) as usize).min(bars.saturating_sub(1)) }
        };
        if bars > 0 && self.sorted.is_empty() {
            for (lower, upper, count) in self.sketch.bins() {
                counts[place((lower + 0.5 * (upper - lower)).clamp(least, greatest))] += count as f64;
            }
        } else if bars > 0 {
            self.sorted.iter().for_each(|&x| counts[place(x)] += 1.0);
        }
        let bar = |(i, count)| Bar { lower: bound(i), upper: bound(i + 1), count };
        counts.into_iter().enumerate().map(bar).collect()
    }

    /// Returns all values, `sample[draw]`, where the run kept them.
    pub fn sample(&self) -> Option<&[f64]> {
        self.sample.as_deref()
    }
}
