//! Sensitivities against published closed forms and against arithmetic that is written out.

// Every test file takes what it needs of the shared functions.
#[allow(dead_code)]
mod chance;
mod common;
#[allow(dead_code)]
mod sensitivities;

use common::{cases, string};
use esg_core::simulate::sensitivity::{
    Design, How, Index, Indices, exact, of_model, sampled, tornado, tornado_of_function,
};
use esg_core::simulate::{Correlation, Law, Model, Term};
use sensitivities::{firsts, float, floats, ishigami, near, of, product_of, sum_of, totals};
use serde_json::Value;

const VECTORS: &str = "statistics/sobol_indices_analytic.json";

fn sobol_g(a: Vec<f64>) -> impl Fn(&[f64]) -> f64 + Sync {
    move |u| u.iter().zip(&a).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product()
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
