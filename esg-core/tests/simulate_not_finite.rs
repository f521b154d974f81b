//! Draws that leave the range of floats: the lowest one is told, whoever finds another first.

use esg_core::simulate::{
    Group, Keep, Law, Model, Options, Output, SimulateError, Stream, Term, simulate, simulate_part,
};

const SEED: u64 = 42;
const DRAWS: u64 = 100_000;

/// `x - x + x`, whose first and last term are the group A: it leaves the range where `2 x` does, the total where `x` does.
fn model(mu: f64, sigma: f64) -> (Model, Law) {
    let law = Law::lognormal_of_log(mu, sigma).unwrap();
    let mut model = Model::new();
    let x = model.variable("x", law.clone()).unwrap();
    for (coefficient, part) in [(1.0, "A"), (-1.0, "B"), (1.0, "A")] {
        let groups = vec![Group::new("part", part)];
        model.term(Term { coefficient, variables: vec![x], groups }).unwrap();
    }
    (model, law)
}

/// What must be told of the draws from `first` on: each is computed alone, in its order.
fn lowest(law: &Law, first: u64) -> SimulateError {
    let stream = Stream::new(SEED, "x");
    let mean = if law.mean().is_finite() { law.mean() } else { 0.0 };
    // Moments need the fourth power of the distance from the mean.
    let leaves = |draw: u64, times: f64| {
        (times * law.quantile(stream.uniform(draw)) - times * mean).powi(4).is_infinite()
    };
    let draw = (first..DRAWS).find(|&draw| leaves(draw, 1.0) || leaves(draw, 2.0)).unwrap();
    let output = if leaves(draw, 1.0) { "the total" } else { "part A" };
    SimulateError::NotFinite { output: output.into(), draw }
}

/// One in 5 000 draws, so that a run has some 20 of them in its tasks; and groups long before the total.
fn models() -> [(Model, Law); 2] {
    [model(0.0, 50.0), model(177.0, 0.3)]
}

#[test]
fn a_part_tells_its_lowest_draw() {
    for (model, law) in models() {
        let options = Options::new(DRAWS, SEED).unwrap();
        for first in [0, 1, 511, 8192, 20_011, 50_000] {
            let found = simulate_part(&model, options, first..DRAWS).unwrap_err();
            assert_eq!(found, lowest(&law, first), "from {first}");
            assert_eq!(found.code(), "simulate.not_finite");
        }
    }
}

#[test]
fn a_total_that_is_finite_does_not_hide_its_group() {
    let (model, law) = model(177.0, 0.3);
    let found = simulate(&model, Options::new(DRAWS, SEED).unwrap()).unwrap_err();
    assert!(found.to_string().starts_with("part A of draw "), "{found}");
    assert_eq!(found, lowest(&law, 0));
}

#[test]
fn a_sample_is_held_to_the_same_range() {
    // (1e77)^4 = 1e308 is within the range, (1.2e77)^4 = 2.07e308 is not.
    assert!(Output::of_sample(vec![0.0, 1e77]).unwrap().sd().is_finite());
    let found = Output::of_sample(vec![0.0, 1.0, 1.2e77, f64::NAN]).unwrap_err();
    assert_eq!(found, SimulateError::NotFinite { output: "the sample".into(), draw: 2 });
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_does_not_show() {
    for (model, law) in models() {
        let want = lowest(&law, 0);
        for keep in [Keep::Summary, Keep::Total] {
            let options = Options::new(DRAWS, SEED).unwrap().keep(keep).unwrap();
            for threads in [1, 2, 3, 7] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                for round in 0..5 {
                    let found = pool.install(|| simulate(&model, options).unwrap_err());
                    assert_eq!(found, want, "{threads} threads, round {round}");
                }
            }
        }
    }
}
