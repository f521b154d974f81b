//! Where a key is: the keys of a segment in 256 sorted parts, each one row.

use esg_core::store::{Events, Key, Known, StoreError};
use rusqlite::{Connection, OptionalExtension, params};

use super::{corrupt, failed};

/// Bytes of an entry: key, place in the log, fingerprint.
const ENTRY: usize = 16 + 8 + 32;

/// Returns the keys of events by their first byte, sorted.
pub fn parts(events: &Events) -> Vec<Vec<u8>> {
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_unstable_by_key(|event| events.keys[*event]);
    let mut parts = vec![Vec::new(); 256];
    for event in order {
        let part = &mut parts[usize::from(events.keys[event].as_bytes()[0])];
        part.extend_from_slice(events.keys[event].as_bytes());
        part.extend_from_slice(&events.batch.line[event].to_le_bytes());
        part.extend_from_slice(&events.fingerprints[event]);
    }
    parts
}

/// Returns what a segment knows of a key.
///
/// # Errors
/// `Io`, `Corrupt`.
pub fn find(db: &Connection, segment: u64, key: &Key) -> Result<Option<Known>, StoreError> {
    let part = key.as_bytes()[0];
    let mut statement = db
        .prepare_cached("SELECT entries FROM key_part WHERE number = ?1 AND part = ?2")
        .map_err(failed("read"))?;
    let found = statement.query_row(params![segment, part], |row| {
        let entries = row.get_ref(0)?.as_blob()?;
        let (entries, rest) = entries.as_chunks::<ENTRY>();
        Ok(rest.is_empty().then(|| {
            let at = entries.binary_search_by(|entry| entry[..16].cmp(key.as_bytes())).ok()?;
            let (seq, fingerprint) = entries[at][16..].split_first_chunk::<8>()?;
            Some(Known { seq: u64::from_le_bytes(*seq), fingerprint: Some(fingerprint.try_into().ok()?) })
        }))
    });
    match found.optional().map_err(failed("read"))? {
        None => Ok(None),
        Some(Some(known)) => Ok(known),
        Some(None) => {
            Err(corrupt("table key_part", format!("part {part} of segment {segment} has no whole entries")))
        }
    }
}
