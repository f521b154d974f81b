//! How a function is sampled for its indices: how many base points, in how many replicates, from which sequence.

use super::error::SensitivityError;

/// Fewest replicates: with fewer there is no interval.
pub const MIN_REPLICATES: u32 = 2;
/// Most replicates.
pub const MAX_REPLICATES: u32 = 64;
/// Fewest base points of a replicate: fewer say nothing of a variance.
pub const MIN_EACH: u64 = 16;
/// Most base points of a replicate.
pub const MAX_EACH: u64 = 1 << 32;

/// A design after Saltelli et al. (2010): for `points` base points and k inputs the function is evaluated `points (k + 2)` times.
///
/// A replicate is an independent piece of the design: a scrambling of its own, or a block of random points of its own. How far
/// the replicates lie apart gives the intervals. A design that exists is valid.
///
/// # Examples
/// ```
/// # use esg_core::simulate::sensitivity::Design;
/// let design = Design::sobol(1 << 16, 16, 7)?; // 16 scramblings of 4096 points, seed 7
/// assert_eq!(design.points(), 65_536);
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Design {
    points: u64,
    replicates: u32,
    seed: u64,
    random: bool,
}

impl Design {
    /// Returns a design of `points` base points of a scrambled Sobol' sequence, in all replicates together.
    ///
    /// # Errors
    /// `Design` unless there are 2 to 64 replicates, each of a power of two of points, 16 to 2^32.
    pub fn sobol(points: u64, replicates: u32, seed: u64) -> Result<Self, SensitivityError> {
        let design = Self::checked(points, replicates, seed, false)?;
        if !design.points_each().is_power_of_two() {
            return Err(refusal("points", points, "the number of replicates times a power of two"));
        }
        Ok(design)
    }

    /// Returns a design of `points` independent random base points (Philox4x32-10), in all replicates together.
    ///
    /// # Errors
    /// `Design` unless there are 2 to 64 replicates, each of as many points, 16 to 2^32.
    pub fn random(points: u64, replicates: u32, seed: u64) -> Result<Self, SensitivityError> {
        Self::checked(points, replicates, seed, true)
    }

    fn checked(points: u64, replicates: u32, seed: u64, random: bool) -> Result<Self, SensitivityError> {
        if !(MIN_REPLICATES..=MAX_REPLICATES).contains(&replicates) {
            return Err(refusal("replicates", replicates, "2 to 64"));
        }
        let each = points / u64::from(replicates);
        if !points.is_multiple_of(replicates.into()) || !(MIN_EACH..=MAX_EACH).contains(&each) {
            return Err(refusal("points", points, "16 to 2^32 times the number of replicates"));
        }
        Ok(Self { points, replicates, seed, random })
    }

    /// Base points, in all replicates together.
    pub const fn points(&self) -> u64 {
        self.points
    }

    /// Independent pieces.
    pub const fn replicates(&self) -> u32 {
        self.replicates
    }

    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The name of the generator, for reports.
    pub const fn generator(&self) -> &'static str {
        if self.random { "Philox4x32-10" } else { "Sobol' (Joe and Kuo 2008), hash-based Owen scrambling" }
    }

    pub(super) const fn is_random(&self) -> bool {
        self.random
    }

    pub(super) fn points_each(&self) -> u64 {
        self.points / u64::from(self.replicates)
    }
}

fn refusal(option: &'static str, value: impl ToString, rule: &'static str) -> SensitivityError {
    SensitivityError::Design { option, value: value.to_string(), rule }
}
