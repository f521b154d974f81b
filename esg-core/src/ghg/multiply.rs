//! The innermost loop: quantities of one kind times their rates, added to the sums of their slots.
//!
//! All rows of a call have the same rates, so what depends on the rates alone is decided once: how many there are, and whether
//! their products need rounding. Most lines give one or two products, and most rates are whole picograms for each unit.

use super::rates::WholeRates;
use super::sums::{Slot, SumTable, overflow};
use crate::amount::{AmountError, WordRate, decimal_product};

/// Some rows: their numbers among the quantities and slots.
#[derive(Clone, Copy)]
pub(super) struct RowsOf<'a> {
    pub rows: &'a [u32],
    pub mantissas: &'a [i64],
    pub slots: &'a [Slot],
}

impl SumTable {
    /// Adds the products of some rows with whole rates; `shared` is the scale of all of them, where they have one.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(always)]
    pub fn multiply_whole(
        &mut self,
        rates: &WholeRates,
        rows: RowsOf<'_>,
        scales: &[u8],
        shared: Option<u8>,
    ) -> Result<(), AmountError> {
        let [first, second] = rates.per_unit;
        match rates.count {
            1 => self.add_whole(rates.signature, [first], rows, scales, shared),
            _ => self.add_whole(rates.signature, [first, second], rows, scales, shared),
        }
    }

    #[inline(always)]
    fn add_whole<const N: usize>(
        &mut self,
        signature: u32,
        per_unit: [i64; N],
        rows: RowsOf<'_>,
        scales: &[u8],
        shared: Option<u8>,
    ) -> Result<(), AmountError> {
        // Where a rate is whole for the last digit of the quantities too, there is nothing to round.
        if let Some(rates) = shared.and_then(|scale| per_digit(per_unit, scale)) {
            return self.add_products(signature, rows, |at| {
                let mantissa = i128::from(rows.mantissas[at]);
                rates.map(|rate| mantissa * i128::from(rate))
            });
        }
        self.add_products(signature, rows, |at| {
            per_unit.map(|rate| decimal_product(rows.mantissas[at], scales[at], rate))
        })
    }

    /// Adds the products of some rows of one scale with the rates of a signature.
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
        match *rates {
            [] => Ok(()),
            [rate] => self.add_products(signature, rows, |at| [rate.pg(rows.mantissas[at])]),
            [first, second] => self.add_products(signature, rows, |at| {
                [first.pg(rows.mantissas[at]), second.pg(rows.mantissas[at])]
            }),
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
    fn add_products<const N: usize>(
        &mut self,
        signature: u32,
        rows: RowsOf<'_>,
        products: impl Fn(usize) -> [i128; N],
    ) -> Result<(), AmountError> {
        for &at in rows.rows {
            let products = products(at as usize);
            let cell = self.cell(signature, N, rows.slots[at as usize]);
            let Some((count, sums)) = cell.split_first_mut() else { continue };
            *count += 1;
            for (sum, pg) in sums.iter_mut().zip(products) {
                *sum = sum.checked_add(pg).ok_or_else(overflow)?;
            }
        }
        Ok(())
    }
}

/// The rates for the last digit of quantities with `scale` digits after the point, where they are whole.
#[inline(always)]
fn per_digit<const N: usize>(per_unit: [i64; N], scale: u8) -> Option<[i64; N]> {
    let mut rates = [0; N];
    for (rate, per_unit) in rates.iter_mut().zip(per_unit) {
        *rate = WordRate::of_decimal(per_unit, scale)?.whole()?;
    }
    Some(rates)
}
