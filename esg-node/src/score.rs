//! `score` and `Score`.

use esg_core::face::ScoreQuestion;
use esg_core::ratio::Ratio;
use napi::Env;
use napi_derive::napi;
use serde_json::json;

use crate::error::border;
use crate::hooks::Given;
use crate::value::{Document, read};

/// Returns the sustainability score of figures that are given by name.
#[napi(ts_args_type = "inputs: ScoreInputs")]
pub fn score(env: &Env, inputs: Given) -> napi::Result<Score> {
    border(env, || Ok(Score::of(read::<ScoreQuestion>(env, inputs)?.ask()?)))
}

/// The score with everything it was made of; numbers are exact fractions.
#[napi]
pub struct Score(esg_core::score::Score);

impl Score {
    /// A score of the core.
    pub fn of(score: esg_core::score::Score) -> Self {
        Self(score)
    }

    fn part(&self, env: &Env, name: &str) -> napi::Result<Document> {
        border(env, || Ok(Document(json!(self.0)[name].take())))
    }
}

#[napi]
impl Score {
    /// The score as an exact fraction such as `"16403/4800"`; null where a term that applies is missing.
    #[napi(getter, ts_return_type = "string | null")]
    pub fn value(&self) -> Option<String> {
        self.0.value.as_ref().map(Ratio::to_string)
    }

    /// The share of the weight whose terms are there, as an exact fraction.
    #[napi(getter)]
    pub fn coverage(&self) -> String {
        self.0.coverage.to_string()
    }

    /// The four terms: name, state, value, weight and effective weight.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn terms(&self, env: &Env) -> napi::Result<Document> {
        self.part(env, "terms")
    }

    /// What a reader must know.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn flags(&self, env: &Env) -> napi::Result<Document> {
        self.part(env, "flags")
    }

    /// The nearest binary number; NaN where the score has no value.
    #[napi]
    pub fn to_number(&self) -> f64 {
        self.0.value.as_ref().map_or(f64::NAN, Ratio::to_f64)
    }

    /// Everything as an object, each number as decimal text and as an exact fraction: what `JSON.stringify` writes.
    #[napi(js_name = "toJSON", ts_return_type = "Json")]
    pub fn json(&self, env: &Env) -> napi::Result<Document> {
        border(env, || Ok(Document(json!(self.0))))
    }
}
