//! Keys of codes: which number a row's tuple of words has, across batches whose dictionaries differ.
//!
//! A batch numbers its words in its own order. Here every word gets one code for good, and a tuple of codes is an index
//! into a table: what a row needs is found by shifting and loading, and words are compared once for each batch.

use std::collections::HashMap;
use std::ops::Range;

use crate::activity::{Code, Codes, Column, Dictionary, NONE, with_codes};

/// Largest dense table, in bits of its index.
const MAX_DENSE_BITS: u32 = 22;

/// One column of a batch, with the global code of each of its words; 0 stands for "not stated".
pub(super) struct CodedColumn<'a> {
    codes: Codes<'a>,
    global: Vec<u32>,
    /// `global` where it stands in the key of a dense table; see [`KeyTable::fit`].
    shifted: Vec<u32>,
}

impl<'a> CodedColumn<'a> {
    /// A column of words; `known` learns those that are new.
    pub fn words(column: &Column<'a>, known: &mut Dictionary) -> Self {
        let texts = &column.texts;
        let word = |index| texts.get(index).map_or(0, |word| known.code(word) + 1);
        Self::coded(column.codes, (0..texts.len()).map(word).collect())
    }

    /// A column whose codes were made global by the caller.
    pub fn coded(codes: Codes<'a>, global: Vec<u32>) -> Self {
        Self { codes, global, shifted: Vec::new() }
    }

    /// The global code of a row.
    pub fn get(&self, row: usize) -> u32 {
        self.codes.index(row).and_then(|index| self.global.get(index)).copied().unwrap_or(0)
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
    /// Writes the number of every row's tuple; `make` gives the number of one that is new, told by a row that has it.
    /// [`KeyTable::fit`] comes before, once for the columns.
    pub fn numbers(
        &mut self,
        columns: &[CodedColumn<'_>],
        rows: Range<usize>,
        numbers: &mut Vec<u32>,
        mut make: impl FnMut(usize) -> u32,
    ) {
        numbers.clear();
        if self.dense.is_empty() {
            numbers.extend(rows.map(|row| self.sparse_number(columns, row, &mut make)));
            return;
        }
        numbers.resize(rows.len(), 0);
        for column in columns.iter().filter(|column| !column.codes.is_empty()) {
            with_codes!(column.codes, |codes| add_codes(numbers, &codes[rows.clone()], &column.shifted));
        }
        for (number, row) in numbers.iter_mut().zip(rows) {
            let known = self.dense[*number as usize];
            *number = if known == NONE { self.dense_number(*number, columns, row, &mut make) } else { known };
        }
    }

    /// The number of one tuple of global codes; `make` gives it if it is new.
    pub fn number(&mut self, codes: &[u32], make: impl FnOnce() -> u32) -> u32 {
        self.widen(codes.iter().copied());
        let key =
            codes.iter().zip(&self.bits).fold(0u128, |key, (&code, bits)| key << bits | u128::from(code));
        let known = if self.dense.is_empty() {
            self.sparse.get(&key).copied()
        } else {
            Some(self.dense[key as usize]).filter(|&number| number != NONE)
        };
        known.unwrap_or_else(|| {
            let made = make();
            self.entries.push((codes.to_vec(), made));
            if self.dense.is_empty() {
                self.sparse.insert(key, made);
            } else {
                self.dense[key as usize] = made;
            }
            made
        })
    }

    #[cold]
    fn dense_number(
        &mut self,
        key: u32,
        columns: &[CodedColumn<'_>],
        row: usize,
        make: &mut impl FnMut(usize) -> u32,
    ) -> u32 {
        let made = make(row);
        self.dense[key as usize] = made;
        self.entries.push((columns.iter().map(|c| c.get(row)).collect(), made));
        made
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
    pub fn fit(&mut self, columns: &mut [CodedColumn<'_>]) {
        self.widen(columns.iter().map(|column| *column.global.iter().max().unwrap_or(&0)));
        if !self.dense.is_empty() {
            let mut shift: u32 = self.bits.iter().sum();
            for (column, bits) in columns.iter_mut().zip(&self.bits) {
                shift -= bits;
                column.shifted = column.global.iter().map(|code| code << shift).collect();
            }
        }
    }

    /// Makes room for codes up to these.
    fn widen(&mut self, most: impl ExactSizeIterator<Item = u32> + Clone) {
        let needed = |code: u32| u32::BITS - code.leading_zeros();
        let fits = self.bits.len() == most.len()
            && !(self.dense.is_empty() && self.sparse.is_empty())
            && most.clone().zip(&self.bits).all(|(code, &bits)| needed(code) <= bits);
        if !fits {
            self.bits.resize(most.len(), 0);
            for (bits, code) in self.bits.iter_mut().zip(most) {
                *bits = (*bits).max(needed(code));
            }
            self.lay();
        }
    }

    fn lay(&mut self) {
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

/// Puts the codes of a column into the keys of its rows.
fn add_codes<C: Code>(numbers: &mut [u32], codes: &[C], shifted: &[u32]) {
    for (number, code) in numbers.iter_mut().zip(codes) {
        *number |= shifted.get(code.index()).copied().unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Texts;

    #[test]
    fn a_tuple_keeps_its_number_while_dictionaries_change() {
        let (mut table, mut known) = (KeyTable::default(), Dictionary::default());
        let mut made = 0;
        let mut numbers = |words: &[&str], codes: &[u32]| {
            let mut dictionary = Dictionary::default();
            words.iter().for_each(|w| {
                dictionary.code(w);
            });
            let column = Column { codes: Codes::U32(codes), texts: Texts::Ours(dictionary.words()) };
            let mut columns = [CodedColumn::words(&column, &mut known)];
            let mut numbers = Vec::new();
            table.fit(&mut columns);
            table.numbers(&columns, 0..codes.len(), &mut numbers, |_| {
                made += 1;
                made
            });
            numbers
        };
        assert_eq!(numbers(&["a", "b"], &[1, 0, 1, NONE]), [1, 2, 1, 3]);
        assert_eq!(numbers(&["c", "a", "b", "d", "e"], &[2, 1, 0, NONE, 4]), [1, 2, 4, 3, 5]);
    }

    #[test]
    fn many_words_are_numbered_the_same_way() {
        let mut table = KeyTable::default();
        let codes: Vec<u32> = (0..3000).collect();
        let mut columns = [(), ()].map(|()| CodedColumn::coded(Codes::U32(&codes), (1..=3000).collect()));
        let (mut next, mut numbers) = (0, Vec::new());
        table.fit(&mut columns);
        table.numbers(&columns, 0..3000, &mut numbers, |_| {
            next += 1;
            next - 1
        });
        assert!(table.dense.is_empty());
        assert_eq!(numbers, codes);
        table.numbers(&columns, 10..20, &mut numbers, |_| unreachable!());
        assert_eq!(numbers, codes[10..20]);
    }
}
