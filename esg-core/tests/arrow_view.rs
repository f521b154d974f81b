//! Tables of activities that are read where they lie give what the copied ones give, and runs merge into what one run gives.
#![cfg(feature = "arrow")]

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::*;
use esg_core::aggregate::{Engine, Inventory, Options};
use esg_core::factor::Registry;
use esg_core::ghg::Dimensions;
use esg_core::telemetry::Rejection;
use esg_core::telemetry::arrow::activities;
use proptest::prelude::*;

/// Activity, unit, region; the last has no factor.
const KINDS: [(&str, &str, &str); 4] = [
    ("fuel.diesel", "L", "GB"),
    ("electricity.grid", "kWh", "GB"),
    ("electricity.grid", "MWh", "US-CAMX"),
    ("fuel.nothing", "kg", "GB"),
];

/// A row: which kind, how much, and seconds since 1970.
type Row = (usize, f64, i64);

fn engine() -> Engine {
    let dimensions = Dimensions { site: true, source: true, vertical: true, ..Dimensions::default() };
    let options = Options { dimensions, keep_lines: true, ..Options::new("AR5").unwrap() };
    Engine::new(Registry::built_in(), options).unwrap()
}

fn coded<K: ArrowDictionaryKeyType>(words: impl Iterator<Item = &'static str>) -> ArrayRef {
    Arc::new(words.collect::<DictionaryArray<K>>())
}

/// Dictionaries with keys of every width and timestamps of every unit, floats without null.
fn table(rows: &[Row], unit: TimeUnit) -> RecordBatch {
    let kinds = || rows.iter().map(|row| KINDS[row.0]);
    let seconds = || rows.iter().map(|row| row.2);
    let at: ArrayRef = match unit {
        TimeUnit::Second => Arc::new(TimestampSecondArray::from_iter_values(seconds())),
        TimeUnit::Millisecond => {
            Arc::new(TimestampMillisecondArray::from_iter_values(seconds().map(|s| s * 1000 + 999)))
        }
        TimeUnit::Microsecond => {
            Arc::new(TimestampMicrosecondArray::from_iter_values(seconds().map(|s| s * 1_000_000)))
        }
        TimeUnit::Nanosecond => {
            Arc::new(TimestampNanosecondArray::from_iter_values(seconds().map(|s| s * 1_000_000_000)))
        }
    };
    let sites = || rows.iter().map(|row| ["north", "south", "east"][row.2.rem_euclid(3) as usize]);
    RecordBatch::try_from_iter([
        ("metric", coded::<Int8Type>(kinds().map(|k| k.0))),
        ("unit", coded::<UInt8Type>(kinds().map(|k| k.1))),
        ("region", coded::<Int16Type>(kinds().map(|k| k.2))),
        ("site", coded::<UInt16Type>(sites())),
        ("source", coded::<Int32Type>(sites())),
        ("vertical", coded::<UInt32Type>(rows.iter().map(|_| "general"))),
        ("value", Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.1)))),
        ("ts", at),
    ])
    .unwrap()
}

/// Everything that an inventory says, as text.
fn said(inventory: &Inventory) -> String {
    let cells: Vec<String> = inventory.cells().map(|(key, sums)| format!("{key:?} {sums:?}")).collect();
    // Lines and gaps have numbers that depend on which came first; what they refer to does not.
    let lines = inventory.lines().iter().map(|line| {
        let factor = &inventory.plans()[line.plan as usize].factor;
        format!("{} {} {} {factor}", line.event, line.quantity, line.day)
    });
    let lost = inventory
        .uncalculated()
        .iter()
        .map(|row| format!("{} {}", row.event, inventory.gaps()[row.gap as usize].activity));
    let (lines, lost): (Vec<_>, Vec<_>) = (lines.collect(), lost.collect());
    format!("{cells:#?}\n{lines:#?}\n{lost:?}\n{:?}\n{:?}", inventory.counts(), inventory.coverage())
}

fn named(rejected: &[Rejection]) -> Vec<(u64, &str, &str)> {
    rejected.iter().map(|r| (r.line, r.code, r.field.as_str())).collect()
}

/// Reads a table in the two ways and compares what comes out.
fn both_ways(table: &RecordBatch) -> (Inventory, Vec<Rejection>) {
    let engine = engine();
    let copied = activities(table).unwrap();
    let mut run = engine.run();
    run.add(&copied.batch).unwrap();
    let want = run.finish().unwrap();
    let mut run = engine.run();
    let rejected = run.add_arrow(table).unwrap();
    let got = run.finish().unwrap();
    assert_eq!(named(&rejected), named(&copied.rejected));
    assert_eq!(said(&got), said(&want));
    (got, rejected)
}

/// 2024-03-15T14:30:00Z
const AT: i64 = 1_710_513_000;

#[test]
fn a_row_that_cannot_be_used_is_returned_by_its_number_and_the_others_keep_their_order() {
    let mut rows: Vec<Row> = (0..40_000).map(|i| (i % 4, 0.25 * (i % 1000) as f64, AT + i as i64)).collect();
    // Rows are read 16 384 at a time: the first piece is whole, the others are not.
    (rows[17_000].1, rows[20_001].1) = (-1.0, f64::NAN);
    rows[39_999].1 = f64::INFINITY;
    let (inventory, rejected) = both_ways(&table(&rows, TimeUnit::Second));
    let lines: Vec<u64> = rejected.iter().map(|r| r.line).collect();
    assert_eq!(lines, [17_001, 20_002, 40_000]);
    assert_eq!(inventory.counts().rows, 39_997);
    assert!(inventory.uncalculated().is_sorted_by_key(|row| row.event));
    assert!(inventory.lines().is_sorted_by_key(|line| line.event));
}

#[test]
fn a_time_beyond_the_calendar_is_returned() {
    // Of the years 0000 to 9999 the first and the last second, and their neighbours.
    let (first, last) = (-62_167_219_200, 253_402_300_799);
    let rows = [first - 1, first, AT, last, last + 1].map(|at| (0, 1.0, at));
    let (inventory, rejected) = both_ways(&table(&rows, TimeUnit::Second));
    assert_eq!(rejected.iter().map(|r| r.line).collect::<Vec<_>>(), [1, 5]);
    assert_eq!(inventory.counts().rows, 3);
    for far in [i64::MIN, i64::MAX] {
        let (_, rejected) = both_ways(&table(&[(0, 1.0, far)], TimeUnit::Second));
        assert_eq!(rejected.len(), 1);
    }
}

#[test]
fn a_slice_and_an_empty_table_are_read_too() {
    let whole = table(&[(0, 1.0, AT), (1, 2.5, AT), (3, 3.0, AT), (2, 4.0, AT)], TimeUnit::Millisecond);
    assert_eq!(both_ways(&whole.slice(1, 2)).0.counts().rows, 2);
    assert_eq!(both_ways(&whole.slice(4, 0)).0.counts().rows, 0);
}

#[test]
fn runs_of_another_engine_do_not_merge() {
    let engine = engine();
    let (mut run, other) = (engine.run(), self::engine().run());
    assert_eq!(run.merge(other).unwrap_err().code(), "inventory.merge");
    run.merge(engine.run()).unwrap();
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let quantity = prop_oneof![
        8 => (0u32..1_000_000, 0i32..7).prop_map(|(m, s)| f64::from(m) / 10f64.powi(s)),
        4 => 0.0f64..1e6,
        1 => prop::sample::select(vec![-1.0, -0.0, 0.0, f64::NAN, f64::INFINITY, 1e-300, 1e15, 1e300, 5e-324]),
    ];
    let at = prop_oneof![9 => AT - 40_000_000..AT + 40_000_000, 1 => -4_000_000_000i64..4_000_000_000];
    proptest::collection::vec((0usize..4, quantity, at), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn where_a_table_lies_does_not_show(rows in rows(), unit in 0usize..4) {
        let units = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];
        both_ways(&table(&rows, units[unit]));
    }

    #[test]
    fn merged_runs_are_one_run(rows in rows(), cut in any::<prop::sample::Index>()) {
        let engine = engine();
        let whole = table(&rows, TimeUnit::Second);
        let mut one = engine.run();
        let refused = one.add_arrow(&whole).unwrap().len();
        let one = one.finish().unwrap();
        let cut = cut.index(rows.len());
        let (mut left, mut right) = (engine.run(), engine.run());
        let mut parts = left.add_arrow(&whole.slice(0, cut)).unwrap().len();
        parts += right.add_arrow(&whole.slice(cut, rows.len() - cut)).unwrap().len();
        // The second into the first, and the first into the second.
        right.merge(left).unwrap();
        let merged = right.finish().unwrap();
        prop_assert_eq!(refused, parts);
        let cells = |i: &Inventory| i.cells().map(|(k, s)| format!("{k:?} {s:?}")).collect::<Vec<_>>();
        prop_assert_eq!(cells(&merged), cells(&one));
        prop_assert_eq!(merged.counts(), one.counts());
        prop_assert_eq!(format!("{:?}", merged.coverage()), format!("{:?}", one.coverage()));
        prop_assert_eq!(merged.lines().len(), one.lines().len());
        prop_assert_eq!(merged.uncalculated().len(), one.uncalculated().len());
    }
}
