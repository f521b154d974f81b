//! The range of an inventory as a caller words it: how many draws, from which seed, with which ranges.

use std::ops::Range;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Watch;
use super::document::{Document, Text};
use super::error::FaceError;
use crate::aggregate::Inventory;
use crate::error::Error;
use crate::simulate::sensitivity::{Design, How, Index, InventorySensitivity, Swing};
use crate::simulate::uncertain::{InventoryRange, Ranges, TotalRange, ipcc_gwp_ranges};
use crate::simulate::{Group, Keep, Model, Options, Output, Partial, Simulation, simulate_part};

/// Draws where nobody says how many.
const DRAWS: u64 = 100_000;
/// The same of a Sobol' sequence, which wants a power of two in each replicate.
const SOBOL_DRAWS: u64 = 1 << 17;
/// Replicates of a Sobol' sequence.
const REPLICATES: u32 = 16;
/// The seed where none is given.
const SEED: u64 = 7;
/// Base points where sensitivities have no closed form.
const POINTS: u64 = 1 << 16;
/// Draws between two looks at the watch.
const WATCHED: u64 = 1 << 18;
/// The total that is meant where none is named.
const TOTAL: &str = "all location";
/// Bars of a histogram where nobody says how many.
pub const BARS: usize = 40;
/// Quantiles that documents and tables show.
pub const QUANTILES: [f64; 7] = [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975];

/// How a range is drawn. Everything may be left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulationOptions {
    /// Draws: 100,000 unless given, or 131,072 of a Sobol' sequence.
    pub draws: Option<u64>,
    /// Seed: 7 unless given.
    pub seed: Text,
    /// Take a scrambled Sobol' sequence in 16 replicates. Off unless given.
    pub sobol: bool,
    /// Ranges of quantities and GWPs, and correlations. None unless given.
    pub ranges: Ranges,
    /// Take the ranges of GWPs of AR6. Off unless given.
    pub ipcc_gwp: bool,
    /// Keep every draw of the totals over all scopes, so that their quantiles are exact. On unless given.
    pub samples: bool,
}

impl Default for SimulationOptions {
    fn default() -> Self {
        let (draws, ranges) = (None, Ranges::default());
        Self { draws, seed: Text(SEED.to_string()), sobol: false, ranges, ipcc_gwp: false, samples: true }
    }
}

impl Document for SimulationOptions {
    const WHAT: &'static str = "simulation options";
    const FIELDS: &'static [&'static str] = &["draws", "seed", "sobol", "ranges", "ipcc_gwp", "samples"];
}

impl SimulationOptions {
    /// Returns the options of the run.
    ///
    /// # Errors
    /// `option.value` for a seed that is no whole number below 2^64, `simulate.option`.
    pub fn options(&self) -> Result<Options, Error> {
        let rule = "a whole number from 0 to 18446744073709551615";
        let seed = self.seed.0.parse().map_err(|_| FaceError::value("seed", &self.seed, rule))?;
        let draws = self.draws.unwrap_or(if self.sobol { SOBOL_DRAWS } else { DRAWS });
        let options = Options::new(draws, seed)?;
        let options = if self.sobol { options.sobol(REPLICATES)? } else { options };
        Ok(if self.samples { options.keep(Keep::Total)? } else { options })
    }

    /// Returns the ranges that the caller states, with those of AR6 where they are wanted.
    ///
    /// # Errors
    /// `option.value` for ranges of GWPs that AR6 does not state.
    pub fn ranges(&self, inventory: &Inventory) -> Result<Ranges, FaceError> {
        let mut ranges = self.ranges.clone();
        if self.ipcc_gwp {
            let gwp = inventory.options().gwp();
            let stated = ipcc_gwp_ranges(gwp);
            if stated.is_empty() {
                let of = format!("on with {} over {} years", gwp.name(), gwp.horizon());
                return Err(FaceError::value("ipcc_gwp", of, "off: only AR6 over 100 years states them"));
            }
            ranges.gwp.extend(stated);
        }
        Ok(ranges)
    }

    /// Returns the range of an inventory. `watch` is told how many draws are done.
    ///
    /// # Errors
    /// As [`SimulationOptions::options`] and [`SimulationOptions::ranges`]; `call.stopped`, and the codes of
    /// [`Inventory::simulate`].
    pub fn ask(&self, inventory: &Inventory, watch: Watch<'_>) -> Result<Simulated, Error> {
        let (options, ranges) = (self.options()?, self.ranges(inventory)?);
        let mut before = 0;
        let range = inventory.simulate_by(&ranges, options, |model, options| {
            let done = before;
            before += options.draws();
            watched(model, options, done, watch)
        })?;
        Ok(Simulated { range, ranges, options })
    }
}

/// Runs a model in parts, which give the same as the whole.
fn watched(model: &Model, options: Options, before: u64, watch: Watch<'_>) -> Result<Simulation, Error> {
    let part = |draws: Range<u64>| simulate_part(model, options, draws);
    let (total, mut at) = (options.draws(), 0);
    let mut sum: Option<Partial> = None;
    while at < total {
        let end = (at + WATCHED).min(total);
        let more = part(at..end)?;
        match &mut sum {
            Some(sum) => sum.merge(more)?,
            None => sum = Some(more),
        }
        at = end;
        // The two methods of scope 2 are two runs of as many draws.
        let (done, total) = (before + at, 2 * total);
        if !watch(done, total) {
            return Err(FaceError::Stopped { done, total }.into());
        }
    }
    Ok(sum.expect("a run has at least one draw").finish()?)
}

/// A range with what it was drawn from.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The range.
    pub range: InventoryRange,
    /// The ranges that were stated.
    pub ranges: Ranges,
    /// The options of the run.
    pub options: Options,
}

impl Simulated {
    /// Returns a total by its name, or the location-based one over all scopes.
    ///
    /// # Errors
    /// `option.value` with the names that there are.
    pub fn total(&self, name: Option<&str>) -> Result<&TotalRange, FaceError> {
        let name = name.unwrap_or(TOTAL);
        let known: Vec<&str> = self.range.totals.iter().map(|t| t.name).collect();
        let found = self.range.totals.iter().find(|t| t.name == name);
        found.ok_or_else(|| FaceError::unknown("total", name, known.iter().copied()))
    }

    /// Returns a digest of every bit of the result: SHA-256 in hexadecimal, of the location-based run and of the other one.
    ///
    /// # Errors
    /// The `simulate.*` codes.
    pub fn digests(&self) -> Result<(String, Option<String>), Error> {
        let market = self.range.market.as_ref().map(Simulation::digest).transpose()?;
        Ok((self.range.location.digest()?, market))
    }

    /// Returns what makes the range of a total.
    ///
    /// # Errors
    /// `option.value` for the name, `sensitivity.no_variance` where nothing of it has a range.
    pub fn sensitivity(&self, name: Option<&str>) -> Result<InventorySensitivity, Error> {
        let total = self.total(name)?.total;
        Ok(self.range.sensitivity(
            total,
            &self.ranges,
            Design::sobol(POINTS, REPLICATES, self.options.seed())?,
        )?)
    }

    /// Returns what makes the range of every total; none of one of which nothing has a range.
    ///
    /// # Errors
    /// As [`Simulated::sensitivity`], but for `sensitivity.no_variance`.
    pub fn sensitivities(&self) -> Result<Vec<(&'static str, Option<InventorySensitivity>)>, Error> {
        let of = |total: &TotalRange| match self.sensitivity(Some(total.name)) {
            Ok(found) => Ok((total.name, Some(found))),
            Err(error) if error.code() == "sensitivity.no_variance" => Ok((total.name, None)),
            Err(error) => Err(error),
        };
        self.range.totals.iter().map(of).collect()
    }

    /// Returns what makes the range of every total as a document.
    ///
    /// # Errors
    /// As [`Simulated::sensitivities`].
    pub fn sensitivities_document(&self) -> Result<Value, Error> {
        let found = self.sensitivities()?;
        Ok(found
            .iter()
            .map(|(name, found)| json!({"name": name, "sensitivity": found.as_ref().map(sensitivity_document)}))
            .collect())
    }

    /// Returns everything as a document; `target_kg` asks for the probability to exceed it.
    pub fn document(&self, target_kg: Option<f64>) -> Value {
        let (range, options) = (&self.range, self.options);
        let groups = |run: &Simulation| -> Vec<Value> {
            let group = |(group, output): (&Group, &Output)| json!({"dimension": group.dimension, "value": group.value, "range": output_document(output)});
            run.groups().map(group).collect()
        };
        let variables: Vec<Value> = range
            .lines
            .variables
            .iter()
            .map(|v| {
                json!({
                    "id": v.id, "law": v.law.name(), "mean": v.law.mean(), "sd": v.law.sd(), "reference": v.reference,
                })
            })
            .collect();
        json!({
            "draws": options.draws(), "seed": options.seed(), "generator": options.generator(),
            "ranges": self.ranges, "target_kg": target_kg,
            "totals": range.totals.iter().map(|total| total_document(total, target_kg)).collect::<Vec<_>>(),
            "variables": variables, "caveats": range.caveats,
            "groups": {"location": groups(&range.location), "market": range.market.as_ref().map(groups)},
        })
    }
}

/// The summary of an output.
pub fn output_document(of: &Output) -> Value {
    let quantiles: Vec<Value> =
        QUANTILES.iter().map(|&p| json!({"p": p, "co2e_kg": of.quantile(p)})).collect();
    json!({
        "mean_kg": of.mean(), "mean_error_kg": of.mean_error(), "quantiles": quantiles,
        "sd_kg": of.sd(), "sd_error_kg": of.sd_error(),
    })
}

fn total_document(total: &TotalRange, target_kg: Option<f64>) -> Value {
    let bars: Vec<Value> = total
        .simulated
        .histogram(BARS)
        .iter()
        .map(|bar| json!({"lower_kg": bar.lower, "upper_kg": bar.upper, "draws": bar.count}))
        .collect();
    let table = total.propagated.as_ref().map(|p| {
        let rows: Vec<Value> = p
            .rows
            .iter()
            .map(|row| {
                json!({
                    "name": row.name, "co2e_kg": row.co2e.to_string(), "quantity": row.parts[0],
                    "factor": row.parts[1], "gwp": row.parts[2], "combined": row.combined,
                    "variance_share": row.variance_share,
                })
            })
            .collect();
        json!({"half_width": p.half_width, "rows": rows})
    });
    json!({
        "name": total.name, "point_kg": total.point.to_string(), "approach2": output_document(&total.simulated),
        "approach1": table, "disagreement": total.disagreement, "histogram": bars,
        "exceeds_target": target_kg.map(|target| total.simulated.exceedance(target)),
    })
}

/// Returns what makes a range as a document.
pub fn sensitivity_document(found: &InventorySensitivity) -> Value {
    let index = |of: Index| json!({"estimate": of.estimate, "lower": of.lower, "upper": of.upper});
    let swing = |swing: &Swing| {
        json!({
            "input": swing.name, "share": swing.input, "co2e_kg": swing.result, "correlated": swing.correlated,
        })
    };
    let drivers: Vec<Value> = found
        .drivers
        .iter()
        .map(|driver| {
            json!({
                "name": driver.name, "origin": driver.origin.as_str(), "reference": driver.reference,
                "first": index(driver.first), "total": index(driver.total),
                "swings": driver.swings.iter().map(swing).collect::<Vec<_>>(),
            })
        })
        .collect();
    let origins: Map<String, Value> =
        found.origins.iter().map(|(origin, share)| (origin.as_str().to_owned(), json!(share))).collect();
    let how = match found.how {
        How::Exact => json!({"kind": "exact"}),
        How::Sampled(design) => json!({
            "kind": "sampled", "points": design.points(), "replicates": design.replicates(),
            "seed": design.seed(), "generator": design.generator(),
        }),
    };
    json!({
        "mean_kg": found.mean_kg, "sd_kg": found.sd_kg, "at_medians_kg": found.at_medians_kg, "how": how,
        "drivers": drivers, "origins": origins, "interactions": index(found.interactions),
    })
}
