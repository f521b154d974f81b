//! The model of W1, as the generator wrote it.

use std::path::Path;

use serde_json::Value;

use crate::Failure;

/// A distribution and its parameters.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A known value.
    Constant(f64),
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
    },
    /// Lognormal.
    Lognormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Triangular.
    Triangular {
        /// Least value.
        low: f64,
        /// Likeliest value.
        mode: f64,
        /// Greatest value.
        high: f64,
    },
}

/// Activity x factor x GWP of a gas.
#[derive(Clone, Debug)]
pub struct Item {
    /// Id.
    pub id: String,
    /// Place of its gas in [`W1::gwp`].
    pub gas: usize,
    /// Activity, always lognormal.
    pub activity: Shape,
    /// Factor.
    pub factor: Shape,
}

/// The model.
#[derive(Clone, Debug)]
pub struct W1 {
    /// Gases with their GWPs.
    pub gwp: Vec<(String, Shape)>,
    /// Items.
    pub items: Vec<Item>,
}

impl W1 {
    /// Reads the model from the data folder.
    ///
    /// # Errors
    /// A file that is not there, or not of the form that `gen.py` writes.
    pub fn read(data: &Path) -> Result<Self, Failure> {
        let model: Value = serde_json::from_slice(&std::fs::read(data.join("w1_model.json"))?)?;
        let list = |name: &str| model[name].as_array().ok_or(format!("the model has no {name}"));
        let gwp: Vec<(String, Shape)> = list("gwp")?
            .iter()
            .map(|gwp| Ok((text(gwp, "gas")?, shape(gwp)?)))
            .collect::<Result<_, Failure>>()?;
        let item = |item: &Value| {
            let gas = text(item, "gas")?;
            Ok(Item {
                id: text(item, "id")?,
                gas: gwp.iter().position(|(name, _)| *name == gas).ok_or("an item of an unknown gas")?,
                activity: shape(&item["activity"])?,
                factor: shape(&item["factor"])?,
            })
        };
        let items = list("items")?.iter().map(item).collect::<Result<_, Failure>>()?;
        Ok(Self { gwp, items })
    }
}

fn text(value: &Value, name: &str) -> Result<String, Failure> {
    Ok(value[name].as_str().ok_or(format!("no {name} in {value}"))?.to_owned())
}

fn shape(value: &Value) -> Result<Shape, Failure> {
    let number = |name: &str| value[name].as_f64().ok_or(format!("no {name} in {value}"));
    Ok(match value["law"].as_str() {
        Some("constant") => Shape::Constant(number("value")?),
        Some("normal") => Shape::Normal { mean: number("mean")?, sd: number("sd")? },
        Some("lognormal") => Shape::Lognormal { mu: number("mu")?, sigma: number("sigma")? },
        Some("triangular") => {
            Shape::Triangular { low: number("low")?, mode: number("mode")?, high: number("high")? }
        }
        _ => return Err(format!("no law in {value}").into()),
    })
}
