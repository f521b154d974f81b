//! How a run is made: how many draws, from which points, and what is kept of them.

use super::error::SimulateError;

/// Most draws of a run.
pub const MAX_DRAWS: u64 = 1 << 40;
/// Most replicates of a Sobol' sequence.
pub const MAX_REPLICATES: u32 = 64;
/// Most draws of which samples are kept.
pub const MAX_KEPT: u64 = 1 << 28;

/// Where the uniform numbers come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Points {
    /// Philox4x32-10, independent draws.
    Random,
    /// A Sobol' sequence, scrambled anew in each replicate: fewer draws for the same error of means and quantiles.
    Sobol {
        /// Independent scramblings; how far their results lie apart gives the standard errors.
        replicates: u32,
    },
}

/// What is kept besides summaries, which take the same memory for any number of draws.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Keep {
    /// Nothing: quantiles come from counts in narrow bins.
    Summary,
    /// Every draw of the total: its quantiles are exact.
    Total,
    /// Every draw of the total and of each group.
    Groups,
}

/// The options of a run; one that exists is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Options {
    draws: u64,
    seed: u64,
    points: Points,
    keep: Keep,
    fold: bool,
}

impl Options {
    /// Returns a run of independent draws of which only summaries are kept.
    ///
    /// # Errors
    /// `Option` unless there are 1 to [`MAX_DRAWS`] draws.
    pub fn new(draws: u64, seed: u64) -> Result<Self, SimulateError> {
        if draws == 0 || draws > MAX_DRAWS {
            return Err(refusal("draws", draws, "1 to 2^40"));
        }
        Ok(Self { draws, seed, points: Points::Random, keep: Keep::Summary, fold: false })
    }

    /// Takes a scrambled Sobol' sequence in so many independent replicates.
    ///
    /// # Errors
    /// `Option` unless there are 2 to [`MAX_REPLICATES`] replicates and the draws of each are a power of two.
    pub fn sobol(self, replicates: u32) -> Result<Self, SimulateError> {
        if !(2..=MAX_REPLICATES).contains(&replicates) {
            return Err(refusal("replicates", replicates, "2 to 64"));
        }
        let each = self.draws / u64::from(replicates);
        if each * u64::from(replicates) != self.draws || !each.is_power_of_two() || each > 1 << 32 {
            return Err(refusal(
                "draws",
                self.draws,
                "the number of replicates times a power of two, at most 2^32",
            ));
        }
        Ok(Self { points: Points::Sobol { replicates }, ..self })
    }

    /// Keeps samples.
    ///
    /// # Errors
    /// `Option` for samples of more than 2^28 draws.
    pub fn keep(self, keep: Keep) -> Result<Self, SimulateError> {
        if keep > Keep::Summary && self.draws > MAX_KEPT {
            return Err(refusal("draws", self.draws, "at most 2^28 where samples are kept"));
        }
        Ok(Self { keep, ..self })
    }

    /// Draws the product of lognormal variables that only one term uses as one lognormal variable.
    ///
    /// That is exact in distribution and saves draws, but they are other draws: what a variable was drawn as can no longer be
    /// told, so a sensitivity analysis wants it off. Terms and groups are there as before.
    pub const fn fold(self, fold: bool) -> Self {
        Self { fold, ..self }
    }

    /// How many draws there are in all.
    pub const fn draws(&self) -> u64 {
        self.draws
    }

    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Where the uniform numbers come from.
    pub const fn points(&self) -> Points {
        self.points
    }

    /// What is kept.
    pub const fn kept(&self) -> Keep {
        self.keep
    }

    /// Whether products of lognormal variables are drawn as one.
    pub const fn folds(&self) -> bool {
        self.fold
    }

    /// The name of the generator, for reports.
    pub const fn generator(&self) -> &'static str {
        match self.points {
            Points::Random => "Philox4x32-10",
            Points::Sobol { .. } => "Sobol' (Joe and Kuo 2008), hash-based Owen scrambling",
        }
    }

    pub(super) fn replicates(&self) -> u64 {
        match self.points {
            Points::Random => 1,
            Points::Sobol { replicates } => replicates.into(),
        }
    }

    /// Draws of one replicate.
    pub(super) fn draws_each(&self) -> u64 {
        self.draws / self.replicates()
    }
}

fn refusal(option: &'static str, value: impl ToString, rule: &'static str) -> SimulateError {
    SimulateError::Option { option, value: value.to_string(), rule }
}
