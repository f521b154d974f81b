//! The Merkle tree over stored hashes: what proves that a line is in the log, and that a log only grew.
//!
//! A proof among ten million leaves has some 24 hashes, and each of them is the root of a subtree. So a tree here is not
//! a structure in memory but a question: what is the root over these 2^level leaves? A store that keeps every eighth
//! level, as tiles do, answers from a few reads; one that keeps leaves alone is right as well, only slower.

use super::AuditError;
use super::hash::Hash;

/// Where the roots of full subtrees come from.
///
/// A closure of the same shape is one too.
pub trait Subtrees {
    /// Returns the root over the 2^level leaves from `index` x 2^level on, or nothing where it is not kept.
    ///
    /// Leaves are level 0 and must be there. A level that is not kept is made from the one below.
    fn subtree(&self, level: u32, index: u64) -> Option<Hash>;
}

impl<F: Fn(u32, u64) -> Option<Hash>> Subtrees for F {
    fn subtree(&self, level: u32, index: u64) -> Option<Hash> {
        self(level, index)
    }
}

/// Every third level is kept in memory: a seventh more than the leaves alone, and at most three hashes for any other.
const STEP: u32 = 3;

/// Leaves in memory, with every third level above them.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// `rows[i][n]` is the root over the 2^(3i) leaves from n x 2^(3i) on.
    rows: Vec<Vec<Hash>>,
}

impl Levels {
    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let (mut row, mut hash) = (0, leaf);
        loop {
            if self.rows.len() == row {
                self.rows.push(Vec::new());
            }
            self.rows[row].push(hash);
            if !self.rows[row].len().is_multiple_of(1 << STEP) {
                return;
            }
            let level = row as u32 * STEP + STEP;
            let index = (self.rows[row].len() as u64 >> STEP) - 1;
            hash = full(self, level, index).expect("the row below has just been filled");
            row += 1;
        }
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.rows.first().map_or(0, |leaves| leaves.len() as u64)
    }
}

impl Extend<Hash> for Levels {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl Subtrees for Levels {
    fn subtree(&self, level: u32, index: u64) -> Option<Hash> {
        let row = self.rows.get((level / STEP) as usize).filter(|_| level.is_multiple_of(STEP))?;
        row.get(usize::try_from(index).ok()?).copied()
    }
}

/// A tree of so many leaves over stored hashes.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a, S> {
    subtrees: &'a S,
    size: u64,
}

impl<'a, S: Subtrees> Tree<'a, S> {
    /// Returns the tree of the first `size` leaves.
    pub const fn new(subtrees: &'a S, size: u64) -> Self {
        Self { subtrees, size }
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the root that the tree had when it had `size` leaves.
    ///
    /// # Errors
    /// `Range` for a size beyond this one, `Subtree` where a leaf is not kept.
    pub fn root_at(&self, size: u64) -> Result<Hash, AuditError> {
        self.within(size)?;
        if size == 0 { Ok(Hash::of(b"")) } else { self.range(0, size) }
    }

    /// Returns the proof that the leaf `index` is in the tree of the first `size` leaves.
    ///
    /// # Errors
    /// As [`root_at`](Self::root_at); `Range` for an index that is not below `size`.
    ///
    /// # Source
    /// RFC 6962, section 2.1.1.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, AuditError> {
        self.within(size)?;
        if index >= size {
            return Err(AuditError::Range { what: "leaf", got: index, end: size });
        }
        let mut proof = Vec::new();
        let (mut start, mut end) = (0, size);
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                proof.push(self.range(middle, end)?);
                end = middle;
            } else {
                proof.push(self.range(start, middle)?);
                start = middle;
            }
        }
        proof.reverse();
        Ok(proof)
    }

    /// Returns the proof that the tree of `new` leaves begins with all leaves of the tree of `old` ones.
    ///
    /// Nothing is to be proved of the empty tree, and of a tree to itself: the proof is empty.
    ///
    /// # Errors
    /// As [`root_at`](Self::root_at); `Range` for an `old` above `new`.
    ///
    /// # Source
    /// RFC 6962, section 2.1.2.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, AuditError> {
        self.within(new)?;
        if old > new {
            return Err(AuditError::Range { what: "older size", got: old, end: new + 1 });
        }
        let mut proof = Vec::new();
        if old == 0 || old == new {
            return Ok(proof);
        }
        let (mut start, mut end) = (0, new);
        while old != end {
            let middle = start + split(end - start);
            if old <= middle {
                proof.push(self.range(middle, end)?);
                end = middle;
            } else {
                proof.push(self.range(start, middle)?);
                start = middle;
            }
        }
        // The older tree itself is known to who asks; a subtree of it is not.
        if start > 0 {
            proof.push(self.range(start, end)?);
        }
        proof.reverse();
        Ok(proof)
    }

    fn within(&self, size: u64) -> Result<(), AuditError> {
        if size <= self.size {
            Ok(())
        } else {
            Err(AuditError::Range { what: "size", got: size, end: self.size + 1 })
        }
    }

    /// The root over the leaves from `start` to before `end`, where `start` is a multiple of a power of two not below their
    /// number.
    fn range(&self, start: u64, end: u64) -> Result<Hash, AuditError> {
        let count = end - start;
        if count.is_power_of_two() {
            let level = count.trailing_zeros();
            return full(self.subtrees, level, start >> level);
        }
        let middle = start + split(count);
        Ok(Hash::node(&self.range(start, middle)?, &self.range(middle, end)?))
    }
}

/// The largest power of two below `count`, which is 2 or more.
const fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

fn full(subtrees: &impl Subtrees, level: u32, index: u64) -> Result<Hash, AuditError> {
    if let Some(root) = subtrees.subtree(level, index) {
        return Ok(root);
    }
    if level == 0 {
        return Err(AuditError::Subtree { leaf: index });
    }
    let child = |side| full(subtrees, level - 1, 2 * index + side);
    Ok(Hash::node(&child(0)?, &child(1)?))
}
