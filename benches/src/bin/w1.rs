//! W1, our rows: `w1 DRAWS`, with `--fold` or `--sobol REPLICATES`, and with `--limit` what the machine can do.
//!
//! The limit is a prototype without any guarantee: a generator with a state (xoshiro256++), normals by Box and Muller with
//! fast polynomials, no replay of single draws, no groups, no exact sums. It says what reproducibility costs.

use std::process::ExitCode;

use esg_benches::w1::{Item, Shape, W1};
use esg_benches::{Check, Failure, THREADS, Timed, data};
use esg_core::simulate::{Keep, Law, Model, Options, Simulation, Term, simulate};

const SEED: u64 = 1;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("w1: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let w1 = W1::read(&data())?;
    let draws: u64 =
        words.first().ok_or("usage: w1 DRAWS [--fold | --sobol REPLICATES | --limit]")?.parse()?;
    let options = Options::new(draws, SEED)?.keep(Keep::Total)?;
    rayon::ThreadPoolBuilder::new().num_threads(THREADS).build_global()?;
    match words[1..] {
        [] => ours("w1 ours", &w1, options),
        ["--fold"] => ours("w1 ours, folded", &w1, options.fold(true)),
        ["--sobol", replicates] => ours("w1 ours, sobol", &w1, options.sobol(replicates.parse()?)?),
        ["--limit"] => limit(&w1, draws as usize),
        _ => Err("usage: w1 DRAWS [--fold | --sobol REPLICATES | --limit]".into()),
    }
}

/// The model: every item is activity x factor x GWP of its gas.
fn model(w1: &W1) -> Result<Model, Failure> {
    let mut model = Model::new();
    let mut gwp = Vec::new();
    for (gas, shape) in &w1.gwp {
        gwp.push(model.variable(format!("gwp/{gas}"), law(shape)?)?);
    }
    for Item { id, gas, activity, factor } in &w1.items {
        let activity = model.variable(format!("activity/{id}"), law(activity)?)?;
        let factor = model.variable(format!("factor/{id}"), law(factor)?)?;
        model.term(Term {
            coefficient: 1.0,
            variables: vec![activity, factor, gwp[*gas]],
            groups: vec![],
        })?;
    }
    Ok(model)
}

fn law(shape: &Shape) -> Result<Law, Failure> {
    Ok(match *shape {
        Shape::Constant(value) => Law::constant(value)?,
        Shape::Normal { mean, sd } => Law::normal(mean, sd)?,
        Shape::Lognormal { mu, sigma } => Law::lognormal_of_log(mu, sigma)?,
        Shape::Triangular { low, mode, high } => Law::triangular(low, mode, high)?,
    })
}

fn ours(row: &str, w1: &W1, options: Options) -> Result<(), Failure> {
    let model = model(w1)?;
    let timed = Timed::start();
    let simulation = simulate(&model, options)?;
    let check = check(&simulation);
    timed.emit(row, options.draws() as usize, check);
    Ok(())
}

fn check(simulation: &Simulation) -> Check {
    let mut check = Check::new();
    check.insert("mean~".into(), simulation.mean().into());
    check.insert("sd~".into(), simulation.sd().into());
    for (name, p) in [("p2.5~", 0.025), ("p50~", 0.5), ("p97.5~", 0.975)] {
        check.insert(name.into(), simulation.quantile(p).into());
    }
    check
}

fn limit(w1: &W1, draws: usize) -> Result<(), Failure> {
    let timed = Timed::start();
    let total = esg_benches::w1_limit::run(w1, draws, SEED);
    let total = esg_core::simulate::Output::of_sample(total)?;
    let mut check = Check::new();
    check.insert("mean~".into(), total.mean().into());
    check.insert("sd~".into(), total.sd().into());
    for (name, p) in [("p2.5~", 0.025), ("p50~", 0.5), ("p97.5~", 0.975)] {
        check.insert(name.into(), total.quantile(p).into());
    }
    timed.emit("w1 limit", draws, check);
    Ok(())
}
