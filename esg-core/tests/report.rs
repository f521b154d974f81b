//! Reports: the same numbers in four formats, by hand from published factors, and nothing that data could break out of.

mod common;

use esg_core::Amount;
use esg_core::activity::{Activity, ActivityBatch, Basis, NONE};
use esg_core::aggregate::{Engine, Instrument, InstrumentKind, Inventory, Options, State, Total};
use esg_core::factor::Registry;
use esg_core::report::{Digests, Format, KpiLine, RejectedRow, Report, ReportInfo, ScoreLine, ScoreTerm};
use esg_core::time::Period;

/// Activity, quantity, unit, region, day, site.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

const ROWS: [Row<'static>; 6] = [
    ("fuel.diesel", "1000", "L", "GB", "2025-01-15", "Leeds"),
    ("electricity.grid", "10000", "kWh", "GB", "2025-02-10", "Leeds"),
    ("electricity.grid", "1", "MWh", "US-CAMX", "2025-02-11", "San Jose"),
    ("refrigerant.HFC-134a", "2", "kg", "GB", "2025-03-01", "Leeds"),
    ("water.supply", "3", "m3", "GB", "2025-03-02", "Leeds"),
    ("fuel.unobtainium", "7", "L", "GB", "2025-03-03", "Leeds"),
];

fn push(batch: &mut ActivityBatch, (activity, quantity, unit, region, day, site): Row<'_>, event: u32) {
    let row = Activity {
        activity,
        quantity: quantity.parse().unwrap(),
        unit,
        timestamp: format!("{day}T12:00:00Z").parse().unwrap(),
        region: Some(region).filter(|r| !r.is_empty()),
        site: Some(site),
        source: "meter-1",
        vertical: "general",
        scope: None,
        category: None,
        basis: Basis::Measured,
        event,
    };
    batch.push(&row, NONE);
}

fn batch(rows: &[(u32, Row<'_>)]) -> ActivityBatch {
    let mut batch = ActivityBatch::default();
    for (event, row) in rows {
        push(&mut batch, *row, *event);
    }
    batch
}

fn options() -> Options {
    let day = |text: &str| text.parse().unwrap();
    Options {
        period: Some(Period::new(day("2025-01-01"), day("2025-12-31")).unwrap()),
        not_applicable: vec![14, 15],
        // 4 MWh of renewable energy in Great Britain in the first quarter.
        instruments: vec![Instrument {
            id: "REGO-1".into(),
            kind: InstrumentKind::Certificate,
            market: "GB".into(),
            start: day("2025-01-01"),
            end: day("2025-03-31"),
            energy_kwh: "4000".parse().unwrap(),
            co2e_kg_per_kwh: "0".parse().unwrap(),
        }],
        ..Options::new("AR5").unwrap()
    }
}

fn engine(keep_lines: bool) -> Engine {
    Engine::new(Registry::built_in(), Options { keep_lines, ..options() }).unwrap()
}

fn numbered() -> Vec<(u32, Row<'static>)> {
    (1..).zip(ROWS).collect()
}

fn inventory(keep_lines: bool) -> Inventory {
    engine(keep_lines).calculate(&batch(&numbered())).unwrap()
}

fn info() -> ReportInfo {
    ReportInfo {
        organisation: "Example Ltd".into(),
        boundary_statement: "Operational control".into(),
        prepared_by: "Sustainability office".into(),
        created: Some("2026-02-01T09:30:00Z".parse().unwrap()),
        kpis: vec![KpiLine {
            id: "pue".into(),
            name: "Power usage effectiveness".into(),
            value: Some("1.15".into()),
            ..KpiLine::default()
        }],
        score: Some(ScoreLine {
            name: "Sustainability score".into(),
            value: Some("3.41729".into()),
            note: "not comparable between companies".into(),
            terms: vec![ScoreTerm { name: "data centre".into(), ..ScoreTerm::default() }],
        }),
        rejected: vec![RejectedRow {
            source: "meters.csv".into(),
            line: 12,
            field: Some("quantity".into()),
            code: "decimal.syntax".into(),
            message: "\"1,5\" is no decimal".into(),
        }],
        digests: Digests { events: Some("ab".repeat(32)), ..Digests::default() },
        checkpoint: Some("example.com/log\n6\n".into()),
        ..ReportInfo::default()
    }
}

fn report(keep_lines: bool) -> Report {
    Report::of(&inventory(keep_lines), info()).unwrap()
}

fn text(report: &Report, format: Format) -> String {
    String::from_utf8(report.render(format).unwrap()).unwrap()
}

fn records(csv: &str) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn the_summary_is_the_arithmetic_of_published_factors() {
    let report = report(false);
    let line = |id: &str| {
        let line = report.document().summary_line(id).unwrap();
        (line.state, line.co2e_kg.map(|a| a.to_string()).unwrap_or_default())
    };
    // DESNZ 2025: diesel 2.57082 kg/L x 1000; HFC-134a has GWP 1300 (AR5) x 2 kg.
    assert_eq!(line("scope1"), (State::Present, "5170.82".into()));
    // DESNZ 2025: 0.177 kg/kWh x 10,000. eGRID 2023 CAMX: (428.464 + 0.025 x 28 + 0.003 x 265) lb x 0.45359237 kg/lb
    // = 195.02612181283 kg.
    assert_eq!(line("scope2_location"), (State::Present, "1965.02612181283".into()));
    // Neither grid has a residual mix; the certificate of 4 MWh gives 0 kg, which is a number and no gap.
    assert_eq!(line("scope2_market"), (State::Partial, "0".into()));
    // 3.3: 611.01 diesel WTT + 10,000 x (0.0459 + 0.01853 + 0.00397); 3.1: water 3 x 0.1913. The rest is missing.
    let category = |n: usize| report.document().scope3[n - 1].clone();
    assert_eq!(category(1).co2e_kg.unwrap().to_string(), "0.5739");
    assert_eq!((category(14).state, category(14).co2e_kg), (State::NotApplicable, None));
    assert_eq!((category(6).state, category(6).co2e_kg), (State::Missing, None));
    assert_eq!(line("scope3").0, State::Partial);
    assert_eq!(line("total_location").0, State::Partial);
    assert_eq!(report.document().outside.water_litres.unwrap().to_string(), "3000");
}

#[test]
fn totals_hold_one_method_of_scope_two_and_never_both() {
    let report = report(false);
    let of = |id: &str| report.document().summary_line(id).unwrap().co2e_kg.unwrap();
    let sum = |two: &str| Amount::sum([of("scope1"), of(two), of("scope3")]).unwrap();
    assert_eq!(of("total_location"), sum("scope2_location"));
    assert_eq!(of("total_market"), sum("scope2_market"));
}

#[test]
fn every_breakdown_adds_up_to_the_totals() {
    let (inventory, report) = (inventory(false), report(false));
    for breakdown in &report.document().breakdowns {
        let sum = |part: fn(&esg_core::report::Group) -> Option<Amount>| {
            Amount::sum(breakdown.groups.iter().filter_map(part)).unwrap()
        };
        let total = |which| inventory.subtotal(which).unwrap();
        assert_eq!(sum(|g| g.scope1_kg), total(Total::ScopeOne), "{}", breakdown.dimension);
        assert_eq!(sum(|g| g.scope2_location_kg), total(Total::ScopeTwoLocation), "{}", breakdown.dimension);
        assert_eq!(sum(|g| g.scope2_market_kg), total(Total::ScopeTwoMarket), "{}", breakdown.dimension);
        assert_eq!(sum(|g| g.scope3_kg), total(Total::ScopeThree), "{}", breakdown.dimension);
        assert_eq!(sum(|g| g.outside.energy_kwh), inventory.energy_kwh().unwrap(), "{}", breakdown.dimension);
    }
}

#[test]
fn the_same_inventory_gives_the_same_bytes_in_every_format() {
    let first = report(true);
    let second = report(true);
    for format in Format::ALL {
        assert_eq!(first.render(format), second.render(format), "{format}");
        assert_eq!(first.render(format), first.render(format), "{format}");
    }
}

#[test]
fn the_order_of_rows_and_their_parts_do_not_show_in_the_report() {
    let whole = report(false);
    let mut rows = numbered();
    rows.reverse();
    let reversed = engine(false).calculate(&batch(&rows)).unwrap();
    let mut merged = engine(false).calculate(&batch(&rows[..2])).unwrap();
    merged.merge(engine(false).calculate(&batch(&rows[2..])).unwrap()).unwrap();
    for other in [reversed, merged] {
        let other = Report::of(&other, info()).unwrap();
        for format in Format::ALL {
            assert_eq!(whole.render(format), other.render(format), "{format}");
        }
    }
}

#[test]
fn json_is_canonical_and_read_back_it_is_the_same() {
    let json = text(&report(true), Format::Json);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let mut again = String::new();
    sorted(&value, &mut again);
    assert_eq!(json, again);
    assert_eq!(value["schema"], "esg.report/1");
    assert_eq!(value["summary"][0]["co2e_kg"], "5170.82");
    assert_eq!(value["summary"][0]["state"], "present");
    assert_eq!(value["scope3"][5]["co2e_kg"], serde_json::Value::Null);
    assert_eq!(value["period"]["start"], "2025-01-01");
    assert_eq!(value["created"], "2026-02-01T09:30:00Z");
    assert_eq!(value["instruments"][0]["used_kwh"], "4000");
    assert_eq!(value["uncalculated"][0]["event"], 6);
}

/// Writes with names sorted by UTF-16, as RFC 8785 asks.
fn sorted(value: &serde_json::Value, out: &mut String) {
    use serde_json::Value::{Array, Object};
    match value {
        Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                sorted(item, out);
            }
            out.push(']');
        }
        Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by_key(|name| name.encode_utf16().collect::<Vec<_>>());
            out.push('{');
            for (i, name) in names.into_iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                out.push_str(&serde_json::to_string(name).unwrap());
                out.push(':');
                sorted(&members[name], out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[test]
fn csv_read_back_adds_up_to_the_totals_to_the_last_digit() {
    let csv = text(&report(false), Format::Csv);
    assert!(csv.lines().count() > 10 && csv.matches('\n').count() == csv.matches("\r\n").count());
    let inventory = inventory(false);
    let sum = |scope: &str| {
        let amounts = records(&csv).into_iter().filter(|r| r["scope"] == scope).map(|r| r["co2e_kg"].clone());
        Amount::sum(amounts.map(|a| Amount::from_kg(a.parse().unwrap()).unwrap())).unwrap()
    };
    assert_eq!(sum("1"), inventory.total(Total::ScopeOne).unwrap());
    assert_eq!(sum("2 location"), inventory.total(Total::ScopeTwoLocation).unwrap());
    assert_eq!(sum("2 market"), inventory.subtotal(Total::ScopeTwoMarket).unwrap());
    assert_eq!(sum("3"), inventory.total(Total::ScopeThree).unwrap());
    let energy = records(&csv).into_iter().filter(|r| r["measure"] == "energy");
    let energy: Vec<_> =
        energy.map(|r| (r["mass"].clone(), r["mass_unit"].clone(), r["co2e_kg"].clone())).collect();
    let row = |mass: &str| (mass.to_owned(), "kWh".to_owned(), String::new());
    assert_eq!(energy, [row("10000"), row("1000")]);
}

#[test]
fn a_tag_is_a_column_of_its_own() {
    let mut batch = batch(&numbered()[..1]);
    batch.tag_sets.push(vec![("unit".into(), "=north".into())]);
    batch.tags[0] = 0;
    let mut options = options();
    options.dimensions.tags = vec!["unit".into()];
    let inventory = Engine::new(Registry::built_in(), options).unwrap().calculate(&batch).unwrap();
    let report = Report::of(&inventory, info()).unwrap();
    assert!(records(&text(&report, Format::Csv)).iter().all(|r| r["tag:unit"] == "'=north"));
    assert_eq!(report.document().breakdown("tag:unit").unwrap().groups[0].name.as_deref(), Some("=north"));
    assert!(report.render(Format::Html).is_ok());
    assert_eq!(report.render(Format::Xlsx).is_ok(), cfg!(feature = "xlsx"));
}

/// The names of all elements of a page, and the values of attributes that could load something.
fn elements(html: &str) -> Vec<&str> {
    let name = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let tags = html.split('<').skip(1).map(|rest| rest.trim_start_matches(['/', '!']));
    tags.map(|rest| &rest[..name(rest)]).collect()
}

const ELEMENTS: &str = "DOCTYPE html head meta title style body header main footer section nav h1 h2 h3 p a dl dt dd div \
     span small ul li code pre br table caption thead tbody tr th td figure figcaption svg desc rect text line";

fn loads_nothing(html: &str) {
    for element in elements(html) {
        assert!(ELEMENTS.split(' ').any(|known| known == element), "<{element}");
    }
    let style = &html[html.find("<style>").unwrap()..html.find("</style>").unwrap()];
    for load in ["@import", "url(", "@font-face", "//"] {
        assert!(!style.contains(load), "{load}");
    }
    for tag in html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        for load in
            [" src=", " srcset=", " data=", " action=", " xlink:href=", " onload=", " onerror=", " onclick="]
        {
            assert!(!tag.contains(load), "<{tag}>");
        }
        assert!(!tag.contains(" href=") || tag.contains(" href=\"#"), "<{tag}>");
    }
}

#[test]
fn the_page_loads_nothing_and_says_what_is_missing() {
    let html = text(&report(true), Format::Html);
    loads_nothing(&html);
    for said in [
        "5.171 <small>t CO\u{2082}e",
        "1.965 <small>t CO\u{2082}e",
        "1 of 6 rows could not be calculated",
        "market-based scope 2 is incomplete: 7000 kWh",
        "Operational control",
        "Power usage effectiveness",
        "Contains public sector information licensed under the Open Government Licence v3.0.",
        "decimal.syntax",
        "half to even",
    ] {
        assert!(html.contains(said), "{said}");
    }
    // Each link of the contents leads to a section.
    for anchor in html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert_eq!(html.matches(&format!("id=\"{anchor}\"")).count(), 1, "{anchor}");
    }
    for (open, close) in
        [("<table>", "</table>"), ("<tr", "</tr>"), ("<section", "</section>"), ("<svg", "</svg>")]
    {
        assert_eq!(html.matches(open).count(), html.matches(close).count(), "{open}");
    }
}

#[test]
fn an_empty_inventory_is_reported_as_missing_and_not_as_zero() {
    let engine = Engine::new(Registry::built_in(), Options::new("AR6").unwrap()).unwrap();
    let empty = engine.calculate(&ActivityBatch::default()).unwrap();
    let report = Report::of(&empty, ReportInfo::default()).unwrap();
    assert!(report.document().summary.iter().all(|l| l.state == State::Missing && l.co2e_kg.is_none()));
    let html = text(&report, Format::Html);
    loads_nothing(&html);
    assert!(!html.contains("0.000") && html.contains("not stated"), "a zero where there is no number");
    assert_eq!(records(&text(&report, Format::Csv)).len(), 0);
    assert_eq!(report.render(Format::Xlsx).is_ok(), cfg!(feature = "xlsx"));
}

fn naughty() -> (Vec<String>, Report) {
    let strings: Vec<String> = common::cases("hostile_inputs/naughty_strings.json")
        .iter()
        .map(|case| case["string"].as_str().unwrap().to_owned())
        .collect();
    let (mut batch, mut info) = (ActivityBatch::default(), info());
    for (event, s) in (0..).zip(&strings) {
        push(&mut batch, ("fuel.diesel", "-1.5", "L", "GB", "2025-01-15", s), event);
        push(&mut batch, (s, "1", s, s, "2025-01-15", s), event);
        info.rejected.push(RejectedRow {
            source: s.clone(),
            line: 1,
            field: Some(s.clone()),
            code: s.clone(),
            message: s.clone(),
        });
        info.kpis.push(KpiLine {
            id: s.clone(),
            name: s.clone(),
            value: Some(s.clone()),
            unit: s.clone(),
            note: s.clone(),
        });
    }
    let all = strings.concat();
    info.organisation = all.clone();
    info.title = all.clone();
    info.boundary_statement = all.clone();
    info.checkpoint = Some(all.clone());
    info.digests.events = Some(all);
    let inventory = engine(true).calculate(&batch).unwrap();
    (strings, Report::of(&inventory, info).unwrap())
}

#[test]
fn no_string_breaks_out_of_the_page() {
    let (strings, report) = naughty();
    let html = text(&report, Format::Html);
    loads_nothing(&html);
    let escaped =
        |s: &str| s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let plain = |s: &&String| !s.contains('\'') && !s.chars().any(|c| c.is_control());
    let shown = strings.iter().filter(plain).filter(|s| html.contains(&escaped(s))).count();
    assert!(shown > 200, "only {shown} strings are on the page");
}

#[test]
fn no_string_is_a_formula_in_the_table_and_numbers_below_zero_stay_numbers() {
    let (strings, report) = naughty();
    let csv = text(&report, Format::Csv);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let numeric: Vec<bool> = reader
        .headers()
        .unwrap()
        .iter()
        .map(|h| ["mass", "co2e_kg", "rows", "category"].contains(&h))
        .collect();
    let (mut sites, mut negative) = (std::collections::BTreeSet::new(), 0);
    let site = reader.headers().unwrap().iter().position(|h| h == "site").unwrap();
    for record in reader.records().map(Result::unwrap) {
        sites.insert(record[site].to_owned());
        for (cell, numeric) in record.iter().zip(&numeric) {
            if *numeric {
                assert!(cell.is_empty() || cell.parse::<esg_core::Decimal>().is_ok(), "{cell:?}");
                negative += usize::from(cell.starts_with('-'));
            } else {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
            }
        }
    }
    assert!(negative > 300, "{negative} numbers below zero");
    // Each string is there: as it is, or with the apostrophe in front.
    for s in &strings {
        assert!(sites.contains(s) || sites.contains(&format!("'{s}")), "{s:?}");
    }
}

#[test]
fn json_keeps_every_string_as_it_came() {
    let (strings, report) = naughty();
    let value: serde_json::Value = serde_json::from_str(&text(&report, Format::Json)).unwrap();
    let listed = value["kpis"].as_array().unwrap().iter().map(|k| k["name"].as_str().unwrap().to_owned());
    assert_eq!(listed.skip(1).collect::<Vec<_>>(), strings);
}

#[test]
fn an_unknown_format_is_refused_with_the_known_ones() {
    let error = "pdf".parse::<Format>().unwrap_err();
    assert_eq!((error.code(), error.kind()), ("report.format", esg_core::Kind::Invalid));
    assert!(error.to_string().contains("json, csv, html, xlsx"));
    for format in Format::ALL {
        assert_eq!(format.as_str().parse::<Format>().unwrap(), format);
    }
}

#[cfg(not(feature = "xlsx"))]
#[test]
fn a_workbook_is_refused_by_a_build_without_it() {
    assert_eq!(report(false).render(Format::Xlsx).unwrap_err().code(), "report.feature");
}

#[cfg(feature = "xlsx")]
mod workbook {
    use super::*;
    use calamine::{Data, Range, Reader, Xlsx};
    use std::io::Cursor;

    fn open(report: &Report) -> Xlsx<Cursor<Vec<u8>>> {
        Xlsx::new(Cursor::new(report.render(Format::Xlsx).unwrap())).unwrap()
    }

    /// The values of a column below its head.
    fn column(sheet: &Range<Data>, head: &str) -> Vec<Data> {
        let is_head = |d: &Data| matches!(d, Data::String(s) if s == head);
        let top = sheet.rows().position(|row| row.iter().any(is_head)).unwrap();
        let at = sheet.rows().nth(top).unwrap().iter().position(is_head).unwrap();
        sheet.rows().skip(top + 1).map(|row| row[at].clone()).collect()
    }

    fn texts(sheet: &Range<Data>, head: &str) -> Vec<String> {
        column(sheet, head).into_iter().map(|d| d.to_string()).collect()
    }

    #[test]
    fn its_sheets_agree_with_the_inventory() {
        let (inventory, mut book) = (inventory(true), open(&report(true)));
        let summary = book.worksheet_range("Summary").unwrap();
        assert_eq!(texts(&summary, "Exact")[0], "5170.82");
        assert_eq!(column(&summary, "Amount")[0], Data::Float(5.17082));
        let lineage = book.worksheet_range("Lineage").unwrap();
        let scopes = texts(&lineage, "Scope");
        let exact = texts(&lineage, "kg CO2e, exact");
        for (name, which) in [
            ("1", Total::ScopeOne),
            ("2 location", Total::ScopeTwoLocation),
            ("2 market", Total::ScopeTwoMarket),
            ("3", Total::ScopeThree),
        ] {
            let of = scopes.iter().zip(&exact).filter(|(scope, _)| *scope == name);
            let sum = Amount::sum(of.map(|(_, kg)| Amount::from_kg(kg.parse().unwrap()).unwrap())).unwrap();
            assert_eq!(sum, inventory.subtotal(which).unwrap(), "scope {name}");
        }
        // Each number beside its exact text is the float nearest to it.
        for (number, exact) in column(&lineage, "kg CO2e").iter().zip(&exact) {
            match number {
                Data::Float(n) => assert_eq!(n.to_bits(), exact.parse::<f64>().unwrap().to_bits(), "{exact}"),
                other => assert!(*other == Data::Empty && exact.is_empty(), "{other:?} beside {exact}"),
            }
        }
    }

    #[test]
    fn its_lines_lead_from_the_event_to_the_total() {
        let (inventory, mut book) = (inventory(true), open(&report(true)));
        let lines = book.worksheet_range("Lines").unwrap();
        let (scopes, exact) = (texts(&lines, "Scope"), texts(&lines, "kg CO2e, exact"));
        let one = scopes.iter().zip(&exact).filter(|(scope, _)| *scope == "1");
        let sum = Amount::sum(one.map(|(_, kg)| Amount::from_kg(kg.parse().unwrap()).unwrap())).unwrap();
        assert_eq!(sum, inventory.total(Total::ScopeOne).unwrap());
        assert!(texts(&lines, "Conversion").contains(&"1 MWh = 1 MWh".to_owned()));
        assert!(texts(&lines, "Factors").iter().any(|f| f.contains("epa-egrid 2023.2.0/")));
        assert!(open(&report(false)).worksheet_range("Lines").is_err());
        let lineage = book.worksheet_range("Lineage").unwrap();
        let rows = texts(&lineage, "Factor").into_iter().zip(texts(&lineage, "Set digest"));
        let digest = rows.filter(|(f, _)| f.starts_with("desnz-uk 2025")).map(|(_, d)| d).next().unwrap();
        assert_eq!(digest.trim_start_matches("sha256:").len(), 64);
    }

    #[test]
    fn no_string_is_a_formula_in_it() {
        let (strings, report) = naughty();
        let mut book = open(&report);
        for name in book.sheet_names() {
            if let Ok(formulas) = book.worksheet_formula(&name) {
                assert!(formulas.cells().all(|(_, _, f)| f.is_empty()), "{name}");
            }
        }
        let sites = texts(&book.worksheet_range("Lineage").unwrap(), "Site");
        let kept = |s: &&String| !s.chars().any(|c| c.is_control() || c == '\u{fffe}' || c == '\u{ffff}');
        for s in strings.iter().filter(kept) {
            assert!(sites.contains(s), "{s:?}");
        }
    }
}
