//! The sheets that lead from a number back to where it came from.

use rust_xlsxwriter::XlsxError;

use super::sheets::state;
use super::{Book, MAX_ROWS, Value, maybe, text};
use crate::report::document::Document;
use crate::report::evidence::uncertainty;

pub(super) fn factors(book: &mut Book, document: &Document) -> Result<(), XlsxError> {
    let heads = [
        ("Factor", 52.0),
        ("Name", 44.0),
        ("Holds for", 14.0),
        ("Boundary", 16.0),
        ("Values as published", 30.0),
        ("Per", 14.0),
        ("GWP", 10.0),
        ("Source", 44.0),
        ("Uncertainty", 40.0),
        ("Verification", 16.0),
        ("Fallbacks", 20.0),
        ("Set", 24.0),
        ("Publisher", 36.0),
        ("Licence", 24.0),
        ("Attribution", 60.0),
        ("Set digest", 66.0),
        ("Rows", 12.0),
    ];
    let rows = document.factors.iter().map(|(id, f)| {
        vec![
            text(id),
            text(&f.name),
            text(&f.geography),
            text(&f.boundary),
            text(f.values.join("; ")),
            text(&f.per),
            maybe(&f.gwp),
            text(&f.source),
            text(uncertainty(f.uncertainty.as_ref())),
            text(&f.verification),
            text(f.fallbacks.join(", ")),
            text(&f.set),
            text(&f.authority),
            text(&f.licence),
            text(&f.attribution),
            text(&f.digest),
            Value::Count(f.rows),
        ]
    });
    book.sheet("Factors", 0, &heads, rows.collect())?;
    Ok(())
}

pub(super) fn coverage(book: &mut Book, document: &Document) -> Result<(), XlsxError> {
    let heads = [
        ("Scope", 14.0),
        ("State", 16.0),
        ("Rows", 12.0),
        ("Rows missing", 14.0),
        ("Code", 26.0),
        ("Reason", 90.0),
        ("Rows of reason", 14.0),
    ];
    let mut rows = Vec::new();
    for line in &document.coverage {
        let (present, missing) = (line.rows_present, line.rows_missing);
        let first =
            || vec![text(&line.scope), state(line.state), Value::Count(present), Value::Count(missing)];
        for reason in &line.reasons {
            let mut row = first();
            row.extend([text(reason.code), text(&reason.message), Value::Count(reason.rows)]);
            rows.push(row);
        }
        if line.reasons.is_empty() {
            rows.push(first());
        }
    }
    book.sheet("Coverage", 0, &heads, rows)?;
    let heads = [("Code", 28.0), ("Caveat", 110.0), ("Rows", 12.0)];
    let caveats = document.caveats.iter().map(|c| vec![text(c.code), text(&c.message), Value::Count(c.rows)]);
    book.sheet("Caveats", 0, &heads, caveats.collect())?;
    let heads = [
        ("Kind", 16.0),
        ("Source", 30.0),
        ("Line or event", 14.0),
        ("Field or activity", 30.0),
        ("Code", 26.0),
        ("Message", 90.0),
    ];
    let rejected = document.info.rejected.iter().map(|r| {
        let at = [text("rejected"), text(&r.source), Value::Count(r.line)];
        at.into_iter().chain([maybe(&r.field), text(&r.code), text(&r.message)]).collect()
    });
    let uncalculated = document.uncalculated.iter().map(|u| {
        vec![
            text("uncalculated"),
            text(""),
            Value::Count(u.event.into()),
            text(&u.activity),
            text(u.code),
            text(&u.message),
        ]
    });
    book.sheet("Rows left out", 0, &heads, rejected.chain(uncalculated).take(MAX_ROWS).collect())?;
    Ok(())
}

/// Each cell with its factor, the factor's set and digest, and how units were converted.
pub(super) fn lineage(book: &mut Book, document: &Document) -> Result<(), XlsxError> {
    let tags = document.method.options["dimensions"]["tags"].as_array().cloned().unwrap_or_default();
    let tags: Vec<String> = tags.iter().filter_map(|t| t.as_str()).map(|t| format!("tag:{t}")).collect();
    let mut heads = vec![
        ("Scope", 12.0),
        ("Category", 10.0),
        ("Measure", 16.0),
        ("Activity", 34.0),
        ("Vertical", 20.0),
        ("Source", 20.0),
        ("Site", 20.0),
        ("Region", 14.0),
        ("Period", 12.0),
    ];
    heads.extend(tags.iter().map(|t| (t.as_str(), 18.0)));
    heads.extend([
        ("Mass", 16.0),
        ("Mass, exact", 32.0),
        ("Unit", 8.0),
        ("kg CO2e", 18.0),
        ("kg CO2e, exact", 32.0),
        ("Lines", 10.0),
        ("Factor", 52.0),
        ("Set", 24.0),
        ("Set digest", 66.0),
        ("Conversion", 36.0),
    ]);
    let rows = document.cells.iter().map(|cell| {
        let factor = cell.factor.as_ref().and_then(|f| document.factors.get(f));
        let mut row = vec![
            text(&cell.scope),
            text(cell.category.map(|c| c.to_string()).unwrap_or_default()),
            text(&cell.measure),
            maybe(&cell.activity),
            maybe(&cell.vertical),
            maybe(&cell.source),
            maybe(&cell.site),
            maybe(&cell.region),
            maybe(&cell.period),
        ];
        row.extend(cell.tags.iter().map(maybe));
        row.extend([
            Value::Units(cell.mass),
            Value::Exact(cell.mass),
            text(cell.unit),
            Value::Units(cell.co2e_kg),
            Value::Exact(cell.co2e_kg),
            Value::Count(cell.rows),
            maybe(&cell.factor),
            text(factor.map(|f| f.set.clone()).unwrap_or_default()),
            text(factor.map(|f| f.digest.clone()).unwrap_or_default()),
            text(factor.map(|f| f.conversions.join("; ")).unwrap_or_default()),
        ]);
        row
    });
    book.sheet("Lineage", 0, &heads, rows.collect())?;
    Ok(())
}

/// One row for each product of each line, where the inventory kept lines.
pub(super) fn lines(book: &mut Book, document: &Document) -> Result<(), XlsxError> {
    if document.lines.total == 0 {
        return Ok(());
    }
    let heads = [
        ("Event row", 12.0),
        ("Day", 12.0),
        ("Activity", 34.0),
        ("Scope", 12.0),
        ("Measure", 16.0),
        ("Quantity", 24.0),
        ("Conversion", 30.0),
        ("Factors", 60.0),
        ("Mass, exact", 32.0),
        ("kg CO2e", 18.0),
        ("kg CO2e, exact", 32.0),
    ];
    let rows = document.lines.listed.iter().take(MAX_ROWS).map(|l| {
        vec![
            Value::Count(l.event.into()),
            text(l.day.to_string()),
            text(&l.activity),
            text(&l.scope),
            text(&l.measure),
            text(l.quantity.to_string()),
            text(&l.conversion),
            text(l.factors.join("; ")),
            Value::Exact(l.mass),
            Value::Units(l.co2e_kg),
            Value::Exact(l.co2e_kg),
        ]
    });
    book.sheet("Lines", 0, &heads, rows.collect())?;
    Ok(())
}

pub(super) fn method(book: &mut Book, document: &Document) -> Result<(), XlsxError> {
    let (info, counts) = (&document.info, document.counts);
    let stated = |t: &str| text(if t.is_empty() { "not stated" } else { t });
    let mut rows = vec![
        vec![text("Organisation"), stated(&info.organisation)],
        vec![text("Period"), stated(&info.period.map(|p| p.to_string()).unwrap_or_default())],
        vec![text("Boundary"), stated(&info.boundary_statement)],
        vec![text("Base year"), stated(&info.base_year)],
        vec![text("Left out"), stated(&info.exclusions)],
        vec![text("Prepared by"), stated(&info.prepared_by)],
        vec![text("Prepared at"), stated(&info.created.map(|c| c.to_string()).unwrap_or_default())],
    ];
    rows.extend(document.method.statements.iter().map(|s| vec![text(s.topic), text(&s.text)]));
    let listed = document.lines.listed.len().min(MAX_ROWS);
    let digests = &info.digests;
    rows.extend([
        vec![text("Rows rejected when they came in"), Value::Count(counts.rejected)],
        vec![text("Lines kept"), Value::Count(document.lines.total)],
        vec![text("Products of lines on the sheet Lines"), Value::Count(listed as u64)],
        vec![text("Digest of the events"), stated(digests.events.as_deref().unwrap_or_default())],
        vec![text("Digest of the factor lock"), stated(digests.factors_lock.as_deref().unwrap_or_default())],
        vec![text("Digest of the options"), stated(digests.options.as_deref().unwrap_or_default())],
        vec![text("Seed"), stated(digests.seed.as_deref().unwrap_or_default())],
        vec![text("Checkpoint"), stated(info.checkpoint.as_deref().unwrap_or_default())],
        vec![text("Options"), text(document.method.options.to_string())],
    ]);
    book.sheet("Method", 0, &[("Topic", 36.0), ("Statement", 120.0)], rows)?;
    Ok(())
}
