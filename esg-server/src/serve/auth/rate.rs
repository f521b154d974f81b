//! How often somebody may ask: a bucket that fills at a steady rate, for each of a limited number of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::serve::limits::MAX_RATED;
use crate::serve::problem::ServeError;

/// The buckets of all who ask, as the moment at which each is full again.
///
/// That one moment is all there is to know of a bucket (the generic cell rate algorithm), and a bucket that is full need not be
/// remembered.
#[derive(Debug)]
pub struct Rates<K> {
    /// Time in which a bucket gets one more.
    every: Duration,
    /// How long an empty bucket takes to fill.
    full: Duration,
    full_at: Mutex<HashMap<K, Instant>>,
}

impl<K: Clone + Eq + Hash> Rates<K> {
    /// So many in a second, `burst` of them at once.
    pub fn per_second(rate: u32, burst: u32) -> Self {
        Self::new(Duration::from_secs(1), rate, burst)
    }

    /// So many in a minute, `burst` of them at once.
    pub fn per_minute(rate: u32, burst: u32) -> Self {
        Self::new(Duration::from_secs(60), rate, burst)
    }

    fn new(time: Duration, rate: u32, burst: u32) -> Self {
        let every = time / rate;
        Self { every, full: every * burst, full_at: Mutex::new(HashMap::new()) }
    }

    /// Takes one.
    ///
    /// # Errors
    /// `http.rate` where the bucket is empty.
    pub fn take(&self, of: K) -> Result<(), ServeError> {
        self.take_at(of, Instant::now())
    }

    /// Refuses where there is none to take, and takes none.
    ///
    /// # Errors
    /// `http.rate`.
    pub fn check(&self, of: K) -> Result<(), ServeError> {
        let now = Instant::now();
        self.after(self.buckets().get(&of).copied(), now).map(|_| ())
    }

    fn take_at(&self, of: K, now: Instant) -> Result<(), ServeError> {
        let mut buckets = self.buckets();
        let after = self.after(buckets.get(&of).copied(), now)?;
        if buckets.len() >= MAX_RATED && !buckets.contains_key(&of) {
            buckets.retain(|_, full_at| *full_at > now);
            // All of them are in use: whoever is new waits like one whose bucket is empty.
            if buckets.len() >= MAX_RATED {
                return Err(ServeError::Rate { seconds: 1 });
            }
        }
        buckets.insert(of, after);
        Ok(())
    }

    /// When the bucket will be full after one more is taken.
    fn after(&self, full_at: Option<Instant>, now: Instant) -> Result<Instant, ServeError> {
        let after = full_at.unwrap_or(now).max(now) + self.every;
        match after.checked_duration_since(now + self.full) {
            Some(wait) if !wait.is_zero() => Err(ServeError::Rate { seconds: wait.as_secs() + 1 }),
            _ => Ok(after),
        }
    }

    fn buckets(&self) -> MutexGuard<'_, HashMap<K, Instant>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Rates;
    use crate::serve::limits::MAX_RATED;

    #[test]
    fn a_burst_is_taken_at_once_and_then_one_after_the_other() {
        let (rates, now) = (Rates::per_second(10, 3), Instant::now());
        let took = |ms: u64| rates.take_at("a", now + Duration::from_millis(ms)).is_ok();
        assert_eq!([took(0), took(0), took(0), took(0)], [true, true, true, false]);
        // One more in each tenth of a second.
        assert_eq!([took(99), took(100), took(101), took(200)], [false, true, false, true]);
        // The bucket holds no more than the burst, however long nothing is taken.
        assert_eq!([took(90_000), took(90_000), took(90_000), took(90_000)], [true, true, true, false]);
    }

    #[test]
    fn each_has_a_bucket_of_its_own_and_full_ones_are_forgotten() {
        let (rates, now) = (Rates::per_second(1, 1), Instant::now());
        for number in 0..MAX_RATED {
            assert!(rates.take_at(number, now).is_ok());
        }
        assert!(rates.take_at(MAX_RATED, now).is_err(), "no memory for one more");
        assert!(rates.take_at(MAX_RATED, now + Duration::from_secs(1)).is_ok());
        assert_eq!(rates.buckets().len(), 1);
    }
}
