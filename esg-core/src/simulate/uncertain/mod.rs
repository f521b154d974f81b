//! The range of an inventory: Monte Carlo and error propagation beside each other.
//!
//! Each line of an inventory is its point estimate times shares around 1: of the quantity, of each factor, of the GWP. The
//! same factor is one variable wherever it is used, so shared uncertainty stays shared. Both approaches of the IPCC
//! Guidelines come from these lines, and where they differ the answer names what makes them differ. What nobody states a
//! range of is taken as certain and listed. `docs/uncertainty.md` tells the method and its bounds.

mod approach1;
mod error;
mod lines;
mod ranges;

pub use approach1::{Approach1, Contribution, approach1};
pub use error::UncertaintyError;
pub use lines::{Line, Lines, Share};
pub use ranges::{GwpRange, QuantityRange, Ranges, Together, ipcc_gwp_ranges};

use super::copula::Correlation;
use super::model::{Group, Model, Term};
use super::options::Options;
use super::partial::Simulation;
use super::run::simulate;
use super::summary::Output;
use crate::aggregate::{Inventory, Total};
use crate::ghg::{GhgError, Scope};

/// Totals with their names in results.
pub const TOTALS: [(Total, &str); 6] = [
    (Total::ScopeOne, "scope 1"),
    (Total::ScopeTwoLocation, "scope 2 location"),
    (Total::ScopeTwoMarket, "scope 2 market"),
    (Total::ScopeThree, "scope 3"),
    (Total::AllLocation, "all location"),
    (Total::AllMarket, "all market"),
];

/// The method of scope 2 that a total takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// Location-based.
    Location,
    /// Market-based.
    Market,
}

impl Method {
    /// True when lines of the scope are in the total by this method.
    pub fn has(self, scope: Scope) -> bool {
        match self {
            Self::Location => scope != Scope::TwoMarket,
            Self::Market => scope != Scope::TwoLocation,
        }
    }

    /// The name: `location` or `market`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Location => "location",
            Self::Market => "market",
        }
    }
}

/// True when lines of the scope are in a total of [`TOTALS`].
fn is_in(total: Total, scope: Scope) -> bool {
    match total {
        Total::ScopeOne => scope == Scope::One,
        Total::ScopeTwoLocation => scope == Scope::TwoLocation,
        Total::ScopeTwoMarket => scope == Scope::TwoMarket,
        Total::ScopeThree => matches!(scope, Scope::Three(_)),
        Total::Category(category) => scope == Scope::Three(category),
        Total::AllLocation => Method::Location.has(scope),
        Total::AllMarket => Method::Market.has(scope),
    }
}

impl Lines {
    /// Returns the model of one method of scope 2: its total is that of the inventory. Groups are `scope`, `category`, `site`,
    /// `source`, `gas`, `activity` and `factor`.
    ///
    /// # Errors
    /// `Simulate` for a correlation that cannot be.
    pub fn model(&self, method: Method, ranges: &Ranges) -> Result<Model, UncertaintyError> {
        let lines = self.lines.iter().filter(|line| method.has(line.scope));
        self.model_of(lines.map(|line| (line, groups(line))), ranges)
    }

    /// Returns the model of one total, without groups.
    pub(in crate::simulate) fn model_of_total(
        &self,
        total: Total,
        ranges: &Ranges,
    ) -> Result<Model, UncertaintyError> {
        let lines = self.lines.iter().filter(|line| is_in(total, line.scope));
        self.model_of(lines.map(|line| (line, Vec::new())), ranges)
    }

    /// Returns a model of lines with their groups.
    pub(in crate::simulate) fn model_of<'a>(
        &'a self,
        lines: impl Iterator<Item = (&'a Line, Vec<Group>)>,
        ranges: &Ranges,
    ) -> Result<Model, UncertaintyError> {
        let mut model = Model::new();
        for (line, groups) in lines {
            let variables = self.variables_in(&mut model, line)?;
            model.term(Term { coefficient: line.co2e.to_f64(), variables, groups })?;
        }
        self.correlate(&mut model, ranges)?;
        Ok(model)
    }

    pub(in crate::simulate) fn variables_in(
        &self,
        model: &mut Model,
        line: &Line,
    ) -> Result<Vec<super::model::VariableId>, UncertaintyError> {
        let share = |&at: &usize| {
            let share = &self.variables[at];
            Ok(model.variable(share.id.clone(), share.law.clone())?)
        };
        line.variables.iter().map(share).collect()
    }

    pub(in crate::simulate) fn correlate(
        &self,
        model: &mut Model,
        ranges: &Ranges,
    ) -> Result<(), UncertaintyError> {
        for together in &ranges.correlations {
            let mut members = Vec::with_capacity(together.factors.len());
            for name in &together.factors {
                let id = format!("factor {name}");
                let share = self.variables.iter().find(|share| share.id == id);
                let share = share
                    .ok_or_else(|| UncertaintyError::Unmatched { what: format!("correlation of {id}") })?;
                members.push(model.variable(id, share.law.clone())?);
            }
            model.correlate(&members, Correlation::new(&together.matrix)?)?;
        }
        Ok(())
    }
}

fn groups(line: &Line) -> Vec<Group> {
    let scope = match line.scope {
        Scope::Three(_) => "3".to_owned(),
        scope => scope.name(),
    };
    let mut groups = vec![
        Group::new("scope", scope),
        Group::new("gas", &*line.gas),
        Group::new("activity", &*line.activity),
        Group::new("factor", &*line.factor),
    ];
    groups.extend(line.scope.category().map(|c| Group::new("category", format!("{c:02}"))));
    groups.extend(line.site.as_ref().map(|site| Group::new("site", &**site)));
    groups.extend(line.source.as_ref().map(|source| Group::new("source", &**source)));
    groups
}

/// One total with both approaches.
#[derive(Clone, Debug)]
pub struct TotalRange {
    /// Which one.
    pub total: Total,
    /// Its name in [`TOTALS`].
    pub name: &'static str,
    /// Exact point estimate in kg CO2e.
    pub point: crate::Amount,
    /// Approach 2: Monte Carlo.
    pub simulated: Output,
    /// Approach 1: error propagation; none of a total of zero.
    pub propagated: Option<Approach1>,
    /// Why the approaches differ, where they do by more than 5 % of the half width.
    pub disagreement: Vec<String>,
}

/// The ranges of an inventory.
#[derive(Clone, Debug)]
pub struct InventoryRange {
    /// Totals that have lines and are whole, in the order of [`TOTALS`].
    pub totals: Vec<TotalRange>,
    /// The run with the location-based method: its total, and groups by scope, category, site, source, gas, activity, factor.
    pub location: Simulation,
    /// The run with the market-based method.
    pub market: Option<Simulation>,
    /// The lines and variables.
    pub lines: Lines,
    /// What a reader must know.
    pub caveats: Vec<String>,
}

impl InventoryRange {
    /// Returns one total.
    pub fn total(&self, which: Total) -> Option<&TotalRange> {
        self.totals.iter().find(|range| range.total == which)
    }
}

impl Inventory {
    /// Returns the range of every total, by Monte Carlo (IPCC approach 2) and by error propagation (approach 1).
    ///
    /// Both methods of scope 2 are drawn with the same numbers. A market-based total that [`Inventory::total`] refuses is left
    /// out, and a caveat says so.
    ///
    /// # Errors
    /// As [`Lines::of`]; `Simulate` for the run, and `simulate.empty` without any line.
    ///
    /// # Source
    /// IPCC 2006 Guidelines, volume 1, chapter 3.
    pub fn simulate(&self, ranges: &Ranges, options: Options) -> Result<InventoryRange, UncertaintyError> {
        self.simulate_by(ranges, options, |model, options| {
            Ok::<_, UncertaintyError>(simulate(model, options)?)
        })
    }

    /// The same with runs that the caller makes: in parts, on other machines, or so that they can be stopped.
    ///
    /// `run` is called for the location-based method and then, where there is a market-based total, for the other.
    ///
    /// # Errors
    /// As [`Inventory::simulate`], and what `run` refuses.
    pub fn simulate_by<E>(
        &self,
        ranges: &Ranges,
        options: Options,
        mut run: impl FnMut(&Model, Options) -> Result<Simulation, E>,
    ) -> Result<InventoryRange, E>
    where
        E: From<UncertaintyError>,
    {
        let lines = Lines::of(self, ranges)?;
        let mut caveats = lines.caveats.clone();
        let market_total = self.total(Total::AllMarket);
        if let Err(error) = &market_total {
            caveats.push(format!("no market-based total: {error}"));
        }
        let mut run = |method| run(&lines.model(method, ranges)?, options);
        let location = run(Method::Location)?;
        let market = if market_total.is_ok() { Some(run(Method::Market)?) } else { None };
        let totals = self.total_ranges(ranges, &lines, &location, market.as_ref())?;
        Ok(InventoryRange { totals, location, market, lines, caveats })
    }

    fn total_ranges(
        &self,
        ranges: &Ranges,
        lines: &Lines,
        location: &Simulation,
        market: Option<&Simulation>,
    ) -> Result<Vec<TotalRange>, UncertaintyError> {
        let mut totals = Vec::new();
        for (total, name) in TOTALS {
            let simulated = match total {
                Total::AllLocation => Some(location.total()),
                Total::AllMarket => market.map(Simulation::total),
                Total::ScopeOne => location.group("scope", "1"),
                Total::ScopeTwoLocation => location.group("scope", "2 location"),
                Total::ScopeTwoMarket => market.and_then(|m| m.group("scope", "2 market")),
                Total::ScopeThree | Total::Category(_) => location.group("scope", "3"),
            };
            let Some(simulated) = simulated else { continue };
            let point = self.total(total).or_else(|error| match error {
                GhgError::MethodMissing { .. } => self.subtotal(total),
                error => Err(error),
            })?;
            let propagated = approach1(lines, |line| is_in(total, line.scope))?;
            let disagreement =
                propagated.as_ref().map_or_else(Vec::new, |p| p.disagreement(simulated, ranges));
            totals.push(TotalRange {
                total,
                name,
                point,
                simulated: simulated.clone(),
                propagated,
                disagreement,
            });
        }
        Ok(totals)
    }
}
