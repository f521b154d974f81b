//! A simulation's bits: the same for any threads and partition, one draw for one variable, and no more error than is said.

mod common;

use esg_core::simulate::{
    Correlation, Group, Keep, Law, Model, Options, Partial, SimulateError, Simulation, Stream, Term,
    VariableId, simulate, simulate_part,
};
use proptest::prelude::*;

const DRAWS: u64 = 10_000;

fn options() -> Options {
    Options::new(DRAWS, 42).unwrap().keep(Keep::Groups).unwrap()
}

fn term(coefficient: f64, variables: &[VariableId], site: &str) -> Term {
    let groups = vec![Group::new("site", site), Group::new("scope", "1")];
    Term { coefficient, variables: variables.to_vec(), groups }
}

/// Every law, a shared factor, a correlation, a constant and a plain number.
fn model() -> Model {
    let mut model = Model::new();
    let mut variable = |id: &str, law| model.variable(id, law).unwrap();
    let gwp = variable("gwp", Law::normal(28.0, 4.0).unwrap());
    let grid = variable("grid", Law::lognormal(0.2, 1.1).unwrap());
    let heat = variable("heat", Law::lognormal(0.3, 1.4).unwrap());
    let a = variable("a", Law::triangular(1.0, 2.0, 4.0).unwrap());
    let b = variable("b", Law::uniform(3.0, 5.0).unwrap());
    let c = variable("c", Law::pert(1.0, 2.0, 9.0, 4.0).unwrap());
    let d = variable("d", Law::truncated_normal(1.0, 1.0, 0.0, f64::INFINITY).unwrap());
    let e = variable("e", Law::discrete(&[(1.0, 0.25), (2.0, 0.75)]).unwrap());
    let f = variable("f", Law::constant(1.5).unwrap());
    let own = variable("own", Law::lognormal(2.0, 1.2).unwrap());
    model.correlate(&[grid, heat], Correlation::new(&[vec![1.0, 0.8], vec![0.8, 1.0]]).unwrap()).unwrap();
    for one in [
        term(100.0, &[grid, a], "Leeds"),
        term(40.0, &[grid, b], "Cardiff"),
        term(3.0, &[heat, c, f], "Leeds"),
        term(0.5, &[gwp, d], "Cardiff"),
        term(0.25, &[gwp, e, own], "Leeds"),
        term(-7.0, &[], "Leeds"),
    ] {
        model.term(one).unwrap();
    }
    model
}

fn whole() -> Simulation {
    simulate(&model(), options()).unwrap()
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_does_not_show() {
    for options in
        [options(), Options::new(1 << 13, 42).unwrap().sobol(8).unwrap().keep(Keep::Total).unwrap()]
    {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| simulate(&model(), options).unwrap())
        };
        let one = on(1);
        for threads in [2, 3, 7] {
            let many = on(threads);
            assert_eq!(many.digest().unwrap(), one.digest().unwrap(), "{threads} threads");
            assert_eq!(many, one, "{threads} threads");
        }
    }
}

/// `stream.json` comes from a program that shares no line with the engine.
#[test]
fn the_draws_and_their_digest_are_those_of_an_independent_program() {
    for case in common::cases("rng/stream.json") {
        let number = |name: &str| -> u64 { common::string(&case, name).parse().unwrap() };
        let (id, first) = (common::string(&case, "id"), number("first"));
        let stream = Stream::new(number("seed"), id);
        let mut draws = vec![0.0; case["count"].as_u64().unwrap() as usize];
        stream.fill(first, &mut draws);
        for (draw, want) in draws.iter().zip(case["start"].as_array().unwrap()) {
            assert_eq!(*draw, want.as_str().unwrap().parse::<f64>().unwrap(), "{case}");
        }
        if first > 0 {
            continue;
        }
        let mut model = Model::new();
        let x = model.variable(id, Law::uniform(0.0, 1.0).unwrap()).unwrap();
        model.term(Term { coefficient: 1.0, variables: vec![x], groups: vec![] }).unwrap();
        let options = Options::new(draws.len() as u64, number("seed")).unwrap().keep(Keep::Total).unwrap();
        assert_eq!(
            simulate(&model, options).unwrap().digest().unwrap(),
            common::string(&case, "sha256"),
            "{case}"
        );
    }
}

fn run(cuts: &[u64], options: Options) -> Vec<Partial> {
    let mut cuts = cuts.to_vec();
    cuts.extend([0, DRAWS]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|cut| simulate_part(&model(), options, cut[0]..cut[1]).unwrap()).collect()
}

fn merged(parts: Vec<Partial>) -> Simulation {
    let mut parts = parts.into_iter();
    let mut run = parts.next().unwrap();
    parts.for_each(|part| run.merge(part).unwrap());
    run.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5))]

    #[test]
    fn no_partition_and_no_order_shows(cuts in prop::collection::vec(1..DRAWS, 0..6), backwards: bool) {
        for keep in [Keep::Summary, Keep::Total] {
            let options = Options::new(DRAWS, 42).unwrap().keep(keep).unwrap();
            let mut parts = run(&cuts, options);
            if backwards {
                parts.reverse();
            }
            prop_assert_eq!(merged(parts), simulate(&model(), options).unwrap());
        }
    }
}

#[test]
fn parts_of_one_run_only_are_joined() {
    let part = |seed, draws| simulate_part(&model(), Options::new(1000, seed).unwrap(), draws).unwrap();
    let mut run = part(1, 0..500);
    assert_eq!(
        run.clone().finish().unwrap_err().to_string(),
        "draws 500 to 999 are missing: the run is not complete"
    );
    assert_eq!(run.merge(part(1, 499..1000)).unwrap_err().code(), "simulate.merge");
    assert_eq!(run.merge(part(2, 500..1000)).unwrap_err().code(), "simulate.merge");
    let other = simulate_part(&small(1.0), Options::new(1000, 1).unwrap(), 500..1000).unwrap();
    assert_eq!(run.merge(other).unwrap_err().code(), "simulate.merge");
    run.merge(part(1, 500..1000)).unwrap();
    assert_eq!(run.finish().unwrap(), simulate(&model(), Options::new(1000, 1).unwrap()).unwrap());
}

fn small(coefficient: f64) -> Model {
    let mut model = Model::new();
    let x = model.variable("x", Law::normal(10.0, 2.0).unwrap()).unwrap();
    model.term(term(coefficient, &[x], "Leeds")).unwrap();
    model
}

#[test]
fn a_new_variable_leaves_the_other_draws_alone() {
    let before = whole();
    let mut more = model();
    let new = more.variable("new", Law::uniform(0.0, 1.0).unwrap()).unwrap();
    more.term(term(1.0, &[new], "Hull")).unwrap();
    let after = simulate(&more, options()).unwrap();
    for site in ["Leeds", "Cardiff"] {
        assert_eq!(before.group("site", site), after.group("site", site));
    }
    assert_ne!(before.mean(), after.mean());
}

#[test]
fn a_draw_can_be_computed_alone() {
    let simulation = simulate(&small(3.0), options()).unwrap();
    let (stream, law) = (Stream::new(42, "x"), Law::normal(10.0, 2.0).unwrap());
    let sample = simulation.total().sample().unwrap();
    for draw in [0, 1, 777, 8191, 8192, 9_999] {
        assert_eq!(sample[draw as usize], 3.0 * law.quantile(stream.uniform(draw)), "{draw}");
    }
}

#[test]
fn a_shared_variable_is_one_draw() {
    let mut model = Model::new();
    let x = model.variable("x", Law::lognormal(1.0, 2.0).unwrap()).unwrap();
    assert_eq!(model.variable("x", Law::lognormal(1.0, 2.0).unwrap()), Ok(x));
    assert_eq!(
        model.variable("x", Law::lognormal(1.0, 2.5).unwrap()).unwrap_err().code(),
        "simulate.variable"
    );
    model.term(term(5.0, &[x], "Leeds")).unwrap();
    model.term(term(-5.0, &[x], "Cardiff")).unwrap();
    let simulation = simulate(&model, options()).unwrap();
    assert_eq!((simulation.mean(), simulation.sd()), (0.0, 0.0));
    assert!(simulation.group("site", "Leeds").unwrap().sd() > 1.0);
}

#[test]
fn groups_add_up_to_the_total_draw_by_draw() {
    let simulation = whole();
    let site = |name| simulation.group("site", name).unwrap().sample().unwrap();
    let (leeds, cardiff, total) = (site("Leeds"), site("Cardiff"), simulation.total().sample().unwrap());
    for draw in 0..DRAWS as usize {
        let gap = (leeds[draw] + cardiff[draw] - total[draw]).abs();
        assert!(gap <= 8.0 * f64::EPSILON * total[draw].abs(), "{draw}");
    }
    assert_eq!(simulation.group("scope", "1").unwrap(), simulation.total());
    assert_eq!(simulation.groups().count(), 3);
}

#[test]
fn folding_is_exact_in_distribution() {
    let mut model = Model::new();
    let variable =
        |model: &mut Model, id: &str, gsd| model.variable(id, Law::lognormal(3.0, gsd).unwrap()).unwrap();
    let (a, b) = (variable(&mut model, "a", 1.3), variable(&mut model, "b", 1.5));
    model.term(term(2.0, &[a, b], "Leeds")).unwrap();
    let plain = simulate(&model, options()).unwrap();
    let folded = simulate(&model, options().fold(true)).unwrap();
    assert_ne!(plain.mean(), folded.mean());
    // E = 18 exp((s^2 + t^2) / 2), CV^2 = exp(s^2 + t^2) - 1
    let variance = 1.3f64.ln().powi(2) + 1.5f64.ln().powi(2);
    let mean = 18.0 * (variance / 2.0).exp();
    let sd = mean * (variance.exp() - 1.0).sqrt();
    for simulation in [plain, folded] {
        assert!((simulation.mean() - mean).abs() < 5.0 * simulation.mean_error(), "{}", simulation.mean());
        assert!((simulation.sd() - sd).abs() < 5.0 * simulation.sd_error(), "{}", simulation.sd());
    }
}

#[test]
fn declared_correlation_comes_out_and_laws_stay() {
    let mut model = Model::new();
    let laws = [Law::normal(0.0, 1.0), Law::normal(0.0, 1.0), Law::normal(0.0, 1.0)].map(Result::unwrap);
    let ids = [0, 1, 2].map(|i| model.variable(format!("x{i}"), laws[i].clone()).unwrap());
    let matrix = [vec![1.0, 0.7, -0.2], vec![0.7, 1.0, 0.1], vec![-0.2, 0.1, 1.0]];
    model.correlate(&ids, Correlation::new(&matrix).unwrap()).unwrap();
    for (i, &id) in ids.iter().enumerate() {
        model
            .term(Term {
                coefficient: 1.0,
                variables: vec![id],
                groups: vec![Group::new("x", i.to_string())],
            })
            .unwrap();
    }
    let simulation = simulate(&model, options()).unwrap();
    let column = |i: usize| simulation.group("x", &i.to_string()).unwrap().sample().unwrap();
    let n = DRAWS as f64;
    for (i, row) in matrix.iter().enumerate() {
        for (j, &rho) in row[..i].iter().enumerate() {
            let got = column(i).iter().zip(column(j)).map(|(a, b)| a * b).sum::<f64>() / n;
            // The standard error of a mean of products of normals is sqrt((1 + rho^2) / n).
            let allowed = 5.0 * ((1.0 + rho * rho) / n).sqrt();
            assert!((got - rho).abs() < allowed, "{i} {j}: {got} {rho}");
        }
    }
    let refused = |matrix: &[Vec<f64>]| Correlation::new(matrix).unwrap_err().code();
    for matrix in [
        vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]],
        vec![vec![1.0, 1.0], vec![1.0, 1.0]],
        vec![vec![1.0, 0.5], vec![0.4, 1.0]],
        vec![vec![1.1, 0.5], vec![0.5, 1.0]],
        vec![vec![1.0]],
        vec![vec![1.0, f64::NAN], vec![f64::NAN, 1.0]],
        vec![vec![1.0, 0.5], vec![0.5]],
    ] {
        assert_eq!(refused(&matrix), "simulate.correlation");
    }
    assert_eq!(
        model
            .correlate(&ids[..2], Correlation::new(&[vec![1.0, 0.1], vec![0.1, 1.0]]).unwrap())
            .unwrap_err()
            .code(),
        "simulate.correlation"
    );
}

#[test]
fn sobol_points_have_less_error_and_say_how_much() {
    let random = simulate(&model(), Options::new(1 << 13, 1).unwrap()).unwrap();
    let mut inside = 0;
    for seed in 0..20 {
        let even = simulate(&model(), Options::new(1 << 13, seed).unwrap().sobol(16).unwrap()).unwrap();
        assert!(
            even.mean_error() < random.mean_error() / 4.0,
            "{} {}",
            even.mean_error(),
            random.mean_error()
        );
        // 97.5 % point of Student's t with the 15 degrees of freedom of 16 replicates.
        inside += u32::from((even.mean() - mean()).abs() < 2.131 * even.mean_error());
    }
    // 19 of 20 are expected; fewer than 14 have a probability of 3e-5 (binomial, 0.95).
    assert!(inside >= 14, "{inside} of 20");
}

/// The mean of [`model`]: variables within one term are independent, so it is a sum of products of means.
fn mean() -> f64 {
    let of = |law: Result<Law, SimulateError>| law.unwrap().mean();
    let (gwp, grid, heat) = (28.0, of(Law::lognormal(0.2, 1.1)), of(Law::lognormal(0.3, 1.4)));
    let (a, b, c) = (7.0 / 3.0, 4.0, of(Law::pert(1.0, 2.0, 9.0, 4.0)));
    let d = of(Law::truncated_normal(1.0, 1.0, 0.0, f64::INFINITY));
    let own = of(Law::lognormal(2.0, 1.2));
    100.0 * grid * a + 40.0 * grid * b + 3.0 * heat * c * 1.5 + 0.5 * gwp * d + 0.25 * gwp * 1.75 * own - 7.0
}

#[test]
fn what_cannot_be_run_is_refused() {
    let code = |result: Result<Options, SimulateError>| result.unwrap_err().code();
    assert_eq!(code(Options::new(0, 1)), "simulate.option");
    assert!(Options::new(1, 1).is_ok());
    assert_eq!(code(Options::new(1000, 1).unwrap().sobol(8)), "simulate.option");
    assert_eq!(code(Options::new(1024, 1).unwrap().sobol(1)), "simulate.option");
    assert_eq!(simulate(&Model::new(), options()).unwrap_err().code(), "simulate.empty");
    assert_eq!(simulate_part(&model(), options(), 5..5).unwrap_err().code(), "simulate.option");
    assert_eq!(simulate_part(&model(), options(), 5..DRAWS + 1).unwrap_err().code(), "simulate.option");
    let summary = simulate(&small(1.0), Options::new(100, 1).unwrap()).unwrap();
    assert_eq!(summary.digest().unwrap_err().code(), "simulate.not_kept");
    let foreign = model().variable("far", Law::constant(1.0).unwrap()).unwrap();
    assert_eq!(small(1.0).term(term(1.0, &[foreign], "Leeds")).unwrap_err().code(), "simulate.foreign");
    assert_eq!(small(1.0).term(term(f64::NAN, &[], "Leeds")).unwrap_err().code(), "simulate.coefficient");
    let mut long = Model::new();
    let x = long.variable("x", Law::lognormal_of_log(0.0, 300.0).unwrap()).unwrap();
    long.term(term(1.0, &[x, x], "Leeds")).unwrap();
    assert_eq!(simulate(&long, options()).unwrap_err().code(), "simulate.not_finite");
}

#[test]
fn bins_give_the_quantiles_of_the_sample_to_a_thousandth() {
    let kept = whole();
    let summary = simulate(&model(), Options::new(DRAWS, 42).unwrap()).unwrap();
    assert_eq!((summary.mean(), summary.sd()), (kept.mean(), kept.sd()));
    for p in [0.0, 0.001, 0.025, 0.25, 0.5, 0.75, 0.975, 0.999, 1.0] {
        let (exact, bins) = (kept.quantile(p), summary.quantile(p));
        assert!((exact - bins).abs() <= exact.abs() / 1024.0, "{p}: {exact} {bins}");
        let gap = (kept.exceedance(exact) - summary.exceedance(exact)).abs();
        assert!(gap < 0.002, "{p}: {gap}");
    }
    for simulation in [kept, summary] {
        let bars = simulation.histogram(40);
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<f64>(), DRAWS as f64);
        assert_eq!(
            (bars[0].lower, bars[39].upper),
            (simulation.total().least(), simulation.total().greatest())
        );
    }
}
