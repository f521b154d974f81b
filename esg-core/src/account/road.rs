//! The events of several files on one road: each counts once, and in the form that its source gave it last.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Amended, Refused, Source, SourceCount, Stage};
use crate::telemetry::{
    Amendment, AmendmentKind, EventWriter, Received, Rejection, TelemetryBatch, TelemetryError,
};

/// Accepted events of all sources in one batch, and where each source's begin.
pub(super) struct Road {
    pub(super) sources: Vec<SourceCount>,
    /// `owner[event]`: number of its source.
    owner: Vec<u32>,
    pub(super) batch: TelemetryBatch,
    pub(super) refused: Vec<(usize, Refused)>,
}

impl Road {
    /// The events that count: each once, and none that another one amends.
    pub(super) fn of(sources: Vec<Source>) -> Self {
        let mut road = Self::once(sources);
        road.amend();
        road
    }

    /// The events that came, each once.
    pub(super) fn once(sources: Vec<Source>) -> Self {
        let mut road = Self::join(sources);
        road.drop_copies();
        road
    }

    pub(super) fn join(sources: Vec<Source>) -> Self {
        let mut counts = Vec::with_capacity(sources.len());
        let (mut owner, mut refused, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for (number, source) in sources.into_iter().enumerate() {
            let Source { label, mut received } = source;
            let label: Arc<str> = label.into();
            counts.push(SourceCount {
                label: Arc::clone(&label),
                accepted: received.batch.len() as u64,
                rejected: received.rejected.len() as u64,
                duplicates: 0,
                amended: 0,
            });
            let code = u32::try_from(number).expect("fewer sources than events");
            owner.resize(owner.len() + received.batch.len(), code);
            refused.extend(received.rejected.drain(..).map(|rejection| {
                (number, Refused { source: Arc::clone(&label), stage: Stage::Telemetry, rejection })
            }));
            parts.push(received);
        }
        Self { sources: counts, owner, batch: Received::concat(parts).batch, refused }
    }

    /// Keeps the first of every (source_id, external_event_id).
    fn drop_copies(&mut self) {
        let mut first: HashMap<(u32, &str), usize> = HashMap::with_capacity(self.batch.len());
        let (mut copies, mut conflicts) = (Vec::new(), Vec::new());
        let mut writer = EventWriter::new(&self.batch);
        for event in 0..self.batch.len() {
            let key = (self.batch.source[event], self.batch.external_id(event));
            let known = *first.entry(key).or_insert(event);
            if known == event {
                continue;
            }
            copies.push(event);
            let owner = self.owner[event] as usize;
            self.sources[owner].accepted -= 1;
            if writer.fingerprint(known) == writer.fingerprint(event) {
                self.sources[owner].duplicates += 1;
                continue;
            }
            let place = &self.sources[self.owner[known] as usize].label;
            let error = TelemetryError::Conflict {
                source_id: self.batch.source_id(event).to_owned(),
                external_event_id: key.1.to_owned(),
                first: format!("{place}, line {}", self.batch.line[known]),
            };
            let rejection = Rejection::new(0, &error, &self.batch.canonical_event(event));
            self.sources[owner].rejected += 1;
            conflicts.push(self.refused(event, Stage::Telemetry, rejection));
        }
        self.refused.extend(conflicts);
        self.drop(&copies);
    }

    /// Leaves out what later events correct or void. The earlier event comes first, as in a ledger.
    pub(super) fn amend(&mut self) {
        if self.batch.amendments.is_empty() {
            return;
        }
        let key = |event: usize| (self.batch.source[event], self.batch.external_id(event));
        let events: HashMap<(u32, &str), u64> =
            (0..self.batch.len()).map(|event| (key(event), event as u64)).collect();
        let mut amended = Amended::default();
        let (mut dropped, mut refused) = (Vec::new(), Vec::new());
        for Amendment { event, kind, target } in &self.batch.amendments {
            let event = *event as usize;
            let earlier = events.get(&(self.batch.source[event], &**target)).filter(|at| **at < event as u64);
            let owner = self.owner[event] as usize;
            match amended.amend(earlier.copied(), event as u64, *kind) {
                Ok(gone) => {
                    dropped.push(usize::try_from(gone).expect("it is the number of an event"));
                    if *kind == AmendmentKind::Voids {
                        dropped.push(event);
                    }
                }
                Err(error) => {
                    self.sources[owner].accepted -= 1;
                    self.sources[owner].rejected += 1;
                    let rejection = Rejection::new(0, &error, &self.batch.canonical_event(event));
                    refused.push((event, self.refused(event, Stage::Telemetry, rejection)));
                }
            }
        }
        for &event in &dropped {
            self.sources[self.owner[event] as usize].amended += 1;
        }
        for (event, row) in refused {
            dropped.push(event);
            self.refused.push(row);
        }
        dropped.sort_unstable();
        self.drop(&dropped);
    }

    /// Drops events; their numbers are sorted.
    fn drop(&mut self, events: &[usize]) {
        if !events.is_empty() {
            let keep = |event: &usize| events.binary_search(event).is_err();
            self.owner = (0..self.batch.len()).filter(keep).map(|event| self.owner[event]).collect();
            self.batch = self.batch.filtered(|event| keep(&event));
        }
    }

    pub(super) fn refused(&self, event: usize, stage: Stage, rejection: Rejection) -> (usize, Refused) {
        let owner = self.owner[event] as usize;
        let rejection = Rejection { line: self.batch.line[event], ..rejection };
        (owner, Refused { source: Arc::clone(&self.sources[owner].label), stage, rejection })
    }

    pub(super) fn leave(mut self) -> (Vec<SourceCount>, Vec<Refused>, TelemetryBatch) {
        self.refused.sort_by_key(|(owner, r)| (*owner, r.rejection.line, r.stage));
        (self.sources, self.refused.into_iter().map(|(_, refused)| refused).collect(), self.batch)
    }
}
