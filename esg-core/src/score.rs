//! The sustainability score: four efficiencies in one number, and every step of it shown.
//!
//! `S = w1 / (PUE - 1) + w2 / carbon per mile + w3 production / (energy x grid factor) + w4 requests / (carbon x 10^6)`
//!
//! The four terms have different units, so S is comparable only with itself over time; [`indexed`] is the form without
//! units. A term that does not apply to the organisation gives its weight to the others. A term that applies but has no
//! data leaves S without a value, because a score that rises when a meter is lost is worse than none.
//!
//! Inputs are sums over the period, so a term is a ratio of sums: two sites of equal IT energy with PUE 1.1 and 1.5
//! have the term 1 / (1.3 - 1) = 10/3, not the mean of 10 and 2.

use std::fmt;

use crate::error::Kind;
use crate::ratio::Ratio;

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

    const fn index(self) -> usize {
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
    /// A PUE below `1 + epsilon` counts as `1 + epsilon`, and the score carries [`Flag::PueFloored`].
    AtLeast {
        /// Distance from 1, above zero.
        epsilon: Ratio,
    },
}

/// Something a reader of the score must know.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Flag {
    /// The PUE was raised to the floor that the caller asked for.
    PueFloored {
        /// Measured PUE.
        measured: Ratio,
        /// PUE that was used.
        used: Ratio,
    },
}

/// How a term stands in the result.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// It has a value.
    Present,
    /// It applies, but there is no data.
    Missing,
    /// It does not apply; its weight was shared out.
    NotApplicable,
}

/// One term of the result.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScoreTerm {
    /// Which one.
    pub name: TermName,
    /// Present, missing or not applicable.
    pub state: State,
    /// Value before weighting, in the term's own unit.
    pub value: Option<Ratio>,
    /// Weight as given, scaled so that the four add up to 1.
    pub weight: Ratio,
    /// Weight after those of the terms that do not apply were shared out; the applicable ones add up to 1.
    pub effective_weight: Ratio,
}

/// A score with everything it was made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Score {
    /// The score; none when a term that applies and has weight is missing.
    pub value: Option<Ratio>,
    /// The four terms, in the order of [`TermName::ALL`].
    pub terms: [ScoreTerm; 4],
    /// Effective weight of the terms that are present: 1 when the score is complete.
    pub coverage: Ratio,
    /// What a reader must know.
    pub flags: Vec<Flag>,
}

/// Why a score was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// A term divides by zero.
    #[error(
        "the {term} term divides by {what}, which is zero; send the data, or mark the term as not applicable"
    )]
    ZeroDenominator {
        /// Term.
        term: TermName,
        /// Quantity that is zero.
        what: &'static str,
    },
    /// Facility energy does not exceed IT energy.
    #[error(
        "a PUE of {pue} is not above 1 (facility {facility_kwh} kWh, IT {it_kwh} kWh): check the meters, or ask for a floor"
    )]
    Pue {
        /// Measured PUE.
        pue: String,
        /// Facility energy, in kWh.
        facility_kwh: String,
        /// IT energy, in kWh.
        it_kwh: String,
    },
    /// The floor would not keep the PUE above 1.
    #[error("a PUE floor of 1 + {epsilon} is not above 1")]
    Floor {
        /// What was asked for.
        epsilon: String,
    },
    /// A quantity that cannot be below zero is.
    #[error("{what} of the {term} term is {value}; it cannot be below zero")]
    Negative {
        /// Term.
        term: TermName,
        /// Quantity.
        what: &'static str,
        /// Its value.
        value: String,
    },
    /// A weight below zero.
    #[error("the weight of the {term} term is {weight}; it cannot be below zero")]
    NegativeWeight {
        /// Term.
        term: TermName,
        /// Its weight.
        weight: String,
    },
    /// The weights that remain add up to zero.
    #[error("the weights of the terms that apply add up to zero; at least one must be above zero")]
    ZeroWeights,
    /// A term applies in one of two periods only.
    #[error("the {term} term applies in one of the two periods only; an index needs it in both")]
    BaseMismatch {
        /// Term.
        term: TermName,
    },
}

impl ScoreError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ZeroDenominator { .. } => "score.zero_denominator",
            Self::Pue { .. } => "score.pue",
            Self::Floor { .. } => "score.floor",
            Self::Negative { .. } => "score.negative",
            Self::NegativeWeight { .. } | Self::ZeroWeights => "score.weights",
            Self::BaseMismatch { .. } => "score.base_mismatch",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::ZeroDenominator { .. }
            | Self::Pue { .. }
            | Self::Floor { .. }
            | Self::Negative { .. }
            | Self::NegativeWeight { .. }
            | Self::ZeroWeights => Kind::Invalid,
            Self::BaseMismatch { .. } => Kind::Conflict,
        }
    }
}

/// Returns the score of `inputs`.
///
/// Higher is better. Each term is the reciprocal of its KPI, in the units of [`TermName`]; the result is an exact
/// fraction.
///
/// # Errors
/// `Pue`, `Floor`, `ZeroDenominator`, `Negative`, and `ZeroWeights` when no term that applies has weight. A term is
/// checked even if its weight is zero.
///
/// # Examples
/// ```
/// # use esg_core::score::{DataCentre, PueFloor, ScoreInputs, Term, Weights, score};
/// let inputs = ScoreInputs {
///     data_centre: Term::Present(DataCentre { it_energy_kwh: 1000.into(), facility_energy_kwh: 1150.into() }),
///     fleet: Term::NotApplicable,
///     manufacturing: Term::NotApplicable,
///     software: Term::NotApplicable,
/// };
/// let score = score(&inputs, &Weights::equal(), &PueFloor::Refuse)?;
/// assert_eq!(score.value.unwrap().to_string(), "20/3"); // 1 / 0.15
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn score(inputs: &ScoreInputs, weights: &Weights, floor: &PueFloor) -> Result<Score, ScoreError> {
    let (terms, flags) = terms(inputs, floor)?;
    combine(terms, weights, flags)
}

/// Returns the score of `current` as an index against a `base` period: without unit, 1 when nothing changed.
///
/// Each term's index is its value now over its value then, which is the KPI then over the KPI now (the KPI of data
/// centres being the overhead, PUE - 1). The index is their weighted mean: 1.25 means that efficiency rose by a quarter
/// on average. Weights, missing terms and terms that do not apply are treated as in [`score`].
///
/// # Errors
/// Those of [`score`] for either period; `ZeroDenominator` when a term was zero in the base period; `BaseMismatch` when
/// a term applies in one period only.
pub fn indexed(
    current: &ScoreInputs,
    base: &ScoreInputs,
    weights: &Weights,
    floor: &PueFloor,
) -> Result<Score, ScoreError> {
    let (now, mut flags) = terms(current, floor)?;
    let (then, more) = terms(base, floor)?;
    flags.extend(more);
    let mut indices = [const { Term::NotApplicable }; 4];
    for (name, (now, then)) in TermName::ALL.into_iter().zip(now.into_iter().zip(then)) {
        indices[name.index()] = match (now, then) {
            (Term::Present(now), Term::Present(then)) => {
                let what = "its own value in the base period";
                Term::Present(now.checked_div(&then).ok_or(ScoreError::ZeroDenominator { term: name, what })?)
            }
            (Term::NotApplicable, Term::NotApplicable) => Term::NotApplicable,
            (Term::NotApplicable, _) | (_, Term::NotApplicable) => {
                return Err(ScoreError::BaseMismatch { term: name });
            }
            (Term::Missing, _) | (_, Term::Missing) => Term::Missing,
        };
    }
    combine(indices, weights, flags)
}

type Terms = [Term<Ratio>; 4];

/// Values of the four terms, in the order of [`TermName::ALL`].
fn terms(inputs: &ScoreInputs, floor: &PueFloor) -> Result<(Terms, Vec<Flag>), ScoreError> {
    let mut flags = Vec::new();
    let values = [
        value(&inputs.data_centre, |d| data_centre(d, floor, &mut flags))?,
        value(&inputs.fleet, fleet)?,
        value(&inputs.manufacturing, manufacturing)?,
        value(&inputs.software, software)?,
    ];
    Ok((values, flags))
}

fn value<T>(
    term: &Term<T>,
    calculate: impl FnOnce(&T) -> Result<Ratio, ScoreError>,
) -> Result<Term<Ratio>, ScoreError> {
    Ok(match term {
        Term::Present(inputs) => Term::Present(calculate(inputs)?),
        Term::Missing => Term::Missing,
        Term::NotApplicable => Term::NotApplicable,
    })
}

fn data_centre(inputs: &DataCentre, floor: &PueFloor, flags: &mut Vec<Flag>) -> Result<Ratio, ScoreError> {
    let term = TermName::DataCentre;
    let (it, facility) = (&inputs.it_energy_kwh, &inputs.facility_energy_kwh);
    not_negative(term, "IT energy", it)?;
    not_negative(term, "facility energy", facility)?;
    let pue = divide(term, "IT energy", facility, it)?;
    let mut overhead = &pue - &Ratio::one();
    match floor {
        PueFloor::Refuse => {}
        PueFloor::AtLeast { epsilon } if *epsilon <= Ratio::zero() => {
            return Err(ScoreError::Floor { epsilon: epsilon.to_string() });
        }
        PueFloor::AtLeast { epsilon } => {
            if overhead < *epsilon {
                flags.push(Flag::PueFloored { measured: pue.clone(), used: &Ratio::one() + epsilon });
                overhead = epsilon.clone();
            }
        }
    }
    overhead.recip().filter(|term| !term.is_negative()).ok_or_else(|| ScoreError::Pue {
        pue: pue.to_string(),
        facility_kwh: facility.to_string(),
        it_kwh: it.to_string(),
    })
}

fn fleet(inputs: &Fleet) -> Result<Ratio, ScoreError> {
    let term = TermName::Fleet;
    not_negative(term, "emissions", &inputs.emissions_g)?;
    not_negative(term, "distance", &inputs.distance_mi)?;
    let grams_per_mile = divide(term, "distance", &inputs.emissions_g, &inputs.distance_mi)?;
    divide(term, "carbon per mile", &Ratio::one(), &grams_per_mile)
}

fn manufacturing(inputs: &Manufacturing) -> Result<Ratio, ScoreError> {
    let term = TermName::Manufacturing;
    not_negative(term, "production", &inputs.production_units)?;
    not_negative(term, "energy x grid factor", &inputs.grid_emissions_kg)?;
    divide(term, "energy x grid factor", &inputs.production_units, &inputs.grid_emissions_kg)
}

fn software(inputs: &Software) -> Result<Ratio, ScoreError> {
    let term = TermName::Software;
    not_negative(term, "requests", &inputs.requests)?;
    not_negative(term, "emissions", &inputs.emissions_kg)?;
    let milligrams = &inputs.emissions_kg * &Ratio::from(1_000_000);
    divide(term, "carbon of the requests", &inputs.requests, &milligrams)
}

fn not_negative(term: TermName, what: &'static str, value: &Ratio) -> Result<(), ScoreError> {
    if value.is_negative() {
        return Err(ScoreError::Negative { term, what, value: value.to_string() });
    }
    Ok(())
}

fn divide(term: TermName, what: &'static str, num: &Ratio, den: &Ratio) -> Result<Ratio, ScoreError> {
    num.checked_div(den).ok_or(ScoreError::ZeroDenominator { term, what })
}

/// Weighs the terms.
fn combine(values: Terms, weights: &Weights, flags: Vec<Flag>) -> Result<Score, ScoreError> {
    let weights = weights.as_array();
    let applies = |i: usize| !matches!(values[i], Term::NotApplicable);
    let applicable: Ratio = (0..4).filter(|&i| applies(i)).map(|i| weights[i].clone()).sum();
    let share = applicable.recip().ok_or(ScoreError::ZeroWeights)?;
    let effective = |i: usize| if applies(i) { &weights[i] * &share } else { Ratio::zero() };

    let (mut sum, mut coverage, mut complete) = (Ratio::zero(), Ratio::zero(), true);
    for (i, value) in values.iter().enumerate() {
        match value {
            Term::Present(value) => {
                sum = &sum + &(value * &effective(i));
                coverage = &coverage + &effective(i);
            }
            Term::Missing => complete &= effective(i).is_zero(),
            Term::NotApplicable => {}
        }
    }
    let terms = TermName::ALL.map(|name| {
        let (state, value) = match &values[name.index()] {
            Term::Present(value) => (State::Present, Some(value.clone())),
            Term::Missing => (State::Missing, None),
            Term::NotApplicable => (State::NotApplicable, None),
        };
        let weight = weights[name.index()].clone();
        ScoreTerm { name, state, value, weight, effective_weight: effective(name.index()) }
    });
    Ok(Score { value: complete.then_some(sum), terms, coverage, flags })
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
