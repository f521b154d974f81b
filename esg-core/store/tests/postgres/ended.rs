//! Sessions that end at any moment, answers that are lost, writers that go silent, and a server that dies.

use std::process::Command;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::thread::{self, sleep};
use std::time::Duration;

use esg_core::audit::RecordKind;
use esg_core::ledger::{Ledger, Outcome, Stamp};
use esg_core::store::{Key, Reader, Store, StoreError};
use esg_store::PostgresStore;
use esg_store::postgres::Server;
use postgres::{Client, NoTls};

use super::common::{ingest, name, prepared, stamp, trip};
use super::several::check_whole;
use super::{SERVER, client, config, ledger, meddle, proxy, server, server_of, undisturbed};

const DAY: &str = "2025-03-01";

/// Ends all sessions of a ledger, as an administrator does.
fn end_sessions(server: &Server) {
    let sql =
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = $1";
    let ended: i64 = client().query_one(sql, &[&server.schema()]).unwrap().get(0);
    assert!(ended > 0, "there was no session to end");
}

fn code<T: std::fmt::Debug, E: Into<esg_core::Error>>(result: Result<T, E>) -> &'static str {
    result.unwrap_err().into().code()
}

#[test]
fn a_session_that_ended_while_nothing_was_written_is_begun_again() {
    let _undisturbed = undisturbed();
    let server = server("idle");
    let mut ledger = ledger(&server);
    assert_eq!(ingest(&mut ledger, &[trip("a", DAY, "1")]), [(Outcome::Accepted, 0)]);
    end_sessions(&server);
    assert_eq!(ingest(&mut ledger, &[trip("b", DAY, "1")]), [(Outcome::Accepted, 1)]);
    // Between staging and commit it held the lock: nobody else wrote, so what was staged still fits.
    ledger.stage(prepared(&[trip("c", DAY, "1")]), stamp()).unwrap();
    end_sessions(&server);
    ledger.commit().unwrap();
    check_whole(&PostgresStore::open(&server).unwrap());
    assert_eq!(ingest(&mut ledger, &[trip("c", DAY, "1")]), [(Outcome::Duplicate, 2)]);
}

#[test]
fn what_was_staged_in_a_session_that_ended_is_refused_when_another_wrote_meanwhile() {
    let _undisturbed = undisturbed();
    let server = server("moved");
    let mut first = ledger(&server);
    first.stage(prepared(&[trip("a", DAY, "1"), trip("b", DAY, "1")]), stamp()).unwrap();
    end_sessions(&server);
    let mut second = ledger(&server);
    assert_eq!(ingest(&mut second, &[trip("b", DAY, "1")]), [(Outcome::Accepted, 0)]);
    let place = format!("PostgreSQL schema {}", server.schema());
    assert_eq!(first.commit().unwrap_err(), StoreError::Moved { place, seen: 0, size: 1 });
    // It goes on from what the other wrote, and keeps nobody out.
    assert_eq!(ingest(&mut second, &[trip("c", DAY, "1")]), [(Outcome::Accepted, 1)]);
    let again = ingest(&mut first, &[trip("a", DAY, "1"), trip("b", DAY, "1")]);
    assert_eq!(again, [(Outcome::Accepted, 2), (Outcome::Duplicate, 0)]);
    check_whole(first.store());
}

#[test]
fn a_session_that_ends_within_a_commit_leaves_nothing_of_it() {
    let _undisturbed = undisturbed();
    let server = server("within");
    let mut opened = ledger(&server);
    let mut known = vec![trip("first", DAY, "1")];
    ingest(&mut opened, &known);
    meddle(
        &server,
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
    );
    let die = |moment: &str| format!("CREATE TRIGGER die {moment} EXECUTE FUNCTION die()");
    let moments = [
        ("line", die("BEFORE INSERT ON line")),
        ("line", die("AFTER INSERT ON line")),
        ("event_key", die("AFTER INSERT ON event_key")),
        ("block", die("BEFORE INSERT ON block")),
        ("head", die("AFTER UPDATE ON head")),
        // At the commit itself, before it is durable.
        (
            "head",
            "CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON head DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION die()"
                .to_owned(),
        ),
    ];
    for (number, (table, moment)) in moments.iter().enumerate() {
        meddle(&server, moment);
        let event = trip(&format!("e{number}"), DAY, "1");
        let batch = std::slice::from_ref(&event);
        let error = opened.ingest(prepared(batch), stamp()).unwrap_err();
        assert_eq!(error.code(), "store.io", "{moment}: {error}");
        // Nobody knows what became of it, so nothing more is taken until the end of the log is read again.
        assert_eq!(code(opened.ingest(prepared(batch), stamp())), "store.stopped");
        meddle(&server, &format!("DROP TRIGGER die ON {table}"));
        opened = ledger(&server);
        assert_eq!(opened.size(), known.len() as u64);
        known.push(event);
        let outcomes = ingest(&mut opened, &known);
        assert!(outcomes[..known.len() - 1].iter().all(|(outcome, _)| *outcome == Outcome::Duplicate));
        assert_eq!(outcomes[known.len() - 1], (Outcome::Accepted, known.len() as u64 - 1));
    }
    check_whole(opened.store());
}

#[test]
fn an_event_whose_receipt_was_lost_is_there_once_when_it_is_sent_again() {
    let _undisturbed = undisturbed();
    let plain = server("lost answer");
    ingest(&mut ledger(&plain), &[trip("a", DAY, "1")]);
    // The path of a socket is short.
    let folder = std::env::temp_dir().join(format!("esg-wire-{}", std::process::id()));
    let (wired, breaks) = proxy::server(plain.schema(), &folder);
    let mut opened = ledger(&wired);
    assert_eq!(ingest(&mut opened, &[trip("b", DAY, "1")]), [(Outcome::Accepted, 1)]);
    breaks.store(true, Ordering::SeqCst);
    assert_eq!(code(opened.ingest(prepared(&[trip("c", DAY, "1")]), stamp())), "store.io");
    assert_eq!(code(opened.ingest(prepared(&[trip("c", DAY, "1")]), stamp())), "store.stopped");
    breaks.store(false, Ordering::SeqCst);
    let mut opened = ledger(&wired);
    assert_eq!(ingest(&mut opened, &[trip("c", DAY, "1")]), [(Outcome::Duplicate, 2)]);
    check_whole(opened.store());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_writer_is_waited_for_and_after_some_time_no_longer() {
    let _undisturbed = undisturbed();
    let slow = server("locked");
    let mut slow = ledger(&slow);
    let mut other = ledger(&server_of(slow.store().server().schema(), "-c lock_timeout=50ms"));
    slow.stage(prepared(&[trip("a", DAY, "1")]), stamp()).unwrap();
    let error = other.ingest(prepared(&[trip("b", DAY, "1")]), stamp()).unwrap_err();
    assert_eq!(error.code(), "store.locked", "{error}");
    slow.commit().unwrap();
    assert_eq!(ingest(&mut other, &[trip("b", DAY, "1")]), [(Outcome::Accepted, 1)]);
}

#[test]
fn a_writer_that_goes_silent_is_cut_off() {
    let _undisturbed = undisturbed();
    let silent = server_of(server("silent").schema(), "-c idle_in_transaction_session_timeout=50ms");
    let (mut silent, mut other) = (ledger(&silent), ledger(&silent));
    silent.stage(prepared(&[trip("a", DAY, "1")]), stamp()).unwrap();
    // It waits until the server has ended the session of the other.
    assert_eq!(ingest(&mut other, &[trip("b", DAY, "1")]), [(Outcome::Accepted, 0)]);
    assert_eq!(code(silent.commit()), "store.moved");
    assert_eq!(ingest(&mut silent, &[trip("a", DAY, "1")]), [(Outcome::Accepted, 1)]);
}

#[test]
fn a_refusal_and_a_request_of_duplicates_keep_nobody_out() {
    let _undisturbed = undisturbed();
    let server = server_of(server("refusal").schema(), "-c lock_timeout=50ms");
    let (mut one, mut other) = (ledger(&server), ledger(&server));
    ingest(&mut one, &[trip("a", DAY, "1")]);
    assert_eq!(code(one.ingest_atomic(prepared(&[trip("a", DAY, "2")]), stamp())), "ledger.atomic");
    ingest(&mut other, &[trip("b", DAY, "1")]);
    one.stage(prepared(&[trip("b", DAY, "1")]), stamp()).unwrap();
    ingest(&mut other, &[trip("c", DAY, "1")]);
    one.refresh().unwrap();
    assert_eq!(one.size(), 3);
    ingest(&mut other, &[trip("d", DAY, "1")]);
    let nobody = Stamp { actor: "", ..stamp() };
    assert_eq!(code(one.stage(prepared(&[trip("e", DAY, "1")]), nobody)), "audit.actor");
    ingest(&mut other, &[trip("e", DAY, "1")]);
    assert_eq!(code(one.record(RecordKind::Recovery, b"{}", nobody)), "audit.actor");
    ingest(&mut other, &[trip("f", DAY, "1")]);
}

#[test]
fn commits_are_synchronous_whatever_the_session_was_told() {
    let _undisturbed = undisturbed();
    let server = server_of(server("settings").schema(), "-c synchronous_commit=off");
    let mut opened = ledger(&server);
    meddle(
        &server,
        "CREATE TABLE told(was text); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO told VALUES(current_setting('synchronous_commit')); RETURN NULL; END $$;
         CREATE TRIGGER note AFTER UPDATE ON head EXECUTE FUNCTION note()",
    );
    ingest(&mut opened, &[trip("a", DAY, "1")]);
    let sql = format!("SELECT was FROM \"{}\".told", server.schema());
    assert_eq!(client().query_one(&sql, &[]).unwrap().get::<_, String>(0), "on");
}

#[test]
fn a_key_that_is_there_already_fails_the_commit() {
    let _undisturbed = undisturbed();
    let server = server("twice");
    let mut opened = ledger(&server);
    // As if a lookup had missed it: whatever went wrong before, no event is counted twice.
    let key = Key::of("acme", "truck-7", "a");
    let sql = format!("INSERT INTO \"{}\".event_key VALUES($1, 7, $2)", server.schema());
    client().execute(&sql, &[&&key.as_bytes()[..], &vec![0u8; 32]]).unwrap();
    let error = opened.ingest(prepared(&[trip("a", DAY, "1")]), stamp()).unwrap_err();
    assert!(error.code() == "store.corrupt" && error.to_string().contains("23505"), "{error}");
    assert_eq!(ledger(&server).size(), 0);
}

/// Waits until the server takes sessions again.
fn await_server() -> Client {
    for _ in 0..600 {
        if let Ok(client) = Client::connect(&config(), NoTls) {
            return client;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("the server did not come back");
}

#[test]
fn what_was_acknowledged_survives_a_server_that_dies() {
    let _alone = SERVER.write().unwrap_or_else(PoisonError::into_inner);
    let server = server("dies");
    let acknowledged = thread::scope(|scope| {
        let (told, tells) = std::sync::mpsc::channel();
        let writer = scope.spawn({
            let server = server.clone();
            move || {
                let mut ledger: Ledger<PostgresStore> = ledger(&server);
                let mut seqs = Vec::new();
                for number in 0.. {
                    let event = [trip(&format!("e{number}"), DAY, "1")];
                    match ledger.ingest(prepared(&event), stamp()) {
                        Ok(ingested) => seqs.push(ingested.items[0].seq),
                        Err(error) => {
                            assert!(["store.io", "store.stopped"].contains(&error.code()), "{error}");
                            break;
                        }
                    }
                    let _ = told.send(number);
                }
                seqs
            }
        });
        while tells.recv().unwrap() < 50 {}
        // A session that is killed outright takes the whole server down, because memory is shared: it restarts from its log.
        let pid: i32 = client().query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
        let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = $1 LIMIT 1";
        let victim: i32 = client().query_one(sql, &[&server.schema()]).unwrap().get(0);
        assert_ne!(pid, victim);
        assert!(
            Command::new("kill").args(["-9", &victim.to_string()]).status().unwrap().success(),
            "this test has to run where the server does, as its user or root"
        );
        writer.join().unwrap()
    });
    await_server();
    let mut opened = Ledger::open(PostgresStore::open(&server).unwrap()).unwrap();
    check_whole(opened.store());
    let keys: Vec<Key> =
        (0..acknowledged.len()).map(|number| Key::of("acme", "truck-7", &format!("e{number}"))).collect();
    let found: Vec<u64> =
        opened.store().find(&keys).unwrap().into_iter().map(|known| known.unwrap().seq).collect();
    assert_eq!(found, acknowledged);
    // One more may be there, of which nobody was told.
    assert!(opened.size() - acknowledged.len() as u64 <= 1);
    assert_eq!(opened.store().name(), &name());
    ingest(&mut opened, &[trip("after", DAY, "1")]);
}

#[test]
fn a_server_that_does_not_sync_is_refused() {
    let _alone = SERVER.write().unwrap_or_else(PoisonError::into_inner);
    let server = server("fsync");
    let mut admin = await_server();
    let mut set = |value: &str| {
        admin.batch_execute(&format!("ALTER SYSTEM SET fsync = {value}")).unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").unwrap();
        // New sessions have it as soon as the server has read its settings.
        while client().query_one("SHOW fsync", &[]).unwrap().get::<_, String>(0) != value {
            sleep(Duration::from_millis(10));
        }
    };
    set("off");
    let refused = PostgresStore::create(&server, &name());
    set("on");
    let error = refused.unwrap_err();
    assert!(error.code() == "store.io" && error.to_string().contains("fsync"), "{error}");
    PostgresStore::create(&server, &name()).unwrap();
}
