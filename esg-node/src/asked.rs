//! What a ledger is asked for: days, and an engine or its options.

use std::sync::Arc;

use esg_core::Error;
use esg_core::face::{self, EngineOptions, LedgerQuestion, Sets};
use esg_core::ledger::Tenant;
use napi::Env;
use serde_json::{Map, Value};

use crate::engine::Engine;
use crate::error::{OfNode, Outcome};
use crate::hooks::{self, Given};
use crate::value::{instance, is_absent, maybe_text, maybe_whole};

/// The arguments of a question.
pub struct Terms {
    /// First day.
    pub start: Given,
    /// Last day.
    pub end: Given,
    /// Size of the log that is meant.
    pub as_of: Given,
    /// The engine that calculates.
    pub engine: Given,
    /// Options of an engine, where none is given.
    pub options: Given,
}

/// A question that is ready for the pool.
pub struct Asked {
    tenant: Tenant,
    sets: Arc<Sets>,
    engine: String,
    options: String,
    days: EngineOptions,
    as_of: Option<u64>,
}

impl Asked {
    /// Reads the arguments of a question.
    pub fn new(env: &Env, tenant: &Tenant, terms: &Terms) -> Outcome<Self> {
        let mut days = Map::new();
        for (name, day) in [("start", &terms.start), ("end", &terms.end)] {
            if let Some(day) = maybe_text(name, day)? {
                days.insert(name.to_owned(), day.into());
            }
        }
        let (sets, engine) = match is_absent(&terms.engine) {
            true => (Arc::default(), "{}".to_owned()),
            false => instance::<Engine>("engine", &terms.engine, "an Engine")?.parts(),
        };
        Ok(Self {
            tenant: tenant.clone(),
            sets,
            engine,
            options: hooks::document(env, terms.options, None).node()?,
            days: face::read(Value::from(days).to_string().as_bytes())?,
            as_of: maybe_whole("as_of", &terms.as_of)?,
        })
    }

    /// Returns the question.
    pub fn question(self) -> Result<LedgerQuestion, Error> {
        let options = [self.engine.as_bytes(), self.options.as_bytes()];
        LedgerQuestion::new(&self.sets, options, self.days, &self.tenant, self.as_of)
    }
}
