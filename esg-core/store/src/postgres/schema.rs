//! Tables and their numbered changes, in a schema that a ledger has for itself.

use esg_core::audit::{Hash, LogName};
use esg_core::store::StoreError;
use postgres::{GenericClient, Transaction};

use super::session::{Session, failed};

/// What makes a form of the tables from the one before. A change that was released is never edited.
pub(super) const MIGRATIONS: &[&str] = &["
    -- The end of the log. Whoever writes locks this row first, so a ledger has one writer at a time.
    CREATE TABLE head(one boolean PRIMARY KEY DEFAULT true CHECK(one), log text NOT NULL, size bigint NOT NULL,
        prev bytea NOT NULL, roots bytea NOT NULL);
    -- The log, line by line, without LFs; the leaf is the line's hash in the Merkle tree.
    CREATE TABLE line(seq bigint PRIMARY KEY, leaf bytea NOT NULL, line bytea NOT NULL);
    -- Roots of the full segments of 65,536 lines.
    CREATE TABLE segment(number bigint PRIMARY KEY, root bytea NOT NULL);
    -- Events in columns, first of one commit, then of several, at last of a segment. Days are counted from 1970-01-01.
    CREATE TABLE block(first bigint PRIMARY KEY, events bigint NOT NULL, first_day integer NOT NULL,
        last_day integer NOT NULL, data bytea NOT NULL);
    -- Most of a block is digests and packed numbers, on which a second compression is lost.
    ALTER TABLE block ALTER COLUMN data SET STORAGE EXTERNAL;
    -- The key of an event is there once, or the commit fails.
    CREATE TABLE event_key(key bytea PRIMARY KEY, seq bigint NOT NULL, fingerprint bytea NOT NULL);
    CREATE TABLE amendment(seq bigint PRIMARY KEY, event bigint NOT NULL, voids boolean NOT NULL);
    CREATE TABLE mark(seq bigint PRIMARY KEY, kind text NOT NULL);
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'lines of the log are added and never changed';
    END $$;
    CREATE TRIGGER added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON line
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    -- What detached lines committed to: salt and payload. A redacted one goes.
    CREATE TABLE payload(seq bigint PRIMARY KEY, file bytea NOT NULL);
    -- What is left of redacted events, by their lines.
    CREATE TABLE redacted(seq bigint PRIMARY KEY, document bytea NOT NULL);
"];

/// What a schema holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    /// Nothing, or there is no such schema.
    Absent,
    /// A ledger of this form.
    Ledger(i32),
    /// Tables of another program.
    Foreign,
}

fn form(client: &mut impl GenericClient, schema: &str) -> Result<Form, StoreError> {
    let place = super::place(schema);
    let sql = "SELECT count(*), count(*) FILTER (WHERE relname IN ('form', 'head')) FROM pg_class
        WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind IN ('r', 'p', 'v', 'm', 'f')";
    let row = client.query_one(sql, &[&schema]).map_err(failed(&place, "look for"))?;
    match (row.get::<_, i64>(0), row.get::<_, i64>(1)) {
        (0, _) => Ok(Form::Absent),
        (_, 2) => {
            let row = client.query_one("SELECT coalesce(max(number), 0) FROM form", &[]);
            Ok(Form::Ledger(row.map_err(failed(&place, "look for"))?.get(0)))
        }
        _ => Ok(Form::Foreign),
    }
}

/// Refuses a schema that holds no ledger, one of a later program, or something else; returns its form.
pub(super) fn check(client: &mut impl GenericClient, schema: &str) -> Result<usize, StoreError> {
    let (place, known) = (super::place(schema), MIGRATIONS.len() as u32);
    match form(client, schema)? {
        Form::Absent => Err(StoreError::Absent { place }),
        Form::Foreign => Err(StoreError::Version { place, found: "of another program".to_owned(), known }),
        Form::Ledger(form) => match usize::try_from(form) {
            Ok(form) if form <= MIGRATIONS.len() => Ok(form),
            _ => Err(StoreError::Version { place, found: form.to_string(), known }),
        },
    }
}

/// Makes the tables of a ledger, unless they are there, or moves them to the newest form; all of it or nothing.
///
/// `log` is the name of a ledger that may be made; without it there has to be one.
pub(super) fn prepare(session: &mut Session, log: Option<&LogName>) -> Result<(), StoreError> {
    let schema = session.schema().to_owned();
    let place = super::place(&schema);
    if let Ok(form) = check(session.client(), &schema)
        && form == MIGRATIONS.len()
    {
        return Ok(());
    }
    let mut step = session.client().transaction().map_err(failed(&place, "begin"))?;
    // Two processes that start at once: the second waits here and then finds what the first made.
    let lock = format!("esg {schema}");
    step.execute("SELECT pg_advisory_xact_lock(hashtext($1))", &[&lock]).map_err(failed(&place, "lock"))?;
    let form = match (check(&mut step, &schema), log) {
        (Err(StoreError::Absent { .. }), Some(_)) => {
            let sql = format!(
                "CREATE SCHEMA IF NOT EXISTS {}; CREATE TABLE form(number integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
                super::session::quoted(&schema)
            );
            step.batch_execute(&sql).map_err(failed(&place, "make"))?;
            0
        }
        (found, _) => found?,
    };
    migrate(&mut step, &place, &MIGRATIONS[form..], form)?;
    if let (0, Some(log)) = (form, log) {
        let sql = "INSERT INTO head(log, size, prev, roots) VALUES($1, 0, $2, '')";
        let zero = Hash::ZERO;
        step.execute(sql, &[&log.as_str(), &&zero.as_bytes()[..]]).map_err(failed(&place, "make"))?;
    }
    step.commit().map_err(failed(&place, "make"))
}

fn migrate(
    step: &mut Transaction<'_>,
    place: &str,
    migrations: &[&str],
    form: usize,
) -> Result<(), StoreError> {
    for (number, migration) in migrations.iter().enumerate() {
        let number = i32::try_from(form + number + 1).expect("there are few forms");
        step.batch_execute(migration).map_err(failed(place, "move to a newer form"))?;
        let sql = "INSERT INTO form(number) VALUES($1)";
        step.execute(sql, &[&number]).map_err(failed(place, "move to a newer form"))?;
    }
    Ok(())
}
