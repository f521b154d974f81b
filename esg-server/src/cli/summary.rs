//! An account on a terminal: what a person wants to see first, in one screen.

use std::collections::HashMap;

use esg_core::account::{Account, Refused};
use esg_core::aggregate::State;
use esg_core::ghg::GhgError;
use esg_core::kpi::Kpi;
use esg_core::report::{Document, In, shown};
use esg_core::score::State as TermState;
use esg_core::{Amount, Decimal};

use super::output::{bold, table};

/// Most kinds of refused rows that are shown, each with its first row.
pub const REFUSED_SHOWN: usize = 20;
/// Most caveats that are shown.
const CAVEATS_SHOWN: usize = 8;
/// Most tenants whose key figures are shown.
const TENANTS_SHOWN: usize = 8;
/// Digits after the point of tonnes.
const PLACES: u32 = 3;

/// Tonnes with commas, or what stands in their place.
fn tonnes(amount: Option<Amount>, state: State) -> String {
    match (amount, state) {
        (Some(amount), _) => shown(amount, In::Thousands, PLACES),
        (None, State::NotApplicable) => "not applicable".to_owned(),
        (None, _) => "missing".to_owned(),
    }
}

fn remark(state: State) -> String {
    if state == State::Partial { "some rows are missing" } else { "" }.to_owned()
}

/// A whole number with commas.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Scopes, totals and categories that have numbers.
pub fn inventory(document: &Document) -> String {
    let mut rows = vec![vec!["Inventory".to_owned(), "t CO2e".to_owned(), String::new()]];
    for line in &document.summary {
        rows.push(vec![line.name.to_owned(), tonnes(line.co2e_kg, line.state), remark(line.state)]);
        if line.id == "scope3" {
            let there = document.scope3.iter().filter(|c| c.co2e_kg.is_some());
            rows.extend(there.map(|c| {
                let name = format!("  {}. {}", c.category, c.name);
                vec![name, tonnes(c.co2e_kg, c.state), remark(c.state)]
            }));
        }
    }
    let outside = &document.outside;
    for (name, amount, unit) in [
        ("CO2 from biomass, outside", outside.biogenic_co2_kg, "t CO2"),
        ("Energy", outside.energy_kwh, "MWh"),
        ("Water", outside.water_litres, "m3"),
    ] {
        if let Some(amount) = amount {
            rows.push(vec![name.to_owned(), shown(amount, In::Thousands, PLACES), unit.to_owned()]);
        }
    }
    table(&rows, &[1])
}

/// A decimal to `digits` significant digits.
fn short(value: &Decimal, digits: u32) -> String {
    let ratio = esg_core::ratio::Ratio::from(*value);
    ratio.to_decimal(digits).map_or_else(|_| value.to_string(), |decimal| decimal.to_string())
}

/// Key figures.
pub fn figures(account: &Account) -> String {
    if account.kpis.is_empty() {
        return String::new();
    }
    let mut rows = vec![vec!["Key figures".to_owned(), String::new(), String::new(), String::new()]];
    let mut tenants: Vec<&str> = account.kpis.iter().filter_map(|kpi| kpi.tenant.as_deref()).collect();
    tenants.sort_unstable();
    tenants.dedup();
    let unseen = tenants.split_off(tenants.len().min(TENANTS_SHOWN));
    let seen = |kpi: &&Kpi| kpi.tenant.as_deref().is_none_or(|tenant| tenants.contains(&tenant));
    rows.extend(account.kpis.iter().filter(seen).map(|kpi| {
        let name = match &kpi.tenant {
            Some(tenant) => format!("{} {tenant}", kpi.name),
            None => kpi.name.to_owned(),
        };
        let lost = kpi.id.starts_with("co2e") || ["cue", "sci"].contains(&kpi.id);
        let note = account.incomplete_note(kpi.vertical).filter(|_| lost).unwrap_or_default();
        let value = kpi.value.as_ref().map_or_else(|_| "no value".to_owned(), |value| short(value, 5));
        let unit = if kpi.unit == "1" { "" } else { kpi.unit };
        vec![name, value, unit.to_owned(), note]
    }));
    let mut text = table(&rows, &[1]);
    if !unseen.is_empty() {
        let (more, word) = (unseen.len(), if unseen.len() == 1 { "tenant" } else { "tenants" });
        text.push_str(&format!("  and {} more {word} in the report\n", count(more as u64)));
    }
    text
}

/// The score in two lines.
pub fn score(account: &Account) -> String {
    let Some(score) = &account.score else { return String::new() };
    match score {
        Err(error) => format!("  {}  none: {error}\n", bold("Score")),
        Ok(score) => {
            let terms: Vec<String> = score
                .terms
                .iter()
                .map(|term| match (&term.value, term.state) {
                    (Some(value), _) => {
                        let (value, weight) = (value.to_decimal(4), term.effective_weight.to_decimal(3));
                        let text = |d: Result<Decimal, _>| d.map_or_else(|_| "?".into(), |d| d.to_string());
                        format!("{} {} x {}", term.name, text(value), text(weight))
                    }
                    (None, TermState::NotApplicable) => format!("{} not applicable", term.name),
                    (None, _) => format!("{} missing", term.name),
                })
                .collect();
            let value = match &score.value {
                Some(value) => value.to_decimal(5).map_or_else(|_| value.to_string(), |d| d.to_string()),
                None => "none, because a term is missing".to_owned(),
            };
            format!("  {}  {value}\n  = {}\n", bold("Score"), terms.join(" + "))
        }
    }
}

/// What a reader must know, the gravest first.
pub fn caveats(document: &Document) -> String {
    if document.caveats.is_empty() {
        return String::new();
    }
    let mut text = format!("  {}\n", bold("Caveats"));
    for caveat in document.caveats.iter().take(CAVEATS_SHOWN) {
        text.push_str(&format!("  - {}\n", cut(&caveat.message, 150)));
    }
    if let Some(more @ 1..) = document.caveats.len().checked_sub(CAVEATS_SHOWN) {
        text.push_str(&format!("  - and {more} more in the report\n"));
    }
    text
}

/// Rows that are in no total, those of one reason together, at most `most` reasons; `all_of_them` says where the rest is.
pub fn refused(account: &Account, most: usize, all_of_them: &str) -> String {
    if account.refused.is_empty() {
        return String::new();
    }
    let all = account.refused.len();
    let mut text = format!("  {} ({} in no total)\n", bold("Refused rows"), count(all as u64));
    // Rows that were refused for one reason are one line.
    let mut kinds: Vec<(&Refused, u64)> = Vec::new();
    let mut index: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for row in &account.refused {
        let key = (&*row.source, row.rejection.code, row.rejection.field.as_str());
        let at = *index.entry(key).or_insert(kinds.len());
        match kinds.get_mut(at) {
            Some((_, rows)) => *rows += 1,
            None => kinds.push((row, 1)),
        }
    }
    for (row, rows) in kinds.iter().take(most) {
        let r = &row.rejection;
        let like = if *rows > 1 { format!(" (and {} like it)", count(rows - 1)) } else { String::new() };
        let message = cut(&r.message, 110);
        text.push_str(&format!("  {}:{} [{}] {message}{like}\n", cut(&row.source, 40), r.line, r.code));
    }
    let rest: u64 = kinds.iter().skip(most).map(|(_, rows)| rows).sum();
    if rest > 0 {
        text.push_str(&format!("  and {} more; {all_of_them}\n", count(rest)));
    }
    text
}

/// Sums by the dimensions that were asked for, one table for each method of scope 2.
pub fn groups(account: &Account, dimensions: &[String]) -> Result<String, GhgError> {
    if dimensions.is_empty() {
        return Ok(String::new());
    }
    let names: Vec<&str> = dimensions.iter().map(String::as_str).collect();
    let method = if names.contains(&"scope") { None } else { Some("location") };
    let groups = account.inventory.by(&names, method)?;
    let mut header = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    header.push(if method.is_some() { "t CO2e, location-based" } else { "t CO2e" }.to_owned());
    let mut rows = vec![header];
    rows.extend(groups.iter().map(|group| {
        let mut row: Vec<String> =
            group.key.iter().map(|word| word.as_deref().map_or_else(|| "-".into(), |w| cut(w, 60))).collect();
        row.push(shown(group.co2e_kg, In::Thousands, PLACES));
        row
    }));
    Ok(table(&rows, &[names.len()]))
}

/// Text of other people on one line: cut, and without control characters, which could write over the screen.
fn cut(text: &str, chars: usize) -> String {
    let clean: String = text
        .chars()
        .map(|c| {
            if c.is_control()
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c)
            {
                ' '
            } else {
                c
            }
        })
        .collect();
    match clean.char_indices().nth(chars) {
        Some((end, _)) => format!("{}...", &clean[..end]),
        None => clean,
    }
}
