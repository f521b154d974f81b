//! The lines of an inventory with the variables that each is a product of.
//!
//! Cells are first added up exactly over everything that no variable and no reader tells apart, so a year of hourly data
//! is as many lines as it has sites, factors and gases. A coefficient is the point estimate in kg CO2e, and every variable a
//! share around 1: with all of them at 1 the sum is the inventory's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::law::Law;
use super::error::UncertaintyError;
use super::ranges::Ranges;
use crate::aggregate::{FactorUse, Inventory};
use crate::amount::Amount;
use crate::decimal::Decimal;
use crate::distribution::Uncertainty;
use crate::ghg::{Measure, Scope};
use crate::ratio::Ratio;

/// A line: so many kg CO2e of one scope, and what they depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Scope, method and category.
    pub scope: Scope,
    /// Activity.
    pub activity: Arc<str>,
    /// Source system, where it is kept apart.
    pub source: Option<Arc<str>>,
    /// Site, where it is kept apart.
    pub site: Option<Arc<str>>,
    /// Factor by full name; that of the energy which an instrument covers is the factor that it replaces.
    pub factor: Arc<str>,
    /// Gas, or `CO2e` where a publisher gives no gases.
    pub gas: Arc<str>,
    /// Point estimate in kg CO2e.
    pub co2e: Amount,
    /// Places in [`Lines::variables`].
    pub variables: Vec<usize>,
}

/// A share around 1 that lines are multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// `factor ...`, `quantity ...` or `gwp ...`: the same id is the same draw.
    pub id: String,
    /// Its law.
    pub law: Law,
    /// Who says so.
    pub reference: String,
}

/// An inventory as lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// The lines.
    pub lines: Vec<Line>,
    /// The variables.
    pub variables: Vec<Share>,
    /// What is taken as certain though nobody says that it is, and what could not be told apart.
    pub caveats: Vec<String>,
}

type Key = (Scope, Arc<str>, Option<Arc<str>>, Option<Arc<str>>, Arc<str>, Arc<str>);

impl Lines {
    /// Returns the lines of an inventory under the ranges that its factors and the caller state.
    ///
    /// # Errors
    /// `Dimension` unless the inventory keeps `activity` and `factor` apart, and `source` and `site` where a range names them;
    /// `Unmatched` for a range that meets nothing; `Simulate` for parameters that a law refuses; `Ghg` for an overflow.
    pub fn of(inventory: &Inventory, ranges: &Ranges) -> Result<Self, UncertaintyError> {
        check_dimensions(inventory, ranges)?;
        let mut sums: BTreeMap<Key, Amount> = BTreeMap::new();
        for (key, cell) in inventory.cells() {
            let Measure::Gas(gas) = &key.measure else { continue };
            if key.scope == Scope::Outside {
                continue;
            }
            let named = |word: &Option<Arc<str>>| word.clone().unwrap_or_default();
            let (activity, factor) = (named(&key.activity), named(&key.factor));
            let at = (key.scope, activity, key.source.clone(), key.site.clone(), factor, Arc::clone(gas));
            let sum = sums.entry(at).or_default();
            *sum = sum.checked_add(cell.co2e).map_err(crate::ghg::GhgError::from)?;
        }
        let mut builder = Builder::empty(inventory, ranges);
        let mut lines = Vec::with_capacity(sums.len());
        for ((scope, activity, source, site, factor, gas), co2e) in sums {
            let factor = match factor.split_once(": ") {
                Some((covered, replaced)) if covered.starts_with("covered by instrument ") => replaced.into(),
                _ => factor,
            };
            let mut line = Line { scope, activity, source, site, factor, gas, co2e, variables: Vec::new() };
            line.variables = builder.variables_of(&line)?;
            lines.push(line);
        }
        builder.check_used()?;
        let caveats = builder.caveats.into_iter().collect();
        Ok(Self { lines, variables: builder.variables, caveats })
    }
}

fn check_dimensions(inventory: &Inventory, ranges: &Ranges) -> Result<(), UncertaintyError> {
    let dims = &inventory.options().dimensions;
    let need = |kept: bool, dimension, needed_by: String| {
        if kept { Ok(()) } else { Err(UncertaintyError::Dimension { dimension, needed_by }) }
    };
    need(dims.factor, "factor", "a simulation".into())?;
    need(dims.activity, "activity", "a simulation".into())?;
    for range in &ranges.quantities {
        need(dims.source || range.source.is_none(), "source", format!("the range of {}", range.name()))?;
        need(dims.site || range.site.is_none(), "site", format!("the range of {}", range.name()))?;
    }
    Ok(())
}

struct Builder<'a> {
    inventory: &'a Inventory,
    ranges: &'a Ranges,
    variables: Vec<Share>,
    by_id: BTreeMap<String, usize>,
    caveats: BTreeSet<String>,
    /// Names of ranges that met a line.
    used: BTreeSet<String>,
}

impl<'a> Builder<'a> {
    fn empty(inventory: &'a Inventory, ranges: &'a Ranges) -> Self {
        let (variables, by_id) = (Vec::new(), BTreeMap::new());
        Self { inventory, ranges, variables, by_id, caveats: BTreeSet::new(), used: BTreeSet::new() }
    }

    fn variables_of(&mut self, line: &Line) -> Result<Vec<usize>, UncertaintyError> {
        let mut found = Vec::new();
        found.extend(self.quantity(line)?);
        for factor in self.factors_of(line) {
            found.extend(self.factor(&factor, line)?);
        }
        found.extend(self.gwp(line)?);
        Ok(found)
    }

    /// The factor that the line names, and those that it is a product with.
    fn factors_of(&mut self, line: &Line) -> Vec<Arc<str>> {
        let mut all = vec![Arc::clone(&line.factor)];
        let Some(used) = self.inventory.factors().get(&line.factor) else { return all };
        let here = |w: &&(Arc<str>, Scope, Vec<Arc<str>>)| w.0 == line.activity && w.1 == line.scope;
        let mut ways = used.with.iter().filter(here);
        if let Some((_, _, others)) = ways.next() {
            all.extend(others.iter().cloned());
        }
        if ways.next().is_some() {
            self.caveats.insert(format!(
                "{} is multiplied with one of several factors, which its lines do not tell apart: the range is that of the first",
                line.factor
            ));
            all.truncate(1 + used.with.iter().find(here).map_or(0, |w| w.2.len()));
        }
        all
    }

    fn share(&mut self, id: String, stated: &Uncertainty, law: Law) -> usize {
        let next = self.variables.len();
        *self.by_id.entry(id.clone()).or_insert_with(|| {
            self.variables.push(Share { id, law, reference: stated.reference().to_owned() });
            next
        })
    }

    fn factor(&mut self, name: &Arc<str>, line: &Line) -> Result<Option<usize>, UncertaintyError> {
        let Some(used) = self.inventory.factors().get(name) else {
            // A bare GWP: a kilogram that escapes is a kilogram.
            if name.starts_with("instrument ") && !line.co2e.is_zero() {
                self.caveats
                    .insert(format!("the rate of {name} is taken as certain: nobody states its range"));
            }
            return Ok(None);
        };
        let Some((stated, value)) = stated(used) else {
            self.caveats.insert(format!("{name} is taken as certain: its set states no uncertainty"));
            return Ok(None);
        };
        // Bounds are those of the first value; what they say of another gas nobody knows.
        let own = used.first.as_ref().and_then(|(_, gas)| gas.as_deref());
        let gas = own.map(|g| self.inventory.options().gwp().gas_id(g).map_or(g, |id| id));
        let names_line = *name == line.factor;
        if stated.distribution().bounds().is_some() && names_line && gas != Some(&*line.gas) {
            let (gas, own) = (&line.gas, gas.unwrap_or("another value"));
            self.caveats
                .insert(format!("{gas} of {name} is taken as certain: the stated bounds are those of {own}"));
            return Ok(None);
        }
        let scale = 1.0 / Ratio::from(value).to_f64();
        if !(scale.is_finite() && scale > 0.0) {
            self.caveats.insert(format!("{name} is taken as certain: its value {value} is not above zero"));
            return Ok(None);
        }
        let law = Law::of_factor(stated.distribution(), value)
            .and_then(|law| law.times(scale))
            .map_err(|error| error.of(name))?;
        Ok(Some(self.share(format!("factor {name}"), stated, law)))
    }

    fn quantity(&mut self, line: &Line) -> Result<Option<usize>, UncertaintyError> {
        let fits = |asked: &Option<String>, own: Option<&str>| asked.is_none() || asked.as_deref() == own;
        let range = self.ranges.quantities.iter().find(|range| {
            fits(&range.activity, Some(&line.activity))
                && fits(&range.source, line.source.as_deref())
                && fits(&range.site, line.site.as_deref())
        });
        let Some(range) = range else {
            self.caveats
                .insert(format!("quantities of {} are taken as certain: no range is stated", line.activity));
            return Ok(None);
        };
        self.used.insert(range.name());
        let word = |word: &Option<Arc<str>>| word.as_deref().unwrap_or("-").to_owned();
        let id = format!("quantity {} {} {}", line.activity, word(&line.source), word(&line.site));
        let law = Law::of_factor(range.uncertainty.distribution(), Decimal::ONE).map_err(|e| e.of(&id))?;
        Ok(Some(self.share(id, &range.uncertainty, law)))
    }

    fn gwp(&mut self, line: &Line) -> Result<Option<usize>, UncertaintyError> {
        let Some(range) = self.ranges.gwp.iter().find(|range| *range.gas == *line.gas) else {
            return Ok(None);
        };
        self.used.insert(format!("gwp {}", range.gas));
        let id = format!("gwp {} {}", self.inventory.options().gwp().name(), line.gas);
        let law = Law::of_factor(range.uncertainty.distribution(), Decimal::ONE).map_err(|e| e.of(&id))?;
        Ok(Some(self.share(id, &range.uncertainty, law)))
    }

    /// A range of a quantity that meets nothing is a mistyped name; a GWP of a gas that does not occur is none.
    fn check_used(&self) -> Result<(), UncertaintyError> {
        let unused = self.ranges.quantities.iter().map(|r| r.name()).find(|name| !self.used.contains(name));
        unused.map_or(Ok(()), |what| Err(UncertaintyError::Unmatched { what }))
    }
}

fn stated(used: &FactorUse) -> Option<(&Uncertainty, Decimal)> {
    used.stated.as_ref().zip(used.first.as_ref().map(|(value, _)| *value))
}
