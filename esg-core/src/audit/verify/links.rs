//! What lines say about each other, and which of two is to blame when they differ.
//!
//! A link joins a line's bytes to the `prev` of the next one. Where it is broken, either may have been changed. But a line
//! whose own bytes are what the line after it says is as it was; so the next link decides, and what it leaves open a
//! checkpoint may.

use super::lines::Line;
use super::{Finding, Place};
use crate::audit::AuditError;
use crate::audit::hash::Hash;

/// Walks from line to line.
#[derive(Clone, Default)]
pub(super) struct Links {
    /// How many lines were seen: the number of the next one.
    next: u64,
    last: Last,
    /// `seq` less the line's number: what it was, and what it may be since a line that did not fit.
    shift: (i128, i128),
    open: Option<Broken>,
}

/// The line before.
#[derive(Clone)]
struct Last {
    hash: Hash,
    /// Something is wrong with it that explains a link that does not fit.
    bad: bool,
}

impl Default for Last {
    fn default() -> Self {
        Self { hash: Hash::ZERO, bad: false }
    }
}

/// A link between two lines that are well by themselves.
#[derive(Clone)]
struct Broken {
    /// The earlier line.
    line: u64,
    error: AuditError,
}

impl Links {
    /// How many lines were seen.
    pub const fn size(&self) -> u64 {
        self.next
    }

    /// SHA-256 of the last line; zeros where there is none.
    pub const fn last(&self) -> Hash {
        self.last.hash
    }

    /// Takes the next line and passes what is found on.
    pub fn push(&mut self, line: &mut Line, mut found: impl FnMut(Finding)) {
        let number = self.next;
        let mut bad = line.wrong.is_some();
        let mut at = |line, error| found(Finding { place: Place::Line(line), error });
        if let Some(error) = line.wrong.take() {
            at(number, *error);
        }
        if let Some((seq, _)) = line.read
            && !self.fits(seq)
        {
            bad = true;
            at(number, AuditError::Seq { got: seq, want: self.want() });
        }
        let broken = line.read.map(|(_, prev)| prev != self.last.hash);
        if let Some(open) = self.open.take() {
            // Is the later line what this one says it is? Then the earlier line was changed.
            let later = broken == Some(true);
            at(open.line + u64::from(later), open.error);
            self.last.bad |= later;
        }
        if let (Some(true), Some((_, prev))) = (broken, line.read)
            && !bad
            && !self.last.bad
        {
            let error = AuditError::Prev { got: self.last.hash, said: prev };
            match number.checked_sub(1) {
                Some(line) => self.open = Some(Broken { line, error }),
                None => at(0, error),
            }
        }
        self.last = Last { hash: line.hash, bad };
        self.next += 1;
    }

    /// The last link, if it is broken: the two lines, of which one was changed.
    pub fn finish(&mut self, vouched: u64) -> Option<Finding> {
        let open = self.open.take()?;
        let place = if open.line < vouched {
            Place::Line(open.line + 1)
        } else {
            Place::Lines { first: open.line, last: open.line + 1 }
        };
        Some(Finding { place, error: open.error })
    }

    fn want(&self) -> u64 {
        u64::try_from(i128::from(self.next) + self.shift.0).unwrap_or(0)
    }

    /// True when `seq` goes on from the lines before; after a line that did not, from it or from those before it.
    fn fits(&mut self, seq: u64) -> bool {
        let shift = i128::from(seq) - i128::from(self.next);
        let fits = shift == self.shift.0 || shift == self.shift.1;
        self.shift = if fits { (shift, shift) } else { (self.shift.0, shift) };
        fits
    }
}
