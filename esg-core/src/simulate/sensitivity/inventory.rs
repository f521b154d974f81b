//! The sensitivity of an inventory's total, by names that a reader knows: the factor, the meter, the gas.

use super::design::Design;
use super::indices::{How, Index, Indices};
use super::tornado::{Swing, tornado};
use crate::aggregate::Total;
use crate::simulate::model::Model;
use crate::simulate::uncertain::{InventoryRange, Ranges, UncertaintyError};

/// Where the range of an input comes from.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    /// What was measured: a quantity of activity.
    Activity,
    /// An emission factor.
    Factor,
    /// The GWP of a gas.
    Gwp,
}

impl Origin {
    /// All of them, in the order of results.
    pub const ALL: [Self; 3] = [Self::Activity, Self::Factor, Self::Gwp];

    /// The name: `activity`, `factor` or `gwp`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Factor => "factor",
            Self::Gwp => "gwp",
        }
    }

    /// The origin and the name of a variable of an inventory's model.
    fn of(id: &str) -> (Self, &str) {
        match id.split_once(' ') {
            // What is not kept apart stands as a dash.
            Some(("quantity", name)) => (Self::Activity, name.trim_end_matches(" -")),
            Some(("gwp", name)) => (Self::Gwp, name),
            Some(("factor", name)) => (Self::Factor, name),
            _ => (Self::Factor, id),
        }
    }
}

/// One input of the range of a total.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// Where its range comes from.
    pub origin: Origin,
    /// Factor by full name; activity, source and site of a quantity; GWP set and gas. Of correlated
    /// factors all of them, with commas between.
    pub name: String,
    /// Who states its range; of correlated factors that of the first.
    pub reference: String,
    /// Share of the variance by itself.
    pub first: Index,
    /// Share of the variance with all interactions.
    pub total: Index,
    /// What it does to the total in kg CO2e between its 5 % and 95 % quantiles, as shares around 1, with all others at their
    /// medians; one for each of correlated factors.
    pub swings: Vec<Swing>,
}

/// What makes the range of a total.
#[derive(Clone, Debug, PartialEq)]
pub struct InventorySensitivity {
    /// Which total.
    pub total: Total,
    /// Its mean in kg CO2e.
    pub mean_kg: f64,
    /// Its standard deviation in kg CO2e.
    pub sd_kg: f64,
    /// The total in kg CO2e with every input at its median.
    pub at_medians_kg: f64,
    /// Inputs by falling total index.
    pub drivers: Vec<Driver>,
    /// First-order shares added up by origin, in the order of [`Origin::ALL`]; with the interactions they add up to 1.
    pub origins: [(Origin, f64); 3],
    /// The share that inputs have only together.
    pub interactions: Index,
    /// Whether the indices are exact, or how they were sampled.
    pub how: How,
}

impl InventoryRange {
    /// Returns what makes the range of a total: its inputs ranked by their share of the variance.
    ///
    /// The same factor is one input in all lines; correlated factors are one together. Lines are sums of products, so the indices
    /// are exact unless factors are correlated or a line has one factor twice; then the `design` is taken. `ranges` must be
    /// those of the simulation.
    ///
    /// # Errors
    /// `Sensitivity` (`sensitivity.no_variance`) where nothing of the total has a range, (`simulate.empty`) where it has no line;
    /// `Unmatched` for a correlation of factors that the inventory does not have.
    pub fn sensitivity(
        &self,
        total: Total,
        ranges: &Ranges,
        design: Design,
    ) -> Result<InventorySensitivity, UncertaintyError> {
        let model = self.lines.model_of_total(total, ranges)?;
        let indices = super::of_model(&model, design)?;
        Ok(self.named(total, &model, indices)?)
    }

    fn named(
        &self,
        total: Total,
        model: &Model,
        indices: Indices,
    ) -> Result<InventorySensitivity, super::SensitivityError> {
        let tornado = tornado(model)?;
        let mut origins = Origin::ALL.map(|origin| (origin, 0.0));
        let driver = |input: &super::Input| {
            let (origin, _) = Origin::of(&input.members[0]);
            let names: Vec<&str> = input.members.iter().map(|member| Origin::of(member).1).collect();
            let stated = self.lines.variables.iter().find(|share| share.id == input.members[0]);
            let member = |swing: &&Swing| input.members.contains(&swing.name);
            Driver {
                origin,
                name: names.join(", "),
                reference: stated.map(|share| share.reference.clone()).unwrap_or_default(),
                first: input.first,
                total: input.total,
                swings: tornado.swings.iter().filter(member).cloned().collect(),
            }
        };
        let drivers: Vec<Driver> = indices.ranked().into_iter().map(driver).collect();
        for (origin, sum) in &mut origins {
            let own = drivers.iter().filter(|driver| driver.origin == *origin);
            *sum = own.fold(0.0, |sum, driver| sum + driver.first.estimate);
        }
        Ok(InventorySensitivity {
            total,
            mean_kg: indices.mean,
            sd_kg: indices.variance.sqrt(),
            at_medians_kg: tornado.middle,
            drivers,
            origins,
            interactions: indices.interactions,
            how: indices.how,
        })
    }
}
