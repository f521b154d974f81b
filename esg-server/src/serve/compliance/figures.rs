//! Figures that are not recorded: inventories, where a figure comes from, what proves it, the score.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use esg_core::face::{self, CellQuestion, LineageOptions, ReportOrder, ScoreQuestion, without_key};
use serde_json::json;

use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::problem::Outcome;

/// `POST /api/v1/inventory`: a report that is not recorded, for dashboards and drafts.
pub async fn inventory(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Read)?;
    let order: ReportOrder = answer::question(&headers, body).await?;
    let format = order.format()?;
    let bytes = at.app.work(move |app| {
        let question = order.question(&*app.sets.of(&caller.tenant)?, &caller.tenant)?;
        Ok(question.draft(&app.keeper.book()?, format, order.organisation.as_deref())?)
    });
    Ok(answer::text(format.media_type(), bytes.await?))
}

/// `POST /api/v1/lineage`: how a cell came about, as a tree, Mermaid, DOT, PROV-JSON or JSON.
pub async fn lineage(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Read)?;
    let asked: CellQuestion = answer::question(&headers, body).await?;
    let form = LineageOptions::from(&asked);
    let media_type = match &*form.format {
        "json" | "prov" => answer::JSON,
        _ => "text/plain; charset=utf-8",
    };
    let text = at.app.work(move |app| {
        let question = asked.question(&*app.sets.of(&caller.tenant)?, &caller.tenant)?;
        Ok(question.lineage(&app.keeper.book()?, &asked.cell, &form)?)
    });
    Ok(answer::text(media_type, text.await?))
}

/// `POST /api/v1/proofs`: the bundle of a cell, which `tools/verify.py bundle` recomputes without this server.
pub async fn proof(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Read)?;
    let asked: CellQuestion = answer::question(&headers, body).await?;
    let text = at.app.work(move |app| {
        let question = asked.question(&*app.sets.of(&caller.tenant)?, &caller.tenant)?;
        let note = app.keeper.sign()?.ok_or_else(without_key)?;
        Ok(question.prove(&app.keeper.book()?, &asked.cell, &note)?)
    });
    Ok(answer::text(answer::JSON, text.await?))
}

/// `POST /api/v1/score`: the score of given inputs.
pub async fn score(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Read)?;
    let question: ScoreQuestion = answer::question(&headers, body).await?;
    // The numbers have no limit but that of the body, and their product takes time.
    let document = at.app.work(move |_| Ok(json!(question.ask()?))).await?;
    Ok(answer::json(&document))
}

/// `POST /api/v1/scorecard`: key figures and score of the events.
pub async fn scorecard(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Read)?;
    let order: ReportOrder = answer::question(&headers, body).await?;
    let document = at.app.work(move |app| {
        let question = order.question(&*app.sets.of(&caller.tenant)?, &caller.tenant)?;
        let statement = question.statement(&app.keeper.book()?)?;
        Ok(face::scorecard_document(&statement))
    });
    Ok(answer::json(&document.await?))
}
