//! Models and functions whose sensitivities are asked for, and how the answers are compared.

use std::f64::consts::PI;

use esg_core::simulate::sensitivity::{Design, Indices, of_function};
use esg_core::simulate::{Law, Model, Term};
use serde_json::Value;

use super::chance::Noise;

pub fn float(value: &Value) -> f64 {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).parse().unwrap()
}

pub fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}")).iter().map(float).collect()
}

#[track_caller]
pub fn near(what: &str, got: f64, want: f64, allowed: f64) {
    let gap = (got - want).abs();
    assert!(gap <= allowed, "{what}: got {got}, want {want}, gap {gap:e}, allowed {allowed:e}");
}

pub fn names(count: usize) -> Vec<String> {
    (1..=count).map(|i| format!("x{i}")).collect()
}

/// Sampled indices of a function of uniform numbers.
pub fn of(count: usize, f: impl Fn(&[f64]) -> f64 + Sync, design: Design) -> Indices {
    let names = names(count);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    of_function(&names, f, design).unwrap()
}

pub fn ishigami(a: f64, b: f64) -> impl Fn(&[f64]) -> f64 + Sync {
    move |u| {
        let [x, y, z] = [u[0], u[1], u[2]].map(|u| PI * (2.0 * u - 1.0));
        x.sin() + a * y.sin().powi(2) + b * z.powi(4) * x.sin()
    }
}

/// A model of one term for each coefficient, or of one product of all variables.
pub fn sum_of(parts: &[(f64, Law)]) -> Model {
    let mut model = Model::new();
    for (at, (coefficient, law)) in parts.iter().enumerate() {
        let variable = model.variable(format!("x{}", at + 1), law.clone()).unwrap();
        model.term(Term { coefficient: *coefficient, variables: vec![variable], groups: vec![] }).unwrap();
    }
    model
}

pub fn product_of(laws: &[Law]) -> Model {
    let mut model = Model::new();
    let variables =
        laws.iter().enumerate().map(|(at, law)| model.variable(format!("x{}", at + 1), law.clone()));
    let variables = variables.collect::<Result<Vec<_>, _>>().unwrap();
    model.term(Term { coefficient: 1.0, variables, groups: vec![] }).unwrap();
    model
}

pub fn firsts(indices: &Indices) -> Vec<f64> {
    indices.inputs.iter().map(|input| input.first.estimate).collect()
}

pub fn totals(indices: &Indices) -> Vec<f64> {
    indices.inputs.iter().map(|input| input.total.estimate).collect()
}

/// A model of sums of products with shared variables, and whose means may be zero or below.
pub fn any_model(noise: &mut Noise) -> Model {
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
