//! Forecasts of series that are wrong, strange or drawn by lot.

use esg_core::simulate::forecast::trend::{Goal, Reach, over_time};
use esg_core::simulate::forecast::{
    Caveat, Ets, Forecast, ForecastError, Gaps, Level, Model, Options, Series, Slot, Smoothing, State,
    Variance, candidates, fit, forecast, select,
};
use proptest::prelude::*;

fn ask(values: &[f64], model: &str, season: usize, horizon: usize) -> Result<Forecast, ForecastError> {
    let levels = vec![Level::new(0.8)?, Level::new(0.95)?];
    forecast(&Series::from_values(values)?, &Options { model: model.parse()?, season, horizon, levels })
}

fn code(values: &[f64], model: &str, season: usize, horizon: usize) -> &'static str {
    ask(values, model, season, horizon).map(|f| f.model).unwrap_err().code()
}

/// A fixed simple generator: the numbers of Lehmer, modulus 2^31 - 1, multiplier 48271.
struct Lot(u64);

impl Lot {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }

    /// Standard normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

/// Draws the next values of a model with errors of standard deviation `sigma`.
fn drawn(model: &Ets, p: &Smoothing, state: &State, sigma: f64, periods: usize, lot: &mut Lot) -> Vec<f64> {
    let mut state = state.clone();
    let multiplicative = model.name().starts_with("ETS(M");
    let mut values = Vec::new();
    for _ in 0..periods {
        let mean = model.project(p, &state, 0.0, 1).mean[0];
        let error = sigma * lot.normal();
        let y = if multiplicative { mean * (1.0 + error) } else { mean + error };
        state = model.run(p, &state, &[y]).unwrap().state;
        values.push(y);
    }
    values
}

#[test]
fn the_variance_of_every_class_is_that_of_drawn_futures() {
    const DRAWS: usize = 20_000;
    let p = Smoothing { alpha: 0.4, beta: 0.1, gamma: 0.3, phi: 0.9 };
    let quarters =
        |factors: bool| if factors { vec![1.2, 0.9, 1.1, 0.8] } else { vec![20.0, -10.0, 5.0, -15.0] };
    for (name, trend, sigma, class) in [
        ("AAdA", 2.0, 5.0, Variance::Class1),
        ("MAdA", 2.0, 0.05, Variance::Class2),
        ("MAdN", 2.0, 0.05, Variance::Class2),
        ("MAdM", 2.0, 0.05, Variance::Class3),
        ("MNM", 0.0, 0.1, Variance::Class3),
        ("MMdN", 1.02, 0.03, Variance::OneAtATime),
        ("AMdM", 1.02, 3.0, Variance::OneAtATime),
    ] {
        let model: Ets = name.parse().unwrap();
        assert_eq!(model.variance(), class, "{name}");
        let seasonal = if model.is_seasonal() { quarters(name.ends_with('M')) } else { vec![] };
        let state = State { level: 100.0, trend, seasonal };
        let want = model.project(&p, &state, sigma * sigma, 6);
        let mut lot = Lot(20_240_315);
        let futures: Vec<Vec<f64>> =
            (0..DRAWS).map(|_| drawn(&model, &p, &state, sigma, 6, &mut lot)).collect();
        for h in 0..6 {
            let n = DRAWS as f64;
            let mean = futures.iter().map(|f| f[h]).sum::<f64>() / n;
            let moment = |k: i32| futures.iter().map(|f| (f[h] - mean).powi(k)).sum::<f64>() / n;
            let (variance, fourth) = (moment(2), moment(4));
            // Five standard errors; the approximation is allowed 2 % more.
            let own = if class == Variance::OneAtATime { 0.02 * variance } else { 0.0 };
            let allowed = 5.0 * ((fourth - variance * variance) / n).sqrt() + own;
            let gap = (variance - want.variance[h]).abs();
            assert!(
                gap <= allowed,
                "{name} {h}: drawn {variance}, got {}, allowed {allowed}",
                want.variance[h]
            );
            let bias =
                p.gamma * sigma * sigma * mean.abs() + if own > 0.0 { 0.002 * mean.abs() } else { 0.0 };
            let allowed =
                5.0 * (variance / n).sqrt() + if name.starts_with('M') || own > 0.0 { bias } else { 0.0 };
            let gap = (mean - want.mean[h]).abs();
            assert!(gap <= allowed, "{name} {h}: drawn mean {mean}, got {}", want.mean[h]);
        }
    }
}

#[test]
fn intervals_of_an_estimated_model_hold_what_they_promise() {
    // 400 series of 100 values and the next one each.
    let model: Ets = "ANN".parse().unwrap();
    let p = Smoothing { alpha: 0.3, beta: 0.0, gamma: 0.0, phi: 1.0 };
    let start = State { level: 50.0, trend: 0.0, seasonal: vec![] };
    let mut lot = Lot(7);
    let (mut inside, n) = ([0, 0], 400);
    for _ in 0..n {
        let values = drawn(&model, &p, &start, 2.0, 101, &mut lot);
        let next = &ask(&values[..100], "ANN", 1, 1).unwrap().points[0];
        for (count, interval) in inside.iter_mut().zip(&next.intervals) {
            *count += usize::from((interval.lower..=interval.upper).contains(&values[100]));
        }
    }
    for (count, level) in inside.iter().zip([0.8, 0.95f64]) {
        let (got, n) = (*count as f64 / f64::from(n), f64::from(n));
        // Five standard errors, and one part in a hundred for two estimated parameters out of a hundred values.
        let allowed = 5.0 * (level * (1.0 - level) / n).sqrt() + 0.01;
        assert!((got - level).abs() <= allowed, "level {level}: {got}, allowed {allowed}");
    }
}

#[test]
fn the_choice_finds_the_kind_of_series() {
    let mut lot = Lot(11);
    let mut noise = |sigma: f64| sigma * lot.normal();
    let line: Vec<f64> = (0..60).map(|t| 100.0 + 3.0 * f64::from(t) + noise(2.0)).collect();
    let found = ask(&line, "auto", 1, 5).unwrap();
    assert!(!found.model.contains(",N,N"), "{}", found.model);
    // The next of the line is 280; its errors have a standard deviation of 2.
    assert!((found.points[0].value - 280.0).abs() < 6.0, "{:?}", found.points[0]);
    let season = [1.3, 1.1, 0.8, 0.8];
    let factors: Vec<f64> =
        (0..60).map(|t| (50.0 + 5.0 * t as f64) * season[t % 4] * (1.0 + noise(0.01))).collect();
    let found = ask(&factors, "auto", 4, 4).unwrap();
    assert!(found.model.ends_with(",M)"), "{}", found.model);
    assert_eq!(found.candidates.len(), candidates().len());
    for (h, point) in found.points.iter().enumerate() {
        let truth = (50.0 + 5.0 * (60 + h) as f64) * season[h];
        assert!((point.value / truth - 1.0).abs() < 0.05, "{h}: {} for {truth}", point.value);
    }
    let best =
        found.candidates.iter().filter_map(|c| c.outcome.as_ref().ok()).fold(f64::INFINITY, |a, b| a.min(*b));
    assert_eq!(found.aicc, Some(best));
}

#[test]
fn what_cannot_be_asked_has_its_code() {
    let good = [3.0, 4.0, 3.5, 3.8, 3.1, 4.2, 3.9, 3.3];
    assert_eq!(code(&good, "auto", 1, 0), "forecast.horizon");
    assert_eq!(code(&good, "auto", 1, 1001), "forecast.horizon");
    assert!(ask(&good, "naive", 1, 1000).is_ok());
    assert_eq!(code(&good, "auto", 0, 1), "forecast.season");
    assert_eq!(code(&good, "ANA", 1, 1), "forecast.season");
    assert_eq!(code(&[1.0; 60], "ANA", 25, 1), "forecast.season");
    assert_eq!(code(&good, "arima", 1, 1), "forecast.model");
    for level in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(Level::new(level).unwrap_err().code(), "forecast.level");
    }
    assert_eq!(code(&good, "ANA", 4, 1), "forecast.too_short");
    assert_eq!(code(&[2.0, 1.0], "naive", 1, 1), "forecast.too_short");
    assert_eq!(code(&good[..5], "snaive", 4, 1), "forecast.too_short");
    assert!(ask(&good[..6], "snaive", 4, 1).is_ok());
    for model in ["MNN", "MMN", "hw-multiplicative", "trend"] {
        let mut values = vec![2.0; 40];
        values[20] = 0.0;
        assert_eq!(code(&values, model, 4, 1), "forecast.not_positive", "{model}");
        values[20] = -1.0;
        assert_eq!(code(&values, model, 4, 1), "forecast.not_positive", "{model}");
    }
    let tripling: Vec<f64> = (0..20).map(|t| 3f64.powi(t)).collect();
    assert_eq!(code(&tripling, "MMN", 1, 1000), "forecast.unbounded");
    assert!(ask(&tripling, "MMN", 1, 10).is_ok());
}

#[test]
fn no_one_or_two_values_are_no_history() {
    for model in ["auto", "naive", "snaive", "naive2", "ses", "holt", "damped", "trend", "MAM"] {
        for length in 0..=2 {
            assert_eq!(code(&[1.5, 1.4][..length], model, 4, 3), "forecast.too_short", "{model} {length}");
        }
    }
    // ETS(A,N,N) estimates alpha, level and variance, and its AICc divides by n - 4.
    assert_eq!(code(&[1.0, 2.0, 1.5, 1.8], "auto", 1, 1), "forecast.too_short");
    assert!(ask(&[1.0, 2.0, 1.5, 1.8, 1.2], "auto", 1, 1).is_ok());
}

#[test]
fn a_constant_series_stays_what_it_is_and_says_so() {
    for value in [0.0, 7.25, -3.0, 1e100, 1e-100] {
        let got = ask(&[value; 24], "auto", 12, 3).unwrap();
        assert_eq!(got.model, if value > 0.0 { got.model.clone() } else { "ETS(A,N,N)".to_owned() });
        for point in &got.points {
            assert!((point.value - value).abs() <= 1e-9 * value.abs(), "{value}: {point:?}");
            assert!((point.intervals[1].upper - value).abs() <= 1e-6 * value.abs(), "{value}: {point:?}");
        }
        assert!(got.caveats.contains(&Caveat::ExactFit), "{value}: {:?}", got.caveats);
    }
}

#[test]
fn hostile_magnitudes_give_finite_numbers_or_a_refusal() {
    let huge: Vec<f64> = (0..30).map(|t| if t % 2 == 0 { 1e100 } else { -1e100 }).collect();
    let tiny: Vec<f64> = (0..30).map(|t| 1e-300 * f64::from(t % 5 + 1)).collect();
    let mixed: Vec<f64> = (0..30).map(|t| if t == 15 { 1e90 } else { f64::from(t % 7) }).collect();
    let subnormal: Vec<f64> = (0..30).map(|t| 5e-324 * f64::from(t % 5 + 1)).collect();
    for values in [huge, tiny, mixed, subnormal] {
        for model in ["auto", "naive", "snaive", "naive2", "ses", "holt", "damped", "AAA", "trend", "MAM"] {
            match ask(&values, model, 3, 12) {
                Ok(got) => {
                    for point in got.points {
                        let bounds = point.intervals.iter().flat_map(|i| [i.lower, i.upper]);
                        assert!(bounds.chain([point.value]).all(f64::is_finite), "{model}");
                    }
                }
                Err(error) => assert!(
                    ["forecast.not_positive", "forecast.unbounded"].contains(&error.code()),
                    "{model}: {error}"
                ),
            }
        }
    }
}

#[test]
fn a_reader_is_told_what_to_know() {
    let points = (0..8).filter(|t| *t != 3).map(|t| (Slot::count(t), Some(2.0 + (t % 3) as f64)));
    let series = Series::from_points(points, Gaps::Interpolate).unwrap();
    let levels = vec![Level::new(0.99).unwrap()];
    let options = Options { model: Model::Auto, season: 12, horizon: 4, levels };
    let got = forecast(&series, &options).unwrap();
    assert_eq!(got.interpolated, [Slot::count(3)]);
    let names: Vec<_> = got.caveats.iter().map(Caveat::name).collect();
    assert!(names.contains(&"interpolated") && names.contains(&"season_not_tried"), "{names:?}");
    let wild = ask(&[1.0, 40.0, 2.0, 35.0, 1.0, 50.0, 0.5, 20.0], "naive", 1, 9).unwrap();
    assert!(wild.caveats.contains(&Caveat::BelowZero));
    let wave: Vec<f64> = (0..60).map(|t| 50.0 + 10.0 * f64::from(t % 12 - 6).abs()).collect();
    let names: Vec<_> = ask(&wave, "ANN", 1, 1).unwrap().caveats.iter().map(Caveat::name).collect();
    assert_eq!(names, ["dependent_errors"]);
    assert!(ask(&wave, "AMN", 1, 1).unwrap().caveats.contains(&Caveat::ApproximateIntervals));
    let json = serde_json::to_value(&got).unwrap();
    assert_eq!(json["caveats"][0]["caveat"], "interpolated");
}

#[test]
fn a_monthly_pue_has_a_year_when_it_arrives() {
    let start: Slot = "2023-01".parse().unwrap();
    let mut lot = Lot(3);
    // The overhead of 0.6 falls by 2 % each month, with 1 % of noise.
    let pue: Vec<f64> = (0..36).map(|t| 1.0 + 0.6 * (1.0 + 0.01 * lot.normal()) * 0.98f64.powi(t)).collect();
    let trend = over_time(&Series::starting(start, &pue).unwrap(), 1.0).unwrap();
    let truth = 0.98f64.powi(12) - 1.0;
    assert!((trend.change_per_year() - truth).abs() < 0.01, "{} for {truth}", trend.change_per_year());
    let reach = trend.reach(Goal::AtMost(1.2), Level::new(0.95).unwrap()).unwrap();
    let Reach::At { years, earliest_years, latest_years, period, .. } = reach else { panic!("{reach:?}") };
    // ln(0.2 / 0.6) / ln 0.98 = 54.4 months from January 2023; the last one is month 35.
    let want = ((0.2f64 / 0.6).ln() / 0.98f64.ln() - 35.0) / 12.0;
    assert!((years - want).abs() < 0.2, "{years} for {want}");
    assert!(earliest_years.unwrap() < years && years < latest_years.unwrap());
    assert_eq!(period.unwrap().to_string().split('-').next(), Some("2027"));
}

#[test]
fn kilowatt_hours_and_megawatt_hours_have_the_same_forecast() {
    let mut lot = Lot(19);
    let season = [1.3, 1.1, 0.8, 0.8];
    let kwh: Vec<f64> =
        (0..40).map(|t| (900.0 + 8.0 * t as f64) * season[t % 4] * (1.0 + 0.03 * lot.normal())).collect();
    let mwh: Vec<f64> = kwh.iter().map(|y| y / 1000.0).collect();
    for model in ["auto", "ANN", "AAdN", "ANA", "MNM", "MAdA", "trend", "naive2"] {
        let (a, b) = (ask(&kwh, model, 4, 8).unwrap(), ask(&mwh, model, 4, 8).unwrap());
        for (p, q) in a.points.iter().zip(&b.points) {
            let width = p.intervals[1].upper - p.intervals[1].lower;
            let gap = (p.value - 1000.0 * q.value).abs();
            assert!(gap <= 1e-3 * width, "{model}: {} and {}, interval {width}", p.value, q.value);
        }
    }
}

fn history() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(1.0..100.0f64, 12..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn another_unit_changes_no_digit(values in history(), power in -60i32..60, seasonal in any::<bool>()) {
        let unit = 2f64.powi(power);
        let season = if seasonal { 3 } else { 1 };
        let scaled: Vec<f64> = values.iter().map(|y| y * unit).collect();
        for model in ["auto", "naive", "snaive", "naive2", "ses"] {
            let (a, b) = (ask(&values, model, season, 4).unwrap(), ask(&scaled, model, season, 4).unwrap());
            prop_assert_eq!(&a.model, &b.model);
            for (p, q) in a.points.iter().zip(&b.points) {
                prop_assert_eq!(p.value * unit, q.value);
                prop_assert_eq!(p.intervals[0].lower * unit, q.intervals[0].lower);
            }
        }
    }

    #[test]
    fn other_dates_change_no_value(values in history(), months in 0usize..4000) {
        let first: Slot = "2001-05".parse().unwrap();
        let options = Options { model: Model::Auto, season: 1, horizon: 3, levels: vec![Level::new(0.9).unwrap()] };
        let at = |slot| forecast(&Series::starting(slot, &values).unwrap(), &options).unwrap();
        let (a, b) = (at(first), at(first.after(months)));
        for (p, q) in a.points.iter().zip(&b.points) {
            prop_assert_eq!(p.period.after(months), q.period);
            prop_assert_eq!(p.value, q.value);
            prop_assert_eq!(&p.intervals, &q.intervals);
        }
    }

    #[test]
    fn a_wider_level_and_a_later_period_are_no_narrower(values in history()) {
        for model in ["auto", "naive", "holt", "trend"] {
            let got = ask(&values, model, 1, 6).unwrap();
            let width = |h: usize, l: usize| got.points[h].intervals[l].upper - got.points[h].intervals[l].lower;
            for h in 0..6 {
                prop_assert!(width(h, 0) <= width(h, 1));
                // Under multiplicative errors a falling mean narrows the interval.
                let additive = ["naive", "holt"].contains(&model);
                prop_assert!(!additive || h == 0 || width(h, 1) >= width(h - 1, 1) * (1.0 - 1e-9));
            }
        }
    }

    #[test]
    fn a_choice_is_no_worse_than_what_it_chose_from(values in history()) {
        let series = Series::from_values(&values).unwrap();
        let (best, tried) = select(&series, 1).unwrap();
        for candidate in tried {
            let aicc = fit(&candidate.model, &series, 1).unwrap().aicc;
            prop_assert_eq!(candidate.outcome.unwrap(), aicc);
            prop_assert!(best.aicc <= aicc);
        }
    }

    #[test]
    fn the_order_of_points_changes_nothing(values in history(), turn in 0usize..12) {
        let first: Slot = "2020-W52".parse().unwrap();
        let mut points: Vec<_> = values.iter().enumerate().map(|(at, y)| (first.after(at), Some(*y))).collect();
        points.rotate_left(turn);
        prop_assert_eq!(Series::from_points(points, Gaps::Refuse).unwrap(), Series::starting(first, &values).unwrap());
    }
}
