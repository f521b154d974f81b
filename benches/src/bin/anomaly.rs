//! The default detector of anomalies on a series with a day and noise: nanoseconds a reading.

use std::process::ExitCode;

use esg_benches::{Failure, emit_calls};
use esg_core::simulate::anomaly::{
    Combined, CombinedSettings, Cusum, CusumSettings, Cycle, Detector, Ewma, EwmaSettings, RobustZ,
    RobustZSettings, Seasonal, SeasonalSettings,
};
use esg_core::time::Instant;

/// Readings of one row: almost ten years of five minutes.
const READINGS: usize = 1_000_000;

/// A reading of this size is odd for every detector that looks at single readings.
const ODD: f64 = 1000.0;

fn main() -> ExitCode {
    match rows() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("anomaly: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn rows() -> Result<(), Failure> {
    row("anomaly ours", Combined::new(CombinedSettings { alarm: 0.5 })?)?;
    row("anomaly ours robust_z", RobustZ::new(RobustZSettings { window: 200, limit: 5.0 })?)?;
    row("anomaly ours ewma", Ewma::new(EwmaSettings { window: 200, gain: 0.1, limit: 2.814 })?)?;
    row("anomaly ours cusum", Cusum::new(CusumSettings { window: 200, allowance: 0.5, limit: 5.0 })?)?;
    let day = SeasonalSettings { cycle: Cycle::Day, slots_a_day: 48, limit: 8.0 };
    row("anomaly ours seasonal", Seasonal::new(day)?)
}

fn instant(i: usize) -> Result<Instant, Failure> {
    Ok(Instant::from_epoch_ms(300_000 * i as i64)?)
}

/// A wave of a day with noise from a multiplicative hash of the index.
fn reading(i: usize) -> f64 {
    let noise = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
    let hour = (i % 288) as f64 / 12.0;
    (hour - 12.0).abs() + noise as f64 / (1u64 << 53) as f64
}

/// Asserts that an odd reading shows, then measures a detector that has never seen it.
fn row<D: Detector + Clone>(name: &str, fresh: D) -> Result<(), Failure> {
    let mut trial = fresh.clone();
    for i in 0..20_000 {
        trial.push(instant(i)?, Some(reading(i)))?;
    }
    let odd = trial.push(instant(20_000)?, Some(ODD))?;
    if odd.deviation.is_none_or(|d| d < 10.0) {
        return Err(format!("{name}: {ODD} has the verdict {odd:?}").into());
    }
    let readings: Vec<(Instant, f64)> = (0..READINGS + READINGS / 10)
        .map(|i| Ok((instant(i)?, reading(i))))
        .collect::<Result<_, Failure>>()?;
    let mut detector = fresh;
    let mut next = readings.iter();
    emit_calls(name, READINGS, move |_| {
        let &(at, value) = next.next()?;
        detector.push(at, Some(value)).ok().map(|verdict| verdict.score)
    });
    Ok(())
}
