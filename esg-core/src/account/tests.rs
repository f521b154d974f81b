//! The road from end to end, against published factors by hand.

use super::*;
use crate::aggregate::{Options, Total};
use crate::factor::Registry;
use crate::ratio::Ratio;
use crate::score::{State, Term};
use crate::telemetry::{self, json};
use crate::time::Period;

fn source(label: &str, lines: &[String]) -> Source {
    let received = json::read_lines(lines.join("\n").as_bytes(), telemetry::Options::default()).unwrap();
    Source { label: label.into(), received }
}

fn event(id: &str, vertical: &str, day: &str, metrics: &str, tags: &str) -> String {
    format!(
        r#"{{"source_id":"s","external_event_id":"{id}","vertical":"{vertical}","timestamp":"{day}T12:00:00Z","metrics":{{{metrics}}},"tags":{{{tags}}}}}"#
    )
}

fn trip(id: &str, day: &str, litres: &str, km: &str) -> String {
    let metrics = format!(r#""fuel_liters":{litres},"distance_km":{km}"#);
    event(id, "logistics_fleet", day, &metrics, r#""region":"GB","fuel":"diesel""#)
}

fn engine(period: Option<(&str, &str)>) -> Engine {
    let period = period.map(|(a, b)| Period::new(a.parse().unwrap(), b.parse().unwrap()).unwrap());
    Engine::new(Registry::built_in(), Options { period, ..Options::new("AR5").unwrap() }).unwrap()
}

fn run(sources: Vec<Source>) -> Account {
    account(sources, &engine(None), &settings()).unwrap()
}

fn settings() -> Settings {
    let score = ScoreSettings { weights: Weights::equal(), floor: PueFloor::Refuse };
    Settings {
        score: Some(score),
        not_applicable: vec![TermName::DataCentre, TermName::Manufacturing, TermName::Software],
        ..Settings::default()
    }
}

fn value(account: &Account, id: &str) -> String {
    account.kpis.iter().find(|k| k.id == id).unwrap().value.as_ref().unwrap().to_string()
}

#[test]
fn a_fleet_has_its_inventory_its_kpi_and_its_score() {
    let account = run(vec![source("a", &[trip("1", "2025-03-01", "100", "1609.344")])]);
    assert!(account.is_clean());
    // DESNZ 2025: 2.57082 kg CO2e a litre; 1609.344 km are 1000 miles.
    assert_eq!(account.inventory.total(Total::ScopeOne).unwrap().to_string(), "257.082");
    assert_eq!(value(&account, "co2e_per_mile"), "257.082");
    let score = account.score.unwrap().unwrap();
    // The only term that applies has all the weight: 1 / 257.082.
    assert_eq!(score.value.unwrap(), Ratio::new(1000, 257_082).unwrap());
}

#[test]
fn an_event_that_was_sent_twice_counts_once_and_a_changed_one_is_returned() {
    let first = source("a.jsonl", &[trip("1", "2025-03-01", "100", "10"), trip("2", "2025-03-01", "1", "1")]);
    let again =
        source("b.jsonl", &[trip("1", "2025-03-01", "100.0", "10"), trip("2", "2025-03-01", "9", "1")]);
    let account = run(vec![first, again]);
    // 101 litres.
    assert_eq!(account.inventory.total(Total::ScopeOne).unwrap().to_string(), "259.65282");
    assert_eq!((account.sources[1].duplicates, account.sources[1].accepted), (1, 0));
    let refused = &account.refused[0];
    assert_eq!(
        (&*refused.source, refused.rejection.line, refused.rejection.code),
        ("b.jsonl", 2, "telemetry.conflict")
    );
    assert!(refused.rejection.message.contains("a.jsonl, line 2"), "{}", refused.rejection.message);
    assert_eq!(account.refused.len(), 1);
}

#[test]
fn a_correction_takes_the_place_of_an_event_and_a_void_takes_it_out() {
    let amend = |line: String, field: &str, target: &str| {
        line.replacen('{', &format!(r#"{{"{field}":"{target}","#), 1)
    };
    let void = |id: &str, target: &str| {
        let line = event(id, "logistics_fleet", "2025-03-01", "", "");
        amend(line.replace(r#""metrics":{},"#, ""), "void", target)
    };
    let first = [
        trip("1", "2025-03-01", "100", "10"),
        trip("2", "2025-03-01", "50", "1"),
        trip("3", "2025-03-01", "7", "1"),
    ];
    let later = [
        amend(trip("1b", "2025-03-01", "10", "10"), "corrects", "1"),
        // Names the first again, and so what counts in its place.
        amend(trip("1c", "2025-03-01", "20", "10"), "corrects", "1"),
        void("2-void", "2"),
        amend(trip("2b", "2025-03-01", "1", "1"), "corrects", "2"),
        amend(trip("4b", "2025-03-01", "1", "1"), "corrects", "4"),
        void("1c-void", "2-void"),
    ];
    let account = run(vec![source("a", &first), source("b", &later)]);
    // 20 L of event 1 in its last form and 7 L of event 3; DESNZ 2025: 2.57082 kg CO2e a litre.
    assert_eq!(account.inventory.total(Total::ScopeOne).unwrap().to_string(), "69.41214");
    let counts: Vec<_> = account.sources.iter().map(|s| (s.accepted, s.rejected, s.amended)).collect();
    assert_eq!(counts, [(3, 0, 2), (3, 3, 2)]);
    let told: Vec<_> =
        account.refused.iter().map(|r| (r.rejection.line, r.rejection.code, &*r.rejection.field)).collect();
    assert_eq!(
        told,
        [
            (4, "telemetry.amends", "corrects"),
            (5, "telemetry.amends", "corrects"),
            (6, "telemetry.amends", "void")
        ]
    );
    // The same events, already sorted out.
    let received = json::read_lines(
        [&first[2..], &later[1..2]].concat().join("\n").replace(r#""corrects":"1","#, "").as_bytes(),
        telemetry::Options::default(),
    );
    let batch = received.unwrap().batch;
    let fingerprints = batch.fingerprints();
    let events = Accepted { label: "ledger".into(), batch, fingerprints, amended: 4, redacted: Vec::new() };
    let again = account_accepted(events, &engine(None), &settings()).unwrap();
    assert_eq!(again.inventory.total(Total::ScopeOne), account.inventory.total(Total::ScopeOne));
    assert_eq!((again.accepted(), again.sources[0].amended), (6, 4));
}

#[test]
fn every_refusal_names_its_file_and_line_whatever_stage_refused_it() {
    let a = source("a.jsonl", &[trip("1", "2025-03-01", "1", "1"), "{".into()]);
    let no_fuel = event("3", "logistics_fleet", "2025-03-01", r#""fuel_liters":1"#, r#""region":"GB""#);
    let nowhere = trip("4", "2025-03-01", "1", "1").replace("GB", "Atlantis");
    let b = source("b.jsonl", &[String::new(), no_fuel, nowhere]);
    let account = run(vec![a, b]);
    let told: Vec<_> = account
        .refused
        .iter()
        .map(|r| (&*r.source, r.rejection.line, r.stage.as_str(), r.rejection.code))
        .collect();
    assert_eq!(
        told,
        [
            ("a.jsonl", 2, "telemetry", "json.syntax"),
            ("b.jsonl", 2, "normalize", "telemetry.missing"),
            ("b.jsonl", 3, "calculate", "geography.unknown"),
        ]
    );
    assert_eq!(account.refused[2].rejection.field, "fuel.diesel");
}

#[test]
fn a_lost_row_leaves_the_score_without_a_value_and_the_figure_marked() {
    let nowhere = trip("4", "2025-03-01", "1", "1").replace("GB", "Atlantis");
    let account = run(vec![source("a", &[trip("1", "2025-03-01", "1", "1"), nowhere])]);
    assert_eq!(account.incomplete, [Incomplete { vertical: Vertical::LogisticsFleet, rows: 1 }]);
    assert_eq!(account.score_inputs.fleet, Term::Missing);
    let score = account.score.unwrap().unwrap();
    assert_eq!((score.value, score.terms[1].state), (None, State::Missing));
}

#[test]
fn days_outside_of_the_period_are_in_no_figure() {
    let lines = [trip("1", "2025-03-01", "100", "1609.344"), trip("2", "2024-03-01", "1", "999")];
    let engine = engine(Some(("2025-01-01", "2025-12-31")));
    let account = account(vec![source("a", &lines)], &engine, &settings()).unwrap();
    assert_eq!(value(&account, "co2e_per_mile"), "257.082");
    assert_eq!(account.inventory.counts().outside_period, 1);
    assert_eq!(account.accepted(), 2);
}

#[test]
fn what_the_caller_states_not_to_have_is_not_applicable_and_the_rest_is_missing() {
    let lines = [event(
        "1",
        "smart_manufacturing",
        "2025-03-01",
        r#""electricity_mwh":1,"production_units":1000"#,
        r#""region":"GB""#,
    )];
    let settings = Settings { not_applicable: vec![TermName::Fleet, TermName::Manufacturing], ..settings() };
    let inputs = account(vec![source("a", &lines)], &engine(None), &settings).unwrap().score_inputs;
    assert_eq!(
        (inputs.data_centre, inputs.fleet, inputs.software),
        (Term::Missing, Term::NotApplicable, Term::Missing)
    );
    let Term::Present(made) = inputs.manufacturing else { panic!("data that is there counts") };
    // DESNZ 2025: 1000 kWh at 0.17700 kg CO2e.
    assert_eq!((made.production_units, made.grid_emissions_kg), (1000.into(), 177.into()));
}

#[test]
fn digests_do_not_depend_on_order_or_files_and_do_on_every_value() {
    let lines: Vec<String> = (0..9).map(|i| trip(&i.to_string(), "2025-03-01", "1", "1")).collect();
    let whole = run(vec![source("a", &lines)]).digests;
    let (tail, head) = (lines[4..].to_vec(), lines[..4].to_vec());
    assert_eq!(run(vec![source("b", &tail), source("a", &head)]).digests, whole);
    let mut changed = lines.clone();
    changed[8] = trip("8", "2025-03-01", "1", "2");
    let other = run(vec![source("a", &changed)]).digests;
    assert_ne!(other.events, whole.events);
    assert_eq!((&other.options, &other.factors_lock), (&whole.options, &whole.factors_lock));
    let defaults = Defaults { fuel: Some("diesel".into()), ..Defaults::default() };
    let guessed =
        account(vec![source("a", &lines)], &engine(None), &Settings { defaults, ..settings() }).unwrap();
    assert_ne!(guessed.digests.options, whole.options);
    // SHA-256 of nothing: FIPS 180-4.
    assert_eq!(
        run(Vec::new()).digests.events,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}
