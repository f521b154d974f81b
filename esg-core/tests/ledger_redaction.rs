//! Events that are taken in detached, and what is left when one is redacted.

use esg_core::account::{Settings, Stage};
use esg_core::aggregate::{Engine, Options, State, Total};
use esg_core::audit::{Options as Against, Record, RecordKind, check_payload, commit, commitment, verify};
use esg_core::error::Error;
use esg_core::factor::Registry;
use esg_core::ledger::{Ledger, MAX_REASON_CHARS, Order, Outcome, Prepared, Question, Stamp, Tenant};
use esg_core::report::ReportInfo;
use esg_core::store::{MemoryStore, Reader, Redacted, Replay, Wanted};
use esg_core::telemetry::{self, json};
use serde_json::{Value, json};

type Memory = Ledger<MemoryStore>;

fn ledger() -> Memory {
    Ledger::open(MemoryStore::new("example.org/test".parse().unwrap())).unwrap()
}

fn stamp() -> Stamp<'static> {
    Stamp { actor: "test", time: "2024-04-01T08:00:00Z".parse().unwrap() }
}

/// Litres of diesel burnt in Britain: DESNZ 2025 has 2.57082 kg CO2e for each.
fn trip(id: &str, day: &str, litres: &str) -> Value {
    json!({
        "source_id": "truck-7", "external_event_id": id, "vertical": "logistics_fleet",
        "timestamp": format!("{day}T12:00:00Z"), "metrics": {"fuel_liters": {"value": litres, "unit": "L"}},
        "tags": {"region": "GB", "fuel": "diesel"},
    })
}

fn correction(id: &str, litres: &str, target: &str) -> Value {
    let mut event = trip(id, "2025-03-02", litres);
    event["corrects"] = target.into();
    event
}

fn prepared(events: &[Value]) -> Prepared {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let received = json::read_lines(lines.join("\n").as_bytes(), telemetry::Options::default()).unwrap();
    Prepared::new(received, &Tenant::new("acme").unwrap(), "test.jsonl")
}

/// Salts that everybody knows, for a test.
fn detached(events: &[Value]) -> Prepared {
    let mut next = 0;
    let salts = |bytes: &mut [u8]| {
        bytes.fill_with(|| {
            next += 1;
            next as u8
        });
        Ok::<(), Error>(())
    };
    prepared(events).detached(salts).unwrap()
}

fn outcomes(ledger: &mut Memory, prepared: Prepared) -> Vec<(Outcome, u64)> {
    let ingested = ledger.ingest(prepared, stamp()).unwrap();
    ingested.items.iter().map(|item| (item.outcome, item.seq)).collect()
}

fn engine() -> Engine {
    Engine::new(Registry::built_in(), Options::new("AR5").unwrap()).unwrap()
}

fn question(as_of: Option<u64>) -> Question {
    Question { tenant: Tenant::new("acme").unwrap(), period: None, as_of }
}

/// Scope 1 and the lines that are missing in it.
fn told(ledger: &Memory, as_of: Option<u64>) -> (String, Vec<u64>) {
    let account = ledger.book().unwrap().account(&question(as_of), &engine(), &Settings::default()).unwrap();
    let missing = account.refused.iter().map(|row| {
        assert_eq!((row.stage, row.rejection.code), (Stage::Redacted, "ledger.redacted"));
        row.rejection.line
    });
    (account.inventory.total(Total::ScopeOne).unwrap().to_string(), missing.collect())
}

fn lines(ledger: &Memory) -> Vec<Vec<u8>> {
    (0..ledger.size()).map(|seq| ledger.store().line(seq).unwrap()).collect()
}

/// The columns that a store keeps, as far as they are text.
fn columns(ledger: &Memory) -> String {
    let kept = ledger.store().events(&Wanted { tenant: "acme", period: None, as_of: u64::MAX }).unwrap();
    String::from_utf8_lossy(&kept.to_block()).into_owned()
}

/// Nothing that a sender wrote stands in the log.
fn assert_silent(ledger: &Memory) {
    for line in lines(ledger) {
        let text = String::from_utf8(line).unwrap();
        for word in ["truck-7", "diesel", "fuel_liters", "fingerprint", "sha256"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}

#[test]
fn a_detached_event_counts_like_any_other_and_the_log_says_nothing_of_it() {
    let mut ledger = ledger();
    let (a, b) = (trip("a", "2025-03-01", "100"), trip("b", "2025-03-02", "50"));
    use Outcome::{Accepted, Conflict, Duplicate, Rejected};
    assert_eq!(outcomes(&mut ledger, detached(&[a.clone(), b.clone()])), [(Accepted, 0), (Accepted, 1)]);
    // It is the same event, detached or not.
    assert_eq!(outcomes(&mut ledger, prepared(&[a.clone(), b])), [(Duplicate, 0), (Duplicate, 1)]);
    // A conflict and a refusal of what is or shall be detached leave no ids, no digest.
    let changed = trip("a", "2025-03-01", "7");
    let ingested = ledger.ingest(prepared(&[changed]), stamp()).unwrap();
    assert_eq!((ingested.items[0].outcome, ingested.items[0].seq), (Conflict, 0));
    assert_eq!(ingested.conflicts[0].differs, ["metrics.fuel_liters"]);
    assert_eq!(outcomes(&mut ledger, detached(&[json!({"source_id": "truck-7"})])), [(Rejected, 0)]);
    let atomic = [trip("c", "2025-03-03", "1"), correction("b2", "20", "b")];
    ledger.ingest_atomic(detached(&atomic), stamp()).unwrap();
    assert_silent(&ledger);
    // (100 + 20 + 1) x 2.57082 = 311.069220.
    assert_eq!(told(&ledger, None), ("311.06922".to_owned(), vec![]));

    // The body is the commitment, and the file beside it what was committed to: SHA-256 of salt and payload.
    let line = ledger.store().line(0).unwrap();
    let record = Record::parse(&line).unwrap();
    let file = ledger.store().payload(0).unwrap().unwrap();
    let payload = check_payload(&file, commitment(record.body()).unwrap().unwrap()).unwrap();
    let salt: [u8; 32] = std::array::from_fn(|at| at as u8 + 1);
    let body: Value = serde_json::from_slice(record.body()).unwrap();
    assert_eq!(body, json!({"commitment": commit(&salt, payload).to_string(), "tenant": "acme"}));
    let payload: Value = serde_json::from_slice(payload).unwrap();
    assert_eq!((&payload["event"]["external_event_id"], &payload["tenant"]), (&json!("a"), &json!("acme")));

    // The whole log is clean, and all that a store keeps follows from lines and payloads.
    let name = "example.org/test".parse().unwrap();
    let log = lines(&ledger).concat_lines();
    let payloads = |seq: u64| ledger.store().payload(seq).unwrap();
    let verdict = verify([&log], Against::new(&name).payloads(&payloads));
    assert!(verdict.is_clean(), "{:?}", verdict.findings);
    assert_eq!((verdict.detached, verdict.redacted), (4, 0));
    let mut replay = Replay::default();
    for (seq, line) in lines(&ledger).iter().enumerate() {
        replay.push(&Record::parse(line).unwrap(), payloads(seq as u64).as_deref()).unwrap();
    }
    let kept = ledger.store().events(&Wanted { tenant: "acme", period: None, as_of: u64::MAX }).unwrap();
    assert_eq!(replay.finish().0.to_block(), kept.to_block());
}

trait ConcatLines {
    fn concat_lines(&self) -> Vec<u8>;
}

impl ConcatLines for Vec<Vec<u8>> {
    fn concat_lines(&self) -> Vec<u8> {
        self.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect()
    }
}

#[test]
fn a_redacted_event_is_gone_and_named_as_missing_and_does_not_come_back() {
    let mut ledger = ledger();
    let (mut a, b) = (trip("a", "2025-03-01", "100"), trip("b", "2025-03-02", "50"));
    a["tags"]["driver"] = "jane-doe".into();
    ledger.ingest(detached(&[a.clone(), b]), stamp()).unwrap();
    assert!(columns(&ledger).contains("jane-doe"));
    let by = ledger.redact(0, "erasure asked for, case 2025-4", stamp()).unwrap();
    let line = ledger.store().line(by).unwrap();
    let record = Record::parse(&line).unwrap();
    assert_eq!((by, record.kind()), (2, RecordKind::Redaction));
    assert_eq!(record.body(), br#"{"reason":"erasure asked for, case 2025-4","seq":0}"#);
    assert_eq!(ledger.store().payload(0).unwrap(), None);
    assert!(!columns(&ledger).contains("jane-doe") && columns(&ledger).contains("truck-7"));

    // 50 x 2.57082 = 128.541, and the account says what is not in it.
    assert_eq!(told(&ledger, None), ("128.541".to_owned(), vec![0]));
    let book = ledger.book().unwrap();
    let account = book.account(&question(None), &engine(), &Settings::default()).unwrap();
    assert_eq!((account.sources[0].accepted, account.incomplete[0].rows), (2, 1));
    let coverage = account.inventory.coverage();
    let unknown = coverage.last().unwrap();
    assert_eq!((unknown.scope.as_str(), unknown.state, unknown.rows_missing), ("unknown", State::Missing, 1));
    assert_eq!(unknown.reasons[0].code, "ledger.redacted");
    assert!(account.inventory.caveats().iter().any(|caveat| caveat.code == "rows_uncalculated"));
    // Before its line it was not there; a year without its day is whole.
    assert_eq!(told(&ledger, Some(0)).1, Vec::<u64>::new());
    let day = |text: &str| text.parse().unwrap();
    let period = esg_core::time::Period::new(day("2025-03-02"), day("2025-03-31")).unwrap();
    let later = Question { period: Some(period), ..question(None) };
    assert_eq!(book.redacted(&later).unwrap(), []);
    assert!(book.trail(&later, &engine(), &Settings::default()).is_ok());
    // What would be too little is not traced and not proved.
    let error = book.trail(&question(None), &engine(), &Settings::default()).unwrap_err();
    assert_eq!(error.code(), "ledger.redacted");

    // Sent again, however it is spelled, it is refused; and the refusal leaves no digest of it in the log.
    for again in [detached(&[a.clone()]), prepared(&[a.clone()]), prepared(&[trip("a", "2025-03-01", "7")])] {
        let ingested = ledger.ingest(again, stamp()).unwrap();
        assert_eq!(ingested.items[0].outcome, Outcome::Rejected);
        assert_eq!(
            (ingested.rejected[0].code, ingested.rejected[0].field.as_str()),
            ("telemetry.redacted", "external_event_id")
        );
        assert!(ingested.rejected[0].message.contains("line 0 of the log"));
    }
    let atomic = ledger.ingest_atomic(prepared(&[a]), stamp()).unwrap_err();
    assert_eq!(atomic.code(), "ledger.atomic");
    assert_silent(&ledger);

    // An event that takes its place closes the gap, from its line on.
    let before = ledger.size();
    ledger.ingest(detached(&[correction("a2", "80", "a")]), stamp()).unwrap();
    // (50 + 80) x 2.57082 = 334.2066.
    assert_eq!(told(&ledger, None), ("334.2066".to_owned(), vec![]));
    assert_eq!(told(&ledger, Some(before)), ("128.541".to_owned(), vec![0]));
    // The whole log is clean without the payload.
    let name = "example.org/test".parse().unwrap();
    let payloads = |seq: u64| ledger.store().payload(seq).unwrap();
    let verdict = verify([lines(&ledger).concat_lines()], Against::new(&name).payloads(&payloads));
    assert!(verdict.is_clean(), "{:?}", verdict.findings);
    assert_eq!((verdict.detached, verdict.redacted), (3, 1));
}

#[test]
fn what_a_redacted_correction_took_out_does_not_count_again() {
    let mut ledger = ledger();
    ledger.ingest(detached(&[trip("a", "2025-03-02", "100"), correction("a2", "80", "a")]), stamp()).unwrap();
    ledger.redact(1, "asked for", stamp()).unwrap();
    // Neither the event that was wrong nor the one that took its place: nobody knows.
    assert_eq!(told(&ledger, None), ("0".to_owned(), vec![1]));
    assert_eq!(told(&ledger, Some(1)), ("257.082".to_owned(), vec![]));
    // A void measured nothing; without it the event that it took out stays out.
    let mut void = trip("b0", "2025-03-05", "1");
    void.as_object_mut().unwrap().remove("metrics");
    void["void"] = "b".into();
    ledger.ingest(detached(&[trip("b", "2025-03-05", "1"), void]), stamp()).unwrap();
    let seq = ledger.size() - 1;
    ledger.redact(seq, "asked for", stamp()).unwrap();
    assert_eq!(told(&ledger, None), ("0".to_owned(), vec![1]));
    let left = ledger.store().redacted().unwrap();
    assert_eq!(left.iter().map(Redacted::measured).collect::<Vec<_>>(), [true, false]);
    // A ledger that is opened anew knows it too.
    let again = Ledger::open(ledger.into_store().unwrap()).unwrap();
    assert_eq!(told(&again, None), ("0".to_owned(), vec![1]));
}

#[test]
fn only_a_detached_event_can_be_redacted_and_only_once_and_with_a_reason() {
    let mut ledger = ledger();
    ledger.ingest(prepared(&[trip("a", "2025-03-01", "100")]), stamp()).unwrap();
    ledger.ingest(detached(&[trip("b", "2025-03-01", "100")]), stamp()).unwrap();
    let longest = "é".repeat(MAX_REASON_CHARS);
    let too_long = format!("{longest}é");
    for (seq, reason, code) in [
        (0, "asked for", "ledger.not_detached"),
        (9, "asked for", "store.missing"),
        (1, "", "ledger.reason"),
        (1, " \n", "ledger.reason"),
        (1, &too_long, "ledger.reason"),
    ] {
        assert_eq!(ledger.redact(seq, reason, stamp()).unwrap_err().code(), code);
    }
    assert_eq!(ledger.size(), 2);
    assert_eq!(ledger.redact(1, &longest, stamp()).unwrap(), 2);
    for (seq, code) in [(1, "ledger.redacted"), (2, "ledger.record")] {
        assert_eq!(ledger.redact(seq, "asked for", stamp()).unwrap_err().code(), code);
    }
    assert_eq!(ledger.size(), 3);
}

#[test]
fn a_report_that_had_the_event_is_not_made_again_and_one_that_names_the_gap_is() {
    let mut ledger = ledger();
    ledger
        .ingest(detached(&[trip("a", "2025-03-01", "100"), trip("b", "2025-03-02", "50")]), stamp())
        .unwrap();
    let (engine, settings, info) = (engine(), Settings::default(), ReportInfo::default());
    let asked = question(None);
    let order = Order {
        question: &asked,
        engine: &engine,
        settings: &settings,
        info: &info,
        request: &Value::Null,
        checkpoint: None,
    };
    let first = ledger.issue(&order, stamp()).unwrap();
    ledger.redact(0, "asked for", stamp()).unwrap();
    let second = ledger.issue(&order, stamp()).unwrap();
    let book = ledger.book().unwrap();
    let again = |seq: u64| book.reissue(&book.issued(seq).unwrap(), &engine, &settings, &info);
    assert_eq!(again(first.seq).unwrap_err().code(), "ledger.redacted");
    assert_eq!(again(second.seq).unwrap().digest, second.digest);
    assert_ne!(first.digest, second.digest);
}

#[test]
fn a_payload_of_another_line_or_with_another_salt_is_refused() {
    let mut ledger = ledger();
    ledger
        .ingest(detached(&[trip("a", "2025-03-01", "100"), trip("b", "2025-03-02", "50")]), stamp())
        .unwrap();
    let line = ledger.store().line(0).unwrap();
    let record = Record::parse(&line).unwrap();
    let (own, other) =
        (ledger.store().payload(0).unwrap().unwrap(), ledger.store().payload(1).unwrap().unwrap());
    let text = String::from_utf8(own.clone()).unwrap();
    let salt = text.replace(r#""salt":"0102"#, r#""salt":"0103"#);
    assert_ne!(salt, text);
    for wrong in [None, Some(other.as_slice()), Some(salt.as_bytes()), Some(&own[..own.len() - 1]), Some(b"")]
    {
        let error = Replay::default().push(&record, wrong).unwrap_err();
        assert_eq!(error.code(), "store.corrupt");
        assert!(error.to_string().starts_with("line 0 of the log"), "{error}");
        assert_eq!(Replay::redacted(&record, wrong, 2).unwrap_err().code(), "store.corrupt");
    }
    assert!(Replay::default().push(&record, Some(&own)).is_ok());
}
