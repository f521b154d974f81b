//! `esg score`: from a document or from flags.

use std::path::PathBuf;

use esg_core::face::{ScoreQuestion, Text, read};
use esg_core::ratio::Ratio;
use esg_core::score::{Flag, Score, State};
use serde_json::json;

use super::engine::ScoreArgs;
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
    let mut question: ScoreQuestion = match &args.file {
        Some(path) => read(&input::bytes(path)?).map_err(|error| Failure::from(error).at(path.display()))?,
        None => ScoreQuestion::default(),
    };
    args.put(&mut question);
    let result = question.ask()?;
    if json {
        output::print_json(&json!(result))?;
    } else {
        output::print(shown(&result).as_bytes())?;
    }
    Ok(if result.value.is_some() { Exit::Ok } else { Exit::Findings })
}

impl Args {
    /// Puts the flags over what the document says.
    fn put(&self, question: &mut ScoreQuestion) {
        let flags = [
            (&self.pue, &mut question.pue),
            (&self.it_kwh, &mut question.it_kwh),
            (&self.facility_kwh, &mut question.facility_kwh),
            (&self.emissions_g, &mut question.emissions_g),
            (&self.distance_mi, &mut question.distance_mi),
            (&self.units, &mut question.units),
            (&self.grid_kg, &mut question.grid_kg),
            (&self.energy_kwh, &mut question.energy_kwh),
            (&self.grid_factor, &mut question.grid_factor),
            (&self.requests, &mut question.requests),
            (&self.emissions_kg, &mut question.emissions_kg),
        ];
        for (flag, slot) in flags {
            if let Some(text) = flag {
                *slot = Some(Text(text.clone()));
            }
        }
        question.not_applicable.extend_from_slice(&self.not_applicable);
        self.how.put(&mut question.weights, &mut question.pue_floor);
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
