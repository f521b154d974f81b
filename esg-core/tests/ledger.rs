//! The ledger on a store in memory: what is taken, what is not, and what a report sees.

use esg_core::account::{Settings, Source, account as of_files};
use esg_core::aggregate::{Engine, Options, Total};
use esg_core::audit::{Chain, Hash, Record, RecordKind};
use esg_core::factor::Registry;
use esg_core::ledger::{Ledger, Order, Outcome, Prepared, Question, Stamp, Tenant};
use esg_core::report::{Format, ReportInfo};
use esg_core::store::{
    Commit, Events, Key, Known, MemoryStore, Reader, Redacted, Replaced, Replay, Store, StoreError, Wanted,
};
use esg_core::telemetry::{self, Received, json};
use esg_core::time::Period;
use proptest::prelude::*;
use serde_json::{Value, json};

type Memory = Ledger<MemoryStore>;

fn ledger() -> Memory {
    Ledger::open(MemoryStore::new("example.org/test".parse().unwrap())).unwrap()
}

fn stamp() -> Stamp<'static> {
    Stamp { actor: "test", time: "2024-04-01T08:00:00Z".parse().unwrap() }
}

fn tenant() -> Tenant {
    Tenant::new("acme").unwrap()
}

/// Litres of diesel burnt in Britain.
fn trip(id: &str, day: &str, litres: &str) -> Value {
    json!({
        "source_id": "truck-7", "external_event_id": id, "vertical": "logistics_fleet",
        "timestamp": format!("{day}T12:00:00Z"), "metrics": {"fuel_liters": {"value": litres, "unit": "L"}},
        "tags": {"region": "GB", "fuel": "diesel"},
    })
}

fn with(mut event: Value, field: &str, value: &str) -> Value {
    event[field] = value.into();
    if field == "void" {
        event.as_object_mut().unwrap().remove("metrics");
    }
    event
}

fn read(events: &[Value]) -> Received {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    json::read_lines(lines.join("\n").as_bytes(), telemetry::Options::default()).unwrap()
}

fn prepared(events: &[Value]) -> Prepared {
    Prepared::new(read(events), &tenant(), "test.jsonl")
}

/// (outcome, line of the log) of every row.
fn ingest(ledger: &mut Memory, events: &[Value]) -> Vec<(Outcome, u64)> {
    let ingested = ledger.ingest(prepared(events), stamp()).unwrap();
    ingested.items.iter().map(|item| (item.outcome, item.seq)).collect()
}

fn engine() -> Engine {
    Engine::new(Registry::built_in(), Options::new("AR5").unwrap()).unwrap()
}

fn question(as_of: Option<u64>) -> Question {
    Question { tenant: tenant(), period: None, as_of }
}

/// Litres that count as of a line: DESNZ 2025 has 2.57082 kg CO2e for each.
fn litres(ledger: &Memory, as_of: Option<u64>) -> String {
    let account = ledger.book().unwrap().account(&question(as_of), &engine(), &Settings::default()).unwrap();
    assert!(account.is_clean(), "{:?}", account.refused);
    account.inventory.total(Total::ScopeOne).unwrap().to_string()
}

fn record(ledger: &Memory, seq: u64) -> (RecordKind, Value) {
    let line = ledger.store().line(seq).unwrap();
    let record = Record::parse(&line).unwrap();
    assert_eq!((record.seq(), record.actor(), record.log()), (seq, "test", "example.org/test"));
    (record.kind(), serde_json::from_slice(record.body()).unwrap())
}

#[test]
fn an_event_is_taken_once_and_a_changed_one_never() {
    use Outcome::{Accepted, Conflict, Duplicate};
    let mut ledger = ledger();
    let (a, b) = (trip("a", "2025-03-01", "100"), trip("b", "2025-03-01", "50"));
    assert_eq!(ingest(&mut ledger, &[a.clone(), b.clone()]), [(Accepted, 0), (Accepted, 1)]);
    // Another spelling of the same event is the same event.
    let mut same = trip("a", "2025-03-01", "100.0");
    same["timestamp"] = "2025-03-01T13:00:00+01:00".into();
    assert_eq!(ingest(&mut ledger, &[same, b]), [(Duplicate, 0), (Duplicate, 1)]);
    assert_eq!(ledger.size(), 2);
    let mut other = trip("a", "2025-03-02", "99");
    other["tags"]["region"] = "FR".into();
    let ingested = ledger.ingest(prepared(&[other.clone()]), stamp()).unwrap();
    assert_eq!((ingested.items[0].outcome, ingested.items[0].seq), (Conflict, 0));
    assert_eq!(ingested.conflicts[0].differs, ["metrics.fuel_liters", "tags.region", "timestamp"]);
    assert!(!ingested.is_clean());
    // The conflict is in the log, the event is not in the books.
    let (kind, body) = record(&ledger, 2);
    let print = Hash::from_bytes(read(&[other]).batch.fingerprint(0)).to_string();
    assert_eq!(kind, RecordKind::TelemetryConflict);
    assert_eq!(
        body,
        json!({
            "differs": ["metrics.fuel_liters", "tags.region", "timestamp"], "external_event_id": "a",
            "fingerprint": print, "first": 0, "source_id": "truck-7", "tenant": "acme",
        })
    );
    // 150 L x 2.57082.
    assert_eq!(litres(&ledger, None), "385.623");
    // Another tenant may use the same ids.
    let theirs = Prepared::new(read(&[a]), &Tenant::new("other").unwrap(), "x");
    assert_eq!(ledger.ingest(theirs, stamp()).unwrap().count(Accepted), 1);
    assert_eq!(litres(&ledger, None), "385.623");
}

#[test]
fn copies_and_conflicts_within_one_request_are_seen() {
    use Outcome::{Accepted, Conflict, Duplicate, Rejected};
    let mut ledger = ledger();
    let a = trip("a", "2025-03-01", "100");
    let mut broken = trip("c", "2025-03-01", "1");
    broken["vertical"] = "fleet".into();
    let rows = [a.clone(), a.clone(), trip("a", "2025-03-01", "7"), broken, trip("b", "2025-03-01", "1")];
    assert_eq!(
        ingest(&mut ledger, &rows),
        [(Accepted, 0), (Duplicate, 0), (Conflict, 0), (Rejected, 0), (Accepted, 2)]
    );
    let (kind, body) = record(&ledger, 3);
    assert_eq!(kind, RecordKind::TelemetryRejectedBatch);
    assert_eq!(body["codes"], json!({"telemetry.vertical": 1}));
    assert_eq!(body["sha256"], Hash::of(rows[3].to_string().as_bytes()).to_string());
    assert_eq!((&body["source"], &body["rows"]), (&json!("test.jsonl"), &json!(1)));
    // The same among what is staged and not yet committed.
    let first = ledger.stage(prepared(&[trip("d", "2025-03-01", "1")]), stamp()).unwrap();
    let second = ledger
        .stage(prepared(&[trip("d", "2025-03-01", "1"), trip("d", "2025-03-01", "2")]), stamp())
        .unwrap();
    assert_eq!(ledger.store().size(), 4);
    ledger.commit().unwrap();
    let outcomes: Vec<_> = first.items.iter().chain(&second.items).map(|i| (i.outcome, i.seq)).collect();
    assert_eq!(outcomes, [(Accepted, 4), (Duplicate, 4), (Conflict, 4)]);
    assert_eq!(ledger.store().size(), 6);
}

#[test]
fn a_request_can_be_taken_whole_or_not_at_all() {
    let mut ledger = ledger();
    let (a, b) = (trip("a", "2025-03-01", "1"), trip("b", "2025-03-01", "2"));
    let both = ledger.ingest_atomic(prepared(&[a.clone(), b]), stamp()).unwrap();
    assert_eq!(both.count(Outcome::Accepted), 2);
    for (seq, item) in [(0, 0), (1, 1)] {
        assert_eq!(record(&ledger, seq).1["batch"], json!({"item": item, "of": 2}));
    }
    let mut wrong = trip("d", "2025-03-01", "1");
    wrong["metrics"] = json!({});
    for (rows, conflicts, rejected) in [
        (vec![trip("c", "2025-03-01", "1"), trip("a", "2025-03-01", "9")], 1, 0),
        (vec![trip("c", "2025-03-01", "1"), wrong], 0, 1),
        (vec![trip("c", "2025-03-01", "1"), with(trip("e", "2025-03-01", "1"), "corrects", "nothing")], 0, 1),
        (vec![with(trip("e", "2025-03-01", "1"), "corrects", "f"), trip("f", "2025-03-01", "1")], 0, 1),
    ] {
        let error = ledger.ingest_atomic(prepared(&rows), stamp()).unwrap_err();
        assert_eq!(error.code(), "ledger.atomic", "{error}");
        let told = format!(
            "none of the 2 rows was taken: {conflicts} conflict with events that are there, {rejected} were refused"
        );
        assert_eq!(error.to_string(), told);
        assert_eq!(ledger.size(), 2);
    }
    // Copies are no obstacle, and a correction may follow its event in one request.
    let rows = [a, trip("c", "2025-03-01", "1"), with(trip("c2", "2025-03-01", "4"), "corrects", "c")];
    let ingested = ledger.ingest_atomic(prepared(&rows), stamp()).unwrap();
    assert_eq!((ingested.count(Outcome::Accepted), ingested.count(Outcome::Duplicate)), (2, 1));
    // 1 + 2 + 4 L.
    assert_eq!(litres(&ledger, None), "17.99574");
}

#[test]
fn corrections_and_voids_change_later_reports_and_no_earlier_one() {
    let mut ledger = ledger();
    ingest(&mut ledger, &[trip("a", "2025-03-01", "100"), trip("b", "2025-03-01", "10")]);
    ingest(&mut ledger, &[with(trip("a2", "2025-03-01", "80"), "corrects", "a")]);
    ingest(&mut ledger, &[with(trip("b0", "2025-03-01", "0"), "void", "b")]);
    ingest(&mut ledger, &[with(trip("a3", "2025-03-01", "90"), "corrects", "a")]);
    let (kind, body) = record(&ledger, 4);
    assert_eq!(
        (kind, &body["replaces"], &body["event"]["corrects"]),
        (RecordKind::Correction, &json!(2), &json!("a"))
    );
    // 110, 110, 90, 80, 90 L as of each line.
    let as_of: Vec<String> = (2..=5).map(|line| litres(&ledger, Some(line))).collect();
    assert_eq!(as_of, ["282.7902", "231.3738", "205.6656", "231.3738"]);
    assert_eq!(litres(&ledger, None), "231.3738");
    let account = ledger.book().unwrap().account(&question(None), &engine(), &Settings::default()).unwrap();
    // Out are a, a2, b and the void itself; in is a3.
    assert_eq!((account.accepted(), account.sources[0].amended), (5, 4));

    let ingested = ledger.ingest(
        prepared(&[
            with(trip("x", "2025-03-01", "1"), "corrects", "b"),
            with(trip("y", "2025-03-01", "1"), "corrects", "nothing"),
            with(trip("y", "2025-03-01", "1"), "corrects", "nothing"),
        ]),
        stamp(),
    );
    let ingested = ingested.unwrap();
    let codes: Vec<_> = ingested.rejected.iter().map(|r| (r.line, r.code, &*r.field)).collect();
    assert_eq!(codes, [1, 2, 3].map(|line| (line, "telemetry.amends", "corrects")));
    // A ledger that is opened again knows what was amended.
    let mut again = Ledger::open(ledger.into_store().unwrap()).unwrap();
    assert_eq!(litres(&again, None), "231.3738");
    assert_eq!(
        ingest(&mut again, &[with(trip("z", "2025-03-01", "1"), "corrects", "b")])[0].0,
        Outcome::Rejected
    );
}

#[test]
fn a_closed_period_is_reported_as_of_its_closing_and_late_events_are_marked() {
    let period = |a: &str, b: &str| Period::new(a.parse().unwrap(), b.parse().unwrap()).unwrap();
    let mut ledger = ledger();
    ingest(&mut ledger, &[trip("a", "2025-03-31", "100")]);
    let march = period("2025-03-01", "2025-03-31");
    assert_eq!(ledger.close(march, stamp()).unwrap(), 1);
    let error = ledger.close(period("2025-03-31", "2025-04-30"), stamp()).unwrap_err();
    assert_eq!(error.code(), "ledger.closed");
    let late = ledger
        .ingest(prepared(&[trip("b", "2025-03-30", "10"), trip("c", "2025-04-01", "5")]), stamp())
        .unwrap();
    assert_eq!(late.items.iter().map(|item| item.late).collect::<Vec<_>>(), [true, false]);
    let total = |ledger: &Memory, period, as_of| {
        let book = ledger.book().unwrap();
        let question = Question { tenant: tenant(), period: Some(period), as_of };
        let account = book.account(&question, &engine(), &Settings::default()).unwrap();
        account.inventory.total(Total::ScopeOne).unwrap().to_string()
    };
    assert_eq!(total(&ledger, march, None), "257.082");
    assert_eq!(total(&ledger, march, Some(4)), "282.7902");
    assert_eq!(total(&ledger, period("2025-03-01", "2025-04-30"), None), "295.6443");
    let again = Ledger::open(ledger.into_store().unwrap()).unwrap();
    assert_eq!((again.closed()[0].period, again.closed()[0].seq), (march, 1));
    assert_eq!(total(&again, march, None), "257.082");
    let book = again.book().unwrap();
    let error = book.account(&question(Some(9)), &engine(), &Settings::default()).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string()),
        ("ledger.as_of", "the log has 4 lines; it cannot be read as of line 9".into())
    );
}

#[test]
fn an_issued_report_comes_out_again_byte_for_byte_whatever_came_later() {
    let mut ledger = ledger();
    ingest(&mut ledger, &[trip("a", "2025-03-01", "100")]);
    let (question, settings, request) = (question(None), Settings::default(), json!({"gwp": "AR5"}));
    let info = ReportInfo { organisation: "Acme".into(), ..ReportInfo::default() };
    let engine = engine();
    let order = Order {
        question: &question,
        engine: &engine,
        settings: &settings,
        info: &info,
        request: &request,
        checkpoint: Some("example.org/test\n1\n"),
    };
    let first = ledger.issue(&order, stamp()).unwrap();
    assert_eq!((first.seq, first.as_of), (1, 1));
    let (kind, body) = record(&ledger, 1);
    assert_eq!(kind, RecordKind::ReportIssued);
    assert_eq!(body["totals"]["1"], "257.082");
    assert_eq!(body["report"], Hash::of(&first.report.render(Format::Json).unwrap()).to_string());
    ingest(
        &mut ledger,
        &[trip("late", "2025-03-01", "1"), with(trip("a2", "2025-03-01", "1"), "corrects", "a")],
    );
    let book = ledger.book().unwrap();
    assert_eq!(book.reports().unwrap(), [1]);
    let issued = book.issued(1).unwrap();
    assert_eq!((&issued.request, issued.question.2), (&request, 1));
    for format in [Format::Json, Format::Csv, Format::Html] {
        let again = book.reissue(&issued, &engine, &settings, &info).unwrap();
        assert_eq!(again.report.render(format).unwrap(), first.report.render(format).unwrap());
    }
    // Other words, or another engine: what comes out is not what was issued.
    let other = book.reissue(&issued, &engine, &settings, &ReportInfo::default()).unwrap_err();
    assert_eq!(other.code(), "ledger.report");
    assert_eq!(book.issued(0).unwrap_err().code(), "ledger.record");
    assert_eq!(book.issued(99).unwrap_err().code(), "store.missing");
}

#[test]
fn the_longest_event_fits_a_line_with_the_longest_names() {
    let mut event = json!({
        "source_id": "s".repeat(128), "external_event_id": "e".repeat(128), "vertical": "ai_data_center",
        "timestamp": "2024-03-15T14:30:00.123Z", "corrects": "c".repeat(128), "tags": {},
        // Every metric once; each grows by its unit's text in the log.
        "metrics": {"energy_kwh": 1, "facility_energy_kwh": 2, "pue": 1.5, "gpu_hours": 1, "gpu_utilization_pct": 1,
            "water_liters": 1, "generator_fuel_liters": 1, "refrigerant_kg": 1},
    });
    let mut tag = 0;
    while event.to_string().len() + 270 < telemetry::MAX_EVENT_BYTES && tag < telemetry::MAX_TAGS {
        // Four bytes a character, so that 256 of them are as long as a tag can be.
        event["tags"][format!("{tag:064}")] = "\u{1F600}".repeat(200).into();
        tag += 1;
    }
    let sent = event.to_string().len();
    assert!(sent > 55_000);
    let mut first = event.clone();
    first["external_event_id"] = "c".repeat(128).into();
    first.as_object_mut().unwrap().remove("corrects");
    let name = "n".repeat(200);
    let mut ledger = Ledger::open(MemoryStore::new(name.parse().unwrap())).unwrap();
    // A control character is six bytes in JSON.
    let actor = "\u{1}".repeat(200);
    let tenant = Tenant::new(&"\u{1F600}".repeat(64)).unwrap();
    let both = Prepared::new(read(&[first, event]), &tenant, "x");
    let ingested = ledger.ingest_atomic(both, Stamp { actor: &actor, ..stamp() }).unwrap();
    assert_eq!(ingested.count(Outcome::Accepted), 2, "{:?}", ingested.rejected);
    // What a line adds to the event that was sent is less than the room that is left for it.
    let (line, room) =
        (ledger.store().line(1).unwrap(), esg_core::audit::MAX_LINE - telemetry::MAX_EVENT_BYTES);
    assert!(line.len() < sent + room, "{} bytes for {sent}", line.len());
}

/// A store whose disk is full from the second commit on.
#[derive(Debug)]
struct Failing(MemoryStore, u32);

impl Reader for Failing {
    fn name(&self) -> &esg_core::audit::LogName {
        self.0.name()
    }
    fn size(&self) -> u64 {
        self.0.size()
    }
    fn events(&self, wanted: &Wanted<'_>) -> Result<Events, StoreError> {
        self.0.events(wanted)
    }
    fn amendments(&self) -> Result<Vec<Replaced>, StoreError> {
        self.0.amendments()
    }
    fn marks(&self, kind: RecordKind) -> Result<Vec<u64>, StoreError> {
        self.0.marks(kind)
    }
    fn lines(
        &self,
        range: std::ops::Range<u64>,
        each: &mut dyn FnMut(u64, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        self.0.lines(range, each)
    }
    fn payload(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.payload(seq)
    }
    fn redacted(&self) -> Result<Vec<Redacted>, StoreError> {
        self.0.redacted()
    }
}

impl Store for Failing {
    fn chain(&self) -> Result<Chain, StoreError> {
        self.0.chain()
    }
    fn find(&self, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreError> {
        self.0.find(keys)
    }
    fn commit(&mut self, commit: Commit<'_>) -> Result<(), StoreError> {
        if self.1 == 0 {
            return Err(StoreError::Io {
                place: "log".into(),
                action: "write",
                reason: "no space left".into(),
            });
        }
        self.1 -= 1;
        self.0.commit(commit)
    }
    fn snapshot(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.0.snapshot()
    }
}

#[test]
fn a_store_that_failed_stops_the_ledger_until_it_is_opened_again() {
    let mut ledger = Ledger::open(Failing(MemoryStore::new("example.org/test".parse().unwrap()), 1)).unwrap();
    let actor = "x".repeat(201);
    let error = ledger
        .ingest(prepared(&[trip("a", "2025-03-01", "1")]), Stamp { actor: &actor, ..stamp() })
        .unwrap_err();
    // A refusal is no failure.
    assert_eq!(error.code(), "audit.actor");
    assert_eq!(ledger.ingest(prepared(&[trip("a", "2025-03-01", "1")]), stamp()).unwrap().items[0].seq, 0);
    assert_eq!(
        ledger.ingest(prepared(&[trip("b", "2025-03-01", "1")]), stamp()).unwrap_err().code(),
        "store.io"
    );
    let error = ledger.ingest(prepared(&[trip("a", "2025-03-01", "1")]), stamp()).unwrap_err();
    assert_eq!(error.code(), "store.stopped");
    assert!(error.to_string().contains("no space left"), "{error}");
    assert_eq!(ledger.record(RecordKind::PeriodClosed, b"{}", stamp()).unwrap_err().code(), "store.stopped");
    let store = MemoryStore::clone(&ledger.store().0);
    let mut again = Ledger::open(store).unwrap();
    assert_eq!(ingest(&mut again, &[trip("b", "2025-03-01", "1")]), [(Outcome::Accepted, 1)]);
}

#[test]
fn a_damaged_block_of_events_is_refused_whatever_bit_is_wrong() {
    let mut ledger = ledger();
    let mut events = vec![trip("a", "2025-03-01", "1.5"), trip("b", "2025-03-02", "2")];
    events.push(with(trip("c", "2025-03-02", "2"), "corrects", "a"));
    ingest(&mut ledger, &events);
    let wanted = Wanted { tenant: "acme", period: None, as_of: 3 };
    let events = ledger.store().events(&wanted).unwrap();
    let block = events.to_block();
    let back = Events::from_block(&block, "here").unwrap();
    assert_eq!(back.to_block(), block);
    assert_eq!(
        (back.keys.clone(), &back.fingerprints, &back.replaces),
        (events.keys.clone(), &events.fingerprints, &vec![0])
    );
    assert_eq!(back.keys[2], Key::of("acme", "truck-7", "c"));
    assert_eq!(back.batch.fingerprints(), events.batch.fingerprints());
    for bit in 0..block.len() * 8 {
        let mut damaged = block.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Events::from_block(&damaged, "here").unwrap_err().code(), "store.corrupt", "bit {bit}");
    }
    for end in 0..block.len() {
        assert_eq!(
            Events::from_block(&block[..end], "here").unwrap_err().code(),
            "store.corrupt",
            "{end} bytes"
        );
    }
}

/// Few ids, so that copies and conflicts are many.
fn rows() -> impl Strategy<Value = Vec<(u8, u8)>> {
    proptest::collection::vec((0..12u8, 1..4u8), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn however_a_stream_is_cut_and_repeated_the_books_are_those_of_its_first_copies(rows in rows(), cut in 1..40usize, again in any::<bool>()) {
        let events: Vec<Value> = rows.iter().map(|(id, litres)| trip(&id.to_string(), "2025-03-01", &litres.to_string())).collect();
        let mut ledger = ledger();
        for part in events.chunks(cut) {
            ingest(&mut ledger, part);
            if again {
                let outcomes = ingest(&mut ledger, part);
                prop_assert!(outcomes.iter().all(|(outcome, _)| matches!(outcome, Outcome::Duplicate | Outcome::Conflict)));
            }
        }
        // The model: the first litres of each id.
        let mut first = std::collections::BTreeMap::new();
        for (id, litres) in &rows {
            first.entry(*id).or_insert(u64::from(*litres));
        }
        let expected = first.values().sum::<u64>() * 257_082;
        let account = ledger.book().unwrap().account(&question(None), &engine(), &Settings::default()).unwrap();
        // 257,082 mg CO2e x 10 for a litre.
        let total = account.inventory.total(Total::ScopeOne).unwrap();
        prop_assert_eq!(total.to_string().parse::<esg_core::Decimal>().unwrap(), esg_core::Decimal::new(i128::from(expected), 5).unwrap());
        // And those of one file without the conflicts: the road of `esg report`.
        let whole = of_files(vec![Source { label: "a".into(), received: read(&events) }], &engine(), &Settings::default()).unwrap();
        prop_assert_eq!(whole.digests, account.digests);
        // The log is whole: every line names the one before.
        let mut prev = Hash::ZERO;
        for seq in 0..ledger.size() {
            let line = ledger.store().line(seq).unwrap();
            let record = Record::parse(&line).unwrap();
            prop_assert_eq!((record.seq(), record.prev()), (seq, prev));
            prev = Hash::of(&line);
        }
        let roots = ledger.store().leaves(0..ledger.size()).unwrap();
        let mut frontier = esg_core::audit::Frontier::new();
        frontier.extend(&roots);
        prop_assert_eq!(frontier.root(), ledger.chain().root());
        prop_assert_eq!(ledger.store().chain().unwrap().root(), ledger.chain().root());
    }
}

#[test]
fn what_a_store_keeps_comes_back_from_the_lines_of_the_log_alone() {
    let mut ledger = ledger();
    ingest(
        &mut ledger,
        &[trip("a", "2025-03-01", "1.50"), trip("b", "2025-03-02", "2"), trip("a", "2025-03-01", "3")],
    );
    let general = json!({
        "source_id": "erp", "external_event_id": "x", "vertical": "general", "timestamp": "2024-03-15T14:30:00.5+01:00",
        "metrics": {"natural_gas": {"value": "1e3", "unit": "kWh", "scope": 1}, "waste": {"value": 2, "unit": "t", "scope": 3, "category": 5}},
    });
    ingest(
        &mut ledger,
        &[
            general,
            with(trip("a2", "2025-03-01", "7"), "corrects", "a"),
            with(trip("b0", "2025-03-02", "0"), "void", "b"),
        ],
    );
    ledger
        .close(Period::new("2024-01-01".parse().unwrap(), "2024-12-31".parse().unwrap()).unwrap(), stamp())
        .unwrap();
    let mut replay = Replay::default();
    let lines: Vec<Vec<u8>> = (0..ledger.size()).map(|seq| ledger.store().line(seq).unwrap()).collect();
    for line in &lines {
        replay.push(&Record::parse(line).unwrap(), None).unwrap();
    }
    let (events, marks) = replay.finish();
    let kept = ledger.store().events(&Wanted { tenant: "acme", period: None, as_of: u64::MAX }).unwrap();
    assert_eq!(events.to_block(), kept.to_block());
    assert_eq!(marks, [(6, RecordKind::PeriodClosed)]);
    // A line whose event was changed, with digests that fit again, is not what its fingerprint says.
    let mut forged = esg_core::audit::Chain::new("example.org/test".parse().unwrap());
    let body =
        String::from_utf8(Record::parse(&lines[0]).unwrap().body().to_vec()).unwrap().replace("1.5", "1.4");
    let mut line = Vec::new();
    forged.append(RecordKind::TelemetryAccepted, "test", stamp().time, body.as_bytes(), &mut line).unwrap();
    let record = Record::parse(&line[..line.len() - 1]).unwrap();
    assert_eq!(Replay::default().push(&record, None).unwrap_err().code(), "store.corrupt");
}
