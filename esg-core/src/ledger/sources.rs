//! Who sends, how much, and on which days nothing came.

use std::collections::{BTreeMap, BTreeSet};

use super::{Book, Question};
use crate::error::Error;
use crate::telemetry::Vertical;
use crate::time::{Day, Instant, Period};

/// What a source has sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourceDays {
    /// The source.
    pub source_id: String,
    /// Events that count: none that was amended, and no voids.
    pub events: u64,
    /// Time of the first event.
    pub first: Instant,
    /// Time of the last event.
    pub last: Instant,
    /// Verticals of its events, in the order of their names.
    pub verticals: Vec<Vertical>,
    /// Days with an event.
    pub days: u64,
    /// Days that are looked at: those of the period that was asked for, else those from the first event to the last.
    pub of_days: u64,
    /// Days without an event among them, as periods.
    pub missing: Vec<Period>,
}

impl Book {
    /// Returns what each source has sent, in the order of their names.
    ///
    /// A day without an event is shown and not judged: some meters are read once a month.
    ///
    /// # Errors
    /// As [`Book::events`].
    pub fn sources(&self, question: &Question) -> Result<Vec<SourceDays>, Error> {
        let events = self.events(question)?.batch;
        let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
        for event in 0..events.len() {
            let instant = events.instant[event];
            let seen = seen.entry(events.source_id(event)).or_insert_with(|| Seen::new(instant));
            seen.events += 1;
            seen.first = seen.first.min(instant);
            seen.last = seen.last.max(instant);
            seen.days.insert(instant.day());
            if !seen.verticals.contains(&events.vertical[event]) {
                seen.verticals.push(events.vertical[event]);
            }
        }
        seen.into_iter().map(|(source_id, seen)| seen.finish(source_id, question.period)).collect()
    }
}

struct Seen {
    events: u64,
    first: Instant,
    last: Instant,
    days: BTreeSet<Day>,
    verticals: Vec<Vertical>,
}

impl Seen {
    fn new(instant: Instant) -> Self {
        Self { events: 0, first: instant, last: instant, days: BTreeSet::new(), verticals: Vec::new() }
    }

    fn finish(mut self, source_id: &str, period: Option<Period>) -> Result<SourceDays, Error> {
        let period = match period {
            Some(period) => period,
            None => Period::new(self.first.day(), self.last.day())?,
        };
        let mut missing = Vec::new();
        let mut next = period.start();
        for day in &self.days {
            if next < *day {
                missing.push(Period::new(next, Day::from_epoch_days(day.epoch_days() - 1)?)?);
            }
            next = day.next();
        }
        if next <= period.end() {
            missing.push(Period::new(next, period.end())?);
        }
        self.verticals.sort_unstable_by_key(|vertical| vertical.as_str());
        Ok(SourceDays {
            source_id: source_id.to_owned(),
            events: self.events,
            first: self.first,
            last: self.last,
            verticals: self.verticals,
            days: self.days.len() as u64,
            of_days: period.days() as u64,
            missing,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::{Ledger, Prepared, Question, Stamp, Tenant};
    use crate::store::MemoryStore;
    use crate::telemetry::{Options, json};
    use crate::time::Period;

    /// Days of March 2024 on which a meter sent.
    fn sources(days: &[u32], period: Option<Period>) -> Vec<(u64, u64, Vec<String>)> {
        let mut ledger = Ledger::open(MemoryStore::new("example.org/days".parse().unwrap())).unwrap();
        let tenant = Tenant::new("acme").unwrap();
        let event = |day: &u32| {
            format!(
                "{{\"source_id\":\"m\",\"external_event_id\":\"{day}\",\"vertical\":\"ai_data_center\",\
                 \"timestamp\":\"2024-03-{day:02}T12:00:00Z\",\"metrics\":{{\"energy_kwh\":1,\"pue\":1.2}}}}"
            )
        };
        let text = format!("[{}]", days.iter().map(event).collect::<Vec<_>>().join(","));
        let received = json::read(text.as_bytes(), Options::default()).unwrap();
        let stamp = Stamp { actor: "test", time: "2024-04-01T00:00:00Z".parse().unwrap() };
        ledger.ingest(Prepared::new(received, &tenant, "test"), stamp).unwrap();
        let question = Question { tenant, period, as_of: None };
        let sources = ledger.book().unwrap().sources(&question).unwrap();
        let shown = |p: &Period| format!("{}..{}", p.start(), p.end());
        sources.iter().map(|s| (s.days, s.of_days, s.missing.iter().map(shown).collect())).collect()
    }

    #[test]
    fn days_without_an_event_are_named_as_periods() {
        let found = sources(&[5, 6, 9, 12], None);
        let missing = ["2024-03-07..2024-03-08", "2024-03-10..2024-03-11"].map(str::to_owned);
        assert_eq!(found, [(4, 8, missing.to_vec())]);
    }

    #[test]
    fn a_period_counts_its_ends_too() {
        let march = Period::new("2024-03-01".parse().unwrap(), "2024-03-31".parse().unwrap()).unwrap();
        let missing = ["2024-03-01..2024-03-01", "2024-03-03..2024-03-31"].map(str::to_owned);
        assert_eq!(sources(&[2], Some(march)), [(1, 31, missing.to_vec())]);
        assert!(sources(&[2], Some(Period::new(march.end(), march.end()).unwrap())).is_empty());
    }

    #[test]
    fn a_source_without_a_hole_misses_nothing() {
        assert_eq!(sources(&[1, 2, 3], None), [(3, 3, Vec::new())]);
    }
}
