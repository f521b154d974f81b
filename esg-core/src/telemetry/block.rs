//! Events as a block of columns, and back.
//!
//! What a metric is, is read from its name and unit again, so a block that names one which no vertical has is refused and
//! not guessed at.

use super::intake::{Stated, describe};
use super::{Amendment, AmendmentKind, TelemetryBatch, Vertical};
use crate::block::{BlockReader, BlockWriter, Broken, words};
use crate::decimal::Decimal;
use crate::time::Instant;

/// Stands for "not stated" where a code is a positive number.
const NOT_STATED: i64 = -1;

impl TelemetryBatch {
    pub(crate) fn write_block(&self, writer: &mut BlockWriter) {
        writer.texts(self.sources.words().iter().map(|word| &**word));
        writer.texts(self.metrics.iter().map(|metric| &*metric.name));
        writer.texts(self.metrics.iter().map(|metric| &*metric.unit));
        writer.numbers(self.metrics.iter().map(|metric| metric.vertical as i64));
        writer.numbers(self.metrics.iter().map(|metric| metric.scope.map_or(NOT_STATED, i64::from)));
        writer.numbers(self.metrics.iter().map(|metric| metric.category.map_or(NOT_STATED, i64::from)));
        writer.numbers(self.tag_sets.iter().map(|tags| tags.len() as i64));
        let tags: Vec<&str> =
            self.tag_sets.iter().flatten().flat_map(|(name, value)| [&**name, &**value]).collect();
        writer.texts(tags.iter().copied());

        writer.numbers(self.source.iter().map(|code| i64::from(*code)));
        writer.numbers(self.vertical.iter().map(|vertical| *vertical as i64));
        writer.numbers(self.instant.iter().map(|instant| instant.epoch_ms()));
        // `NONE` is the largest code; as -1 it makes a column no wider.
        writer.numbers(self.tags.iter().map(|code| i64::from(code.wrapping_add(1)) - 1));
        writer.numbers(self.line.iter().map(|line| line.cast_signed()));
        let counts: Vec<i64> = (0..self.len()).map(|event| self.measurements(event).len() as i64).collect();
        writer.numbers(counts.iter().copied());
        writer.numbers(self.metric.iter().map(|code| i64::from(*code)));
        writer.wide(self.value.iter().map(|value| value.mantissa()));
        writer.numbers(self.value.iter().map(|value| i64::from(value.scale())));
        let lengths: Vec<i64> = (0..self.len()).map(|event| self.external_id(event).len() as i64).collect();
        writer.numbers(lengths.iter().copied());
        writer.bytes(self.ids.as_bytes());

        writer.numbers(self.amendments.iter().map(|a| i64::from(a.event)));
        writer.numbers(self.amendments.iter().map(|a| i64::from(a.kind == AmendmentKind::Voids)));
        writer.texts(self.amendments.iter().map(|a| &*a.target));
    }

    pub(crate) fn read_block(reader: &mut BlockReader<'_>) -> Result<Self, Broken> {
        let mut batch = Self::default();
        batch.read_words(reader)?;
        let (sources, sets, metrics) = (batch.sources.len(), batch.tag_sets.len(), batch.metrics.len());
        batch.source = codes(reader, "the sources of events", sources)?;
        let events = batch.source.len();
        batch.vertical = reader
            .numbers::<i64>("verticals")?
            .into_iter()
            .map(|v| vertical(v, reader))
            .collect::<Result<_, _>>()?;
        let instants = reader.numbers::<i64>("timestamps")?;
        let broken = reader.broken("timestamps");
        batch.instant = instants
            .into_iter()
            .map(|ms| Instant::from_epoch_ms(ms).map_err(|_| broken))
            .collect::<Result<_, _>>()?;
        let tags = reader.numbers::<i64>("tags of events")?;
        let broken = reader.broken("tags of events");
        let tag = |code: i64| match usize::try_from(code) {
            Ok(at) if at < sets => Ok(at as u32),
            Err(_) if code == NOT_STATED => Ok(crate::activity::NONE),
            _ => Err(broken),
        };
        batch.tags = tags.into_iter().map(tag).collect::<Result<_, _>>()?;
        batch.line = reader.numbers::<i64>("lines")?.into_iter().map(i64::cast_unsigned).collect();
        let counts: Vec<u32> = reader.numbers("counts of measurements")?;
        batch.metric = codes(reader, "metrics of measurements", metrics)?;
        batch.value = decimals(reader)?;
        let broken = reader.broken("counts of measurements");
        let mut end = 0u32;
        for count in counts {
            end = end.checked_add(count).ok_or(broken)?;
            batch.ends.push(end);
        }
        batch.read_ids(reader)?;
        batch.read_amendments(reader)?;
        let rows = [
            batch.vertical.len(),
            batch.instant.len(),
            batch.tags.len(),
            batch.line.len(),
            batch.ends.len(),
            batch.id_ends.len(),
        ];
        let measured = end as usize;
        if rows.iter().any(|rows| *rows != events)
            || batch.metric.len() != measured
            || batch.value.len() != measured
        {
            return Err(reader.broken("the length of a column"));
        }
        Ok(batch)
    }

    fn read_words(&mut self, reader: &mut BlockReader<'_>) -> Result<(), Broken> {
        let (ends, whole) = reader.texts("sources")?;
        for word in words(&ends, whole) {
            self.sources.code(word);
        }
        if self.sources.len() != ends.len() {
            return Err(reader.broken("sources"));
        }
        let (name_ends, names) = reader.texts("names of metrics")?;
        let (unit_ends, units) = reader.texts("units of metrics")?;
        let verticals: Vec<i64> = reader.numbers("verticals of metrics")?;
        let scopes: Vec<i64> = reader.numbers("scopes of metrics")?;
        let categories: Vec<i64> = reader.numbers("categories of metrics")?;
        let broken = reader.broken("metrics");
        if [unit_ends.len(), verticals.len(), scopes.len(), categories.len()] != [name_ends.len(); 4] {
            return Err(broken);
        }
        for (at, (name, unit)) in words(&name_ends, names).zip(words(&unit_ends, units)).enumerate() {
            let stated = |value: i64| match value {
                NOT_STATED => Ok(None),
                value => u8::try_from(value).map(Some).map_err(|_| broken),
            };
            let stated =
                Stated { unit: Some(unit), scope: stated(scopes[at])?, category: stated(categories[at])? };
            let metric =
                describe(vertical(verticals[at], reader)?, name, stated, None).map_err(|_| broken)?;
            self.metrics.push(metric);
        }
        let counts: Vec<usize> = counts(reader, "counts of tags")?;
        let (ends, whole) = reader.texts("tags")?;
        let mut tags = words(&ends, whole);
        for count in counts {
            let mut set = Vec::new();
            for _ in 0..count {
                let (Some(name), Some(value)) = (tags.next(), tags.next()) else {
                    return Err(reader.broken("tags"));
                };
                set.push((name.into(), value.into()));
            }
            self.tag_sets.push(set);
        }
        if tags.next().is_some() { Err(reader.broken("tags")) } else { Ok(()) }
    }

    fn read_ids(&mut self, reader: &mut BlockReader<'_>) -> Result<(), Broken> {
        let lengths: Vec<usize> = counts(reader, "lengths of ids")?;
        let ids = std::str::from_utf8(reader.bytes("ids")?).map_err(|_| reader.broken("ids"))?;
        let mut end = 0usize;
        for length in lengths {
            end = end
                .checked_add(length)
                .filter(|end| ids.is_char_boundary(*end))
                .ok_or(reader.broken("ids"))?;
            self.id_ends.push(end);
        }
        ids.clone_into(&mut self.ids);
        if end == ids.len() { Ok(()) } else { Err(reader.broken("ids")) }
    }

    fn read_amendments(&mut self, reader: &mut BlockReader<'_>) -> Result<(), Broken> {
        let events: Vec<u32> = reader.numbers("events that amend")?;
        let voids: Vec<i64> = reader.numbers("what amendments do")?;
        let (ends, whole) = reader.texts("targets of amendments")?;
        let sorted = events.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = events.last().is_none_or(|event| (*event as usize) < self.source.len());
        if !sorted || !inside || [voids.len(), ends.len()] != [events.len(); 2] {
            return Err(reader.broken("amendments"));
        }
        for ((event, voids), target) in events.into_iter().zip(voids).zip(words(&ends, whole)) {
            let kind = if voids == 0 { AmendmentKind::Corrects } else { AmendmentKind::Voids };
            self.amendments.push(Amendment { event, kind, target: target.into() });
        }
        Ok(())
    }
}

fn vertical(number: i64, reader: &BlockReader<'_>) -> Result<Vertical, Broken> {
    let at = usize::try_from(number).ok();
    at.and_then(|at| Vertical::ALL.get(at).copied()).ok_or(reader.broken("verticals"))
}

fn codes(reader: &mut BlockReader<'_>, what: &'static str, known: usize) -> Result<Vec<u32>, Broken> {
    let codes: Vec<u32> = reader.numbers(what)?;
    if codes.iter().any(|code| *code as usize >= known) { Err(reader.broken(what)) } else { Ok(codes) }
}

fn counts(reader: &mut BlockReader<'_>, what: &'static str) -> Result<Vec<usize>, Broken> {
    Ok(reader.numbers::<u32>(what)?.into_iter().map(|count| count as usize).collect())
}

fn decimals(reader: &mut BlockReader<'_>) -> Result<Vec<Decimal>, Broken> {
    let mantissas = reader.wide("values")?;
    let scales: Vec<u32> = reader.numbers("scales of values")?;
    let broken = reader.broken("values");
    if mantissas.len() != scales.len() {
        return Err(broken);
    }
    let decimal = |(mantissa, scale)| Decimal::new(mantissa, scale).map_err(|_| broken);
    mantissas.into_iter().zip(scales).map(decimal).collect()
}
