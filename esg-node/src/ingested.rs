//! `Ingested`: what became of the rows that a ledger was given.

use std::sync::{Arc, Mutex, PoisonError};

use esg_core::face::{Receipts, rows_document};
use esg_core::ledger::Outcome as Became;
use napi::Env;
use napi::bindgen_prelude::{Buffer, External};
use napi_derive::napi;
use serde_json::json;

use crate::error::border;
use crate::table::ipc;
use crate::value::Document;

/// Receipts that are still coming, as JavaScript holds them.
pub type Coming = External<Arc<Mutex<Receipts>>>;

/// Returns no receipts yet.
#[napi(skip_typescript)]
pub fn open_receipts() -> Coming {
    External::new(Arc::default())
}

/// Takes all receipts that came.
pub fn take(coming: &Mutex<Receipts>) -> Receipts {
    std::mem::take(&mut coming.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What became of the rows that a ledger was given.
#[napi]
pub struct Ingested(pub(crate) Receipts);

impl Ingested {
    fn count(&self, of: Became) -> f64 {
        self.0.count(of) as f64
    }
}

#[napi]
impl Ingested {
    /// How many rows there were.
    #[napi(getter)]
    pub fn length(&self) -> f64 {
        self.0.rows() as f64
    }

    /// Rows that are in the ledger now and were not before.
    #[napi(getter)]
    pub fn accepted(&self) -> f64 {
        self.count(Became::Accepted)
    }

    /// Rows that were there already, with the same content.
    #[napi(getter)]
    pub fn duplicates(&self) -> f64 {
        self.count(Became::Duplicate)
    }

    /// Accepted rows of closed days: no report that was issued changes by them.
    #[napi(getter)]
    pub fn late(&self) -> f64 {
        self.0.late() as f64
    }

    /// True when every row is in the ledger: accepted now, or before.
    #[napi(getter)]
    pub fn ok(&self) -> bool {
        self.0.is_clean()
    }

    /// A receipt for each row as Arrow IPC: source, line, outcome, seq, late, fingerprint.
    #[napi]
    pub fn items(&self, env: &Env) -> napi::Result<Buffer> {
        border(env, || Ok(ipc(&self.0.table())?.into()))
    }

    /// A receipt for each row as an object.
    #[napi(ts_return_type = "Receipt[]")]
    pub fn item_rows(&self, env: &Env) -> napi::Result<Document> {
        border(env, || Ok(Document(rows_document(&self.0.table()))))
    }

    /// Rows whose id was there with other content: source, line, the line of the log that stays, the fields that differ.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn conflicts(&self) -> Document {
        Document(json!(self.0.conflicts()))
    }

    /// Rows that are no events: source, line, field, code, message and the nearest known names.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn rejected(&self) -> Document {
        Document(json!(self.0.rejected()))
    }
}
