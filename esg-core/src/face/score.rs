//! The score as a caller words it: from sums or from figures, by keyword.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::document::{Document, Text};
use super::error::FaceError;
use super::options::{ratio, score_settings, score_term};
use crate::error::Error;
use crate::ratio::Ratio;
use crate::score::{DataCentre, Fleet, Manufacturing, Score, ScoreInputs, Software, Term, TermName, score};

/// What the score is made from. A part that is not given is missing, and then the score has no value.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct ScoreQuestion {
    /// Data centres as a document: `{it_energy_kwh, facility_energy_kwh}`.
    pub data_centre: Option<Value>,
    /// Fleet as a document: `{emissions_g, distance_mi}`.
    pub fleet: Option<Value>,
    /// Manufacturing as a document: `{production_units, grid_emissions_kg}`.
    pub manufacturing: Option<Value>,
    /// Software as a document: `{requests, emissions_kg}`.
    pub software: Option<Value>,
    /// PUE as a ratio of sums.
    pub pue: Option<Text>,
    /// IT energy, kWh; together with `facility_kwh`.
    pub it_kwh: Option<Text>,
    /// Facility energy, kWh.
    pub facility_kwh: Option<Text>,
    /// Emissions of the fleet, g CO2e; together with `distance_mi`.
    pub emissions_g: Option<Text>,
    /// Distance of the fleet, statute miles.
    pub distance_mi: Option<Text>,
    /// Units produced; together with `grid_kg`, or with `energy_kwh` and `grid_factor`.
    pub units: Option<Text>,
    /// Location-based emissions of the factories' electricity, kg CO2e.
    pub grid_kg: Option<Text>,
    /// Electricity of one factory, kWh.
    pub energy_kwh: Option<Text>,
    /// Its location-based grid factor, kg CO2e per kWh.
    pub grid_factor: Option<Text>,
    /// Requests served; together with `emissions_kg`.
    pub requests: Option<Text>,
    /// Emissions of those requests, kg CO2e.
    pub emissions_kg: Option<Text>,
    /// Terms that the organisation does not have. None unless given.
    pub not_applicable: Vec<String>,
    /// Weights: data centre, fleet, manufacturing, software. Equal unless given.
    pub weights: Option<Vec<Text>>,
    /// Count a PUE below 1 + this as that. Unless given, a PUE of 1 or less is refused.
    pub pue_floor: Option<Text>,
}

impl Document for ScoreQuestion {
    const WHAT: &'static str = "inputs of the score";
    const FIELDS: &'static [&'static str] = &[
        "data_centre",
        "fleet",
        "manufacturing",
        "software",
        "pue",
        "it_kwh",
        "facility_kwh",
        "emissions_g",
        "distance_mi",
        "units",
        "grid_kg",
        "energy_kwh",
        "grid_factor",
        "requests",
        "emissions_kg",
        "not_applicable",
        "weights",
        "pue_floor",
    ];
}

/// A number of an option, where it is given.
fn number(option: &str, text: Option<&Text>) -> Result<Option<Ratio>, FaceError> {
    text.map(|text| ratio(option, text)).transpose()
}

/// Two numbers that are given together or not at all.
fn pair(a: (&str, Option<&Text>), b: (&str, Option<&Text>)) -> Result<Option<(Ratio, Ratio)>, FaceError> {
    match (number(a.0, a.1)?, number(b.0, b.1)?) {
        (Some(x), Some(y)) => Ok(Some((x, y))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(FaceError::value(b.0, "not given", format!("given with {}", a.0))),
        (None, Some(_)) => Err(FaceError::value(a.0, "not given", format!("given with {}", b.0))),
    }
}

impl ScoreQuestion {
    /// Returns the score.
    ///
    /// # Errors
    /// `option.value` naming what is wrong or lacks its other half, and the `score.*` codes.
    pub fn ask(&self) -> Result<Score, Error> {
        let how = score_settings(self.weights.as_deref(), self.pue_floor.as_ref())?;
        Ok(score(&self.inputs()?, &how.weights, &how.floor)?)
    }

    /// Returns what the score is made from: the documents, and the figures over them.
    ///
    /// # Errors
    /// As [`ScoreQuestion::ask`].
    pub fn inputs(&self) -> Result<ScoreInputs, FaceError> {
        let mut inputs = self.documents()?;
        if let Some(pue) = number("pue", self.pue.as_ref())? {
            if self.it_kwh.is_some() || self.facility_kwh.is_some() {
                return Err(FaceError::value("pue", pue, "given alone, without it_kwh and facility_kwh"));
            }
            inputs.data_centre = Term::Present(DataCentre::from_pue(pue));
        }
        let energy = pair(("it_kwh", self.it_kwh.as_ref()), ("facility_kwh", self.facility_kwh.as_ref()))?;
        if let Some((it_energy_kwh, facility_energy_kwh)) = energy {
            inputs.data_centre = Term::Present(DataCentre { it_energy_kwh, facility_energy_kwh });
        }
        let driven =
            pair(("emissions_g", self.emissions_g.as_ref()), ("distance_mi", self.distance_mi.as_ref()))?;
        if let Some((emissions_g, distance_mi)) = driven {
            inputs.fleet = Term::Present(Fleet { emissions_g, distance_mi });
        }
        if let Some((production_units, grid_emissions_kg)) = self.made()? {
            inputs.manufacturing = Term::Present(Manufacturing { production_units, grid_emissions_kg });
        }
        let served =
            pair(("requests", self.requests.as_ref()), ("emissions_kg", self.emissions_kg.as_ref()))?;
        if let Some((requests, emissions_kg)) = served {
            inputs.software = Term::Present(Software { requests, emissions_kg });
        }
        for name in &self.not_applicable {
            match score_term("not_applicable", name.trim())? {
                TermName::DataCentre => inputs.data_centre = Term::NotApplicable,
                TermName::Fleet => inputs.fleet = Term::NotApplicable,
                TermName::Manufacturing => inputs.manufacturing = Term::NotApplicable,
                TermName::Software => inputs.software = Term::NotApplicable,
            }
        }
        Ok(inputs)
    }

    fn documents(&self) -> Result<ScoreInputs, FaceError> {
        let parts = [
            ("data_centre", &self.data_centre),
            ("fleet", &self.fleet),
            ("manufacturing", &self.manufacturing),
            ("software", &self.software),
        ];
        let mut all = Map::new();
        for (name, part) in parts {
            let Some(part) = part else { continue };
            let alone = Map::from_iter([(name.to_owned(), part.clone())]);
            serde_json::from_value::<ScoreInputs>(Value::Object(alone))
                .map_err(|error| FaceError::value(name, part, format!("valid ({error})")))?;
            all.insert(name.to_owned(), part.clone());
        }
        Ok(serde_json::from_value(Value::Object(all)).expect("each part was read by itself"))
    }

    /// Units and the emissions of the electricity that made them.
    fn made(&self) -> Result<Option<(Ratio, Ratio)>, FaceError> {
        let factor = ("grid_factor", self.grid_factor.as_ref());
        let drawn = pair(("energy_kwh", self.energy_kwh.as_ref()), factor)?;
        let grid = match (number("grid_kg", self.grid_kg.as_ref())?, drawn) {
            (Some(kg), None) => Some(kg),
            (None, Some((energy, factor))) => Some(&energy * &factor),
            (None, None) => None,
            (Some(kg), Some(_)) => {
                return Err(FaceError::value(
                    "grid_kg",
                    kg,
                    "given alone, without energy_kwh and grid_factor",
                ));
            }
        };
        match (number("units", self.units.as_ref())?, grid) {
            (Some(units), Some(grid)) => Ok(Some((units, grid))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(FaceError::value(
                "grid_kg",
                "not given",
                "given with units, or energy_kwh and grid_factor",
            )),
            (None, Some(_)) => {
                Err(FaceError::value("units", "not given", "given with the electricity of them"))
            }
        }
    }
}
