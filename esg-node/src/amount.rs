//! Exact amounts as JavaScript has them.

use napi::Env;
use napi_derive::napi;

use crate::error::border;
use crate::hooks::Given;
use crate::value::{decimal, instance};

/// An exact amount, kept in whole picograms (1e-15 kg; of energy and water in the same fraction of kWh and litres).
#[napi]
pub struct Amount(pub(crate) esg_core::Amount);

#[napi]
impl Amount {
    /// An amount of a number of kilograms.
    #[napi(constructor, ts_args_type = "kg: Exact")]
    pub fn new(env: &Env, kg: Given) -> napi::Result<Self> {
        border(env, || Ok(Self(esg_core::Amount::from_kg(decimal("kg", &kg)?)?)))
    }

    /// Kilograms, exactly.
    #[napi(getter)]
    pub fn kg(&self) -> String {
        self.0.to_string()
    }

    /// Tonnes, exactly.
    #[napi(getter)]
    pub fn t(&self) -> String {
        self.0.tonnes()
    }

    /// Picograms, a whole number.
    #[napi(getter)]
    pub fn picograms(&self) -> i128 {
        self.0.pg()
    }

    /// The sum of both.
    #[napi(ts_args_type = "other: Amount")]
    pub fn plus(&self, env: &Env, other: Given) -> napi::Result<Self> {
        border(env, || Ok(Self(self.0.checked_add(instance::<Self>("other", &other, "an Amount")?.0)?)))
    }

    /// The difference of both.
    #[napi(ts_args_type = "other: Amount")]
    pub fn minus(&self, env: &Env, other: Given) -> napi::Result<Self> {
        border(env, || Ok(Self(self.0.checked_sub(instance::<Self>("other", &other, "an Amount")?.0)?)))
    }

    /// The nearest binary number of kilograms.
    #[napi]
    pub fn to_number(&self) -> f64 {
        self.0.to_f64()
    }

    /// Kilograms, exactly.
    #[napi(js_name = "toString")]
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// Kilograms, exactly: what `JSON.stringify` writes.
    #[napi(js_name = "toJSON")]
    pub fn json(&self) -> String {
        self.0.to_string()
    }
}
