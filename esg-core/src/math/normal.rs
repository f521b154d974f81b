//! The inverse of the normal distribution: from a probability to standard deviations.

use super::lanes::{Kernel, Real, horner};
use super::logarithm::{lifted_parts, reduced};
use super::pairs::{product, two_sum, upper_half};
use super::{LN2_HIGH, polynomial};

/// The series in the middle holds for probabilities from here to 1 - this; 4 in 1000 lie outside.
const TAIL: f64 = 0.002;
/// `x / (p - 1/2)` as a polynomial of `v = ln(4 p (1 - p))` within -5.07..0, Chebyshev interpolation with 60 digits,
/// relative error 3e-17. It is `START - v/2` with exact coefficients, and this.
const START: f64 = 2.5;
/// See [`START`].
const CENTRE: [f64; 22] = [
    0.006_628_274_631_000_572,
    -0.156_233_747_738_420_86,
    0.032_666_472_294_439_46,
    0.006_604_664_827_506_797,
    -0.000_362_161_090_947_755_7,
    -0.000_131_836_916_284_260_4,
    5.713_790_542_575_525e-06,
    2.864_707_367_532_81e-06,
    -1.043_936_364_647_822_4e-07,
    -6.330_127_612_329_892e-08,
    3.092_759_971_365_822_5e-09,
    2.093_756_054_970_820_3e-09,
    2.576_184_689_955_615e-10,
    8.268_923_282_890_262e-11,
    3.598_653_179_859_768e-11,
    8.646_637_035_202_302e-12,
    1.221_699_190_959_211_6e-12,
    1.025_861_613_519_161_9e-13,
    4.236_764_396_660_263e-15,
    -3.465_474_332_622_983_4e-17,
    -1.132_404_354_958_485_2e-17,
    -3.503_645_307_445_228_5e-19,
];
/// `(2 artanh s - 2 s) / s^3` as a polynomial of `z = s^2 <= 0.0295`, error 4e-16, of which `s^3` leaves 2e-18.
const SERIES: [f64; 7] = [
    0.666_666_666_666_667,
    0.399_999_999_998_993_8,
    0.285_714_286_260_310_65,
    0.222_222_111_257_232_62,
    0.181_828_897_861_579_9,
    0.153_316_996_346_422_76,
    0.146_167_211_662_876,
];
/// `s - |x|` with `s = sqrt(-2 ln p)` within 3.5..5, as a polynomial of `1/s - MIDDLE_OF_NEAR`, error below 2e-17.
const NEAR: [f64; 14] = [
    0.588_049_990_362_685_9,
    1.517_855_289_868_956_8,
    -1.674_879_560_460_751_4,
    2.738_064_543_307_034,
    -5.788_702_102_603_234,
    14.474_412_895_491_3,
    -40.067_913_598_811_46,
    118.216_697_474_100_71,
    -364.753_582_199_169,
    1_165.089_568_944_829_6,
    -3_817.890_446_793_036,
    12_826.790_157_993_391,
    -47_740.365_412_220_27,
    167_447.899_573_872_65,
];
const MIDDLE_OF_NEAR: f64 = 0.242_857_142_857_142_85;
/// `s - |x|` with `s = sqrt(-2 ln p)` within 5..8.6, as a polynomial of `1/s - MIDDLE_OF_FAR`, error below 2e-17.
const FAR: [f64; 16] = [
    0.445_394_188_269_396_2,
    1.879_886_130_632_835_6,
    -2.755_632_403_516_016,
    6.587_752_653_350_312,
    -21.235_045_122_703,
    81.102_681_517_043_8,
    -342.085_337_890_924_7,
    1_541.535_406_620_565_3,
    -7_291.277_287_169_674,
    35_785.305_304_697_33,
    -180_924.922_967_298_04,
    935_370.232_527_146_3,
    -4_815_947.321_630_549,
    25_637_203.510_702_37,
    -177_199_510.402_207_46,
    988_215_473.211_773_4,
];
const MIDDLE_OF_FAR: f64 = 0.158_139_534_883_720_93;
/// `s - |x|` with `s = sqrt(-2 ln p)` within 8.6..17, as a polynomial of `1/s - MIDDLE_OF_FARTHER`, error below 2e-17.
const FARTHER: [f64; 18] = [
    0.295_916_760_875_343_5,
    2.413_105_676_305_669_5,
    -5.300_471_696_894_708,
    21.834_279_103_428_546,
    -125.600_077_887_753_43,
    859.645_624_382_065_8,
    -6_528.266_039_395_129,
    53_149.203_833_398_08,
    -454_676.073_209_224_7,
    4_035_567.949_677_577_7,
    -36_840_809.121_880_29,
    344_078_403.840_958_95,
    -3_296_876_061.553_647,
    31_920_773_183.225_723,
    -284_939_726_469.382_57,
    2_774_668_042_362.53,
    -45_503_762_808_835.32,
    471_513_050_426_651.56,
];
const MIDDLE_OF_FARTHER: f64 = 0.087_551_299_589_603_28;
/// `s - |x|` with `s = sqrt(-2 ln p)` within 17..39, as a polynomial of `1/s - MIDDLE_OF_FARTHEST`, error below 2e-17.
const FARTHEST: [f64; 20] = [
    0.172_853_467_590_679_82,
    3.106_298_301_740_615_4,
    -11.471_777_877_144_758,
    94.141_684_919_927_36,
    -1_113.320_228_729_979_8,
    15_779.031_289_779_821,
    -248_723.209_937_021_37,
    4_203_400.495_700_201,
    -74_613_272.714_666_26,
    1_373_724_965.948_925,
    -26_021_480_941.451_546,
    504_105_255_309.042_66,
    -9_911_021_549_206.367,
    198_280_016_373_570.3,
    -4_203_215_764_913_414.5,
    8.718_019_766_819_557e+16,
    -1.252_927_039_144_75e+18,
    2.449_053_509_743_073e+19,
    -1.461_301_328_082_384_5e+21,
    3.224_797_054_319_414e+22,
];
const MIDDLE_OF_FARTHEST: f64 = 0.042_232_277_526_395_176;

#[derive(Clone, Copy)]
struct Inverse;

impl Kernel for Inverse {
    #[inline(always)]
    fn before<R: Real>(self, p: R) -> R {
        // The error of v counts for a quarter of itself at most, so the plain form of the logarithm serves.
        let (k, f) = reduced((p * 4.0) * (p * -1.0 + 1.0));
        let s = f / (f + 2.0);
        let z = s * s;
        k * std::f64::consts::LN_2 + (s * 2.0 + s * z * horner(&SERIES, z))
    }

    #[inline(always)]
    fn usual<R: Real>(self, p: R, v: R) -> R {
        let rise = horner(&CENTRE, v) - v * 0.5;
        let (q, quotient) = (p - 0.5, rise + START);
        // Halves have exact products, so that only the last sum rounds what matters.
        let (q_high, high) = (q.map(upper_half), quotient.map(upper_half));
        let low = rise - (high - START);
        q_high * high + (q_high * low + (q - q_high) * quotient)
    }

    #[inline(always)]
    fn is_rare(self, p: f64) -> bool {
        !(TAIL..=1.0 - TAIL).contains(&p)
    }

    fn unusual(self, p: f64) -> f64 {
        tail(p)
    }
}

/// Right beyond TAIL.
#[cold]
fn tail(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let (tail, sign) = if p < 0.5 { (p, -1.0) } else { (1.0 - p, 1.0) };
    if tail == 0.0 {
        return sign * f64::INFINITY;
    }
    // -2 ln p = high + low, and its root s + rest, both to about twice the precision.
    let (k, f, low) = lifted_parts(tail);
    let (high, rest) = two_sum(-2.0 * k * LN2_HIGH, -2.0 * (f - low));
    let s = high.sqrt();
    let (square, square_rest) = product(s, s);
    let s_rest = ((high - square) - square_rest + rest) / (2.0 * s);
    let v = 1.0 / s;
    let gap = if s < 5.0 {
        polynomial(&NEAR, v - MIDDLE_OF_NEAR)
    } else if s < 8.6 {
        polynomial(&FAR, v - MIDDLE_OF_FAR)
    } else if s < 17.0 {
        polynomial(&FARTHER, v - MIDDLE_OF_FARTHER)
    } else {
        polynomial(&FARTHEST, v - MIDDLE_OF_FARTHEST)
    };
    sign * (s + (s_rest - gap))
}

/// Returns the x that a standard normal stays below with probability `p`: minus infinity for 0, infinity for 1.
///
/// NaN outside of 0..1. For p above 1/2 the result is as precise as `p` itself, whose distance from 1 is a multiple of 2^-53.
///
/// # Source
/// The variable -ln(4 p (1 - p)) is Giles' (2010), Approximating the erfinv function; the polynomials are our own.
///
/// # Examples
/// ```
/// assert!((esg_core::math::inverse_normal(0.975) - 1.959_963_984_540_054).abs() < 4.5e-16);
/// assert_eq!(esg_core::math::inverse_normal(0.5), 0.0);
/// ```
#[inline]
pub fn inverse_normal(p: f64) -> f64 {
    Inverse.at(p)
}

/// Replaces every probability by [`inverse_normal`] of it, with the same bits.
pub fn inverse_normal_slice(values: &mut [f64]) {
    Inverse.replace(values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_come_out() {
        for p in [f64::NAN, -1e-300, 1.5, f64::INFINITY] {
            assert!(inverse_normal(p).is_nan(), "{p}");
        }
        assert_eq!(inverse_normal(0.0), f64::NEG_INFINITY);
        assert_eq!((inverse_normal(1.0), inverse_normal(0.5)), (f64::INFINITY, 0.0));
    }

    #[test]
    fn it_is_odd_and_rises_over_the_seams() {
        let mut last = f64::NEG_INFINITY;
        for i in 0..4000 {
            let p = 0.001 + f64::from(i) * 3e-7;
            let x = inverse_normal(p);
            assert!(x > last, "{p}");
            last = x;
        }
        for k in 1..1000u32 {
            let p = f64::from(k) / 1024.0;
            assert_eq!(inverse_normal(1.0 - p), -inverse_normal(p), "{p}");
        }
    }

    #[test]
    fn a_slice_has_the_bits_of_its_values() {
        let mut values: Vec<f64> = (0..1001).map(|i| f64::from(i) / 1000.0).collect();
        values.extend([f64::NAN, 1e-300, 2.0, f64::from_bits(1)]);
        let each: Vec<u64> = values.iter().map(|&p| inverse_normal(p).to_bits()).collect();
        inverse_normal_slice(&mut values);
        assert_eq!(values.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), each);
    }
}
