//! Elementary functions in binary floats, the same bits on every platform.
//!
//! A platform's own `ln` and `exp` differ in the last bit between systems, and a simulation must not. So these use only
//! +, -, x, /, square root and bit patterns, which IEEE 754 fixes; a product and a sum are never fused into one rounding.
//! They serve statistics; no quantity goes through them.
//!
//! What a simulation calls for every draw also has a form for slices. Its loop has no branches, so that the compiler makes
//! vectors of it, and what the loop does not cover is mended after it; the bits are those of the scalar form. `docs/simulation.md`
//! states how far each function is from a correctly rounded one.

mod beta;
mod error_function;
mod exponential;
mod gamma;
mod lanes;
mod logarithm;
mod normal;
mod pairs;
mod trigonometric;
mod wide;

pub use beta::{inverse_regularised_beta, regularised_beta};
pub use error_function::{erfc, normal_cdf};
pub(crate) use exponential::exp_line_slice;
pub use exponential::{exp, exp_slice};
pub use gamma::ln_gamma;
pub(crate) use lanes::{Kernel, Real};
pub use logarithm::{ln, ln_slice};
pub use normal::{inverse_normal, inverse_normal_slice};
pub use trigonometric::{atan, sin};
pub(crate) use wide::wide;

/// ln 2, its upper 33 bits: a multiple by any binary exponent is exact.
const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
/// ln 2 - [`LN2_HIGH`].
const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);

/// Returns `c[0] + c[1] x + c[2] x^2 + ...` of up to 32 terms by pairs, pairs of pairs and so on (Estrin).
///
/// Horner's rule would need as many operations, but each would wait for the one before.
#[inline(always)]
fn polynomial<const N: usize>(c: &[f64; N], x: f64) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    let low = sixteen(c, 0, x, x2, x4, x8);
    if N > 16 { low + sixteen(c, 16, x, x2, x4, x8) * (x8 * x8) } else { low }
}

#[inline(always)]
fn sixteen<const N: usize>(c: &[f64; N], i: usize, x: f64, x2: f64, x4: f64, x8: f64) -> f64 {
    let low = eight(c, i, x, x2, x4);
    if i + 8 < N { low + eight(c, i + 8, x, x2, x4) * x8 } else { low }
}

#[inline(always)]
fn eight<const N: usize>(c: &[f64; N], i: usize, x: f64, x2: f64, x4: f64) -> f64 {
    let low = four(c, i, x, x2);
    if i + 4 < N { low + four(c, i + 4, x, x2) * x4 } else { low }
}

#[inline(always)]
fn four<const N: usize>(c: &[f64; N], i: usize, x: f64, x2: f64) -> f64 {
    let low = two(c, i, x);
    if i + 2 < N { low + two(c, i + 2, x) * x2 } else { low }
}

#[inline(always)]
fn two<const N: usize>(c: &[f64; N], i: usize, x: f64) -> f64 {
    if i + 1 < N { c[i] + c[i + 1] * x } else { c[i] }
}
