//! The audit log for who checks it: checkpoint, keys, lines, proofs, closed periods.
//!
//! The log is one for all tenants, so its lines are for those who may see all of them.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use esg_core::face::{self, DateRange, Document, without_key};
use esg_core::ledger::Stamp;
use esg_core::time::Period;
use esg_store::now;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::limits::MAX_ENTRIES;
use crate::serve::parameters::{Parameters, Place};
use crate::serve::problem::{Outcome, ServeError};

const TEXT: &str = "text/plain; charset=utf-8";

/// `GET /api/v1/audit/checkpoint`: the signed checkpoint of the log as it is now.
pub async fn checkpoint(State(at): State<At>, caller: Caller) -> Outcome {
    caller.may(Scope::Read)?;
    let note = at.app.work(|app| Ok(app.keeper.sign()?.ok_or_else(without_key)?)).await?;
    Ok(answer::text(TEXT, note))
}

/// `GET /api/v1/audit/keys`: public keys of the log, the first one first.
pub async fn keys(State(at): State<At>, caller: Caller) -> Outcome {
    caller.may(Scope::Read)?;
    let keys = at.app.work(|app| Ok(app.keeper.keys()?)).await?;
    Ok(answer::json(&json!(keys)))
}

/// Lines of the log: from `start`, at most `limit` of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lines {
    start: u64,
    limit: Option<u64>,
}

/// `GET /api/v1/audit/entries`: lines of the log as they stand there, with their LFs.
pub async fn entries(State(at): State<At>, caller: Caller, Parameters(lines): Parameters<Lines>) -> Outcome {
    caller.may(Scope::Log)?;
    let limit = lines.limit.unwrap_or(MAX_ENTRIES);
    if limit > MAX_ENTRIES {
        return Err(ServeError::parameter("limit", &limit.to_string(), "at most 1000").into());
    }
    let bytes = at.app.read(move |book| {
        let end = lines.start.saturating_add(limit).min(book.size());
        let mut bytes = Vec::new();
        if lines.start < end {
            book.reader().lines(lines.start..end, &mut |_, line| {
                bytes.extend_from_slice(line);
                bytes.push(b'\n');
                true
            })?;
        }
        Ok(bytes)
    });
    Ok(answer::text("application/x-ndjson", bytes.await?))
}

/// `GET /api/v1/audit/proofs/{seq}`: the C2SP tlog-proof of a line under a checkpoint of now.
pub async fn proof(State(at): State<At>, caller: Caller, Place(seq): Place<u64>) -> Outcome {
    caller.may(Scope::Log)?;
    let proof = at.app.work(move |app| {
        let note = app.keeper.sign()?.ok_or_else(without_key)?;
        Ok(app.keeper.book()?.proof(seq, &note)?.to_string())
    });
    Ok(answer::text(TEXT, proof.await?))
}

/// Two sizes of the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    old: u64,
    new: Option<u64>,
}

/// `GET /api/v1/audit/consistency?old=..&new=..`: the hashes that show that the log was only added to (RFC 6962).
pub async fn consistency(
    State(at): State<At>,
    caller: Caller,
    Parameters(sizes): Parameters<Sizes>,
) -> Outcome {
    caller.may(Scope::Read)?;
    let document = at.app.read(move |book| {
        let (old, new) = (sizes.old, sizes.new.unwrap_or_else(|| book.size()));
        let hashes: Vec<String> = book.consistency(old, new)?.iter().map(ToString::to_string).collect();
        let (old_root, new_root) = (book.root_at(old)?.to_string(), book.root_at(new)?.to_string());
        Ok(json!({"old": old, "new": new, "old_root": old_root, "new_root": new_root, "hashes": hashes}))
    });
    Ok(answer::json(&document.await?))
}

/// `GET /api/v1/periods`: the closed ones.
pub async fn periods(State(at): State<At>, caller: Caller) -> Outcome {
    caller.may(Scope::Read)?;
    let document = at.app.read(|book| {
        let day = |period: &Period| (period.start().to_string(), period.end().to_string());
        let closed = book.closed().iter().map(|closed| {
            let (start, end) = day(&closed.period);
            json!({"start": start, "end": end, "seq": closed.seq})
        });
        Ok(closed.collect::<Value>())
    });
    Ok(answer::json(&document.await?))
}

/// Which days are to be closed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Closing {
    date_range: Option<DateRange>,
}

impl Document for Closing {
    const WHAT: &'static str = "closing of a period";
    const FIELDS: &'static [&'static str] = &["date_range"];
}

/// `POST /api/v1/periods`: closes days of all tenants; their reports stay as they are, whatever is sent later.
pub async fn close(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Log)?;
    let asked: Closing = answer::question(&headers, body).await?;
    let needed = || face::FaceError::value("date_range", "not given", "the days to close");
    let days = asked.date_range.ok_or_else(needed)?;
    let period = Period::new(days.start, days.end)?;
    let seq = at.app.work(move |app| {
        let stamp = Stamp { actor: &caller.actor, time: now()? };
        Ok(app.keeper.close_period(period, stamp)?)
    });
    let document = json!({"start": days.start.to_string(), "end": days.end.to_string(), "seq": seq.await?});
    Ok(answer::with_status(StatusCode::CREATED, &document))
}
