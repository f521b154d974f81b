//! The scoring of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015), written from its rules.

use std::cmp::Ordering;
use std::path::PathBuf;

use esg_core::time::Instant;
use serde_json::Value;

/// Weights of a profile.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    pub tp: f64,
    pub fn_: f64,
    pub fp: f64,
}

/// A series with the windows in which a detection counts, as first and last row.
pub struct Series {
    pub name: String,
    pub readings: Vec<(Instant, Option<f64>)>,
    pub windows: Vec<(usize, usize)>,
}

fn text(name: &str) -> String {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "..", "tests", "vectors", "timeseries", "nab", name].iter().collect();
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// A vector file.
pub fn json(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

/// The profile of this name.
pub fn profile(scores: &Value, name: &str) -> Profile {
    let weight = |w: &str| scores["profiles"][name][w].as_f64().unwrap();
    Profile { tp: weight("tpWeight"), fn_: weight("fnWeight"), fp: weight("fpWeight") }
}

/// The times have no zone and are read as UTC.
fn instant(local: &str) -> Instant {
    format!("{local}Z").parse().unwrap()
}

/// All series that have windows here, by name.
pub fn corpus() -> Vec<Series> {
    let labels = json("labels_and_windows.json");
    let files = labels["files"].as_object().unwrap();
    let series = files.iter().map(|(name, file)| {
        let readings: Vec<_> = text(&format!("{name}.csv"))
            .lines()
            .skip(1)
            .map(|line| {
                let (at, value) = line.split_once(',').unwrap();
                (instant(at), Some(value.parse().unwrap()))
            })
            .collect();
        let row = |at: &Value, after: bool| {
            let at = instant(at.as_str().unwrap());
            readings.partition_point(|r| if after { r.0 <= at } else { r.0 < at })
        };
        let window = |w: &Value| (row(&w[0], false), row(&w[1], true) - 1);
        let windows = file["windows"].as_array().unwrap().iter().map(window).collect();
        Series { name: name.clone(), readings, windows }
    });
    series.collect()
}

/// Published anomaly scores of a detector: `scores[row]`.
pub fn published(detector: &str, series: &str) -> Vec<f64> {
    let file = json(&format!("anomaly_scores_{detector}.json"));
    file["series"][series].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn sigmoid(x: f64) -> f64 {
    2.0 / (1.0 + (5.0 * x).exp()) - 1.0
}

/// What a detection at a row is worth: the window that it lies in, and its value before weights.
fn worth(series: &Series) -> Vec<(usize, Option<usize>, f64)> {
    let rows = series.readings.len();
    let probation = (rows * 15 / 100).min(750);
    let of = |row: usize| {
        if let Some(w) = series.windows.iter().position(|&(left, right)| left <= row && row <= right) {
            let (left, right) = series.windows[w];
            let x = -((right - row + 1) as f64) / (right - left + 1) as f64;
            return (row, Some(w), sigmoid(x) / sigmoid(-1.0));
        }
        let before = series.windows.iter().rev().find(|&&(_, right)| right < row);
        let value = before.map_or(-1.0, |&(left, right)| {
            let x = (row - right) as f64 / (right - left) as f64;
            if x > 3.0 { -1.0 } else { sigmoid(x) }
        });
        (row, None, value)
    };
    (probation..rows).map(of).collect()
}

/// Raw score of a series when every row of at least the threshold is a detection.
pub fn score(series: &Series, scores: &[f64], threshold: f64, profile: Profile) -> f64 {
    assert_eq!(scores.len(), series.readings.len());
    let mut first: Vec<Option<f64>> = vec![None; series.windows.len()];
    let mut sum = 0.0;
    for (row, window, value) in worth(series) {
        if scores[row] >= threshold {
            match window {
                None => sum += profile.fp * value,
                Some(w) => first[w] = Some(first[w].map_or(value, |best| best.max(value))),
            }
        }
    }
    sum + first.iter().map(|w| w.map_or(-profile.fn_, |value| profile.tp * value)).sum::<f64>()
}

/// The threshold that gives a corpus its best raw score, and that score; every score that occurs is tried.
pub fn optimise(corpus: &[(&Series, Vec<f64>)], profile: Profile) -> (f64, f64) {
    let mut rows = Vec::new();
    let mut windows = 0;
    for (series, scores) in corpus {
        let value =
            |(row, w, value): (usize, Option<usize>, f64)| (scores[row], w.map(|w| windows + w), value);
        rows.extend(worth(series).into_iter().map(value));
        windows += series.windows.len();
    }
    rows.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal));
    let mut sum = -profile.fn_ * windows as f64;
    let mut first: Vec<Option<f64>> = vec![None; windows];
    let mut best = (f64::INFINITY, sum);
    for (i, &(threshold, window, value)) in rows.iter().enumerate() {
        match window.map(|w| &mut first[w]) {
            None => sum += profile.fp * value,
            Some(Some(seen)) => {
                sum += profile.tp * (value - *seen).max(0.0);
                *seen = seen.max(value);
            }
            Some(none) => {
                sum += profile.fn_ + profile.tp * value;
                *none = Some(value);
            }
        }
        let last_of_threshold = rows.get(i + 1).is_none_or(|next| next.0 < threshold);
        if last_of_threshold && sum > best.1 {
            best = (threshold, sum);
        }
    }
    best
}

/// The score on the scale of the benchmark: 0 is a detector that never speaks, 100 one that speaks at the start of every
/// window and nowhere else.
pub fn normalised(raw: f64, windows: usize, profile: Profile) -> f64 {
    let (silent, perfect) = (-profile.fn_ * windows as f64, profile.tp * windows as f64);
    100.0 * (raw - silent) / (perfect - silent)
}
