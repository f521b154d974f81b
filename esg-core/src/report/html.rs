//! The report as one page that a manager can read: figures first, then what to know before using them, then everything.
//!
//! The page loads nothing and runs nothing, and its content policy says so to the browser. It follows light, dark and
//! print, and all charts have their numbers in a table below.

use std::collections::BTreeMap;

use super::breakdown::Group;
use super::document::{Document, SummaryLine};
use super::figures::{In, count, shown};
use super::markup::{Page, put};
use super::sections;
use super::svg::{self, Bar, Chart, Column};
use crate::aggregate::State;
use crate::amount::Amount;
use crate::ghg::GhgError;

const STYLE: &str = include_str!("report.css");
/// Bars that a chart of activities has at most; the others are added up in the last one.
const TOP: usize = 8;
/// Scopes that are stacked, with the classes of their colours.
const SCOPES: [(&str, &str); 3] = [("Scope 1", "s1"), ("Scope 2, location-based", "s2"), ("Scope 3", "s3")];
/// Columns that a chart of periods has at most.
const MONTHS: usize = 48;

pub(super) fn render(document: &Document) -> String {
    let mut page = Page::default();
    let info = &document.info;
    put!(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    put!(page, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    put!(
        page,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    );
    put!(page, "<meta name=\"color-scheme\" content=\"light dark\"><title>", { &info.title });
    if !info.organisation.is_empty() {
        put!(page, " \u{b7} ", { &info.organisation });
    }
    put!(page, "</title><style>");
    page.raw(STYLE);
    put!(page, "</style></head>\n<body>");
    header(&mut page, document);
    put!(page, "<main>");
    cards(&mut page, document);
    notice(&mut page, document);
    charts(&mut page, document);
    sections::all(&mut page, document);
    put!(page, "</main>\n<footer>Amounts are exact to 1 pg (1e-15 kg) and shown rounded half to even. ");
    put!(
        page,
        "This page is complete in itself: it loads nothing and runs no script.</footer></body></html>\n"
    );
    page.into_string()
}

fn header(page: &mut Page, document: &Document) {
    let info = &document.info;
    put!(
        page,
        "<header><p class=\"kicker\">",
        { stated(&info.organisation) },
        "</p><h1>",
        { &info.title },
        "</h1>"
    );
    put!(page, "<dl class=\"facts\">");
    let data = document.data_days.map(|(first, last)| format!("{first} to {last}"));
    let facts = [
        ("Period", info.period.map(|p| p.to_string()).unwrap_or_default()),
        ("Data from", data.unwrap_or_default()),
        ("Boundary", info.boundary_statement.clone()),
        ("Base year", info.base_year.clone()),
        ("Left out", info.exclusions.clone()),
        (
            "Global warming potentials",
            format!("{}, {} years", document.method.gwp, document.method.horizon_years),
        ),
        ("Prepared by", info.prepared_by.clone()),
        ("Prepared at", info.created.map(|c| c.to_string()).unwrap_or_default()),
    ];
    for (name, value) in &facts {
        put!(page, "<dt>", { name }, "</dt><dd>", { stated(value) }, "</dd>");
    }
    put!(page, "</dl><nav aria-label=\"Contents\">");
    for (id, name) in sections::CONTENTS {
        put!(page, "<a href=\"#", { id }, "\">", { name }, "</a>");
    }
    put!(page, "</nav></header>\n");
}

fn stated(text: &str) -> &str {
    if text.is_empty() { "not stated" } else { text }
}

fn cards(page: &mut Page, document: &Document) {
    put!(page, "<section aria-label=\"Totals\" class=\"top\" style=\"margin-top:0\"><div class=\"cards\">");
    let card = |page: &mut Page, class: &'static str, line: &SummaryLine| {
        put!(page, "<div class=\"card ", { class }, "\"><h3>", { line.name }, "</h3><p class=\"figure\">");
        match line.co2e_kg {
            Some(kg) => {
                put!(page, { shown(kg, In::Thousands, 3) }, " <small>t CO\u{2082}e</small>");
            }
            None => {
                put!(page, "<span class=\"none\">\u{2013}</span>");
            }
        }
        put!(page, "</p>");
        state(page, line.state);
        put!(page, "</div>");
    };
    let class = |id: &str| match id {
        "scope1" => "s1",
        "scope2_location" => "s2",
        "scope2_market" => "s2m",
        "scope3" => "s3",
        _ => "total",
    };
    for line in &document.summary {
        let class = class(line.id);
        if line.id == "total_location" {
            put!(page, "</div><div class=\"cards totals\">");
        }
        card(page, class, line);
    }
    put!(page, "</div></section>\n");
}

/// Writes a state as a sign and a word.
pub(super) fn state(page: &mut Page, state: State) {
    match state {
        State::Present => page.raw("<span class=\"state\">\u{25cf} complete</span>"),
        State::Partial => {
            page.raw("<span class=\"state partial\">\u{25d0} partial: rows or parts are missing</span>")
        }
        State::Missing => page.raw("<span class=\"state missing\">\u{25cb} missing: no data</span>"),
        State::NotApplicable => page.raw("<span class=\"state\">\u{2013} not applicable</span>"),
    }
}

fn notice(page: &mut Page, document: &Document) {
    let (counts, caveats) = (document.counts, &document.caveats);
    let missing: Vec<&str> =
        (document.scope3.iter()).filter(|line| line.state == State::Missing).map(|line| line.name).collect();
    put!(page, "<section class=\"notice\" aria-labelledby=\"notice-title\"><h2 id=\"notice-title\">");
    put!(page, "Before you use these numbers</h2><ul><li>", { count(counts.calculated) }, " of ");
    put!(page, { count(counts.rows) }, " rows are in the totals");
    if counts.rejected > 0 {
        put!(page, "; ", { count(counts.rejected) }, " more were rejected when they came in");
    }
    put!(page, ".</li>");
    for caveat in caveats {
        put!(page, "<li>", { &caveat.message }, " <code>", { caveat.code }, "</code></li>");
    }
    if !missing.is_empty() {
        put!(
            page,
            "<li>",
            { missing.len() },
            " of 15 scope 3 categories have no data and are not stated to be "
        );
        put!(page, "inapplicable: ", { missing.join("; ") }, ".</li>");
    }
    put!(page, "</ul></section>\n");
}

fn charts(page: &mut Page, document: &Document) {
    put!(page, "<section id=\"charts\" aria-label=\"Charts\"><div class=\"charts\"><div>");
    scope_chart(page, document);
    put!(page, "</div><div>");
    gas_chart(page, document);
    put!(page, "</div>");
    period_chart(page, document);
    activity_chart(page, document);
    put!(page, "</div></section>\n");
}

fn scope_chart(page: &mut Page, document: &Document) {
    let names = [
        ("scope1", "Scope 1", "s1"),
        ("scope2_location", "Scope 2 location", "s2"),
        ("scope2_market", "Scope 2 market", "s2m"),
        ("scope3", "Scope 3", "s3"),
    ];
    let bar = |(id, label, class): (&str, &str, &'static str)| {
        let line = document.summary_line(id)?;
        let label = if line.state == State::Partial { format!("{label}, partial") } else { label.to_owned() };
        Some(Bar::whole(label, line.co2e_kg?, class))
    };
    let bars: Vec<Bar> = names.into_iter().filter_map(bar).collect();
    let chart = Chart {
        id: "chart-scopes",
        title: "Emissions by scope, CO\u{2082}e",
        description: described(&bars, "The two methods of scope 2 are alternatives and are not added."),
    };
    svg::bars(page, &chart, &bars, &[]);
}

fn gas_chart(page: &mut Page, document: &Document) {
    let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
    for line in document.gases.iter().filter(|line| line.scope != "2 market") {
        let label = if line.gas == crate::ghg::UNSPLIT { "not split by gas" } else { &line.gas };
        let sum = sums.entry(label).or_default();
        // A sum that does not fit was refused with the totals already.
        *sum = sum.checked_add(line.co2e_kg).unwrap_or(*sum);
    }
    let bars = sums.into_iter().map(|(label, amount)| Bar::whole(label, amount, "other")).collect();
    let bars = largest(bars, "other gases");
    let chart = Chart {
        id: "chart-gases",
        title: "Emissions by gas, CO\u{2082}e",
        description: described(&bars, "Scopes 1, 2 location-based and 3."),
    };
    svg::bars(page, &chart, &bars, &[]);
}

fn period_chart(page: &mut Page, document: &Document) {
    let months = document.breakdown("month").filter(|b| b.groups.len() <= MONTHS);
    let Some(breakdown) = months.or_else(|| document.breakdown("year")) else { return };
    let columns: Vec<Column> = breakdown.groups.iter().filter_map(|g| column(g).ok()).collect();
    if columns.is_empty() {
        return;
    }
    let chart = Chart {
        id: "chart-periods",
        title: if breakdown.dimension == "month" {
            "Emissions by month, CO\u{2082}e"
        } else {
            "Emissions by year, CO\u{2082}e"
        },
        description: format!(
            "{} columns from {} to {}; the numbers stand in the table by {}.",
            columns.len(),
            columns.first().map(|c| c.label.as_str()).unwrap_or_default(),
            columns.last().map(|c| c.label.as_str()).unwrap_or_default(),
            breakdown.dimension,
        ),
    };
    put!(page, "<div class=\"wide\">");
    let market = document.summary_line("scope2_market").map(|line| line.state);
    let mark = match market {
        Some(State::Present) => "total with market-based scope 2",
        _ => "total with market-based scope 2, which is partial",
    };
    svg::columns(page, &chart, &columns, &SCOPES, mark);
    put!(page, "</div>");
}

fn column(group: &Group) -> Result<Column, GhgError> {
    let part = |p: Option<Amount>| p.unwrap_or_default();
    let segments = vec![part(group.scope1_kg), part(group.scope2_location_kg), part(group.scope3_kg)];
    let mark = match group.scope2_market_kg {
        Some(market) => Some(Amount::sum([segments[0], market, segments[2]])?),
        None => None,
    };
    Ok(Column { label: group.name.clone().unwrap_or_default(), segments, mark })
}

fn activity_chart(page: &mut Page, document: &Document) {
    let Some(breakdown) = document.breakdown("activity") else { return };
    let bar = |group: &Group| {
        let amount = group.total_location().ok().filter(|a| !a.is_zero())?;
        let amounts = [group.scope1_kg, group.scope2_location_kg, group.scope3_kg];
        let parts =
            amounts.into_iter().zip(SCOPES).map(|(a, (name, class))| (a.unwrap_or_default(), name, class));
        let label = group.name.clone().unwrap_or_else(|| "no activity".into());
        Some(Bar { label, amount, parts: parts.collect() })
    };
    let bars = largest(breakdown.groups.iter().filter_map(bar).collect(), "all other activities");
    let chart = Chart {
        id: "chart-activities",
        title: "Largest activities, CO\u{2082}e with location-based scope 2",
        description: described(&bars, "Scopes 1, 2 location-based and 3."),
    };
    put!(page, "<div class=\"wide\">");
    svg::bars(page, &chart, &bars, &SCOPES);
    put!(page, "</div>");
}

/// Sorts the largest first, and adds up what comes after the first few.
fn largest(mut bars: Vec<Bar>, others: &str) -> Vec<Bar> {
    bars.sort_by(|a, b| b.amount.cmp(&a.amount).then_with(|| a.label.cmp(&b.label)));
    if bars.len() > TOP + 1 {
        let rest = bars.split_off(TOP);
        if let Ok(amount) = Amount::sum(rest.iter().map(|b| b.amount)) {
            bars.push(Bar::whole(format!("{others} ({})", rest.len()), amount, "other"));
        }
    }
    bars
}

/// The bars in words.
fn described(bars: &[Bar], rule: &str) -> String {
    let parts: Vec<String> =
        bars.iter().map(|b| format!("{}: {}", b.label, super::figures::short_mass(b.amount))).collect();
    if parts.is_empty() { format!("No data. {rule}") } else { format!("{}. {rule}", parts.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::STYLE;

    /// Relative luminance (WCAG 2.2, definition of relative luminance).
    fn luminance(hex: &str) -> f64 {
        let channel = |i: usize| {
            let c = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).unwrap()) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_charts_stand_out_from_their_ground_in_light_dark_and_print() {
        let blocks: Vec<&str> = STYLE.split(":root{").skip(1).map(|b| b.split('}').next().unwrap()).collect();
        assert_eq!(blocks.len(), 3);
        for block in blocks {
            let colour = |name: &str| {
                let at = block.find(&format!("--{name}:")).unwrap_or_else(|| panic!("no {name} in {block}"));
                &block[at + name.len() + 3..at + name.len() + 10]
            };
            // WCAG 2.2: 1.4.3 asks 4.5:1 of text, 1.4.11 asks 3:1 of graphics.
            for ground in ["page", "raised", "warnbg"] {
                for text in ["ink", "soft", "accent", "warn"] {
                    let got = contrast(colour(text), colour(ground));
                    assert!(got >= 4.5, "{text} on {ground} has {got:.2}:1 in {block}");
                }
                for graphic in ["s1", "s2", "s3", "other"] {
                    let got = contrast(colour(graphic), colour(ground));
                    assert!(got >= 3.0, "{graphic} on {ground} has {got:.2}:1 in {block}");
                }
            }
        }
    }
}
