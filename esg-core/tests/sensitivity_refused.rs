//! What has no sensitivities is refused, with the place where it showed.

// Every test file takes what it needs of the shared functions.
#[allow(dead_code)]
mod chance;
#[allow(dead_code)]
mod sensitivities;

use esg_core::simulate::sensitivity::{
    Design, Indices, MAX_INPUTS, SensitivityError, exact, of_function, of_model, sampled, tornado,
    tornado_of_function,
};
use esg_core::simulate::{Law, Model, Term};
use sensitivities::{names, product_of, sum_of};

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
