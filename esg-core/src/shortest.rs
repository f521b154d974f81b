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
    let mantissa = u128::from(fraction | 1 << 52);
    let shift = 1075 - (bits >> 52) as u32;
    let whole_digits = digits_before_point(size);
    for digits in 15..=17 {
        let scale = (digits - whole_digits) as usize;
        let exact = mantissa * POW10[scale];
        let rounded = (exact + (1 << (shift - 1))) >> shift;
        let gap = (rounded << shift).abs_diff(exact) * 2;
        // The reals that round to this float reach half a unit of its last bit; the ends belong to an even one.
        if gap < POW10[scale] || (gap == POW10[scale] && mantissa & 1 == 0) {
            let (mut rounded, mut scale) = (rounded as i64, scale as u32);
            while scale > 0 && rounded % 10 == 0 {
                rounded /= 10;
                scale -= 1;
            }
            return Some((if value < 0.0 { -rounded } else { rounded }, scale));
        }
    }
    None
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn it_is_what_rust_prints(fraction in any::<u64>(), exponent in 1007u64..1072) {
            let value = f64::from_bits(exponent << 52 | fraction >> 12);
            if let Some((mantissa, scale)) = shortest(value) {
                let text: crate::Decimal = format!("{value:e}").parse().unwrap();
                prop_assert_eq!((text.mantissa(), text.scale()), (i128::from(mantissa), scale), "{}", value);
            } else {
                prop_assert!(!(1e-5..1e15).contains(&value) || fraction >> 12 == 0);
            }
        }

        #[test]
        fn sums_and_products_of_short_decimals_too(a in 1u32..100_000_000, b in 1u32..10_000, s in 0usize..7) {
            let value = f64::from(a) / POW10[s] as f64 + f64::from(b) * 0.0001;
            if let Some((mantissa, scale)) = shortest(value) {
                let text: crate::Decimal = format!("{value:e}").parse().unwrap();
                prop_assert_eq!((text.mantissa(), text.scale()), (i128::from(mantissa), scale), "{}", value);
            }
        }
    }
}
