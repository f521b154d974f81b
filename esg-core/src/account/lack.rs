//! Events that were accepted and are gone.

use std::sync::Arc;

use super::{Account, Incomplete, Refused, Settings, Stage};
use crate::error::Error;
use crate::store::Redacted;
use crate::telemetry::Rejection;

/// Lines that a message names; the others are counted.
const NAMED: usize = 5;

fn message(redacted: &[Redacted]) -> String {
    let mut lines: Vec<String> = redacted.iter().take(NAMED).map(|event| event.seq.to_string()).collect();
    if redacted.len() > NAMED {
        lines.push(format!("{} more", redacted.len() - NAMED));
    }
    format!(
        "redacted: nobody knows any more what the events measured (lines of the log: {})",
        lines.join(", ")
    )
}

impl Account {
    /// Says of every event that was redacted that it is in no total: in the list of rows, in the coverage of the inventory, and
    /// in the score, which has no term of a vertical that is not whole.
    pub(super) fn lack(&mut self, redacted: &[Redacted], settings: &Settings) -> Result<(), Error> {
        if redacted.is_empty() {
            return Ok(());
        }
        let label = self.sources.first().map_or_else(|| "".into(), |source| Arc::clone(&source.label));
        for event in redacted {
            let rejection = Rejection {
                line: event.seq,
                field: String::new(),
                code: Redacted::CODE,
                message: format!("it was redacted: line {} of the log says why", event.by),
                nearest: Vec::new(),
                raw: String::new(),
            };
            self.refused.push(Refused { source: Arc::clone(&label), stage: Stage::Redacted, rejection });
            match self.incomplete.iter_mut().find(|mine| mine.vertical == event.vertical) {
                Some(mine) => mine.rows += 1,
                None => self.incomplete.push(Incomplete { vertical: event.vertical, rows: 1 }),
            }
        }
        self.refused.sort_by_key(|row| (row.rejection.line, row.stage));
        self.incomplete.sort_by_key(|mine| mine.vertical as usize);
        self.inventory.lack(Redacted::CODE, message(redacted), redacted.len() as u64);
        self.figure(settings)
    }
}
