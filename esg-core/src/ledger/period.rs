//! Closed periods: days whose reports are final.
//!
//! What is sent later for such a day is taken, because a fact that is refused is lost, and marked as late, because no report
//! that was issued changes by it. A report of a closed period is made as of its closing unless another place is asked for.

use serde_json::Value;

use super::{Ledger, LedgerError, Stamp};
use crate::audit::{Record, RecordKind};
use crate::canonical;
use crate::error::Error;
use crate::store::{Reader, Store, StoreError};
use crate::time::Period;

/// A period that was closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Closed {
    /// Its days.
    pub period: Period,
    /// Line of the log that closed it: later lines are late for it.
    pub seq: u64,
}

impl<S: Store> Ledger<S> {
    /// Closes a period and returns the line that says so.
    ///
    /// # Errors
    /// `Closed` when a day of it is closed already; what the store refuses.
    pub fn close(&mut self, period: Period, stamp: Stamp<'_>) -> Result<u64, Error> {
        self.check_running()?;
        self.hold()?;
        let meets =
            |closed: &&Closed| closed.period.start() <= period.end() && period.start() <= closed.period.end();
        if let Some(closed) = self.closed.iter().find(meets) {
            let closed = closed.period;
            self.release_idle();
            return Err(LedgerError::Closed { asked: period, closed }.into());
        }
        let document =
            serde_json::json!({"end": period.end().to_string(), "start": period.start().to_string()});
        let seq = self.record(RecordKind::PeriodClosed, &canonical::from_value(&document)?, stamp)?;
        self.closed.push(Closed { period, seq });
        Ok(seq)
    }
}

/// Returns the periods that the log closes from a line on.
pub(super) fn closed(reader: &dyn Reader, from: u64) -> Result<Vec<Closed>, Error> {
    let closed = |seq: u64| -> Result<Closed, Error> {
        let line = reader.line(seq)?;
        let record = Record::parse(&line)?;
        let body: Value = serde_json::from_slice(record.body()).unwrap_or_default();
        let day = |name: &str| body[name].as_str().and_then(|text| text.parse().ok());
        let period = day("start").zip(day("end")).and_then(|(start, end)| Period::new(start, end).ok());
        let corrupt = || StoreError::Corrupt {
            place: format!("line {seq} of the log"),
            reason: "it closes no period".into(),
        };
        Ok(Closed { period: period.ok_or_else(corrupt)?, seq })
    };
    let marks = reader.marks(RecordKind::PeriodClosed)?.into_iter();
    marks.filter(|seq| *seq >= from).map(closed).collect()
}
