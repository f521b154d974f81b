//! Commands on a ledger: a folder that keeps what it was told, with its audit log.

mod check;
mod copy;
mod ingest;
mod manage;
mod prove;
mod report;

use std::path::{Path, PathBuf};

use esg_core::face::TENANT;
use esg_core::ledger::{Book, Question, Stamp, Tenant};
use esg_core::time::Period;
use esg_store::now;

use super::failure::Failure;

pub use check::{Args as VerifyArgs, run as verify};
pub use copy::{BackupArgs, RestoreArgs, backup, restore};
pub use ingest::{Args as IngestArgs, run as ingest};
pub use manage::{Args as ManageArgs, run as manage};
pub use prove::{Args as ProveArgs, run as prove};
pub use report::{again, issue};

/// Which ledger is read, and as of when.
#[derive(Debug, clap::Args)]
pub struct LedgerArgs {
    /// Folder of a ledger to read instead of files
    #[arg(long, value_name = "FOLDER")]
    pub ledger: Option<PathBuf>,
    /// Whose events of the ledger
    #[arg(long, default_value = TENANT, value_name = "NAME")]
    pub tenant: String,
    /// Read the ledger as it was when its log had so many lines; a closed period is read as of its closing unless given
    #[arg(long, value_name = "LINES", requires = "ledger")]
    pub as_of: Option<u64>,
}

impl LedgerArgs {
    /// The book and the question, where a ledger is named.
    pub fn book(&self, period: Option<Period>) -> Result<Option<(Book, Question)>, Failure> {
        let Some(folder) = &self.ledger else { return Ok(None) };
        Ok(Some((esg_store::read(folder)?, self.question(period)?)))
    }

    /// What is asked of the ledger.
    pub fn question(&self, period: Option<Period>) -> Result<Question, Failure> {
        Ok(Question { tenant: Tenant::new(&self.tenant)?, period, as_of: self.as_of })
    }
}

/// Opens a ledger to write to it.
fn open(folder: &Path, actor: &str) -> Result<esg_store::FolderLedger, Failure> {
    let stamp = Stamp { actor, time: now()? };
    let opened = esg_store::FolderLedger::open(folder, stamp)?;
    for torn in opened.recovered() {
        eprintln!(
            "recovered: {} bytes at the end of {} were never acknowledged and are now in quarantine/",
            torn.bytes.len(),
            torn.file
        );
    }
    Ok(opened)
}
