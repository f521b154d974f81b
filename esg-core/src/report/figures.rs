//! Figures for people: exact amounts, rounded once, half to even, by whole-number arithmetic.
//!
//! This is the only place where an amount loses digits, and no binary float takes part. A figure that is not zero is never
//! shown as zero: it is shown as smaller than the smallest that the column can show.

use crate::amount::{Amount, SCALE, divide_half_even};

/// What a figure is shown in, as a power of ten of the amount's own unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum In {
    /// The unit itself: kg, kWh, L.
    Units,
    /// Thousands: t, MWh, m3.
    Thousands,
}

impl In {
    const fn power(self) -> u32 {
        match self {
            Self::Units => 0,
            Self::Thousands => 3,
        }
    }
}

/// Returns the amount rounded half to even to `decimals` places, with a comma between thousands where `grouped`.
///
/// # Examples
/// ```
/// # use esg_core::{Amount, report::{In, rounded}};
/// let amount = Amount::from_kg("1234567.5".parse()?)?;
/// assert_eq!(rounded(amount, In::Thousands, 3, true), "1,234.568");
/// assert_eq!(rounded(amount, In::Units, 0, false), "1234568");
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn rounded(amount: Amount, shown: In, decimals: u32, grouped: bool) -> String {
    let scale = SCALE + shown.power();
    let kept = decimals.min(scale);
    let units = divide_half_even(amount.pg().unsigned_abs(), 10u128.pow(scale - kept));
    let digits = format!("{units:0>width$}", width = kept as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - kept as usize);
    let mut text = String::with_capacity(digits.len() + 8);
    if amount.pg() < 0 && units != 0 {
        text.push('-');
    }
    text.push_str(&if grouped { with_commas(whole) } else { whole.to_owned() });
    if decimals > 0 {
        text.push('.');
        text.push_str(fraction);
        text.extend(std::iter::repeat_n('0', (decimals - kept) as usize));
    }
    text
}

/// Returns the amount as [`rounded`] with commas, or `<0.001` where it is not zero and would be shown as zero.
pub fn shown(amount: Amount, in_: In, decimals: u32) -> String {
    let text = rounded(amount, in_, decimals, true);
    if amount.is_zero() || text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        return text;
    }
    let smallest = match decimals {
        0 => "1".to_owned(),
        _ => format!("0.{:0>width$}", 1, width = decimals as usize),
    };
    if amount.pg() > 0 { format!("<{smallest}") } else { format!(">-{smallest}") }
}

/// Returns kilograms to three significant digits in the unit that keeps them readable: `417 g`, `1.25 t`, `38.2 kt`.
pub fn short_mass(kg: Amount) -> String {
    const UNITS: [&str; 5] = ["g", "kg", "t", "kt", "Mt"];
    let magnitude = kg.pg().unsigned_abs();
    if magnitude == 0 {
        return "0 t".to_owned();
    }
    // Below a milligram three digits do not help anybody.
    if magnitude < 10u128.pow(SCALE - 6) {
        return if kg.pg() > 0 { "<0.001 g" } else { ">-0.001 g" }.to_owned();
    }
    let mut length = magnitude.ilog10() + 1;
    let mut leading = divide_half_even(magnitude, 10u128.pow(length - 3));
    if leading == 1000 {
        (leading, length) = (100, length + 1);
    }
    // The first digit stands for 10^power grams.
    let power = i64::from(length) - 1 - i64::from(SCALE - 3);
    let step = power.div_euclid(3).clamp(0, UNITS.len() as i64 - 1);
    let before = power - 3 * step + 1;
    let digits = leading.to_string();
    let text = match usize::try_from(before) {
        Ok(n) if (1..3).contains(&n) => format!("{}.{}", &digits[..n], &digits[n..]),
        Ok(n) if n >= 3 => with_commas(&format!("{digits:0<n$}")),
        _ => format!("0.{}{digits}", "0".repeat(before.unsigned_abs() as usize)),
    };
    let sign = if kg.pg() < 0 { "-" } else { "" };
    format!("{sign}{text} {}", UNITS[step as usize])
}

/// Writes a count with commas.
pub fn count(n: u64) -> String {
    with_commas(&n.to_string())
}

fn with_commas(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kg(text: &str) -> Amount {
        Amount::from_kg(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_tie_goes_to_the_even_neighbour() {
        for (exact, want) in [("0.125", "0.12"), ("0.135", "0.14"), ("-0.125", "-0.12"), ("-0.135", "-0.14")]
        {
            assert_eq!(rounded(kg(exact), In::Units, 2, false), want, "{exact}");
        }
    }

    #[test]
    fn a_picogram_beside_the_tie_decides() {
        assert_eq!(rounded(kg("0.124999999999999"), In::Units, 2, false), "0.12");
        assert_eq!(rounded(kg("0.125000000000001"), In::Units, 2, false), "0.13");
        assert_eq!(rounded(kg("0.134999999999999"), In::Units, 2, false), "0.13");
        // 2500 kg is a tie in whole thousands between 2 and 3; one picogram more is not.
        assert_eq!(rounded(kg("2500"), In::Thousands, 0, false), "2");
        assert_eq!(rounded(kg("2500.000000000000001"), In::Thousands, 0, false), "3");
        assert_eq!(rounded(kg("3500"), In::Thousands, 0, false), "4");
    }

    #[test]
    fn more_places_than_there_are_digits_are_zeros() {
        assert_eq!(rounded(kg("1.5"), In::Units, 17, false), "1.50000000000000000");
        assert_eq!(rounded(kg("1.5"), In::Thousands, 3, false), "0.002");
        assert_eq!(rounded(Amount::ZERO, In::Units, 0, true), "0");
    }

    #[test]
    fn thousands_are_parted_by_commas() {
        assert_eq!(rounded(kg("999999.9995"), In::Units, 3, true), "1,000,000.000");
        assert_eq!(rounded(kg("-1234"), In::Units, 0, true), "-1,234");
        assert_eq!((count(0), count(999), count(1000)), ("0".into(), "999".into(), "1,000".into()));
    }

    #[test]
    fn what_is_not_zero_is_never_shown_as_zero() {
        assert_eq!(shown(kg("0.4"), In::Thousands, 3), "<0.001");
        assert_eq!(shown(kg("0.5"), In::Thousands, 3), "<0.001");
        assert_eq!(shown(kg("0.500000000000001"), In::Thousands, 3), "0.001");
        assert_eq!(shown(kg("-0.4"), In::Thousands, 3), ">-0.001");
        assert_eq!(shown(kg("0.4"), In::Units, 0), "<1");
        assert_eq!(shown(Amount::ZERO, In::Thousands, 3), "0.000");
    }

    #[test]
    fn short_figures_have_three_digits_and_a_fitting_unit() {
        let cases = [
            ("0", "0 t"),
            ("0.4171", "417 g"),
            ("0.9995", "1.00 kg"),
            ("0.99949", "999 g"),
            ("12.345", "12.3 kg"),
            ("12.35", "12.4 kg"),
            ("1250", "1.25 t"),
            ("-1250", "-1.25 t"),
            ("38249999", "38.2 kt"),
            ("999500", "1.00 kt"),
            ("0.00000123", "0.00123 g"),
            ("0.0000000123", "<0.001 g"),
            ("1234000000000000", "1,230,000 Mt"),
        ];
        for (exact, want) in cases {
            assert_eq!(short_mass(kg(exact)), want, "{exact} kg");
        }
    }

    proptest! {
        #[test]
        fn rounding_is_never_off_by_more_than_half_a_step(pg in -10i128.pow(27)..10i128.pow(27), decimals in 0u32..15) {
            let amount = Amount::from_pg(pg).unwrap();
            let back: crate::Decimal = rounded(amount, In::Units, decimals, false).parse().unwrap();
            let gap = (Amount::from_kg(back).unwrap().pg() - pg).abs();
            prop_assert!(2 * gap <= 10i128.pow(15 - decimals), "{pg} at {decimals}: off by {gap}");
        }
    }
}
