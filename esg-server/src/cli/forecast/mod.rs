//! `esg forecast`: what comes if nothing changes, with ranges, as a picture and a table.

mod chart;
mod table;

use std::path::PathBuf;

use esg_core::face::{FORECAST_HORIZON, FORECAST_MODEL, ForecastQuestion, ForecastTarget, Forecasted};
use esg_core::simulate::forecast::trend::{Goal, Reach};
use esg_core::simulate::forecast::{Accuracy, Backtest, ForecastError, Series, Slot};
use serde_json::{Value, json};

use super::failure::{Exit, Failure, Outcome};
use super::{input, output};
use chart::short;
use table::Table;

/// Most lines of the table of a forecast.
const MOST_LINES: usize = 36;

/// Forecast a series of months, quarters, days or years, with intervals
///
/// The file has a column of periods (the one called period, else the first) and one or more columns of values. An empty
/// cell is a missing value and not 0. The model is chosen by AICc among those of exponential smoothing, unless it is named.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg forecast energy.csv --horizon 12\n  esg forecast plant.csv --value energy_kwh --per units --model trend --horizon 8\n  esg forecast pue.csv --at-most 1.2 --floor 1\n  esg forecast monthly.json --model MAM --level 0.5,0.9 --json\n\nModels: auto, naive, snaive, naive2, ses, holt, damped, hw-additive, hw-multiplicative, trend, or an ETS name: error A or M,\ntrend N, A, Ad, M or Md, season N, A or M, such as AAdN."
)]
pub struct Args {
    /// CSV with a header, or JSON: an array of objects with a period; - for stdin
    file: PathBuf,
    /// Column of the periods
    #[arg(long)]
    period: Option<String>,
    /// Column of values; may be repeated. Without it all columns but those of --period and --per
    #[arg(long)]
    value: Vec<String>,
    /// Column to divide by, period by period: units, IT energy
    #[arg(long)]
    per: Option<String>,
    /// Periods ahead
    #[arg(long, default_value_t = FORECAST_HORIZON)]
    horizon: usize,
    /// Periods in a season, 1 for none. Without it 24 hours, 7 days, 12 months, 4 quarters; none for weeks and years
    #[arg(long)]
    season: Option<usize>,
    /// Model
    #[arg(long, default_value = FORECAST_MODEL)]
    model: String,
    /// Probabilities of the intervals
    #[arg(long, value_delimiter = ',', default_value = "0.8,0.95", allow_negative_numbers = true)]
    level: Vec<f64>,
    /// Fill missing periods on a straight line; the answer says which
    #[arg(long)]
    interpolate: bool,
    /// Also hold out this many of the last periods, and judge the model by them
    #[arg(long, value_name = "PERIODS")]
    holdout: Option<usize>,
    /// What no effort removes, for a trend: 1 for a PUE
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    floor: f64,
    /// When will the trend be at or below this?
    #[arg(long, value_name = "TARGET", allow_negative_numbers = true, conflicts_with = "at_least")]
    at_most: Option<f64>,
    /// When will the trend be at or above this?
    #[arg(long, value_name = "TARGET", allow_negative_numbers = true)]
    at_least: Option<f64>,
}

/// Name and values of a column; none for an empty cell.
type Column = (String, Vec<Option<f64>>);

pub fn run(args: &Args, json: bool) -> Outcome {
    let table = Table::read(&input::bytes(&args.file)?, args.period.as_deref())
        .map_err(|failure| failure.at(args.file.display()))?;
    let question = args.question();
    let mut answers = Vec::new();
    for (name, points) in args.columns(&table)? {
        let answer = args.answer(&question, &name, &points, &table);
        answers.push(answer.map_err(|failure| failure.at(&name))?);
    }
    if json {
        let forecasts: Vec<Value> = answers.iter().map(Forecasted::document).collect();
        output::print_json(&json!({"forecasts": forecasts}))?;
    } else {
        let shown: Vec<String> = answers.iter().map(shown).collect();
        output::print(shown.join("\n").as_bytes())?;
    }
    Ok(Exit::Ok)
}

impl Args {
    /// The columns that were asked for.
    fn columns(&self, table: &Table) -> Result<Vec<Column>, Failure> {
        let names: Vec<String> = if self.value.is_empty() {
            table.names().filter(|name| Some(*name) != self.per.as_deref()).map(str::to_owned).collect()
        } else {
            self.value.clone()
        };
        if names.is_empty() {
            return Err(Failure::usage("cli.document", "the file has no column of values"));
        }
        names.into_iter().map(|name| Ok((name.clone(), table.column(&name)?))).collect()
    }

    fn question(&self) -> ForecastQuestion {
        ForecastQuestion {
            horizon: self.horizon,
            season: self.season,
            model: self.model.clone(),
            levels: self.level.clone(),
            interpolate: self.interpolate,
            holdout: self.holdout,
            floor: self.floor,
            at_most: self.at_most,
            at_least: self.at_least,
            ..ForecastQuestion::default()
        }
    }

    fn answer(
        &self,
        question: &ForecastQuestion,
        name: &str,
        points: &[Option<f64>],
        table: &Table,
    ) -> Result<Forecasted, Failure> {
        let gaps = question.gaps();
        let dated = |values: &[Option<f64>]| -> Result<Series, ForecastError> {
            Series::from_points(table.slots().iter().copied().zip(values.iter().copied()), gaps)
        };
        let mut series = dated(points)?;
        let mut name = name.to_owned();
        if let Some(per) = &self.per {
            series = Series::ratio(&series, &dated(&table.column(per)?)?)?;
            name = format!("{name} / {per}");
        }
        Ok(question.of(name, series)?)
    }
}

/// When a target is reached.
fn arrival(of: &ForecastTarget) -> String {
    let (goal, target) = match of.goal {
        Goal::AtMost(target) => ("at most", target),
        Goal::AtLeast(target) => ("at least", target),
    };
    let floor = match of.line.floor {
        0.0 => String::new(),
        floor => format!(" of what is above {}", short(floor)),
    };
    let trend = format!("the trend is {:+.1} % a year{floor}", 100.0 * of.line.change_per_year());
    let when = match &of.reach {
        Reach::Already => "is reached".to_owned(),
        Reach::Never => "is not in reach: the trend does not move towards it".to_owned(),
        Reach::At { years, period, earliest_years, latest_years, .. } => {
            let period = period.map_or_else(|| "far ahead".to_owned(), |slot: Slot| slot.to_string());
            let range = match (earliest_years, latest_years) {
                (Some(early), Some(late)) => format!("{early:.1} to {late:.1} years"),
                _ => "no range, because there may be no trend at all".to_owned(),
            };
            let percent = short(100.0 * of.level.get());
            format!("{period}, in {years:.1} years ({percent} %: {range})")
        }
    };
    format!("target {goal} {}: {when}; {trend}\n", short(target))
}

/// How the model would have done.
fn judged(backtest: &Backtest) -> String {
    let error = |a: Option<Accuracy>| a.map_or_else(|| "none".to_owned(), |a| short(a.mae));
    let inside: Vec<String> = backtest
        .coverage
        .iter()
        .map(|c| format!("{} within {} %", c.inside, short(100.0 * c.level.get())))
        .collect();
    format!(
        "held out: the last {}, by {}: mean absolute error {}, of the season repeated {}; {}\n",
        backtest.held_out,
        backtest.model,
        error(backtest.accuracy),
        error(backtest.naive),
        inside.join(", ")
    )
}

fn shown(of: &Forecasted) -> String {
    let last = of.series.slot(of.series.values().len() - 1);
    let count = of.series.values().len();
    let mut text = format!(
        "{}  {} to {last}, {count} values, season of {}\n",
        output::bold(&of.name),
        of.series.first(),
        of.forecast.season
    );
    text.push_str(&format!("model {}{}\n\n", of.forecast.model, chosen(of)));
    text.push_str(&chart::fan(&of.series, &of.forecast));
    text.push('\n');
    text.push_str(&rows(of));
    for caveat in &of.forecast.caveats {
        text.push_str(&format!("caveat: {caveat}\n"));
    }
    if let Some(backtest) = &of.backtest {
        text.push_str(&judged(backtest));
    }
    if let Some(target) = &of.target {
        text.push_str(&arrival(target));
    }
    text
}

/// How the model was chosen, and how it would have done in the past.
fn chosen(of: &Forecasted) -> String {
    let mut said = of.forecast.floor.map_or_else(String::new, |floor| format!(" above {}", short(floor)));
    let mut tried: Vec<(f64, String)> = of
        .forecast
        .candidates
        .iter()
        .filter_map(|c| Some((*c.outcome.as_ref().ok()?, c.model.name())))
        .collect();
    tried.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let [(best, _), (next, name), ..] = tried.as_slice() {
        said =
            format!(", AICc {best:.1}, the least of {}; next {name} with {:+.1}", tried.len(), next - best);
    }
    if let Some(mase) = of.forecast.accuracy.and_then(|a| a.mase) {
        said.push_str(&format!("; errors {mase:.2} of the naive forecast's (MASE)"));
    }
    said
}

fn rows(of: &Forecasted) -> String {
    let points = &of.forecast.points;
    let mut header = vec!["period".to_owned(), "forecast".to_owned()];
    for interval in points.first().map(|p| p.intervals.as_slice()).unwrap_or_default() {
        let percent = short(100.0 * interval.level.get());
        header.extend([format!("{percent} % from"), "to".to_owned()]);
    }
    let right: Vec<usize> = (1..header.len()).collect();
    let mut rows = vec![header];
    for point in points.iter().take(MOST_LINES) {
        let mut row = vec![point.period.to_string(), short(point.value)];
        row.extend(point.intervals.iter().flat_map(|i| [short(i.lower), short(i.upper)]));
        rows.push(row);
    }
    let mut text = output::table(&rows, &right);
    if points.len() > MOST_LINES {
        text.push_str(&format!("  and {} more with --json\n", points.len() - MOST_LINES));
    }
    text
}
