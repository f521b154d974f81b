//! Redaction: what was recorded is forgotten, and that it was recorded is not.
//!
//! A log cannot change, so it can forget only what never was in it: an event that was taken in detached has a commitment in the log
//! and its content beside it. To redact it is to say so in the log, and then to remove the content wherever the store has it.

use serde_json::json;

use super::{Book, Ledger, LedgerError, Question, Stamp};
use crate::audit::{Record, RecordKind, commitment};
use crate::canonical;
use crate::error::Error;
use crate::store::{Redacted, Replay, Store};

/// Longest reason of a redaction, in characters.
pub const MAX_REASON_CHARS: usize = 1000;

impl<S: Store> Ledger<S> {
    /// Redacts the event of a line, and returns the line that says so once the event is gone.
    ///
    /// The reason stays in the log for good: nothing of the event belongs in it. What is left of the event is
    /// [`Redacted`]: sent again it is rejected with `telemetry.redacted`, and reports of its day name it as missing until a
    /// correction or a void takes its place.
    ///
    /// # Errors
    /// `Reason` for none or one that is too long, `Record` for a line that accepts no event, `NotDetached` for an event that
    /// the log itself holds, `Redacted` for one that is gone already; what the store refuses.
    pub fn redact(&mut self, seq: u64, reason: &str, stamp: Stamp<'_>) -> Result<u64, Error> {
        let characters = reason.chars().count();
        if reason.trim().is_empty() || characters > MAX_REASON_CHARS {
            return Err(LedgerError::Reason { characters }.into());
        }
        self.commit()?;
        self.check_running()?;
        self.hold()?;
        let staged = self.stage_redaction(seq, reason, stamp);
        if staged.is_err() {
            self.release_idle();
        }
        let by = staged?;
        self.commit()?;
        Ok(by)
    }

    fn stage_redaction(&mut self, seq: u64, reason: &str, stamp: Stamp<'_>) -> Result<u64, Error> {
        let line = self.store.line(seq)?;
        let record = Record::parse(&line)?;
        if !matches!(record.kind(), RecordKind::TelemetryAccepted | RecordKind::Correction) {
            let found = record.kind().as_str().to_owned();
            return Err(LedgerError::Record { seq, found, wanted: "telemetry.accepted or correction" }.into());
        }
        if commitment(record.body())?.is_none() {
            return Err(LedgerError::NotDetached { seq }.into());
        }
        if self.store.redacted()?.iter().any(|redacted| redacted.seq == seq) {
            return Err(LedgerError::Redacted { seq, count: 1 }.into());
        }
        let payload = self.store.payload(seq)?;
        // What would be left is made first: a payload that is not what was committed to is no event that can be redacted.
        let left = Replay::redacted(&record, payload.as_deref(), self.size())?;
        let body = canonical::from_value(&json!({"reason": reason, "seq": seq}))?;
        let by = self.stage_record(RecordKind::Redaction, &body, stamp)?;
        self.pending.redacted.push(left);
        Ok(by)
    }
}

impl Book {
    /// Returns the events that a question is about and that were redacted: what they measured is in no answer. Those that a
    /// later event corrects or voids are not missing.
    ///
    /// # Errors
    /// `AsOf`, `Io`, `Corrupt`.
    pub fn redacted(&self, question: &Question) -> Result<Vec<Redacted>, Error> {
        let as_of = self.as_of(question)?;
        let mut redacted = self.reader().redacted()?;
        redacted.retain(|event| {
            event.seq < as_of
                && event.measured()
                && event.tenant == question.tenant.as_str()
                && question.period.is_none_or(|period| period.contains(event.day))
                && !self.is_amended(event.seq, as_of)
        });
        Ok(redacted)
    }

    /// Refuses a question that is about events which were redacted.
    pub(super) fn check_whole(&self, question: &Question) -> Result<(), Error> {
        let redacted = self.redacted(question)?;
        match redacted.first() {
            Some(first) => Err(LedgerError::Redacted { seq: first.seq, count: redacted.len() }.into()),
            None => Ok(()),
        }
    }
}
