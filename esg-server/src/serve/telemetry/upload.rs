//! Uploads of any length: JSON Lines as they come, tables whole.
//!
//! An upload that broke off is sent again from its beginning: every event is taken once, so it goes on where it stopped. The
//! ledger is not held while an upload comes, however slowly it does.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use bytes::Bytes;
use esg_core::ledger::{Prepared, Stamp};
use esg_core::telemetry::{Options, csv, json};
use esg_store::{Bulk, Request, now};
use serde_json::Value;

use super::receipt::Sum;
use crate::serve::answer;
use crate::serve::app::{App, At};
use crate::serve::auth::{Caller, Scope};
use crate::serve::body::{Unpacked, Upload, whole};
use crate::serve::limits::{MAX_SMALL, MAX_TABLE};
use crate::serve::problem::{Outcome, ServeError};

/// What the log calls the events of this path.
const LABEL: &str = "POST /api/v1/telemetry/bulk";
/// Media types that an upload may have.
const WANTED: &str = "application/x-ndjson, application/jsonl, text/csv or text/tab-separated-values";

/// The form of an upload.
#[derive(Clone, Copy, Debug)]
enum Form {
    Lines,
    Table(u8),
}

/// `POST /api/v1/telemetry/bulk`: counts, and the first conflicts and refused rows.
pub async fn upload(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Ingest)?;
    let form = match &*answer::media_type(&headers) {
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => {
            Form::Lines
        }
        "text/csv" => Form::Table(b','),
        "text/tab-separated-values" => Form::Table(b'\t'),
        found => {
            let found = found.chars().take(64).collect();
            return Err(ServeError::MediaType { found, wanted: WANTED }.into());
        }
    };
    if matches!(form, Form::Lines) && is_small(&headers) {
        let bytes = whole(&headers, body, MAX_SMALL).await?;
        return small(&at.app, caller, bytes).await;
    }
    let upload = Upload::start(&headers, body)?;
    let document = at.app.work(move |app| take(app, &caller, form, upload.unpacked()?)).await?;
    Ok(answer::json(&document))
}

/// True for an upload that is as it is and no larger than a part of one.
fn is_small(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    !headers.contains_key(CONTENT_ENCODING) && length.is_some_and(|length| length <= MAX_SMALL)
}

/// Takes an upload that is a single part: it shares a commit with whatever else waits, and needs no threads of its own.
async fn small(app: &Arc<App>, caller: Caller, bytes: Bytes) -> Outcome {
    let (tenant, actor) = (caller.tenant, caller.actor);
    let own = tenant.clone();
    let read = app.work(move |_| {
        // A byte order mark is no part of the first line.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let received = json::read_part(json::Part { first_line: 1, bytes }, Options::default())?;
        Ok(Prepared::new(received, &own, LABEL))
    });
    let prepared = read.await?;
    let ingested = app.writer.ingest(Request { prepared, actor, time: now()?, atomic: false }).await?;
    app.taken(&tenant, &ingested);
    let mut sum = Sum::default();
    sum.add(&ingested);
    Ok(answer::json(&sum.document()))
}

fn take(app: &App, caller: &Caller, form: Form, mut file: Unpacked) -> Outcome<Value> {
    let stamp = Stamp { actor: &caller.actor, time: now()? };
    let mut sum = Sum::default();
    match form {
        Form::Lines => {
            let how = Bulk { tenant: &caller.tenant, label: LABEL, stamp, lines: None, detached: false };
            let done = app.keeper.upload(&mut file, &how, &mut |part| {
                app.taken(&caller.tenant, &part.ingested);
                sum.add(&part.ingested);
                ControlFlow::Continue(())
            });
            // Why the body could not be read says more than that it could not be.
            if let Some(refused) = file.refused.take() {
                return Err(refused.into());
            }
            done?;
        }
        Form::Table(delimiter) => {
            let mut bytes = Vec::new();
            let read = (&mut file).take(MAX_TABLE as u64 + 1).read_to_end(&mut bytes);
            if let Some(refused) = file.refused.take() {
                return Err(refused.into());
            }
            read.map_err(|error| ServeError::Body { reason: error.to_string() })?;
            if bytes.len() > MAX_TABLE {
                return Err(ServeError::InflatedLimit { max: MAX_TABLE as u64 }.into());
            }
            let layout = csv::Layout { delimiter, ..csv::Layout::default() };
            let received = csv::read(&bytes, &layout, Options::default())?;
            drop(bytes);
            let prepared = Prepared::new(received, &caller.tenant, LABEL);
            let (actor, time) = (caller.actor.clone(), stamp.time);
            for ingested in app.keeper.ingest(vec![Request { prepared, actor, time, atomic: false }]) {
                let ingested = ingested?;
                app.taken(&caller.tenant, &ingested);
                sum.add(&ingested);
            }
        }
    }
    Ok(sum.document())
}
