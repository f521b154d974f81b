//! Forecasts against R, statsmodels and the M4 competition.

use std::f64::consts::PI;
use std::fs;
use std::path::Path;

use esg_core::simulate::forecast::{
    Accuracy, Ets, Level, Model, Options, Seasonality, Series, Shape, Smoothing, State, Weights, accuracy,
    autocorrelation, decompose, fit, forecast, ljung_box, naive_scale, smooth, smooth_best, stl,
};
use serde_json::Value;

fn vectors(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/timeseries").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The cases, as many as the file says.
fn cases(file: &Value) -> Vec<Value> {
    let cases = file["cases"].as_array().unwrap().clone();
    assert_eq!(cases.len() as u64, file["count"].as_u64().unwrap());
    cases
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap_or_else(|| panic!("{value}")).iter().map(|x| x.as_f64().unwrap()).collect()
}

/// A number, or a list of one.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_array()?.first()?.as_f64())
}

#[track_caller]
fn close(what: &str, got: f64, want: f64, allowed: f64) {
    let gap = (got - want).abs();
    assert!(gap <= allowed, "{what}: got {got}, want {want}, gap {gap:e}, allowed {allowed:e}");
}

#[track_caller]
fn all_close(what: &str, got: &[f64], want: &[f64], rel: f64, abs: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (at, (g, w)) in got.iter().zip(want).enumerate() {
        close(&format!("{what}[{at}]"), *g, *w, rel * w.abs() + abs);
    }
}

struct EtsCase {
    id: String,
    model: Ets,
    season: usize,
    values: Vec<f64>,
    want: Value,
}

fn ets_cases() -> Vec<EtsCase> {
    let file = vectors("ets_r_reference.json");
    let read = |case: Value| {
        let mut name = case["model"].as_str().unwrap().to_owned();
        if case["damped"].as_bool().unwrap() {
            name.insert(2, 'd');
        }
        EtsCase {
            id: case["id"].as_str().unwrap().to_owned(),
            model: name.parse().unwrap(),
            season: case["period"].as_u64().unwrap() as usize,
            values: list(&file["series"][case["series"].as_str().unwrap()]),
            want: case,
        }
    };
    cases(&file).into_iter().map(read).collect()
}

/// The constants that R leaves out of a log-likelihood.
fn constants(n: usize) -> f64 {
    let n = n as f64;
    0.5 * n * ((2.0 * PI / n).ln() + 1.0)
}

#[test]
fn the_recursions_of_r_come_out_with_its_parameters() {
    for case in ets_cases() {
        let share = |name: &str, none: f64| case.want["params"][name].as_f64().unwrap_or(none);
        let p = Smoothing {
            alpha: share("alpha", 0.0),
            beta: share("beta", 0.0),
            gamma: share("gamma", 0.0),
            phi: share("phi", 1.0),
        };
        // Level, trend if any, then the season, newest first: ours has the one that comes next first.
        let mut states = list(&case.want["initial_state"]);
        let seasonal =
            if case.model.is_seasonal() { states.split_off(states.len() - case.season) } else { vec![] };
        let initial = State {
            level: states[0],
            trend: states.get(1).copied().unwrap_or(0.0),
            seasonal: seasonal.into_iter().rev().collect(),
        };
        let run = case.model.run(&p, &initial, &case.values).unwrap();
        all_close(&case.id, &run.fitted, &list(&case.want["fitted"]), 0.0, 1e-4);
        let loglik = run.log_likelihood + constants(case.values.len());
        close(&case.id, loglik, case.want["loglik"].as_f64().unwrap(), 1e-4);
        let sigma2 = run.sse / (case.values.len() - case.model.unknowns(case.season)) as f64;
        let want = case.want["sigma2"].as_f64().unwrap();
        close(&case.id, sigma2, want, 1e-5 * want);
        let ahead = case.model.project(&p, &run.state, sigma2, 4);
        let rel = case.want["forecast_tol_rel"].as_f64().unwrap();
        all_close(&case.id, &ahead.mean, &list(&case.want["forecast_h4"]), rel, 1e-4);
    }
}

#[test]
fn the_optimiser_is_as_good_as_that_of_r() {
    for case in ets_cases() {
        let series = Series::from_values(&case.values).unwrap();
        let fit = fit(&case.model, &series, case.season).unwrap();
        let (got, want) =
            (fit.run.log_likelihood + constants(case.values.len()), case.want["loglik"].as_f64().unwrap());
        assert!(got >= want - 0.5, "{}: got {got}, R has {want}", case.id);
    }
}

fn shape(case: &Value) -> Shape {
    match (case["kind"].as_str().unwrap(), case["seasonal"].as_str()) {
        ("SES", None) => Shape::Simple,
        ("Holt", None) => Shape::Holt,
        ("HoltWinters", Some("additive")) => Shape::Winters(Seasonality::Additive),
        ("HoltWinters", Some("multiplicative")) => Shape::Winters(Seasonality::Multiplicative),
        other => panic!("{other:?} is no smoothing"),
    }
}

fn smoothing(case: &Value, values: &[f64], season: usize) {
    let id = case["id"].as_str().unwrap();
    let weights = Weights {
        alpha: number(&case["alpha"]).unwrap(),
        beta: number(&case["beta"]),
        gamma: number(&case["gamma"]),
    };
    let got = smooth(values, season, shape(case), weights).unwrap();
    let sse = number(&case["SSE"]).unwrap();
    all_close(id, &got.fitted, &list(&case["fitted"]), 1e-9, 0.0);
    let want = list(&case["forecast"]);
    all_close(id, &got.forecast(want.len()), &want, 1e-9, 0.0);
    close(id, got.sse, sse, 1e-9 * sse);
    if let Some(coefficients) = case.get("final_coefficients") {
        let ours: Vec<f64> = [got.level, got.trend].into_iter().chain(got.seasonal).collect();
        all_close(id, &ours, &list(coefficients), 1e-9, 1e-9);
    }
    let best = smooth_best(values, season, shape(case)).unwrap();
    assert!(best.sse <= 1.001 * sse, "{id}: got {}, R has {sse}", best.sse);
}

fn decomposition(case: &Value, values: &[f64], season: usize, seasonality: Seasonality) {
    let id = case["id"].as_str().unwrap();
    let got = decompose(values, season, seasonality).unwrap();
    all_close(id, &got.figure, &list(&case["seasonal_figure"]), 1e-9, 0.0);
    let want = case["trend"].as_array().unwrap();
    assert_eq!(got.trend.len(), want.len(), "{id}");
    for (at, (got, want)) in got.trend.iter().zip(want).enumerate() {
        assert_eq!(got.is_none(), want.is_null(), "{id}[{at}]");
        if let (Some(got), Some(want)) = (got, want.as_f64()) {
            close(&format!("{id}[{at}]"), *got, want, 1e-9 * want.abs());
        }
    }
}

/// In the order of R's columns.
fn measures(a: &Accuracy) -> Vec<Option<f64>> {
    vec![Some(a.me), Some(a.rmse), Some(a.mae), a.mpe, a.mape, a.mase, a.acf1, a.theil_u]
}

fn judged(case: &Value, values: &[f64], season: usize) {
    let id = case["id"].as_str().unwrap();
    assert_eq!(case["measures"].to_string(), r#"["ME","RMSE","MAE","MPE","MAPE","MASE","ACF1","TheilU"]"#);
    let want = list(&case["forecast"]);
    let model = match case["method"].as_str().unwrap() {
        "naive" => Model::Naive,
        "snaive" => Model::SeasonalNaive,
        other => panic!("{id}: {other} is no method here"),
    };
    let options = Options { model, season, horizon: want.len(), levels: vec![] };
    let got = forecast(&Series::from_values(values).unwrap(), &options).unwrap();
    let ahead: Vec<f64> = got.points.iter().map(|p| p.value).collect();
    all_close(id, &ahead, &want, 0.0, 0.0);
    let scale = naive_scale(values, season);
    let actual: Vec<f64> = values.iter().zip(&got.fitted).filter_map(|(y, f)| f.map(|_| *y)).collect();
    let fitted: Vec<f64> = got.fitted.iter().flatten().copied().collect();
    let train = accuracy(&actual, &fitted, scale).unwrap();
    let test = accuracy(&list(&case["actual"]), &ahead, scale).unwrap();
    for (name, got) in [("train", train), ("test", test)] {
        for (at, (got, want)) in measures(&got).iter().zip(case[name].as_array().unwrap()).enumerate() {
            // R leaves Theil's U out for the history.
            if let Some(want) = want.as_f64() {
                close(&format!("{id} {name}[{at}]"), got.unwrap(), want, 1e-9 * want.abs().max(1.0));
            }
        }
    }
}

#[test]
fn r_comes_out() {
    for case in &cases(&vectors("r_reference_outputs.json")) {
        let values = list(&case["y"]);
        let season = case["frequency"].as_u64().unwrap() as usize;
        let id = case["id"].as_str().unwrap();
        match case["kind"].as_str().unwrap() {
            "HoltWinters" | "SES" | "Holt" => smoothing(case, &values, season),
            "decompose" => decomposition(case, &values, season, Seasonality::Additive),
            "decompose_mult" => decomposition(case, &values, season, Seasonality::Multiplicative),
            "stl_periodic" => {
                let got = stl::periodic(&values, season).unwrap();
                all_close(id, &got.trend, &list(&case["trend"]), 1e-6, 0.0);
                all_close(id, &got.seasonal, &list(&case["seasonal"]), 1e-6, 0.0);
            }
            "acf" => {
                let want = list(&case["acf"]);
                all_close(id, &autocorrelation(&values, want.len() - 1), &want, 1e-9, 1e-12);
                let (q, p) = ljung_box(&values, 10);
                let want = list(&case["ljung_box_10"]);
                close(id, q, want[0], 1e-9 * want[0]);
                // R takes the probability from 1, so it has no digits below 1e-16.
                close(id, p, want[1], 1e-9 * want[1] + 1e-15);
            }
            "accuracy" => judged(case, &values, season),
            other => panic!("{id}: {other} is no kind here"),
        }
    }
}

#[test]
fn the_benchmarks_of_the_m4_competition_come_out() {
    for case in &cases(&vectors("m4_benchmarks_sample.json")) {
        let id = case["id"].as_str().unwrap();
        let season = case["frequency"].as_u64().unwrap() as usize;
        let train = list(&case["train"]);
        let series = Series::from_values(&train).unwrap();
        let forecasts = case["forecasts"].as_object().unwrap();
        assert!(!forecasts.is_empty(), "{id}");
        for (method, want) in forecasts {
            let want = list(want);
            let (model, rel) = match method.as_str() {
                "Naive" => (Model::Naive, 0.0),
                "sNaive" => (Model::SeasonalNaive, 0.0),
                "Naive2" => (Model::Naive2, 1e-6),
                "SES" => (Model::Ses, 1e-3),
                other => panic!("{id}: {other} is no method here"),
            };
            let options =
                Options { model, season, horizon: want.len(), levels: vec![Level::new(0.95).unwrap()] };
            let got = forecast(&series, &options).unwrap();
            let ahead: Vec<f64> = got.points.iter().map(|p| p.value).collect();
            all_close(&format!("{id} {method}"), &ahead, &want, rel, 0.0);
            let judged = accuracy(&list(&case["test"]), &want, naive_scale(&train, season)).unwrap();
            close(
                &format!("{id} {method} sMAPE"),
                judged.smape.unwrap(),
                case["smape"][method].as_f64().unwrap(),
                1e-9,
            );
            close(
                &format!("{id} {method} MASE"),
                judged.mase.unwrap(),
                case["mase"][method].as_f64().unwrap(),
                1e-9,
            );
        }
    }
}
