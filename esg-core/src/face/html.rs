//! Answers as a piece of a page, for notebooks: what a person wants to see first, without scripts and outside resources.
//!
//! Colours are those of the page around it, so that a dark notebook stays dark. Data goes through the escaping of reports.

use super::lookup::factor_values;
use super::simulation::{BARS, Simulated};
use super::statement::Statement;
use crate::aggregate::State;
use crate::amount::Amount;
use crate::error::Error;
use crate::factor::Resolution;
use crate::ratio::Ratio;
use crate::report::markup::{Page, put};
use crate::report::{In, Report, shown};
use crate::score::{Score, State as TermState};

/// Digits after the point of tonnes.
const PLACES: u32 = 3;
/// Significant digits of ratios.
const DIGITS: u32 = 6;
/// Rows that are shown of a list.
const SHOWN: usize = 10;

pub(super) const OPEN: &str =
    "<div class=\"esg\" style=\"font:13px/1.45 system-ui,sans-serif;max-width:46em\">";
pub(super) const TABLE: &str =
    "<table style=\"border-collapse:collapse;margin:.3em 0;font-variant-numeric:tabular-nums\">";
pub(super) const LEFT: &str =
    "<td style=\"text-align:left;padding:.15em .8em .15em 0;border-top:1px solid #8884\">";
pub(super) const RIGHT: &str =
    "<td style=\"text-align:right;padding:.15em .8em;border-top:1px solid #8884\">";
pub(super) const FAINT: &str = "<span style=\"opacity:.65\">";
const BAR: &str = "<div style=\"height:.6em;border-radius:2px;background:#2e8b57;width:";

fn short(ratio: &Ratio) -> String {
    ratio.to_decimal(DIGITS).map_or_else(|_| ratio.to_string(), |decimal| decimal.to_string())
}

/// A width in percent, with one digit.
fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share.clamp(0.0, 1.0))
}

/// Returns an inventory: totals with bars, caveats and what was refused.
///
/// # Errors
/// `amount.overflow`.
pub fn statement_html(statement: &Statement) -> Result<String, Error> {
    let account = &statement.account;
    let report = Report::of(&account.inventory, statement.report_info())?;
    let (document, options) = (report.document(), account.inventory.options());
    let mut page = Page::default();
    page.raw(OPEN);
    put!(page, "<b>Greenhouse gas inventory</b> ");
    page.raw(FAINT);
    if let Some((first, last)) = account.inventory.days() {
        put!(page, { first }, " to ", { last }, " &middot; ");
    }
    put!(
        page,
        { account.accepted() },
        " rows &middot; GWP ",
        { options.gwp().name() },
        ", ",
        { options.gwp().horizon() },
        " years</span>"
    );
    page.raw(TABLE);
    let most = document.summary.iter().filter_map(|l| l.co2e_kg).map(Amount::to_f64).fold(0.0, f64::max);
    for line in &document.summary {
        put!(page, "<tr>");
        page.raw(LEFT);
        put!(page, { line.name }, "</td>");
        page.raw(RIGHT);
        match (line.co2e_kg, line.state) {
            (Some(kg), _) => {
                put!(page, { shown(kg, In::Thousands, PLACES) }, " t");
            }
            (None, State::NotApplicable) => {
                put!(page, "not applicable");
            }
            (None, _) => {
                put!(page, "missing");
            }
        }
        put!(page, "</td><td style=\"width:14em;border-top:1px solid #8884\">");
        if let Some(kg) = line.co2e_kg.map(Amount::to_f64).filter(|kg| *kg > 0.0 && most > 0.0) {
            page.raw(BAR);
            put!(page, { percent(kg / most) }, "\"></div>");
        }
        if line.state == State::Partial {
            page.raw(FAINT);
            put!(page, "some rows are missing</span>");
        }
        put!(page, "</td></tr>");
    }
    put!(page, "</table>");
    list(&mut page, "Caveats", document.caveats.iter().map(|c| c.message.clone()).collect());
    let refused = account.refused.iter().map(|r| {
        let row = &r.rejection;
        format!("{}:{} [{}] {}", r.source, row.line, row.code, row.message)
    });
    list(&mut page, "Refused rows", refused.collect());
    put!(page, "</div>");
    Ok(page.into_string())
}

/// A list that opens on a click; nothing of an empty one.
pub(super) fn list(page: &mut Page, title: &'static str, items: Vec<String>) {
    if items.is_empty() {
        return;
    }
    put!(
        page,
        "<details><summary>",
        { title },
        " (",
        { items.len() },
        ")</summary><ul style=\"margin:.2em 0\">"
    );
    for item in items.iter().take(SHOWN) {
        put!(page, "<li>", { item }, "</li>");
    }
    if items.len() > SHOWN {
        put!(page, "<li>and ", { items.len() - SHOWN }, " more</li>");
    }
    put!(page, "</ul></details>");
}

/// Returns a resolution: the factor, how it was found, and what was passed over.
pub fn resolution_html(resolution: &Resolution) -> String {
    let (factor, passport) = (&*resolution.factor, resolution.set.passport());
    let mut page = Page::default();
    page.raw(OPEN);
    put!(page, "<b>", { &factor.activity }, "</b> ");
    page.raw(FAINT);
    put!(page, { resolution.factor_id() }, "</span>");
    page.raw(TABLE);
    for (name, value) in [
        ("Values", factor_values(factor)),
        ("Name", factor.name.clone()),
        ("Place", factor.geography.clone()),
        ("Boundary", factor.boundary.as_str().to_owned()),
        ("Authority", format!("{}, {}", passport.authority, passport.edition)),
        ("Source", format!("{}, row {}", factor.source.table, factor.source.row)),
        ("Fallbacks", resolution.fallbacks.join(", ")),
    ] {
        if !value.is_empty() {
            put!(page, "<tr>");
            page.raw(LEFT);
            put!(page, { name }, "</td>");
            page.raw(LEFT);
            put!(page, { value }, "</td></tr>");
        }
    }
    put!(page, "</table>");
    list(&mut page, "Steps", resolution.steps.clone());
    let passed = resolution.rejected.iter().map(|r| format!("{}: {}", r.factor, r.reason));
    list(&mut page, "Not taken", passed.collect());
    put!(page, "</div>");
    page.into_string()
}

/// Tonnes to four digits.
fn tonnes(kg: f64) -> String {
    crate::Decimal::from_f64(kg / 1000.0).map_or_else(
        |_| "-".to_owned(),
        |t| Ratio::from(t).to_decimal(4).map_or_else(|_| t.to_string(), |t| t.to_string()),
    )
}

/// Returns a range: a histogram of a total, and the quantiles of all.
///
/// # Errors
/// `option.value` for a total that is not there.
pub fn simulation_html(simulated: &Simulated, total: Option<&str>) -> Result<String, Error> {
    let of = simulated.total(total)?;
    let mut page = Page::default();
    page.raw(OPEN);
    put!(page, "<b>Range of ", { of.name }, "</b> ");
    page.raw(FAINT);
    let options = simulated.options;
    put!(
        page,
        { options.draws() },
        " draws, seed ",
        { options.seed() },
        ", ",
        { options.generator() },
        "</span>"
    );
    let bars = of.simulated.histogram(BARS);
    let most = bars.iter().map(|bar| bar.count).fold(1.0, f64::max);
    put!(
        page,
        "<svg viewBox=\"0 0 400 90\" style=\"display:block;width:100%;max-width:36em\" role=\"img\" aria-label=\"histogram\">"
    );
    for (at, bar) in bars.iter().enumerate() {
        let height = 80.0 * bar.count / most;
        let (x, width) = (400.0 * at as f64 / bars.len() as f64, 400.0 / bars.len() as f64 - 1.0);
        put!(
            page,
            "<rect fill=\"#2e8b57\" x=\"",
            { format_args!("{x:.1}") },
            "\" y=\"",
            { format_args!("{:.1}", 85.0 - height) },
            "\" width=\"",
            { format_args!("{width:.1}") },
            "\" height=\"",
            { format_args!("{height:.1}") },
            "\"><title>",
            { tonnes(bar.lower) },
            " to ",
            { tonnes(bar.upper) },
            " t</title></rect>"
        );
    }
    put!(page, "</svg>");
    page.raw(TABLE);
    put!(page, "<tr>");
    for head in ["t CO2e", "point", "mean", "sd", "2.5 %", "median", "97.5 %"] {
        page.raw(RIGHT);
        put!(page, "<b>", { head }, "</b></td>");
    }
    put!(page, "</tr>");
    for total in &simulated.range.totals {
        let s = &total.simulated;
        put!(page, "<tr>");
        page.raw(LEFT);
        put!(page, { total.name }, "</td>");
        page.raw(RIGHT);
        put!(page, { shown(total.point, In::Thousands, PLACES) }, "</td>");
        for value in [s.mean(), s.sd(), s.quantile(0.025), s.quantile(0.5), s.quantile(0.975)] {
            page.raw(RIGHT);
            put!(page, { tonnes(value) }, "</td>");
        }
        put!(page, "</tr>");
    }
    put!(page, "</table>");
    list(&mut page, "Caveats", simulated.range.caveats.clone());
    put!(page, "</div>");
    Ok(page.into_string())
}

/// Returns a score with its terms.
pub fn score_html(score: &Score) -> String {
    let mut page = Page::default();
    page.raw(OPEN);
    put!(page, "<b>Sustainability score</b> ");
    match &score.value {
        Some(value) => {
            put!(page, { short(value) });
        }
        None => {
            put!(page, "none: ", { short(&score.coverage) }, " of the weight has data");
        }
    }
    page.raw(TABLE);
    for term in &score.terms {
        put!(page, "<tr>");
        page.raw(LEFT);
        put!(page, { term.name.as_str() }, "</td>");
        page.raw(RIGHT);
        match (&term.value, term.state) {
            (Some(value), _) => {
                put!(page, { short(value) });
            }
            (None, TermState::NotApplicable) => {
                put!(page, "not applicable");
            }
            (None, _) => {
                put!(page, "missing");
            }
        }
        put!(page, "</td>");
        page.raw(LEFT);
        put!(page, { term.name.unit() }, "</td>");
        page.raw(RIGHT);
        put!(page, "weight ", { short(&term.effective_weight) }, "</td></tr>");
    }
    put!(page, "</table></div>");
    page.into_string()
}
