//! Trails: every cell of the demo is the sum of its terms, and every term is the product that it says it is.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use esg_core::account::{Selection, Settings, Source, Term, Trail, trail};
use esg_core::aggregate::{Engine, Instrument, InstrumentKind, Options};
use esg_core::factor::{Allow, Registry};
use esg_core::ghg::{CellKey, Sums};
use esg_core::lineage::Stage;
use esg_core::normalize::Defaults;
use esg_core::ratio::Ratio;
use esg_core::telemetry::{self, csv, json};
use esg_core::{Amount, Decimal};

const FILES: [&str; 5] = [
    "ai_data_center.csv",
    "smart_manufacturing.csv",
    "smart_manufacturing_production.csv",
    "logistics_fleet.csv",
    "cloud_saas.csv",
];

fn demo_sources() -> Vec<Source> {
    let read = |name: &&str| {
        let path = format!("{}/../examples/data/{name}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let received = csv::read(&bytes, &csv::Layout::default(), telemetry::Options::default()).unwrap();
        Source { label: (*name).to_owned(), received }
    };
    FILES.iter().map(read).collect()
}

/// The demo's choices, with a certificate for a part of the electricity and fallbacks.
fn demo_engine() -> Engine {
    let options = Options {
        allow: Allow { parent_region: true, newer_edition: true, older_edition: true, ..Allow::default() },
        instruments: vec![Instrument {
            id: "REGO-1".to_owned(),
            kind: InstrumentKind::Certificate,
            market: "GB".to_owned(),
            start: "2024-01-01".parse().unwrap(),
            end: "2024-12-31".parse().unwrap(),
            energy_kwh: "400000".parse().unwrap(),
            co2e_kg_per_kwh: "0.01".parse().unwrap(),
        }],
        market_grid_average: true,
        ..Options::new("AR5").unwrap()
    };
    Engine::new(Registry::built_in(), options).unwrap()
}

fn demo_settings() -> Settings {
    Settings {
        defaults: Defaults { heat_basis: Some("gross".to_owned()), ..Defaults::default() },
        ..Settings::default()
    }
}

/// The trail of the demo.
static DEMO: LazyLock<Trail> =
    LazyLock::new(|| trail(demo_sources(), &demo_engine(), &demo_settings()).unwrap());

fn select(text: &str) -> Selection {
    text.parse().unwrap_or_else(|e| panic!("{e}"))
}

/// The product of a term, from its own words and one rounding: fractions of whole numbers, nothing of the engine.
fn product(term: &Term, with_gwp: bool) -> Amount {
    let mut value = Ratio::from(Decimal::from_int(1));
    if let Some(gwp) = term.gwp.as_ref().filter(|_| with_gwp) {
        value = gwp.value.clone();
    }
    let quantity: Ratio = term.quantity.parse().unwrap();
    Amount::from_ratio(&(&(&(&quantity * &term.conversion) * &term.value) * &value)).unwrap()
}

#[test]
fn every_cell_of_the_demo_is_the_sum_of_its_terms_and_every_term_is_its_product() {
    let trail = &*DEMO;
    let cells: BTreeMap<&CellKey, &Sums> = trail.inventory().cells().collect();
    let (mut sums, mut instruments): (BTreeMap<CellKey, Sums>, usize) = (BTreeMap::new(), 0);
    for scope in ["1", "2-location", "2-market", "3", "outside"] {
        let traced = trail.cell(&select(scope)).unwrap();
        assert!(!traced.terms.is_empty(), "{scope}");
        let total = Amount::sum(traced.terms.iter().filter_map(|term| term.co2e)).unwrap();
        assert_eq!(total, traced.co2e, "{scope}");
        for term in &traced.terms {
            if let Some(mass) = term.mass {
                assert_eq!(mass, product(term, false), "{term:?}");
            }
            if let Some(co2e) = term.co2e {
                assert_eq!(co2e, product(term, true), "{term:?}");
            }
            let one = Sums { mass: term.mass, co2e: term.co2e.unwrap_or_default(), rows: 1 };
            sums.entry(term.cell.clone()).or_default().add(&one).unwrap();
            instruments += usize::from(term.instrument.is_some());
        }
    }
    assert!(cells.len() > 200 && instruments > 12, "{} cells, {instruments} lines", cells.len());
    assert_eq!(sums.len(), cells.len());
    for (key, want) in cells {
        assert_eq!(&sums[key], want, "{key:?}");
    }
}

#[test]
fn the_terms_of_an_event_are_those_of_a_batch_of_one() {
    let (engine, settings) = (demo_engine(), demo_settings());
    let whole = &*DEMO;
    let all: Vec<Term> = ["1", "2-location", "2-market", "3", "outside"]
        .iter()
        .flat_map(|scope| whole.cell(&select(scope)).unwrap().terms)
        .filter(|term| term.event.is_some())
        .collect();
    let mut compared = 0;
    for number in (0..whole.events().len()).step_by(1499) {
        let alone =
            Trail::of(whole.events().filtered(|event| event == number), &engine, &settings.defaults).unwrap();
        let key = (whole.events().source_id(number), whole.events().external_id(number));
        let mut want: Vec<&Term> = all
            .iter()
            .filter(|term| term.event.as_ref().is_some_and(|e| (&*e.source_id, &*e.external_event_id) == key))
            .collect();
        for scope in ["1", "2-location", "2-market", "3", "outside"] {
            let Ok(traced) = alone.cell(&select(scope)) else { continue };
            for term in traced.terms.iter().filter(|term| term.event.is_some()) {
                let at = want.iter().position(|known| *known == term);
                want.remove(at.unwrap_or_else(|| panic!("the whole has no {term:?}")));
                compared += 1;
            }
        }
        assert!(want.is_empty(), "a batch of one lacks {want:?}");
    }
    assert!(compared > 50, "{compared}");
}

/// The README's event on the grid of California.
const SEED: &str = r#"{"source_id":"datacenter-sfo-01","external_event_id":"gpu-batch-2024-001","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","metrics":{"energy_kwh":1250.5,"pue":1.15},"tags":{"region":"us-west-1","site":"SFO"}}"#;

fn seed(gwp: &str) -> Trail {
    let received = json::read_lines(SEED.as_bytes(), telemetry::Options::default()).unwrap();
    let engine = Engine::new(Registry::built_in(), Options::new(gwp).unwrap()).unwrap();
    trail(vec![Source { label: "seed".into(), received }], &engine, &Settings::default()).unwrap()
}

#[test]
fn a_term_says_what_was_multiplied_as_the_publisher_prints_it() {
    let traced = seed("AR5").cell(&select("2-location,gas=CH4")).unwrap();
    let [term] = &traced.terms[..] else { panic!("{traced:?}") };
    // eGRID2023 rev 2, US-CAMX: 0.025 lb CH4 for each MWh; 1 lb = 0.45359237 kg; GWP 28 (AR5).
    assert_eq!((&*term.quantity, &*term.unit, &*term.per), ("1438.075", "kWh", "MWh"));
    assert_eq!(term.conversion, "1/1000".parse().unwrap());
    assert_eq!(term.value, &"0.025".parse::<Ratio>().unwrap() * &"0.45359237".parse().unwrap());
    let gwp = term.gwp.as_ref().unwrap();
    assert_eq!((&*gwp.set, gwp.horizon, &*gwp.gas, &gwp.value), ("AR5", 100, "CH4", &28.into()));
    let [factor] = &term.factors[..] else { panic!("{:?}", term.factors) };
    assert_eq!((&*factor.set, &*factor.version), ("epa-egrid", "2023.2.0"));
    assert_eq!((&*factor.published, factor.digest.len()), (&["0.025 lb CH4".to_owned()][..], 64));
    // 1.438075 x 0.025 x 0.45359237 = 0.016307246436...: 16 places, of which 15 are kept, by hand 1438075 x 25 x 45359237.
    let pg = 1_438_075i128 * 25 * 45_359_237;
    let want = pg / 100 + i128::from(pg % 100 > 50 || (pg % 100 == 50 && pg / 100 % 2 == 1));
    assert_eq!(term.mass.unwrap().pg(), want);
    let event = term.event.as_ref().unwrap();
    assert_eq!((&*event.source_id, &*event.external_event_id), ("datacenter-sfo-01", "gpu-batch-2024-001"));
    let document = term.to_json();
    assert_eq!(document["conversion"], serde_json::json!({"num": "1", "den": "1000"}));
    assert_eq!((&document["quantity"], &document["gwp"]["value"]["num"]), (&"1438.075".into(), &"28".into()));
}

#[test]
fn the_gwp_of_a_term_is_the_one_that_was_applied() {
    // DESNZ prints CO2e of each gas under AR5 (CH4 28); under AR4 the mass of methane is weighed anew (25).
    let line = r#"{"source_id":"m","external_event_id":"1","vertical":"general","timestamp":"2025-03-15T14:30:00Z","metrics":{"fuel.diesel":{"value":"1000","unit":"L"}},"tags":{"region":"GB"}}"#;
    let received = json::read_lines(line.as_bytes(), telemetry::Options::default()).unwrap();
    for (gwp, methane) in [("AR5", "28"), ("AR4", "25")] {
        let engine = Engine::new(Registry::built_in(), Options::new(gwp).unwrap()).unwrap();
        let sources = vec![Source { label: "m".into(), received: received.clone() }];
        let trail = trail(sources, &engine, &Settings::default()).unwrap();
        let traced = trail.cell(&select("1,gas=CH4")).unwrap();
        let applied = traced.terms[0].gwp.as_ref().unwrap();
        assert_eq!((&*applied.set, applied.value.to_string()), (gwp, methane.to_owned()));
        // 0.00029 kg CO2e/L under a GWP of 28.
        let mass = &"0.00029".parse::<Ratio>().unwrap() * &"1/28".parse().unwrap();
        assert_eq!(traced.terms[0].value, mass);
        assert_eq!(traced.terms[0].factors[0].published, ["0.00029 kg CO2e of CH4"]);
    }
}

#[test]
fn a_graph_leads_from_the_cell_to_the_source_and_back() {
    let trail = seed("AR5");
    let traced = trail.cell(&select("2-location,site=SFO,month=2024-03")).unwrap();
    let (graph, cell) = trail.graph(&traced, None).unwrap();
    let count = |stage| graph.of_stage(stage).count();
    // One event, one conversion, one published row for each of three gases, and their GWPs.
    let counts = Stage::ALL.map(count);
    assert_eq!(counts, [1, 1, 1, 3, 3, 0, 3, 1], "{}", graph.to_tree(cell, 9).unwrap());
    assert_eq!(graph.upstream(cell).unwrap().len(), graph.len() - 1);
    let source = graph.of_stage(Stage::Source).next().unwrap();
    assert!(graph.downstream(source.id()).unwrap().iter().any(|node| node.id() == cell));
    let event = graph.of_stage(Stage::Event).next().unwrap();
    assert_eq!(event.time().unwrap().to_string(), "2024-03-15T14:30:00Z");
    assert_eq!(event.facts()["metrics"], "energy_kwh 1250.5 kWh; pue 1.15 1");
    assert_eq!(graph.node(cell).unwrap().facts()["co2e_kg"], traced.co2e.to_string());
    // The same events and factors give the same name; another GWP set another one.
    let again = seed("AR5");
    assert_eq!(again.graph(&again.cell(&traced.selection).unwrap(), None).unwrap().1, cell);
    let other = seed("AR6");
    assert_ne!(other.graph(&other.cell(&traced.selection).unwrap(), None).unwrap().1, cell);
    let time = "2026-01-01T00:00:00Z".parse().unwrap();
    let (dated, root) = trail.graph(&traced, Some(time)).unwrap();
    assert_eq!(dated.node(root).unwrap().time(), Some(time));
}

#[test]
fn an_instrument_leads_to_the_events_that_it_covers() {
    let trail = &*DEMO;
    let traced = trail.cell(&select("2-market,activity=electricity.instrument,month=2024-03")).unwrap();
    let (graph, _) = trail.graph(&traced, None).unwrap();
    assert_eq!(graph.of_stage(Stage::Calculation).count(), traced.terms.len());
    // The mill reports each hour of March: 31 x 24.
    let mill = graph.of_stage(Stage::Event).filter(|node| node.facts()["source_id"] == "mill").count();
    assert_eq!(mill, 744);
    assert!(graph.of_stage(Stage::Instrument).all(|node| node.facts()["instrument"] == "REGO-1"));
    // Every product is a node, though many hours used the same.
    let month = trail.cell(&select("2-location,site=Hull,month=2024-03")).unwrap();
    let (graph, cell) = trail.graph(&month, None).unwrap();
    assert_eq!(graph.node(cell).unwrap().inputs().len(), month.terms.len());
}

#[test]
fn a_cell_that_is_not_there_is_refused_with_what_there_is() {
    let trail = seed("AR5");
    let code = |text: &str| match text.parse::<Selection>() {
        Ok(selection) => trail.cell(&selection).unwrap_err().code(),
        Err(error) => error.code(),
    };
    for text in ["", "site=SFO", "1,site", "1,site=a,site=b", "1,scope=2 location"] {
        assert_eq!(code(text), "lineage.cell", "{text:?}");
    }
    for text in ["1", "4", "2-location,site=LAX", "2-location,gas=SF6", "3.7"] {
        assert_eq!(code(text), "lineage.cell_unknown", "{text:?}");
    }
    assert_eq!(code("2-location,tag:tenant=a"), "inventory.dimension");
    let refused = trail.cell(&select("2-location,site=LAX")).unwrap_err().to_string();
    assert!(refused.contains("site=LAX") && refused.contains("site is one of SFO"), "{refused}");
}

#[test]
fn a_cell_is_named_as_people_name_it() {
    for (short, long) in [
        ("2-location", "scope=2 location"),
        ("3.4", "scope=3,category=04"),
        (" 2-market , month=2024-03", "scope=2 market,month=2024-03"),
        ("3,category=4", "scope=3,category=04"),
        ("scope=1,site=", "scope=1,site="),
    ] {
        assert_eq!(select(short).to_string(), long);
        assert_eq!(select(long), select(short));
    }
}
