//! What if: measures as changed inputs under the same draws, so that a difference has a range of its own.
//!
//! A measure multiplies the lines that it meets. Lines before and after are drawn in one run of one model, with the same
//! variables: what both share cancels, as it does in reality, and a measure whose effect is uncertain has a variable of its own.
//! Measures are applied one after the other in the order of their cost per tonne, so that what one has saved the next cannot
//! save again; beside it stands what each would save alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::law::Law;
use super::model::{Group, Model, Term, VariableId};
use super::options::Options;
use super::partial::Simulation;
use super::run::simulate;
use super::summary::Output;
use super::uncertain::{Line, Lines, Method, Ranges, UncertaintyError};
use crate::decimal::Decimal;
use crate::distribution::Uncertainty;
use crate::ghg::Scope;
use crate::ratio::Ratio;

/// Most measures of a scenario.
pub const MAX_MEASURES: usize = 100;

/// Which lines a change meets; what is not named meets all.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Select {
    /// Activity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// Site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Source system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Full name of a factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<String>,
    /// Scope: `1`, `2`, `3`, `2 location`, `3.4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl Select {
    fn meets(&self, line: &Line) -> bool {
        let is = |asked: &Option<String>, own: Option<&str>| asked.is_none() || asked.as_deref() == own;
        let number = line.scope.number().map(|n| n.to_string());
        is(&self.activity, Some(&line.activity))
            && is(&self.site, line.site.as_deref())
            && is(&self.source, line.source.as_deref())
            && is(&self.factor, Some(&line.factor))
            && (is(&self.scope, Some(&line.scope.name())) || is(&self.scope, number.as_deref()))
    }
}

/// What is changed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// The quantity times a number: 0.9 is a tenth less.
    Volume {
        /// Times.
        times: Decimal,
    },
    /// Another PUE with the same IT energy: `to / from` of the facility's energy.
    Pue {
        /// As it was, 1 or above.
        from: Decimal,
        /// As it will be, 1 or above.
        to: Decimal,
    },
    /// Another factor for the same quantity, both in one unit: `to / from`. Also a cleaner grid.
    Factor {
        /// As it was.
        from: Decimal,
        /// As it will be.
        to: Decimal,
    },
    /// The mix of a grid over the years, as a share of what it is now; the scenario's year must be among them.
    GridMix {
        /// Shares by year.
        by_year: BTreeMap<String, Decimal>,
    },
    /// A share of the use moves to another fuel or drive, which emits `relative_emissions` of the old one for the same use.
    FuelSwitch {
        /// Share that moves, 0 to 1.
        share: Decimal,
        /// Emissions of the new over those of the old.
        relative_emissions: Decimal,
    },
    /// A share of bought energy is covered by certificates without emissions: market-based lines alone.
    Certificates {
        /// Share, 0 to 1.
        share: Decimal,
    },
}

/// One measure.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its name; each stands once.
    pub name: String,
    /// What it changes.
    pub change: Change,
    /// Which lines it meets.
    #[serde(default)]
    pub lines: Select,
    /// What it costs in the period of the inventory, in any currency; below zero where it saves money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Decimal>,
    /// How sure its effect is, as a share of the relative change around 1; none where it is taken as certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Uncertainty>,
}

/// A scenario, as JSON.
///
/// # Examples
/// ```
/// # use esg_core::simulate::scenario::Scenario;
/// let text = r#"{"name": "2030", "method": "market", "year": 2030, "measures": [
///     {"name": "cooling", "change": {"kind": "pue", "from": "1.5", "to": "1.2"}, "lines": {"site": "hall-1"}, "cost": "20000"},
///     {"name": "certificates", "change": {"kind": "certificates", "share": "0.5"}}]}"#;
/// let scenario: Scenario = serde_json::from_str(text)?;
/// assert_eq!(scenario.measures.len(), 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Method of scope 2: `location` or `market`. A certificate changes the market-based one only.
    pub method: String,
    /// Year that it tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// The measures.
    pub measures: Vec<Measure>,
}

/// What a measure does.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Its name.
    pub name: String,
    /// Its cost.
    pub cost: Option<f64>,
    /// kg CO2e that it saves by itself.
    pub alone: Output,
    /// kg CO2e that it saves after those before it.
    pub in_turn: Output,
}

impl Effect {
    /// Returns the cost of a tonne at the mean saving in turn, and at its 97.5 and 2.5 % quantiles (for a positive cost: least
    /// first). None without a cost; a bound is none where the saving is not above zero there.
    pub fn cost_per_tonne(&self) -> Option<[Option<f64>; 3]> {
        let cost = self.cost?;
        let kilograms = [self.in_turn.mean(), self.in_turn.quantile(0.975), self.in_turn.quantile(0.025)];
        Some(kilograms.map(|kg| (kg > 0.0).then(|| cost / (kg / 1000.0))))
    }
}

/// What a scenario comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Before.
    pub before: Output,
    /// After all measures.
    pub after: Output,
    /// Before less after, draw by draw.
    pub saved: Output,
    /// The measures in the order in which they are applied: by cost per tonne, those without a cost last.
    pub effects: Vec<Effect>,
}

impl Scenario {
    /// Returns the method that it names.
    ///
    /// # Errors
    /// `Measure` for another word.
    pub fn method(&self) -> Result<Method, UncertaintyError> {
        match self.method.as_str() {
            "location" => Ok(Method::Location),
            "market" => Ok(Method::Market),
            other => {
                Err(refusal(&self.name, format!("the method is {other:?}; it must be location or market")))
            }
        }
    }

    /// Returns what the measures do to the lines of an inventory.
    ///
    /// # Errors
    /// `Measure` for a change that breaks a rule, a doubled name or one that meets no line; `Simulate` for the run.
    pub fn run(&self, lines: &Lines, ranges: &Ranges, options: Options) -> Result<Outcome, UncertaintyError> {
        let method = self.method()?;
        let steps = self.steps(lines, method)?;
        let mut model = Model::new();
        for line in lines.lines.iter().filter(|line| method.has(line.scope)) {
            self.add(&mut model, lines, line, &steps)?;
        }
        lines.correlate(&mut model, ranges)?;
        let run = simulate(&model, options)?;
        let of = |dimension: &str, name: &str| take(&run, dimension, name);
        let (before, after, saved) =
            (of("scenario", "before")?, of("scenario", "after")?, of("scenario", "saved")?);
        let effect = |step: &Step| {
            let name = step.measure.name.clone();
            let (alone, in_turn) = (of("alone", &name)?, of("in turn", &name)?);
            let cost = step.measure.cost.map(|cost| Ratio::from(cost).to_f64());
            Ok(Effect { name, cost, alone, in_turn })
        };
        let effects = steps.iter().map(effect).collect::<Result<_, UncertaintyError>>()?;
        Ok(Outcome { before, after, saved, effects })
    }

    /// The measures with what they multiply, in their order.
    fn steps<'a>(&'a self, lines: &Lines, method: Method) -> Result<Vec<Step<'a>>, UncertaintyError> {
        if self.measures.is_empty() || self.measures.len() > MAX_MEASURES {
            let problem = format!("a scenario has 1 to {MAX_MEASURES} measures, not {}", self.measures.len());
            return Err(refusal(&self.name, problem));
        }
        let mut steps: Vec<Step> = Vec::with_capacity(self.measures.len());
        for measure in &self.measures {
            if steps.iter().any(|step| step.measure.name == measure.name) {
                return Err(refusal(&measure.name, "the name stands twice".into()));
            }
            let cut =
                1.0 - measure.change.times(self.year).map_err(|problem| refusal(&measure.name, problem))?;
            let met: f64 = lines
                .lines
                .iter()
                .filter(|line| method.has(line.scope) && measure.meets(line))
                .map(|line| line.co2e.to_f64().abs())
                .sum();
            if met == 0.0 {
                return Err(refusal(&measure.name, "it meets no line that emits, by this method".into()));
            }
            let effect = match &measure.effect {
                Some(stated) => Some(Law::of_factor(stated.distribution(), Decimal::ONE)?),
                None => None,
            };
            let per_kg = measure.cost.map(|cost| Ratio::from(cost).to_f64() / (met * cut));
            steps.push(Step { measure, cut, effect, per_kg });
        }
        let rank = |step: &Step| step.per_kg.filter(|cost| cost.is_finite()).unwrap_or(f64::INFINITY);
        steps.sort_by(|a, b| rank(a).total_cmp(&rank(b)).then_with(|| a.measure.name.cmp(&b.measure.name)));
        Ok(steps)
    }

    /// Adds the terms of one line: before, after, and what each measure takes.
    fn add(
        &self,
        model: &mut Model,
        lines: &Lines,
        line: &Line,
        steps: &[Step<'_>],
    ) -> Result<(), UncertaintyError> {
        let group = |dimension: &str, name: &str| vec![Group::new(dimension, name)];
        let coefficient = line.co2e.to_f64();
        let variables = lines.variables_in(model, line)?;
        // What is left of the line, as a sum of products: a certain cut multiplies, an uncertain one adds a product.
        let mut left: Vec<(f64, Vec<VariableId>)> = vec![(coefficient, variables.clone())];
        model.term(Term {
            coefficient,
            variables: variables.clone(),
            groups: group("scenario", "before"),
        })?;
        for step in steps {
            let name = step.measure.name.as_str();
            let met = step.measure.meets(line);
            let own = match &step.effect {
                Some(law) => vec![model.variable(format!("measure {name}"), law.clone())?],
                None => Vec::new(),
            };
            let cut = if met { step.cut } else { 0.0 };
            let with = |variables: &[VariableId]| [variables, own.as_slice()].concat();
            let alone = Term {
                coefficient: coefficient * cut,
                variables: with(&variables),
                groups: group("alone", name),
            };
            model.term(alone)?;
            for (at, product) in &left {
                let groups = vec![Group::new("in turn", name), Group::new("scenario", "saved")];
                model.term(Term { coefficient: at * cut, variables: with(product), groups })?;
            }
            if met && own.is_empty() {
                left.iter_mut().for_each(|(at, _)| *at *= 1.0 - cut);
            } else if met {
                let cuts: Vec<_> = left.iter().map(|(at, product)| (-at * cut, with(product))).collect();
                left.extend(cuts);
            }
            if left.len() > 1 << 10 {
                return Err(refusal(
                    name,
                    "more than 10 measures with an uncertain effect meet one line".into(),
                ));
            }
        }
        for (coefficient, variables) in left {
            model.term(Term { coefficient, variables, groups: group("scenario", "after") })?;
        }
        Ok(())
    }
}

impl Measure {
    fn meets(&self, line: &Line) -> bool {
        let certificate = matches!(self.change, Change::Certificates { .. });
        let grid = matches!(self.change, Change::GridMix { .. } | Change::Pue { .. });
        self.lines.meets(line)
            && (!certificate || line.scope == Scope::TwoMarket)
            && (!grid || line.activity.starts_with("electricity."))
    }
}

impl Change {
    /// What the lines are multiplied with, or what is wrong.
    fn times(&self, year: Option<i32>) -> Result<f64, String> {
        let float = |x: &Decimal| Ratio::from(*x).to_f64();
        let share = |name: &str, x: &Decimal| match float(x) {
            share if (0.0..=1.0).contains(&share) => Ok(share),
            _ => Err(format!("{name} is {x}; it must be 0 to 1")),
        };
        let not_negative = |name: &str, x: &Decimal| match float(x) {
            x if x >= 0.0 => Ok(x),
            _ => Err(format!("{name} is {x}; it must be 0 or above")),
        };
        match self {
            Self::Volume { times } => not_negative("times", times),
            Self::Pue { from, to } => {
                let (a, b) = (float(from), float(to));
                if a < 1.0 || b < 1.0 {
                    Err(format!("PUE {from} to {to}: a PUE is 1 or above"))
                } else {
                    Ok(b / a)
                }
            }
            Self::Factor { from, to } => {
                let to = not_negative("to", to)?;
                if float(from) > 0.0 {
                    Ok(to / float(from))
                } else {
                    Err(format!("from is {from}; it must be above 0"))
                }
            }
            Self::GridMix { by_year } => {
                let year = year.ok_or("a grid mix by year needs the scenario's year")?.to_string();
                let share =
                    by_year.get(&year).ok_or_else(|| format!("the grid mix has no share for {year}"))?;
                not_negative("share", share)
            }
            Self::FuelSwitch { share: moved, relative_emissions } => {
                let moved = share("share", moved)?;
                Ok(1.0 - moved * (1.0 - not_negative("relative_emissions", relative_emissions)?))
            }
            Self::Certificates { share: covered } => Ok(1.0 - share("share", covered)?),
        }
    }
}

struct Step<'a> {
    measure: &'a Measure,
    /// Share that is taken off; below 0 where something is added.
    cut: f64,
    effect: Option<Law>,
    per_kg: Option<f64>,
}

fn refusal(measure: &str, problem: String) -> UncertaintyError {
    UncertaintyError::Measure { measure: measure.to_owned(), problem }
}

fn take(run: &Simulation, dimension: &str, name: &str) -> Result<Output, UncertaintyError> {
    run.group(dimension, name).cloned().ok_or_else(|| refusal(name, "it has no line".into()))
}
