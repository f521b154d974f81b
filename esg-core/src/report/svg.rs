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

/// One bar, of one part or several.
pub(super) struct Bar {
    pub label: String,
    /// What the label beside it says.
    pub amount: Amount,
    /// Parts that add up to the amount, with their names and classes of the style sheet.
    pub parts: Vec<(Amount, &'static str, &'static str)>,
}

impl Bar {
    /// Returns a bar of one part.
    pub fn whole(label: impl Into<String>, amount: Amount, class: &'static str) -> Self {
        Self { label: label.into(), amount, parts: vec![(amount, "", class)] }
    }
}

/// One column of stacked segments.
pub(super) struct Column {
    pub label: String,
    /// Amounts in the order of the legend.
    pub segments: Vec<Amount>,
    /// Where a mark across the column stands.
    pub mark: Option<Amount>,
}

/// What a picture shows at most, so that stacked parts stay within a machine word: 1e21 kg, far above all carbon in the air.
const MOST: i128 = 10i128.pow(36);
/// Width of a picture over the whole page.
const WIDTH: f64 = 720.0;
/// Width of a picture over half of it.
const HALF: f64 = 440.0;

fn open(page: &mut Page, chart: &Chart, width: f64, height: f64) {
    put!(page, "<figure class=\"chart\"><figcaption>", { chart.title }, "</figcaption>");
    put!(page, "<svg viewBox=\"0 0 ", { round(width) }, " ", { round(height) }, "\" role=\"img\" ");
    put!(page, "aria-labelledby=\"", { chart.id }, "-t ", { chart.id }, "-d\">");
    put!(page, "<title id=\"", { chart.id }, "-t\">", { chart.title }, "</title>");
    put!(page, "<desc id=\"", { chart.id }, "-d\">", { &chart.description }, "</desc>");
}

/// An amount as a length.
fn length(amount: Amount) -> i128 {
    amount.pg().clamp(-MOST, MOST)
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

/// Draws horizontal bars, one below the other, over half of the page or, with a legend, the whole of it.
pub(super) fn bars(page: &mut Page, chart: &Chart, bars: &[Bar], legend: &[(&'static str, &'static str)]) {
    let (width, left, room, letters) =
        if legend.is_empty() { (HALF, 186.0, 180.0, 27) } else { (WIDTH, 190.0, 450.0, 32) };
    let row = 30.0;
    let bottom = row * bars.len() as f64 + 8.0;
    open(page, chart, width, bottom + if legend.is_empty() { 0.0 } else { 32.0 });
    let up = |b: &Bar| b.parts.iter().map(|(a, ..)| length(*a).max(0)).sum::<i128>();
    let down = |b: &Bar| b.parts.iter().map(|(a, ..)| length(*a).min(0)).sum::<i128>();
    let low = bars.iter().map(down).min().unwrap_or(0);
    let high = bars.iter().map(up).max().unwrap_or(0);
    let span = (high - low).max(1) as f64;
    let x = |pg: i128| left + (pg - low) as f64 / span * room;
    for (i, bar) in bars.iter().enumerate() {
        let y = 4.0 + row * i as f64;
        label(page, "name", (left - 10.0, y + 19.0), &fitting(&bar.label, letters));
        let (mut above, mut below) = (0i128, 0i128);
        for (amount, name, class) in bar.parts.iter().filter(|(a, ..)| !a.is_zero()) {
            let pg = length(*amount);
            let from = if pg > 0 { &mut above } else { &mut below };
            let (a, b) = (x(*from), x(*from + pg));
            *from += pg;
            let comma = if name.is_empty() { "" } else { ", " };
            let title = format!("{}{comma}{name}: {} CO2e", bar.label, short_mass(*amount));
            rect(page, class, (a.min(b), y + 4.0), ((a - b).abs().max(1.0), row - 10.0), title);
        }
        label(page, "value", (x(above) + 8.0, y + 19.0), &short_mass(bar.amount));
    }
    line(page, "axis", (x(0), 0.0), (x(0), bottom));
    if !legend.is_empty() {
        keys(page, legend, left, bottom + 14.0);
    }
    put!(page, "</svg></figure>");
}

/// Draws a legend and returns where it ends.
fn keys(page: &mut Page, legend: &[(&'static str, &'static str)], left: f64, top: f64) -> f64 {
    let mut x = left;
    for (name, class) in legend {
        rect(page, class, (x, top), (11.0, 11.0), (*name).to_owned());
        label(page, "key", (x + 16.0, top + 9.5), name);
        x += 34.0 + 6.0 * name.len() as f64;
    }
    x
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
    open(page, chart, WIDTH, height);
    let (mut low, mut high) = (0i128, 0i128);
    for column in columns {
        let up: i128 = column.segments.iter().map(|a| length(*a).max(0)).sum();
        let down: i128 = column.segments.iter().map(|a| length(*a).min(0)).sum();
        let mark = column.mark.map_or(0, length);
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
            let pg = length(*amount);
            let from = if pg > 0 { &mut up } else { &mut down };
            let (a, b) = (y(*from), y(*from + pg));
            *from += pg;
            if pg != 0 {
                let title = format!("{}, {name}: {} CO2e", column.label, short_mass(*amount));
                rect(page, class, (left, a.min(b)), (pitch * 0.68, (a - b).abs()), title);
            }
        }
        if let Some(amount) = column.mark {
            let at = y(length(amount));
            line(page, "mark", (left - pitch * 0.08, at), (left + pitch * 0.76, at));
        }
        if i % every == 0 {
            label(page, "month", (left + pitch * 0.34, top + room + 18.0), &column.label);
        }
    }
    let x = keys(page, legend, edge, height - 18.0);
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
    fn a_chart_of_negative_no_and_the_largest_amounts_has_finite_places() {
        let chart = || Chart { id: "c", title: "t", description: "d".into() };
        let minus = Amount::from_pg(-5).unwrap();
        let mut page = Page::default();
        bars(&mut page, &chart(), &[], &[]);
        bars(&mut page, &chart(), &[Bar::whole("a", minus, "s1")], &[("a", "s1")]);
        let column = |pg| Column {
            label: "x".into(),
            segments: vec![Amount::from_pg(pg).unwrap(), minus],
            mark: Some(minus),
        };
        let most = Amount::from_pg(crate::amount::LIMIT - 1).unwrap();
        bars(&mut page, &chart(), &[Bar::whole("a", most, "s1"), Bar::whole("b", minus, "s1")], &[]);
        let huge = Column { label: "x".into(), segments: vec![most; 3], mark: Some(most) };
        columns(&mut page, &chart(), &[huge], &[("a", "s1"), ("b", "s2"), ("c", "s3")], "m");
        columns(&mut page, &chart(), &[], &[("a", "s1"), ("b", "s2")], "m");
        columns(&mut page, &chart(), &[column(7), column(0)], &[("a", "s1"), ("b", "s2")], "m");
        let svg = page.into_string();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
