//! Corrections and voids: which events count in the end.
//!
//! An event is never changed. A later one takes its place or takes it out, and names it. Who corrects an event that was
//! corrected before means the one that counts now, so a line of corrections has no branches and each of its events but the
//! last is out.

use ahash::{AHashMap as HashMap, AHashSet as HashSet};

use crate::telemetry::{AmendmentKind, TelemetryError};

/// What became of events that were amended. Events go by any number that grows with time: rows of files, places in a log.
#[derive(Clone, Debug, Default)]
pub struct Amended {
    /// An event to the one that took its place, and how.
    by: HashMap<u64, (u64, AmendmentKind)>,
    /// An event to one further down its line, so that long lines are not walked twice.
    further: HashMap<u64, u64>,
    /// Events that void others: nothing to amend about them.
    voids: HashSet<u64>,
}

impl Amended {
    /// Amends the event that counts in the place of `target`, and returns it. `target` is none where no earlier event has
    /// that id.
    ///
    /// # Errors
    /// `Amends` when there is no such event, and when it was voided.
    pub fn amend(
        &mut self,
        target: Option<u64>,
        by: u64,
        kind: AmendmentKind,
    ) -> Result<u64, TelemetryError> {
        let refuse = |reason| Err(TelemetryError::Amends { field: kind.field(), reason });
        let Some(target) = target else {
            return refuse("names no event that this source sent before");
        };
        if self.voids.contains(&target) {
            return refuse("names an event that voids another; send the other one again under a new id");
        }
        let last = self.last(target);
        if self.by.contains_key(&last) {
            return refuse("names an event that was voided");
        }
        self.by.insert(last, (by, kind));
        if kind == AmendmentKind::Voids {
            self.voids.insert(by);
        }
        Ok(last)
    }

    /// True when an event was amended by one before `as_of`.
    pub fn is_amended(&self, event: u64, as_of: u64) -> bool {
        self.by.get(&event).is_some_and(|(by, _)| *by < as_of)
    }

    /// Returns the event that amends `event`, and how.
    pub fn by(&self, event: u64) -> Option<(u64, AmendmentKind)> {
        self.by.get(&event).copied()
    }

    /// How many events were amended.
    pub fn len(&self) -> usize {
        self.by.len()
    }

    /// True when none was.
    pub fn is_empty(&self) -> bool {
        self.by.is_empty()
    }

    /// The last event of a line; one that was voided has nothing after it and is the last one.
    fn last(&mut self, first: u64) -> u64 {
        let mut last = first;
        while let Some(&next) = self.further.get(&last) {
            last = next;
        }
        while let Some(&(next, AmendmentKind::Corrects)) = self.by.get(&last) {
            last = next;
        }
        let mut at = first;
        while at != last {
            at = match self.further.insert(at, last) {
                Some(next) => next,
                None => self.by.get(&at).map_or(last, |(next, _)| *next),
            };
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AmendmentKind::{Corrects, Voids};

    #[test]
    fn a_line_of_corrections_has_no_branches() {
        let mut amended = Amended::default();
        assert_eq!(amended.amend(Some(1), 5, Corrects), Ok(1));
        // Whoever corrects the first again means the one that counts now.
        assert_eq!(amended.amend(Some(1), 7, Corrects), Ok(5));
        assert_eq!(amended.amend(Some(5), 8, Corrects), Ok(7));
        assert_eq!(amended.amend(Some(1), 9, Voids), Ok(8));
        for target in [1, 5, 7, 8, 9] {
            let error = amended.amend(Some(target), 10, Corrects).unwrap_err();
            assert_eq!((error.code(), error.field()), ("telemetry.amends", "corrects"));
        }
        assert_eq!(amended.amend(None, 10, Voids).unwrap_err().field(), "void");
        assert_eq!(
            [1, 5, 7, 8, 9].map(|event| amended.is_amended(event, 10)),
            [true, true, true, true, false]
        );
        // As of 8 the last correction and the void were not there yet.
        assert_eq!([1, 5, 7, 8].map(|event| amended.is_amended(event, 8)), [true, true, false, false]);
        assert_eq!((amended.by(8), amended.by(9), amended.len()), (Some((9, Voids)), None, 4));
    }

    #[test]
    fn a_long_line_is_walked_in_linear_time() {
        let mut amended = Amended::default();
        for by in 1..=200_000 {
            assert_eq!(amended.amend(Some(0), by, Corrects), Ok(by - 1));
        }
    }
}
