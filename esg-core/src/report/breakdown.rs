//! Sums by one dimension: by month, activity, site and whatever else an inventory keeps apart.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::aggregate::Inventory;
use crate::amount::Amount;
use crate::ghg::{GhgError, Measure};

/// What stands outside of the scopes; none where no row states any.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Outside {
    /// CO2 from biomass.
    pub biogenic_co2_kg: Option<Amount>,
    /// Energy that rows state in units of energy.
    pub energy_kwh: Option<Amount>,
    /// Water withdrawn.
    pub water_litres: Option<Amount>,
}

/// Sums by one dimension.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Breakdown {
    /// `month`, `year`, `activity`, `site`, `vertical`, `region`, `source` or `tag:NAME`.
    pub dimension: String,
    /// Groups in the order of their names.
    pub groups: Vec<Group>,
}

/// Sums of one group; none where it has no line.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Group {
    /// Value of the dimension; none for lines that have none.
    pub name: Option<String>,
    /// Scope 1, kg CO2e.
    pub scope1_kg: Option<Amount>,
    /// Scope 2 location-based, kg CO2e.
    pub scope2_location_kg: Option<Amount>,
    /// Scope 2 market-based, kg CO2e.
    pub scope2_market_kg: Option<Amount>,
    /// Scope 3, kg CO2e.
    pub scope3_kg: Option<Amount>,
    /// What stands outside of the scopes.
    #[serde(flatten)]
    pub outside: Outside,
}

impl Group {
    /// Scopes 1, 2 location-based and 3 in kg CO2e.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn total_location(&self) -> Result<Amount, GhgError> {
        let parts = [self.scope1_kg, self.scope2_location_kg, self.scope3_kg];
        Ok(Amount::sum(parts.into_iter().flatten())?)
    }

    /// Adds another group.
    pub(super) fn add(&mut self, other: &Self) -> Result<(), GhgError> {
        let pairs = [
            (&mut self.scope1_kg, other.scope1_kg),
            (&mut self.scope2_location_kg, other.scope2_location_kg),
            (&mut self.scope2_market_kg, other.scope2_market_kg),
            (&mut self.scope3_kg, other.scope3_kg),
            (&mut self.outside.biogenic_co2_kg, other.outside.biogenic_co2_kg),
            (&mut self.outside.energy_kwh, other.outside.energy_kwh),
            (&mut self.outside.water_litres, other.outside.water_litres),
        ];
        pairs.into_iter().try_for_each(|(mine, theirs)| add(mine, theirs))
    }
}

/// Adds what is there; nothing and nothing stay nothing.
fn add(sum: &mut Option<Amount>, more: Option<Amount>) -> Result<(), GhgError> {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or_default().checked_add(more)?);
    }
    Ok(())
}

pub(super) fn outside(inventory: &Inventory) -> Result<Outside, GhgError> {
    let mut sums = Outside::default();
    for (key, cell) in inventory.cells() {
        match key.measure {
            Measure::BiogenicCo2 => add(&mut sums.biogenic_co2_kg, cell.mass)?,
            Measure::Energy => add(&mut sums.energy_kwh, cell.mass)?,
            Measure::Water => add(&mut sums.water_litres, cell.mass)?,
            Measure::Gas(_) => {}
        }
    }
    Ok(sums)
}

/// Sums by each dimension that is kept.
pub(super) fn breakdowns(inventory: &Inventory) -> Result<Vec<Breakdown>, GhgError> {
    let tags = inventory.options().dimensions.tags.iter().map(|tag| format!("tag:{tag}"));
    let names = ["month", "year", "activity", "vertical", "site", "region", "source"];
    let mut list = Vec::new();
    for dimension in names.into_iter().map(str::to_owned).chain(tags) {
        let groups = match inventory.by(&[&dimension, "scope", "gas"], None) {
            Ok(groups) => groups,
            Err(GhgError::Dimension { .. }) => continue,
            Err(error) => return Err(error),
        };
        let mut named: BTreeMap<Option<String>, Group> = BTreeMap::new();
        for mut group in groups {
            let (gas, scope, name) = (group.key.pop(), group.key.pop(), group.key.pop());
            let name = name.flatten();
            let entry = named.entry(name.clone()).or_insert_with(|| Group { name, ..Group::default() });
            match (scope.flatten().as_deref(), gas.flatten().as_deref()) {
                (Some("1"), _) => add(&mut entry.scope1_kg, Some(group.co2e_kg))?,
                (Some("2 location"), _) => add(&mut entry.scope2_location_kg, Some(group.co2e_kg))?,
                (Some("2 market"), _) => add(&mut entry.scope2_market_kg, Some(group.co2e_kg))?,
                (Some("3"), _) => add(&mut entry.scope3_kg, Some(group.co2e_kg))?,
                (_, Some("energy")) => add(&mut entry.outside.energy_kwh, group.mass)?,
                (_, Some("water")) => add(&mut entry.outside.water_litres, group.mass)?,
                _ => add(&mut entry.outside.biogenic_co2_kg, group.mass)?,
            }
        }
        list.push(Breakdown { dimension, groups: named.into_values().collect() });
    }
    Ok(list)
}
