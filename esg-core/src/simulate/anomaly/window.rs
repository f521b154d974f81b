//! The last readings in two orders: that of time, to forget the oldest, and that of size, for medians.
//!
//! A push finds its place by halving and moves at most the window's length of floats; the median is then one look and
//! the median absolute deviation one walk outwards from it. Both stand by at most half of the window being odd.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::error::AnomalyError;

/// Longest window.
pub(super) const LONGEST: usize = 4096;

/// The last `length` readings.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(super) struct Window {
    length: usize,
    by_time: VecDeque<f64>,
    by_size: Vec<f64>,
}

/// A window as it is written: the order of size is found again.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    length: usize,
    readings: VecDeque<f64>,
}

impl From<Window> for Stored {
    fn from(window: Window) -> Self {
        Self { length: window.length, readings: window.by_time }
    }
}

impl TryFrom<Stored> for Window {
    type Error = AnomalyError;

    fn try_from(stored: Stored) -> Result<Self, AnomalyError> {
        let Stored { length, readings } = stored;
        if !(2..=LONGEST).contains(&length) || readings.len() > length {
            return Err(AnomalyError::State { part: "window", rule: "it holds at most its length" });
        }
        if !readings.iter().all(|r| r.abs() <= super::gate::LARGEST) {
            return Err(AnomalyError::State { part: "window", rule: "its readings are within the limit" });
        }
        let mut by_size = Vec::from(readings.clone());
        by_size.sort_by(f64::total_cmp);
        Ok(Self { length, by_time: readings, by_size })
    }
}

impl Window {
    pub(super) fn new(length: usize) -> Self {
        Self { length, by_time: VecDeque::with_capacity(length), by_size: Vec::with_capacity(length) }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    pub(super) fn len(&self) -> usize {
        self.by_time.len()
    }

    fn place(&self, reading: f64) -> usize {
        self.by_size.partition_point(|r| r.total_cmp(&reading).is_lt())
    }

    /// Adds a finite reading; the oldest leaves a full window.
    pub(super) fn push(&mut self, reading: f64) {
        if self.by_time.len() == self.length
            && let Some(oldest) = self.by_time.pop_front()
        {
            self.by_size.remove(self.place(oldest));
        }
        self.by_time.push_back(reading);
        self.by_size.insert(self.place(reading), reading);
    }

    /// The median; none when empty. Of an even number it is the mean of the middle two.
    pub(super) fn median(&self) -> Option<f64> {
        let n = self.by_size.len();
        let upper = *self.by_size.get(n / 2)?;
        let lower = self.by_size[(n - 1) / 2];
        Some(lower + (upper - lower) / 2.0)
    }

    /// The median of the distances to `centre`, which is the median; none when empty.
    pub(super) fn deviation(&self, centre: f64) -> Option<f64> {
        let n = self.by_size.len();
        let mut right = self.by_size.partition_point(|&r| r < centre);
        let mut left = right;
        let (mut before, mut last) = (0.0, 0.0);
        // The distances in order of size, from both sides of the centre at once, up to the middle.
        for _ in 0..=n / 2 {
            let below = left.checked_sub(1).map(|i| centre - self.by_size[i]);
            let above = self.by_size.get(right).map(|r| r - centre);
            before = last;
            last = match (below, above) {
                (Some(b), Some(a)) if b <= a => {
                    left -= 1;
                    b
                }
                (_, Some(a)) => {
                    right += 1;
                    a
                }
                (Some(b), None) => {
                    left -= 1;
                    b
                }
                (None, None) => return None,
            };
        }
        Some(if n.is_multiple_of(2) { before + (last - before) / 2.0 } else { last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn median(mut of: Vec<f64>) -> f64 {
        of.sort_by(f64::total_cmp);
        let n = of.len();
        of[(n - 1) / 2] + (of[n / 2] - of[(n - 1) / 2]) / 2.0
    }

    proptest! {
        #[test]
        fn it_is_the_median_of_a_sorted_copy(all in prop::collection::vec(-9i32..9, 1..60), length in 2usize..20) {
            let mut window = Window::new(length);
            for (i, &reading) in all.iter().enumerate() {
                window.push(f64::from(reading));
                let last: Vec<f64> =
                    all[(i + 1).saturating_sub(length)..=i].iter().copied().map(f64::from).collect();
                let centre = median(last.clone());
                prop_assert_eq!(window.median(), Some(centre));
                let gaps = last.iter().map(|r| (r - centre).abs()).collect();
                prop_assert_eq!(window.deviation(centre), Some(median(gaps)));
            }
        }
    }

    #[test]
    fn an_empty_window_has_no_middle() {
        assert_eq!((Window::new(5).median(), Window::new(5).deviation(0.0)), (None, None));
    }
}
