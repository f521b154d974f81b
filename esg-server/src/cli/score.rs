//! `esg score`: from a document or from flags.

use std::path::PathBuf;

use esg_core::face::score_term;
use esg_core::ratio::Ratio;
use esg_core::score::{
    DataCentre, Flag, Fleet, Manufacturing, Score, ScoreInputs, Software, State, Term, TermName, score,
};
use serde_json::json;

use super::engine::{ScoreArgs, ratio};
use super::failure::{Exit, Failure, Outcome};
use super::{input, output};

/// The sustainability score of given inputs.
///
/// S = w1/(PUE - 1) + w2/(g CO2e per mile) + w3 units/(kg CO2e of electricity) + w4 requests/(mg CO2e). A part that is not
/// given is missing, and S has no value, unless --not-applicable says that the organisation does not do it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg score --pue 1.15 --emissions-g 400 --distance-mi 1 --units 1000 --energy-kwh 500 --grid-factor 0.4 --requests 1e6 --emissions-kg 0.5\n  esg score inputs.json --weights 0.4,0.3,0.2,0.1\n  echo '{\"fleet\":{\"emissions_g\":400,\"distance_mi\":1}}' | esg score - --not-applicable data_centre,manufacturing,software"
)]
pub struct Args {
    /// Inputs as JSON; - for stdin
    file: Option<PathBuf>,
    /// PUE as a ratio of sums
    #[arg(long, allow_negative_numbers = true, conflicts_with_all = ["it_kwh", "facility_kwh"])]
    pue: Option<String>,
    /// IT energy, kWh
    #[arg(long, allow_negative_numbers = true, requires = "facility_kwh")]
    it_kwh: Option<String>,
    /// Facility energy, kWh
    #[arg(long, allow_negative_numbers = true, requires = "it_kwh")]
    facility_kwh: Option<String>,
    /// Emissions of the fleet, g CO2e
    #[arg(long, allow_negative_numbers = true, requires = "distance_mi")]
    emissions_g: Option<String>,
    /// Distance of the fleet, statute miles
    #[arg(long, allow_negative_numbers = true, requires = "emissions_g")]
    distance_mi: Option<String>,
    /// Units produced
    #[arg(long, allow_negative_numbers = true)]
    units: Option<String>,
    /// Location-based emissions of the factories' electricity, kg CO2e
    #[arg(long, allow_negative_numbers = true, requires = "units", conflicts_with_all = ["energy_kwh", "grid_factor"])]
    grid_kg: Option<String>,
    /// Electricity of one factory, kWh
    #[arg(long, allow_negative_numbers = true, requires = "grid_factor")]
    energy_kwh: Option<String>,
    /// Its location-based grid factor, kg CO2e per kWh
    #[arg(long, allow_negative_numbers = true, requires_all = ["energy_kwh", "units"])]
    grid_factor: Option<String>,
    /// Requests served
    #[arg(long, allow_negative_numbers = true, requires = "emissions_kg")]
    requests: Option<String>,
    /// Emissions of those requests, kg CO2e
    #[arg(long, allow_negative_numbers = true, requires = "requests")]
    emissions_kg: Option<String>,
    /// Terms that the organisation does not have: data_centre, fleet, manufacturing, software
    #[arg(long, value_delimiter = ',', value_name = "TERMS")]
    not_applicable: Vec<String>,
    #[command(flatten)]
    how: ScoreArgs,
}

pub fn run(args: &Args, json: bool) -> Outcome {
    let mut inputs = match &args.file {
        Some(path) => input::document::<ScoreInputs>(path)?,
        None => ScoreInputs {
            data_centre: Term::Missing,
            fleet: Term::Missing,
            manufacturing: Term::Missing,
            software: Term::Missing,
        },
    };
    args.put(&mut inputs)?;
    let how = args.how.settings()?;
    let result = score(&inputs, &how.weights, &how.floor)?;
    if json {
        output::print_json(&json!(result))?;
    } else {
        output::print(shown(&result).as_bytes())?;
    }
    Ok(if result.value.is_some() { Exit::Ok } else { Exit::Findings })
}

impl Args {
    /// Puts the flags over what the document says.
    fn put(&self, inputs: &mut ScoreInputs) -> Result<(), Failure> {
        let number = |flag: &str, text: &Option<String>| -> Result<Option<Ratio>, Failure> {
            text.as_ref().map(|text| ratio(flag, text)).transpose()
        };
        if let Some(pue) = number("--pue", &self.pue)? {
            inputs.data_centre = Term::Present(DataCentre::from_pue(pue));
        }
        let energy = number("--it-kwh", &self.it_kwh)?.zip(number("--facility-kwh", &self.facility_kwh)?);
        if let Some((it_energy_kwh, facility_energy_kwh)) = energy {
            inputs.data_centre = Term::Present(DataCentre { it_energy_kwh, facility_energy_kwh });
        }
        let driven =
            number("--emissions-g", &self.emissions_g)?.zip(number("--distance-mi", &self.distance_mi)?);
        if let Some((emissions_g, distance_mi)) = driven {
            inputs.fleet = Term::Present(Fleet { emissions_g, distance_mi });
        }
        let grid = match number("--grid-kg", &self.grid_kg)? {
            Some(kg) => Some(kg),
            None => number("--energy-kwh", &self.energy_kwh)?
                .zip(number("--grid-factor", &self.grid_factor)?)
                .map(|(energy, factor)| &energy * &factor),
        };
        match (number("--units", &self.units)?, grid) {
            (Some(production_units), Some(grid_emissions_kg)) => {
                inputs.manufacturing = Term::Present(Manufacturing { production_units, grid_emissions_kg });
            }
            (Some(_), None) => {
                return Err(Failure::usage("cli.usage", "--units needs the emissions of its electricity")
                    .hint("give --grid-kg, or --energy-kwh and --grid-factor"));
            }
            (None, _) => {}
        }
        let served = number("--requests", &self.requests)?.zip(number("--emissions-kg", &self.emissions_kg)?);
        if let Some((requests, emissions_kg)) = served {
            inputs.software = Term::Present(Software { requests, emissions_kg });
        }
        for name in &self.not_applicable {
            match score_term("--not-applicable", name.trim())? {
                TermName::DataCentre => inputs.data_centre = Term::NotApplicable,
                TermName::Fleet => inputs.fleet = Term::NotApplicable,
                TermName::Manufacturing => inputs.manufacturing = Term::NotApplicable,
                TermName::Software => inputs.software = Term::NotApplicable,
            }
        }
        Ok(())
    }
}

/// A fraction to eight digits.
fn short(value: &Ratio) -> String {
    value.to_decimal(8).map_or_else(|_| value.to_string(), |decimal| decimal.to_string())
}

fn shown(result: &Score) -> String {
    let mut text = match &result.value {
        Some(value) => format!("{}  {}  (exactly {value})\n", output::bold("score"), short(value)),
        None => {
            format!("{}  none: {} of the weight has data\n", output::bold("score"), short(&result.coverage))
        }
    };
    let header = ["term", "value", "unit", "weight", "effective", "state"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(result.terms.iter().map(|t| {
        let state = match t.state {
            State::Present => "present",
            State::Missing => "missing",
            State::NotApplicable => "not applicable",
        };
        let value = t.value.as_ref().map_or_else(|| "-".to_owned(), short);
        let (weight, effective) = (short(&t.weight), short(&t.effective_weight));
        vec![t.name.to_string(), value, t.name.unit().to_owned(), weight, effective, state.to_owned()]
    }));
    text.push_str(&output::table(&rows, &[1, 3, 4]));
    for flag in &result.flags {
        let said = match flag {
            Flag::PueFloored { measured, used } => {
                format!("the PUE of {} was raised to {}", short(measured), short(used))
            }
            _ => format!("{flag:?}"),
        };
        text.push_str(&format!("flag: {said}\n"));
    }
    text
}
