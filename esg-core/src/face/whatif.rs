//! What may come of a ledger, as a caller words it: ranges, scenarios and targets over the same calculation as a report's.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Watch;
use super::document::Document;
use super::error::FaceError;
use super::ledger::LedgerQuestion;
use super::order::{DateRange, ReportOrder};
use super::sets::Sets;
use super::simulation::{SimulationOptions, output_document};
use crate::error::Error;
use crate::ledger::{Book, Tenant};
use crate::simulate::Options;
use crate::simulate::scenario::{Outcome, Scenario};
use crate::simulate::target::{Ambition, Pathway};
use crate::simulate::uncertain::Lines;

/// A question about what may come. Everything but a scenario or a target that is asked for may be left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WhatIf {
    /// Days; all days unless given.
    pub date_range: Option<DateRange>,
    /// As [`ReportOrder::as_of`].
    pub as_of: Option<u64>,
    /// Options of the engine as a document.
    pub options: Value,
    /// How it is drawn, as a document: [`SimulationOptions`]. Samples are not kept: any number of draws takes the same memory.
    pub simulation: Value,
    /// kg CO2e of which the probability to exceed it is asked.
    pub target_kg: Option<f64>,
    /// Whether it is asked what makes the range.
    pub sensitivity: bool,
    /// Measures of a scenario.
    pub scenario: Option<Scenario>,
    /// A pathway that a year is held against.
    pub pathway: Option<PathwayWords>,
}

impl Default for WhatIf {
    fn default() -> Self {
        Self {
            date_range: None,
            as_of: None,
            options: json!({}),
            simulation: json!({}),
            target_kg: None,
            sensitivity: false,
            scenario: None,
            pathway: None,
        }
    }
}

impl Document for WhatIf {
    const WHAT: &'static str = "question about what may come";
    const FIELDS: &'static [&'static str] =
        &["date_range", "as_of", "options", "simulation", "target_kg", "sensitivity", "scenario", "pathway"];
}

/// A pathway in words: from a base year by a share to a target year, or by the contraction of an ambition.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct PathwayWords {
    /// Base year.
    pub base_year: i32,
    /// Its emissions, kg CO2e.
    pub base_kg: f64,
    /// `1.5C` or `well-below-2C`; instead of the next two.
    #[serde(default)]
    pub ambition: Option<String>,
    /// Last year of the line.
    #[serde(default)]
    pub target_year: Option<i32>,
    /// Share of the base year that is gone by then.
    #[serde(default)]
    pub reduction: Option<f64>,
    /// The year that is held against the line.
    pub year: i32,
}

impl PathwayWords {
    fn pathway(&self) -> Result<Pathway, Error> {
        match (self.ambition.as_deref(), self.target_year, self.reduction) {
            (Some(name), None, None) => {
                let ambition = match name {
                    "1.5C" => Ambition::OneAndAHalf,
                    "well-below-2C" => Ambition::WellBelowTwo,
                    _ => return Err(FaceError::unknown("ambition", name, ["1.5C", "well-below-2C"]).into()),
                };
                Ok(Pathway::absolute_contraction(self.base_year, self.base_kg, ambition)?)
            }
            (None, Some(year), Some(share)) => {
                Ok(Pathway::linear(self.base_year, self.base_kg, year, share)?)
            }
            _ => {
                let rule = "an ambition, or a target_year with a reduction";
                Err(FaceError::value("pathway", "neither or both", rule).into())
            }
        }
    }
}

/// What may come of a ledger, ready to be calculated.
#[derive(Clone, Debug)]
pub struct Prospect {
    asked: WhatIf,
    drawn: SimulationOptions,
    question: LedgerQuestion,
}

impl WhatIf {
    /// Checks everything that can be checked before the work.
    ///
    /// # Errors
    /// As [`ReportOrder::question`] and [`SimulationOptions::options`]; `option.value` for a target that is no number.
    pub fn prospect(self, sets: &Sets, tenant: &Tenant) -> Result<Prospect, Error> {
        let mut drawn: SimulationOptions = super::read(self.simulation.to_string().as_bytes())?;
        drawn.samples = false;
        drawn.options()?;
        if let Some(target) = self.target_kg.filter(|target| !target.is_finite()) {
            return Err(FaceError::value("target_kg", target, "a finite number of kg").into());
        }
        self.pathway.as_ref().map(PathwayWords::pathway).transpose()?;
        let (date_range, as_of, options) = (self.date_range, self.as_of, self.options.clone());
        let order = ReportOrder { date_range, as_of, options, ..ReportOrder::default() };
        let question = order.question(sets, tenant)?;
        Ok(Prospect { asked: self, drawn, question })
    }
}

impl Prospect {
    /// How many draws there are.
    ///
    /// # Errors
    /// As [`SimulationOptions::options`].
    pub fn draws(&self) -> Result<u64, Error> {
        Ok(self.drawn.options()?.draws())
    }

    /// Returns the range of the inventory as `esg simulate --json` writes it.
    ///
    /// # Errors
    /// As [`LedgerQuestion::statement`] and [`SimulationOptions::ask`].
    pub fn simulation(&self, book: &Book, watch: Watch<'_>) -> Result<Value, Error> {
        let statement = self.question.statement(book)?;
        let simulated = self.drawn.ask(&statement.account.inventory, watch)?;
        let mut document = simulated.document(self.asked.target_kg);
        if self.asked.sensitivity {
            document["sensitivity"] = simulated.sensitivities_document()?;
        }
        Ok(document)
    }

    /// Returns what measures save as `esg scenario --json` writes it.
    ///
    /// # Errors
    /// `option.value` where no scenario is given; the codes of [`Scenario::run`].
    pub fn scenario(&self, book: &Book) -> Result<Value, Error> {
        let missing = || FaceError::value("scenario", "not given", "given, as docs/scenarios.md says");
        let scenario = self.asked.scenario.as_ref().ok_or_else(missing)?;
        let statement = self.question.statement(book)?;
        let inventory = &statement.account.inventory;
        let (options, ranges) = (self.drawn.options()?, self.drawn.ranges(inventory)?);
        let lines = Lines::of(inventory, &ranges)?;
        let outcome = scenario.run(&lines, &ranges, options)?;
        Ok(scenario_document(scenario, &outcome, options, &lines))
    }

    /// Returns how likely the totals of the days stay within what a pathway allows in a year.
    ///
    /// # Errors
    /// `option.value` where no pathway is given; as [`Prospect::simulation`].
    pub fn target(&self, book: &Book, watch: Watch<'_>) -> Result<Value, Error> {
        let missing =
            || FaceError::value("pathway", "not given", "given: base_year, base_kg, year and where to");
        let words = self.asked.pathway.as_ref().ok_or_else(missing)?;
        let allowed = words.pathway()?.allowed_kg(words.year);
        let statement = self.question.statement(book)?;
        let simulated = self.drawn.ask(&statement.account.inventory, watch)?;
        let totals: Vec<Value> = simulated
            .range
            .totals
            .iter()
            .map(|total| {
                let within = 1.0 - total.simulated.exceedance(allowed);
                json!({
                    "name": total.name, "point_kg": total.point.to_string(), "range": output_document(&total.simulated),
                    "within_allowed": within,
                })
            })
            .collect();
        let options = simulated.options;
        Ok(json!({
            "year": words.year, "base_year": words.base_year, "base_kg": words.base_kg, "allowed_kg": allowed,
            "totals": totals, "draws": options.draws(), "seed": options.seed(), "generator": options.generator(),
            "caveats": simulated.range.caveats,
        }))
    }
}

/// Returns what measures save as a document.
pub fn scenario_document(scenario: &Scenario, outcome: &Outcome, options: Options, lines: &Lines) -> Value {
    let measures: Vec<Value> = outcome
        .effects
        .iter()
        .map(|effect| {
            let cost = effect.cost_per_tonne();
            let cost = cost.map(|[mean, low, high]| json!({"mean": mean, "at_97_5": low, "at_2_5": high}));
            json!({
                "name": effect.name, "cost": effect.cost, "alone": output_document(&effect.alone),
                "in_turn": output_document(&effect.in_turn), "cost_per_tonne": cost,
            })
        })
        .collect();
    json!({
        "scenario": scenario, "draws": options.draws(), "seed": options.seed(), "generator": options.generator(),
        "before": output_document(&outcome.before), "after": output_document(&outcome.after),
        "saved": output_document(&outcome.saved), "measures": measures, "caveats": lines.caveats,
    })
}
