//! The right edge of the Merkle tree: all that is needed to go on, and to know the root.
//!
//! A tree of n leaves is a row of full subtrees, one for each 1 in the binary form of n, the largest first. Only their
//! roots are kept, so a log of ten million lines goes on after a restart from fewer than 24 hashes.

use super::hash::Hash;
use super::{AuditError, MAX_SIZE};

/// Leaves of the subtrees that [`Frontier::extend`] hashes at a time, as a power of two.
const BLOCK_LEVEL: u32 = 10;

/// The compact range of all leaves so far.
///
/// # Source
/// RFC 6962, section 2.1: the tree of n leaves splits at the largest power of two below n.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frontier {
    size: u64,
    /// Roots of the full subtrees, from the largest, leftmost one on.
    roots: Vec<Hash>,
}

impl Frontier {
    /// Returns the edge of the empty tree.
    pub const fn new() -> Self {
        Self { size: 0, roots: Vec::new() }
    }

    /// Returns the edge that [`size`](Self::size) and [`roots`](Self::roots) of another one described.
    ///
    /// # Errors
    /// `Frontier` unless there is one root for each 1 in the binary form of `size`; `Full` for a size that no log has.
    pub fn from_parts(size: u64, roots: Vec<Hash>) -> Result<Self, AuditError> {
        if size > MAX_SIZE {
            return Err(AuditError::Full { size });
        }
        if roots.len() != size.count_ones() as usize {
            return Err(AuditError::Frontier { size, roots: roots.len() });
        }
        Ok(Self { size, roots })
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the full subtrees, the largest first.
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Adds a leaf, on average with one hash of a node.
    pub fn push(&mut self, leaf: Hash) {
        self.push_subtree(0, leaf);
    }

    /// Adds leaves in their order. Long runs are hashed on several threads with the feature `rayon`.
    pub fn extend(&mut self, leaves: &[Hash]) {
        let block = 1 << BLOCK_LEVEL;
        let gap = (block - (self.size % block as u64) as usize) % block;
        let (first, rest) = leaves.split_at(gap.min(leaves.len()));
        first.iter().for_each(|leaf| self.push(*leaf));
        let blocks = rest.chunks_exact(block);
        let last = blocks.remainder();
        for root in each(blocks, subtree_root) {
            self.push_subtree(BLOCK_LEVEL, root);
        }
        last.iter().for_each(|leaf| self.push(*leaf));
    }

    /// Adds 2^level leaves that have this root, where so many divide the size.
    fn push_subtree(&mut self, level: u32, mut root: Hash) {
        for _ in 0..(self.size >> level).trailing_ones() {
            let left = self.roots.pop().expect("there is a root for each 1 of the size");
            root = Hash::node(&left, &root);
        }
        self.roots.push(root);
        self.size += 1 << level;
    }

    /// Returns the root of the tree: SHA-256 of nothing where it is empty.
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let last = roots.next().copied();
        last.map_or_else(|| Hash::of(b""), |last| roots.fold(last, |right, left| Hash::node(left, &right)))
    }
}

/// The root over a power of two of leaves.
fn subtree_root(leaves: &[Hash]) -> Hash {
    let mut row = leaves.to_vec();
    while row.len() > 1 {
        let half = row.len() / 2;
        for i in (0..half - 1).step_by(2) {
            let (left, right) = ((&row[2 * i], &row[2 * i + 1]), (&row[2 * i + 2], &row[2 * i + 3]));
            [row[i], row[i + 1]] = Hash::nodes(left, right);
        }
        if half == 1 {
            row[0] = Hash::node(&row[0], &row[1]);
        }
        row.truncate(half);
    }
    row[0]
}

#[cfg(feature = "rayon")]
fn each<T: Send>(blocks: std::slice::ChunksExact<'_, Hash>, work: fn(&[Hash]) -> T) -> Vec<T> {
    use rayon::prelude::*;
    blocks.collect::<Vec<_>>().into_par_iter().map(work).collect()
}

#[cfg(not(feature = "rayon"))]
fn each<T>(blocks: std::slice::ChunksExact<'_, Hash>, work: fn(&[Hash]) -> T) -> Vec<T> {
    blocks.map(work).collect()
}
