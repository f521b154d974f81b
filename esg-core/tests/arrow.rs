//! Arrow tables: events as CSV and JSON Lines have them, and activities in every type that a column may have.
#![cfg(feature = "arrow")]

use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::NullBuffer;
use arrow::datatypes::*;
use esg_core::aggregate::{Engine, Inventory, Options as Settings};
use esg_core::factor::Registry;
use esg_core::normalize::{Defaults, normalize};
use esg_core::telemetry::arrow::{activities, events};
use esg_core::telemetry::{Options, Received, TelemetryError, csv, json};
use proptest::prelude::*;

type Named = (String, ArrayRef);

fn texts(cells: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(cells.to_vec()))
}

fn words(cells: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(cells.to_vec()))
}

fn numbers(cells: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(cells.to_vec()))
}

fn table(columns: Vec<Named>) -> RecordBatch {
    let fields: Vec<Field> =
        columns.iter().map(|(n, c)| Field::new(n, c.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, c)| c).collect())
        .unwrap()
}

/// Events of a data centre in which nothing is wrong, with more columns or others in their place.
fn hall(rows: usize, columns: &[(&str, ArrayRef)]) -> RecordBatch {
    let ids: Vec<String> = (0..rows).map(|row| format!("e{row}")).collect();
    let mut all: Vec<Named> = vec![
        ("source_id".into(), words(&vec!["hall"; rows])),
        ("external_event_id".into(), Arc::new(StringArray::from(ids))),
        ("vertical".into(), words(&vec!["ai_data_center"; rows])),
        ("timestamp".into(), words(&vec!["2024-03-15T14:30:00Z"; rows])),
        ("pue".into(), numbers(&vec![Some(1.15); rows])),
    ];
    for (name, column) in columns {
        match all.iter_mut().find(|(other, _)| other == name) {
            Some(place) => place.1 = Arc::clone(column),
            None => all.push(((*name).into(), Arc::clone(column))),
        }
    }
    table(all)
}

fn read(table: &RecordBatch) -> Received {
    events(table, Options::default()).unwrap()
}

fn refused(table: &RecordBatch) -> TelemetryError {
    events(table, Options::default()).unwrap_err()
}

/// (line, code, field) of each rejection.
fn rejections(received: &Received) -> Vec<(u64, &str, &str)> {
    received.rejected.iter().map(|r| (r.line, r.code, r.field.as_str())).collect()
}

fn canonical(received: &Received) -> Vec<String> {
    (0..received.batch.len()).map(|e| String::from_utf8(received.batch.canonical_event(e)).unwrap()).collect()
}

/// Everything that an inventory says, as text.
fn said(inventory: &Inventory) -> String {
    let cells: Vec<String> = inventory.cells().map(|(key, sums)| format!("{key:?} {sums:?}")).collect();
    format!("{cells:#?}\n{:?}\n{:?}", inventory.counts(), inventory.coverage())
}

fn example(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../examples/data/{name}.csv", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Header and rows of a table, the rows that are as long as the header.
fn cells(csv: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let text =
        |cells: Vec<Vec<u8>>| cells.into_iter().map(|c| String::from_utf8(c).unwrap()).collect::<Vec<_>>();
    let mut rows = csv::rows(csv, b',').map(|(_, cells, _)| text(cells));
    let header = rows.next().unwrap();
    let rows = rows.filter(|row| row.len() == header.len()).collect();
    (header, rows)
}

fn is_word(name: &str) -> bool {
    name.starts_with("tags.") || ["source_id", "external_event_id", "vertical"].contains(&name)
}

#[test]
fn json_lines_csv_and_arrow_of_the_same_rows_are_the_same_events() {
    let engine = Engine::new(Registry::built_in(), Settings::new("AR6").unwrap()).unwrap();
    for name in [
        "ai_data_center",
        "logistics_fleet",
        "smart_manufacturing",
        "smart_manufacturing_production",
        "cloud_saas",
    ] {
        let (header, mut rows) = cells(&example(name));
        // Every eleventh row is enough to meet each hour and month.
        rows = rows.into_iter().step_by(11).collect();
        let csv_text: String =
            std::iter::once(&header).chain(&rows).map(|row| row.join(",") + "\n").collect();
        let lines: String = rows.iter().map(|row| json_line(&header, row) + "\n").collect();
        let column = |at: usize| -> Vec<Option<&str>> {
            rows.iter().map(|row| Some(row[at].as_str()).filter(|cell| !cell.is_empty())).collect()
        };
        let columns = header.iter().enumerate().map(|(at, name)| {
            let cells = column(at);
            let array: ArrayRef = match name.as_str() {
                "timestamp" => {
                    let ms = |c: &Option<&str>| {
                        c.map(|t| t.parse::<esg_core::time::Instant>().unwrap().epoch_ms())
                    };
                    Arc::new(TimestampMillisecondArray::from_iter(cells.iter().map(ms)).with_timezone("UTC"))
                }
                name if is_word(name) => texts(&cells),
                _ => numbers(&cells.iter().map(|c| c.map(|t| t.parse().unwrap())).collect::<Vec<_>>()),
            };
            (name.clone(), array)
        });
        let wide = read(&table(columns.collect()));
        let by_csv = csv::read(csv_text.as_bytes(), &csv::Layout::default(), Options::default()).unwrap();
        let by_json = json::read_lines(lines.as_bytes(), Options::default()).unwrap();
        assert_eq!(wide.batch.len(), rows.len(), "{name}: {:?}", wide.rejected.first());
        assert_eq!((wide.rejected.len(), by_csv.rejected.len(), by_json.rejected.len()), (0, 0, 0));
        assert_eq!(wide.batch.line, by_json.batch.line);
        let want = normalize(&by_csv.batch, &Defaults::default());
        let inventory = said(&engine.calculate(&want.activities).unwrap());
        for other in [&by_json, &wide] {
            assert_eq!(canonical(other), canonical(&by_csv), "{name}");
            let fingerprint =
                |r: &Received| (0..rows.len()).map(|e| r.batch.fingerprint(e)).collect::<Vec<_>>();
            assert_eq!(fingerprint(other), fingerprint(&by_csv));
            let got = normalize(&other.batch, &Defaults::default());
            assert_eq!(got.totals, want.totals, "{name}");
            assert_eq!(said(&engine.calculate(&got.activities).unwrap()), inventory, "{name}");
        }
    }
}

fn json_line(header: &[String], row: &[String]) -> String {
    let (mut fields, mut metrics, mut tags) = (Vec::new(), Vec::new(), Vec::new());
    for (name, cell) in header.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
        let text = serde_json::Value::from(cell.as_str());
        match name.strip_prefix("tags.") {
            Some(tag) => tags.push(format!("{tag:?}:{text}")),
            None if is_word(name) || name == "timestamp" => fields.push(format!("{name:?}:{text}")),
            None => metrics.push(format!("{name:?}:{cell}")),
        }
    }
    format!(r#"{{{},"metrics":{{{}}},"tags":{{{}}}}}"#, fields.join(","), metrics.join(","), tags.join(","))
}

#[test]
fn bad_rows_come_back_from_arrow_as_they_do_from_csv() {
    let (header, rows) = cells(&example("bad_rows"));
    let csv_text: String = std::iter::once(&header)
        .chain(&rows)
        .map(|row| row.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    let by_csv = csv::read(csv_text.as_bytes(), &csv::Layout::default(), Options::default()).unwrap();
    let columns = header.iter().enumerate().map(|(at, name)| {
        (name.clone(), words(&rows.iter().map(|row| row[at].as_str()).collect::<Vec<_>>()))
    });
    let wide = read(&table(columns.collect()));
    assert_eq!((wide.batch.len(), wide.rejected.len()), (2, 10));
    assert_eq!(canonical(&wide), canonical(&by_csv));
    assert_eq!(wide.rejected.len(), by_csv.rejected.len());
    for (arrow, csv) in wide.rejected.iter().zip(&by_csv.rejected) {
        // The header is the first line of a file and no row of a table.
        assert_eq!(arrow.line + 1, csv.line);
        assert_eq!((&arrow.message, arrow.code, &arrow.nearest), (&csv.message, csv.code, &csv.nearest));
    }
}

#[test]
fn null_is_missing_nan_is_refused_and_the_row_comes_back_as_it_was() {
    let cells = [None, Some(0.0), Some(f64::NAN), Some(f64::INFINITY), Some(-1.0), Some(0.1 + 0.2)];
    let received = read(&hall(6, &[("energy_kwh", numbers(&cells)), ("region", texts(&[Some("G\"B"); 6]))]));
    let want = [
        (3, "decimal.not_finite", "metrics.energy_kwh"),
        (4, "decimal.not_finite", "metrics.energy_kwh"),
        (5, "telemetry.range", "metrics.energy_kwh"),
    ];
    assert_eq!(rejections(&received), want);
    assert_eq!(
        received.rejected[0].raw,
        r#"{"source_id":"hall","external_event_id":"e2","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","pue":1.15,"energy_kwh":NaN,"region":"G\"B"}"#
    );
    let measured = |event: usize| received.batch.measurements(event).len();
    assert_eq!((measured(0), measured(1), measured(2)), (1, 2, 2));
    assert_eq!(received.batch.value[4].to_string(), "0.30000000000000004");
    for name in ["source_id", "external_event_id", "vertical", "timestamp"] {
        let received = read(&hall(1, &[(name, texts(&[None]))]));
        assert_eq!(rejections(&received), [(1, "telemetry.missing", name)]);
        assert!(!received.rejected[0].raw.contains(name));
        // A column of nothing but nulls has no type in a data frame.
        let untyped = read(&hall(1, &[(name, Arc::new(NullArray::new(1)))]));
        assert_eq!(untyped.rejected, received.rejected);
    }
    let received = read(&hall(1, &[("pue", numbers(&[None]))]));
    assert_eq!(rejections(&received), [(1, "telemetry.missing", "metrics")]);
}

#[test]
fn every_column_of_words_says_the_same() {
    let plain = ["GB", "FR", "GB"];
    let want = canonical(&read(&hall(3, &[("region", words(&plain))])));
    assert!(want[1].contains(r#""tags":{"region":"FR"}"#), "{}", want[1]);

    let columns: Vec<ArrayRef> = vec![
        Arc::new(LargeStringArray::from(plain.to_vec())),
        Arc::new(StringViewArray::from(plain.to_vec())),
        Arc::new(plain.into_iter().collect::<DictionaryArray<Int8Type>>()),
        Arc::new(plain.into_iter().collect::<DictionaryArray<UInt64Type>>()),
        Arc::new(
            DictionaryArray::<Int32Type>::try_new(
                Int32Array::from(vec![1, 0, 1]),
                Arc::new(StringViewArray::from(vec!["FR", "GB"])),
            )
            .unwrap(),
        ),
    ];
    for column in columns {
        let kind = column.data_type().clone();
        assert_eq!(canonical(&read(&hall(3, &[("region", Arc::clone(&column))]))), want, "{kind}");
        assert_eq!(canonical(&read(&hall(3, &[("tags.region", column)]))), want, "{kind}");
    }
    // A dictionary may have null for a key or for a word.
    let gaps = DictionaryArray::<Int32Type>::try_new(
        Int32Array::from(vec![None, Some(0), Some(1)]),
        Arc::new(StringArray::from(vec![None, Some("GB")])),
    );
    let received = read(&hall(3, &[("region", Arc::new(gaps.unwrap()))]));
    let regions: Vec<_> = (0..3).map(|event| received.batch.tag(event, "region")).collect();
    assert_eq!(regions, [None, None, Some("GB")]);
}

#[test]
fn every_column_of_numbers_is_exact() {
    let decimal =
        |scale| Arc::new(Decimal128Array::from(vec![12505]).with_precision_and_scale(20, scale).unwrap());
    let columns: Vec<(ArrayRef, &str)> = vec![
        (decimal(1), "1250.5"),
        (decimal(0), "12505"),
        (decimal(-2), "1250500"),
        (Arc::new(Decimal64Array::from(vec![12505]).with_precision_and_scale(9, 2).unwrap()), "125.05"),
        (Arc::new(Decimal32Array::from(vec![12505]).with_precision_and_scale(9, 2).unwrap()), "125.05"),
        (
            Arc::new(Decimal256Array::from(vec![i256::from(12505)]).with_precision_and_scale(40, 3).unwrap()),
            "12.505",
        ),
        (Arc::new(UInt64Array::from(vec![u64::MAX])), "18446744073709551615"),
        (Arc::new(Int8Array::from(vec![7])), "7"),
        (Arc::new(Float32Array::from(vec![0.1f32])), "0.1"),
        (Arc::new(Float64Array::from(vec![1e21])), "1000000000000000000000"),
        (words(&["12345678901234567890.12345678"]), "12345678901234567890.12345678"),
    ];
    for (column, want) in columns {
        let received = read(&hall(1, &[("energy_kwh", Arc::clone(&column))]));
        assert_eq!(received.batch.value.last().unwrap().to_string(), want, "{}", column.data_type());
        let tall = activities(&tall(&[("quantity", column)], 1)).unwrap();
        assert_eq!(tall.batch.quantity.get(0).to_string(), want);
    }
    // 29 digits are one too many.
    let long = Decimal128Array::from(vec![10i128.pow(28) + 1]).with_precision_and_scale(38, 0).unwrap();
    let received = read(&hall(1, &[("energy_kwh", Arc::new(long))]));
    assert_eq!(rejections(&received), [(1, "decimal.too_precise", "metrics.energy_kwh")]);
    assert!(received.rejected[0].raw.contains(r#""energy_kwh":10000000000000000000000000001"#));
}

#[test]
fn timestamps_of_every_unit_are_the_same_instant() {
    // 2024-03-15T14:30:00Z is 19797 days and 52 200 s after 1970: 19797 x 86 400 + 52 200 = 1 710 513 000 s.
    let s = 1_710_513_000i64;
    let columns: Vec<(ArrayRef, &str)> = vec![
        (Arc::new(TimestampSecondArray::from(vec![s])), "2024-03-15T14:30:00Z"),
        (Arc::new(TimestampMillisecondArray::from(vec![s * 1000 + 7])), "2024-03-15T14:30:00.007Z"),
        (Arc::new(TimestampMicrosecondArray::from(vec![s * 1_000_000 + 1999])), "2024-03-15T14:30:00.001Z"),
        (Arc::new(TimestampNanosecondArray::from(vec![s * 1_000_000_000 + 999_999])), "2024-03-15T14:30:00Z"),
        (Arc::new(TimestampNanosecondArray::from(vec![-1])), "1969-12-31T23:59:59.999Z"),
        // With a zone the number is UTC too.
        (
            Arc::new(TimestampSecondArray::from(vec![s]).with_timezone("America/New_York")),
            "2024-03-15T14:30:00Z",
        ),
        (words(&["2024-03-15T10:30:00-04:00"]), "2024-03-15T14:30:00Z"),
    ];
    for (column, want) in columns {
        let received = read(&hall(1, &[("timestamp", Arc::clone(&column))]));
        assert_eq!(received.batch.instant[0].to_string(), want, "{}", column.data_type());
    }
    let naive = read(&hall(1, &[("timestamp", words(&["2024-03-15T14:30:00"]))]));
    assert_eq!(rejections(&naive), [(1, "time.instant", "timestamp")]);
    let far = read(&hall(1, &[("timestamp", Arc::new(TimestampSecondArray::from(vec![i64::MAX])))]));
    assert_eq!(rejections(&far), [(1, "time.instant", "timestamp")]);
    assert!(far.rejected[0].raw.contains("9223372036854775807 s"));
    let fine = TimestampNanosecondArray::from(vec![s * 1_000_000_000 + 120]);
    let fine = read(&hall(1, &[("timestamp", Arc::new(fine)), ("pue", numbers(&[Some(0.5)]))]));
    assert!(fine.rejected[0].raw.contains("\"2024-03-15T14:30:00.00000012Z\""), "{}", fine.rejected[0].raw);
    // A day is no instant.
    assert_eq!(
        refused(&hall(1, &[("timestamp", Arc::new(Date32Array::from(vec![1])))])).code(),
        "telemetry.type"
    );
}

#[test]
fn an_activity_has_its_day_from_words_of_a_dictionary_too() {
    let coded =
        |text: &str| -> ArrayRef { Arc::new([text].into_iter().collect::<DictionaryArray<Int32Type>>()) };
    for text in ["2024-03-15T14:30:00Z", "2024-03-15"] {
        let received = activities(&tall(&[("timestamp", coded(text))], 1)).unwrap();
        // 2024-03-15 is 19797 days after 1970.
        assert_eq!((received.batch.day[0].epoch_days(), received.rejected.len()), (19_797, 0), "{text}");
    }
    let unread = activities(&tall(&[("timestamp", coded("15.3.2024"))], 1)).unwrap();
    assert_eq!((unread.rejected[0].line, unread.rejected[0].code), (1, "time.instant"));
}

fn map(rows: &[&[(&str, &str)]]) -> MapArray {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for row in rows {
        for (name, value) in *row {
            map.keys().append_value(name);
            map.values().append_value(value);
        }
        map.append(!row.is_empty()).unwrap();
    }
    map.finish()
}

#[test]
fn tags_and_metrics_are_columns_structs_or_maps() {
    let want =
        hall(2, &[("region", texts(&[Some("GB"), None])), ("energy_kwh", numbers(&[Some(5.5), Some(6.0)]))]);
    let want = canonical(&read(&want));
    let region = Arc::new(Field::new("region", DataType::Utf8, true));
    let energy = Arc::new(Field::new("energy_kwh", DataType::Float64, true));
    let tags = StructArray::new(
        vec![Arc::clone(&region)].into(),
        // Under a null struct stands what nobody sent.
        vec![texts(&[Some("GB"), Some("FR")])],
        Some(NullBuffer::from(vec![true, false])),
    );
    let metrics = StructArray::new(vec![energy].into(), vec![numbers(&[Some(5.5), Some(6.0)])], None);
    let structs = hall(2, &[("tags", Arc::new(tags)), ("metrics", Arc::new(metrics))]);
    assert_eq!(canonical(&read(&structs)), want);
    let maps = [
        ("tags", Arc::new(map(&[&[("region", "GB")], &[]])) as ArrayRef),
        ("metrics", Arc::new(map(&[&[("energy_kwh", "5.50")], &[("energy_kwh", "6")]]))),
    ];
    let maps = hall(2, &maps);
    assert_eq!(canonical(&read(&maps)), want);
    assert_eq!(canonical(&read(&maps.slice(1, 1))), want[1..]);
    assert_eq!(canonical(&read(&structs.slice(1, 1))), want[1..]);
}

#[test]
fn a_map_may_not_say_a_thing_twice() {
    let twice = map(&[&[("a", "1"), ("a", "2")]]);
    let received = read(&hall(1, &[("tags", Arc::new(twice))]));
    assert_eq!(rejections(&received), [(1, "telemetry.tag", "tags.a")]);
    assert!(
        received.rejected[0].raw.ends_with(r#""tags":{"a":"1","a":"2"}}"#),
        "{}",
        received.rejected[0].raw
    );
    let column = ("region", words(&["GB"]));
    let received = read(&hall(1, &[column, ("tags", Arc::new(map(&[&[("region", "GB")]])))]));
    assert_eq!(rejections(&received), [(1, "telemetry.tag", "tags.region")]);
    for (metric, code) in [("pue", "telemetry.doubled"), ("puee", "telemetry.metric")] {
        let received = read(&hall(1, &[("metrics", Arc::new(map(&[&[(metric, "1.15")]])))]));
        assert_eq!(received.rejected[0].code, code);
    }
    // An empty text is missing in a column and a value in a map, as in CSV and in JSON.
    let empty = read(&hall(1, &[("tags", Arc::new(map(&[&[("rank", "")]])))]));
    assert_eq!(empty.batch.tag(0, "rank"), Some(""));
    let empty = read(&hall(1, &[("tags.rank", words(&[""]))]));
    assert_eq!(empty.batch.tag(0, "rank"), None);
}

#[test]
fn a_table_that_cannot_be_read_is_refused_whole() {
    let error = refused(&hall(1, &[("energy_kw", numbers(&[Some(1.0)]))]));
    assert_eq!(
        (error.code(), error.field(), &*error.nearest()[0]),
        ("telemetry.header", "energy_kw", "energy_kwh")
    );
    let metrics = Arc::new(Field::new("energy_kw", DataType::Float64, true));
    let metrics = StructArray::new(vec![metrics].into(), vec![numbers(&[Some(1.0)])], None);
    let error = refused(&hall(1, &[("metrics", Arc::new(metrics))]));
    assert_eq!((error.code(), error.field()), ("telemetry.header", "metrics.energy_kw"));
    let twice = [("region", words(&["GB"])), ("tags.region", words(&["GB"]))];
    assert_eq!(refused(&hall(1, &twice)).code(), "telemetry.header");
    let whole = hall(1, &[]);
    for at in 0..4 {
        let kept: Vec<usize> = (0..5).filter(|other| *other != at).collect();
        assert_eq!(refused(&whole.project(&kept).unwrap()).code(), "telemetry.missing");
    }
    assert_eq!(refused(&whole.project(&[0, 1, 2, 3, 4, 4]).unwrap()).code(), "telemetry.header");
    for (name, column) in [
        ("source_id", numbers(&[Some(1.0)])),
        ("energy_kwh", Arc::new(BooleanArray::from(vec![true])) as ArrayRef),
        ("tags", words(&["GB"])),
        ("timestamp", numbers(&[Some(1.0)])),
    ] {
        let error = refused(&hall(1, &[(name, column)]));
        assert_eq!((error.code(), error.field()), ("telemetry.type", name));
    }
    let tags = |n: usize| -> Vec<(String, ArrayRef)> {
        (0..n).map(|i| (format!("tags.t{i}"), texts(&[None]))).collect()
    };
    let wide = |n| {
        let tags = tags(n);
        hall(1, &tags.iter().map(|(name, column)| (name.as_str(), Arc::clone(column))).collect::<Vec<_>>())
    };
    assert_eq!(read(&wide(251)).batch.len(), 1);
    assert_eq!(refused(&wide(252)).code(), "telemetry.limit");
}

#[test]
fn a_general_event_has_its_activity_unit_scope_and_category() {
    let general = |scope: ArrayRef| {
        let columns: [(&str, ArrayRef); 7] = [
            ("vertical", words(&["general"])),
            ("pue", numbers(&[None])),
            ("activity", words(&["fuel.diesel"])),
            ("value", numbers(&[Some(12.5)])),
            ("unit", words(&["L"])),
            ("scope", scope),
            ("category", Arc::new(Int64Array::from(vec![None]))),
        ];
        read(&hall(1, &columns))
    };
    let want = r#""metrics":[{"name":"fuel.diesel","scope":1,"unit":"L","value":"12.5"}]"#;
    for scope in [Arc::new(Int8Array::from(vec![1])) as ArrayRef, numbers(&[Some(1.0)]), words(&["1"])] {
        let received = general(scope);
        assert!(canonical(&received)[0].contains(want), "{:?}", received.rejected);
    }
    assert_eq!(rejections(&general(numbers(&[Some(1.5)]))), [(1, "telemetry.range", "scope")]);
    assert_eq!(rejections(&general(numbers(&[Some(f64::NAN)]))), [(1, "decimal.not_finite", "scope")]);
}

#[test]
fn an_event_that_is_too_long_as_json_is_too_long_in_arrow() {
    // 60 tags of 256 letters "é" in two bytes are 30 720 bytes; of "\u{10FFFF}" in four, 61 440 and more.
    for (letter, accepted) in [("é", true), ("\u{10FFFF}", false)] {
        let text = letter.repeat(256);
        let names: Vec<String> = (0..60).map(|i| format!("tags.t{i}")).collect();
        let columns: Vec<_> = names.iter().map(|name| (name.as_str(), words(&[&text]))).collect();
        let received = read(&hall(1, &columns));
        assert_eq!(received.batch.len(), usize::from(accepted));
        assert!(received.rejected.iter().all(|r| r.code == "json.too_long"));
    }
}

fn tall(columns: &[(&str, ArrayRef)], rows: usize) -> RecordBatch {
    let mut all: Vec<Named> = vec![
        ("activity".into(), words(&vec!["fuel.diesel"; rows])),
        ("unit".into(), words(&vec!["L"; rows])),
        ("quantity".into(), numbers(&vec![Some(1.5); rows])),
        ("timestamp".into(), Arc::new(Date32Array::from(vec![19_797; rows]))),
        ("region".into(), words(&vec!["GB"; rows])),
    ];
    for (name, column) in columns {
        match all.iter_mut().find(|(other, _)| other == name) {
            Some(place) => place.1 = Arc::clone(column),
            None => all.push(((*name).into(), Arc::clone(column))),
        }
    }
    table(all)
}

#[test]
fn a_row_of_activities_that_cannot_be_used_is_returned() {
    let quantity = numbers(&[Some(1.0), None, Some(-2.0), Some(f64::NAN), Some(5.0), Some(6.0), Some(7.0)]);
    let activity =
        texts(&[Some("fuel.diesel"), Some("a"), Some("a"), Some("a"), None, Some("fuel.diesel"), Some("a")]);
    let day = Date32Array::from(vec![Some(0), Some(0), Some(0), Some(0), Some(0), Some(1), None]);
    let read =
        activities(&tall(&[("quantity", quantity), ("activity", activity), ("timestamp", Arc::new(day))], 7))
            .unwrap();
    let got: Vec<_> = read.rejected.iter().map(|r| (r.line, r.code, r.field.as_str())).collect();
    let want = [
        (2, "telemetry.missing", "quantity"),
        (3, "telemetry.range", "quantity"),
        (4, "decimal.not_finite", "quantity"),
        (5, "telemetry.missing", "activity"),
        (7, "telemetry.missing", "timestamp"),
    ];
    assert_eq!(got, want);
    assert_eq!(read.batch.event, [0, 5]);
    assert_eq!(read.batch.day[1].to_string(), "1970-01-02");
    assert_eq!(read.batch.quantity.get(1).to_string(), "6");
}

#[test]
fn the_columns_of_activities_are_checked() {
    let whole = tall(&[], 1);
    for at in 0..4 {
        let kept: Vec<usize> = (0..5).filter(|other| *other != at).collect();
        assert_eq!(activities(&whole.project(&kept).unwrap()).unwrap_err().code(), "telemetry.missing");
    }
    assert_eq!(activities(&whole.project(&[0, 1, 2, 3]).unwrap()).unwrap().batch.len(), 1);
    let doubled = activities(&tall(&[("amount", numbers(&[Some(1.0)]))], 1)).unwrap_err();
    assert_eq!((doubled.code(), doubled.field()), ("telemetry.header", "amount"));
    for (name, column) in [
        ("quantity", Arc::new(BooleanArray::from(vec![true])) as ArrayRef),
        ("activity", numbers(&[Some(1.0)])),
        ("timestamp", numbers(&[Some(1.0)])),
        ("region", Arc::new(Int32Array::from(vec![1]))),
    ] {
        let error = activities(&tall(&[(name, column)], 1)).unwrap_err();
        assert_eq!((error.code(), error.field()), ("telemetry.type", name));
    }
    // A column of nothing but nulls has no type in a data frame.
    let nowhere = activities(&tall(&[("region", Arc::new(NullArray::new(1)))], 1)).unwrap();
    assert_eq!((nowhere.batch.len(), nowhere.batch.region[0]), (1, esg_core::activity::NONE));
    let s = 19_797 * 86_400 + 86_399i64;
    let days: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from(vec![19_797])),
        Arc::new(Date64Array::from(vec![s * 1000])),
        Arc::new(TimestampSecondArray::from(vec![s])),
        Arc::new(TimestampMillisecondArray::from(vec![s * 1000 + 999])),
        Arc::new(TimestampMicrosecondArray::from(vec![s * 1_000_000 + 999_999])),
        Arc::new(TimestampNanosecondArray::from(vec![s * 1_000_000_000 + 999_999_999])),
        words(&["2024-03-15T23:59:59.999Z"]),
        words(&["2024-03-15"]),
    ];
    for day in days {
        let kind = day.data_type().clone();
        let read = activities(&tall(&[("timestamp", day)], 1)).unwrap();
        assert_eq!(read.batch.day[0].to_string(), "2024-03-15", "{kind}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_slicing_of_a_table_gives_the_same_inventory(
        rows in proptest::collection::vec((0usize..4, proptest::option::of(-10i64..1_000_000), 19_700i32..20_100), 1..80),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        const KINDS: [(&str, &str, &str); 4] = [
            ("fuel.diesel", "L", "GB"), ("electricity.grid", "kWh", "GB"),
            ("electricity.grid", "MWh", "US-CAMX"), ("fuel.nothing", "kg", "GB"),
        ];
        let kinds = || rows.iter().map(|(kind, ..)| KINDS[*kind]);
        let whole = table(vec![
            ("activity".into(), Arc::new(kinds().map(|k| k.0).collect::<DictionaryArray<Int8Type>>()) as ArrayRef),
            ("unit".into(), words(&kinds().map(|k| k.1).collect::<Vec<_>>())),
            ("region".into(), words(&kinds().map(|k| k.2).collect::<Vec<_>>())),
            ("quantity".into(), numbers(&rows.iter().map(|r| r.1.map(|q| q as f64 / 100.0)).collect::<Vec<_>>())),
            ("timestamp".into(), Arc::new(Date32Array::from_iter_values(rows.iter().map(|r| r.2)))),
        ]);
        let engine = Engine::new(Registry::built_in(), Settings::new("AR5").unwrap()).unwrap();
        let mut run = engine.run();
        let refused = run.add_arrow(&whole).unwrap();
        let want = said(&run.finish().unwrap());
        prop_assert_eq!(refused.len(), rows.iter().filter(|r| r.1.is_none_or(|q| q < 0)).count());
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(rows.len())).chain([rows.len()]).collect();
        ends.sort_unstable();
        let (mut run, mut start, mut returned) = (engine.run(), 0, Vec::new());
        for end in ends {
            let lines = run.add_arrow(&whole.slice(start, end - start)).unwrap();
            returned.extend(lines.into_iter().map(|r| (r.line + start as u64, r.code)));
            start = end;
        }
        prop_assert_eq!(said(&run.finish().unwrap()), want);
        prop_assert_eq!(returned, refused.iter().map(|r| (r.line, r.code)).collect::<Vec<_>>());
    }
}
