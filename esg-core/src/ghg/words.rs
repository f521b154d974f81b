//! What rows say of where they belong, in words and in numbers.

use std::collections::HashMap;
use std::sync::Arc;

use super::cell::Dimensions;
use super::codes::CodedColumn;
use crate::activity::{Codes, Columns, Dictionary, Tags};

/// What a row says of itself, in words, in the order in which cells are sorted.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    pub vertical: Option<Arc<str>>,
    pub source: Option<Arc<str>>,
    pub site: Option<Arc<str>>,
    pub region: Option<Arc<str>>,
    pub tags: Vec<Option<Arc<str>>>,
}

/// Words that any batch has had.
#[derive(Debug, Default)]
pub(super) struct Words {
    verticals: Dictionary,
    sources: Dictionary,
    sites: Dictionary,
    regions: Dictionary,
    /// Codes of the kept tags' values.
    tags: HashMap<Vec<Option<Arc<str>>>, u32>,
    /// `tag_values[code - 1]`
    tag_values: Vec<Vec<Option<Arc<str>>>>,
}

impl Words {
    /// The columns of a batch that tell places apart.
    pub fn columns<'a>(&mut self, batch: &Columns<'a>, dims: &Dimensions) -> Vec<CodedColumn<'a>> {
        let mut columns = Vec::new();
        let all = [
            (dims.vertical, &batch.vertical, &mut self.verticals),
            (dims.source, &batch.source, &mut self.sources),
            (dims.site, &batch.site, &mut self.sites),
            (dims.region, &batch.region, &mut self.regions),
        ];
        for (_, column, known) in all.into_iter().filter(|(kept, ..)| *kept) {
            columns.push(CodedColumn::words(column, known));
        }
        if !dims.tags.is_empty() {
            let global = batch
                .tag_sets
                .iter()
                .map(|set| self.tag_code(dims.tags.iter().map(|name| tag(set, name)).collect()));
            columns.push(CodedColumn::coded(Codes::U32(batch.tags), global.collect()));
        }
        columns
    }

    /// What a row says of itself; the columns are those of [`Words::columns`].
    pub fn place(&self, dims: &Dimensions, columns: &[CodedColumn<'_>], row: usize) -> Place {
        let mut codes = columns.iter().map(|column| column.get(row).checked_sub(1));
        let mut word = |kept: bool, known: &Dictionary| {
            let code = if kept { codes.next().flatten() } else { None };
            code.map(|code| Arc::clone(known.word(code)))
        };
        let mut place = Place {
            vertical: word(dims.vertical, &self.verticals),
            source: word(dims.source, &self.sources),
            site: word(dims.site, &self.sites),
            region: word(dims.region, &self.regions),
            tags: Vec::new(),
        };
        if !dims.tags.is_empty() {
            let values = codes.next().flatten().map(|code| self.tag_values[code as usize].clone());
            place.tags = values.unwrap_or_else(|| vec![None; dims.tags.len()]);
        }
        place
    }

    /// The codes of a place's words, in the order of [`Words::columns`].
    pub fn codes(&mut self, place: &Place, dims: &Dimensions) -> Vec<u32> {
        let code = |known: &mut Dictionary, word: &Option<Arc<str>>| {
            word.as_ref().map_or(0, |word| known.code(word) + 1)
        };
        let all = [
            (dims.vertical, &place.vertical, &mut self.verticals),
            (dims.source, &place.source, &mut self.sources),
            (dims.site, &place.site, &mut self.sites),
            (dims.region, &place.region, &mut self.regions),
        ];
        let kept = all.into_iter().filter(|(kept, ..)| *kept);
        let mut codes: Vec<u32> = kept.map(|(_, word, known)| code(known, word)).collect();
        if !dims.tags.is_empty() {
            codes.push(self.tag_code(place.tags.clone()));
        }
        codes
    }

    /// The code of the kept tags' values.
    fn tag_code(&mut self, values: Vec<Option<Arc<str>>>) -> u32 {
        *self.tags.entry(values).or_insert_with_key(|values| {
            self.tag_values.push(values.clone());
            self.tag_values.len() as u32
        })
    }
}

fn tag(set: &Tags, name: &str) -> Option<Arc<str>> {
    set.iter().find(|(n, _)| **n == *name).map(|(_, value)| Arc::clone(value))
}
