//! `Engine`.

use std::sync::{Arc, Mutex};

use esg_core::face::{self, Calculator, EngineOptions, Sets, Statement};
use napi::Env;
use napi::bindgen_prelude::External;
use napi_derive::napi;

use crate::error::{OfNode, border};
use crate::hooks::{self, Given};
use crate::intake::{Gathered, take};
use crate::inventory::Inventory;
use crate::long::{Promised, State, long};
use crate::registry::Registry;
use crate::value::{Document, instance, is_absent};

/// Calculates inventories. Options are named, each with a documented default.
#[napi]
pub struct Engine {
    calculator: Calculator,
    sets: Arc<Sets>,
    options: String,
}

impl Engine {
    /// Its sets and the options that it was made with.
    pub fn parts(&self) -> (Arc<Sets>, String) {
        (Arc::clone(&self.sets), self.options.clone())
    }
}

#[napi]
impl Engine {
    /// An engine over a registry as it is now: the built-in sets where none is given.
    #[napi(constructor, ts_args_type = "registry?: Registry | null, options?: EngineOptions | null")]
    pub fn new(env: &Env, registry: Given, options: Given) -> napi::Result<Self> {
        border(env, || {
            let sets = match is_absent(&registry) {
                true => Arc::default(),
                false => instance::<Registry>("registry", &registry, "a Registry")?.sets(),
            };
            let options = hooks::document(env, options, None).node()?;
            let read: EngineOptions = face::read(options.as_bytes())?;
            Ok(Self { calculator: Calculator::new(&sets, &read)?, sets, options })
        })
    }

    /// Returns the inventory of events, which is calculated beside the event loop.
    ///
    /// `events` is an object or a list of objects, a path to JSON, JSON Lines or CSV or a list of such paths, a buffer of JSON
    /// Lines or of Arrow IPC, or an iterable or stream of objects or of buffers.
    #[napi(ts_args_type = "events: Events, options?: CallOptions", ts_return_type = "Promise<Inventory>")]
    pub fn calculate(
        &self,
        events: &External<Arc<Mutex<Gathered>>>,
        call: Option<&External<Arc<State>>>,
    ) -> Promised<Statement, Inventory> {
        let (gathered, calculator) = (take(events), self.calculator.clone());
        long(call, move |watch| gathered.calculate(&calculator, watch), Inventory::of)
    }

    /// Returns the inventory of events at once: nothing else runs meanwhile.
    #[napi(ts_args_type = "events: SyncEvents")]
    pub fn calculate_sync(
        &self,
        env: &Env,
        events: &External<Arc<Mutex<Gathered>>>,
    ) -> napi::Result<Inventory> {
        border(env, || Ok(Inventory::of(take(events).calculate(&self.calculator, &|_, _| true)?)))
    }

    /// The options of the calculation, those that were not given too.
    #[napi(getter, ts_return_type = "Json")]
    pub fn options(&self, env: &Env) -> napi::Result<Document> {
        border(env, || Ok(Document(self.calculator.engine.options().to_json())))
    }
}
