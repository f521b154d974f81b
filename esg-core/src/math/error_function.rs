//! The normal distribution function and the complementary error function.

use super::{exp, polynomial};

/// 1 / sqrt(2 pi).
const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;
/// `(1 + x) Q(x) / density(x)`, Q the upper tail, as a polynomial of `(x - 3) / (x + 3)` for x from 0 to infinity,
/// relative error 2e-17.
const TAIL: [f64; 27] = [
    1.218_361_194_840_413_2,
    -0.241_956_700_611_943_1,
    -0.041_189_368_646_416_57,
    0.113_209_083_406_178_87,
    -0.056_974_623_931_792_79,
    0.002_909_673_595_427_538,
    0.007_543_117_713_971_151,
    -0.000_889_071_803_717_442_9,
    -0.001_302_593_750_196_604_8,
    4.362_680_049_292_674e-05,
    0.000_260_704_973_576_405_4,
    4.371_526_837_991_857_4e-05,
    -4.563_681_471_449_440_3e-05,
    -2.316_129_282_183_822_6e-05,
    3.131_693_353_702_500_7e-06,
    6.800_566_843_569_214_5e-06,
    1.920_769_531_394_459_4e-06,
    -9.594_718_811_487_854e-07,
    -9.770_155_350_899_835e-07,
    -1.930_938_087_215_026_2e-07,
    2.094_078_649_875_542_6e-07,
    1.544_972_212_880_701_8e-07,
    -2.496_751_481_372_767e-09,
    -4.107_937_578_214_504e-08,
    -9.857_205_931_107_87e-09,
    4.561_253_804_638_314e-09,
    1.771_652_265_630_628_7e-09,
];

/// Returns the probability that a standard normal stays below `x`.
///
/// # Examples
/// ```
/// # use esg_core::math::normal_cdf;
/// assert_eq!(normal_cdf(0.0), 0.5);
/// assert!((normal_cdf(1.959963984540054) - 0.975).abs() < 1e-15);
/// ```
pub fn normal_cdf(x: f64) -> f64 {
    if x < 0.0 { upper_tail(-x) } else { 1.0 - upper_tail(x) }
}

/// Returns the complementary error function `2 / sqrt(pi)` times the integral of `e^(-t^2)` from `x` on.
pub fn erfc(x: f64) -> f64 {
    let scaled = x * std::f64::consts::SQRT_2;
    if x < 0.0 { 2.0 - 2.0 * upper_tail(-scaled) } else { 2.0 * upper_tail(scaled) }
}

/// Returns the density of the standard normal at `x`.
pub(super) fn density(x: f64) -> f64 {
    // The rounding of x^2 would grow with it: an upper half of 26 bits has an exact square.
    let high = f64::from_bits(x.to_bits() & 0xffff_ffff_f800_0000);
    DENSITY_AT_0 * exp(-0.5 * high * high) * exp(-0.5 * (x - high) * (x + high))
}

/// The probability that a standard normal exceeds `x`, for x from 0 on; NaN for NaN.
fn upper_tail(x: f64) -> f64 {
    if x > 39.0 {
        return 0.0;
    }
    if x == 0.0 {
        return 0.5;
    }
    density(x) * polynomial(&TAIL, (x - 3.0) / (x + 3.0)) / (1.0 + x)
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
