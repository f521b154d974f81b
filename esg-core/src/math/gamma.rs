//! The logarithm of the gamma function.

use super::logarithm::lifted_parts;
use super::pairs::{product, two_sum};
use super::{LN2_HIGH, polynomial};

/// ln(2 pi) / 2 - 1/2.
const STIRLING: f64 = 0.418_938_533_204_672_7;
/// `ln gamma(x) / ((x - 1) (x - 2))` as a polynomial of `t = (x - 5/4) / (x + 5/4)` for x from 1/2 to 3: relative error 4e-20
/// (`tests/vectors/math/coefficients.py`). The constant is [`MIDDLE`] and this.
const MIDDLE_REST: f64 = -4.034_965_651_634_581e-17;
/// See [`MIDDLE_REST`].
const MIDDLE: f64 = 0.524_116_460_916_336_9;
/// The coefficients of t, t^2, ...
const SERIES: [f64; 27] = [
    -0.461_395_961_092_040_3,
    0.129_639_901_614_278_1,
    -0.158_596_224_332_309_66,
    0.086_348_706_982_233_33,
    -0.096_979_000_908_804_22,
    0.064_380_301_596_687_26,
    -0.069_885_002_936_828_91,
    0.051_249_652_364_821_034,
    -0.054_626_786_053_992_26,
    0.042_550_113_900_004_065,
    -0.044_836_905_745_870_52,
    0.036_369_622_989_277_005,
    -0.038_021_530_232_555_396,
    0.031_757_677_027_459_956,
    -0.033_014_876_744_824_06,
    0.028_140_285_440_075_727,
    -0.029_043_311_369_549_654,
    0.025_684_442_320_358_59,
    -0.027_057_919_690_508_424,
    0.020_634_973_863_057_37,
    -0.018_224_655_414_070_156,
    0.031_531_986_564_996_06,
    -0.042_453_503_086_127_36,
    -0.009_825_265_591_290_733,
    0.030_046_086_129_800_115,
    0.061_560_153_511_209_28,
    -0.080_457_629_708_938_69,
];

/// Returns the natural logarithm of the gamma function for positive `x`; NaN for others.
///
/// From 16 on Stirling's series, whose rest is below 2e-18 there; from 1/2 to 3 a polynomial with the zeros at 1 and 2 taken
/// out. Others are reduced to these: `ln gamma(x) = ln gamma(x + 1) - ln x`.
pub fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    if x < 0.5 {
        let ((ln, ln_rest), (middle, middle_rest)) = (ln_pair(x), middle(1.0 + x, x));
        return -ln + (middle + (middle_rest - ln_rest));
    }
    if x <= 3.0 {
        let (value, rest) = middle(x, x - 1.0);
        return value + rest;
    }
    if x < 16.0 {
        return shifted(x);
    }
    stirling(x)
}

/// ln x and what its rounding left, together to some 2^-55.
fn ln_pair(x: f64) -> (f64, f64) {
    let (k, f, low) = lifted_parts(x);
    let (sum, rest) = two_sum(k * LN2_HIGH, f);
    (sum, rest - low)
}

/// ln gamma(x) for x from 1/2 to 3, and what its rounding left; `from_1` is x - 1, exactly.
fn middle(x: f64, from_1: f64) -> (f64, f64) {
    let (above, above_rest) = if x > 1.25 { two_sum(x, 1.25) } else { two_sum(1.25, x) };
    let (below, below_rest) = if x > 1.25 { two_sum(x, -1.25) } else { two_sum(-1.25, x) };
    let t = below / above;
    let (back, back_rest) = product(t, above);
    let t_rest = ((below - back) - back_rest + below_rest - t * above_rest) / above;
    let (sum, rest) = two_sum(MIDDLE, t * polynomial(&SERIES, t));
    let rest = rest + MIDDLE_REST + t_rest * SERIES[0];
    let (from_2, from_2_rest) = two_sum(-1.0, from_1);
    let (zeros, zeros_rest) = product(from_1, from_2);
    let zeros_rest = zeros_rest + from_1 * from_2_rest;
    let (value, value_rest) = product(zeros, sum);
    (value, value_rest + (zeros * rest + zeros_rest * sum))
}

/// For x from 3 to 16: `ln gamma(x - n) + ln((x - 1) ... (x - n))` with x - n from 2 to 3.
fn shifted(x: f64) -> f64 {
    let (mut x, mut all, mut all_rest) = (x, 1.0, 0.0);
    while x > 3.0 {
        // Exact, as the least bit of x stays.
        x -= 1.0;
        let (next, rest) = product(all, x);
        (all, all_rest) = (next, rest + all_rest * x);
    }
    let (value, value_rest) = middle(x, x - 1.0);
    let (ln, ln_rest) = ln_pair(all);
    ln + (value + (value_rest + ln_rest + all_rest / all))
}

/// Stirling's series, `(x - 1/2) (ln x - 1) + ln(2 pi) / 2 - 1/2 + 1 / (12 x) - ...`.
fn stirling(x: f64) -> f64 {
    // B_2k / (2k (2k - 1) x^(2k - 1)) for k = 1 to 6.
    let v = 1.0 / (x * x);
    let series = 1.0 / 12.0
        - v * (1.0 / 360.0
            - v * (1.0 / 1260.0 - v * (1.0 / 1680.0 - v * (1.0 / 1188.0 - v * (691.0 / 360_360.0)))));
    let (ln, ln_rest) = ln_pair(x);
    let (ln, less) = two_sum(ln, -1.0);
    let (factor, factor_rest) = two_sum(x, -0.5);
    let (value, rest) = product(factor, ln);
    if value.is_infinite() {
        return value;
    }
    value + (rest + factor * (ln_rest + less) + factor_rest * ln + (STIRLING + series / x))
}

#[cfg(test)]
mod tests {
    use super::super::ln;
    use super::*;

    #[test]
    fn factorials_come_out() {
        let mut factorial = 1.0;
        for n in 1..100u32 {
            let (got, want) = (ln_gamma(f64::from(n)), ln(factorial));
            assert!((got - want).abs() <= 1e-14 + 4.0 * f64::EPSILON * want, "{n}: {got} {want}");
            factorial *= f64::from(n);
        }
        // gamma(1/2) = sqrt(pi)
        assert!((ln_gamma(0.5) - 0.5 * ln(std::f64::consts::PI)).abs() <= 1e-14);
        assert_eq!((ln_gamma(1.0), ln_gamma(2.0), ln_gamma(f64::INFINITY)), (0.0, 0.0, f64::INFINITY));
        assert_eq!(ln_gamma(1e306), f64::INFINITY);
        assert!(ln_gamma(0.0).is_nan() && ln_gamma(-1.5).is_nan() && ln_gamma(f64::NAN).is_nan());
    }
}
