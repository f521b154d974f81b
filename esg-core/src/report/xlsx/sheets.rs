//! The sheets of numbers.

use rust_xlsxwriter::XlsxError;

use super::{Book, Value, cut, maybe, text};
use crate::report::breakdown::{Breakdown, Group};
use crate::report::document::{Document, DocumentInstrument, GasLine, ScopeThreeLine};

pub(super) fn state(state: crate::aggregate::State) -> Value {
    let name = serde_json::to_value(state).ok().and_then(|v| v.as_str().map(str::to_owned));
    text(name.unwrap_or_default().replace('_', " "))
}

pub(super) fn summary(book: &mut Book, document: &Document) -> Result<(), XlsxError> {
    const TOP: u32 = 5;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for line in &document.summary {
        let unit = text("t CO2e");
        rows.push(vec![
            text(line.name),
            Value::Thousands(line.co2e_kg),
            unit,
            Value::Exact(line.co2e_kg),
            text("kg CO2e"),
            state(line.state),
        ]);
    }
    let outside = document.outside;
    for (name, amount, shown_in, exact_in) in [
        ("Energy stated in units of energy", outside.energy_kwh, "MWh", "kWh"),
        ("Water withdrawn", outside.water_litres, "m3", "L"),
        ("CO2 from biomass, outside of the scopes", outside.biogenic_co2_kg, "t CO2", "kg CO2"),
    ] {
        let (shown, exact) = (Value::Thousands(amount), Value::Exact(amount));
        rows.push(vec![
            text(name),
            shown,
            text(shown_in),
            exact,
            text(exact_in),
            text("outside of the totals"),
        ]);
    }
    let heads = [
        ("Line", 48.0),
        ("Amount", 18.0),
        ("Unit", 10.0),
        ("Exact", 34.0),
        ("Exact unit", 12.0),
        ("State", 24.0),
    ];
    let info = &document.info;
    let period = info.period.map_or_else(|| "period not stated".to_owned(), |p| p.to_string());
    let facts = [
        info.organisation.clone(),
        period,
        format!("{} over {} years", document.method.gwp, document.method.horizon_years),
    ];
    let title = book.styles.title.clone();
    let sheet = book.sheet("Summary", TOP, &heads, rows)?;
    sheet.write_string_with_format(0, 0, cut(&info.title), &title)?;
    for (row, fact) in (1..).zip(&facts) {
        sheet.write_string(row, 0, cut(fact))?;
    }
    Ok(())
}

pub(super) fn scope_three(book: &mut Book, document: &Document) -> Result<(), XlsxError> {
    let heads = [
        ("Category", 10.0),
        ("Name", 46.0),
        ("t CO2e", 18.0),
        ("kg CO2e, exact", 34.0),
        ("State", 16.0),
        ("Rows", 12.0),
        ("Rows missing", 12.0),
    ];
    let row = |line: &ScopeThreeLine| {
        vec![
            Value::Count(line.category.into()),
            text(line.name),
            Value::Thousands(line.co2e_kg),
            Value::Exact(line.co2e_kg),
            state(line.state),
            Value::Count(line.rows_present),
            Value::Count(line.rows_missing),
        ]
    };
    book.sheet("Scope 3", 0, &heads, document.scope3.iter().map(row).collect())?;
    Ok(())
}

pub(super) fn gases(book: &mut Book, document: &Document) -> Result<(), XlsxError> {
    let heads = [
        ("Scope", 14.0),
        ("Gas", 18.0),
        ("Mass, kg", 18.0),
        ("Mass, kg, exact", 34.0),
        ("t CO2e", 18.0),
        ("kg CO2e, exact", 34.0),
    ];
    let row = |line: &GasLine| {
        let co2e = Some(line.co2e_kg);
        vec![
            text(&line.scope),
            text(&line.gas),
            Value::Units(line.mass_kg),
            Value::Exact(line.mass_kg),
            Value::Thousands(co2e),
            Value::Exact(co2e),
        ]
    };
    book.sheet("Gases", 0, &heads, document.gases.iter().map(row).collect())?;
    Ok(())
}

pub(super) fn groups(book: &mut Book, number: usize, breakdown: &Breakdown) -> Result<(), XlsxError> {
    let name = match breakdown.dimension.as_str() {
        "month" => "Monthly".to_owned(),
        "activity" => "Activities".to_owned(),
        // A tag's name may hold letters that a sheet's may not.
        tag if tag.starts_with("tag:") => format!("By tag {}", number + 1),
        other => format!("By {other}"),
    };
    let heads = [
        (breakdown.dimension.as_str(), 36.0),
        ("Scope 1, t CO2e", 18.0),
        ("Scope 2 location, t CO2e", 18.0),
        ("Scope 2 market, t CO2e", 18.0),
        ("Scope 3, t CO2e", 18.0),
        ("Energy, MWh", 18.0),
        ("Water, m3", 18.0),
        ("Biogenic CO2, t", 18.0),
        ("Scope 1, kg exact", 30.0),
        ("Scope 2 location, kg exact", 30.0),
        ("Scope 2 market, kg exact", 30.0),
        ("Scope 3, kg exact", 30.0),
    ];
    let row = |g: &Group| {
        let scopes = [g.scope1_kg, g.scope2_location_kg, g.scope2_market_kg, g.scope3_kg];
        let beside = [g.outside.energy_kwh, g.outside.water_litres, g.outside.biogenic_co2_kg];
        let mut row = vec![maybe(&g.name)];
        row.extend(scopes.into_iter().chain(beside).map(Value::Thousands));
        row.extend(scopes.into_iter().map(Value::Exact));
        row
    };
    book.sheet(&name, 0, &heads, breakdown.groups.iter().map(row).collect())?;
    Ok(())
}

pub(super) fn indicators(book: &mut Book, document: &Document) -> Result<(), XlsxError> {
    let heads = [
        ("Indicator", 44.0),
        ("Value", 26.0),
        ("Unit", 20.0),
        ("Weight given", 16.0),
        ("Weight used", 16.0),
        ("Note", 60.0),
    ];
    let info = &document.info;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for kpi in &info.kpis {
        rows.push(vec![
            text(&kpi.name),
            maybe(&kpi.value),
            text(&kpi.unit),
            text(""),
            text(""),
            text(&kpi.note),
        ]);
    }
    if let Some(score) = &info.score {
        rows.push(vec![
            text(&score.name),
            maybe(&score.value),
            text(""),
            text(""),
            text(""),
            text(&score.note),
        ]);
        for term in &score.terms {
            let name = format!("{}: {}", score.name, term.name);
            let (raw, used) = (text(&term.raw_weight), text(&term.effective_weight));
            rows.push(vec![text(name), maybe(&term.value), text(""), raw, used, text(&term.note)]);
        }
    }
    book.sheet("Indicators", 0, &heads, rows)?;
    let heads = [
        ("Instrument", 30.0),
        ("Market", 12.0),
        ("From", 14.0),
        ("To", 14.0),
        ("kg CO2e/kWh", 16.0),
        ("Used, kWh exact", 30.0),
        ("Unused, kWh exact", 30.0),
    ];
    let row = |line: &DocumentInstrument| {
        let i = &line.instrument;
        let (start, end) = (text(i.start.to_string()), text(i.end.to_string()));
        let (used, unused) = (Value::Exact(Some(line.used_kwh)), Value::Exact(Some(line.unused_kwh)));
        vec![text(&i.id), text(&i.market), start, end, text(i.co2e_kg_per_kwh.to_string()), used, unused]
    };
    book.sheet("Instruments", 0, &heads, document.instruments.iter().map(row).collect())?;
    Ok(())
}
