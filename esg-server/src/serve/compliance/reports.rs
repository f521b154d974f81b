//! Reports: issued, listed, made again, and compared.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use esg_core::face::{self, REPORT, ReportOrder};
use esg_core::ledger::{Book, Issued, LedgerError, Stamp, Tenant};
use esg_core::report::Format;
use esg_store::now;
use serde::Deserialize;

use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::parameters::{Parameters, Place};
use crate::serve::problem::Outcome;

/// Line of the log that records a report.
const SEQ: &str = "esg-report-seq";
/// SHA-256 of its JSON.
const DIGEST: &str = "esg-report-sha256";

/// `POST /api/v1/reports/ghg`: makes a report and records it in the log with its digest.
pub async fn issue(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Report)?;
    let order: ReportOrder = answer::question(&headers, body).await?;
    // A form that nobody knows is refused before anything is recorded.
    let format = order.format()?;
    let (issued, bytes) = at
        .app
        .work(move |app| {
            let question = order.question(&*app.sets.of(&caller.tenant)?, &caller.tenant)?;
            let stamp = Stamp { actor: &caller.actor, time: now()? };
            let issued = app.keeper.issue(&question, order.organisation.as_deref(), stamp)?;
            let bytes = issued.report.render(format)?;
            Ok((issued, bytes))
        })
        .await?;
    Ok(shown(StatusCode::CREATED, &issued, format, bytes))
}

fn shown(status: StatusCode, issued: &Issued, format: Format, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE.as_str(), format.media_type().to_owned()),
        (header::LOCATION.as_str(), format!("/api/v1/reports/{}", issued.seq)),
        (SEQ, issued.seq.to_string()),
        (DIGEST, issued.digest.to_string()),
    ];
    (status, headers, bytes).into_response()
}

/// `GET /api/v1/reports`: the tenant's issued reports, in the order of their lines.
pub async fn list(State(at): State<At>, caller: Caller) -> Outcome {
    caller.may(Scope::Read)?;
    let reports = at.app.read(move |book| {
        let mut reports = face::reports_document(book)?;
        if let Some(list) = reports.as_array_mut() {
            list.retain(|report| report["tenant"] == caller.tenant.as_str());
        }
        Ok(reports)
    });
    Ok(answer::json(&reports.await?))
}

/// The form of a report that is made again.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Form {
    format: Option<String>,
}

/// `GET /api/v1/reports/{seq}`: the report as it was issued, byte for byte.
pub async fn again(
    State(at): State<At>,
    caller: Caller,
    Place(seq): Place<u64>,
    Parameters(form): Parameters<Form>,
) -> Outcome {
    caller.may(Scope::Read)?;
    let format: Format = form.format.as_deref().unwrap_or(REPORT).parse()?;
    let (issued, bytes) = at
        .app
        .work(move |app| {
            let book = app.keeper.book()?;
            own(&book, seq, &caller.tenant)?;
            let issued = face::reissue(&book, &*app.sets.of(&caller.tenant)?, seq)?;
            let bytes = issued.report.render(format)?;
            Ok((issued, bytes))
        })
        .await?;
    Ok(shown(StatusCode::OK, &issued, format, bytes))
}

/// `GET /api/v1/reports/{seq}/restatement/{after}`: why the second report differs from the first, split exactly.
pub async fn restatement(
    State(at): State<At>,
    caller: Caller,
    Place((before, after)): Place<(u64, u64)>,
) -> Outcome {
    caller.may(Scope::Read)?;
    let document = at
        .app
        .work(move |app| {
            let book = app.keeper.book()?;
            own(&book, before, &caller.tenant)?;
            own(&book, after, &caller.tenant)?;
            Ok(face::restatement_document(&book, &*app.sets.of(&caller.tenant)?, before, after)?)
        })
        .await?;
    Ok(answer::json(&document))
}

/// Refuses a report of another tenant as if its line were any other one.
fn own(book: &Book, seq: u64, tenant: &Tenant) -> Outcome<()> {
    let record = book.issued(seq)?;
    if record.question.0 == tenant.as_str() {
        return Ok(());
    }
    let wanted = "report.issued";
    Err(LedgerError::Record { seq, found: "of another tenant".to_owned(), wanted }.into())
}
