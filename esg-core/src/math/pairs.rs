//! Sums and products with what their rounding left, so that a pair of floats holds some 32 digits (Dekker 1971, Knuth 1969).

/// The number cut to 26 bits: the product of two of them is exact.
#[inline(always)]
pub(super) fn upper_half(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & 0xffff_ffff_f800_0000)
}

/// Returns `a + b` and what its rounding left; |a| >= |b| or a = 0.
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// Returns `a b` and what its rounding left, to within 2^-106 of the product.
pub(super) fn product(a: f64, b: f64) -> (f64, f64) {
    let (a_high, b_high) = (upper_half(a), upper_half(b));
    let (a_low, b_low) = (a - a_high, b - b_high);
    let product = a * b;
    (product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        let e = f64::EPSILON;
        assert_eq!(two_sum(1.0, e / 4.0), (1.0, e / 4.0));
        // (1 + e) (1 - e) = 1 - e^2, and (1 + e)^2 = 1 + 2 e + e^2.
        assert_eq!(product(1.0 + e, 1.0 - e), (1.0, -e * e));
        assert_eq!(product(1.0 + e, 1.0 + e), (1.0 + 2.0 * e, e * e));
    }
}
