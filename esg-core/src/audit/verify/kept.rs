//! Checkpoints that somebody kept: the only thing that shows a cut tail or a history that was written anew.

use std::collections::BTreeMap;

use super::{Finding, Place, Rotation};
use crate::audit::AuditError;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::frontier::Frontier;
use crate::audit::hash::Hash;
use crate::audit::key::VerifierKey;
use crate::audit::note::SignedNote;
use crate::audit::word::LogName;

/// The kept checkpoints, and the roots of the log at their sizes.
#[derive(Clone)]
pub(super) struct Kept {
    /// By size, then in the order they came.
    checkpoints: Vec<(usize, SignedNote, Checkpoint)>,
    /// None until the log has so many lines.
    roots: BTreeMap<u64, Option<Hash>>,
}

impl Kept {
    /// Reads the notes. One that is none, or of another log, is a finding.
    pub fn read(notes: &[&str], log: &LogName, findings: &mut Vec<Finding>) -> Self {
        let mut checkpoints = Vec::new();
        for (number, text) in notes.iter().enumerate() {
            match open(text, log) {
                Ok((note, checkpoint)) => checkpoints.push((number, note, checkpoint)),
                Err(error) => findings.push(Finding { place: Place::Checkpoint(number), error }),
            }
        }
        checkpoints.sort_by_key(|(number, _, checkpoint)| (checkpoint.size(), *number));
        let roots = checkpoints.iter().map(|(_, _, checkpoint)| (checkpoint.size(), None)).collect();
        let mut kept = Self { checkpoints, roots };
        kept.note(&Frontier::new());
        kept
    }

    /// Adds leaves to the edge, and keeps the roots on the way that will be compared.
    pub fn extend(&mut self, frontier: &mut Frontier, mut leaves: &[Hash]) {
        while !leaves.is_empty() {
            let stop = self.roots.range(frontier.size() + 1..).next().map(|(size, _)| *size);
            let count = stop.map_or(u64::MAX, |stop| stop - frontier.size()).min(leaves.len() as u64);
            let (now, later) = leaves.split_at(count as usize);
            frontier.extend(now);
            self.note(frontier);
            leaves = later;
        }
    }

    fn note(&mut self, frontier: &Frontier) {
        if let Some(root) = self.roots.get_mut(&frontier.size()) {
            *root = Some(frontier.root());
        }
    }

    /// Compares, and returns up to which size the log is what a checkpoint says.
    ///
    /// `first` is the key that the log began with; without one, signatures are not looked at.
    pub fn finish(
        &self,
        lines: u64,
        first: Option<&VerifierKey>,
        rotations: &mut [Rotation],
        findings: &mut Vec<Finding>,
    ) -> u64 {
        let mut agreed = 0;
        for (number, note, checkpoint) in &self.checkpoints {
            let (size, said) = (checkpoint.size(), checkpoint.root());
            let checked = match self.roots.get(&size).copied().flatten() {
                None => Err((Place::Checkpoint(*number), AuditError::Truncated { lines, size })),
                Some(got) if got != said => {
                    let place = match size {
                        0 => Place::Checkpoint(*number),
                        _ => Place::Lines { first: agreed.min(size - 1), last: size - 1 },
                    };
                    Err((place, AuditError::Root { size, got, said }))
                }
                Some(_) => Ok(()),
            };
            let signed = match first {
                Some(first) => signed(note, size, first, rotations),
                None => Ok(()),
            };
            match (&checked, &signed) {
                (Ok(()), Ok(())) => agreed = size,
                _ => {
                    let signed = signed.map_err(|error| (Place::Checkpoint(*number), error));
                    let errors = [checked.err(), signed.err()];
                    findings
                        .extend(errors.into_iter().flatten().map(|(place, error)| Finding { place, error }));
                }
            }
        }
        agreed
    }
}

fn open(text: &str, log: &LogName) -> Result<(SignedNote, Checkpoint), AuditError> {
    let note: SignedNote = text.parse()?;
    let checkpoint: Checkpoint = note.text().parse()?;
    if checkpoint.origin() != log.as_str() {
        let got = checkpoint.origin().chars().take(80).collect();
        return Err(AuditError::Origin { got, log: log.clone() });
    }
    Ok((note, checkpoint))
}

/// A checkpoint is of the key that the log had at its size: a rotation at line s counts from size s + 1 on.
fn signed(
    note: &SignedNote,
    size: u64,
    first: &VerifierKey,
    rotations: &mut [Rotation],
) -> Result<(), AuditError> {
    let in_force = rotations.iter().take_while(|rotation| rotation.seq < size).count();
    let old = |index: usize| index.checked_sub(1).map_or(first, |before| &rotations[before].new);
    let key = old(in_force);
    note.verify(std::slice::from_ref(key))?;
    // The old key may have signed as well, and with that the record that names the new one.
    let vouched =
        in_force.checked_sub(1).is_some_and(|last| note.verify(std::slice::from_ref(old(last))).is_ok());
    if vouched {
        rotations[in_force - 1].vouched = true;
    }
    Ok(())
}
