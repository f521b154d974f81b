//! Cells: the sums that an inventory is made of, and the keys that they are grouped by.

use std::sync::Arc;

use crate::amount::{Amount, AmountError};
use crate::time::Day;

/// Where a line stands in the inventory.
///
/// The two methods of scope 2 are two answers to one question and are never added.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scope {
    /// Direct emissions.
    One,
    /// Purchased energy at the grid's average (GHG Protocol Scope 2 Guidance, location-based).
    TwoLocation,
    /// Purchased energy by contract, else residual mix (market-based).
    TwoMarket,
    /// Value chain, by category 1 to 15.
    Three(u8),
    /// Outside of the scopes: CO2 from biomass, quantities that are no emission.
    Outside,
}

impl Scope {
    /// Returns `1`, `2`, `3` or none.
    pub const fn number(self) -> Option<u8> {
        match self {
            Self::One => Some(1),
            Self::TwoLocation | Self::TwoMarket => Some(2),
            Self::Three(_) => Some(3),
            Self::Outside => None,
        }
    }

    /// Returns the scope 3 category.
    pub const fn category(self) -> Option<u8> {
        match self {
            Self::Three(category) => Some(category),
            _ => None,
        }
    }

    /// Returns a short name: `1`, `2 location`, `2 market`, `3.4`, `outside`.
    pub fn name(self) -> String {
        match self {
            Self::One => "1".into(),
            Self::TwoLocation => "2 location".into(),
            Self::TwoMarket => "2 market".into(),
            Self::Three(category) => format!("3.{category}"),
            Self::Outside => "outside".into(),
        }
    }
}

/// Names of the 15 categories (GHG Protocol, Scope 3 Standard, 2011, table 5.3).
pub const CATEGORIES: [&str; 15] = [
    "Purchased goods and services",
    "Capital goods",
    "Fuel- and energy-related activities",
    "Upstream transportation and distribution",
    "Waste generated in operations",
    "Business travel",
    "Employee commuting",
    "Upstream leased assets",
    "Downstream transportation and distribution",
    "Processing of sold products",
    "Use of sold products",
    "End-of-life treatment of sold products",
    "Downstream leased assets",
    "Franchises",
    "Investments",
];

/// What a cell sums.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Measure {
    /// A gas: its mass where it is known, and its CO2e.
    Gas(Arc<str>),
    /// CO2 from biomass in kg, outside of the totals.
    BiogenicCo2,
    /// Energy consumed, in kWh.
    Energy,
    /// Water withdrawn, in litres.
    Water,
}

/// CO2e that a publisher gives without its gases.
pub const UNSPLIT: &str = "CO2e";

impl Measure {
    /// Returns the name of the gas or the measure.
    pub fn name(&self) -> &str {
        match self {
            Self::Gas(gas) => gas,
            Self::BiogenicCo2 => "CO2-biogenic",
            Self::Energy => "energy",
            Self::Water => "water",
        }
    }

    /// Returns the unit of the mass column: kg, kWh or L.
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::Gas(_) | Self::BiogenicCo2 => "kg",
            Self::Energy => "kWh",
            Self::Water => "L",
        }
    }
}

/// How finely time is kept.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Granularity {
    /// One period for all.
    None,
    /// Years.
    Year,
    /// Months.
    #[default]
    Month,
    /// Days.
    Day,
}

impl Granularity {
    /// Returns the number of the period that a day lies in; see [`Granularity::name`].
    pub const fn index(self, day: Day) -> i32 {
        match self {
            Self::None => 0,
            Self::Year => day.ymd().0,
            Self::Month => day.month_index(),
            Self::Day => day.epoch_days(),
        }
    }

    /// Returns the name of a period: `2024`, `2024-03`, `2024-03-15`, or none.
    pub fn name(self, index: i32) -> Option<String> {
        match self {
            Self::None => None,
            Self::Year => Some(format!("{index:04}")),
            Self::Month => Some(format!("{:04}-{:02}", index.div_euclid(12), index.rem_euclid(12) + 1)),
            Self::Day => Day::from_epoch_days(index).ok().map(|d| d.to_string()),
        }
    }
}

/// Which dimensions an inventory keeps apart. Scope, category and gas are always kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dimensions {
    /// Activity id.
    pub activity: bool,
    /// Factor with set and version.
    pub factor: bool,
    /// Vertical.
    pub vertical: bool,
    /// Source system.
    pub source: bool,
    /// Site.
    pub site: bool,
    /// Region as the sender names it.
    pub region: bool,
    /// Period.
    pub period: Granularity,
    /// Tags by name.
    pub tags: Vec<String>,
}

impl Default for Dimensions {
    /// All but tags, by month.
    fn default() -> Self {
        Self {
            activity: true,
            factor: true,
            vertical: true,
            source: true,
            site: true,
            region: true,
            period: Granularity::Month,
            tags: Vec::new(),
        }
    }
}

impl Dimensions {
    /// Nothing but scope, category and gas; switch on what is needed.
    pub fn none() -> Self {
        Self {
            activity: false,
            factor: false,
            vertical: false,
            source: false,
            site: false,
            region: false,
            period: Granularity::None,
            tags: Vec::new(),
        }
    }
}

/// The key of a cell; a dimension that is not kept is none.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CellKey {
    /// Scope, method and category.
    pub scope: Scope,
    /// Activity id.
    pub activity: Option<Arc<str>>,
    /// Vertical.
    pub vertical: Option<Arc<str>>,
    /// Source system.
    pub source: Option<Arc<str>>,
    /// Site.
    pub site: Option<Arc<str>>,
    /// Region as the sender names it.
    pub region: Option<Arc<str>>,
    /// Values of the kept tags, in the order of [`Dimensions::tags`].
    pub tags: Vec<Option<Arc<str>>>,
    /// Number of the period; see [`Granularity`].
    pub period: i32,
    /// Factor, as `set version/id`.
    pub factor: Option<Arc<str>>,
    /// Gas or other measure.
    pub measure: Measure,
}

impl CellKey {
    /// Returns the key of a measure with nothing else kept apart.
    pub fn of(scope: Scope, measure: Measure) -> Self {
        Self {
            scope,
            activity: None,
            vertical: None,
            source: None,
            site: None,
            region: None,
            tags: Vec::new(),
            period: 0,
            factor: None,
            measure,
        }
    }
}

/// The sums of a cell.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sums {
    /// Mass in kg (or kWh, or L); none where a publisher gives CO2e only.
    pub mass: Option<Amount>,
    /// CO2e in kg.
    pub co2e: Amount,
    /// Rows that were added.
    pub rows: u64,
}

impl Sums {
    /// Adds other sums; a mass that is unknown in one part is unknown in the whole.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn add(&mut self, other: &Self) -> Result<(), AmountError> {
        self.mass = match (self.rows, self.mass, other.mass) {
            (0, _, mass) => mass,
            (_, Some(a), Some(b)) => Some(a.checked_add(b)?),
            _ => None,
        };
        self.co2e = self.co2e.checked_add(other.co2e)?;
        self.rows += other.rows;
        Ok(())
    }
}

/// Cells in the order of their keys, no two of one key.
pub type Cells = Vec<(CellKey, Sums)>;
