//! What calculations give to a caller in any language: statements, their merging, ranges, scores and pages.

use esg_core::account::Source;
use esg_core::face::{
    Aspect, Calculator, EngineOptions, Form, ScoreQuestion, Sets, SimulationOptions, Statement, read,
    resolution_html, score_html, simulation_html, statement_html,
};
use esg_core::simulate::Keep;
use serde_json::Value;

const GO_ON: &dyn Fn(u64, u64) -> bool = &|_, _| true;

fn event(id: u32, metrics: &str, vertical: &str) -> String {
    format!(
        r#"{{"source_id":"m","external_event_id":"{id}","vertical":"{vertical}","timestamp":"2025-03-15T14:30:00Z","metrics":{metrics},"tags":{{"region":"GB","fuel":"diesel"}}}}"#
    )
}

fn some_events() -> Vec<String> {
    vec![
        event(1, r#"{"electricity.grid":{"value":"1000","unit":"kWh"}}"#, "general"),
        event(2, r#"{"fuel_liters":42.1}"#, "logistics_fleet"),
        event(3, r#"{"fuel_liters":42.1,"distance_km":500}"#, "logistics_fleet"),
        event(4, r#"{"energy_kwh":-1}"#, "ai_data_center"),
        event(5, r#"{"energy_kwh":12.5,"pue":1.2}"#, "ai_data_center"),
    ]
}

fn calculator(options: &str) -> Calculator {
    Calculator::new(&Sets::default(), &read::<EngineOptions>(options.as_bytes()).unwrap()).unwrap()
}

fn calculate(calculator: &Calculator, events: &[String]) -> Statement {
    let received = Form::Lines.read(events.join("\n").as_bytes()).unwrap();
    calculator.events(vec![Source { label: "test".into(), received }], GO_ON).unwrap()
}

#[test]
fn parts_of_the_events_add_up_to_the_whole() {
    let (calculator, events) = (calculator(r#"{"gwp":"AR5"}"#), some_events());
    let whole = calculate(&calculator, &events);
    for cut in 0..=events.len() {
        let mut sum = calculate(&calculator, &events[cut..]);
        sum.merge(calculate(&calculator, &events[..cut])).unwrap();
        for aspect in [Aspect::Coverage, Aspect::Caveats, Aspect::Kpis, Aspect::Factors, Aspect::Options] {
            assert_eq!(sum.document(aspect), whole.document(aspect), "{aspect:?} cut at {cut}");
        }
        let csv = |s: &Statement| s.report("csv", None).unwrap();
        assert_eq!(csv(&sum), csv(&whole), "cut at {cut}");
        assert_eq!(sum.account.score_inputs, whole.account.score_inputs);
        // The digest of a part is none of the whole.
        assert_eq!(sum.document(Aspect::Digests)["events"], Value::Null);
    }
}

#[test]
fn what_is_missing_is_told_alike_whichever_day_was_asked_for_first() {
    let later = event(7, r#"{"fuel.unobtainium":{"value":"1","unit":"L"}}"#, "general");
    let earlier = later.replace("\"7\"", "\"8\"").replace("2025-03", "2024-03");
    let (one, two) = (calculator("{}"), calculator("{}"));
    // What an engine has planned it keeps, with the words of the day that it planned for.
    calculate(&one, std::slice::from_ref(&earlier));
    calculate(&two, std::slice::from_ref(&later));
    let report = |of| calculate(of, &[earlier.clone(), later.clone()]).report("json", None).unwrap();
    assert_eq!(report(&one), report(&two));
}

#[test]
fn statements_of_other_options_or_sets_do_not_merge() {
    let events = some_events();
    let mut mine = calculate(&calculator("{}"), &events);
    for other in [r#"{"gwp":"AR5"}"#, r#"{"defaults":{"pue":"1.3"}}"#, r#"{"weights":[1,2,3,4]}"#] {
        let other = calculate(&calculator(other), &events);
        assert_eq!(mine.merge(other).unwrap_err().code(), "inventory.merge");
    }
}

#[test]
fn what_was_refused_is_told_with_line_field_and_code() {
    let statement = calculate(&calculator("{}"), &some_events());
    let refused = statement.document(Aspect::Refused);
    assert_eq!(refused.as_array().unwrap().len(), 1);
    assert_eq!((&refused[0]["line"], &refused[0]["code"]), (&4.into(), &"telemetry.range".into()));
    assert_eq!(refused[0]["field"], "metrics.energy_kwh");
    let sources = statement.document(Aspect::Sources);
    assert_eq!((&sources[0]["accepted"], &sources[0]["rejected"]), (&4.into(), &1.into()));
}

#[test]
fn a_caller_that_stops_gets_no_half_answer() {
    let calculator = calculator("{}");
    let received = Form::Lines.read(some_events().join("\n").as_bytes()).unwrap();
    let stopped = calculator.events(vec![Source { label: "x".into(), received }], &|_, _| false);
    assert_eq!(stopped.unwrap_err().code(), "call.stopped");
    let statement = calculate(&calculator, &some_events());
    let options: SimulationOptions = read(br#"{"draws": 600000}"#).unwrap();
    let stopped = options.ask(&statement.account.inventory, &|done, total| done * 2 < total);
    assert_eq!(stopped.unwrap_err().code(), "call.stopped");
}

#[test]
fn a_range_in_parts_is_the_range_in_one() {
    let statement = calculate(&calculator("{}"), &some_events());
    let inventory = &statement.account.inventory;
    // Two parts of 2^18 and one that is shorter.
    let options: SimulationOptions = read(br#"{"draws": 600000, "seed": "18446744073709551615"}"#).unwrap();
    let simulated = options.ask(inventory, GO_ON).unwrap();
    let whole = inventory.simulate(&simulated.ranges, options.options().unwrap()).unwrap();
    assert_eq!(simulated.digests().unwrap().0, whole.location.digest().unwrap());
    assert_eq!(simulated.options.seed(), u64::MAX);
    assert_eq!(simulated.document(Some(1.0))["draws"], 600_000);
    assert_eq!(simulated.total(None).unwrap().name, "all location");
    assert_eq!(simulated.total(Some("scope 4")).unwrap_err().code(), "option.value");
}

#[test]
fn simulations_have_their_defaults_here() {
    let options = |text: &str| read::<SimulationOptions>(text.as_bytes()).unwrap().options();
    let default = options("{}").unwrap();
    assert_eq!((default.draws(), default.seed(), default.kept()), (100_000, 7, Keep::Total));
    assert_eq!(options(r#"{"sobol": true}"#).unwrap().draws(), 131_072);
    for (text, code) in [
        (r#"{"draws": 0}"#, "simulate.option"),
        (r#"{"seed": "x"}"#, "option.value"),
        (r#"{"seed": -1}"#, "option.value"),
    ] {
        assert_eq!(options(text).unwrap_err().code(), code, "{text}");
    }
    let statement = calculate(&calculator(r#"{"gwp":"AR5"}"#), &some_events());
    let stated: SimulationOptions = read(br#"{"ipcc_gwp": true}"#).unwrap();
    assert_eq!(stated.ask(&statement.account.inventory, GO_ON).unwrap_err().code(), "option.value");
}

#[test]
fn the_reference_score_comes_from_figures_and_from_documents() {
    // 1/4 x (1/0.15 + 1/400 + 1000/(500 x 0.4) + 1e6/(0.5 x 1e6)) = 16403/4800.
    let figures = r#"{"pue": "1.15", "emissions_g": 400, "distance_mi": 1, "units": 1000, "energy_kwh": 500,
        "grid_factor": 0.4, "requests": 1000000, "emissions_kg": "0.5"}"#;
    let documents = r#"{"data_centre": {"it_energy_kwh": 1000, "facility_energy_kwh": 1150},
        "fleet": {"emissions_g": 400, "distance_mi": 1}, "software": {"requests": 1000000, "emissions_kg": "1/2"},
        "manufacturing": {"production_units": 1000, "grid_emissions_kg": 200}}"#;
    let ask = |text: &str| read::<ScoreQuestion>(text.as_bytes()).unwrap().ask();
    for text in [figures, documents] {
        assert_eq!(ask(text).unwrap().value.unwrap().to_string(), "16403/4800");
    }
    assert!(score_html(&ask(figures).unwrap()).contains("3.41729"));
    for text in [
        r#"{"pue": 1.2, "it_kwh": 1, "facility_kwh": 2}"#,
        r#"{"it_kwh": 1}"#,
        r#"{"distance_mi": 1}"#,
        r#"{"units": 1}"#,
        r#"{"grid_kg": 1}"#,
        r#"{"units": 1, "grid_kg": 1, "energy_kwh": 1, "grid_factor": 1}"#,
        r#"{"not_applicable": ["flet"]}"#,
        r#"{"fleet": {"emissions_g": 1}}"#,
    ] {
        assert_eq!(ask(text).unwrap_err().code(), "option.value", "{text}");
    }
    assert_eq!(ask(r#"{"pue": "0.9"}"#).unwrap_err().code(), "score.pue");
}

#[test]
fn a_registry_is_made_again_from_its_texts_and_its_lock() {
    let sets = Sets::default();
    let lock = sets.lock().to_string();
    assert_eq!(sets.locked(lock.as_bytes()).unwrap().lock().to_string(), lock);
    for (text, code) in [
        (lock.replacen("\"digest\":\"", "\"digest\":\"0", 1), "factor.digest"),
        ("{}".to_owned(), "option.document"),
        ("{".to_owned(), "json.syntax"),
    ] {
        assert_eq!(sets.locked(text.as_bytes()).unwrap_err().code(), code);
    }
}

#[test]
fn pages_escape_what_senders_wrote() {
    let mut events = some_events();
    events[1] = events[1].replace("\"m\"", "\"<script>\"").replace("42.1", "-42.1");
    events.push(event(9, r#"{"<b>x</b>":1}"#, "logistics_fleet"));
    let statement = calculate(&calculator("{}"), &events);
    let options: SimulationOptions = read(br#"{"draws": 1000}"#).unwrap();
    let simulated = options.ask(&statement.account.inventory, GO_ON).unwrap();
    let question = br#"{"activity":"electricity.grid","region":"GB","day":"2025-03-15"}"#;
    let resolution = read::<esg_core::face::FactorQuestion>(question).unwrap();
    let resolution = resolution.ask(Sets::default().registry()).unwrap();
    for page in [
        statement_html(&statement).unwrap(),
        simulation_html(&simulated, None).unwrap(),
        resolution_html(&resolution),
    ] {
        assert!(page.starts_with("<div") && page.ends_with("</div>"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<b>x"), "{page}");
        assert!(page.len() < 30_000, "{} bytes", page.len());
    }
    assert!(statement_html(&statement).unwrap().contains("&lt;b&gt;x&lt;/b&gt;"));
}

#[cfg(feature = "arrow")]
mod tables {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
    use arrow::datatypes::Decimal128Type;
    use esg_core::Amount;

    fn activities(rows: usize) -> RecordBatch {
        let text = |word: &str| Arc::new(StringArray::from(vec![word; rows])) as ArrayRef;
        let columns: [(&str, ArrayRef); 5] = [
            ("activity", text("electricity.grid")),
            ("unit", text("kWh")),
            ("quantity", Arc::new(Float64Array::from_iter_values((0..rows).map(|i| i as f64 / 8.0)))),
            ("timestamp", text("2025-03-15")),
            ("region", text("GB")),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[test]
    fn batches_of_a_table_are_one_table() {
        let calculator = calculator(r#"{"gwp":"AR5"}"#);
        let table = activities(200_000);
        let of = |batches: &[RecordBatch]| calculator.table("t", &table.schema(), batches, GO_ON).unwrap();
        let (one, many) =
            (of(std::slice::from_ref(&table)), of(&[table.slice(0, 7), table.slice(7, 199_993)]));
        assert_eq!(one.report("json", None).unwrap(), many.report("json", None).unwrap());
        // Each kWh has 0.17700 kg in scope 2: 0.177 / 8 x (0 + 1 + ... + 199999).
        let want = format!("{}", 177i128 * 199_999 * 100_000 / 8);
        let total = one.account.inventory.subtotal(esg_core::aggregate::Total::ScopeTwoLocation).unwrap();
        assert_eq!(
            total.to_string(),
            format!("{}.{}", &want[..want.len() - 3], want[want.len() - 3..].trim_end_matches('0'))
        );
        let last = |s: &Statement| s.account.inventory.lines().last().unwrap().event;
        assert_eq!((last(&one), last(&many)), (199_999, 199_999));
        let stopped = calculator.table("t", &table.schema(), std::slice::from_ref(&table), &|_, _| false);
        assert_eq!(stopped.unwrap_err().code(), "call.stopped");
    }

    #[test]
    fn lines_of_a_table_add_up_to_the_total() {
        let calculator = calculator(r#"{"gwp":"AR5"}"#);
        let mut statement = calculate(&calculator, &some_events()[..2]);
        statement.merge(calculate(&calculator, &some_events()[2..])).unwrap();
        let lines = statement.lines().unwrap();
        let column = |name: &str| lines.column_by_name(name).unwrap();
        let (kg, scope) = (column("co2e_kg").as_primitive::<Decimal128Type>(), column("scope"));
        let scope = scope.as_dictionary::<arrow::datatypes::Int32Type>();
        let words = scope.values().as_string::<i32>();
        let mut sum = Amount::ZERO;
        for row in (0..lines.num_rows()).filter(|&row| kg.is_valid(row)) {
            if words.value(scope.key(row).unwrap()) == "1" {
                sum = sum.checked_add(Amount::from_pg(kg.value(row)).unwrap()).unwrap();
            }
        }
        assert_eq!(sum, statement.account.inventory.total(esg_core::aggregate::Total::ScopeOne).unwrap());
        let ids: Vec<&str> = column("external_event_id").as_string::<i32>().iter().flatten().collect();
        assert!(["1", "2", "3", "5"].iter().all(|id| ids.contains(id)), "{ids:?}");
    }

    #[test]
    fn lines_that_were_not_kept_are_refused() {
        let statement = calculate(&calculator(r#"{"keep_lines": false}"#), &some_events());
        assert_eq!(statement.lines().unwrap_err().code(), "inventory.lines");
    }
}
