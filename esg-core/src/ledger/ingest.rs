//! Taking a request: which of its rows are new, and the lines that say so.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use ahash::AHashMap as HashMap;
use serde_json::{Value, json};

use super::answer::{Answer, Row};
use super::pending::line;
use super::{Ingested, Ledger, LedgerError, Outcome, Prepared, Stamp, UNFINISHED, conflict};
use crate::account::Amended;
use crate::audit::{AuditError, Bulk, Hash, Record, RecordKind, check_payload, commitment};
use crate::canonical;
use crate::error::Error;
use crate::store::{Key, Known, Payload, Store};
use crate::telemetry::{Amendment, Rejection, TelemetryError};

/// Longest label of a request in a record, in characters.
const MAX_LABEL_CHARS: usize = 200;

/// Code of rows whose id a redacted event had.
const REDACTED: &str = "telemetry.redacted";

/// What a row would become.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    New,
    Duplicate(Known),
    Conflict(Known),
    Redacted(Known),
}

/// A request that is being written into the log.
struct Writing<'w, 'b> {
    bulk: Bulk<'b>,
    lines: &'w mut Vec<u8>,
    /// `ends[line]` of all staged lines, behind the LF.
    ends: &'w mut Vec<usize>,
    payloads: &'w mut Vec<Payload>,
    stamp: Stamp<'w>,
}

impl Writing<'_, '_> {
    fn append(&mut self, kind: RecordKind, body: &[u8], hash: &Hash) -> Result<u64, AuditError> {
        let seq = self.bulk.append(kind, self.stamp.actor, self.stamp.time, body, hash, self.lines)?;
        self.ends.push(self.lines.len());
        Ok(seq)
    }

    /// Writes the line of an event: with its body, or with a commitment to it.
    fn accept(
        &mut self,
        kind: RecordKind,
        prepared: &Prepared,
        event: usize,
        body: &[u8],
    ) -> Result<u64, AuditError> {
        let Some((outside, file)) = prepared.detach(event, body) else {
            return self.append(kind, body, &Hash::of(body));
        };
        let seq = self.append(kind, &outside, &Hash::of(&outside))?;
        self.payloads.push(Payload { seq, file });
        Ok(seq)
    }
}

impl<S: Store> Ledger<S> {
    /// Takes the events of a request as [`Ledger::ingest`] does, but leaves it to [`Ledger::commit`] to make them durable:
    /// so that the requests of many callers share one write. No answer may be given before that, and where other processes
    /// write to the same ledger they wait for it.
    ///
    /// # Errors
    /// As [`Ledger::ingest`].
    pub fn stage(&mut self, prepared: Prepared, stamp: Stamp<'_>) -> Result<Ingested, Error> {
        self.stage_as(prepared, stamp, false)
    }

    /// Stages all events of a request, or none.
    ///
    /// # Errors
    /// As [`Ledger::ingest_atomic`].
    pub fn stage_atomic(&mut self, prepared: Prepared, stamp: Stamp<'_>) -> Result<Ingested, Error> {
        self.stage_as(prepared, stamp, true)
    }

    fn stage_as(&mut self, prepared: Prepared, stamp: Stamp<'_>, atomic: bool) -> Result<Ingested, Error> {
        self.check_running()?;
        self.hold()?;
        let staged = self.stage_held(prepared, stamp, atomic);
        // Duplicates leave nothing to commit, and a refusal may.
        self.release_idle();
        staged
    }

    fn stage_held(&mut self, prepared: Prepared, stamp: Stamp<'_>, atomic: bool) -> Result<Ingested, Error> {
        // Refuses an actor before anything is written.
        let kind = RecordKind::TelemetryAccepted;
        self.chain.bulk().append(kind, stamp.actor, stamp.time, b"{}", &Hash::of(b"{}"), &mut Vec::new())?;
        let keys = prepared.keys();
        let known = self.store.find(&keys)?;
        let items = if atomic { Some(self.check_atomic(&prepared, &keys, &known)?) } else { None };
        // Half of a request may be staged behind others' that were promised a commit: none of it may reach the store. That
        // holds for a panic too, after which this is all that is known.
        self.stopped = Some(UNFINISHED.to_owned());
        let written = self.append(prepared, &keys, &known, stamp, items);
        self.stopped = written.as_ref().err().map(ToString::to_string);
        written
    }

    /// What an event becomes beside those that were staged before it.
    fn verdict(&self, known: Option<Known>, key: &Key, print: [u8; 32]) -> Verdict {
        match known.or_else(|| self.pending.keys.get(key).copied()) {
            None => Verdict::New,
            Some(known) => match known.fingerprint {
                None => Verdict::Redacted(known),
                Some(before) if before == print => Verdict::Duplicate(known),
                Some(_) => Verdict::Conflict(known),
            },
        }
    }

    /// Refuses a request of which a row cannot be taken; returns how many are new.
    fn check_atomic(
        &self,
        prepared: &Prepared,
        keys: &[Key],
        known: &[Option<Known>],
    ) -> Result<usize, Error> {
        // The first event of each key among those of the request.
        let mut first: HashMap<Key, usize> = HashMap::with_capacity(keys.len());
        let (mut new, mut conflicts) = (vec![false; keys.len()], 0);
        let mut rejected = prepared.rejected.len();
        for (event, key) in keys.iter().enumerate() {
            let print = prepared.fingerprint(event);
            match self.verdict(known[event], key, print) {
                Verdict::New => match first.entry(*key) {
                    Entry::Vacant(place) => {
                        place.insert(event);
                        new[event] = true;
                    }
                    Entry::Occupied(place) => {
                        conflicts += usize::from(prepared.fingerprint(*place.get()) != print);
                    }
                },
                Verdict::Duplicate(_) => {}
                Verdict::Conflict(_) => conflicts += 1,
                Verdict::Redacted(_) => rejected += 1,
            }
        }
        // Amendments are tried on a copy, with numbers above all that the log has.
        let mut amended = Amended::clone(&self.amended);
        for Amendment { event, kind, target } in &prepared.batch.amendments {
            let event = *event as usize;
            if !new[event] {
                continue;
            }
            let key = Key::of(prepared.tenant.as_str(), prepared.batch.source_id(event), target);
            let by = self.size() + event as u64;
            let target = match self.place(&key)? {
                Some(seq) => Some(seq),
                None => first.get(&key).map(|first| self.size() + *first as u64).filter(|place| *place < by),
            };
            rejected += usize::from(amended.amend(target, by, *kind).is_err());
        }
        if conflicts + rejected > 0 {
            let rows = keys.len() + prepared.rejected.len();
            return Err(LedgerError::Atomic { rows, conflicts, rejected }.into());
        }
        Ok(new.into_iter().filter(|new| *new).count())
    }

    /// Place of the event with that key in the store or among what is staged.
    fn place(&self, key: &Key) -> Result<Option<u64>, Error> {
        if let Some(known) = self.pending.keys.get(key) {
            return Ok(Some(known.seq));
        }
        Ok(self.store.find(&[*key])?[0].map(|known| known.seq))
    }

    /// Writes the lines of a request.
    fn append(
        &mut self,
        prepared: Prepared,
        keys: &[Key],
        known: &[Option<Known>],
        stamp: Stamp<'_>,
        atomic: Option<usize>,
    ) -> Result<Ingested, Error> {
        let first_staged = self.chain.size() - self.pending.leaves.len() as u64;
        let mut new = 0;
        let mut answer = Answer::new(&prepared);
        let mut lines = std::mem::take(&mut self.pending.lines);
        let mut ends = std::mem::take(&mut self.pending.ends);
        let mut payloads = std::mem::take(&mut self.pending.payloads);
        let mut chain = self.chain.clone();
        let mut writing = Writing {
            bulk: chain.bulk(),
            lines: &mut lines,
            ends: &mut ends,
            payloads: &mut payloads,
            stamp,
        };
        for (event, key) in keys.iter().enumerate() {
            let fingerprint = prepared.fingerprint(event);
            match self.verdict(known[event], key, fingerprint) {
                Verdict::New => {
                    let batch = atomic.filter(|of| *of > 1).map(|of| (new, of));
                    let written = match prepared.batch.amendment(event) {
                        None if batch.is_none() && !prepared.is_detached() => {
                            let (body, hash) = prepared.body(event);
                            writing.append(RecordKind::TelemetryAccepted, body, hash).map_err(Row::from)
                        }
                        amendment => {
                            self.special(&prepared, event, amendment, batch, &mut writing, &mut answer)
                        }
                    };
                    match written {
                        Ok(seq) => {
                            new += 1;
                            let day = prepared.batch.instant[event].day();
                            let late = self.closed.iter().any(|closed| closed.period.contains(day));
                            answer.accept(&prepared, event, seq, late);
                            self.pending.keys.insert(*key, Known { seq, fingerprint: Some(fingerprint) });
                        }
                        Err(Row::Refused(error)) => answer.reject(&prepared, event, &error),
                        Err(Row::Failed(error)) => return Err(error),
                    }
                }
                Verdict::Duplicate(known) => answer.item(&prepared, event, Outcome::Duplicate, known.seq),
                Verdict::Redacted(known) => {
                    answer.reject(&prepared, event, &TelemetryError::Redacted { line: known.seq });
                }
                Verdict::Conflict(known) => {
                    let first = line(writing.lines, writing.ends, first_staged, known.seq);
                    let first = (first, &writing.payloads[..]);
                    let body = self.conflict(&prepared, event, known, first, &mut answer)?;
                    writing.append(RecordKind::TelemetryConflict, &body, &Hash::of(&body))?;
                }
            }
        }
        if !answer.rejected.is_empty() {
            let body = rejected_batch(&answer.rejected, &prepared);
            writing.append(RecordKind::TelemetryRejectedBatch, &body, &Hash::of(&body))?;
        }
        let Writing { bulk, .. } = writing;
        let leaves = bulk.finish();
        self.chain = chain;
        (self.pending.lines, self.pending.ends, self.pending.payloads) = (lines, ends, payloads);
        self.pending.leaves.extend(leaves);
        let (events, ingested) = answer.finish(prepared, keys);
        if !events.is_empty() {
            self.pending.events.push(events);
        }
        Ok(ingested)
    }

    /// Writes an event that amends another one, or is one of several that are taken together.
    fn special(
        &mut self,
        prepared: &Prepared,
        event: usize,
        amendment: Option<&Amendment>,
        batch: Option<(usize, usize)>,
        writing: &mut Writing<'_, '_>,
        answer: &mut Answer,
    ) -> Result<u64, Row> {
        let Some(Amendment { kind, target, .. }) = amendment else {
            let body = prepared.special_body(event, None, batch);
            return Ok(writing.accept(RecordKind::TelemetryAccepted, prepared, event, &body)?);
        };
        let key = Key::of(prepared.tenant.as_str(), prepared.batch.source_id(event), target);
        let target = self.place(&key).map_err(Row::Failed)?;
        let seq = writing.bulk.size();
        let gone = Arc::make_mut(&mut self.amended).amend(target, seq, *kind)?;
        let body = prepared.special_body(event, Some(gone), batch);
        answer.replaces.push(gone);
        Ok(writing.accept(RecordKind::Correction, prepared, event, &body)?)
    }

    /// Returns the record of a conflict. `staged` is the line of the first one where it is not in the store yet, and what was
    /// detached.
    ///
    /// Where one of the two is detached the record says only that there was a conflict: ids, and the digest of something that
    /// can be guessed, would stand in the log for good.
    fn conflict(
        &self,
        prepared: &Prepared,
        event: usize,
        known: Known,
        (staged, payloads): (Option<&[u8]>, &[Payload]),
        answer: &mut Answer,
    ) -> Result<Vec<u8>, Error> {
        let kept;
        let line = match staged {
            Some(line) => line,
            None => {
                kept = self.store.line(known.seq)?;
                &kept
            }
        };
        let record = Record::parse(line)?;
        let outside = commitment(record.body())?;
        let file;
        let text = match outside {
            None => record.body(),
            Some(said) => {
                let staged = payloads.iter().find(|payload| payload.seq == known.seq);
                file = match staged {
                    Some(payload) => Some(payload.file.clone()),
                    None => self.store.payload(known.seq)?,
                };
                let gone = LedgerError::Redacted { seq: known.seq, count: 1 };
                check_payload(file.as_deref().ok_or(gone)?, said)?
            }
        };
        let body: Value = serde_json::from_slice(text).map_err(|_| LedgerError::Key { seq: known.seq })?;
        let new: Value =
            serde_json::from_slice(prepared.event(event)).expect("the writer of events writes JSON");
        let ids = ["source_id", "external_event_id"];
        if body["tenant"] != prepared.tenant.as_str() || ids.iter().any(|id| body["event"][id] != new[id]) {
            return Err(LedgerError::Key { seq: known.seq }.into());
        }
        let differs = conflict::differs(&body["event"], &new);
        if outside.is_some() || prepared.is_detached() {
            answer.conflict(prepared, event, known.seq, differs);
            let document = json!({"first": known.seq, "tenant": prepared.tenant.as_str()});
            return Ok(canonical::from_value(&document)?);
        }
        let document = json!({
            "differs": differs,
            "external_event_id": new["external_event_id"],
            "fingerprint": Hash::from_bytes(prepared.fingerprint(event)).to_string(),
            "first": known.seq,
            "source_id": new["source_id"],
            "tenant": prepared.tenant.as_str(),
        });
        answer.conflict(prepared, event, known.seq, differs);
        Ok(canonical::from_value(&document)?)
    }
}

/// The record of rows that were refused. Those of events that are or were detached leave no digest in the log, from which
/// they could be found by trying.
fn rejected_batch(rejected: &[Rejection], prepared: &Prepared) -> Vec<u8> {
    let mut codes = BTreeMap::new();
    let mut rows = Vec::new();
    for rejection in rejected {
        *codes.entry(rejection.code).or_insert(0u64) += 1;
        rows.push(rejection.raw.as_bytes());
    }
    let label: String = prepared.label.chars().take(MAX_LABEL_CHARS).collect();
    let secret = prepared.is_detached() || codes.contains_key(REDACTED);
    let mut document = json!({"codes": codes, "rows": rejected.len(), "source": label});
    if !secret {
        document["sha256"] = Hash::of(&rows.join(&b'\n')).to_string().into();
    }
    canonical::from_value(&document).expect("it holds text and small whole numbers")
}
