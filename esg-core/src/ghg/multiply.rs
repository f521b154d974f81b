//! The innermost loop: quantities of one kind times their rates, added to the sums of their slots.
//!
//! All rows of a call have the same rates, so what depends on the rates alone is decided once: how many there are, and whether
//! their products need rounding. Most lines give one or two products, and most rates are whole picograms for the scale that the
//! quantities have.

use super::sums::{Slot, SumTable, overflow};
use crate::amount::{AmountError, WordRate};

/// What a quantity is multiplied with.
trait Factor: Copy {
    /// The product in picograms, rounded once.
    fn pg(&self, mantissa: i64) -> i128;
}

impl Factor for WordRate {
    #[inline(always)]
    fn pg(&self, mantissa: i64) -> i128 {
        self.pg(mantissa)
    }
}

/// A whole number of picograms: nothing is rounded.
impl Factor for i64 {
    #[inline(always)]
    fn pg(&self, mantissa: i64) -> i128 {
        i128::from(mantissa) * i128::from(*self)
    }
}

/// Some rows: their numbers among the quantities and slots.
#[derive(Clone, Copy)]
pub(super) struct RowsOf<'a> {
    pub rows: &'a [u32],
    pub mantissas: &'a [i64],
    pub slots: &'a [Slot],
}

impl SumTable {
    /// Adds the products of some rows with the rates of a signature.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(always)]
    pub fn multiply(
        &mut self,
        signature: u32,
        rates: &[WordRate],
        rows: RowsOf<'_>,
    ) -> Result<(), AmountError> {
        // For one row the rates are not worth a look.
        let whole = |rate: &WordRate| rate.whole().filter(|_| rows.rows.len() > 1);
        match rates {
            [] => Ok(()),
            [rate] => match whole(rate) {
                Some(whole) => self.add_products(signature, &[whole], rows),
                None => self.add_products(signature, &[*rate], rows),
            },
            [first, second] => match whole(first).zip(whole(second)) {
                Some((a, b)) => self.add_products(signature, &[a, b], rows),
                None => self.add_products(signature, &[*first, *second], rows),
            },
            _ => {
                for &at in rows.rows {
                    let cell = self.cell(signature, rates.len(), rows.slots[at as usize]);
                    cell[0] += 1;
                    for (sum, rate) in cell[1..].iter_mut().zip(rates) {
                        let pg = rate.pg(rows.mantissas[at as usize]);
                        *sum = sum.checked_add(pg).ok_or_else(overflow)?;
                    }
                }
                Ok(())
            }
        }
    }

    #[inline(always)]
    fn add_products<F: Factor, const N: usize>(
        &mut self,
        signature: u32,
        factors: &[F; N],
        rows: RowsOf<'_>,
    ) -> Result<(), AmountError> {
        let factors = *factors;
        for &at in rows.rows {
            let (mantissa, slot) = (rows.mantissas[at as usize], rows.slots[at as usize]);
            let Some((count, sums)) = self.cell(signature, N, slot).split_first_mut() else { continue };
            *count += 1;
            for (sum, factor) in sums.iter_mut().zip(factors) {
                *sum = sum.checked_add(factor.pg(mantissa)).ok_or_else(overflow)?;
            }
        }
        Ok(())
    }
}
