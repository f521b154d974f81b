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

mod document;
mod error;
mod input;

pub use error::ScoreError;
pub use input::{DataCentre, Fleet, Manufacturing, PueFloor, ScoreInputs, Software, Term, TermName, Weights};

use crate::ratio::Ratio;

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
mod tests;
