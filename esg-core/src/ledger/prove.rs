//! What proves a figure, and what proves a line, to someone who has the log's key and nothing else of ours.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Book, LedgerError, Question};
use crate::account::{Selection, Settings, Term, Trail};
use crate::aggregate::Engine;
use crate::audit::{Checkpoint, Hash, TlogProof, Tree};
use crate::error::Error;

impl Book {
    /// Returns the root of the log's tree when it had `size` lines.
    ///
    /// # Errors
    /// `Range`, `Subtree`; what the store refuses.
    pub fn root_at(&self, size: u64) -> Result<Hash, Error> {
        self.tree(|tree| tree.root_at(size))
    }

    /// Returns the hashes that lead from a line to the root over the first `size` lines.
    ///
    /// # Errors
    /// As [`Book::root_at`].
    ///
    /// # Source
    /// RFC 6962, section 2.1.1.
    pub fn inclusion(&self, seq: u64, size: u64) -> Result<Vec<Hash>, Error> {
        self.tree(|tree| tree.inclusion(seq, size))
    }

    /// Returns the hashes that show that the log of `new` lines begins with all lines of the log of `old` ones.
    ///
    /// # Errors
    /// As [`Book::root_at`].
    ///
    /// # Source
    /// RFC 6962, section 2.1.2.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, Error> {
        self.tree(|tree| tree.consistency(old, new))
    }

    fn tree<T>(
        &self,
        ask: impl Fn(&Tree<'_, &dyn Fn(u32, u64) -> Option<Hash>>) -> Result<T, crate::audit::AuditError>,
    ) -> Result<T, Error> {
        let failed = std::cell::RefCell::new(None);
        let subtree = |level: u32, index: u64| match self.reader().subtree(level, index) {
            Ok(root) => Some(root),
            Err(error) => {
                failed.borrow_mut().get_or_insert(error);
                None
            }
        };
        let subtrees: &dyn Fn(u32, u64) -> Option<Hash> = &subtree;
        let answer = ask(&Tree::new(&subtrees, self.size()));
        // What the store said tells more than that a hash is not there.
        match failed.into_inner() {
            Some(error) if answer.is_err() => Err(error.into()),
            _ => Ok(answer?),
        }
    }

    /// Returns the proof file of a line under a signed checkpoint, with the line itself in it.
    ///
    /// # Errors
    /// `Checkpoint` for what is no checkpoint, `Origin` for one of another log; as [`Book::inclusion`].
    pub fn proof(&self, seq: u64, checkpoint: &str) -> Result<TlogProof, Error> {
        let size = self.signed_size(checkpoint)?;
        let hashes = self.inclusion(seq, size)?;
        let extra = Some(self.reader().line(seq)?);
        Ok(TlogProof { extra, index: seq, hashes, checkpoint: checkpoint.to_owned() })
    }

    fn signed_size(&self, note: &str) -> Result<u64, Error> {
        let note: crate::audit::SignedNote = note.parse()?;
        let checkpoint: Checkpoint = note.text().parse()?;
        Ok(checkpoint.size())
    }

    /// Returns the bundle of a figure: its terms, the lines of the log that hold their events, the proof of each line, and
    /// the checkpoint that they lead to. `tools/verify.py bundle` recomputes the figure from it.
    ///
    /// # Errors
    /// `lineage.cell_unknown`; as [`Book::trail`] and [`Book::inclusion`].
    pub fn bundle(
        &self,
        question: &Question,
        (engine, settings): (&Engine, &Settings),
        selection: &Selection,
        checkpoint: &str,
    ) -> Result<Value, Error> {
        let size = self.signed_size(checkpoint)?;
        let as_of = self.as_of(question)?;
        if as_of > size {
            return Err(LedgerError::AsOf { as_of, size }.into());
        }
        let trail = self.trail(question, engine, settings)?;
        let traced = trail.cell(selection)?;
        let records = places(&trail, &traced.terms)
            .into_iter()
            .map(|seq| {
                let hashes = self.inclusion(seq, size)?;
                let proof: Vec<String> = hashes.iter().map(|hash| STANDARD.encode(hash.as_bytes())).collect();
                let line = String::from_utf8_lossy(&self.reader().line(seq)?).into_owned();
                let mut record = json!({"line": line, "proof": proof, "seq": seq});
                if let Some(payload) = self.reader().payload(seq)? {
                    record["payload"] = serde_json::from_slice(&payload).unwrap_or_default();
                }
                Ok(record)
            })
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(json!({
            "v": 1,
            "log": self.name().as_str(),
            "cell": {
                "cell": traced.selection.to_string(),
                "co2e_kg": traced.co2e,
                "mass": traced.mass,
                "unit": traced.unit,
                "cells": traced.cells,
                "terms": traced.terms.iter().map(Term::to_json).collect::<Vec<_>>(),
            },
            "records": records,
            "checkpoint": checkpoint,
            "report": null,
        }))
    }
}

/// Lines of the log that hold the events of terms, each once.
fn places(trail: &Trail, terms: &[Term]) -> BTreeSet<u64> {
    let wanted: BTreeSet<(&str, &str)> = terms
        .iter()
        .filter_map(|term| term.event.as_ref())
        .map(|event| (event.source_id.as_str(), event.external_event_id.as_str()))
        .collect();
    let events = trail.events();
    let is_wanted = |event: &usize| wanted.contains(&(events.source_id(*event), events.external_id(*event)));
    (0..events.len()).filter(is_wanted).map(|event| events.line[event]).collect()
}
