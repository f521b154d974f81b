//! Elementary functions in binary floats, the same bits on every platform.
//!
//! A platform's own `ln` and `exp` differ in the last bit between systems, and a simulation must not. So these use only
//! +, -, x, / and bit patterns, which IEEE 754 fixes. They serve statistics; no quantity goes through them.

/// ln 2, its upper 33 bits: a multiple by any binary exponent is exact.
const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
/// ln 2 - [`LN2_HIGH`].
const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);

/// Returns the natural logarithm: minus infinity for 0, NaN below.
///
/// With `x = m x 2^k` and `m` within sqrt(1/2)..sqrt(2): `ln x = k ln 2 + 2 artanh((m - 1) / (m + 1))`.
pub fn ln(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x.is_infinite() {
        return x;
    }
    // Subnormal numbers are lifted into the normal range first.
    let (x, lift) = if x < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, 54) } else { (x, 0) };
    let bits = x.to_bits();
    let mut k = ((bits >> 52) & 0x7ff) as i32 - 1023 - lift;
    let mut m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if m > std::f64::consts::SQRT_2 {
        m *= 0.5;
        k += 1;
    }
    // |s| < 0.1716, so s^26 / 27 is below 1e-21.
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let mut series = 0.0;
    for n in (1..=12u32).rev() {
        series = square * (1.0 / f64::from(2 * n + 1) + series);
    }
    let k = f64::from(k);
    k * LN2_HIGH + (2.0 * s + (2.0 * s * series + k * LN2_LOW))
}

/// Returns e to the power of `x`: 0 far below zero, infinity from about 709.8 on.
///
/// With `k = round(x / ln 2)`: `e^x = 2^k e^(x - k ln 2)`, the latter by its power series.
pub fn exp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x > 710.0 {
        return f64::INFINITY;
    }
    if x < -746.0 {
        return 0.0;
    }
    let k = (x * std::f64::consts::LOG2_E).round();
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    // |r| < 0.3466, so r^15 / 15! is below 1e-19.
    let mut tail = 0.0;
    for n in (2..=14u32).rev() {
        tail = (r / f64::from(n)) * (1.0 + tail);
    }
    let value = 1.0 + (r + r * tail);
    // Two steps keep each power of two within range.
    let k = k as i64;
    let half = k / 2;
    value * power_of_two(half) * power_of_two(k - half)
}

/// Returns 2^k for k within -1022..=1023.
fn power_of_two(k: i64) -> f64 {
    f64::from_bits(((1023 + k) as u64) << 52)
}

/// Returns the sine of an angle within -pi/2..pi/2 (radians), by its power series.
pub fn sin(x: f64) -> f64 {
    let square = x * x;
    // (pi/2)^26 / 27! is below 1e-22.
    let mut tail = 0.0;
    for n in (1..=12u32).rev() {
        tail = -square / f64::from(2 * n * (2 * n + 1)) * (1.0 + tail);
    }
    x + x * tail
}

/// Returns the arc tangent, in radians.
///
/// Three halvings, `atan x = 2 atan(x / (1 + sqrt(1 + x^2)))`, bring an argument of 0..1 below 0.0985, for the
/// power series; above 1 it is `pi/2 - atan(1 / x)`.
pub fn atan(x: f64) -> f64 {
    if x.abs() > 1.0 {
        let right = if x > 0.0 { std::f64::consts::FRAC_PI_2 } else { -std::f64::consts::FRAC_PI_2 };
        return right - atan(1.0 / x);
    }
    let mut t = x;
    for _ in 0..3 {
        t /= 1.0 + (1.0 + t * t).sqrt();
    }
    let square = t * t;
    // 0.0985^20 / 21 is below 1e-21.
    let mut tail = 0.0;
    for n in (1..=9u32).rev() {
        tail = -square * (1.0 / f64::from(2 * n + 1) + tail);
    }
    8.0 * (t + t * tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts;

    #[track_caller]
    fn near(got: f64, want: f64) {
        let gap = (got - want).abs();
        let allowed = 2.0 * f64::EPSILON * want.abs();
        assert!(gap <= allowed, "got {got:e}, want {want:e}, gap {gap:e}, allowed {allowed:e}");
    }

    #[test]
    fn known_constants_come_out() {
        near(ln(2.0), consts::LN_2);
        near(ln(10.0), consts::LN_10);
        near(ln(consts::E), 1.0);
        near(exp(1.0), consts::E);
        near(exp(consts::LN_10), 10.0);
        near(exp(0.5) * exp(0.5), consts::E);
        // ln(1 + 2^-52) = 2^-52 - 2^-105 + ...
        near(ln(1.0 + f64::EPSILON), f64::EPSILON);
        assert_eq!((ln(1.0), exp(0.0)), (0.0, 1.0));
    }

    #[test]
    fn angles_come_out() {
        near(sin(consts::FRAC_PI_2), 1.0);
        near(sin(consts::FRAC_PI_6), 0.5);
        near(sin(-consts::FRAC_PI_6), -0.5);
        near(atan(1.0), consts::FRAC_PI_4);
        near(atan(-3f64.sqrt()), -consts::FRAC_PI_3);
        near(atan(f64::INFINITY), consts::FRAC_PI_2);
        near(atan(1e200), consts::FRAC_PI_2);
        assert_eq!((sin(0.0), atan(0.0)), (0.0, 0.0));
    }

    #[test]
    fn the_edges_are_those_of_ieee_754() {
        assert!(ln(-1.0).is_nan() && ln(f64::NAN).is_nan() && exp(f64::NAN).is_nan());
        assert_eq!((ln(0.0), ln(f64::INFINITY)), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!((exp(710.0), exp(1e300), exp(-800.0)), (f64::INFINITY, f64::INFINITY, 0.0));
        // The smallest float is 2^-1074.
        near(ln(f64::from_bits(1)), -1074.0 * consts::LN_2);
        assert!(exp(-745.0) > 0.0 && exp(709.7).is_finite());
    }

    proptest! {
        #[test]
        fn they_agree_with_the_platform(x in -700.0..700.0f64, y in 1e-300..1e300f64, z in 0.5..2.0f64) {
            near(exp(x), x.exp());
            near(ln(y), y.ln());
            near(ln(z), z.ln());
            near(atan(x), x.atan());
            near(sin(z * consts::FRAC_PI_4), (z * consts::FRAC_PI_4).sin());
        }
    }
}
