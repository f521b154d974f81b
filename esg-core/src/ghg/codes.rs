//! Keys of codes: which number a row's tuple of words has, across batches whose dictionaries differ.
//!
//! A batch numbers its words in its own order. Here every word gets one code for good, and a tuple of codes is an index
//! into a table: what a row needs is found by shifting and loading, and words are compared once for each batch.

use std::collections::HashMap;
use std::ops::Range;

use crate::activity::{Dictionary, NONE};

/// Largest dense table, in bits of its index.
const MAX_DENSE_BITS: u32 = 22;

/// One column of a batch, with the global code of each of its words; 0 stands for "not stated".
pub(super) struct CodedColumn<'a> {
    codes: &'a [u32],
    global: Vec<u32>,
}

impl<'a> CodedColumn<'a> {
    /// A column of words; `known` learns those that are new.
    pub fn words(codes: &'a [u32], words: &Dictionary, known: &mut Dictionary) -> Self {
        Self { codes, global: words.words().iter().map(|word| known.code(word) + 1).collect() }
    }

    /// A column whose codes were made global by the caller.
    pub fn coded(codes: &'a [u32], global: Vec<u32>) -> Self {
        Self { codes, global }
    }

    /// The global code of a row.
    fn get(&self, row: usize) -> u32 {
        self.codes.get(row).and_then(|&code| self.global.get(code as usize)).copied().unwrap_or(0)
    }
}

/// Numbers of tuples of global codes.
#[derive(Debug, Default)]
pub(super) struct KeyTable {
    /// Bits of each code.
    bits: Vec<u32>,
    dense: Vec<u32>,
    sparse: HashMap<u128, u32>,
    entries: Vec<(Vec<u32>, u32)>,
}

impl KeyTable {
    /// Returns the number of every row's tuple; `make` gives the number of one that is new, told by a row that has it.
    pub fn numbers(
        &mut self,
        columns: &[CodedColumn<'_>],
        rows: Range<usize>,
        mut make: impl FnMut(usize) -> u32,
    ) -> Vec<u32> {
        self.fit(columns);
        if self.bits.iter().sum::<u32>() > MAX_DENSE_BITS {
            return rows.map(|row| self.sparse_number(columns, row, &mut make)).collect();
        }
        let mut numbers = vec![0u32; rows.len()];
        let mut shift: u32 = self.bits.iter().sum();
        for (column, bits) in columns.iter().zip(&self.bits) {
            shift -= bits;
            let shifted: Vec<u32> = column.global.iter().map(|code| code << shift).collect();
            if column.codes.is_empty() {
                continue;
            }
            for (number, &code) in numbers.iter_mut().zip(&column.codes[rows.clone()]) {
                *number |= shifted.get(code as usize).copied().unwrap_or(0);
            }
        }
        for (number, row) in numbers.iter_mut().zip(rows) {
            let key = *number as usize;
            if self.dense[key] == NONE {
                let made = make(row);
                self.dense[key] = made;
                self.entries.push((columns.iter().map(|c| c.get(row)).collect(), made));
            }
            *number = self.dense[key];
        }
        numbers
    }

    fn sparse_number(
        &mut self,
        columns: &[CodedColumn<'_>],
        row: usize,
        make: &mut impl FnMut(usize) -> u32,
    ) -> u32 {
        let key =
            columns.iter().zip(&self.bits).fold(0u128, |key, (c, bits)| key << bits | u128::from(c.get(row)));
        if let Some(&number) = self.sparse.get(&key) {
            return number;
        }
        let made = make(row);
        self.sparse.insert(key, made);
        self.entries.push((columns.iter().map(|c| c.get(row)).collect(), made));
        made
    }

    /// Makes room for the largest code of each column; the table is laid anew when one outgrows its bits.
    fn fit(&mut self, columns: &[CodedColumn<'_>]) {
        let needed =
            |column: &CodedColumn<'_>| u32::BITS - column.global.iter().max().unwrap_or(&0).leading_zeros();
        if self.bits.len() == columns.len()
            && columns.iter().zip(&self.bits).all(|(c, &bits)| needed(c) <= bits)
        {
            return;
        }
        self.bits.resize(columns.len(), 0);
        for (bits, column) in self.bits.iter_mut().zip(columns) {
            *bits = (*bits).max(needed(column));
        }
        let total: u32 = self.bits.iter().sum();
        let dense = total <= MAX_DENSE_BITS;
        self.dense = vec![NONE; if dense { 1 << total } else { 0 }];
        self.sparse.clear();
        for (codes, number) in &self.entries {
            let key =
                codes.iter().zip(&self.bits).fold(0u128, |key, (&code, bits)| key << bits | u128::from(code));
            if dense {
                self.dense[key as usize] = *number;
            } else {
                self.sparse.insert(key, *number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tuple_keeps_its_number_while_dictionaries_change() {
        let (mut table, mut known) = (KeyTable::default(), Dictionary::default());
        let mut made = 0;
        let mut numbers = |words: &[&str], codes: &[u32]| {
            let mut dictionary = Dictionary::default();
            words.iter().for_each(|w| {
                dictionary.code(w);
            });
            let column = CodedColumn::words(codes, &dictionary, &mut known);
            table.numbers(&[column], 0..codes.len(), |_| {
                made += 1;
                made
            })
        };
        assert_eq!(numbers(&["a", "b"], &[1, 0, 1, NONE]), [1, 2, 1, 3]);
        assert_eq!(numbers(&["c", "a", "b", "d", "e"], &[2, 1, 0, NONE, 4]), [1, 2, 4, 3, 5]);
    }

    #[test]
    fn many_words_are_numbered_the_same_way() {
        let mut table = KeyTable::default();
        let codes: Vec<u32> = (0..3000).collect();
        let columns = || {
            [
                CodedColumn::coded(&codes, (1..=3000).collect()),
                CodedColumn::coded(&codes, (1..=3000).collect()),
            ]
        };
        let mut next = 0;
        let first = table.numbers(&columns(), 0..3000, |_| {
            next += 1;
            next - 1
        });
        assert!(table.dense.is_empty());
        assert_eq!(first, codes);
        assert_eq!(table.numbers(&columns(), 10..20, |_| unreachable!()), codes[10..20]);
    }
}
