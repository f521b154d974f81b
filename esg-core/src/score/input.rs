//! What a score is made from: sums over the period, weights, and the one choice about the PUE.

use std::fmt;

use crate::ratio::Ratio;
use crate::score::ScoreError;

/// One of the four parts of the score.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum TermName {
    /// `1 / (PUE - 1)`, without unit.
    DataCentre,
    /// `1 / carbon per mile`, in statute miles per gram CO2e.
    Fleet,
    /// `production / (energy x grid factor)`, in units per kg CO2e.
    Manufacturing,
    /// `requests / (carbon x 10^6)`, in requests per mg CO2e.
    Software,
}

impl TermName {
    /// All four, in the order of the formula.
    pub const ALL: [Self; 4] = [Self::DataCentre, Self::Fleet, Self::Manufacturing, Self::Software];

    /// Returns the name as it is written in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataCentre => "data_centre",
            Self::Fleet => "fleet",
            Self::Manufacturing => "manufacturing",
            Self::Software => "software",
        }
    }

    /// Returns the unit of the term's value, as a UCUM code.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::DataCentre => "1",
            Self::Fleet => "[mi_i]/g",
            Self::Manufacturing => "{unit}/kg",
            Self::Software => "{request}/mg",
        }
    }

    pub(super) const fn index(self) -> usize {
        match self {
            Self::DataCentre => 0,
            Self::Fleet => 1,
            Self::Manufacturing => 2,
            Self::Software => 3,
        }
    }
}

impl fmt::Display for TermName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Data that is there, that should be there, or that has no meaning here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Term<T> {
    /// The data of the period.
    Present(T),
    /// It applies, but there is no data.
    Missing,
    /// The organisation does not do this.
    NotApplicable,
}

/// Energy of data centres over the period.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DataCentre {
    /// Energy of the IT equipment, in kWh.
    pub it_energy_kwh: Ratio,
    /// Energy of the whole facility, in kWh.
    pub facility_energy_kwh: Ratio,
}

impl DataCentre {
    /// Returns the inputs for a PUE that is known as a ratio of sums already.
    pub fn from_pue(pue: Ratio) -> Self {
        Self { it_energy_kwh: Ratio::one(), facility_energy_kwh: pue }
    }
}

/// Driving over the period.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fleet {
    /// Emissions of all counted vehicles, in grams CO2e.
    pub emissions_g: Ratio,
    /// Distance of the same vehicles, in statute miles.
    pub distance_mi: Ratio,
}

/// Production over the period.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Manufacturing {
    /// Units made.
    pub production_units: Ratio,
    /// Location-based emissions of the electricity used: the sum over sites of energy x grid factor, in kg CO2e.
    pub grid_emissions_kg: Ratio,
}

impl Manufacturing {
    /// Returns the inputs of one site: `energy_kwh` at a location-based `grid_factor_kg_per_kwh`.
    pub fn from_energy(production_units: Ratio, energy_kwh: &Ratio, grid_factor_kg_per_kwh: &Ratio) -> Self {
        Self { production_units, grid_emissions_kg: energy_kwh * grid_factor_kg_per_kwh }
    }
}

/// Requests over the period.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Software {
    /// Requests served.
    pub requests: Ratio,
    /// Emissions of all the counted requests together, in kg CO2e.
    pub emissions_kg: Ratio,
}

/// What the score is made from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScoreInputs {
    /// Data centres.
    pub data_centre: Term<DataCentre>,
    /// Fleet.
    pub fleet: Term<Fleet>,
    /// Manufacturing.
    pub manufacturing: Term<Manufacturing>,
    /// Software as a service.
    pub software: Term<Software>,
}

impl ScoreInputs {
    /// Returns inputs of which nothing is there yet.
    pub const fn missing() -> Self {
        Self {
            data_centre: Term::Missing,
            fleet: Term::Missing,
            manufacturing: Term::Missing,
            software: Term::Missing,
        }
    }
}

/// Weights of the four terms, scaled to a sum of 1.
///
/// # Examples
/// ```
/// # use esg_core::{ratio::Ratio, score::Weights};
/// let weights = Weights::new([4, 3, 2, 1].map(Ratio::from))?;
/// assert_eq!(weights.as_array()[0], "0.4".parse()?);
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Weights([Ratio; 4]);

impl Weights {
    /// Returns `weights` (in the order of [`TermName::ALL`]) divided by their sum.
    ///
    /// # Errors
    /// `NegativeWeight`, and `ZeroWeights` when all are zero.
    pub fn new(weights: [Ratio; 4]) -> Result<Self, ScoreError> {
        for (term, weight) in TermName::ALL.into_iter().zip(&weights) {
            if weight.is_negative() {
                return Err(ScoreError::NegativeWeight { term, weight: weight.to_string() });
            }
        }
        let sum: Ratio = weights.iter().cloned().sum();
        let share = sum.recip().ok_or(ScoreError::ZeroWeights)?;
        Ok(Self(weights.map(|w| &w * &share)))
    }

    /// Returns one quarter each.
    pub fn equal() -> Self {
        Self([1, 1, 1, 1].map(|n| Ratio::new(n, 4).expect("four is not zero")))
    }

    /// The scaled weights, in the order of [`TermName::ALL`].
    pub fn as_array(&self) -> &[Ratio; 4] {
        &self.0
    }
}

/// What to do with a PUE that would make the first term infinite or negative.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PueFloor {
    /// A PUE of 1 or less is an error: the meters cannot be right.
    Refuse,
    /// A PUE below `1 + epsilon` counts as `1 + epsilon`, and the score carries [`crate::score::Flag::PueFloored`].
    AtLeast {
        /// Distance from 1, above zero.
        epsilon: Ratio,
    },
}
