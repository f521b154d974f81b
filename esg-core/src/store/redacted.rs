//! What is left of an event that was redacted.
//!
//! The log forgets the payload; the ledger may not forget that there was one. The event must not come back when it is sent
//! again, a report of its day must say that something is missing, and what it corrected must not count again. This is what that
//! takes, and no more: no id, no quantity, no tag, and no digest of them but the key, which only who knows the ids can find.
//! It stands outside of the log, so that it can be forgotten as well.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Events, Key, Replaced, StoreError};
use crate::audit::Hash;
use crate::canonical;
use crate::telemetry::{AmendmentKind, Vertical};
use crate::time::Day;

/// An event whose payload is gone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redacted {
    /// Its line.
    pub seq: u64,
    /// The line that says who had it redacted, and why.
    pub by: u64,
    /// Whose it was.
    pub tenant: String,
    /// The day that it was of.
    pub day: Day,
    /// Its vertical.
    pub vertical: Vertical,
    /// Its key.
    pub key: Key,
    /// What it took out, and how.
    pub replaces: Option<(u64, AmendmentKind)>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    by: u64,
    day: Day,
    key: String,
    replaces: Option<u64>,
    seq: u64,
    tenant: String,
    vertical: String,
    voids: bool,
}

impl Redacted {
    /// The code under which it is missing in a report, that of [`LedgerError::Redacted`](crate::ledger::LedgerError).
    pub const CODE: &str = "ledger.redacted";

    /// Returns what is left of an event once the line `by` redacts it.
    pub fn of(events: &Events, event: usize, by: u64) -> Self {
        let replaces = events.replaced().find(|replaced| replaced.by == events.batch.line[event]);
        Self {
            seq: events.batch.line[event],
            by,
            tenant: events.tenants.word(events.tenant[event]).to_string(),
            day: events.batch.instant[event].day(),
            vertical: events.batch.vertical[event],
            key: events.keys[event],
            replaces: replaces.map(|replaced| (replaced.event, replaced.kind)),
        }
    }

    /// What it took out.
    pub fn replaced(&self) -> Option<Replaced> {
        self.replaces.map(|(event, kind)| Replaced { event, by: self.seq, kind })
    }

    /// True when it measured something, and did not only take out another event.
    pub const fn measured(&self) -> bool {
        !matches!(self.replaces, Some((_, AmendmentKind::Voids)))
    }

    /// Returns it as a line of canonical JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let document = json!({
            "by": self.by,
            "day": self.day.to_string(),
            "key": self.key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            "replaces": self.replaces.map(|(event, _)| event),
            "seq": self.seq,
            "tenant": self.tenant,
            "vertical": self.vertical.as_str(),
            "voids": !self.measured(),
        });
        let mut line = canonical::from_value(&document).expect("it holds text and places of a log");
        line.push(b'\n');
        line
    }

    /// Reads what [`Redacted::to_json`] wrote. `place` is where it was kept, for the message.
    ///
    /// # Errors
    /// `Corrupt`.
    pub fn from_json(line: &[u8], place: &str) -> Result<Self, StoreError> {
        let corrupt = |reason: String| StoreError::Corrupt { place: place.to_owned(), reason };
        let read: Document = serde_json::from_slice(line).map_err(|error| corrupt(error.to_string()))?;
        // A key is the half of a digest; a whole one is read from it twice.
        let key: Hash =
            read.key.repeat(2).parse().map_err(|_| corrupt("its key is not 32 digits".to_owned()))?;
        let vertical = Vertical::parse(&read.vertical).map_err(|error| corrupt(error.to_string()))?;
        let kind = if read.voids { AmendmentKind::Voids } else { AmendmentKind::Corrects };
        Ok(Self {
            seq: read.seq,
            by: read.by,
            tenant: read.tenant,
            day: read.day,
            vertical,
            key: Key::from_bytes(*key.as_bytes().first_chunk().expect("16 of 32 bytes")),
            replaces: read.replaces.map(|event| (event, kind)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_written_and_read() {
        let left = Redacted {
            seq: 5,
            by: 9,
            tenant: "acme".to_owned(),
            day: "2025-03-01".parse().unwrap(),
            vertical: Vertical::LogisticsFleet,
            key: Key::of("acme", "truck-7", "a"),
            replaces: Some((2, AmendmentKind::Voids)),
        };
        for left in [Redacted { replaces: None, ..left.clone() }, left] {
            assert_eq!(Redacted::from_json(&left.to_json(), "here").unwrap(), left);
        }
        for wrong in [
            "{}",
            r#"{"by":1,"day":"2025-03-01","key":"00","replaces":null,"seq":0,"tenant":"t","vertical":"general","voids":false}"#,
        ] {
            assert_eq!(Redacted::from_json(wrong.as_bytes(), "here").unwrap_err().code(), "store.corrupt");
        }
    }
}
