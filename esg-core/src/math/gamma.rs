//! The logarithm of the gamma function.

use super::ln;

/// ln(2 pi) / 2.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_7;

/// Returns the natural logarithm of the gamma function for positive `x`; NaN for others.
///
/// Stirling's series from 16 on, where its rest is below 1e-17; below, `ln gamma(x) = ln gamma(x + n) - ln(x (x + 1) ...)`.
/// Near 1 and 2, where the result is 0, the error is absolute and not relative.
pub fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut shifted, mut product) = (x, 1.0);
    while shifted < 16.0 {
        product *= shifted;
        shifted += 1.0;
    }
    stirling(shifted) - ln(product)
}

fn stirling(x: f64) -> f64 {
    // B_2k / (2k (2k - 1) x^(2k - 1)) for k = 1 to 6.
    let v = 1.0 / (x * x);
    let series = 1.0 / 12.0
        - v * (1.0 / 360.0
            - v * (1.0 / 1260.0 - v * (1.0 / 1680.0 - v * (1.0 / 1188.0 - v * (691.0 / 360_360.0)))));
    (x - 0.5) * ln(x) - x + HALF_LN_TAU + series / x
}

#[cfg(test)]
mod tests {
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
        assert!(ln_gamma(0.0).is_nan() && ln_gamma(-1.5).is_nan() && ln_gamma(f64::NAN).is_nan());
    }
}
