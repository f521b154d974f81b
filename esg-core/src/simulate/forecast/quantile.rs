//! Quantiles of Student's distribution, and the tail of chi square.
//!
//! Only `crate::math` and square roots, so the same bits everywhere.

use std::f64::consts::PI;

use crate::math::{atan, exp};

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
