//! W1, our rows: `w1 DRAWS [--fold] [--summary | --sobol REPLICATES | --limit]`.
//!
//! `--fold` draws a product of lognormals as one, as the peers may; `--summary` keeps no draws, which is what a user gets who asks
//! for nothing. A Sobol' row and a random one print the standard error of their mean, so that they can be compared.
//!
//! The limit is a prototype without any guarantee: a generator with a state (xoshiro256++), normals by Box and Muller with
//! fast polynomials, no replay of single draws, no groups, no exact sums. It says what reproducibility costs.

use std::process::ExitCode;

use esg_benches::w1::{Item, Shape, W1};
use esg_benches::{Check, Failure, THREADS, Timed, data};
use esg_core::simulate::{Keep, Law, Model, Options, Output, Term, simulate};

const SEED: u64 = 1;
const USAGE: &str = "usage: w1 DRAWS [--fold] [--summary | --sobol REPLICATES | --limit]";

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
    let mut words = std::env::args().skip(1);
    let w1 = W1::read(&data())?;
    let draws: u64 = words.next().ok_or(USAGE)?.parse()?;
    let mut options = Options::new(draws, SEED)?.keep(Keep::Total)?;
    let mut row = "w1 ours".to_owned();
    rayon::ThreadPoolBuilder::new().num_threads(THREADS).build_global()?;
    while let Some(word) = words.next() {
        options = match word.as_str() {
            "--fold" => options.fold(true),
            "--summary" => options.keep(Keep::Summary)?,
            "--sobol" => options.sobol(words.next().ok_or(USAGE)?.parse()?)?,
            "--limit" => return limit(&w1, draws as usize),
            _ => return Err(USAGE.into()),
        };
        row = format!("{row} {}", word.trim_start_matches('-'));
    }
    ours(&row, &w1, options)
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
    let mut check = check(simulation.total());
    check.insert("mean_error".into(), simulation.mean_error().into());
    timed.emit(row, options.draws() as usize, check);
    Ok(())
}

fn check(total: &Output) -> Check {
    let mut check = Check::new();
    check.insert("mean~".into(), total.mean().into());
    check.insert("sd~".into(), total.sd().into());
    for (name, p) in [("p2.5~", 0.025), ("p50~", 0.5), ("p97.5~", 0.975)] {
        check.insert(name.into(), total.quantile(p).into());
    }
    check
}

fn limit(w1: &W1, draws: usize) -> Result<(), Failure> {
    let timed = Timed::start();
    let total = esg_benches::w1_limit::run(w1, draws, SEED);
    timed.emit("w1 limit", draws, check(&Output::of_sample(total)?));
    Ok(())
}
