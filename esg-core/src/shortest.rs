//! The shortest decimal of a binary float, in whole numbers.
//!
//! A float stands for every real number that rounds to it; its shortest decimal is the one with the fewest digits among
//! them, and of those the nearest. For the sizes that are measured (1e-5 to 1e15) all of it fits 128 bits, which is several
//! times faster than printing and reading text (Steele and White 1990 state the problem; the answer is the same text that
//! Rust, Python and JavaScript print).

/// Powers of ten up to 10^22.
const POW10: [u128; 23] = {
    let mut powers = [1u128; 23];
    let mut i = 1;
    while i < 23 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// Returns mantissa and scale of the shortest decimal of `value`: `mantissa / 10^scale`, without trailing zeros.
///
/// None outside of 1e-5 to 1e15 (both signs), for powers of two (whose neighbours lie unevenly) and for what is not finite;
/// 0 is `(0, 0)`.
pub(crate) fn shortest(value: f64) -> Option<(i64, u32)> {
    if value == 0.0 {
        return Some((0, 0));
    }
    let size = value.abs();
    if !(1e-5..1e15).contains(&size) {
        return None;
    }
    let bits = size.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    if fraction == 0 {
        return None;
    }
    // size = mantissa / 2^shift; the bounds above keep shift between 3 and 69.
    let mantissa = fraction | 1 << 52;
    let shift = 1075 - (bits >> 52) as u32;
    let least = (15 - digits_before_point(size)) as usize;
    // All three are tried at once: which one it is changes from row to row, and a guess that fails costs more than the tries.
    let [first, second, third] = [0, 1, 2].map(|more| rounded(mantissa, shift, POW10[least + more]));
    let (mut digits, mut scale) = match (first, second) {
        ((digits, true), _) => (digits, least as u32),
        (_, (digits, true)) => (digits, least as u32 + 1),
        _ if third.1 => (third.0, least as u32 + 2),
        _ => return None,
    };
    // Of 16 or 17 digits the last is no zero, or 15 would have been enough.
    while first.1 && scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    Some((if value < 0.0 { -digits } else { digits }, scale))
}

/// Returns `mantissa x power / 2^shift` as a whole number, and whether the float that is meant is the nearest to it.
#[inline(always)]
fn rounded(mantissa: u64, shift: u32, power: u128) -> (i64, bool) {
    let (half, mask) = (1u128 << (shift - 1), (1u128 << shift) - 1);
    let lifted = u128::from(mantissa) * power + half;
    let gap = (lifted & mask).abs_diff(half) * 2;
    // The reals that round to this float reach half a unit of its last bit; the ends belong to an even one.
    ((lifted >> shift) as i64, (gap < power) | ((gap == power) & (mantissa & 1 == 0)))
}

/// Digits after the point that most numbers of a column may share.
const MAX_SHARED_SCALE: u8 = 9;

/// Reads columns of floats as the words of their shortest decimals.
#[derive(Debug, Default)]
pub(crate) struct FloatWords {
    /// Rows that do not have the scale of the others.
    others: Vec<u32>,
}

impl FloatWords {
    /// Adds mantissas and scales of `values`; false when one is below zero, not finite or does not fit.
    ///
    /// Up to 15 digits name one float each, so a whole number below 1e15 that divides back to the same float is the float's
    /// shortest decimal. Most rows of a column share a scale and are found by that, in a loop without a branch, so that the
    /// compiler can work on several rows at once; the others are found one by one.
    pub fn read(&mut self, values: &[f64], mantissas: &mut Vec<i64>, scales: &mut Vec<u8>) -> bool {
        /// Adding and taking away 1.5 x 2^52 rounds to a whole number, as long as that stays below 2^51.
        const ROUND: f64 = 6_755_399_441_055_744.0;
        /// Marks a row that has another scale.
        const OTHER: u8 = u8::MAX;
        let word = |value: f64, power: f64| {
            let shifted = value * power + ROUND;
            let whole = shifted - ROUND;
            let fits = (whole / power == value) & (0.0..1e15).contains(&whole);
            // The whole number stands in the last bits of the shifted one.
            (shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i64, fits)
        };
        let power = |scale: u8| POW10[scale as usize] as f64;
        let sample = &values[..values.len().min(32)];
        let fitting = |scale: u8| sample.iter().filter(|&&v| word(v, power(scale)).1).count();
        // Of the scales that fit most of the sample, the smallest.
        let shared = (0..=MAX_SHARED_SCALE).max_by_key(|&s| (fitting(s), std::cmp::Reverse(s))).unwrap_or(0);
        let (start, shared_power) = (mantissas.len(), power(shared));
        mantissas.extend(values.iter().map(|&v| word(v, shared_power).0));
        scales.extend(values.iter().map(|&v| if word(v, shared_power).1 { shared } else { OTHER }));
        self.others.resize(values.len(), 0);
        let mut others = 0;
        for (row, &scale) in scales[start..].iter().enumerate() {
            self.others[others] = row as u32;
            others += usize::from(scale == OTHER);
        }
        for &row in &self.others[..others] {
            let row = row as usize;
            let Some((mantissa, scale)) = shortest(values[row]).filter(|(mantissa, _)| *mantissa >= 0) else {
                return false;
            };
            (mantissas[start + row], scales[start + row]) = (mantissa, scale as u8);
        }
        true
    }
}

/// Digits before the point; 0 for 0.1 to 1, and below zero for less.
fn digits_before_point(size: f64) -> i32 {
    /// 1e-5 to 1e15.
    const POWERS: [f64; 21] = [
        1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
        1e13, 1e14, 1e15,
    ];
    // Two comparisons for most values: from the binary exponent, log10(2) is 1233 / 4096.
    let exponent = ((size.to_bits() >> 52) as i32) - 1023;
    let guess = (exponent * 1233) >> 12;
    let at = (guess + 5).clamp(0, 19) as usize;
    guess.clamp(-5, 14) + i32::from(size >= POWERS[at + 1]) + 1 - i32::from(size < POWERS[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::Decimal;
    use proptest::prelude::*;

    fn printed(value: f64) -> String {
        let (mantissa, scale) = shortest(value).unwrap();
        format!("{mantissa}e-{scale}")
    }

    #[test]
    fn what_is_printed_shortest_is_found() {
        for (value, want) in [
            (50.410500000000006, "50410500000000006e-15"),
            (4.7966999999999995, "47966999999999995e-16"),
            (0.1 + 0.2, "30000000000000004e-17"),
            (1250.5, "12505e-1"),
            (-3.0, "-3e-0"),
            (999999999999999.9, "9999999999999999e-1"),
            (1.0000000000000003e-5, "10000000000000003e-21"),
            (9.999999999999999e-5, "9999999999999999e-20"),
        ] {
            assert_eq!(printed(value), want);
            assert_eq!(want.parse::<f64>().unwrap(), value);
        }
        for value in [f64::NAN, f64::INFINITY, 1e15, 9.9e-6, 2.0] {
            assert_eq!(shortest(value), None);
        }
    }

    fn words_of(values: &[f64]) -> Option<(Vec<i64>, Vec<u8>)> {
        let (mut mantissas, mut scales) = (Vec::new(), Vec::new());
        FloatWords::default().read(values, &mut mantissas, &mut scales).then_some((mantissas, scales))
    }

    #[test]
    fn floats_become_words() {
        assert_eq!(words_of(&[1250.5, 3.0, 0.25]), Some((vec![125_050, 300, 25], vec![2, 2, 2])));
        assert_eq!(words_of(&[0.1 + 0.2, 0.5]), Some((vec![30_000_000_000_000_004, 5], vec![17, 1])));
        for refused in [f64::NAN, f64::INFINITY, -1.0, 1e15, 1e-9] {
            assert_eq!(words_of(&[refused]), if refused == 1e-9 { Some((vec![1], vec![9])) } else { None });
        }
        assert_eq!(words_of(&[]), Some((vec![], vec![])));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn it_is_what_rust_prints(fraction in any::<u64>(), exponent in 1007u64..1072) {
            let value = f64::from_bits(exponent << 52 | fraction >> 12);
            if let Some((mantissa, scale)) = shortest(value) {
                let text: Decimal = format!("{value:e}").parse().unwrap();
                prop_assert_eq!((text.mantissa(), text.scale()), (i128::from(mantissa), scale), "{}", value);
            } else {
                prop_assert!(!(1e-5..1e15).contains(&value) || fraction >> 12 == 0);
            }
        }

        #[test]
        fn sums_and_products_of_short_decimals_too(a in 1u32..100_000_000, b in 1u32..10_000, s in 0usize..7) {
            let value = f64::from(a) / POW10[s] as f64 + f64::from(b) * 0.0001;
            if let Some((mantissa, scale)) = shortest(value) {
                let text: Decimal = format!("{value:e}").parse().unwrap();
                prop_assert_eq!((text.mantissa(), text.scale()), (i128::from(mantissa), scale), "{}", value);
            }
        }

        #[test]
        fn words_are_the_shortest_decimals(values in proptest::collection::vec((0u64..999_999_999_999_999, 0u32..12, 0u32..9), 1..20)) {
            let float = |&(m, s, b): &(u64, u32, u32)| Decimal::new(m.into(), s).unwrap().to_f64() + f64::from(b) * 0.0001;
            let floats: Vec<f64> = values.iter().map(float).collect();
            if let Some((mantissas, scales)) = words_of(&floats) {
                for ((mantissa, scale), value) in mantissas.into_iter().zip(scales).zip(floats) {
                    let word = Decimal::new(mantissa.into(), scale.into()).unwrap();
                    prop_assert_eq!(word, Decimal::from_f64(value).unwrap());
                }
            }
        }
    }
}
