//! `Simulation`.

use std::sync::Arc;

use esg_core::face::{self, FaceError, Simulated, sensitivity_document};
use esg_core::simulate::uncertain::TotalRange;
use napi::Env;
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use serde_json::Value;

use crate::amount::Amount;
use crate::error::{Outcome, border};
use crate::hooks::Given;
use crate::long::{Promised, on_pool};
use crate::value::{Document, is_absent, maybe_whole, number, text};

/// The ranges of an inventory, as seen from one of its totals: that over all scopes by the location-based method, or the one
/// that `total` names.
#[napi]
pub struct Simulation {
    simulated: Arc<Simulated>,
    /// The total; the core says which one where none is named.
    name: Option<String>,
}

impl Simulation {
    /// The ranges that were drawn.
    pub fn of(simulated: Simulated) -> Self {
        Self { simulated: Arc::new(simulated), name: None }
    }

    fn range(&self) -> Outcome<&TotalRange> {
        Ok(self.simulated.total(self.name.as_deref())?)
    }

    fn figure(&self, env: &Env, of: impl FnOnce(&TotalRange) -> f64) -> napi::Result<f64> {
        border(env, || self.range().map(of))
    }
}

/// Equal bars: how many draws each holds, and one edge more than there are bars.
#[napi(object, object_from_js = false)]
pub struct Histogram {
    /// Draws in each bar.
    pub counts: Float64Array,
    /// Edges in kg CO2e.
    pub edges: Float64Array,
}

#[napi]
impl Simulation {
    /// The name of the total.
    #[napi(getter)]
    pub fn name(&self, env: &Env) -> napi::Result<&'static str> {
        border(env, || Ok(self.range()?.name))
    }

    /// The exact point estimate.
    #[napi(getter)]
    pub fn point(&self, env: &Env) -> napi::Result<Amount> {
        border(env, || Ok(Amount(self.range()?.point)))
    }

    /// Mean in kg CO2e.
    #[napi(getter)]
    pub fn mean(&self, env: &Env) -> napi::Result<f64> {
        self.figure(env, |range| range.simulated.mean())
    }

    /// Standard deviation in kg CO2e.
    #[napi(getter)]
    pub fn sd(&self, env: &Env) -> napi::Result<f64> {
        self.figure(env, |range| range.simulated.sd())
    }

    /// Standard error of the mean in kg CO2e.
    #[napi(getter)]
    pub fn mean_error(&self, env: &Env) -> napi::Result<f64> {
        self.figure(env, |range| range.simulated.mean_error())
    }

    /// The value in kg CO2e that a share `p` of the draws stays below.
    #[napi(ts_args_type = "p: number")]
    pub fn quantile(&self, env: &Env, p: Given) -> napi::Result<f64> {
        border(env, || {
            let p = number("p", &p)?;
            let value = self.range()?.simulated.quantile(p);
            if value.is_nan() { Err(FaceError::value("p", p, "within 0 and 1").into()) } else { Ok(value) }
        })
    }

    /// The share of the draws above a target in kg CO2e.
    #[napi(ts_args_type = "targetKg: number")]
    pub fn exceedance(&self, env: &Env, target_kg: Given) -> napi::Result<f64> {
        border(env, || Ok(self.range()?.simulated.exceedance(number("target_kg", &target_kg)?)))
    }

    /// Counts and edges of equal bars.
    #[napi(ts_args_type = "bars?: number")]
    pub fn histogram(&self, env: &Env, bars: Given) -> napi::Result<Histogram> {
        border(env, || {
            let bars = maybe_whole("bars", &bars)?.map_or(face::BARS, |bars| bars as usize);
            let bars = self.range()?.simulated.histogram(bars);
            let counts: Vec<f64> = bars.iter().map(|bar| bar.count).collect();
            let edges = bars.iter().map(|bar| bar.lower).chain(bars.last().map(|bar| bar.upper));
            Ok(Histogram { counts: counts.into(), edges: edges.collect::<Vec<_>>().into() })
        })
    }

    /// Every draw in kg CO2e, in order, as an array of your own; null where none was kept.
    ///
    /// JavaScript has no arrays that can only be read, so that each call copies the draws once: what is written there changes no
    /// quantile.
    #[napi(ts_return_type = "Float64Array | null")]
    pub fn samples(&self, env: &Env) -> napi::Result<Option<Float64Array>> {
        border(env, || Ok(self.range()?.simulated.sample().map(|draws| draws.to_vec().into())))
    }

    /// What makes the range: inputs by their share of the variance, and how far each swings the total.
    #[napi(ts_return_type = "Promise<Json>")]
    pub fn sensitivity(&self) -> Promised<Value, Document> {
        let (simulated, name) = (Arc::clone(&self.simulated), self.name.clone());
        on_pool(move || Ok(sensitivity_document(&simulated.sensitivity(name.as_deref())?)), Document)
    }

    /// The names of the totals that have a range.
    #[napi(getter)]
    pub fn totals(&self) -> Vec<&'static str> {
        self.simulated.range.totals.iter().map(|total| total.name).collect()
    }

    /// Returns the same as seen from the total of a name: `scope 1`, `all market`, ...
    #[napi(ts_args_type = "name: string")]
    pub fn total(&self, env: &Env, name: Given) -> napi::Result<Simulation> {
        border(env, || {
            let name = text("name", &name)?;
            self.simulated.total(Some(&name))?;
            Ok(Self { simulated: Arc::clone(&self.simulated), name: Some(name) })
        })
    }

    /// How many draws there are.
    #[napi(getter)]
    pub fn draws(&self) -> f64 {
        self.simulated.options.draws() as f64
    }

    /// The seed.
    #[napi(getter)]
    pub fn seed(&self) -> u64 {
        self.simulated.options.seed()
    }

    /// The name of the generator.
    #[napi(getter)]
    pub fn generator(&self) -> &'static str {
        self.simulated.options.generator()
    }

    /// What a reader must know.
    #[napi(getter)]
    pub fn caveats(&self) -> Vec<String> {
        self.simulated.range.caveats.clone()
    }

    /// SHA-256 of every bit of the result: of the location-based run, and of the market-based one where there is such.
    #[napi(getter, ts_return_type = "[string, string | null]")]
    pub fn digests(&self, env: &Env) -> napi::Result<Document> {
        border(env, || Ok(Document(serde_json::json!(self.simulated.digests()?))))
    }

    /// Everything as an object; a target asks for the share of the draws above it.
    #[napi(ts_args_type = "targetKg?: number", ts_return_type = "Json")]
    pub fn to_object(&self, env: &Env, target_kg: Given) -> napi::Result<Document> {
        border(env, || {
            let target = if is_absent(&target_kg) { None } else { Some(number("target_kg", &target_kg)?) };
            Ok(Document(self.simulated.document(target)))
        })
    }
}
