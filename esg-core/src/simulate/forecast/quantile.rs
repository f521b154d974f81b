//! Quantiles of the normal and of Student's distribution, and the tail of chi square.
//!
//! Only `crate::math` and square roots, so the same bits everywhere.

use std::f64::consts::PI;

use crate::math::{atan, exp, ln};

/// Returns the quantile of the standard normal distribution; infinite at 0 and 1, NaN outside.
///
/// The one inverse normal of this module: where `crate::math` has its own, this function is replaced by it.
///
/// # Source
/// Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988): relative error about 1e-16.
pub fn normal(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * over(&CENTRE, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-ln(tail)).sqrt();
    let x = if r <= 5.0 { over(&MIDDLE, r - 1.6) } else { over(&FAR, r - 5.0) };
    if q < 0.0 { -x } else { x }
}

/// Numerator and denominator of a rational function, lowest power first.
type Rational = [[f64; 8]; 2];

fn over(rational: &Rational, r: f64) -> f64 {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * r + c);
    horner(&rational[0]) / horner(&rational[1])
}

const CENTRE: Rational = [
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_545,
    ],
];

const MIDDLE: Rational = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];

const FAR: Rational = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

/// Returns the probability that Student's t with `df` degrees of freedom lies within -t..t.
///
/// # Source
/// Abramowitz and Stegun 26.7.3 and 26.7.4.
fn student_within(t: f64, df: usize) -> f64 {
    let nu = df as f64;
    let (sine, cosine) = (t / (nu + t * t).sqrt(), nu.sqrt() / (nu + t * t).sqrt());
    let square = cosine * cosine;
    let odd = df % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = if df == 1 { 0.0 } else { term };
    // Even: 1, 1/2 cos^2, 1*3/(2*4) cos^4, ... to cos^(df-2). Odd: cos, 2/3 cos^3, ... to cos^(df-2).
    let mut k = if odd { 3 } else { 2 };
    while k + 2 <= df {
        term *= square * (k - 1) as f64 / k as f64;
        sum += term;
        k += 2;
    }
    if odd { (atan(t / nu.sqrt()) + sine * sum) * (2.0 / PI) } else { sine * sum }
}

/// Returns t such that Student's distribution with `df` degrees of freedom (at least 1) lies within -t..t with
/// probability `level`.
///
/// By halving an interval until it is one float: the same bits everywhere.
pub fn student(level: f64, df: usize) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student_within(high, df) < level && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    loop {
        let middle = low + (high - low) * 0.5;
        if middle <= low || middle >= high {
            return high;
        }
        if student_within(middle, df) < level { low = middle } else { high = middle }
    }
}

/// Returns the probability that chi square with `df` degrees of freedom exceeds `x`.
///
/// # Source
/// Abramowitz and Stegun 26.4.4 and 26.4.5: finite sums; for odd `df` the normal tail is Student's at infinity, taken
/// from the series and the continued fraction of the error function (7.1.5, 7.1.14).
pub fn chi_square_above(x: f64, df: usize) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let odd = df % 2 == 1;
    let root = x.sqrt();
    let density = exp(-0.5 * x);
    let (mut sum, mut term, first) =
        if odd { (0.0, density * root * (2.0 / PI).sqrt(), 3) } else { (density, density, 2) };
    if odd && df > 1 {
        sum = term;
    }
    let mut k = first;
    while k + 2 <= df {
        term *= x / k as f64;
        sum += term;
        k += 2;
    }
    if odd { (sum + two_tails(root)).min(1.0) } else { sum.min(1.0) }
}

/// The probability that a standard normal lies outside of -z..z.
fn two_tails(z: f64) -> f64 {
    let density = exp(-0.5 * z * z) * (2.0 / PI).sqrt();
    if z < 3.0 {
        let (mut sum, mut term, mut k) = (z, z, 3.0);
        while term > 1e-20 {
            term *= z * z / k;
            sum += term;
            k += 2.0;
        }
        return 1.0 - density * sum;
    }
    let mut fraction = z;
    for k in (1..=200).rev() {
        fraction = z + f64::from(k) / fraction;
    }
    density / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(got: f64, want: f64, rel: f64) {
        assert!((got - want).abs() <= rel * want.abs(), "got {got}, want {want}, allowed {rel} of it");
    }

    #[test]
    fn printed_quantiles_of_the_normal_come_out() {
        // The check values of AS 241, and the usual ones.
        near(normal(0.25), -0.674_489_750_196_081_7, 1e-15);
        near(normal(0.001), -3.090_232_306_167_813_5, 1e-15);
        near(normal(1e-20), -9.262_340_089_798_408, 1e-15);
        near(normal(0.975), 1.959_963_984_540_054, 1e-15);
        near(normal(0.9), 1.281_551_565_544_600_4, 1e-15);
        assert_eq!((normal(0.5), normal(0.0), normal(1.0)), (0.0, f64::NEG_INFINITY, f64::INFINITY));
        assert!(normal(-0.1).is_nan() && normal(f64::NAN).is_nan());
    }

    #[test]
    fn the_table_of_student_comes_out() {
        // Abramowitz and Stegun, table 26.10, two-sided: 95 % and 99 %.
        for (df, level, want) in [
            (1, 0.95, 12.706),
            (2, 0.95, 4.303),
            (3, 0.95, 3.182),
            (4, 0.95, 2.776),
            (5, 0.95, 2.571),
            (10, 0.95, 2.228),
            (29, 0.95, 2.045),
            (120, 0.95, 1.980),
            (1, 0.99, 63.657),
            (6, 0.99, 3.707),
        ] {
            let got = student(level, df);
            assert!((got - want).abs() <= 0.000_51, "df {df}, level {level}: got {got}, want {want}");
        }
        // For one degree of freedom t = tan(pi level / 2), and tan(pi/4) = 1.
        near(student(0.5, 1), 1.0, 1e-14);
    }

    #[test]
    fn the_table_of_chi_square_comes_out() {
        // Abramowitz and Stegun, table 26.8: 5 % and 1 % points.
        for (df, q, x) in [
            (1, 0.05, 3.841_46),
            (2, 0.05, 5.991_47),
            (3, 0.05, 7.814_73),
            (5, 0.05, 11.070_5),
            (10, 0.05, 18.307_0),
            (1, 0.01, 6.634_90),
            (9, 0.01, 21.666_0),
        ] {
            near(chi_square_above(x, df), q, 2e-5);
        }
        // For one degree of freedom it is the normal: within 1.96 lie 95 %.
        near(chi_square_above(1.959_963_984_540_054 * 1.959_963_984_540_054, 1), 0.05, 1e-13);
        near(chi_square_above(16.0, 1), 6.334_248_366_623_993e-5, 1e-12);
        assert_eq!((chi_square_above(0.0, 3), chi_square_above(1e9, 4)), (1.0, 0.0));
    }
}
