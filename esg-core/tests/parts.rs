//! One calculation in many processes: parts add up to the bits of the whole, and nothing else is taken for a part.

use std::sync::LazyLock;

use esg_core::account::Source;
use esg_core::face::{
    Aspect, By, Calculator, EngineOptions, Form, Place, Sets, SimulationOptions, Statement, merge, read,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const GO_ON: &dyn Fn(u64, u64) -> bool = &|_, _| true;

/// A set of the caller's own.
const OWN: &str = r#"{"passport":{"set":"own","version":"1.0.0","title":"Supplier contract","authority":"custom","licence":null,"published":null,"retrieved":null,"data_year":2025,"valid":{"from":"2025-01-01","to":"2026-01-01"},"gwp":"AR6"}}
{"activity":"electricity.grid","boundary":"generation","geography":"GB","id":"meter","kind":"co2e","name":"Own meter","per":"kWh","scope":2,"values":[{"gas":"CO2e","unit":"kg","value":"0.1"}]}"#;

const OPTIONS: [&str; 4] = [
    r#"{"gwp":"AR5"}"#,
    r#"{"gwp":"AR6","keep_lines":false,"granularity":"day","tags":["tenant","fuel"]}"#,
    r#"{"start":"2024-02-01","end":"2024-06-30","defaults":{"fuel":"diesel","pue":"1.3"},"allow":["parent_region"],
        "market_grid_average":true}"#,
    r#"{"instruments":[{"id":"REGO 1","kind":"certificate","market":"GB","start":"2024-01-01","end":"2024-12-31",
        "energy_kwh":"700","co2e_kg_per_kwh":"0"}],"not_applicable":[2,"software"],"weights":[4,3,2,1],"pue_floor":"0.01"}"#,
];

fn calculator(options: &str) -> Calculator {
    Calculator::new(&Sets::default(), &read::<EngineOptions>(options.as_bytes()).unwrap()).unwrap()
}

/// The lines of a source: all verticals, rows that are refused at every stage, a copy, a conflict, a correction and a void.
fn lines_of(source: usize) -> Vec<String> {
    let month = source % 12 + 1;
    let event = |id: &str, vertical: &str, metrics: &str, tags: &str, more: &str| {
        format!(
            r#"{{"source_id":"s{source}","external_event_id":"{id}","vertical":"{vertical}","timestamp":"2024-{month:02}-15T14:30:00Z","metrics":{{{metrics}}},"tags":{{{tags}}}{more}}}"#
        )
    };
    let (gb, us) = (r#""region":"GB""#, r#""region":"us-west-1","tenant":"acme""#);
    let grid = format!(r#""electricity.grid":{{"value":"{}.125","unit":"kWh"}}"#, 100 + source);
    vec![
        event("1", "general", &grid, gb, ""),
        event("2", "ai_data_center", r#""energy_kwh":1250.5,"pue":1.15,"water_liters":70.25"#, us, ""),
        event("2", "ai_data_center", r#""pue":1.150,"energy_kwh":1250.5,"water_liters":70.25"#, us, ""),
        event(
            "3",
            "logistics_fleet",
            r#""fuel_liters":42.1,"distance_km":510"#,
            r#""region":"GB","fuel":"diesel""#,
            "",
        ),
        event("3", "logistics_fleet", r#""fuel_liters":43"#, r#""region":"GB","fuel":"diesel""#, ""),
        event("4", "logistics_fleet", r#""fuel_liters":17.3"#, gb, ""),
        event(
            "5",
            "cloud_saas",
            r#""compute_time_ms":86400000,"vcpu":4,"requests":500000"#,
            r#""region":"us-east-1","provider":"aws","tenant":"acme""#,
            "",
        ),
        event("6", "smart_manufacturing", r#""electricity_mwh":1.5,"production_units":1000"#, gb, ""),
        event("7", "general", r#""fuel.unobtainium":{"value":"1","unit":"L"}"#, gb, ""),
        event("8", "ai_data_center", r#""energy_kwh":-1"#, us, ""),
        event("9", "general", &grid, gb, r#","corrects":"1""#),
        event("10", "general", &grid, gb, ""),
        event("11", "general", "", "", r#","void":"10""#),
        format!("{{broken {source}"),
    ]
}

fn lines(sources: usize) -> Vec<String> {
    (0..sources).flat_map(lines_of).collect()
}

/// Rows of one source: parts may be cut between sources, because copies and corrections belong to what they are of.
const EACH: usize = 14;

fn whole(calculator: &Calculator, lines: &[String]) -> Statement {
    let received = Form::Lines.read(lines.join("\n").as_bytes()).unwrap();
    calculator.events(vec![Source { label: "events".into(), received }], GO_ON).unwrap()
}

fn part(calculator: &Calculator, lines: &[String], first_row: u64) -> Vec<u8> {
    let received = Form::Lines.read(lines.join("\n").as_bytes()).unwrap();
    calculator.part(&Place { first_row, label: None }, received, GO_ON).unwrap()
}

/// The parts between the cuts, which are numbers of sources.
fn parts(calculator: &Calculator, lines: &[String], cuts: &[usize]) -> Vec<Vec<u8>> {
    let ends: Vec<usize> = cuts.iter().map(|cut| cut * EACH).chain([lines.len()]).collect();
    let mut start = 0;
    ends.into_iter()
        .map(|end| {
            let made = part(calculator, &lines[start..end], start as u64);
            start = end;
            made
        })
        .collect()
}

/// Everything that can be asked of a statement.
fn answers(statement: &Statement) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = ["json", "csv", "html"]
        .into_iter()
        .map(|format| (format.to_owned(), statement.report(format, Some("Example Ltd")).unwrap()))
        .collect();
    for aspect in [
        Aspect::Coverage,
        Aspect::Caveats,
        Aspect::Kpis,
        Aspect::Factors,
        Aspect::Digests,
        Aspect::Assumptions,
        Aspect::Refused,
        Aspect::Sources,
        Aspect::Options,
    ] {
        all.push((format!("{aspect:?}"), statement.document(aspect).to_string().into_bytes()));
    }
    let by: By = read(br#"{"dimensions":["scope","source","month","gas"]}"#).unwrap();
    all.push(("by".into(), format!("{:?}", by.ask(&statement.account.inventory)).into_bytes()));
    #[cfg(feature = "arrow")]
    all.push(("lines".into(), format!("{:?}", statement.lines()).into_bytes()));
    let options: SimulationOptions = read(br#"{"draws":200,"seed":11}"#).unwrap();
    let simulated = options.ask(&statement.account.inventory, GO_ON).unwrap();
    all.push(("simulation".into(), format!("{:?}", simulated.digests()).into_bytes()));
    all.push(("ranges".into(), simulated.document(None).to_string().into_bytes()));
    all.push(("score".into(), format!("{:?}", statement.account.score).into_bytes()));
    all
}

#[track_caller]
fn assert_same(found: &Statement, wanted: &Statement) {
    for ((name, found), (_, wanted)) in answers(found).into_iter().zip(answers(wanted)) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(found == wanted, "{name}:\n{}\nwanted\n{}", text(&found), text(&wanted));
    }
}

#[test]
fn parts_have_the_bytes_of_the_whole_however_they_are_cut_and_ordered() {
    let lines = lines(4);
    for options in OPTIONS {
        let calculator = calculator(options);
        let wanted = whole(&calculator, &lines);
        assert!(wanted.account.refused.len() > 4 && wanted.account.inventory.cells().count() > 20);
        for cuts in [&[][..], &[0, 2, 4], &[1, 2, 3]] {
            let mut parts = parts(&calculator, &lines, cuts);
            // Other processes have engines of their own; they plan anew.
            assert_same(&merge(&parts, None).unwrap(), &wanted);
            parts.reverse();
            parts.swap(0, cuts.len() / 2);
            assert_same(&merge(&parts, Some(&calculator)).unwrap(), &wanted);
        }
    }
}

#[test]
fn a_part_is_the_same_bytes_wherever_it_is_made() {
    let lines = lines(3);
    let one = part(&calculator(OPTIONS[0]), &lines, 5);
    // What an engine has planned before leaves no trace.
    let other = calculator(OPTIONS[0]);
    whole(&other, &super_lines());
    assert_eq!(part(&other, &lines, 5), one);
}

fn super_lines() -> Vec<String> {
    let mut all = lines(5);
    all.reverse();
    all
}

#[test]
fn statements_come_back_as_they_were() {
    let lines = lines(3);
    for options in OPTIONS {
        let calculator = calculator(options);
        let one = whole(&calculator, &lines[..2 * EACH]);
        let mut sum = one.clone();
        sum.merge(whole(&calculator, &lines[2 * EACH..])).unwrap();
        let merged = merge(&parts(&calculator, &lines, &[2]), None).unwrap();
        for statement in [one, sum, merged] {
            let block = statement.to_block();
            let again = Statement::from_block(&block).unwrap();
            assert_same(&again, &statement);
            assert_eq!(again.to_block(), block);
        }
    }
}

#[test]
fn sets_of_the_callers_own_travel_with_a_statement_and_are_asked_for_by_a_part() {
    let mut sets = Sets::default();
    sets.add(OWN).unwrap();
    let calculator = Calculator::new(&sets, &EngineOptions::default()).unwrap();
    let statement = whole(&calculator, &lines(1));
    assert_same(&Statement::from_block(&statement.to_block()).unwrap(), &statement);
    let parts = parts(&calculator, &lines(2), &[1]);
    assert_same(&merge(&parts, Some(&calculator)).unwrap(), &whole(&calculator, &lines(2)));
    let error = merge(&parts, None).unwrap_err();
    assert_eq!(error.code(), "inventory.merge");
    assert!(error.to_string().contains("locks of the factor sets"), "{error}");
}

#[track_caller]
fn refused(parts: &[Vec<u8>], calculator: Option<&Calculator>, code: &str, said: &str) {
    let error = merge(parts, calculator).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(said), "{error}");
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let (mine, lines) = (calculator("{}"), lines(2));
    let [a, b] = [0, 1].map(|s| part(&mine, &lines[s * EACH..(s + 1) * EACH], (s * EACH) as u64));
    for other in [r#"{"gwp":"AR5"}"#, r#"{"defaults":{"pue":"1.3"}}"#, r#"{"keep_lines":false}"#] {
        let foreign = part(&calculator(other), &lines[EACH..], EACH as u64);
        refused(&[a.clone(), foreign.clone()], None, "inventory.merge", "options");
        refused(&[foreign], Some(&mine), "inventory.merge", "options");
    }
    refused(&[], None, "option.value", "at least one part");
    // Line 1 of the first source is line 15 of the whole where the second part begins.
    let again = part(&mine, &lines[..EACH], EACH as u64);
    refused(&[a.clone(), b, again], None, "inventory.merge", "row 1 of events");
    refused(&[a.clone(), a], None, "inventory.merge", "one event");
}

static PART: LazyLock<Vec<u8>> = LazyLock::new(|| part(&calculator(OPTIONS[0]), &lines(2), 0));
static STATEMENT: LazyLock<Vec<u8>> = LazyLock::new(|| whole(&calculator(OPTIONS[0]), &lines(2)).to_block());

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - 32);
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

#[test]
fn cut_foreign_and_changed_bytes_are_refused() {
    for (block, read) in readers() {
        for end in [0, 1, 8, 31, 32, 40, block.len() / 2, block.len() - 1] {
            assert_eq!(read(&block[..end]), Some("inventory.block"), "{end} bytes");
        }
        let mut longer = block.clone();
        longer.insert(block.len() - 32, 0);
        assert_eq!(read(&longer), Some("inventory.block"));
        // Bytes behind the end, under a digest of their own.
        assert_eq!(read(&sealed(longer)), Some("inventory.block"));
        for at in (0..block.len()).step_by(97) {
            let mut changed = block.clone();
            changed[at] ^= 1 << (at % 8);
            assert_eq!(read(&changed), Some("inventory.block"), "byte {at}");
        }
    }
    assert_eq!(merge(&[&*STATEMENT], None).unwrap_err().code(), "inventory.block");
    assert_eq!(Statement::from_block(&PART).unwrap_err().code(), "inventory.block");
}

type Reader = fn(&[u8]) -> Option<&'static str>;

fn readers() -> [(&'static Vec<u8>, Reader); 2] {
    let part: Reader = |bytes| merge(&[bytes], None).err().map(|error| error.code());
    let statement: Reader = |bytes| Statement::from_block(bytes).err().map(|error| error.code());
    [(&PART, part), (&STATEMENT, statement)]
}

static CALCULATOR: LazyLock<Calculator> = LazyLock::new(|| calculator(OPTIONS[0]));

/// The block with some of its bytes changed, under a digest of its own.
fn tampered(block: &[u8], at: &prop::sample::Index, byte: u8, run: usize) -> Vec<u8> {
    let mut changed = block.to_vec();
    let at = at.index(changed.len() - 32);
    let end = (at + run).min(changed.len() - 32);
    changed[at..end].fill(byte);
    sealed(changed)
}

proptest! {
    /// Whoever writes a digest of their own may change a number; what comes is an answer or a refusal, and never a panic.
    #[test]
    fn parts_under_a_digest_of_their_own_never_panic(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), run in 1..9usize,
    ) {
        if let Ok(statement) = merge(&[tampered(&PART, &at, byte, run)], Some(&CALCULATOR)) {
            let _ = statement.report("csv", None);
            let _ = statement.account.inventory.coverage();
        }
    }
}

proptest! {
    // Each makes an engine of what the bytes say.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn inventories_under_a_digest_of_their_own_never_panic(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), run in 1..9usize,
    ) {
        if let Ok(statement) = Statement::from_block(&tampered(&STATEMENT, &at, byte, run)) {
            let _ = statement.report("json", None);
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for (_, read) in readers() {
            prop_assert_eq!(read(&bytes), Some("inventory.block"));
        }
    }
}

#[cfg(feature = "arrow")]
mod tables {
    use std::sync::Arc;

    use arrow::array::{Float64Array, RecordBatch, StringArray};
    use esg_core::face::{part_table, parts as parts_of};

    use super::*;

    /// Activities, some of which no factor fits and some of which are no numbers.
    fn activities(rows: usize) -> RecordBatch {
        let kinds = [
            ("electricity.grid", "kWh", Some("GB")),
            ("fuel.diesel", "L", Some("GB")),
            ("fuel.unobtainium", "L", None),
        ];
        let kind = |at: usize| kinds[at % 7 % 3];
        let texts = |of: &dyn Fn(usize) -> Option<&'static str>| StringArray::from_iter((0..rows).map(of));
        let times = (0..rows).map(|at| Some(format!("2024-{:02}-{:02}T10:00:00Z", at % 12 + 1, at % 28 + 1)));
        let quantities = (0..rows).map(|at| (at % 11 != 10).then_some(at as f64 / 8.0));
        RecordBatch::try_from_iter([
            ("activity", Arc::new(texts(&|at| Some(kind(at).0))) as Arc<dyn arrow::array::Array>),
            ("unit", Arc::new(texts(&|at| Some(kind(at).1)))),
            ("region", Arc::new(texts(&|at| kind(at).2))),
            ("timestamp", Arc::new(StringArray::from_iter(times))),
            ("quantity", Arc::new(Float64Array::from_iter(quantities))),
        ])
        .unwrap()
    }

    #[test]
    fn parts_of_a_table_have_the_bytes_of_the_whole() {
        let table = activities(500);
        for options in ["{}", r#"{"keep_lines":false}"#, r#"{"start":"2024-03-01","end":"2024-08-31"}"#] {
            let calculator = calculator(options);
            let slice = |table: RecordBatch| {
                calculator.table("table", &table.schema(), std::slice::from_ref(&table), GO_ON)
            };
            let wanted = slice(table.clone()).unwrap();
            assert!(!wanted.account.refused.is_empty());
            for size in [500, 123, 7] {
                let part = |first: usize| {
                    let rows = table.slice(first, size.min(500 - first));
                    let place = Place { first_row: first as u64, label: None };
                    calculator
                        .part_of_table(&place, &rows.schema(), std::slice::from_ref(&rows), GO_ON)
                        .unwrap()
                };
                let mut made: Vec<Vec<u8>> = (0..500).step_by(size).map(part).collect();
                made.reverse();
                // By way of tables, as they travel.
                let tables: Vec<RecordBatch> = made.iter().map(|part| part_table(part)).collect();
                assert_eq!(parts_of(&tables).unwrap(), made);
                assert_same(&merge(&made, None).unwrap(), &wanted);
            }
        }
    }

    #[test]
    fn events_and_activities_are_not_added() {
        let calculator = calculator("{}");
        let table = activities(3);
        let tall = calculator
            .part_of_table(&Place::default(), &table.schema(), std::slice::from_ref(&table), GO_ON)
            .unwrap();
        refused(&[part(&calculator, &lines(1), 0), tall], None, "inventory.merge", "of activities");
        assert_eq!(parts_of(&[table]).unwrap_err().code(), "option.value");
        let far = Place { first_row: 1 << 32, label: None };
        let table = activities(1);
        let error =
            calculator.part_of_table(&far, &table.schema(), std::slice::from_ref(&table), GO_ON).unwrap_err();
        assert_eq!(error.code(), "telemetry.limit");
    }
}
