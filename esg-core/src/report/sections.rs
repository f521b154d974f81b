//! The tables of the page.

use super::breakdown::{Breakdown, Group, Outside};
use super::document::Document;
use super::evidence;
use super::figures::{In, count, shown};
use super::html::state;
use super::markup::{Page, put};
use crate::amount::Amount;

/// Sections by their anchors.
pub(super) const CONTENTS: [(&str, &str); 12] = [
    ("summary", "Summary"),
    ("scope3", "Scope 3"),
    ("gases", "Gases"),
    ("outside", "Energy, water, biogenic CO\u{2082}"),
    ("breakdowns", "By month, activity, site"),
    ("indicators", "Indicators"),
    ("instruments", "Instruments"),
    ("coverage", "Coverage"),
    ("rejected", "Rejected rows"),
    ("factors", "Factors"),
    ("method", "Method and data quality"),
    ("proof", "Proof"),
];

/// Rows that a table of groups or of rejected rows shows at most; the others are added up or counted in its last row.
pub(super) const SHOWN: usize = 40;

pub(super) fn all(page: &mut Page, document: &Document) {
    summary(page, document);
    scope_three(page, document);
    gases(page, document);
    outside(page, document);
    breakdowns(page, document);
    indicators(page, document);
    evidence::instruments(page, document);
    evidence::coverage(page, document);
    evidence::rejected(page, document);
    evidence::factors(page, document);
    evidence::method(page, document);
    evidence::proof(page, document);
}

pub(super) fn section(page: &mut Page, id: &'static str, title: &'static str, lead: &'static str) {
    put!(
        page,
        "<section id=\"",
        { id },
        "\" aria-labelledby=\"",
        { id },
        "-title\"><h2 id=\"",
        { id },
        "-title\">"
    );
    put!(page, { title }, "</h2>");
    if !lead.is_empty() {
        put!(page, "<p>", { lead }, "</p>");
    }
}

/// Opens a table; a head that begins with `#` is one of numbers.
pub(super) fn table(page: &mut Page, caption: &str, heads: &[&str]) {
    put!(
        page,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"",
        { caption },
        "\"><table><caption>"
    );
    put!(page, { caption }, "</caption><thead><tr>");
    for head in heads {
        match head.strip_prefix('#') {
            Some(head) => {
                put!(page, "<th scope=\"col\" class=\"n\">", { head }, "</th>");
            }
            None => {
                put!(page, "<th scope=\"col\">", { head }, "</th>");
            }
        }
    }
    put!(page, "</tr></thead><tbody>");
}

pub(super) fn end_table(page: &mut Page) {
    put!(page, "</tbody></table></div>");
}

pub(super) fn end(page: &mut Page) {
    put!(page, "</section>\n");
}

/// A number in its cell; a dash where there is none.
pub(super) fn number(page: &mut Page, amount: Option<Amount>, unit: In) {
    match amount {
        Some(amount) => {
            put!(page, "<td class=\"n\" title=\"", { amount }, "\">", { shown(amount, unit, 3) }, "</td>");
        }
        None => {
            put!(page, "<td class=\"n none\">\u{2013}</td>");
        }
    }
}

pub(super) fn cell(page: &mut Page, text: &str) {
    put!(page, "<td>", { text }, "</td>");
}

fn summary(page: &mut Page, document: &Document) {
    section(
        page,
        "summary",
        "Summary",
        "The two methods of scope 2 answer one question in two ways. They stand side by side and are never added; each \
         total names the one that it holds. A dash is no zero: there is no number.",
    );
    table(
        page,
        "Emissions by scope in tonnes and kilograms of CO2e",
        &["Scope", "#t CO2e", "#kg CO2e, exact", "State"],
    );
    for line in &document.summary {
        let sum = line.id.starts_with("total");
        if sum {
            put!(page, "<tr class=\"sum\">");
        } else {
            put!(page, "<tr>");
        }
        put!(page, "<th scope=\"row\">", { line.name }, "</th>");
        number(page, line.co2e_kg, In::Thousands);
        put!(
            page,
            "<td class=\"n\">",
            { line.co2e_kg.map_or_else(|| "\u{2013}".into(), |a| a.to_string()) },
            "</td><td>"
        );
        state(page, line.state);
        put!(page, "</td></tr>");
    }
    end_table(page);
    end(page);
}

fn scope_three(page: &mut Page, document: &Document) {
    if document.scope3.is_empty() {
        return;
    }
    section(page, "scope3", "Scope 3 by category", "All fifteen categories of the Scope 3 Standard.");
    let heads = ["Category", "#t CO2e", "#Rows", "#Rows missing", "State"];
    table(page, "Scope 3 by category in tonnes of CO2e", &heads);
    for line in &document.scope3 {
        put!(page, "<tr><th scope=\"row\">", { line.category }, ". ", { line.name }, "</th>");
        number(page, line.co2e_kg, In::Thousands);
        put!(page, "<td class=\"n\">", { count(line.rows_present) }, "</td><td class=\"n\">");
        put!(page, { count(line.rows_missing) }, "</td><td>");
        state(page, line.state);
        put!(page, "</td></tr>");
    }
    end_table(page);
    end(page);
}

fn gases(page: &mut Page, document: &Document) {
    section(
        page,
        "gases",
        "Gases",
        "Mass of each gas and its CO2e. The gas \"CO2e\" is what publishers give without its gases; no mass is known there.",
    );
    table(page, "Gases by scope", &["Scope", "Gas", "#Mass, kg", "#t CO2e"]);
    for line in &document.gases {
        put!(page, "<tr><td>", { &line.scope }, "</td><th scope=\"row\">", { &line.gas }, "</th>");
        number(page, line.mass_kg, In::Units);
        number(page, Some(line.co2e_kg), In::Thousands);
        put!(page, "</tr>");
    }
    end_table(page);
    end(page);
}

fn outside(page: &mut Page, document: &Document) {
    section(
        page,
        "outside",
        "Energy, water and biogenic CO\u{2082}",
        "Shown beside the scopes and part of no total.",
    );
    table(page, "Energy, water and biogenic CO2", &["Measure", "#Amount", "Unit"]);
    let Outside { biogenic_co2_kg, energy_kwh, water_litres } = document.outside;
    let rows = [
        ("Energy stated in units of energy", energy_kwh, In::Thousands, "MWh"),
        ("Water withdrawn", water_litres, In::Thousands, "m\u{b3}"),
        ("CO\u{2082} from biomass, outside of the scopes", biogenic_co2_kg, In::Thousands, "t CO\u{2082}"),
    ];
    for (name, amount, unit, unit_name) in rows {
        put!(page, "<tr><th scope=\"row\">", { name }, "</th>");
        number(page, amount, unit);
        put!(page, "<td>", { unit_name }, "</td></tr>");
    }
    end_table(page);
    end(page);
}

fn breakdowns(page: &mut Page, document: &Document) {
    section(
        page,
        "breakdowns",
        "By month, activity, site and more",
        "As far as the inventory keeps them apart; the largest groups first, except for periods. Every group is in the CSV, \
         XLSX and JSON forms.",
    );
    for breakdown in &document.breakdowns {
        groups(page, breakdown);
    }
    end(page);
}

fn groups(page: &mut Page, breakdown: &Breakdown) {
    let is_period = matches!(breakdown.dimension.as_str(), "month" | "year");
    let mut groups: Vec<&Group> = breakdown.groups.iter().collect();
    if !is_period {
        let size = |g: &Group| g.total_location().unwrap_or_default();
        groups.sort_by_key(|g| (std::cmp::Reverse(size(g)), std::cmp::Reverse(g.scope2_market_kg)));
    }
    let title = capital(&breakdown.dimension);
    let heads = [
        &*title,
        "#Scope 1, t",
        "#Scope 2 location, t",
        "#Scope 2 market, t",
        "#Scope 3, t",
        "#Energy, MWh",
        "#Water, m\u{b3}",
        "#Biogenic CO\u{2082}, t",
    ];
    table(page, &format!("By {}, emissions in tonnes of CO2e", breakdown.dimension), &heads);
    let limit = if is_period { 120 } else { SHOWN };
    let (first, rest) = groups.split_at(if groups.len() > limit + 1 { limit } else { groups.len() });
    for group in first {
        group_row(page, group.name.as_deref().unwrap_or("not stated"), group);
    }
    if !rest.is_empty() {
        let mut others = Group::default();
        // A sum that does not fit was refused with the totals already.
        if rest.iter().try_for_each(|g| others.add(g)).is_ok() {
            group_row(page, &format!("{} others", count(rest.len() as u64)), &others);
        }
    }
    end_table(page);
}

/// A dimension as the head of a column.
fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn group_row(page: &mut Page, name: &str, group: &Group) {
    put!(page, "<tr><th scope=\"row\">", { name }, "</th>");
    let Outside { biogenic_co2_kg, energy_kwh, water_litres } = group.outside;
    let scopes = [group.scope1_kg, group.scope2_location_kg, group.scope2_market_kg, group.scope3_kg];
    for amount in scopes.into_iter().chain([energy_kwh, water_litres, biogenic_co2_kg]) {
        number(page, amount, In::Thousands);
    }
    put!(page, "</tr>");
}

fn indicators(page: &mut Page, document: &Document) {
    section(page, "indicators", "Indicators and score", "Ratios of sums over the whole period.");
    let value = |v: &Option<String>| v.clone().unwrap_or_else(|| "\u{2013}".into());
    if document.info.kpis.is_empty() {
        put!(page, "<p>No indicator was given.</p>");
    } else {
        table(page, "Indicators", &["Indicator", "#Value", "Unit", "Note"]);
        for kpi in &document.info.kpis {
            put!(
                page,
                "<tr><th scope=\"row\">",
                { &kpi.name },
                "</th><td class=\"n\">",
                { value(&kpi.value) },
                "</td><td>"
            );
            put!(page, { &kpi.unit }, "</td><td>", { &kpi.note }, "</td></tr>");
        }
        end_table(page);
    }
    if let Some(score) = &document.info.score {
        let caption = format!("{}: {}", score.name, value(&score.value));
        table(page, &caption, &["Term", "#Value", "#Weight given", "#Weight used", "Note"]);
        for term in &score.terms {
            put!(
                page,
                "<tr><th scope=\"row\">",
                { &term.name },
                "</th><td class=\"n\">",
                { value(&term.value) },
                "</td>"
            );
            put!(
                page,
                "<td class=\"n\">",
                { &term.raw_weight },
                "</td><td class=\"n\">",
                { &term.effective_weight },
                "</td>"
            );
            put!(page, "<td>", { &term.note }, "</td></tr>");
        }
        end_table(page);
        if !score.note.is_empty() {
            put!(page, "<p>", { &score.note }, "</p>");
        }
    }
    end(page);
}
