//! Checking a proof, which needs nothing but the proof: pure functions over hashes.

use super::AuditError;
use super::hash::Hash;

/// Returns nothing when `proof` shows that `leaf` has the number `index` in the tree of `size` leaves with this root.
///
/// # Errors
/// `Range` for an index that is not below `size`, `Proof` otherwise.
///
/// # Source
/// RFC 9162, section 2.1.3.2.
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: Hash,
) -> Result<(), AuditError> {
    if index >= size {
        return Err(AuditError::Range { what: "leaf", got: index, end: size });
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(wrong("longer than the tree is high"));
        }
        if node & 1 == 1 || node == last {
            hash = Hash::node(sibling, &hash);
            // A last node without a sibling rises until it is a right one.
            let rise = if node & 1 == 1 { 0 } else { node.trailing_zeros() };
            (node, last) = (shifted(node, rise), shifted(last, rise));
        } else {
            hash = Hash::node(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(wrong("shorter than the tree is high"));
    }
    agree(hash, root, "the leaf and the proof do not lead to the root")
}

/// Returns nothing when `proof` shows that the tree of `new` leaves begins with all leaves of the tree of `old` ones.
///
/// A proof from the empty tree says nothing and is refused.
///
/// # Errors
/// `Range` for an `old` of 0 or above `new`, `Proof` otherwise.
///
/// # Source
/// RFC 9162, section 2.1.4.2.
pub fn verify_consistency(
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), AuditError> {
    if old == 0 || old > new {
        return Err(AuditError::Range { what: "older size", got: old, end: new.saturating_add(1) });
    }
    if old == new {
        if !proof.is_empty() {
            return Err(wrong("not empty between trees of one size"));
        }
        return agree(old_root, new_root, "two trees of one size have different roots");
    }
    // Up to where the older tree's last full subtree is: that is where both trees have a node in common.
    let rise = (old - 1).trailing_ones();
    let (mut node, mut last) = (shifted(old - 1, rise), shifted(new - 1, rise));
    let (first, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or_else(|| wrong("empty"))?;
        (*first, rest)
    };
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(wrong("longer than the tree is high"));
        }
        if node & 1 == 1 || node == last {
            old_hash = Hash::node(sibling, &old_hash);
            new_hash = Hash::node(sibling, &new_hash);
            let rise = if node & 1 == 1 { 0 } else { node.trailing_zeros() };
            (node, last) = (shifted(node, rise), shifted(last, rise));
        } else {
            new_hash = Hash::node(&new_hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(wrong("shorter than the tree is high"));
    }
    agree(old_hash, old_root, "the proof does not lead to the older root")?;
    agree(new_hash, new_root, "the proof does not lead to the newer root")
}

/// A node of 0 has 64 trailing zeros, which no shift may be.
const fn shifted(node: u64, by: u32) -> u64 {
    match node.checked_shr(by) {
        Some(node) => node,
        None => 0,
    }
}

fn agree(got: Hash, want: Hash, reason: &'static str) -> Result<(), AuditError> {
    if got == want { Ok(()) } else { Err(wrong(reason)) }
}

const fn wrong(reason: &'static str) -> AuditError {
    AuditError::Proof { reason }
}
