//! Activity data in columns: what the calculation reads, whoever made it.
//!
//! Telemetry of every vertical, a table of activities and an Arrow batch all become this one form. Repeated words are
//! kept once in a dictionary and the columns hold their codes, so a factor is resolved once for each distinct key and
//! not once for each row. One event is a batch of one.

// Without Arrow nothing borrows columns of other types than our own.
#[cfg_attr(not(feature = "arrow"), allow(dead_code))]
mod columns;
mod quantities;

use std::sync::Arc;

use ahash::AHashMap as HashMap;

#[cfg(any(test, feature = "arrow"))]
pub(crate) use columns::Texts;
pub(crate) use columns::{Chunk, Code, Codes, Column, Columns, Form, with_codes};
#[cfg(feature = "arrow")]
pub(crate) use columns::{Days, Numbers};
pub use quantities::Quantities;

use crate::decimal::Decimal;
use crate::time::{Day, Instant};

/// Words and their codes, in the order of first use.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    words: Vec<Arc<str>>,
    codes: HashMap<Arc<str>, u32>,
}

impl Dictionary {
    /// Returns the code of `word`, a new one where it was not known.
    pub fn code(&mut self, word: &str) -> u32 {
        if let Some(&code) = self.codes.get(word) {
            return code;
        }
        let code = u32::try_from(self.words.len()).expect("a batch has fewer than 2^32 rows and so words");
        let word: Arc<str> = word.into();
        self.words.push(Arc::clone(&word));
        self.codes.insert(word, code);
        code
    }

    /// Returns the code of a known word.
    pub fn find(&self, word: &str) -> Option<u32> {
        self.codes.get(word).copied()
    }

    /// Returns the word of a code that this dictionary gave.
    pub fn word(&self, code: u32) -> &Arc<str> {
        &self.words[code as usize]
    }

    /// All words by code.
    pub fn words(&self) -> &[Arc<str>] {
        &self.words
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// A code that stands for "not stated" in the columns `region`, `site` and `tags`.
pub const NONE: u32 = u32::MAX;

/// The tags of an event, sorted by name.
pub type Tags = Vec<(Arc<str>, Arc<str>)>;

/// How a quantity came about (GHG Protocol, Corporate Standard, chapter 7: data quality).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Basis {
    /// Metered or invoiced.
    #[default]
    Measured,
    /// Filled in from other data; counts into the estimated share of a report.
    Estimated,
}

/// One row of activity data, for adding to a batch.
#[derive(Clone, Debug)]
pub struct Activity<'a> {
    /// Activity id, such as `electricity.grid` or `fuel.diesel`.
    pub activity: &'a str,
    /// How much, in `unit`.
    pub quantity: Decimal,
    /// Unit as the sender or the vertical's table writes it, such as `kWh`.
    pub unit: &'a str,
    /// When.
    pub timestamp: Instant,
    /// Where: ISO 3166 code, eGRID subregion, or a cloud region that geography knows.
    pub region: Option<&'a str>,
    /// Site or facility.
    pub site: Option<&'a str>,
    /// System that measured.
    pub source: &'a str,
    /// Vertical, such as `ai_data_center`.
    pub vertical: &'a str,
    /// Scope that the sender states, where the factor's own is not meant.
    pub scope: Option<u8>,
    /// Scope 3 category that the sender states.
    pub category: Option<u8>,
    /// Measured or estimated.
    pub basis: Basis,
    /// Row of the telemetry batch or file that it came from.
    pub event: u32,
}

/// Activity data in columns of equal length. A code refers to the dictionary of the same name.
///
/// `activity`, `unit`, `quantity` and `day` are always there. Any other column may be empty, which says the same of every
/// row: no region, no site, no source, no vertical, no tags, nothing stated, measured, and the row's own number as event.
#[derive(Clone, Debug, Default)]
pub struct ActivityBatch {
    /// Activity ids.
    pub activities: Dictionary,
    /// Units as written.
    pub units: Dictionary,
    /// Regions.
    pub regions: Dictionary,
    /// Sites.
    pub sites: Dictionary,
    /// Sources.
    pub sources: Dictionary,
    /// Verticals.
    pub verticals: Dictionary,
    /// Distinct sets of tags.
    pub tag_sets: Vec<Tags>,
    /// `activity[row]`: code.
    pub activity: Vec<u32>,
    /// `unit[row]`: code.
    pub unit: Vec<u32>,
    /// `quantity.get(row)`.
    pub quantity: Quantities,
    /// `day[row]`: UTC day.
    pub day: Vec<Day>,
    /// `region[row]`: code or [`NONE`].
    pub region: Vec<u32>,
    /// `site[row]`: code or [`NONE`].
    pub site: Vec<u32>,
    /// `source[row]`: code.
    pub source: Vec<u32>,
    /// `vertical[row]`: code.
    pub vertical: Vec<u32>,
    /// `tags[row]`: index into `tag_sets` or [`NONE`].
    pub tags: Vec<u32>,
    /// `stated[row]`: scope and category that the sender stated, 0 for none.
    pub stated: Vec<(u8, u8)>,
    /// `basis[row]`.
    pub basis: Vec<Basis>,
    /// `event[row]`: row of the telemetry batch or file.
    pub event: Vec<u32>,
}

impl ActivityBatch {
    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.activity.len()
    }

    /// True when it has none.
    pub fn is_empty(&self) -> bool {
        self.activity.is_empty()
    }

    /// Returns the rows for which `keep` is true, in their order and with the numbers of their events.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let rows: Vec<usize> = (0..self.len()).filter(|&row| keep(row)).collect();
        // A column that is empty stays so: it says the same of every row.
        fn of<T: Copy>(column: &[T], rows: &[usize]) -> Vec<T> {
            if column.is_empty() { Vec::new() } else { rows.iter().map(|&row| column[row]).collect() }
        }
        let event = if self.event.is_empty() {
            rows.iter().map(|&row| u32::try_from(row).expect("a batch has fewer than 2^32 rows")).collect()
        } else {
            of(&self.event, &rows)
        };
        Self {
            activities: self.activities.clone(),
            units: self.units.clone(),
            regions: self.regions.clone(),
            sites: self.sites.clone(),
            sources: self.sources.clone(),
            verticals: self.verticals.clone(),
            tag_sets: self.tag_sets.clone(),
            activity: of(&self.activity, &rows),
            unit: of(&self.unit, &rows),
            quantity: self.quantity.of_rows(&rows),
            day: of(&self.day, &rows),
            region: of(&self.region, &rows),
            site: of(&self.site, &rows),
            source: of(&self.source, &rows),
            vertical: of(&self.vertical, &rows),
            tags: of(&self.tags, &rows),
            stated: of(&self.stated, &rows),
            basis: of(&self.basis, &rows),
            event,
        }
    }

    /// Adds a row; `tags` is an index into `tag_sets` or [`NONE`].
    ///
    /// A batch that holds quantities in words becomes one of decimals.
    pub fn push(&mut self, row: &Activity<'_>, tags: u32) {
        self.activity.push(self.activities.code(row.activity));
        self.unit.push(self.units.code(row.unit));
        if let Quantities::Words { .. } = self.quantity {
            self.quantity =
                Quantities::Decimals((0..self.quantity.len()).map(|i| self.quantity.get(i)).collect());
        }
        if let Quantities::Decimals(values) = &mut self.quantity {
            values.push(row.quantity);
        }
        self.day.push(row.timestamp.day());
        self.region.push(row.region.map_or(NONE, |r| self.regions.code(r)));
        self.site.push(row.site.map_or(NONE, |s| self.sites.code(s)));
        self.source.push(self.sources.code(row.source));
        self.vertical.push(self.verticals.code(row.vertical));
        self.tags.push(tags);
        self.stated.push((row.scope.unwrap_or(0), row.category.unwrap_or(0)));
        self.basis.push(row.basis);
        self.event.push(row.event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_kept_keep_their_event_and_empty_columns_stay_empty() {
        let mut batch = ActivityBatch {
            quantity: Quantities::Words { mantissas: vec![1, 2, 3], scales: vec![0, 1, 2] },
            ..ActivityBatch::default()
        };
        let (electricity, kwh) = (batch.activities.code("electricity.grid"), batch.units.code("kWh"));
        batch.activity = vec![electricity; 3];
        batch.unit = vec![kwh; 3];
        batch.day = vec![Day::MIN; 3];
        let kept = batch.filtered(|row| row != 1);
        assert_eq!((kept.len(), kept.event, kept.site), (2, vec![0, 2], Vec::new()));
        assert_eq!(
            (kept.quantity.get(0), kept.quantity.get(1)),
            ("1".parse().unwrap(), "0.03".parse().unwrap())
        );
    }

    #[test]
    fn a_word_keeps_its_code() {
        let mut words = Dictionary::default();
        assert_eq!((words.code("kWh"), words.code("L"), words.code("kWh")), (0, 1, 0));
        assert_eq!((words.find("L"), words.find("MJ"), &**words.word(1)), (Some(1), None, "L"));
    }
}
