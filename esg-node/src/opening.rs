//! Opening of a ledger, and of what was kept of it elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use esg_core::Error;
use esg_core::face;
use esg_core::ledger::{Stamp, Tenant};
use esg_store::{FolderLedger, OpenLedger, now};
use napi::Env;
use napi_derive::napi;

use crate::error::border;
use crate::hooks::Given;
use crate::ledger::Ledger;
use crate::long::{Promised, on_pool};
use crate::registry::file;
use crate::value::{maybe_text, text};

/// Opens a ledger: see `Ledger.open`.
#[napi(skip_typescript)]
pub fn open_ledger(
    env: &Env,
    path: Given,
    log: Given,
    tenant: Given,
    actor: Given,
) -> napi::Result<Promised<Ledger, Ledger>> {
    border(env, || {
        let path = PathBuf::from(text("path", &path)?);
        let (log, tenant) = (maybe_text("log", &log)?, maybe_text("tenant", &tenant)?);
        let actor = esg_store::actor(maybe_text("actor", &actor)?.as_deref());
        let work = move || {
            let tenant = Tenant::new(tenant.as_deref().unwrap_or(face::TENANT))?;
            let log = log.as_deref().unwrap_or(face::LOG).parse()?;
            let stamp = Stamp { actor: &actor, time: now()? };
            let mut opened = FolderLedger::open_or_create(&path, &log, stamp)?;
            let name = opened.ledger().name().to_string();
            Ok(Ledger { path, name, tenant, actor, opened: Arc::new(OpenLedger::new(opened)) })
        };
        Ok(on_pool(work, |ledger| ledger))
    })
}

/// Returns a checkpoint that was kept elsewhere, a path or its text, with what people call it.
pub fn checkpoint(number: usize, given: String) -> Result<(String, String), Error> {
    if esg_store::is_note(&given) {
        return Ok((format!("checkpoints[{number}]"), given));
    }
    let text = esg_core::json::text(&file(&given)?)?.to_owned();
    Ok((given, text))
}
