//! An account as a block of columns, and back.
//!
//! Key figures and score are made of the sums again, and an inventory's factors of its lanes: what can be made anew is not kept,
//! so it cannot be wrong.

use std::sync::Arc;

use super::{Account, Digests, Incomplete, Refused, Settings, SourceCount, Stage};
use crate::aggregate::Engine;
use crate::block::{BlockReader, BlockWriter, Broken, words};
use crate::codes;
use crate::normalize::{Assumption, MetricTotals};
use crate::score::ScoreInputs;
use crate::telemetry::{Rejection, TelemetryBatch, Vertical};

/// The stages by their codes.
const STAGES: [Stage; 4] = [Stage::Telemetry, Stage::Normalize, Stage::Calculate, Stage::Redacted];
/// Most rows that a block may state, as in an inventory's.
const MAX_COUNT: u64 = 1 << 48;

impl Account {
    /// Writes everything but the options and factors that it rests on.
    pub(crate) fn write_block(&self, writer: &mut BlockWriter) {
        writer.texts([&*self.digests.events].into_iter());
        writer.texts(self.sources.iter().map(|source| &*source.label));
        writer.numbers(self.sources.iter().map(|source| source.accepted.cast_signed()));
        writer.numbers(self.sources.iter().map(|source| source.rejected.cast_signed()));
        writer.numbers(self.sources.iter().map(|source| source.duplicates.cast_signed()));
        writer.numbers(self.sources.iter().map(|source| source.amended.cast_signed()));
        write_refused(&self.refused, writer);
        writer.texts(self.assumptions.iter().map(|assumed| assumed.name));
        writer.texts(self.assumptions.iter().map(|assumed| &*assumed.value));
        writer.numbers(self.assumptions.iter().map(|assumed| assumed.count.cast_signed()));
        self.totals.write_block(writer);
        writer.numbers(self.incomplete.iter().map(|lost| lost.vertical as i64));
        writer.numbers(self.incomplete.iter().map(|lost| lost.rows.cast_signed()));
        self.inventory.write_block(writer);
        writer.number(self.events.is_some().into());
        if let Some(events) = &self.events {
            events.write_block(writer);
        }
    }

    /// Reads the account that was made with these options and factors. Key figures and score are made by
    /// [`Account::figure`](Account::figure).
    pub(crate) fn read_block(
        reader: &mut BlockReader<'_>,
        engine: &Engine,
        settings: &Settings,
    ) -> Result<Self, Broken> {
        let events = reader.texts("the digest of the events")?.1.to_owned();
        let digests = Digests { events, ..Digests::of(Vec::new(), engine, settings) };
        let (ends, labels) = reader.texts("sources")?;
        let [accepted, rejected, duplicates, amended] = [
            counts(reader, ends.len())?,
            counts(reader, ends.len())?,
            counts(reader, ends.len())?,
            counts(reader, ends.len())?,
        ];
        let source = |(at, label): (usize, &str)| SourceCount {
            label: label.into(),
            accepted: accepted[at],
            rejected: rejected[at],
            duplicates: duplicates[at],
            amended: amended[at],
        };
        let sources: Vec<SourceCount> = words(&ends, labels).enumerate().map(source).collect();
        let refused = read_refused(reader, &sources)?;
        let (names, values) = (reader.texts("names of assumptions")?, reader.texts("assumptions")?);
        let times = counts(reader, names.0.len())?;
        let broken = reader.broken("assumptions");
        if values.0.len() != times.len() {
            return Err(broken);
        }
        let assumptions = words(&names.0, names.1)
            .zip(words(&values.0, values.1))
            .zip(times)
            .map(|((name, value), count)| Assumption::named(name, value.to_owned(), count).ok_or(broken))
            .collect::<Result<_, _>>()?;
        let totals = MetricTotals::read_block(reader)?;
        let verticals: Vec<usize> = reader.numbers("verticals that are not whole")?;
        let rows = counts(reader, verticals.len())?;
        let broken = reader.broken("verticals that are not whole");
        let incomplete = verticals
            .into_iter()
            .zip(rows)
            .map(|(at, rows)| Ok(Incomplete { vertical: *Vertical::ALL.get(at).ok_or(broken)?, rows }))
            .collect::<Result<_, _>>()?;
        let inventory = engine.read_block(reader)?;
        let events = match reader.number("whether events are kept")? {
            0 => None,
            _ => Some(TelemetryBatch::read_block(reader)?),
        };
        let (kpis, score_inputs, score) = (Vec::new(), ScoreInputs::missing(), None);
        Ok(Self {
            sources,
            refused,
            assumptions,
            inventory,
            totals,
            kpis,
            incomplete,
            score_inputs,
            score,
            digests,
            events,
        })
    }
}

fn counts(reader: &mut BlockReader<'_>, rows: usize) -> Result<Vec<u64>, Broken> {
    let counts: Vec<u64> = reader.exactly("counts", rows)?;
    let believed = counts.iter().all(|count| *count <= MAX_COUNT);
    if believed { Ok(counts) } else { Err(reader.broken("counts")) }
}

fn write_refused(refused: &[Refused], writer: &mut BlockWriter) {
    let stage =
        |row: &Refused| STAGES.iter().position(|stage| *stage == row.stage).expect("it is one of four");
    writer.texts(refused.iter().map(|row| &*row.source));
    writer.numbers(refused.iter().map(|row| stage(row) as i64));
    writer.numbers(refused.iter().map(|row| row.rejection.line.cast_signed()));
    writer.texts(refused.iter().map(|row| &*row.rejection.field));
    writer.texts(refused.iter().map(|row| row.rejection.code));
    writer.texts(refused.iter().map(|row| &*row.rejection.message));
    writer.texts(refused.iter().map(|row| &*row.rejection.raw));
    writer.numbers(refused.iter().map(|row| row.rejection.nearest.len() as i64));
    let nearest: Vec<&str> =
        refused.iter().flat_map(|row| row.rejection.nearest.iter().map(String::as_str)).collect();
    writer.texts(nearest.iter().copied());
}

fn read_refused(reader: &mut BlockReader<'_>, sources: &[SourceCount]) -> Result<Vec<Refused>, Broken> {
    let (source_ends, source_words) = reader.texts("sources of refused rows")?;
    let rows = source_ends.len();
    let stages: Vec<usize> = reader.exactly("stages of refused rows", rows)?;
    let lines: Vec<i64> = reader.exactly("lines of refused rows", rows)?;
    let (fields, codes) = (reader.texts("fields of refused rows")?, reader.texts("codes of refused rows")?);
    let (messages, raws) = (reader.texts("messages of refused rows")?, reader.texts("refused rows")?);
    let counts: Vec<usize> = reader.exactly("counts of nearest names", rows)?;
    let nearest = reader.texts("nearest names")?;
    let broken = reader.broken("refused rows");
    if [fields.0.len(), codes.0.len(), messages.0.len(), raws.0.len()] != [rows; 4] {
        return Err(broken);
    }
    let mut names = words(&nearest.0, nearest.1);
    let (mut fields, mut named) = (words(&fields.0, fields.1), words(&codes.0, codes.1));
    let (mut messages, mut raws) = (words(&messages.0, messages.1), words(&raws.0, raws.1));
    let mut refused = Vec::with_capacity(rows);
    for (at, label) in words(&source_ends, source_words).enumerate() {
        let known = sources.iter().find(|source| &*source.label == label);
        let source = known.map_or_else(|| label.into(), |source| Arc::clone(&source.label));
        let next = |texts: &mut dyn Iterator<Item = &str>| texts.next().map(str::to_owned).ok_or(broken);
        let rejection = Rejection {
            line: lines[at].cast_unsigned(),
            field: next(&mut fields)?,
            code: codes::known(named.next().ok_or(broken)?).ok_or(broken)?,
            message: next(&mut messages)?,
            raw: next(&mut raws)?,
            nearest: names.by_ref().take(counts[at]).map(str::to_owned).collect(),
        };
        if rejection.nearest.len() != counts[at] {
            return Err(broken);
        }
        refused.push(Refused { source, stage: *STAGES.get(stages[at]).ok_or(broken)?, rejection });
    }
    if names.next().is_some() { Err(broken) } else { Ok(refused) }
}
