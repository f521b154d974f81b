//! Sensitivities against published closed forms and against arithmetic that is written out.

// Every test file takes what it needs of the shared functions.
#[allow(dead_code)]
mod chance;
mod common;

use std::f64::consts::PI;

use chance::Noise;
use common::{cases, string};
use esg_core::simulate::sensitivity::{
    Design, How, Index, Indices, MAX_INPUTS, SensitivityError, exact, of_function, of_model, sampled,
    tornado, tornado_of_function,
};
use esg_core::simulate::{Correlation, Law, Model, Term};
use proptest::prelude::*;
use serde_json::Value;

const VECTORS: &str = "statistics/sobol_indices_analytic.json";

fn float(value: &Value) -> f64 {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).parse().unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}")).iter().map(float).collect()
}

#[track_caller]
fn near(what: &str, got: f64, want: f64, allowed: f64) {
    let gap = (got - want).abs();
    assert!(gap <= allowed, "{what}: got {got}, want {want}, gap {gap:e}, allowed {allowed:e}");
}

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|i| format!("x{i}")).collect()
}

/// Sampled indices of a function of uniform numbers.
fn of(count: usize, f: impl Fn(&[f64]) -> f64 + Sync, design: Design) -> Indices {
    let names = names(count);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    of_function(&names, f, design).unwrap()
}

fn ishigami(a: f64, b: f64) -> impl Fn(&[f64]) -> f64 + Sync {
    move |u| {
        let [x, y, z] = [u[0], u[1], u[2]].map(|u| PI * (2.0 * u - 1.0));
        x.sin() + a * y.sin().powi(2) + b * z.powi(4) * x.sin()
    }
}

fn sobol_g(a: Vec<f64>) -> impl Fn(&[f64]) -> f64 + Sync {
    move |u| u.iter().zip(&a).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product()
}

/// A model of one term for each coefficient, or of one product of all variables.
fn sum_of(parts: &[(f64, Law)]) -> Model {
    let mut model = Model::new();
    for (at, (coefficient, law)) in parts.iter().enumerate() {
        let variable = model.variable(format!("x{}", at + 1), law.clone()).unwrap();
        model.term(Term { coefficient: *coefficient, variables: vec![variable], groups: vec![] }).unwrap();
    }
    model
}

fn product_of(laws: &[Law]) -> Model {
    let mut model = Model::new();
    let variables =
        laws.iter().enumerate().map(|(at, law)| model.variable(format!("x{}", at + 1), law.clone()));
    let variables = variables.collect::<Result<Vec<_>, _>>().unwrap();
    model.term(Term { coefficient: 1.0, variables, groups: vec![] }).unwrap();
    model
}

fn firsts(indices: &Indices) -> Vec<f64> {
    indices.inputs.iter().map(|input| input.first.estimate).collect()
}

fn totals(indices: &Indices) -> Vec<f64> {
    indices.inputs.iter().map(|input| input.total.estimate).collect()
}

#[track_caller]
fn compare(id: &str, got: &Indices, expect: &Value, allowed: f64) {
    for (name, got) in [("S1", firsts(got)), ("ST", totals(got))] {
        let want = floats(&expect[name]);
        assert_eq!(got.len(), want.len(), "{id}");
        for (at, (got, want)) in got.iter().zip(want).enumerate() {
            near(&format!("{id} {name}[{at}]"), *got, want, allowed);
        }
    }
}

#[test]
fn sampled_indices_are_those_of_the_closed_forms() {
    // 2^16 base points, within 0.01: the tolerance of the file.
    let design = Design::sobol(1 << 16, 16, 7).unwrap();
    let mut seen = 0;
    for case in cases(VECTORS) {
        let (id, expect) = (string(&case, "id"), &case["expect"]);
        let got = match id.split([' ', '-']).next().unwrap() {
            "ishigami" => of(3, ishigami(float(&case["a"]), float(&case["b"])), design),
            "sobol" => {
                let a = floats(&case["a"]);
                of(a.len(), sobol_g(a), design)
            }
            "linear" | "product" => continue,
            other => panic!("no function {other}"),
        };
        seen += 1;
        compare(id, &got, expect, 0.01);
        assert_eq!(got.how, How::Sampled(design));
        near(id, got.variance, float(&expect["variance"]), 0.01 * got.variance);
        near(id, got.mean, float(&expect["mean"]), 0.01);
        // What inputs do together is what is left of 1.
        let rest = 1.0 - floats(&expect["S1"]).iter().sum::<f64>();
        near(id, got.interactions.estimate, rest, 0.02);
    }
    assert_eq!(seen, 4);
}

#[test]
fn sums_and_products_have_their_exact_indices() {
    let mut seen = 0;
    for case in cases(VECTORS) {
        let (id, expect) = (string(&case, "id"), &case["expect"]);
        let models = match id.split([' ', '-']).next().unwrap() {
            "linear" => {
                let parts = floats(&case["c"]).into_iter().zip(floats(&case["s"]));
                let parts: Vec<_> = parts.map(|(c, s)| (c, Law::normal(1.0, s).unwrap())).collect();
                vec![sum_of(&parts)]
            }
            // Any laws with these coefficients of variation.
            "product" => {
                let of =
                    |law: fn(f64) -> Law| -> Vec<Law> { floats(&case["cv"]).into_iter().map(law).collect() };
                vec![
                    product_of(&of(|cv| Law::normal(4.0, 4.0 * cv).unwrap())),
                    product_of(&of(|cv| Law::lognormal_of_mean(0.2, cv).unwrap())),
                    product_of(&of(|cv| {
                        let half = 3f64.sqrt() * cv;
                        Law::uniform(1.0 - half, 1.0 + half).unwrap()
                    })),
                ]
            }
            "ishigami" | "sobol" => continue,
            other => panic!("no model {other}"),
        };
        seen += 1;
        for model in &models {
            let got = exact(model).unwrap();
            compare(id, &got, expect, 1e-12);
            assert_eq!(got.how, How::Exact);
            match expect.get("variance") {
                Some(variance) => near(id, got.variance, float(variance), 1e-12 * got.variance),
                None => {
                    let relative = got.variance / (got.mean * got.mean);
                    near(id, relative, float(&expect["relative_variance"]), 1e-12);
                }
            }
            // Sampling agrees, at the tolerance of the file.
            compare(id, &sampled(model, Design::sobol(1 << 16, 16, 3).unwrap()).unwrap(), expect, 0.01);
        }
    }
    assert_eq!(seen, 3);
}

/// Share of 200 seeds whose interval has the analytic value, by index.
fn coverage(design: impl Fn(u64) -> Design, f: impl Fn(&[f64]) -> f64 + Sync, want: &[f64]) -> Vec<f64> {
    let mut hits = vec![0.0; want.len()];
    for seed in 0..200 {
        let got = of(want.len() / 2, &f, design(seed));
        let all = got.inputs.iter().map(|i| i.first).chain(got.inputs.iter().map(|i| i.total));
        for ((hits, index), want) in hits.iter_mut().zip(all).zip(want) {
            *hits += f64::from(u8::from(index.covers(*want))) / 200.0;
        }
    }
    hits
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    // Of 200 intervals of 95 %, five standard errors of the count below: 0.95 - 5 sqrt(0.95 x 0.05 / 200) = 0.873.
    let least = 0.95 - 5.0 * (0.95 * 0.05 / 200f64).sqrt();
    for case in cases(VECTORS) {
        let id = string(&case, "id");
        let want =
            || -> Vec<f64> { ["S1", "ST"].iter().flat_map(|name| floats(&case["expect"][name])).collect() };
        let designs: [fn(u64) -> Design; 2] =
            [|seed| Design::sobol(1024, 16, seed).unwrap(), |seed| Design::random(1600, 16, seed).unwrap()];
        for design in designs {
            let got = match id {
                "ishigami a=7 b=0.1" => coverage(design, ishigami(7.0, 0.1), &want()),
                "sobol-g 0,1,9" => coverage(design, sobol_g(vec![0.0, 1.0, 9.0]), &want()),
                _ => continue,
            };
            let generator = design(0).generator();
            for (at, share) in got.iter().enumerate() {
                assert!(*share >= least, "{id} {generator} index {at}: {share}, least {least} of {got:?}");
            }
        }
    }
}

#[test]
fn a_factor_in_many_lines_is_one_input() {
    // 1000 and 3000 of one factor (sd 0.1), 2000 of another (sd 0.2), all means 1: the first has 4000 x 0.1 = 400,
    // the second 2000 x 0.2 = 400, so half of the variance each. Taken as two, the first would have 100^2 + 300^2.
    let mut model = Model::new();
    let shared = model.variable("shared", Law::normal(1.0, 0.1).unwrap()).unwrap();
    let other = model.variable("other", Law::normal(1.0, 0.2).unwrap()).unwrap();
    for (coefficient, variable) in [(1000.0, shared), (3000.0, shared), (2000.0, other)] {
        model.term(Term { coefficient, variables: vec![variable], groups: vec![] }).unwrap();
    }
    let found = exact(&model).unwrap();
    near("shared", found.input("shared").unwrap().first.estimate, 0.5, 1e-15);
    near("variance", found.variance, 320_000.0, 1e-9);
    near("interactions", found.interactions.estimate, 0.0, 0.0);
    let found = sampled(&model, Design::sobol(1 << 12, 16, 7).unwrap()).unwrap();
    near("sampled", found.input("shared").unwrap().first.estimate, 0.5, 0.01);
}

#[test]
fn a_quantity_times_a_factor_of_two_gases_shares_out_by_hand() {
    // q (f a + g b) with all means 1 and 10 of a, 5 of b; standard deviations q 0.1, f 0.2, g 0.4:
    // q: 15 x 0.1 = 1.5; f: 10 x 0.2 = 2; g: 5 x 0.4 = 2; q f: 10 x 0.02 = 0.2; q g: 5 x 0.04 = 0.2.
    // Squares 2.25 + 4 + 4 + 0.04 + 0.04 = 10.33.
    let mut model = Model::new();
    let [q, f, g] = [("q", 0.1), ("f", 0.2), ("g", 0.4)]
        .map(|(id, sd)| model.variable(id, Law::normal(1.0, sd).unwrap()).unwrap());
    model.term(Term { coefficient: 10.0, variables: vec![q, f], groups: vec![] }).unwrap();
    model.term(Term { coefficient: 5.0, variables: vec![g, q], groups: vec![] }).unwrap();
    let found = exact(&model).unwrap();
    near("variance", found.variance, 10.33, 1e-12);
    for (id, first, total) in [("q", 2.25, 2.33), ("f", 4.0, 4.04), ("g", 4.0, 4.04)] {
        let input = found.input(id).unwrap();
        near(id, input.first.estimate, first / 10.33, 1e-12);
        near(id, input.total.estimate, total / 10.33, 1e-12);
    }
    near("interactions", found.interactions.estimate, 0.08 / 10.33, 1e-12);
    let ranked: Vec<&str> = found.ranked().iter().map(|input| input.name.as_str()).collect();
    assert_eq!(ranked, ["f", "g", "q"]);
}

#[test]
fn a_small_spread_keeps_its_digits() {
    // Coefficients of variation of 1e-7: 1 + 1e-14 less 1 would keep two digits, and the subsets cancel nothing.
    let found =
        exact(&product_of(&[Law::normal(1e9, 100.0).unwrap(), Law::normal(1.0, 2e-7).unwrap()])).unwrap();
    // 1e-14, 4e-14 and 4e-28 of the squared mean.
    near("first", found.inputs[0].first.estimate, 1.0 / (5.0 + 4e-14), 1e-14);
    near("interactions", found.interactions.estimate, 4e-14 / 5.0, 1e-26);
}

#[test]
fn correlated_variables_are_one_input() {
    // 3 a + 4 b with sd 1 and correlation 0.5, and c with sd 6: 9 + 16 + 2 x 0.5 x 12 = 37 and 36 of 73.
    let mut model = sum_of(&[
        (3.0, Law::normal(1.0, 1.0).unwrap()),
        (4.0, Law::normal(1.0, 1.0).unwrap()),
        (6.0, Law::normal(1.0, 1.0).unwrap()),
    ]);
    let [a, b] = ["x1", "x2"].map(|id| model.variable(id, Law::normal(1.0, 1.0).unwrap()).unwrap());
    model.correlate(&[b, a], Correlation::new(&[vec![1.0, 0.5], vec![0.5, 1.0]]).unwrap()).unwrap();
    assert_eq!(exact(&model).unwrap_err().code(), "sensitivity.not_exact");
    let found = of_model(&model, Design::sobol(1 << 14, 16, 7).unwrap()).unwrap();
    assert_eq!(found.inputs.len(), 2);
    let pair = found.input("x2, x1").unwrap();
    assert_eq!(pair.members, ["x2", "x1"]);
    near("pair", pair.first.estimate, 37.0 / 73.0, 0.01);
    near("pair", pair.total.estimate, 37.0 / 73.0, 0.01);
    near("alone", found.input("x3").unwrap().first.estimate, 36.0 / 73.0, 0.01);
    near("variance", found.variance, 73.0, 0.5);
}

#[test]
fn a_squared_variable_is_sampled() {
    // x^2 + y with standard normals: variances 2 and 1.
    let mut model = Model::new();
    let [x, y] = ["x", "y"].map(|id| model.variable(id, Law::normal(0.0, 1.0).unwrap()).unwrap());
    model.term(Term { coefficient: 1.0, variables: vec![x, x], groups: vec![] }).unwrap();
    model.term(Term { coefficient: 1.0, variables: vec![y], groups: vec![] }).unwrap();
    let error = exact(&model).unwrap_err();
    assert_eq!(error.to_string(), "no closed form: x is squared in a term; sample the model instead");
    let found = of_model(&model, Design::sobol(1 << 14, 16, 7).unwrap()).unwrap();
    near("x", found.input("x").unwrap().first.estimate, 2.0 / 3.0, 0.01);
    near("y", found.input("y").unwrap().total.estimate, 1.0 / 3.0, 0.01);
}

#[test]
fn known_inputs_have_the_index_zero() {
    let mut model = sum_of(&[(2.0, Law::constant(5.0).unwrap()), (1.0, Law::normal(1.0, 1.0).unwrap())]);
    model.variable("unused", Law::normal(1.0, 9.0).unwrap()).unwrap();
    let zero = Index { estimate: 0.0, lower: 0.0, upper: 0.0 };
    for found in [exact(&model).unwrap(), sampled(&model, Design::sobol(256, 16, 7).unwrap()).unwrap()] {
        for id in ["x1", "unused"] {
            let input = found.input(id).unwrap();
            assert_eq!((input.first, input.total), (zero, zero), "{id}");
        }
        // The only other input has all of it.
        near("x2", found.input("x2").unwrap().first.estimate, 1.0, 0.0);
        near("mean", found.mean, 11.0, 0.01);
    }
    // A function that does not look at an input: its total index is zero in every sample.
    let found = of(2, |u| u[0], Design::random(160, 2, 7).unwrap());
    assert_eq!((found.inputs[1].total, found.inputs[0].first.estimate), (zero, 1.0));
    assert!(found.inputs[0].total.covers(1.0) && found.inputs[1].first.covers(0.0));
    let one = of(1, |u| u[0] * u[0], Design::sobol(256, 16, 7).unwrap());
    assert_eq!(one.inputs[0].first, Index { estimate: 1.0, lower: 1.0, upper: 1.0 });
}

#[test]
fn what_does_not_vary_is_refused() {
    let design = Design::sobol(256, 16, 7).unwrap();
    let code = |found: Result<Indices, SensitivityError>| found.unwrap_err().code();
    assert_eq!(code(of_function(&["x"], |_| 4.0, design)), "sensitivity.no_variance");
    let known = sum_of(&[(2.0, Law::constant(5.0).unwrap())]);
    let error = of_model(&known, design).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the result is 10 in all or nearly all cases: there is no variance to share out"
    );
    assert_eq!(code(sampled(&known, design)), "sensitivity.no_variance");
    // One point of one replicate that differs is no basis for an interval.
    let rare = |u: &[f64]| f64::from(u8::from(u[0] < 1.0 / 256.0));
    assert_eq!(code(of_function(&["x"], rare, Design::sobol(32, 2, 7).unwrap())), "sensitivity.no_variance");
    // Terms that cancel.
    let mut model = Model::new();
    let x = model.variable("x", Law::normal(1.0, 1.0).unwrap()).unwrap();
    for coefficient in [0.1, -0.1] {
        model.term(Term { coefficient, variables: vec![x], groups: vec![] }).unwrap();
    }
    assert_eq!(code(of_model(&model, design)), "sensitivity.no_variance");
}

#[test]
fn what_is_no_number_is_refused_with_its_place() {
    let design = Design::random(32, 2, 7).unwrap();
    let message = |f: fn(&[f64]) -> f64| of_function(&["a", "b"], f, design).unwrap_err().to_string();
    let text = message(|_| f64::NAN);
    assert!(text.starts_with("the result is NaN at point 0 of replicate 0 (a = 0."), "{text}");
    assert!(text.contains(", b = 0.") && text.ends_with("within -1e150..=1e150"), "{text}");
    // The place is where it happens first, for any number of threads.
    let found = |f: fn(&[f64]) -> f64| of_function(&["a", "b"], f, design).unwrap_err();
    let late = |u: &[f64]| if u[0] > 0.9 { f64::INFINITY } else { u[1] };
    assert_eq!(found(late), found(late));
    assert_eq!(found(late).code(), "sensitivity.not_finite");
    let text = found(late).to_string();
    let a: f64 = text.split_once("a = ").unwrap().1.split(',').next().unwrap().parse().unwrap();
    assert!(a > 0.9 && text.starts_with("the result is inf at point "), "{text}");
    // Only at points that are mixed of both matrices.
    let mixed = |u: &[f64]| if (u[0] < 0.5) == (u[1] < 0.5) { u[0] } else { f64::NAN };
    let halves = |u: &[f64]| if u[0] < 2.0 { mixed(u) } else { 0.0 };
    assert_eq!(of_function(&["a", "b"], halves, design).unwrap_err().code(), "sensitivity.not_finite");
    assert_eq!(found(|u| 1e151 * u[0]).code(), "sensitivity.not_finite");
    // Laws whose moments leave the range of floats.
    let wild = sum_of(&[(1.0, Law::lognormal_of_log(0.0, 40.0).unwrap())]);
    assert_eq!(exact(&wild).unwrap_err().code(), "sensitivity.not_finite");
    let text = tornado_of_function(&["a", "b"], |u| if u[1] > 0.9 { f64::NAN } else { 1.0 }).unwrap_err();
    assert!(text.to_string().contains("with b = 0.95 and all others at their medians"), "{text}");
}

#[test]
fn designs_inputs_and_models_that_cannot_be_are_refused() {
    for (points, replicates) in [(1600, 1), (6500, 65), (30, 2), (33, 2), (0, 2), (1 << 40, 2)] {
        for found in [Design::sobol(points, replicates, 1), Design::random(points, replicates, 1)] {
            assert_eq!(found.unwrap_err().code(), "sensitivity.design", "{points} {replicates}");
        }
    }
    assert_eq!(Design::sobol(48, 2, 1).unwrap_err().code(), "sensitivity.design");
    let design = Design::random(48, 2, 1).unwrap();
    assert_eq!((design.points(), design.replicates(), design.seed()), (48, 2, 1));
    let long = Design::random(1 << 37, 64, 1).unwrap();
    let inputs = names(7);
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    assert_eq!(of_function(&inputs, |u| u[0], long).unwrap_err().code(), "sensitivity.design");
    let many = names(MAX_INPUTS + 1);
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for wrong in [&[][..], &["a", "b", "a"], &many] {
        assert_eq!(of_function(wrong, |_| 0.0, design).unwrap_err().code(), "sensitivity.inputs");
        assert_eq!(tornado_of_function(wrong, |_| 0.0).unwrap_err().code(), "sensitivity.inputs");
    }
    let empty = Model::new();
    let codes = [exact(&empty), sampled(&empty, design), of_model(&empty, design)];
    assert!(codes.into_iter().all(|found| found.unwrap_err().code() == "simulate.empty"));
    assert_eq!(tornado(&empty).unwrap_err().code(), "simulate.empty");
    let crowd = product_of(&vec![Law::normal(1.0, 0.1).unwrap(); 13]);
    assert_eq!(exact(&crowd).unwrap_err().code(), "sensitivity.not_exact");
}

#[test]
fn a_tornado_swings_from_the_5_to_the_95_percent_quantile() {
    // 100 x + 10 y z + c: uniform laws have their 5 and 95 % quantiles at 0.05 and 0.95 of the width.
    let mut model = Model::new();
    let law = |low, high| Law::uniform(low, high).unwrap();
    let [x, y, z] = [("x", 0.0, 1.0), ("y", 1.0, 3.0), ("z", 0.0, 4.0)]
        .map(|(id, a, b)| model.variable(id, law(a, b)).unwrap());
    let known = model.variable("known", Law::constant(7.0).unwrap()).unwrap();
    for (coefficient, variables) in [(100.0, vec![x]), (10.0, vec![y, z]), (1.0, vec![known])] {
        model.term(Term { coefficient, variables, groups: vec![] }).unwrap();
    }
    let found = tornado(&model).unwrap();
    // Medians 0.5, 2, 2: 50 + 40 + 7.
    near("middle", found.middle, 97.0, 1e-12);
    // z from 0.2 to 3.8: 20 x 3.6 = 72; x: 100 x 0.9 = 90; y from 1.1 to 2.9: 20 x 1.8 = 36.
    let want = [("x", 52.0, 142.0), ("z", 61.0, 133.0), ("y", 79.0, 115.0), ("known", 97.0, 97.0)];
    for (swing, (name, low, high)) in found.swings.iter().zip(want) {
        assert_eq!((swing.name.as_str(), swing.correlated), (name, false));
        near(name, swing.result[0], low, 1e-12);
        near(name, swing.result[1], high, 1e-12);
        near(name, swing.width(), high - low, 1e-12);
    }
    near("input", found.swings[2].input[1], 2.9, 1e-15);
    let same = tornado_of_function(&["x", "y"], |u| 5.0 - 2.0 * u[0] + u[1]).unwrap();
    near("falling", same.swings[0].result[0], 5.4, 1e-12);
    assert_eq!((same.swings[0].name.as_str(), same.swings[1].name.as_str()), ("x", "y"));
    let mut pair = sum_of(&[(3.0, law(0.0, 1.0)), (1.0, law(0.0, 1.0))]);
    let both = ["x1", "x2"].map(|id| pair.variable(id, law(0.0, 1.0)).unwrap());
    pair.correlate(&both, Correlation::new(&[vec![1.0, 0.5], vec![0.5, 1.0]]).unwrap()).unwrap();
    assert!(tornado(&pair).unwrap().swings.iter().all(|swing| swing.correlated));
}

/// A model of sums of products with shared variables, and whose means may be zero or below.
fn any_model(noise: &mut Noise) -> Model {
    let mut model = Model::new();
    let mut pick = |below: usize| (noise.uniform() * below as f64) as usize;
    let variables: Vec<_> = (0..2 + pick(4))
        .map(|at| {
            let (a, b) = (pick(9) as f64 - 2.0, 1.0 + pick(5) as f64);
            let law = match pick(4) {
                0 => Law::normal(a, b),
                1 => Law::uniform(a, a + b),
                2 => Law::triangular(a, a + b / 4.0, a + b),
                _ => Law::lognormal(b, 1.0 + 0.1 * b),
            };
            model.variable(format!("v{at}"), law.unwrap()).unwrap()
        })
        .collect();
    for _ in 0..2 + pick(4) {
        let chosen: Vec<_> = variables.iter().copied().filter(|_| pick(2) == 1).collect();
        let coefficient = pick(11) as f64 - 3.0;
        model.term(Term { coefficient, variables: chosen, groups: vec![] }).unwrap();
    }
    model
}

#[test]
fn sampling_agrees_with_the_closed_form_of_any_sum_of_products() {
    let mut noise = Noise::new(11);
    let (mut compared, mut missed) = (0.0, 0.0);
    for seed in 0..60 {
        let model = any_model(&mut noise);
        let Ok(want) = exact(&model) else { continue };
        let got = sampled(&model, Design::sobol(1 << 12, 16, seed).unwrap()).unwrap();
        for (got, want) in got.inputs.iter().zip(&want.inputs) {
            assert_eq!(got.name, want.name);
            for (got, want) in [(got.first, want.first), (got.total, want.total)] {
                compared += 1.0;
                missed += f64::from(u8::from(!got.covers(want.estimate)));
                // Never far off: five standard errors are 5 / 2.131 half widths; 0.01 for those of rounding alone.
                let half = (got.upper - got.lower) / 2.0;
                near(
                    &format!("{seed} {}", model.term_count()),
                    got.estimate,
                    want.estimate,
                    2.4 * half + 0.01,
                );
            }
            // A first-order index is at most the total one.
            assert!(want.first.estimate <= want.total.estimate * (1.0 + 1e-15));
            let halves = got.first.upper - got.first.lower + (got.total.upper - got.total.lower);
            assert!(got.first.estimate <= got.total.estimate + 1.2 * halves + 1e-12, "{got:?}");
        }
        assert!(got.inputs.iter().map(|input| input.first.lower).sum::<f64>() <= 1.0);
    }
    // One in twenty lies outside of a 95 % interval; within one model they go together, so ten are allowed.
    assert!(compared > 200.0 && missed / compared < 0.1, "{missed} of {compared}");
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_does_not_show() {
    let mut noise = Noise::new(5);
    let model = any_model(&mut noise);
    for design in [Design::sobol(1 << 13, 8, 3).unwrap(), Design::random(9000, 9, 3).unwrap()] {
        let alone = (sampled(&model, design).unwrap(), of(3, ishigami(7.0, 0.1), design));
        for threads in [1, 2, 3, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let again =
                pool.install(|| (sampled(&model, design).unwrap(), of(3, ishigami(7.0, 0.1), design)));
            assert_eq!(again, alone, "{threads} threads");
        }
    }
}

#[test]
fn inputs_in_another_order_have_the_same_bits() {
    let design = Design::sobol(4096, 16, 7).unwrap();
    let g = |a: f64, u: f64| ((4.0 * u - 2.0).abs() + a) / (1.0 + a);
    let before =
        of_function(&["p", "q", "r"], |u| g(0.0, u[0]) * g(1.0, u[1]) * g(9.0, u[2]), design).unwrap();
    let after =
        of_function(&["r", "p", "q"], |u| g(0.0, u[1]) * g(1.0, u[2]) * g(9.0, u[0]), design).unwrap();
    for input in &before.inputs {
        assert_eq!(after.input(&input.name), Some(input));
    }
    assert_eq!((before.variance, before.interactions), (after.variance, after.interactions));
}

proptest! {
    #[test]
    fn exact_shares_add_up_to_one(seed in any::<u64>()) {
        let model = any_model(&mut Noise::new(seed));
        if let Ok(found) = exact(&model) {
            let sum = firsts(&found).iter().sum::<f64>() + found.interactions.estimate;
            prop_assert!((sum - 1.0).abs() <= 1e-13, "{sum}");
            for input in &found.inputs {
                prop_assert!((0.0..=1.0 + 1e-15).contains(&input.first.estimate));
                prop_assert!(input.first.estimate <= input.total.estimate);
            }
            // Each interaction is of two inputs or more.
            let more: f64 = totals(&found).iter().sum::<f64>() - firsts(&found).iter().sum::<f64>();
            prop_assert!(more >= 2.0 * found.interactions.estimate - 1e-13);
        }
    }
}
