//! A fan chart in letters: the history as a line of Braille dots, what comes as shades that widen.

use esg_core::simulate::forecast::{Forecast, Series};

/// Cells of the picture; a cell has two dots across and four down.
const WIDTH: usize = 64;
const HEIGHT: usize = 12;
const DOTS: usize = 2 * WIDTH;
/// Beyond this many ranges of the history a fan is cut off.
const REACH: f64 = 2.0;

/// Returns a number to five digits.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.4e}");
    }
    let digits = (4 - size.log10().floor() as i64).max(0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// What is drawn, and on which scale.
struct Scale {
    /// Periods of the history that are shown.
    past: Vec<f64>,
    /// Periods of the forecast that are shown.
    ahead: usize,
    /// Dots of a period.
    dots: usize,
    low: f64,
    high: f64,
}

impl Scale {
    fn new(series: &Series, forecast: &Forecast) -> Self {
        let ahead = forecast.points.len().min(DOTS / 2);
        let values = series.values();
        // What comes has at least a quarter of the picture.
        let most = (3 * ahead).max(24).min(DOTS - ahead);
        let past = values[values.len().saturating_sub(most)..].to_vec();
        let dots = (DOTS / (past.len() + ahead)).clamp(1, 6);
        let ends = |all: &mut dyn Iterator<Item = f64>| {
            all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
        };
        let (least, greatest) = ends(&mut past.iter().copied());
        let fan = forecast.points[..ahead].iter().flat_map(|point| {
            let bounds = point.intervals.iter().flat_map(|i| [i.lower, i.upper]);
            bounds.chain([point.value])
        });
        let (fan_low, fan_high) = ends(&mut fan.into_iter());
        let range = if greatest > least { greatest - least } else { greatest.abs().max(f64::MIN_POSITIVE) };
        let low = least.min(fan_low.max(least - REACH * range));
        let high = greatest.max(fan_high.min(greatest + REACH * range));
        let (low, high) = if high > low { (low, high) } else { (low - range, high + range) };
        Self { past, ahead, dots, low, high }
    }

    /// Dots from the top, 0 to 4 HEIGHT - 1; none outside.
    fn row(&self, value: f64) -> Option<usize> {
        let share = (self.high - value) / (self.high - self.low);
        let row = (share * (4 * HEIGHT - 1) as f64).round();
        (0.0..(4 * HEIGHT) as f64).contains(&row).then_some(row as usize)
    }

    /// The row of a value, that of the edge for one outside.
    fn nearest(&self, value: f64) -> usize {
        self.row(value).unwrap_or(if value > self.high { 0 } else { 4 * HEIGHT - 1 })
    }

    /// The value at the middle of a row of cells.
    fn value(&self, row: usize) -> f64 {
        let share = (4 * row) as f64 + 1.5;
        self.high - (self.high - self.low) * share / (4 * HEIGHT - 1) as f64
    }
}

/// Returns the picture, with a scale to the left and periods below.
pub fn fan(series: &Series, forecast: &Forecast) -> String {
    let scale = Scale::new(series, forecast);
    let mut cells = vec![vec![' '; WIDTH]; HEIGHT];
    let border = scale.past.len() * scale.dots;
    shade(&scale, forecast, border, &mut cells);
    line(&scale, &mut cells);
    let labels: Vec<String> = (0..HEIGHT)
        .map(|row| {
            if row == 0 || row == HEIGHT / 2 || row == HEIGHT - 1 {
                short(scale.value(row))
            } else {
                String::new()
            }
        })
        .collect();
    let margin = labels.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for (label, row) in labels.iter().zip(&cells) {
        let row: String = row.iter().collect();
        let edge = if label.is_empty() { '│' } else { '┤' };
        text.push_str(format!("  {label:>margin$} {edge}{row}").trim_end());
        text.push('\n');
    }
    text.push_str(&axis(series, forecast, &scale, margin, border));
    text
}

/// First period, first of the forecast, last one.
fn axis(series: &Series, forecast: &Forecast, scale: &Scale, margin: usize, border: usize) -> String {
    let first = series.slot(series.values().len() - scale.past.len()).to_string();
    let next = forecast.points.first().map(|p| p.period.to_string()).unwrap_or_default();
    let last =
        forecast.points.get(scale.ahead.wrapping_sub(1)).map(|p| p.period.to_string()).unwrap_or_default();
    let end = (border + scale.ahead * scale.dots) / 2;
    let mut line = first;
    let middle = border / 2;
    if line.len() + 1 < middle {
        line = format!("{line:<middle$}{next}");
    }
    let start = end.saturating_sub(last.len());
    if line.len() < start {
        line = format!("{line:<start$}{last}");
    }
    format!("  {:margin$}  {line}\n", "")
}

/// Fills the intervals, the widest first, and marks the forecast.
fn shade(scale: &Scale, forecast: &Forecast, border: usize, cells: &mut [Vec<char>]) {
    for cell in border.div_ceil(2)..WIDTH {
        let period = (2 * cell + 1).saturating_sub(border) / scale.dots;
        let Some(point) = forecast.points[..scale.ahead].get(period) else { break };
        let mut intervals = point.intervals.clone();
        intervals.sort_by(|a, b| b.level.get().total_cmp(&a.level.get()));
        let shades = ['░', '▒', '▓'];
        for (at, interval) in intervals.iter().enumerate() {
            let letter = shades[at.min(shades.len() - 1)];
            let (top, bottom) = (scale.nearest(interval.upper) / 4, scale.nearest(interval.lower) / 4);
            cells[top..=bottom].iter_mut().for_each(|line| line[cell] = letter);
        }
        if let Some(row) = scale.row(point.value) {
            cells[row / 4][cell] = '●';
        }
    }
}

/// Draws the history as one line.
fn line(scale: &Scale, cells: &mut [Vec<char>]) {
    let mut dots = vec![vec![0u8; WIDTH]; HEIGHT];
    let mut before: Option<usize> = None;
    let last = (scale.past.len() - 1) * scale.dots;
    for x in 0..=last {
        let (at, rest) = (x / scale.dots, x % scale.dots);
        let from = scale.past[at];
        let to = scale.past.get(at + 1).copied().unwrap_or(from);
        let value = from + (to - from) * (rest as f64 / scale.dots as f64);
        let Some(row) = scale.row(value) else { continue };
        let (top, bottom) =
            before.map_or((row, row), |b| (row.min(b + 1).min(b.max(row)), row.max(b.saturating_sub(1))));
        for y in top.min(row)..=bottom.max(row) {
            dots[y / 4][x / 2] |= dot(x % 2, y % 4);
        }
        before = Some(row);
    }
    for (row, line) in dots.iter().enumerate() {
        for (column, mask) in line.iter().enumerate().filter(|(_, mask)| **mask != 0) {
            cells[row][column] = char::from_u32(0x2800 + u32::from(*mask)).unwrap_or('·');
        }
    }
}

/// The bit of a dot in the Braille block of Unicode.
const fn dot(x: usize, y: usize) -> u8 {
    match (x, y) {
        (0, 3) => 0x40,
        (_, 3) => 0x80,
        (0, y) => 1 << y,
        (_, y) => 8 << y,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use esg_core::simulate::forecast::{Level, Model, Options, forecast};

    fn drawn(values: &[f64], horizon: usize) -> String {
        let levels = vec![Level::new(0.8).unwrap(), Level::new(0.95).unwrap()];
        let series = Series::from_values(values).unwrap();
        fan(
            &series,
            &forecast(&series, &Options { model: Model::Naive, season: 1, horizon, levels }).unwrap(),
        )
    }

    #[test]
    fn a_number_has_five_digits() {
        let shown: Vec<_> = [0.0, 1234.567, 1.0, 0.012_345_67, -99_999.6, 1e12, 1e-7].map(short).into();
        assert_eq!(shown, ["0", "1234.6", "1", "0.012346", "-100000", "1.0000e12", "1.0000e-7"]);
    }

    #[test]
    fn a_picture_has_its_size_whatever_it_shows() {
        for (values, horizon) in [
            (vec![5.0; 3], 1),
            (vec![0.0; 200], 500),
            (vec![-1e100, 1e100, -1e100], 1000),
            ((0..1000).map(f64::from).collect(), 12),
        ] {
            let text = drawn(&values, horizon);
            assert_eq!(text.lines().count(), HEIGHT + 1, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH + 20), "{text}");
            assert!(text.contains('●'), "{text}");
        }
    }
}
