//! The Numenta Anomaly Benchmark: first its scorer against published scores, then the default detector by that scorer.

mod nab;

use esg_core::simulate::anomaly::{Combined, CombinedSettings, Detector};
use nab::{Series, corpus, json, normalised, optimise, profile, published, score};

const PROFILES: [&str; 3] = ["standard", "reward_low_FP_rate", "reward_low_FN_rate"];

/// The precision with which the scores are published.
const PUBLISHED: f64 = 1e-6;

#[track_caller]
fn near(got: f64, want: f64, what: &str) {
    let gap = (got - want).abs();
    assert!(gap <= PUBLISHED, "{what}: got {got}, want {want}, gap {gap:e}, allowed {PUBLISHED:e}");
}

#[test]
fn the_scorer_gives_the_published_scores() {
    let file = json("detector_scores.json");
    let corpus = corpus();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!((cases.len(), file["count"].as_u64()), (36, Some(36)));
    for case in cases {
        let of = |name: &str| case[name].as_str().unwrap();
        let number = |name: &str| of(name).parse::<f64>().unwrap();
        let series = corpus.iter().find(|s| format!("{}.csv", s.name) == of("file")).unwrap();
        let scores = match of("detector") {
            "null" => vec![0.5; series.readings.len()],
            detector => published(detector, &series.name),
        };
        let got = score(series, &scores, number("threshold"), profile(&file, of("profile")));
        near(got, number("score"), of("id"));
        assert_eq!(number("n") as usize, series.readings.len(), "{}", of("id"));
    }
}

#[test]
fn a_detector_at_the_start_of_every_window_has_a_hundred_and_a_silent_one_none() {
    let file = json("detector_scores.json");
    let corpus = corpus();
    let windows = corpus.iter().map(|s| s.windows.len()).sum();
    assert_eq!(windows, 11);
    let perfect = |series: &Series| {
        let starts = |row| series.windows.iter().any(|w| w.0 == row);
        (0..series.readings.len()).map(|row| f64::from(u8::from(starts(row)))).collect()
    };
    let perfect: Vec<_> = corpus.iter().map(|s| (s, perfect(s))).collect();
    let silent: Vec<_> = corpus.iter().map(|s| (s, vec![0.0; s.readings.len()])).collect();
    for name in PROFILES {
        let weights = profile(&file, name);
        near(normalised(optimise(&perfect, weights).1, windows, weights), 100.0, name);
        near(normalised(optimise(&silent, weights).1, windows, weights), 0.0, name);
    }
}

#[test]
fn the_best_threshold_scores_what_the_sweep_says() {
    let file = json("detector_scores.json");
    let corpus = corpus();
    let scored: Vec<_> = corpus.iter().map(|s| (s, published("numenta", &s.name))).collect();
    for name in PROFILES {
        let weights = profile(&file, name);
        let (threshold, raw) = optimise(&scored, weights);
        let by_threshold = |t: f64| scored.iter().map(|(s, v)| score(s, v, t, weights)).sum::<f64>();
        near(by_threshold(threshold), raw, name);
        assert!([0.4, 0.5, 0.6, 0.7, 0.9].iter().all(|&t| by_threshold(t) <= raw + PUBLISHED), "{name}");
    }
}

/// The default detector is above the reference detectors of the benchmark on each profile: same scorer, same rule for
/// the threshold (the best one over the corpus, for each detector and profile). `--nocapture` shows the figures.
#[test]
fn the_default_detector_is_above_the_windowed_gaussian_on_every_profile() {
    let file = json("detector_scores.json");
    let corpus = corpus();
    let windows = corpus.iter().map(|s| s.windows.len()).sum();
    let own = |series: &Series| {
        let mut detector = Combined::new(CombinedSettings { alarm: 0.5 }).unwrap();
        let verdicts = detector.push_all(&series.readings).unwrap();
        verdicts.iter().map(|v| v.score).collect::<Vec<f64>>()
    };
    let ours: Vec<_> = corpus.iter().map(|s| (s, own(s))).collect();
    for name in PROFILES {
        let weights = profile(&file, name);
        let of = |scored: &[(&Series, Vec<f64>)]| {
            let (threshold, raw) = optimise(scored, weights);
            (normalised(raw, windows, weights), threshold)
        };
        let peer =
            |detector| of(&corpus.iter().map(|s| (s, published(detector, &s.name))).collect::<Vec<_>>());
        let (ours, gaussian, numenta) = (of(&ours), peer("windowedGaussian"), peer("numenta"));
        println!(
            "{name}: combined {:.2} (threshold {:.4}), windowedGaussian {:.2}, numenta {:.2}",
            ours.0, ours.1, gaussian.0, numenta.0
        );
        assert!(ours.0 > gaussian.0, "{name}: {} is not above {}", ours.0, gaussian.0);
    }
}
