//! Charts as inline SVG: no script, no outside resource, readable by a screen reader and without colours.
//!
//! A picture is the one place where binary floats stand for amounts, and only for where a bar ends; every label is rounded
//! from the exact amount. Colours are classes of the page's style sheet, so charts follow light, dark and print.

use super::figures::short_mass;
use super::markup::{Page, put};
use crate::amount::Amount;

/// Names of a chart.
pub(super) struct Chart {
    /// Unique on the page.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// What a screen reader says.
    pub description: String,
}

/// One bar.
pub(super) struct Bar {
    pub label: String,
    pub amount: Amount,
    /// Class of the style sheet.
    pub class: &'static str,
}

/// One column of stacked segments.
pub(super) struct Column {
    pub label: String,
    /// Amounts in the order of the legend.
    pub segments: Vec<Amount>,
    /// Where a mark across the column stands.
    pub mark: Option<Amount>,
}

const WIDTH: f64 = 720.0;
/// Letters that fit beside a bar.
const LABEL_LETTERS: usize = 30;

fn open(page: &mut Page, chart: &Chart, height: f64) {
    put!(
        page,
        "<figure class=\"chart\"><figcaption>",
        { chart.title },
        "</figcaption><svg viewBox=\"0 0 720 "
    );
    put!(
        page,
        { round(height) },
        "\" role=\"img\" aria-labelledby=\"",
        { chart.id },
        "-t ",
        { chart.id },
        "-d\">"
    );
    put!(page, "<title id=\"", { chart.id }, "-t\">", { chart.title }, "</title>");
    put!(page, "<desc id=\"", { chart.id }, "-d\">", { &chart.description }, "</desc>");
}

/// A place on the picture, to a tenth of a pixel.
fn round(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn rect(page: &mut Page, class: &'static str, at: (f64, f64), size: (f64, f64), title: String) {
    put!(
        page,
        "<rect class=\"",
        { class },
        "\" x=\"",
        { round(at.0) },
        "\" y=\"",
        { round(at.1) },
        "\" width=\""
    );
    put!(
        page,
        { round(size.0) },
        "\" height=\"",
        { round(size.1) },
        "\"><title>",
        { title },
        "</title></rect>"
    );
}

fn label(page: &mut Page, class: &'static str, at: (f64, f64), text: &str) {
    put!(
        page,
        "<text class=\"",
        { class },
        "\" x=\"",
        { round(at.0) },
        "\" y=\"",
        { round(at.1) },
        "\">",
        { text },
        "</text>"
    );
}

fn line(page: &mut Page, class: &'static str, from: (f64, f64), to: (f64, f64)) {
    put!(
        page,
        "<line class=\"",
        { class },
        "\" x1=\"",
        { round(from.0) },
        "\" y1=\"",
        { round(from.1) },
        "\" x2=\""
    );
    put!(page, { round(to.0) }, "\" y2=\"", { round(to.1) }, "\"/>");
}

/// Cuts a label that would not fit; the whole one stands in the bar's own title.
fn fitting(label: &str, letters: usize) -> String {
    if label.chars().count() <= letters {
        return label.to_owned();
    }
    label.chars().take(letters - 1).chain(['\u{2026}']).collect()
}

/// Draws horizontal bars, one below the other.
pub(super) fn bars(page: &mut Page, chart: &Chart, bars: &[Bar]) {
    let (left, room, row) = (220.0, 400.0, 32.0);
    let height = row * bars.len() as f64 + 8.0;
    open(page, chart, height);
    let values = bars.iter().map(|b| b.amount.to_f64());
    let (low, high) = values.fold((0.0f64, 0.0f64), |(l, h), v| (l.min(v), h.max(v)));
    let span = if high > low { high - low } else { 1.0 };
    let x = |value: f64| left + (value - low) / span * room;
    for (i, bar) in bars.iter().enumerate() {
        let (y, value) = (4.0 + row * i as f64, bar.amount.to_f64());
        let (from, to) = (x(value.min(0.0)), x(value.max(0.0)));
        let figure = short_mass(bar.amount);
        label(page, "name", (left - 10.0, y + 20.0), &fitting(&bar.label, LABEL_LETTERS));
        let width = (to - from).max(1.0);
        rect(page, bar.class, (from, y + 4.0), (width, row - 10.0), format!("{}: {figure} CO2e", bar.label));
        label(page, "value", (from + width + 8.0, y + 20.0), &figure);
    }
    line(page, "axis", (x(0.0), 0.0), (x(0.0), height));
    put!(page, "</svg></figure>");
}

/// Draws columns of stacked segments with an axis, a legend of `(name, class)` and, where columns have one, a mark.
pub(super) fn columns(
    page: &mut Page,
    chart: &Chart,
    columns: &[Column],
    legend: &[(&'static str, &'static str)],
    mark: &'static str,
) {
    let (edge, top, room) = (70.0, 14.0, 220.0);
    let height = top + room + 58.0;
    open(page, chart, height);
    let (mut low, mut high) = (0i128, 0i128);
    for column in columns {
        let up: i128 = column.segments.iter().map(|a| a.pg().max(0)).sum();
        let down: i128 = column.segments.iter().map(|a| a.pg().min(0)).sum();
        let mark = column.mark.map_or(0, Amount::pg);
        (low, high) = (low.min(down).min(mark), high.max(up).max(mark));
    }
    let step = nice_step((high - low).unsigned_abs());
    let (first, last) = (low.div_euclid(step), (high + step - 1).div_euclid(step).max(1));
    let y = |pg: i128| {
        let from_low = (pg - first * step) as f64 / ((last - first) * step) as f64;
        top + room - from_low * room
    };
    for tick in first..=last {
        let at = y(tick * step);
        line(page, if tick == 0 { "axis" } else { "grid" }, (edge, at), (WIDTH, at));
        let amount = Amount::from_pg(tick * step).unwrap_or_default();
        label(page, "tick", (edge - 8.0, at + 4.0), &short_mass(amount));
    }
    let pitch = (WIDTH - edge) / columns.len().max(1) as f64;
    let every = columns.len().div_ceil(13).max(1);
    for (i, column) in columns.iter().enumerate() {
        let left = edge + pitch * (i as f64 + 0.16);
        let (mut up, mut down) = (0i128, 0i128);
        for (amount, (name, class)) in column.segments.iter().zip(legend) {
            let pg = amount.pg();
            let from = if pg > 0 { &mut up } else { &mut down };
            let (a, b) = (y(*from), y(*from + pg));
            *from += pg;
            if pg != 0 {
                let title = format!("{}, {name}: {} CO2e", column.label, short_mass(*amount));
                rect(page, class, (left, a.min(b)), (pitch * 0.68, (a - b).abs()), title);
            }
        }
        if let Some(amount) = column.mark {
            let at = y(amount.pg());
            line(page, "mark", (left - pitch * 0.08, at), (left + pitch * 0.76, at));
        }
        if i % every == 0 {
            label(page, "month", (left + pitch * 0.34, top + room + 18.0), &column.label);
        }
    }
    let mut x = edge;
    for (name, class) in legend {
        rect(page, class, (x, height - 18.0), (12.0, 12.0), (*name).to_owned());
        label(page, "key", (x + 18.0, height - 7.5), name);
        x += 36.0 + 7.0 * name.len() as f64;
    }
    if columns.iter().any(|c| c.mark.is_some()) {
        line(page, "mark", (x, height - 12.0), (x + 16.0, height - 12.0));
        label(page, "key", (x + 22.0, height - 7.5), mark);
    }
    put!(page, "</svg></figure>");
}

/// Returns 1, 2 or 5 times a power of ten, so that `range` has at most five of it.
fn nice_step(range: u128) -> i128 {
    let target = (range / 5).max(1);
    let power = 10u128.pow(target.ilog10());
    let step = [1, 2, 5, 10].into_iter().map(|m| m * power).find(|s| s * 5 >= range).unwrap_or(10 * power);
    i128::try_from(step).expect("an amount has fewer than 39 digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_at_most_five_round_steps() {
        for (range, want) in
            [(0, 1), (5, 1), (6, 2), (10, 2), (11, 5), (25, 5), (26, 10), (1_234_567, 500_000)]
        {
            assert_eq!(nice_step(range), want, "{range}");
        }
    }

    #[test]
    fn a_label_is_cut_between_letters_and_not_within_one() {
        assert_eq!(fitting("Zürich", 6), "Zürich");
        assert_eq!(fitting("Zürich-Süd", 4), "Zür\u{2026}");
    }

    #[test]
    fn a_chart_of_negative_and_no_amounts_has_finite_places() {
        let chart = || Chart { id: "c", title: "t", description: "d".into() };
        let minus = Amount::from_pg(-5).unwrap();
        let mut page = Page::default();
        bars(&mut page, &chart(), &[]);
        bars(&mut page, &chart(), &[Bar { label: "a".into(), amount: minus, class: "s1" }]);
        let column = |pg| Column {
            label: "x".into(),
            segments: vec![Amount::from_pg(pg).unwrap(), minus],
            mark: Some(minus),
        };
        columns(&mut page, &chart(), &[], &[("a", "s1"), ("b", "s2")], "m");
        columns(&mut page, &chart(), &[column(7), column(0)], &[("a", "s1"), ("b", "s2")], "m");
        let svg = page.into_string();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
