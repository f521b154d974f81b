//! Files of any length: read and prepared on one thread while another writes what came before.
//!
//! A file that is sent again from its beginning goes on where it stopped, because every event is taken once.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::mpsc;

use esg_core::error::Error;
use esg_core::ledger::{Ingested, Ledger, Prepared, Stamp, Tenant};
use esg_core::store::{Store, StoreError};
use esg_core::telemetry::{self, MAX_EVENT_BYTES, json};

use crate::group::{Request, SharedLedger};

/// Bytes of a file that are prepared together: few enough to stay in the cache and in memory that was used before.
const PART_BYTES: usize = 1 << 20;
/// Bytes of a file that are committed together, unless a number of lines is given.
const COMMIT_BYTES: u64 = 8 << 20;
/// Parts that wait for the writer: as many as are read while the disk makes a commit durable.
const AHEAD: usize = 8;

/// How a file is taken.
#[derive(Clone, Copy, Debug)]
pub struct Bulk<'b> {
    /// Whose events.
    pub tenant: &'b Tenant,
    /// What people call the file.
    pub label: &'b str,
    /// Who brought it, and when.
    pub stamp: Stamp<'b>,
    /// Lines of a commit; some megabytes without it.
    pub lines: Option<usize>,
    /// Take the events in detached: see [`detached`](crate::detached).
    pub detached: bool,
}

/// A part of the file that is durable.
#[derive(Debug)]
pub struct Committed {
    /// What became of its rows; lines are those of the file.
    pub ingested: Ingested,
    /// Bytes of the file that are done.
    pub bytes: u64,
}

/// Takes a file of JSON Lines, part by part, and tells `each` what is durable; it may break off there.
///
/// # Errors
/// `Io` when the file cannot be read; as [`Ledger::ingest`]. What was told to `each` stays.
pub fn ingest_lines<S: Store>(
    ledger: &mut Ledger<S>,
    file: impl Read + Send,
    how: &Bulk<'_>,
    each: &mut dyn FnMut(Committed) -> ControlFlow<()>,
) -> Result<(), Error> {
    parts_of(file, how, |receive| {
        // What is written waits for the disk while what follows it is staged.
        let (mut written, mut staged, mut behind) = (Vec::new(), Vec::new(), 0);
        while let Ok(part) = receive.recv() {
            let Some((prepared, bytes, commit)) = part? else { break };
            staged.push(Committed { ingested: ledger.stage(prepared, how.stamp)?, bytes });
            if commit || bytes - behind >= COMMIT_BYTES {
                ledger.sync()?;
                if tell(&mut written, each).is_break() {
                    break;
                }
                ledger.write()?;
                std::mem::swap(&mut written, &mut staged);
                behind = bytes;
            }
        }
        ledger.commit()?;
        let _ = tell(&mut written, each);
        let _ = tell(&mut staged, each);
        Ok(())
    })
}

/// Takes a file of JSON Lines as [`ingest_lines`], into a ledger that others write to meanwhile: they wait for no more than a
/// commit, however slowly the file comes. The parts that have come are committed together.
///
/// # Errors
/// As [`ingest_lines`].
pub fn ingest_lines_beside<S: Store>(
    shared: &SharedLedger<S>,
    file: impl Read + Send,
    how: &Bulk<'_>,
    each: &mut dyn FnMut(Committed) -> ControlFlow<()>,
) -> Result<(), Error> {
    parts_of(file, how, |receive| {
        while let Ok(part) = receive.recv() {
            let (mut requests, mut ends, mut failed) = (Vec::new(), Vec::new(), None);
            let mut last = false;
            for part in std::iter::once(part).chain(receive.try_iter().take(AHEAD)) {
                match part {
                    Ok(Some((prepared, end, _))) => {
                        let (actor, time) = (how.stamp.actor.to_owned(), how.stamp.time);
                        requests.push(Request { prepared, actor, time, atomic: false });
                        ends.push(end);
                    }
                    Ok(None) => last = true,
                    Err(error) => failed = Some(error),
                }
            }
            for (ingested, bytes) in shared.ingest_group(requests).into_iter().zip(ends) {
                if each(Committed { ingested: ingested?, bytes }).is_break() {
                    return Ok(());
                }
            }
            match failed {
                Some(error) => return Err(error),
                None if last => break,
                None => {}
            }
        }
        Ok(())
    })
}

/// A part as it comes to the writer: its events, where it ends, and whether it ends a commit; none behind the last one.
type Sent = Result<Option<(Prepared, u64, bool)>, Error>;

/// Reads and prepares the parts of a file on a thread of its own, and gives `write` what comes from there.
fn parts_of<T>(file: impl Read + Send, how: &Bulk<'_>, write: impl FnOnce(mpsc::Receiver<Sent>) -> T) -> T {
    let (send, receive) = mpsc::sync_channel(AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut parts = Parts::new(file, how.lines);
            loop {
                let part = parts.next().map_err(Error::from);
                let part = part.and_then(|part| part.map(|part| part.prepared(how)).transpose());
                let last = !matches!(part, Ok(Some(_)));
                // The writer has gone when it failed or broke off.
                if send.send(part).is_err() || last {
                    break;
                }
            }
        });
        // The receiving end goes with `write`, so that a reader that waits to send ends too.
        write(receive)
    })
}

/// Tells what is durable now, all of it even where it is to be broken off.
fn tell(waiting: &mut Vec<Committed>, each: &mut dyn FnMut(Committed) -> ControlFlow<()>) -> ControlFlow<()> {
    let mut flow = ControlFlow::Continue(());
    for committed in waiting.drain(..) {
        if each(committed).is_break() {
            flow = ControlFlow::Break(());
        }
    }
    flow
}

/// Some whole lines of a file.
struct Part {
    first_line: u64,
    bytes: Vec<u8>,
    /// Bytes of the file up to its end.
    end: u64,
    /// It ends a commit of so many lines.
    commit: bool,
}

impl Part {
    fn prepared(self, how: &Bulk<'_>) -> Result<(Prepared, u64, bool), Error> {
        let part = json::Part { first_line: self.first_line, bytes: &self.bytes };
        let received = json::read_part(part, telemetry::Options::default())?;
        let prepared = Prepared::new(received, how.tenant, how.label);
        let prepared = if how.detached { crate::detached(prepared)? } else { prepared };
        Ok((prepared, self.end, self.commit))
    }
}

/// Cuts a file into parts.
struct Parts<R> {
    file: R,
    /// Lines of a part.
    lines: Option<usize>,
    buffer: Vec<u8>,
    /// Where what was not handed out begins in the buffer.
    start: usize,
    line: u64,
    end: u64,
    ended: bool,
    /// Lines since the last commit.
    since: usize,
}

impl<R: Read> Parts<R> {
    const fn new(file: R, lines: Option<usize>) -> Self {
        Self { file, lines, buffer: Vec::new(), start: 0, line: 1, end: 0, ended: false, since: 0 }
    }

    fn next(&mut self) -> Result<Option<Part>, StoreError> {
        let length = loop {
            let rest = &self.buffer[self.start..];
            let part = &rest[..rest.len().min(PART_BYTES)];
            let mut ends = part.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
            let wanted = self.lines.and_then(|lines| ends.nth(lines.max(1) - self.since - 1));
            if let Some(end) = wanted {
                break end;
            }
            if rest.len() >= PART_BYTES {
                match part.iter().rposition(|byte| *byte == b'\n') {
                    Some(last) => break last + 1,
                    None => self.cut_line()?,
                }
            } else if self.ended {
                break rest.len();
            } else {
                self.read()?;
            }
        };
        if length == 0 {
            return Ok(None);
        }
        let mut bytes = self.buffer[self.start..self.start + length].to_vec();
        self.start += length;
        let first_line = self.line;
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        self.line += lines as u64;
        self.since += lines;
        let commit = self.lines.is_some_and(|wanted| self.since >= wanted);
        if commit {
            self.since = 0;
        }
        self.end += length as u64;
        if first_line == 1 && bytes.starts_with(b"\xEF\xBB\xBF") {
            bytes.drain(..3);
        }
        Ok(Some(Part { first_line, bytes, end: self.end, commit }))
    }

    /// Leaves out the rest of a line that is too long for any event: enough of it stays to be refused as one. A file without
    /// line ends is so read in the memory of a part.
    fn cut_line(&mut self) -> Result<(), StoreError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let kept = MAX_EVENT_BYTES + 1;
        self.end += (self.buffer.len() - kept) as u64;
        self.buffer.truncate(kept);
        while !self.ended {
            self.read()?;
            let behind = self.buffer[kept..].iter().position(|byte| *byte == b'\n');
            let dropped = behind.unwrap_or(self.buffer.len() - kept);
            self.buffer.drain(kept..kept + dropped);
            self.end += dropped as u64;
            if behind.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Reads some more of the file behind what is there.
    fn read(&mut self) -> Result<(), StoreError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let more = (&mut self.file).take(PART_BYTES as u64).read_to_end(&mut self.buffer);
        let more = more.map_err(|error| StoreError::Io {
            place: "the file".to_owned(),
            action: "read",
            reason: error.to_string(),
        })?;
        self.ended = more == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_lines_and_together_the_file() {
        let text = "\u{FEFF}a\nbb\n\nccc\ndd";
        for lines in [Some(1), Some(2), Some(100), None] {
            let mut parts = Parts::new(text.as_bytes(), lines);
            let (mut whole, mut firsts) = (Vec::new(), Vec::new());
            while let Some(part) = parts.next().unwrap() {
                firsts.push(part.first_line);
                whole.extend(part.bytes);
                assert_eq!(part.end as usize, whole.len() + 3);
            }
            assert_eq!(whole, &text.as_bytes()[3..]);
            match lines {
                Some(1) => assert_eq!(firsts, [1, 2, 3, 4, 5]),
                Some(2) => assert_eq!(firsts, [1, 3, 5]),
                _ => assert_eq!(firsts, [1]),
            }
        }
    }
    #[test]
    fn a_line_without_an_end_takes_no_more_memory_than_a_part() {
        // Four megabytes of one line, then a line that is read, whatever the size of a commit.
        for lines in [Some(1), Some(7), None] {
            let text = ["a\n", &"x".repeat(4 << 20), "\nlast\n"].concat();
            let mut parts = Parts::new(text.as_bytes(), lines);
            let (mut whole, mut end) = (Vec::new(), 0);
            while let Some(part) = parts.next().unwrap() {
                assert!(parts.buffer.len() <= 3 * PART_BYTES);
                assert_eq!(part.first_line, 1 + whole.iter().filter(|byte| **byte == b'\n').count() as u64);
                whole.extend(part.bytes);
                end = part.end;
            }
            let read: Vec<usize> = whole.split(|byte| *byte == b'\n').map(<[u8]>::len).collect();
            // Too long by a byte or more, so it is refused.
            assert!(read.len() == 4 && read[0] == 1 && read[1] > MAX_EVENT_BYTES && read[2] == 4, "{read:?}");
            assert_eq!(end as usize, text.len());
        }
    }

    #[test]
    fn commits_are_of_so_many_lines_however_long_they_are() {
        let text = format!("{}\n", "y".repeat(1000)).repeat(5000);
        let mut parts = Parts::new(text.as_bytes(), Some(2000));
        let (mut lines, mut commits) = (0, Vec::new());
        while let Some(part) = parts.next().unwrap() {
            lines += part.bytes.iter().filter(|byte| **byte == b'\n').count();
            if part.commit {
                commits.push(lines);
            }
        }
        assert_eq!((lines, commits), (5000, vec![2000, 4000]));
    }
}
