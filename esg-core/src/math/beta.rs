//! The regularised incomplete beta function and its inverse, for PERT and beta laws.

use super::{exp, ln, ln_gamma};

/// Steps of the continued fraction; for shapes up to 1000 it needs fewer than 100.
const MAX_STEPS: u32 = 500;
/// Steps of the inverse: each at least halves the bracket, and nearly all double the number of right digits.
const MAX_HALVINGS: u32 = 200;

/// Returns the probability that a beta variable of shapes `a` and `b` stays below `x`.
///
/// NaN unless both shapes are positive and finite and x lies within 0..1.
///
/// # Source
/// The continued fraction of DLMF 8.17.22 by Lentz's method; beyond the mean `I_x(a, b) = 1 - I_(1 - x)(b, a)`.
pub fn regularised_beta(a: f64, b: f64, x: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite() && (0.0..=1.0).contains(&x)) {
        return f64::NAN;
    }
    lower(&Shapes::new(a, b), x, 1.0 - x)
}

/// Returns the x that a beta variable of shapes `a` and `b` stays below with probability `p`.
///
/// NaN unless both shapes are positive and finite and p lies within 0..1.
pub fn inverse_regularised_beta(a: f64, b: f64, p: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite() && (0.0..=1.0).contains(&p)) {
        return f64::NAN;
    }
    let shapes = Shapes::new(a, b);
    // Work from the nearer end, so that a small result keeps its digits.
    let middle = a / (a + b);
    if p <= lower(&shapes, middle, 1.0 - middle) {
        invert(&shapes, p, middle)
    } else {
        1.0 - invert(&shapes.swapped(), 1.0 - p, 1.0 - middle)
    }
}

/// Shapes with the logarithm of `1 / B(a, b)`.
#[derive(Clone, Copy)]
struct Shapes {
    a: f64,
    b: f64,
    ln_scale: f64,
}

impl Shapes {
    fn new(a: f64, b: f64) -> Self {
        Self { a, b, ln_scale: ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) }
    }

    fn swapped(self) -> Self {
        Self { a: self.b, b: self.a, ..self }
    }

    fn density(&self, x: f64) -> f64 {
        exp(self.ln_scale + (self.a - 1.0) * ln(x) + (self.b - 1.0) * ln(1.0 - x))
    }
}

/// I_x(a, b), with `rest = 1 - x`.
fn lower(shapes: &Shapes, x: f64, rest: f64) -> f64 {
    if x == 0.0 || rest == 0.0 {
        return x;
    }
    let Shapes { a, b, ln_scale } = *shapes;
    let front = exp(ln_scale + a * ln(x) + b * ln(rest));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, rest) / b
    }
}

/// The continued fraction, by Lentz's method.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..=MAX_STEPS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        let step = d * c;
        value *= step;
        if (step - 1.0).abs() <= f64::EPSILON / 2.0 {
            break;
        }
    }
    value
}

/// Newton's method with Halley's correction in a bracket that every step narrows, from 0 to `high`.
fn invert(shapes: &Shapes, p: f64, high: f64) -> f64 {
    if p == 0.0 {
        return 0.0;
    }
    let Shapes { a, b, ln_scale } = *shapes;
    let (mut least, mut most) = (0.0, high);
    // Near 0: I_x = x^a / (a B).
    let mut x = exp((ln(p) + ln(a) - ln_scale) / a);
    if !(x > least && x < most) {
        x = 0.5 * most;
    }
    for _ in 0..MAX_HALVINGS {
        let gap = lower(shapes, x, 1.0 - x) - p;
        if gap > 0.0 {
            most = x;
        } else {
            least = x;
        }
        let newton = gap / shapes.density(x);
        let bend = 0.5 * newton * ((a - 1.0) / x - (b - 1.0) / (1.0 - x));
        let mut next = x - newton / (1.0 - bend.clamp(-0.5, 0.5));
        if (next - x).abs() <= f64::EPSILON * x {
            return next.clamp(least, most);
        }
        if !(next > least && next < most) {
            next = 0.5 * (least + most);
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(got: f64, want: f64) {
        assert!((got - want).abs() <= 1e-14 * want.abs(), "got {got:e}, want {want:e}");
    }

    #[test]
    fn closed_forms_come_out() {
        for i in 1..20 {
            let x = f64::from(i) / 20.0;
            near(regularised_beta(1.0, 1.0, x), x);
            near(regularised_beta(2.0, 1.0, x), x * x);
            near(regularised_beta(1.0, 3.0, x), 1.0 - (1.0 - x) * (1.0 - x) * (1.0 - x));
            // 3 x^2 - 2 x^3
            near(regularised_beta(2.0, 2.0, x), x * x * (3.0 - 2.0 * x));
            near(inverse_regularised_beta(2.0, 1.0, x), x.sqrt());
            near(inverse_regularised_beta(1.0, 1.0, x), x);
        }
    }

    #[test]
    fn there_and_back_is_the_identity() {
        for (a, b) in [(1.0, 5.0), (1.8, 4.2), (4.0, 2.0), (0.5, 0.5), (30.0, 3.0), (500.0, 700.0)] {
            for i in 1..50 {
                let p = f64::from(i) / 50.0;
                let back = regularised_beta(a, b, inverse_regularised_beta(a, b, p));
                assert!((back - p).abs() <= 2e-12 * p, "{a} {b} {p} {back}");
            }
            assert_eq!(
                (inverse_regularised_beta(a, b, 0.0), inverse_regularised_beta(a, b, 1.0)),
                (0.0, 1.0)
            );
        }
    }

    #[test]
    fn what_has_no_answer_is_not_a_number() {
        assert!(regularised_beta(0.0, 1.0, 0.5).is_nan() && regularised_beta(1.0, 1.0, 1.5).is_nan());
        assert!(inverse_regularised_beta(1.0, -1.0, 0.5).is_nan());
        assert!(inverse_regularised_beta(1.0, 1.0, f64::NAN).is_nan());
    }
}
