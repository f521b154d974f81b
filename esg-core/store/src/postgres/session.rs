//! A session with the server, and what it is told about safety.

use std::error::Error as _;
use std::sync::Arc;

use ahash::AHashMap;
use esg_core::store::StoreError;
use postgres::error::{Severity, SqlState};
use postgres::types::ToSql;
use postgres::{Client, Config, NoTls, Row, Statement};

/// The oldest server that is used: everything that is asked of it is tested there and in newer ones.
const OLDEST: i32 = 13;

/// A setting, what it is set to unless it is right already, and whether it is.
type Setting = (&'static str, &'static str, fn(&str) -> bool);

/// What is told, and what has to come back when it is asked for.
///
/// A writer that goes silent while it keeps others out is cut off after a minute, and one that waits gives up as late, unless
/// the role or the connection string has a time of its own.
const SETTINGS: &[Setting] = &[
    ("synchronous_commit", "on", |found| found == "on" || found == "remote_apply"),
    ("idle_in_transaction_session_timeout", "1min", |found| found != "0"),
    ("lock_timeout", "1min", |found| found != "0"),
    ("default_transaction_isolation", "read committed", |found| found == "read committed"),
    ("default_transaction_read_only", "off", |found| found == "off"),
];

/// What only the server's owner can set, and without which a commit does not survive a crash.
const REQUIRED: &[&str] = &["fsync", "full_page_writes"];

type Connect = dyn Fn() -> Result<Client, postgres::Error> + Send + Sync;

/// Where a ledger is: a server, a database in it, and a schema that the ledger has for itself.
#[derive(Clone)]
pub struct Server {
    connect: Arc<Connect>,
    schema: String,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The rest may hold a password.
        f.debug_struct("Server").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Server {
    /// Returns a server by its connection string, such as `host=/run/postgresql user=esg dbname=esg`, without encryption:
    /// for a socket or a network of one's own.
    ///
    /// # Errors
    /// `Io` when the string cannot be read.
    pub fn new(config: &str, schema: &str) -> Result<Self, StoreError> {
        let config: Config = config.parse().map_err(failed("the connection string", "read"))?;
        Ok(Self::with(schema, move || config.connect(NoTls)))
    }

    /// Returns a server that sessions are begun with in the caller's own way, with TLS for instance.
    ///
    /// A pooler between here and the server has to keep to one session for each: settings and locks are the session's.
    pub fn with(
        schema: &str,
        connect: impl Fn() -> Result<Client, postgres::Error> + Send + Sync + 'static,
    ) -> Self {
        Self { connect: Arc::new(connect), schema: schema.to_owned() }
    }

    /// The schema.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    pub(super) fn session(&self) -> Result<Session, StoreError> {
        let place = super::place(&self.schema);
        let client = (self.connect)().map_err(failed(&place, "connect to"))?;
        let mut session = Session { client, schema: self.schema.clone(), place, statements: AHashMap::new() };
        session.set_up()?;
        Ok(session)
    }
}

/// A session whose settings came back as they were set.
pub(super) struct Session {
    client: Client,
    schema: String,
    place: String,
    statements: AHashMap<&'static str, Statement>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Session {
    fn set_up(&mut self) -> Result<(), StoreError> {
        let refuse = |place: &str, action: &'static str, reason: String| {
            Err(StoreError::Io { place: place.to_owned(), action, reason })
        };
        let number: i32 = self.show("server_version_num")?.parse().unwrap_or(0);
        if let Some(reason) = too_old(number) {
            return refuse(&self.place.clone(), "connect to", reason);
        }
        for name in REQUIRED {
            let found = self.show(name)?;
            if found != "on" {
                let reason = format!("it is {found}, and a commit would not survive a crash of the server");
                return refuse(&format!("setting {name} of the server"), "rely on", reason);
            }
        }
        let path = format!("SET search_path = {}, pg_temp", quoted(&self.schema));
        self.client.batch_execute(&path).map_err(failed(&self.place, "set up"))?;
        for (name, value, is_right) in SETTINGS {
            if is_right(&self.show(name)?) {
                continue;
            }
            let set = format!("SET {name} = '{value}'");
            self.client.batch_execute(&set).map_err(failed(&self.place, "set up"))?;
            let found = self.show(name)?;
            if !is_right(&found) {
                let reason = format!("it was set to {value} and is {found}");
                return refuse(&format!("setting {name}"), "set up", reason);
            }
        }
        Ok(())
    }

    fn show(&mut self, name: &str) -> Result<String, StoreError> {
        let row = self.client.query_one("SELECT current_setting($1)", &[&name]);
        Ok(row.map_err(failed(&self.place, "set up"))?.get(0))
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// The place, for messages.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) const fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Prepares a statement once for the session.
    pub(super) fn statement(
        &mut self,
        sql: &'static str,
        action: &'static str,
    ) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(failed(&self.place, action))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) fn read(
        &mut self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.statement(sql, "read")?;
        self.client.query(&statement, parameters).map_err(failed(&self.place, "read"))
    }

    pub(super) fn write(
        &mut self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, StoreError> {
        let statement = self.statement(sql, "write")?;
        self.client.execute(&statement, parameters).map_err(failed(&self.place, "write"))
    }

    /// Carries out a statement that has no parameters and no answer.
    pub(super) fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).map_err(failed(&self.place, sql))
    }

    /// True when the server has ended the session, as far as is known here.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(super) fn corrupt(&self, table: &str, reason: impl Into<String>) -> StoreError {
        StoreError::Corrupt { place: format!("{}, table {table}", self.place), reason: reason.into() }
    }
}

/// Why a server of this number is too old, if it is.
fn too_old(number: i32) -> Option<String> {
    let (major, minor) = (number / 10_000, number % 10_000);
    (major < OLDEST).then(|| format!("it is PostgreSQL {major}.{minor}, and {OLDEST} or later is needed"))
}

/// A name as SQL has it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Turns an error of the server or of the way to it into one that says what was tried.
pub(super) fn failed(place: &str, action: &'static str) -> impl FnOnce(postgres::Error) -> StoreError {
    let place = place.to_owned();
    move |error| {
        let code = error.code();
        if code == Some(&SqlState::LOCK_NOT_AVAILABLE) {
            return StoreError::Locked {
                place,
                holder: "another session, which did not let go in time".to_owned(),
            };
        }
        let reason = match error.as_db_error() {
            Some(answer) => {
                let fatal = matches!(answer.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
                let end = if fatal { ", and the session is over" } else { "" };
                format!("{} (SQLSTATE {}){end}", answer.message(), answer.code().code())
            }
            None => error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
        };
        if code == Some(&SqlState::UNIQUE_VIOLATION) {
            return StoreError::Corrupt { place, reason };
        }
        StoreError::Io { place, action, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_an_old_version_is_refused() {
        assert_eq!(too_old(130_000), None);
        assert_eq!(too_old(170_002), None);
        assert_eq!(too_old(120_022).unwrap(), "it is PostgreSQL 12.22, and 13 or later is needed");
    }

    #[test]
    fn any_name_is_one_name_in_sql() {
        assert_eq!(quoted(r#"a"; DROP TABLE line; --"#), r#""a""; DROP TABLE line; --""#);
    }
}
