//! The normal distribution function and the complementary error function.

use super::exponential::{exp_pair, scaled};
use super::pairs::{product, two_sum};
use super::polynomial;

/// `(1 + y) e^(y^2 / 2)` times the probability that a standard normal exceeds y, as a polynomial of `t = (y - 3) / (y + 3)`
/// for y from 0 to infinity: relative error 6e-19 (`tests/vectors/math/coefficients.py`). The constant is [`AT_3`] and this.
const AT_3_REST: f64 = -2.567_029_198_849_093_4e-17;
/// See [`AT_3_REST`].
const AT_3: f64 = 0.486_055_793_422_248_7;
/// The coefficients of t, t^2, ...
const TAIL: [f64; 29] = [
    -0.096_526_757_900_535_23,
    -0.016_432_180_656_095_727,
    0.045_163_889_896_209_12,
    -0.022_729_586_396_426_665,
    0.001_160_791_819_656_028_8,
    0.003_009_268_583_766_063,
    -0.000_354_688_337_159_792,
    -0.000_519_659_742_750_297_9,
    1.740_461_380_283_416_3e-05,
    0.000_104_006_409_543_378_72,
    1.743_965_989_532_999_3e-05,
    -1.820_735_068_693_334_3e-05,
    -9.239_292_262_446_37e-06,
    1.252_514_664_474_049_7e-06,
    2.711_396_409_149_765e-06,
    7.585_595_108_269_013e-07,
    -3.804_830_012_940_04e-07,
    -3.764_582_213_845_553e-07,
    -7.864_275_239_551_536e-08,
    6.742_449_018_510_776e-08,
    6.128_733_144_312_4e-08,
    1.239_964_701_755_737e-08,
    -1.452_216_968_187_649_8e-08,
    -1.121_254_447_259_738_4e-08,
    8.565_484_948_900_764e-11,
    3.036_360_074_982_438e-09,
    7.511_032_506_406_078e-10,
    -3.327_888_721_939_065e-10,
    -1.314_648_187_570_779_7e-10,
];
/// 1 / sqrt(2 pi).
const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;
/// sqrt(2) less the float next to it.
const SQRT_2_REST: f64 = -9.667_293_313_452_913e-17;
/// From here on no result is left: the tail is below half of the least float.
const END: f64 = 38.6;

/// Returns the probability that a standard normal stays below `x`.
///
/// # Examples
/// ```
/// # use esg_core::math::normal_cdf;
/// assert_eq!(normal_cdf(0.0), 0.5);
/// assert!((normal_cdf(1.959963984540054) - 0.975).abs() < 1e-15);
/// ```
pub fn normal_cdf(x: f64) -> f64 {
    let y = x.abs();
    let (square, rest) = product(y, y);
    let tail = upper_tail(y, 0.0, -0.5 * square, -0.5 * rest);
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// Returns the complementary error function `2 / sqrt(pi)` times the integral of `e^(-t^2)` from `x` on.
pub fn erfc(x: f64) -> f64 {
    let size = x.abs();
    // The tail is that of sqrt(2) x, but the square in its exponent is taken of x itself.
    let (y, rest) = product(size, std::f64::consts::SQRT_2);
    let (square, square_rest) = product(size, size);
    let tail = 2.0 * upper_tail(y, rest + size * SQRT_2_REST, -square, -square_rest);
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// The probability that a standard normal exceeds `y + y_rest`, for y from 0 on; `high + low` is minus half of its square.
/// NaN for NaN.
///
/// Of what counts, the rounding is carried along: a relative error of the exponent would grow with it.
fn upper_tail(y: f64, y_rest: f64, high: f64, low: f64) -> f64 {
    if y > END {
        return 0.0;
    }
    let (above, above_rest) = if y > 3.0 { two_sum(y, 3.0) } else { two_sum(3.0, y) };
    let (below, below_rest) = if y > 3.0 { two_sum(y, -3.0) } else { two_sum(-3.0, y) };
    let t = below / above;
    let (back, back_rest) = product(t, above);
    let t_rest = ((below - back) - back_rest + (below_rest + y_rest) - t * (above_rest + y_rest)) / above;
    let (sum, rest) = two_sum(AT_3, t * polynomial(&TAIL, t));
    // The derivative by y, (1 / (1 + y) + y) sum - (1 + y) density(0), times that of y by t.
    let slope = (sum / (1.0 + y) + y * sum - (1.0 + y) * DENSITY_AT_0) * (above * above / 6.0);
    let rest = rest + AT_3_REST + t_rest * slope;

    let (power, power_rest, k) = exp_pair(high, low);
    let (top, top_rest) = product(power, sum);
    let top_rest = top_rest + (power * rest + power_rest * sum);
    let (one, one_rest) = if y > 1.0 { two_sum(y, 1.0) } else { two_sum(1.0, y) };
    let tail = top / one;
    let (back, back_rest) = product(tail, one);
    let tail_rest = ((top - back) - back_rest + top_rest - tail * (one_rest + y_rest)) / one;
    scaled(tail + tail_rest, k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_come_out() {
        assert_eq!(
            (normal_cdf(f64::NEG_INFINITY), normal_cdf(f64::INFINITY), normal_cdf(0.0)),
            (0.0, 1.0, 0.5)
        );
        assert_eq!((erfc(0.0), erfc(f64::INFINITY), erfc(f64::NEG_INFINITY)), (1.0, 0.0, 2.0));
        assert!(normal_cdf(f64::NAN).is_nan() && erfc(f64::NAN).is_nan());
    }
}
