//! Who sends, and what they left out.

use axum::extract::State;
use esg_core::face;

use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::parameters::{Days, Parameters};
use crate::serve::problem::Outcome;

/// `GET /api/v1/sources`: each source with its events, days and the numbers that it left out.
pub async fn list(State(at): State<At>, caller: Caller, Parameters(days): Parameters<Days>) -> Outcome {
    caller.may(Scope::Read)?;
    let question = days.question(&caller.tenant)?;
    let document = at
        .app
        .read(move |book| Ok(face::sources_document(&book.sources(&question)?, &book.gaps(&question)?)))
        .await?;
    Ok(answer::json(&document))
}
