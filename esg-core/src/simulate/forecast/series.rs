//! A series: one finite value for each of consecutive periods.
//!
//! A model that reads 0 where a meter was silent learns a fall that never was. So a hole is refused by name; who wants
//! it filled asks for that, and the answer says which periods were filled.

use std::collections::BTreeMap;

use super::calendar::Slot;
use super::error::ForecastError;

/// Most periods of a series.
pub const MAX_PERIODS: usize = 20_000;
/// Largest magnitude of a value: its square and sums of squares stay finite.
pub const MAX_VALUE: f64 = 1e100;

/// What to do with a period that has no value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Gaps {
    /// Refuse, and name the first one.
    Refuse,
    /// Put the value on the straight line between its neighbours, and flag it.
    Interpolate,
}

/// Values of consecutive periods, in the caller's unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    first: Slot,
    values: Vec<f64>,
    interpolated: Vec<usize>,
}

impl Series {
    /// Returns the series of values with the periods 1, 2, 3, ...
    ///
    /// # Errors
    /// [`ForecastError::Value`], [`ForecastError::Limit`], [`ForecastError::TooShort`] without a value.
    pub fn from_values(values: &[f64]) -> Result<Self, ForecastError> {
        Self::starting(Slot::count(1), values)
    }

    /// Returns the series of values from a first period on.
    ///
    /// # Errors
    /// As [`Series::from_values`].
    pub fn starting(first: Slot, values: &[f64]) -> Result<Self, ForecastError> {
        check_length(values.len())?;
        for (at, value) in values.iter().enumerate() {
            check_value(first.after(at), *value)?;
        }
        Ok(Self { first, values: values.to_vec(), interpolated: Vec::new() })
    }

    /// Returns the series of dated values, which may come in any order. `None` is a period that is known to be missing.
    ///
    /// # Errors
    /// [`ForecastError::Gap`] unless interpolation is asked for (and then for a gap that has no value on one of its
    /// sides), [`ForecastError::Doubled`], [`ForecastError::Step`], and those of [`Series::from_values`].
    pub fn from_points(
        points: impl IntoIterator<Item = (Slot, Option<f64>)>,
        gaps: Gaps,
    ) -> Result<Self, ForecastError> {
        let mut known: BTreeMap<i64, (Slot, Option<f64>)> = BTreeMap::new();
        let mut start: Option<Slot> = None;
        for (slot, value) in points {
            let first = *start.get_or_insert(slot);
            if first.step() != slot.step() {
                return Err(ForecastError::Step { first: first.to_string(), other: slot.to_string() });
            }
            if let Some(value) = value {
                check_value(slot, value)?;
            }
            if let Some((_, before)) = known.insert(slot.number(), (slot, value)) {
                let shown = |value: Option<f64>| value.unwrap_or(f64::NAN);
                return Err(ForecastError::Doubled {
                    period: slot.to_string(),
                    first: shown(before),
                    second: shown(value),
                });
            }
        }
        let Some((from, (first, _))) = known.first_key_value() else {
            return Err(too_short());
        };
        let last = known.last_key_value().map_or(*from, |(last, _)| *last);
        let length = usize::try_from(last.abs_diff(*from)).unwrap_or(usize::MAX).saturating_add(1);
        check_length(length)?;
        let mut values = vec![None; length];
        for (number, (_, value)) in &known {
            values[number.abs_diff(*from) as usize] = *value;
        }
        fill(*first, &values, gaps)
    }

    /// Returns the ratio of two series, period by period: energy over production gives energy for each unit.
    ///
    /// # Errors
    /// [`ForecastError::Pair`] when they cover different periods, [`ForecastError::ZeroDenominator`].
    pub fn ratio(numerator: &Self, denominator: &Self) -> Result<Self, ForecastError> {
        if (numerator.first, numerator.values.len()) != (denominator.first, denominator.values.len()) {
            return Err(ForecastError::Pair {
                first: numerator.first.to_string(),
                length: numerator.values.len(),
                other: denominator.first.to_string(),
                others: denominator.values.len(),
            });
        }
        let mut values = Vec::with_capacity(numerator.values.len());
        for (at, (n, d)) in numerator.values.iter().zip(&denominator.values).enumerate() {
            let slot = numerator.first.after(at);
            if *d == 0.0 {
                return Err(ForecastError::ZeroDenominator { period: slot.to_string() });
            }
            values.push(n / d);
        }
        let mut ratio = Self::starting(numerator.first, &values)?;
        ratio.interpolated = numerator.interpolated.clone();
        ratio.interpolated.extend(&denominator.interpolated);
        ratio.interpolated.sort_unstable();
        ratio.interpolated.dedup();
        Ok(ratio)
    }

    /// First period.
    pub const fn first(&self) -> Slot {
        self.first
    }

    /// Returns the period at a position; positions at and beyond the length are those of a forecast.
    pub const fn slot(&self, at: usize) -> Slot {
        self.first.after(at)
    }

    /// Values, in the caller's unit.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Positions that were filled by interpolation.
    pub fn interpolated(&self) -> &[usize] {
        &self.interpolated
    }

    /// Refuses values that are not above a bound.
    pub(super) fn require_above(&self, above: f64, model: &str) -> Result<(), ForecastError> {
        match self.values.iter().position(|value| *value <= above) {
            None => Ok(()),
            Some(at) => Err(ForecastError::NotPositive {
                period: self.slot(at).to_string(),
                value: self.values[at],
                model: model.to_owned(),
                above,
            }),
        }
    }

    /// Refuses series of fewer values.
    pub(super) fn require_length(&self, needed: usize, model: &str) -> Result<(), ForecastError> {
        if self.values.len() < needed {
            let got = self.values.len();
            return Err(ForecastError::TooShort { model: model.to_owned(), needed, got });
        }
        Ok(())
    }
}

fn too_short() -> ForecastError {
    ForecastError::TooShort { model: "a forecast".to_owned(), needed: 1, got: 0 }
}

fn check_length(got: usize) -> Result<(), ForecastError> {
    match got {
        0 => Err(too_short()),
        1..=MAX_PERIODS => Ok(()),
        _ => Err(ForecastError::Limit { got, most: MAX_PERIODS }),
    }
}

fn check_value(slot: Slot, value: f64) -> Result<(), ForecastError> {
    // A comparison with NaN is false.
    if value.abs() <= MAX_VALUE {
        return Ok(());
    }
    Err(ForecastError::Value { period: slot.to_string(), value })
}

fn fill(first: Slot, values: &[Option<f64>], gaps: Gaps) -> Result<Series, ForecastError> {
    let mut filled = Vec::with_capacity(values.len());
    let mut interpolated = Vec::new();
    let mut before: Option<(usize, f64)> = None;
    for (at, value) in values.iter().enumerate() {
        if let Some(value) = value {
            before = Some((at, *value));
            filled.push(*value);
            continue;
        }
        let after = values[at..].iter().position(Option::is_some).map(|steps| at + steps);
        match (gaps, before, after) {
            (Gaps::Interpolate, Some((left, from)), Some(right)) => {
                let to = values[right].unwrap_or(from);
                filled.push(from + (to - from) * ((at - left) as f64 / (right - left) as f64));
                interpolated.push(at);
            }
            _ => return Err(ForecastError::Gap { period: first.after(at).to_string() }),
        }
    }
    Ok(Series { first, values: filled, interpolated })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(list: &[(&str, Option<f64>)]) -> Vec<(Slot, Option<f64>)> {
        list.iter().map(|(slot, value)| (slot.parse().unwrap(), *value)).collect()
    }

    fn code<T: std::fmt::Debug>(result: Result<T, ForecastError>) -> &'static str {
        result.unwrap_err().code()
    }

    #[test]
    fn a_missing_month_is_named_and_not_zero() {
        let holed = points(&[("2024-04", Some(4.0)), ("2024-01", Some(1.0)), ("2024-02", None)]);
        let error = Series::from_points(holed.clone(), Gaps::Refuse).unwrap_err();
        assert_eq!(error, ForecastError::Gap { period: "2024-02".to_owned() });
        let series = Series::from_points(holed, Gaps::Interpolate).unwrap();
        assert_eq!(
            (series.values(), series.interpolated()),
            ([1.0, 2.0, 3.0, 4.0].as_slice(), [1, 2].as_slice())
        );
        assert_eq!(series.slot(4).to_string(), "2024-05");
    }

    #[test]
    fn an_end_is_never_made_up() {
        let open = points(&[("2024-01", Some(1.0)), ("2024-02", None)]);
        assert_eq!(code(Series::from_points(open, Gaps::Interpolate)), "forecast.gap");
    }

    #[test]
    fn what_is_no_series_is_refused() {
        assert_eq!(code(Series::from_values(&[])), "forecast.too_short");
        assert_eq!(code(Series::from_points([], Gaps::Refuse)), "forecast.too_short");
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.1e100, -1.1e100] {
            assert_eq!(code(Series::from_values(&[1.0, value])), "forecast.value");
        }
        assert!(Series::from_values(&[1e100, -1e100, 0.0]).is_ok());
        let twice = points(&[("2024", Some(1.0)), ("2024", Some(2.0))]);
        assert_eq!(code(Series::from_points(twice, Gaps::Refuse)), "forecast.doubled");
        let mixed = points(&[("2024", Some(1.0)), ("2024-01", Some(2.0))]);
        assert_eq!(code(Series::from_points(mixed, Gaps::Refuse)), "forecast.step");
        let far = points(&[("1", Some(1.0)), ("999999999", Some(2.0))]);
        assert_eq!(code(Series::from_points(far, Gaps::Interpolate)), "forecast.limit");
        assert!(Series::from_values(&vec![1.0; MAX_PERIODS]).is_ok());
        assert_eq!(code(Series::from_values(&vec![1.0; MAX_PERIODS + 1])), "forecast.limit");
    }

    #[test]
    fn a_ratio_is_taken_period_by_period() {
        let of = |values: &[f64]| Series::from_values(values).unwrap();
        let ratio = Series::ratio(&of(&[3.0, 5.0]), &of(&[2.0, 4.0])).unwrap();
        assert_eq!(ratio.values(), [1.5, 1.25]);
        let zero = Series::ratio(&of(&[3.0, 5.0]), &of(&[2.0, 0.0])).unwrap_err();
        assert_eq!(zero, ForecastError::ZeroDenominator { period: "2".to_owned() });
        assert_eq!(code(Series::ratio(&of(&[3.0]), &of(&[2.0, 1.0]))), "forecast.pair");
    }
}
