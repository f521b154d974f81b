//! `Registry` and `Resolution`.

use std::sync::{Arc, PoisonError, RwLock};

use esg_core::face::{FactorQuestion, Search, Sets, found_document, resolution_document, sets_document};
use esg_core::store::StoreError;
use esg_core::time::Day;
use napi::{Env, ValueType};
use napi_derive::napi;

use crate::error::{OfNode, Outcome, border};
use crate::hooks::{self, Given};
use crate::value::{Document, read_with, text};

/// Factor sets that answer lookups: the built-in ones, and those that are added.
#[napi]
pub struct Registry(RwLock<Arc<Sets>>);

impl Registry {
    /// The sets as they are now.
    pub fn sets(&self) -> Arc<Sets> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn of(sets: Sets) -> Self {
        Self(RwLock::new(Arc::new(sets)))
    }
}

/// The refusal of a file that cannot be read.
pub fn not_read(path: &str, error: &std::io::Error) -> StoreError {
    StoreError::Io { place: path.to_owned(), action: "read", reason: error.to_string() }
}

/// Returns the bytes of a file.
pub fn file(path: &str) -> Result<Vec<u8>, StoreError> {
    std::fs::read(path).map_err(|error| not_read(path, &error))
}

/// Returns the text of a path, or of an object as JSON.
fn source(env: &Env, name: &str, value: Given) -> Outcome<Vec<u8>> {
    if value.get_type().node()? == ValueType::String {
        return Ok(file(&text(name, &value)?)?);
    }
    Ok(hooks::json(env, value).node()?.into_bytes())
}

#[napi]
impl Registry {
    /// The built-in sets.
    #[napi(constructor)]
    pub fn new(env: &Env) -> napi::Result<Self> {
        border(env, || Ok(Self::of(Sets::default())))
    }

    /// Adds a set of your own: a path to JSON or JSON Lines, or the document itself.
    #[napi(ts_args_type = "set: string | Json")]
    pub fn add(&self, env: &Env, set: Given) -> napi::Result<()> {
        border(env, || {
            let bytes = source(env, "set", set)?;
            let mut sets = Sets::clone(&self.sets());
            sets.add(esg_core::json::text(&bytes)?)?;
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(sets);
            Ok(())
        })
    }

    /// The versions and digests of all sets, as `factors.lock.json` has them.
    #[napi(ts_return_type = "Json")]
    pub fn lock(&self, env: &Env) -> napi::Result<Document> {
        border(env, || Ok(Document(self.sets().lock())))
    }

    /// A registry with exactly the sets of a lock, each checked byte by byte; a path, or the document itself.
    #[napi(ts_args_type = "lock: string | Json")]
    pub fn locked(&self, env: &Env, lock: Given) -> napi::Result<Registry> {
        border(env, || Ok(Self::of(self.sets().locked(&source(env, "lock", lock)?)?)))
    }

    /// A registry with only the sets that were published by a day.
    #[napi(ts_args_type = "day: string")]
    pub fn as_of(&self, env: &Env, day: Given) -> napi::Result<Registry> {
        border(env, || Ok(Self::of(self.sets().as_of(text("day", &day)?.parse::<Day>()?))))
    }

    /// The factors whose activity, name, id or place hold every word.
    #[napi(ts_args_type = "query: string, options?: SearchOptions", ts_return_type = "FoundFactor[]")]
    pub fn search(&self, env: &Env, query: Given, options: Given) -> napi::Result<Document> {
        border(env, || {
            let search: Search = read_with(env, "query", query, options)?;
            Ok(Document(found_document(&search.ask(self.sets().registry())?)))
        })
    }

    /// Which factor applies, how it was found, and what was passed over.
    #[napi(ts_args_type = "activity: string, question: FactorQuestion")]
    pub fn resolve(&self, env: &Env, activity: Given, question: Given) -> napi::Result<Resolution> {
        border(env, || {
            let question: FactorQuestion = read_with(env, "activity", activity, question)?;
            Ok(Resolution(question.ask(self.sets().registry())?))
        })
    }

    /// The sets: name, digest and passport of each.
    #[napi(getter, ts_return_type = "FactorSet[]", js_name = "sets")]
    pub fn documents(&self, env: &Env) -> napi::Result<Document> {
        border(env, || Ok(Document(sets_document(self.sets().registry()))))
    }

    /// The ids of all activities, sorted.
    #[napi(getter)]
    pub fn activities(&self) -> Vec<String> {
        self.sets().registry().activities().to_vec()
    }
}

/// The factor that answers a lookup, with the steps that led to it and the candidates that were rejected.
#[napi]
pub struct Resolution(Arc<esg_core::factor::Resolution>);

impl Resolution {
    fn part(&self, env: &Env, name: &str) -> napi::Result<Document> {
        border(env, || Ok(Document(resolution_document(&self.0)[name].take())))
    }
}

#[napi]
impl Resolution {
    /// The factor as its publisher printed it.
    #[napi(getter, ts_return_type = "Json")]
    pub fn factor(&self, env: &Env) -> napi::Result<Document> {
        self.part(env, "factor")
    }

    /// Set, version and id of the factor.
    #[napi(getter)]
    pub fn factor_id(&self) -> String {
        self.0.factor_id()
    }

    /// Name, digest and authority of its set.
    #[napi(getter, ts_return_type = "Json")]
    pub fn set(&self, env: &Env) -> napi::Result<Document> {
        self.part(env, "set")
    }

    /// How the question led to it.
    #[napi(getter)]
    pub fn steps(&self) -> Vec<String> {
        self.0.steps.clone()
    }

    /// What was looked at and not taken, each with the reason.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn rejected(&self, env: &Env) -> napi::Result<Document> {
        self.part(env, "rejected")
    }

    /// Fallbacks that were needed.
    #[napi(getter)]
    pub fn fallbacks(&self) -> Vec<&'static str> {
        self.0.fallbacks.clone()
    }

    /// The unit that the factor is counted in.
    #[napi(getter)]
    pub fn per(&self) -> String {
        self.0.per.to_string()
    }

    /// Everything as an object: what `JSON.stringify` writes.
    #[napi(js_name = "toJSON", ts_return_type = "Json")]
    pub fn json(&self, env: &Env) -> napi::Result<Document> {
        border(env, || Ok(Document(resolution_document(&self.0))))
    }
}
