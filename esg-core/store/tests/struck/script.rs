//! The program that is struck: a few requests over the end of a segment, a correction, a closed period, a signature, and an
//! orderly end, twice. What was acknowledged is written down outside of the ledger, durably, before the next step.
//!
//! Every step may be done again, so a script that was stopped anywhere is finished by another one.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use esg_core::error::Error;
use esg_core::ledger::{Ingested, LedgerError, Outcome};
use esg_core::time::Period;
use esg_store::FolderLedger;
use serde_json::Value;

use crate::common::{prepared, stamp, trip, with};

/// Events of the first request, of the one that is taken whole, and of the last one.
const REQUESTS: [usize; 3] = [4, 20, 7];

/// What counts in the end: the events that the base has, one litre each, and those of the script, of which number n has
/// n + 0.125 litres. Of a0 0.5 litres are left by its correction; a1 is voided.
///
/// Numbers are 0..4, 100..120 and 200..207: 2 + 3 without the first two, 2190 and 1421, and 0.125 for each of 29.
pub fn litres(base: usize) -> String {
    let whole = base + 2 + 3 + (100..120).sum::<usize>() + (200..207).sum::<usize>();
    // 0.5 of the correction and 29 eighths are 4.125.
    format!("{}.125", whole + 4)
}

fn event(number: usize) -> Value {
    let id = format!("{}{}", ["a", "b", "c"][number / 100], number % 100);
    trip(&id, "2025-03-02", &format!("{number}.125"))
}

/// Takes note of what was acknowledged.
pub struct Receipts(File);

impl Receipts {
    /// A receipt that was cut was given to nobody, and is taken out.
    pub fn open(path: &Path) -> Self {
        let file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        let bytes = std::fs::read(path).unwrap();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |lf| lf + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).unwrap();
        }
        Self(file)
    }

    pub fn ingested(&mut self, ingested: &Ingested) -> std::io::Result<()> {
        let mut text = String::new();
        for item in &ingested.items {
            assert!(matches!(item.outcome, Outcome::Accepted | Outcome::Duplicate), "{item:?}");
            let event = item.at as usize;
            let print = esg_core::audit::Hash::from_bytes(ingested.fingerprints[event]);
            text += &format!("event {} {} {print}\n", ingested.batch.external_id(event), item.seq);
        }
        self.note(&text)
    }

    pub fn note(&mut self, text: &str) -> std::io::Result<()> {
        self.0.write_all(text.as_bytes())?;
        self.0.sync_all()
    }
}

/// Runs the script in a folder that has a ledger.
pub fn run(folder: &Path, receipts: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut receipts = Receipts::open(receipts);
    let mut ledger = FolderLedger::open(folder, stamp())?;
    let first: Vec<Value> = (0..REQUESTS[0]).map(event).collect();
    receipts.ingested(&ledger.ledger().ingest(prepared(&first), stamp())?)?;
    let whole: Vec<Value> = (100..100 + REQUESTS[1]).map(event).collect();
    receipts.ingested(&ledger.ledger().ingest_atomic(prepared(&whole), stamp())?)?;
    let amendments = [
        with(trip("a0-again", "2025-03-02", "0.5"), "corrects", "a0"),
        with(trip("a1-void", "2025-03-02", "1"), "void", "a1"),
    ];
    receipts.ingested(&ledger.ledger().ingest(prepared(&amendments), stamp())?)?;
    let day = "2025-02-01".parse()?;
    match ledger.ledger().close(Period::new(day, day)?, stamp()) {
        Ok(seq) => receipts.note(&format!("closed {seq}\n"))?,
        Err(Error::Ledger(LedgerError::Closed { .. })) => {}
        Err(error) => return Err(error.into()),
    }
    sign(&mut ledger, &mut receipts)?;
    ledger.close()?;

    let mut ledger = FolderLedger::open(folder, stamp())?;
    let last: Vec<Value> = (200..200 + REQUESTS[2]).map(event).collect();
    receipts.ingested(&ledger.ledger().ingest(prepared(&last), stamp())?)?;
    sign(&mut ledger, &mut receipts)?;
    Ok(ledger.close()?)
}

/// Signs, and notes the size and root that were given out.
fn sign(ledger: &mut FolderLedger, receipts: &mut Receipts) -> Result<(), Box<dyn std::error::Error>> {
    let note = ledger.sign()?.expect("a ledger that was made here has its key");
    let mut lines = note.lines().skip(1);
    let (size, root) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    Ok(receipts.note(&format!("signed {size} {root}\n"))?)
}

/// Sends requests of one litre an event until it is killed, or `count` of them.
pub fn stream(
    folder: &Path,
    receipts: &Path,
    name: &str,
    count: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut receipts = Receipts::open(receipts);
    let mut ledger = FolderLedger::open(folder, stamp())?;
    let mut number = 0;
    for request in (1..=9).cycle() {
        if number >= count {
            break;
        }
        let size = request.min(count - number);
        let events: Vec<Value> = (number..number + size)
            .map(|number| trip(&format!("{name}-{number}"), "2025-03-02", "1"))
            .collect();
        let ingested = match request % 3 {
            0 => ledger.ledger().ingest_atomic(prepared(&events), stamp())?,
            _ => ledger.ledger().ingest(prepared(&events), stamp())?,
        };
        receipts.ingested(&ingested)?;
        if request == 5 {
            sign(&mut ledger, &mut receipts)?;
        }
        number += size;
    }
    Ok(ledger.close()?)
}
