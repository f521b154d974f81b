//! Schemas: made once whoever comes first, and left alone when they are not what they should be.

use std::thread;

use esg_core::error::Error;
use esg_core::ledger::Outcome;
use esg_core::store::{Reader, StoreError};
use esg_store::{PostgresReader, PostgresStore};

use super::common::{ingest, name, trip};
use super::{client, ledger, meddle, server, undisturbed};

#[track_caller]
fn store_error<T: std::fmt::Debug>(result: Result<T, Error>) -> StoreError {
    match result.unwrap_err() {
        Error::Store(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_schema_without_a_ledger_is_absent_and_one_of_another_program_is_left_alone() {
    let _undisturbed = undisturbed();
    let server = server("absent");
    for error in [store_error(PostgresStore::open(&server)), store_error(PostgresReader::open(&server))] {
        assert_eq!(error, StoreError::Absent { place: format!("PostgreSQL schema {}", server.schema()) });
    }
    let schema = format!("\"{}\"", server.schema());
    client().batch_execute(&format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.orders(id int)")).unwrap();
    let error = store_error(PostgresStore::create(&server, &name()));
    assert!(error.to_string().contains("of another program"), "{error}");
    assert_eq!(error.code(), "store.version");
    // Nothing was made beside the other's table.
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = $1";
    assert_eq!(client().query_one(tables, &[&server.schema()]).unwrap().get::<_, i64>(0), 1);
}

#[test]
fn a_ledger_of_a_later_program_is_refused_and_one_of_another_name_too() {
    let _undisturbed = undisturbed();
    let server = server("later");
    ingest(&mut ledger(&server), &[trip("a", "2025-03-01", "1")]);
    let other = "example.org/other".parse().unwrap();
    let error = store_error(PostgresStore::create(&server, &other));
    assert!(error.to_string().contains("it has the log example.org/test"), "{error}");
    meddle(&server, "INSERT INTO form(number) VALUES(2)");
    for error in [
        store_error(PostgresStore::open(&server)),
        store_error(PostgresStore::create(&server, &name())),
        store_error(PostgresReader::open(&server)),
    ] {
        let place = format!("PostgreSQL schema {}", server.schema());
        assert_eq!(error, StoreError::Version { place, found: "2".to_owned(), known: 1 });
    }
}

#[test]
fn many_that_make_a_ledger_at_once_make_one() {
    let _undisturbed = undisturbed();
    let server = server("at once");
    let outcomes: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut ledger = ledger(&server);
                    ingest(&mut ledger, &[trip("a", "2025-03-01", "1")])[0]
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |outcome| outcomes.iter().filter(|found| **found == (outcome, 0)).count();
    assert_eq!((count(Outcome::Accepted), count(Outcome::Duplicate)), (1, 7));
    assert_eq!(PostgresReader::open(&server).unwrap().size(), 1);
}

#[test]
fn lines_of_the_log_cannot_be_changed_by_mistake() {
    let _undisturbed = undisturbed();
    let server = server("change");
    ingest(&mut ledger(&server), &[trip("a", "2025-03-01", "1"), trip("b", "2025-03-01", "1")]);
    let line = format!("\"{}\".line", server.schema());
    for change in
        [format!("UPDATE {line} SET seq = 9"), format!("DELETE FROM {line}"), format!("TRUNCATE {line}")]
    {
        let error = client().batch_execute(&change).unwrap_err();
        assert!(error.as_db_error().unwrap().message().contains("added and never changed"), "{change}");
    }
}

#[test]
fn what_is_kept_and_does_not_fit_is_refused() {
    let _undisturbed = undisturbed();
    let damages = [
        ("UPDATE head SET size = 1, roots = substr(roots, 1, 32)", "line 0 is not the one"),
        ("UPDATE head SET size = 4", "line 3 is not there"),
        ("UPDATE head SET prev = sha256('x')", "line 1 is not the one"),
        ("UPDATE head SET roots = '\\x00'", "not as many"),
        ("UPDATE head SET roots = sha256('x')", "not that of its leaves"),
        ("DELETE FROM head", "no row"),
    ];
    for (damage, reason) in damages {
        let server = server("damage");
        ingest(&mut ledger(&server), &[trip("a", "2025-03-01", "1"), trip("b", "2025-03-01", "1")]);
        meddle(&server, damage);
        let error = store_error(PostgresStore::open(&server));
        assert!(error.code() == "store.corrupt" && error.to_string().contains(reason), "{damage}: {error}");
    }
}

#[test]
fn a_block_of_events_that_was_damaged_is_refused() {
    let _undisturbed = undisturbed();
    let server = server("block");
    ingest(&mut ledger(&server), &[trip("a", "2025-03-01", "1")]);
    meddle(&server, "UPDATE block SET data = set_byte(data, 20, get_byte(data, 20) # 1)");
    let reader = PostgresReader::open(&server).unwrap();
    let wanted = esg_core::store::Wanted { tenant: "acme", period: None, as_of: 1 };
    assert_eq!(reader.events(&wanted).unwrap_err().code(), "store.corrupt");
}
