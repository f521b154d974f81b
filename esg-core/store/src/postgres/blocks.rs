//! Blocks of events: one for a commit at first, merged as they become many.
//!
//! A report reads whole blocks, so there must be few; a commit must not write what thousands before it wrote. Sixteen blocks
//! of a size become one: an event is written again four times at most before its segment is full, and a segment that is not
//! full has some sixty blocks at most.

use esg_core::audit::SEGMENT_LINES;
use esg_core::store::{Events, StoreError};
use postgres::Row;

use super::session::Session;
use super::{signed, unsigned};

/// As many blocks of a size become one.
const FAN: usize = 16;

/// Adds the events of a commit, which has the lines from `first` to before `end`.
pub(super) fn add(session: &mut Session, first: u64, end: u64, events: &[Events]) -> Result<(), StoreError> {
    let mut start = first;
    while start < end {
        let full = (start / SEGMENT_LINES + 1) * SEGMENT_LINES;
        let behind = full.min(end);
        let within = |seq: u64| (start..behind).contains(&seq);
        let part = if (start, behind) == (first, end) {
            Events::concat(events.iter().cloned())
        } else {
            let part = |events: &Events| events.filtered(|event| within(events.batch.line[event]));
            Events::concat(events.iter().map(part))
        };
        add_to_segment(session, full - SEGMENT_LINES, behind == full, part)?;
        start = behind;
    }
    Ok(())
}

/// Adds events to the segment that begins at a line and has no lines behind them yet.
fn add_to_segment(session: &mut Session, segment: u64, full: bool, events: Events) -> Result<(), StoreError> {
    let sql = "SELECT first, events FROM block WHERE first >= $1 ORDER BY first";
    let rows = session.read(sql, &[&signed(segment)])?;
    let blocks: Vec<(u64, u64)> =
        rows.iter().map(|row| (unsigned(row.get(0)), unsigned(row.get(1)))).collect();
    let kept = if full { 0 } else { kept(&blocks, events.len() as u64) };
    let Some((from, _)) = blocks.get(kept) else { return insert(session, &events) };
    if full && blocks.len() == 1 && events.is_empty() {
        return Ok(());
    }
    let sql = "DELETE FROM block WHERE first >= $1 RETURNING first, data";
    let mut rows = session.read(sql, &[&signed(*from)])?;
    rows.sort_unstable_by_key(|row| row.get::<_, i64>(0));
    let place = session.place().to_owned();
    let read =
        |row: &Row| Events::from_block(row.get(1), &format!("{place}, block {}", row.get::<_, i64>(0)));
    let mut parts = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    parts.push(events);
    insert(session, &Events::concat(parts))
}

/// Takes the event of a line out of its block.
pub(super) fn forget(session: &mut Session, seq: u64) -> Result<(), StoreError> {
    let sql = "SELECT first, data FROM block WHERE first <= $1 ORDER BY first DESC LIMIT 1";
    let rows = session.read(sql, &[&signed(seq)])?;
    let Some(row) = rows.first() else { return Ok(()) };
    let first: i64 = row.get(0);
    let events = Events::from_block(row.get(1), &format!("{}, block {first}", session.place()))?;
    if events.at(seq).is_none() {
        return Ok(());
    }
    session.write("DELETE FROM block WHERE first = $1", &[&first])?;
    insert(session, &events.without(seq)?)
}

/// The size of a block, in powers of [`FAN`].
fn level(events: u64) -> u32 {
    events.checked_ilog2().unwrap_or(0) / FAN.ilog2()
}

/// How many blocks stay as they are when events are added; the others become one with them.
fn kept(blocks: &[(u64, u64)], mut events: u64) -> usize {
    let mut kept = blocks.len();
    if events == 0 {
        return kept;
    }
    loop {
        let small = blocks[..kept].iter().rev();
        let count = small.take_while(|(_, size)| level(*size) <= level(events)).count();
        if count < FAN - 1 {
            return kept;
        }
        events += blocks[kept - count..kept].iter().map(|(_, size)| size).sum::<u64>();
        kept -= count;
    }
}

fn insert(session: &mut Session, events: &Events) -> Result<(), StoreError> {
    let days = events.batch.instant.iter().map(|instant| instant.day().epoch_days());
    let (Some(first), Some(first_day), Some(last_day)) =
        (events.batch.line.first(), days.clone().min(), days.max())
    else {
        return Ok(());
    };
    let sql = "INSERT INTO block(first, events, first_day, last_day, data) VALUES($1, $2, $3, $4, $5)";
    let count = signed(events.len() as u64);
    session.write(sql, &[&signed(*first), &count, &first_day, &last_day, &events.to_block()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds blocks of these sizes to a segment, and returns the blocks and how many events were written in all.
    fn written(sizes: impl Iterator<Item = u64>) -> (Vec<(u64, u64)>, u64) {
        let (mut blocks, mut written, mut seq) = (Vec::new(), 0, 0);
        for size in sizes {
            let stay = kept(&blocks, size);
            let merged: u64 = blocks.drain(stay..).map(|(_, size)| size).sum();
            blocks.push((seq - merged, merged + size));
            written += merged + size;
            seq += size;
        }
        (blocks, written)
    }

    #[test]
    fn blocks_stay_few_and_nothing_is_written_often() {
        let lines = SEGMENT_LINES - 1;
        let (blocks, all) = written((0..lines).map(|_| 1));
        // 65,535 is 15 of each of 1, 16, 256 and 4,096; each event is written once for each power that it is part of.
        assert_eq!(blocks.iter().map(|(_, size)| *size).sum::<u64>(), lines);
        assert_eq!(blocks.len(), 60);
        assert!(all <= 4 * lines, "{all}");
        assert!(blocks.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0));
        // Large and small ones in turn.
        let (blocks, all) = written((0..200).map(|i| if i % 2 == 0 { 300 } else { 1 }));
        assert!(blocks.len() <= 3 * FAN && all <= 3 * 100 * 301, "{} {all}", blocks.len());
    }
}
