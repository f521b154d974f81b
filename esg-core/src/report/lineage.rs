//! From a figure back to the sensor: the cells of a report with their factors, and the lines that were kept.

use serde::Serialize;

use crate::aggregate::Inventory;
use crate::amount::Amount;
use crate::decimal::Decimal;
use crate::ghg::{CellKey, GhgError, Measure, Scope, Sums};
use crate::time::Day;

/// Lines that a report lists at most. Their total is always given.
pub const LINES_LISTED: usize = 100_000;

/// One cell of the inventory: the finest sum that it keeps.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CellLine {
    /// `1`, `2 location`, `2 market`, `3`, `outside`.
    pub scope: String,
    /// Scope 3 category.
    pub category: Option<u8>,
    /// Gas, `CO2e` where it is published without its gases, `CO2-biogenic`, `energy` or `water`.
    pub measure: String,
    /// Activity id.
    pub activity: Option<String>,
    /// Vertical.
    pub vertical: Option<String>,
    /// Source system.
    pub source: Option<String>,
    /// Site.
    pub site: Option<String>,
    /// Region as the sender names it.
    pub region: Option<String>,
    /// Values of the kept tags, in the order of the options' `dimensions.tags`.
    pub tags: Vec<Option<String>>,
    /// Year, month or day.
    pub period: Option<String>,
    /// Set, version and id of the factor.
    pub factor: Option<String>,
    /// Mass in kg (energy in kWh, water in L); none where only CO2e is published.
    pub mass: Option<Amount>,
    /// Unit of `mass`.
    pub unit: &'static str,
    /// kg CO2e; none for what is no part of a total.
    pub co2e_kg: Option<Amount>,
    /// Lines that were added.
    pub rows: u64,
}

impl CellLine {
    pub(super) fn of(inventory: &Inventory, key: &CellKey, sums: &Sums) -> Self {
        let word = |w: &Option<std::sync::Arc<str>>| w.as_ref().map(ToString::to_string);
        Self {
            scope: scope_name(key.scope),
            category: key.scope.category(),
            measure: key.measure.name().to_owned(),
            activity: word(&key.activity),
            vertical: word(&key.vertical),
            source: word(&key.source),
            site: word(&key.site),
            region: word(&key.region),
            tags: key.tags.iter().map(word).collect(),
            period: inventory.options().dimensions.period.name(key.period),
            factor: word(&key.factor),
            mass: sums.mass,
            unit: key.measure.unit(),
            co2e_kg: (key.scope != Scope::Outside).then_some(sums.co2e),
            rows: sums.rows,
        }
    }
}

/// The scope without its category.
pub(super) fn scope_name(scope: Scope) -> String {
    if let Scope::Three(_) = scope { "3".to_owned() } else { scope.name() }
}

/// Lines, as far as they are listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Lines {
    /// Lines that the inventory kept; 0 where it was not asked to keep any.
    pub total: u64,
    /// The first of them, at most [`LINES_LISTED`]; a line has one entry for each of its products.
    pub listed: Vec<LineageLine>,
}

/// One product of one row: quantity times conversion times factor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineageLine {
    /// Row of the telemetry batch or file.
    pub event: u32,
    /// Day of the activity.
    pub day: Day,
    /// Activity id.
    pub activity: String,
    /// Scope with category.
    pub scope: String,
    /// Gas or other measure.
    pub measure: String,
    /// Quantity in the sender's unit.
    pub quantity: Decimal,
    /// How the unit was converted, such as `1 MWh = 1000 kWh`.
    pub conversion: String,
    /// The factors that the product is made of, the naming one first.
    pub factors: Vec<String>,
    /// Mass in kg (energy in kWh, water in L).
    pub mass: Option<Amount>,
    /// kg CO2e.
    pub co2e_kg: Option<Amount>,
}

impl Lines {
    pub(super) fn of(inventory: &Inventory) -> Result<Self, GhgError> {
        let mut listed = Vec::new();
        for line in inventory.lines().iter().take(LINES_LISTED) {
            let plan = &inventory.plans()[line.plan as usize];
            let mut factors: Vec<String> = plan.resolutions.iter().map(|r| r.factor_id()).collect();
            if factors.is_empty() {
                factors.push(plan.factor.to_string());
            }
            for output in &plan.outputs {
                let times = |rate: &Option<crate::amount::Rate>| {
                    rate.as_ref().map(|r| r.amount(line.quantity)).transpose()
                };
                let bare = matches!(output.measure, Measure::Energy | Measure::Water);
                listed.push(LineageLine {
                    event: line.event,
                    day: line.day,
                    activity: plan.activity.to_string(),
                    scope: output.scope.name(),
                    measure: output.measure.name().to_owned(),
                    quantity: line.quantity,
                    conversion: plan.conversion.clone(),
                    factors: if bare { Vec::new() } else { factors.clone() },
                    mass: times(&output.mass)?,
                    co2e_kg: times(&output.co2e)?,
                });
            }
        }
        Ok(Self { total: inventory.lines().len() as u64, listed })
    }
}
