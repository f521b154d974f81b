//! The options of an engine as one document, with every default in one place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::{Document, Text, read};
use super::error::FaceError;
use crate::account::{ScoreSettings, Settings};
use crate::aggregate::{Engine, Instrument, Options};
use crate::error::Error;
use crate::factor::{Allow, HORIZON, Registry};
use crate::ghg::Granularity;
use crate::normalize::Defaults;
use crate::ratio::Ratio;
use crate::score::{PueFloor, TermName, Weights};
use crate::time::{Day, Period};

/// The GWP set that stands where none is named: that of the newest assessment report.
const GWP: &str = "AR6";
/// The tag that is kept apart where none is named: software is accounted by tenant.
const TAG: &str = "tenant";
/// Granularities by name.
const GRANULARITIES: [(&str, Granularity); 4] = [
    ("none", Granularity::None),
    ("year", Granularity::Year),
    ("month", Granularity::Month),
    ("day", Granularity::Day),
];
/// What a default may be given for.
const DEFAULTS: [&str; 10] = [
    "pue",
    "fuel",
    "generator_fuel",
    "refrigerant",
    "vehicle_class",
    "heat_source",
    "heat_basis",
    "material",
    "waste_material",
    "waste_route",
];

/// How to calculate. Every field may be left out; what stands then is said with the field.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineOptions {
    /// GWP set: `AR6` (unless given), `AR5`, `AR4`, `TAR`, `SAR`.
    pub gwp: String,
    /// Years of the GWP: 100 unless given, 20 or 500.
    pub horizon: u16,
    /// Fallbacks to accept, by the names of [`Allow::NAMES`]. None unless given.
    pub allow: Vec<String>,
    /// First day of the inventory; given together with `end`. Every day counts unless given.
    pub start: Option<Day>,
    /// Last day of the inventory.
    pub end: Option<Day>,
    /// What stands where a sender leaves it out, such as `{"fuel": "diesel", "pue": "1.2"}`. Nothing unless given.
    pub defaults: BTreeMap<String, Text>,
    /// Certificates and contracts of the market-based method. None unless given.
    pub instruments: Vec<Instrument>,
    /// What the organisation does not have: scope 3 categories 1 to 15, and terms of the score. None unless given.
    pub not_applicable: Vec<Text>,
    /// Let the grid average stand in where no residual mix is published. Off unless given.
    pub market_grid_average: bool,
    /// Derive category 3.3 (fuel chains and grid losses). On unless given.
    pub upstream: bool,
    /// Tags that are kept apart. `tenant` unless given.
    pub tags: Vec<String>,
    /// How finely time is kept: `none`, `year`, `month` (unless given), `day`.
    pub granularity: String,
    /// Keep the lines. Unless given, they are kept up to [`KEPT_ROWS`](super::KEPT_ROWS) rows.
    pub keep_lines: Option<bool>,
    /// Weights of the score: data centre, fleet, manufacturing, software. Equal unless given.
    pub weights: Option<Vec<Text>>,
    /// Count a PUE below 1 + this as that. Unless given, a PUE of 1 or less is refused.
    pub pue_floor: Option<Text>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            gwp: GWP.to_owned(),
            horizon: HORIZON,
            allow: Vec::new(),
            start: None,
            end: None,
            defaults: BTreeMap::new(),
            instruments: Vec::new(),
            not_applicable: Vec::new(),
            market_grid_average: false,
            upstream: true,
            tags: vec![TAG.to_owned()],
            granularity: "month".to_owned(),
            keep_lines: None,
            weights: None,
            pue_floor: None,
        }
    }
}

impl Document for EngineOptions {
    const WHAT: &'static str = "engine options";
    const FIELDS: &'static [&'static str] = &[
        "gwp",
        "horizon",
        "allow",
        "start",
        "end",
        "defaults",
        "instruments",
        "not_applicable",
        "market_grid_average",
        "upstream",
        "tags",
        "granularity",
        "keep_lines",
        "weights",
        "pue_floor",
    ];
}

impl EngineOptions {
    /// Returns the engine, and what is decided besides its own options.
    ///
    /// # Errors
    /// `option.value` naming the option, `gwp.unknown`, `time.period`, `ghg.instrument`, `ghg.scope`, and the `score.*`
    /// codes for weights.
    pub fn engine(&self, registry: Registry) -> Result<(Engine, Settings), Error> {
        let settings = self.settings()?;
        Ok((Engine::new(registry, self.options()?)?, settings))
    }

    /// Returns the options of the calculation.
    ///
    /// # Errors
    /// As [`EngineOptions::engine`].
    pub fn options(&self) -> Result<Options, Error> {
        let mut options = Options::with_horizon(&self.gwp, self.horizon)?;
        options.allow = allow(&self.allow)?;
        options.period = match (self.start, self.end) {
            (Some(start), Some(end)) => Some(Period::new(start, end)?),
            (None, None) => None,
            (Some(_), None) => return Err(FaceError::value("end", "not given", "given with start").into()),
            (None, Some(_)) => return Err(FaceError::value("start", "not given", "given with end").into()),
        };
        options.instruments.clone_from(&self.instruments);
        options.not_applicable = self.not_applicable.iter().filter_map(|n| n.0.trim().parse().ok()).collect();
        options.market_grid_average = self.market_grid_average;
        options.upstream = self.upstream;
        options.keep_lines = self.keep_lines.unwrap_or(false);
        options.dimensions.period = granularity(&self.granularity)?;
        options.dimensions.tags.clone_from(&self.tags);
        options.dimensions.tags.sort_unstable();
        options.dimensions.tags.dedup();
        Ok(options)
    }

    /// Returns what is decided besides the engine's options.
    ///
    /// # Errors
    /// As [`EngineOptions::engine`].
    pub fn settings(&self) -> Result<Settings, Error> {
        let mut not_applicable = Vec::new();
        for name in self.not_applicable.iter().map(|name| name.0.trim()) {
            match (name.parse::<u8>(), term(name)) {
                (Ok(_), _) => {}
                (_, Some(term)) => not_applicable.push(term),
                _ => {
                    let known = TermName::ALL.map(TermName::as_str).join(", ");
                    let rule = format!("a scope 3 category 1 to 15 or one of {known}");
                    let near = crate::nearest::nearest(name, TermName::ALL.map(TermName::as_str));
                    let (option, value) = ("not_applicable".to_owned(), format!("{name:?}"));
                    return Err(FaceError::Value { option, value, rule, nearest: near }.into());
                }
            }
        }
        let score = score_settings(self.weights.as_deref(), self.pue_floor.as_ref())?;
        Ok(Settings { defaults: defaults(&self.defaults)?, score: Some(score), not_applicable })
    }
}

/// Returns the options of an engine or those that are worded beside it: one of the two documents is empty.
///
/// # Errors
/// `option.value` where both have something in them, and those of [`read`].
pub fn either([engine, own]: [&[u8]; 2]) -> Result<EngineOptions, Error> {
    let is_empty = |document: &[u8]| {
        serde_json::from_slice::<serde_json::Value>(document)
            .is_ok_and(|document| document == serde_json::json!({}))
    };
    let (options, words): (EngineOptions, EngineOptions) = (read(engine)?, read(own)?);
    if is_empty(own) {
        return Ok(options);
    }
    if !is_empty(engine) {
        let rule = "given without options beside it: they are the engine's";
        return Err(FaceError::value("engine", "given with options", rule).into());
    }
    Ok(words)
}

/// Returns the fallbacks of their names.
pub(super) fn allow(names: &[String]) -> Result<Allow, FaceError> {
    let known = || Allow::NAMES;
    Allow::from_names(names.iter().map(|name| name.trim()))
        .map_err(|name| FaceError::unknown("allow", &name, known()))
}

/// Returns how a score is made; equal weights, and a PUE of 1 or less refused, unless said otherwise.
pub(super) fn score_settings(
    weights: Option<&[Text]>,
    pue_floor: Option<&Text>,
) -> Result<ScoreSettings, Error> {
    let weights = match weights {
        None => Weights::equal(),
        Some(given) => {
            let parsed: Vec<Ratio> = given.iter().map(|w| ratio("weights", w)).collect::<Result<_, _>>()?;
            let four: [Ratio; 4] = parsed.try_into().map_err(|given: Vec<Ratio>| {
                let rule = "4 numbers: data centre, fleet, manufacturing, software";
                FaceError::value("weights", format!("{} numbers", given.len()), rule)
            })?;
            Weights::new(four)?
        }
    };
    let floor = match pue_floor {
        Some(epsilon) => PueFloor::AtLeast { epsilon: ratio("pue_floor", epsilon)? },
        None => PueFloor::Refuse,
    };
    Ok(ScoreSettings { weights, floor })
}

/// Returns the exact number of an option.
pub(super) fn ratio(option: &str, text: &Text) -> Result<Ratio, FaceError> {
    let rule =
        |error: crate::decimal::DecimalError| FaceError::value(option, text, format!("a number ({error})"));
    text.0.trim().parse().map_err(rule)
}

fn term(name: &str) -> Option<TermName> {
    TermName::ALL.into_iter().find(|term| term.as_str() == name)
}

/// Returns the term of the score with this name.
///
/// # Errors
/// `option.value` with the known names.
pub fn score_term(option: &str, name: &str) -> Result<TermName, FaceError> {
    term(name).ok_or_else(|| FaceError::unknown(option, name, TermName::ALL.map(TermName::as_str)))
}

fn granularity(name: &str) -> Result<Granularity, FaceError> {
    let found = GRANULARITIES.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, g)| *g)
        .ok_or_else(|| FaceError::unknown("granularity", name, GRANULARITIES.map(|(known, _)| known)))
}

fn defaults(given: &BTreeMap<String, Text>) -> Result<Defaults, FaceError> {
    let mut defaults = Defaults::default();
    for (name, Text(value)) in given {
        let option = || format!("defaults.{name}");
        let slot = match name.as_str() {
            "pue" => {
                let pue: crate::Decimal = value
                    .parse()
                    .map_err(|e| FaceError::value(option(), value, format!("a number ({e})")))?;
                if Ratio::from(pue) < Ratio::one() {
                    return Err(FaceError::value(option(), value, "1 or above"));
                }
                defaults.pue = Some(pue);
                continue;
            }
            "fuel" => &mut defaults.fuel,
            "generator_fuel" => &mut defaults.generator_fuel,
            "refrigerant" => &mut defaults.refrigerant,
            "vehicle_class" => &mut defaults.vehicle_class,
            "heat_source" => &mut defaults.heat_source,
            "heat_basis" => &mut defaults.heat_basis,
            "material" => &mut defaults.material,
            "waste_material" => &mut defaults.waste_material,
            "waste_route" => &mut defaults.waste_route,
            other => return Err(FaceError::unknown("defaults", other, DEFAULTS)),
        };
        if value.is_empty() {
            return Err(FaceError::value(option(), "empty", "a word, such as diesel for fuel"));
        }
        *slot = Some(value.clone());
    }
    Ok(defaults)
}
