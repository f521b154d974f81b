//! Quantities of a batch: exact decimals, in machine words where that is known beforehand.

use crate::decimal::{Decimal, MAX_SCALE};

/// Quantities of a batch.
#[derive(Clone, Debug)]
pub enum Quantities {
    /// Any decimals.
    Decimals(Vec<Decimal>),
    /// Decimals in machine words: `mantissas[row] / 10^scales[row]`.
    Words {
        /// Digits without the point.
        mantissas: Vec<i64>,
        /// Digits after the point.
        scales: Vec<u8>,
    },
}

impl Default for Quantities {
    fn default() -> Self {
        Self::Decimals(Vec::new())
    }
}

impl Quantities {
    /// The quantity of a row.
    pub fn get(&self, row: usize) -> Decimal {
        match self {
            Self::Decimals(values) => values[row],
            Self::Words { mantissas, scales } => Self::decimal(mantissas[row], scales[row]),
        }
    }

    /// The decimal that two words stand for.
    pub(super) fn decimal(mantissa: i64, scale: u8) -> Decimal {
        Decimal::new(mantissa.into(), u32::from(scale).min(MAX_SCALE))
            .expect("a word has at most 19 digits, and the scale is in range")
    }

    /// The quantities of some rows, in their order.
    pub(super) fn of_rows(&self, rows: &[usize]) -> Self {
        match self {
            Self::Decimals(values) => Self::Decimals(rows.iter().map(|&row| values[row]).collect()),
            Self::Words { mantissas, scales } => Self::Words {
                mantissas: rows.iter().map(|&row| mantissas[row]).collect(),
                scales: rows.iter().map(|&row| scales[row]).collect(),
            },
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Decimals(values) => values.len(),
            Self::Words { mantissas, .. } => mantissas.len(),
        }
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_in_words_are_the_same_decimals() {
        let words = Quantities::Words { mantissas: vec![12_505, -10], scales: vec![1, 1] };
        assert_eq!(words.get(0), "1250.5".parse().unwrap());
        assert_eq!(words.get(1), "-1".parse().unwrap());
    }
}
