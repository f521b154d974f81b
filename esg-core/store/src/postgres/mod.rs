//! A ledger in PostgreSQL, which several processes write to.
//!
//! One commit is one transaction: lines, keys, columns and the new end of the log are there together or not at all, and the
//! server does the rest of what a log on disk has to do by itself. Whoever writes locks the row of the head first and reads it
//! under the lock, so the lines of one chain follow each other whoever wrote them.
//!
//! What the process knows of the log ends at a size, and nothing behind it is seen, whoever added it meanwhile. It learns of
//! more when it takes the lock.

mod blocks;
mod commit;
mod reader;
mod schema;
mod session;

use std::ops::Range;

use esg_core::audit::{Chain, Frontier, Hash, LogName, RecordKind, SEGMENT_LINES};
use esg_core::error::Error;
use esg_core::store::{Commit, Events, Key, Known, Reader, Redacted, Replaced, Store, StoreError, Wanted};

pub use reader::PostgresReader;
use reader::{Head, hash, head};
pub use session::Server;
use session::Session;

/// Keys that are looked for at a time.
const FIND: usize = 8192;

/// A store in a schema of a PostgreSQL database.
///
/// Its calls wait for the server, and have to come from a thread that may wait: not from within an asynchronous task.
#[derive(Debug)]
pub struct PostgresStore {
    server: Server,
    reader: PostgresReader,
    chain: Chain,
    /// The transaction is open and has the lock of the head.
    held: bool,
    stopped: Option<String>,
}

fn place(schema: &str) -> String {
    format!("PostgreSQL schema {schema}")
}

/// A number of a line as SQL has it. No log has more than 2^53 lines.
const fn signed(number: u64) -> i64 {
    number.cast_signed()
}

const fn unsigned(number: i64) -> u64 {
    number.cast_unsigned()
}

impl PostgresStore {
    /// Opens the ledger of a schema. Tables of an earlier form are moved to the newest one.
    ///
    /// # Errors
    /// `Absent`, `Version`, `Io`; `Corrupt` where anything is not what it was.
    pub fn open(server: &Server) -> Result<Self, Error> {
        let mut session = server.session()?;
        schema::prepare(&mut session, None)?;
        Self::of(server, session)
    }

    /// Makes a ledger in a schema that is absent or empty. One of the same name that is there already is opened.
    ///
    /// # Errors
    /// `Version` where the schema has something else, `Io`; as [`PostgresStore::open`].
    pub fn create(server: &Server, name: &LogName) -> Result<Self, Error> {
        let mut session = server.session()?;
        schema::prepare(&mut session, Some(name))?;
        let store = Self::of(server, session)?;
        if store.name() != name {
            let reason = format!("it has the log {}", store.name());
            return Err(StoreError::Io { place: place(server.schema()), action: "make", reason }.into());
        }
        Ok(store)
    }

    fn of(server: &Server, mut session: Session) -> Result<Self, Error> {
        let head = head(&mut session)?;
        let size = head.frontier.size();
        let reader = PostgresReader::new(head.name.clone(), size, session);
        let chain = Chain::resume(head.name, head.prev, head.frontier);
        let store = Self { server: server.clone(), reader, chain, held: false, stopped: None };
        store.check_end(size, store.chain.prev())?;
        store.check_tree()?;
        Ok(store)
    }

    /// Where it is.
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// Refuses a log whose first `size` lines do not end with the line that has this hash.
    fn check_end(&self, size: u64, prev: Hash) -> Result<(), StoreError> {
        let Some(last) = size.checked_sub(1) else { return Ok(()) };
        let mut session = self.reader.session();
        let rows = session.read("SELECT line FROM line WHERE seq = $1", &[&signed(last)])?;
        match rows.first().map(|row| Hash::of(row.get(0))) {
            Some(found) if found == prev => Ok(()),
            Some(_) => Err(session.corrupt("line", format!("line {last} is not the one that was written"))),
            None => Err(session.corrupt("line", format!("line {last} is not there"))),
        }
    }

    /// Refuses a log whose tree has another edge than its leaves make.
    fn check_tree(&self) -> Result<(), StoreError> {
        let full = self.size() / SEGMENT_LINES;
        let mut over_segments = Frontier::new();
        over_segments.extend(&self.reader.segment_roots(0..full)?);
        let mut edge = Frontier::from_parts(full * SEGMENT_LINES, over_segments.roots().to_vec())
            .expect("a number times 2^16 has as many ones as the number");
        edge.extend(&self.reader.leaves(full * SEGMENT_LINES..self.size())?);
        if edge != *self.chain.frontier() {
            return Err(self.reader.session().corrupt("head", "its tree is not that of its leaves"));
        }
        Ok(())
    }

    fn check_running(&self) -> Result<(), StoreError> {
        match &self.stopped {
            Some(reason) => Err(StoreError::Stopped { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Takes the lock of the head, waiting for who has it, and returns the end of the log.
    ///
    /// A session that the server has ended meanwhile is begun again, because nothing was written in it.
    fn lock(&mut self) -> Result<Head, StoreError> {
        let locked = self.try_lock();
        let over = locked.is_err() && self.reader.session().is_closed();
        let locked = if over {
            self.held = false;
            self.reader = PostgresReader::new(self.name().clone(), self.size(), self.server.session()?);
            self.try_lock()
        } else {
            locked
        };
        locked.inspect_err(|_| self.release())
    }

    fn try_lock(&mut self) -> Result<Head, StoreError> {
        let mut session = self.reader.session();
        if !self.held {
            session.run("BEGIN")?;
        }
        self.held = true;
        let rows = session.read("SELECT log, size, prev, roots FROM head FOR UPDATE", &[])?;
        let row = rows.first().ok_or_else(|| session.corrupt("head", "it has no row"))?;
        Head::of(row, &session).map_err(|error| match error {
            Error::Store(error) => error,
            other => session.corrupt("head", other.to_string()),
        })
    }

    /// Takes note of what others have added. The lines that were known have to be there still.
    fn follow(&mut self, head: Head) -> Result<(), StoreError> {
        let (known, size) = (self.chain.size(), head.frontier.size());
        let corrupt = |reason: String| Err(self.reader.session().corrupt("head", reason));
        if head.name != *self.name() {
            return corrupt(format!("it is of the log {}", head.name));
        }
        if size < known {
            return corrupt(format!("the log has {size} lines and had {known}"));
        }
        if size == known && (head.prev, &head.frontier) != (self.chain.prev(), self.chain.frontier()) {
            return corrupt(format!("the {size} lines of the log are not those that were there"));
        }
        if size > known {
            self.check_end(known, self.chain.prev())?;
            self.reader.see(size);
            self.chain = Chain::resume(head.name, head.prev, head.frontier);
        }
        Ok(())
    }

    fn write(&mut self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let mut session = self.reader.session();
        commit::write(&mut session, &self.chain, commit)?;
        session.run("COMMIT")
    }
}

impl Reader for PostgresStore {
    fn name(&self) -> &LogName {
        self.reader.name()
    }

    fn size(&self) -> u64 {
        self.reader.size()
    }

    fn events(&self, wanted: &Wanted<'_>) -> Result<Events, StoreError> {
        self.reader.events(wanted)
    }

    fn amendments(&self) -> Result<Vec<Replaced>, StoreError> {
        self.reader.amendments()
    }

    fn amendments_from(&self, seq: u64) -> Result<Vec<Replaced>, StoreError> {
        self.reader.amendments_from(seq)
    }

    fn marks(&self, kind: RecordKind) -> Result<Vec<u64>, StoreError> {
        self.reader.marks(kind)
    }

    fn lines(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        self.reader.lines(range, each)
    }

    fn payload(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.reader.payload(seq)
    }

    fn redacted(&self) -> Result<Vec<Redacted>, StoreError> {
        self.reader.redacted()
    }

    fn leaves(&self, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.reader.leaves(range)
    }

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, StoreError> {
        self.reader.subtree(level, index)
    }
}

impl Store for PostgresStore {
    fn hold(&mut self) -> Result<(), StoreError> {
        self.check_running()?;
        if self.held {
            return Ok(());
        }
        let head = self.lock()?;
        self.follow(head).inspect_err(|_| self.release())
    }

    fn release(&mut self) {
        if std::mem::take(&mut self.held) {
            // Where it does not come through the session is over, and the server has let go by itself.
            let _ = self.reader.session().run("ROLLBACK");
        }
    }

    fn chain(&self) -> Result<Chain, StoreError> {
        Ok(self.chain.clone())
    }

    fn find(&self, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreError> {
        let mut session = self.reader.session();
        let mut known = Vec::with_capacity(keys.len());
        for keys in keys.chunks(FIND) {
            let bytes: Vec<&[u8]> = keys.iter().map(|key| &key.as_bytes()[..]).collect();
            // The number of a key in the question comes back with it, so that nothing is sorted here.
            let sql = "SELECT at, seq, fingerprint FROM unnest($1::bytea[]) WITH ORDINALITY asked(key, at)
                JOIN event_key USING (key) WHERE seq < $2";
            let start = known.len();
            known.resize(start + keys.len(), None);
            for row in session.read(sql, &[&bytes, &signed(self.reader.size())])? {
                let (at, seq) = (unsigned(row.get(0)), unsigned(row.get(1)));
                // A redacted event has none any more.
                let fingerprint = match row.get::<_, &[u8]>(2) {
                    [] => None,
                    bytes => Some(hash(bytes).ok_or_else(|| {
                        session.corrupt("event_key", format!("line {seq} has no fingerprint"))
                    })?),
                };
                let at = usize::try_from(at).expect("it numbers the keys that were asked for");
                known[start + at - 1] =
                    Some(Known { seq, fingerprint: fingerprint.map(|print| *print.as_bytes()) });
            }
        }
        Ok(known)
    }

    fn commit(&mut self, commit: Commit<'_>) -> Result<(), StoreError> {
        self.check_running()?;
        let seen = commit.chain.size() - commit.leaves.len() as u64;
        // Under the lock that `hold` took nothing can have moved; but the server may have ended that session.
        let head = self.lock()?;
        let size = head.frontier.size();
        if seen != size || seen != self.chain.size() {
            let followed = self.follow(head);
            self.release();
            return Err(followed.err().unwrap_or(StoreError::Moved {
                place: place(self.server.schema()),
                seen,
                size,
            }));
        }
        self.follow(head).inspect_err(|_| self.release())?;
        let written = self.write(&commit);
        if let Err(error) = written {
            // What was sent last may have been the end of the transaction, and its answer lost.
            self.stopped = Some(error.to_string());
            self.release();
            return Err(error);
        }
        self.held = false;
        self.reader.see(commit.chain.size());
        self.chain = commit.chain.clone();
        Ok(())
    }

    fn snapshot(&self) -> Result<Box<dyn Reader>, StoreError> {
        let (name, session) = (self.name().clone(), self.server.session()?);
        Ok(Box::new(PostgresReader::new(name, self.size(), session)))
    }
}
