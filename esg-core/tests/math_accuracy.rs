//! How far the elementary functions are from the truth, in units of the last place (ulp).
//!
//! Three references: core-math, which rounds correctly; a normal distribution function in pairs of floats, written here;
//! and values of mpmath with 50 digits (`tests/vectors/math`). A debug build tries thousands of inputs, `make accuracy` millions.

mod common;
mod pairs;

use common::cases;
use esg_core::math::{
    erfc, exp, exp_slice, inverse_normal, inverse_normal_slice, inverse_regularised_beta, ln, ln_gamma,
    ln_slice, normal_cdf, regularised_beta,
};
use pairs::Pair;

const INPUTS: u64 = if cfg!(debug_assertions) { 20_000 } else { 4_000_000 };

/// Uniform numbers of SplitMix64, so that the inputs are the same everywhere.
fn inputs(stream: u64, range: std::ops::Range<f64>) -> impl Iterator<Item = f64> {
    (1..=INPUTS).map(move |i| {
        let mut z = (i + (stream << 40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        range.start + (range.end - range.start) * ((z >> 11) as f64 * 2f64.powi(-53))
    })
}

/// Floats of every size: uniform in their bits.
fn sizes(stream: u64) -> impl Iterator<Item = f64> {
    inputs(stream, 0.0..1.0).map(|u| f64::from_bits((u * f64::MAX.to_bits() as f64) as u64))
}

/// How many floats lie between two of the same sign.
fn apart(got: f64, want: f64) -> u64 {
    if got == want { 0 } else { got.to_bits().abs_diff(want.to_bits()) }
}

/// One unit in the last place of `x`.
fn ulp(x: f64) -> f64 {
    let x = x.abs().max(f64::MIN_POSITIVE);
    f64::from_bits(x.to_bits() + 1) - x
}

#[track_caller]
fn assert_worst(name: &str, allowed: f64, errors: impl Iterator<Item = (f64, f64)>) {
    let (input, worst) = errors.fold((f64::NAN, 0.0), |worst, one| if one.1 > worst.1 { one } else { worst });
    println!("{name}: at most {worst:.3} ulp, at {input:e}, over {INPUTS} inputs");
    assert!(worst <= allowed, "{name}: {worst} ulp at {input:e}, allowed {allowed}");
}

#[test]
fn exp_is_within_one_ulp_of_the_rounded_value() {
    for (stream, range) in [(1, -1.0..1.0), (2, -30.0..30.0), (3, -746.0..711.0)] {
        let errors = inputs(stream, range).map(|x| (x, apart(exp(x), core_math::exp(x)) as f64));
        assert_worst("exp", 1.0, errors);
    }
}

#[test]
fn ln_is_within_one_ulp_of_the_rounded_value() {
    let errors = |x| (x, apart(ln(x), core_math::log(x)) as f64);
    assert_worst("ln", 1.0, inputs(4, 0.0..1.0).map(errors));
    assert_worst("ln", 1.0, inputs(5, 0.9..1.1).map(errors));
    assert_worst("ln", 1.0, sizes(6).map(errors));
}

/// Distance of an x from the one that `p` belongs to: the gap of the probabilities over the density.
fn inverse_error(p: f64, x: f64) -> (f64, f64) {
    let gap = pairs::lower_tail(x).minus(Pair::from(p)).to_f64();
    (p, (gap / pairs::density(x)).abs() / ulp(x))
}

#[test]
fn inverse_normal_is_within_two_ulp() {
    // The error against the true value: the rounded one is at most half an ulp from it, and the distance of two floats is
    // whole, so below 2.5 here is at most 2 there.
    let errors = |p| inverse_error(p, inverse_normal(p));
    assert_worst("inverse normal, all", 2.0, inputs(7, 0.0..1.0).filter(|&p| p > 0.0).map(errors));
    assert_worst("inverse normal, below 1/4", 2.0, inputs(8, 0.002..0.25).map(errors));
    assert_worst("inverse normal, near 1/2", 2.0, inputs(9, 0.49..0.51).map(errors));
    assert_worst("inverse normal, at the seam", 2.0, inputs(10, 0.0019..0.0021).map(errors));
    assert_worst("inverse normal, tail", 2.0, inputs(11, 0.0..0.002).filter(|&p| p > 0.0).map(errors));
    let far = inputs(18, -500.0..-6.0).map(core_math::exp2);
    assert_worst("inverse normal, far tail", 2.0, far.map(errors));
}

#[test]
fn the_normal_distribution_function_is_within_two_ulp() {
    let errors = |x: f64| {
        (x, (pairs::lower_tail(x).minus(Pair::from(normal_cdf(x))).to_f64() / ulp(normal_cdf(x))).abs())
    };
    assert_worst("normal cdf", 2.0, inputs(12, -6.5..0.0).map(errors));
    assert_worst("normal cdf, above", 2.0, inputs(13, 0.0..6.5).map(errors));
    // Below -37.519 the result is no normal number.
    assert_worst("normal cdf, far tail", 2.0, inputs(19, -37.519..-5.0).map(errors));
    assert_worst("normal cdf, near 0", 2.0, inputs(20, -0.01..0.01).map(errors));
}

#[test]
fn erfc_is_within_two_ulp_of_the_rounded_value() {
    let errors = |x: f64| (x, apart(erfc(x), core_math::erfc(x)) as f64);
    assert_worst("erfc", 2.0, inputs(14, -6.0..1.0).map(errors));
    assert_worst("erfc, tail", 2.0, inputs(21, 0.5..6.0).map(errors));
    // Beyond 26.543 the result is no normal number, beyond 27.3 it is 0.
    assert_worst("erfc, far tail", 2.0, inputs(22, 5.0..28.0).map(errors));
}

#[test]
fn ln_gamma_is_within_two_ulp_of_the_rounded_value() {
    let errors = |x: f64| (x, apart(ln_gamma(x), core_math::lgamma(x)) as f64);
    assert_worst("ln gamma, below 1/2", 2.0, inputs(23, 0.0..0.5).filter(|&x| x > 0.0).map(errors));
    assert_worst("ln gamma, to 3", 2.0, inputs(24, 0.5..3.0).map(errors));
    assert_worst("ln gamma, at 1", 2.0, inputs(25, 0.999..1.001).map(errors));
    assert_worst("ln gamma, at 2", 2.0, inputs(26, 1.999..2.001).map(errors));
    assert_worst("ln gamma, to 20", 2.0, inputs(27, 3.0..20.0).map(errors));
    assert_worst("ln gamma, to 10000", 2.0, inputs(28, 16.0..10_000.0).map(errors));
    assert_worst("ln gamma, all sizes", 2.0, sizes(29).filter(|&x| x > 0.0).map(errors));
}

/// The slice forms run on the widest vectors of the machine, the single ones on plain instructions.
#[test]
fn slices_have_the_bits_of_single_values() {
    let check = |slice: fn(&mut [f64]), single: fn(f64) -> f64, values: Vec<f64>| {
        let mut all = values.clone();
        slice(&mut all);
        for (&x, y) in values.iter().zip(all) {
            assert_eq!(single(x).to_bits(), y.to_bits(), "{x:e}");
        }
    };
    check(exp_slice, exp, inputs(15, -800.0..800.0).collect());
    check(ln_slice, ln, sizes(16).collect());
    check(inverse_normal_slice, inverse_normal, inputs(17, 0.0..1.0).collect());
}

#[test]
fn values_of_mpmath_come_out() {
    for case in cases("math/elementary.json") {
        let name = case["call"].as_str().unwrap();
        let x: Vec<f64> =
            case["in"].as_array().unwrap().iter().map(|x| x.as_str().unwrap().parse().unwrap()).collect();
        let want: f64 = case["out"].as_str().unwrap().parse().unwrap();
        // As docs/simulation.md states.
        let (got, allowed) = match name {
            "exp" => (exp(x[0]), 2.0 * ulp(want)),
            "ln" => (ln(x[0]), 2.0 * ulp(want)),
            "inverse_normal" => (inverse_normal(x[0]), 2.0 * ulp(want)),
            "normal_cdf" => (normal_cdf(x[0]), 2.0 * ulp(want)),
            "erfc" => (erfc(x[0]), 2.0 * ulp(want)),
            "ln_gamma" => (ln_gamma(x[0]), 2.0 * ulp(want)),
            "regularised_beta" => (regularised_beta(x[0], x[1], x[2]), 1e-12 * want),
            "inverse_regularised_beta" => (inverse_regularised_beta(x[0], x[1], x[2]), 1e-12 * want),
            other => panic!("{other} is unknown"),
        };
        let gap = (got - want).abs();
        assert!(gap <= allowed, "{name} {x:?}: got {got:e}, want {want:e}, gap {gap:e}, allowed {allowed:e}");
    }
}
