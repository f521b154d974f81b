//! Arguments that say how to calculate, shared by the commands that do.

use std::path::PathBuf;

use esg_core::Decimal;
use esg_core::account::{ScoreSettings, Settings};
use esg_core::aggregate::{Engine, Instrument, Options};
use esg_core::factor::{Allow, Lock, Registry};
use esg_core::normalize::Defaults;
use esg_core::ratio::Ratio;
use esg_core::score::{PueFloor, TermName, Weights};
use esg_core::time::{Day, Period};

use super::failure::Failure;
use super::input;

/// Sets of factors: the built-in ones, your own, and the lock that holds them.
#[derive(Debug, Default, clap::Args)]
pub struct Sets {
    /// Your own factor set, JSON Lines or JSON; may be given several times
    #[arg(long, value_name = "FILE")]
    factors: Vec<PathBuf>,
    /// Use exactly the sets of this lock; a changed byte is refused
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
}

impl Sets {
    /// The built-in sets and those of these files.
    pub fn of(factors: Vec<PathBuf>) -> Self {
        Self { factors, lock: None }
    }

    /// Returns the registry that these arguments ask for.
    pub fn registry(&self) -> Result<Registry, Failure> {
        let mut registry = Registry::built_in();
        for path in &self.factors {
            let text = input::text(path)?;
            registry.add_text(&text).map_err(|error| Failure::from(error).at(path.display()))?;
        }
        match &self.lock {
            Some(path) => {
                let lock: Lock = input::document(path)?;
                Ok(registry.locked(&lock).map_err(|error| Failure::from(error).at(path.display()))?)
            }
            None => Ok(registry),
        }
    }
}

/// How to calculate.
#[derive(Debug, clap::Args)]
pub struct Calculation {
    /// First day, such as 2024-01-01
    #[arg(long, value_name = "DAY", requires = "end")]
    start: Option<String>,
    /// Last day
    #[arg(long, value_name = "DAY", requires = "start")]
    end: Option<String>,
    /// GWP set: AR6, AR5, AR4, TAR, SAR
    #[arg(long, default_value = "AR6")]
    gwp: String,
    /// Years of the GWP
    #[arg(long, default_value_t = 100)]
    horizon: u16,
    /// Fallbacks to accept: parent_region, older_edition, newer_edition, life_cycle, other_gwp
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    allow: Vec<String>,
    /// Value for what senders leave out, such as fuel=diesel or pue=1.2
    #[arg(long = "default", value_name = "NAME=VALUE")]
    defaults: Vec<String>,
    #[command(flatten)]
    sets: Sets,
    /// Certificates and contracts, a JSON list
    #[arg(long, value_name = "FILE")]
    instruments: Option<PathBuf>,
    /// What the organisation does not have: scope 3 categories and terms of the score, such as 14,15,fleet
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    not_applicable: Vec<String>,
    /// Let the grid average stand in where no residual mix is published
    #[arg(long)]
    market_grid_average: bool,
    /// Leave out fuel chains and grid losses (category 3.3)
    #[arg(long)]
    no_upstream: bool,
    /// Dimensions to show sums by, such as site,month or tag:tenant
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub by: Vec<String>,
    #[command(flatten)]
    score: ScoreArgs,
}

/// How the score is made.
#[derive(Debug, Default, clap::Args)]
pub struct ScoreArgs {
    /// Weights of data centre, fleet, manufacturing, software; equal unless given
    #[arg(long, value_delimiter = ',', num_args = 1, value_name = "W1,W2,W3,W4")]
    weights: Vec<String>,
    /// Count a PUE below 1 + EPSILON as that, instead of refusing it
    #[arg(long, value_name = "EPSILON")]
    pue_floor: Option<String>,
}

impl ScoreArgs {
    /// Returns how the score is made.
    pub fn settings(&self) -> Result<ScoreSettings, Failure> {
        let weights = match self.weights.as_slice() {
            [] => Weights::equal(),
            four => {
                let parsed: Vec<Ratio> =
                    four.iter().map(|w| ratio("--weights", w)).collect::<Result<_, _>>()?;
                let four: [Ratio; 4] = parsed.try_into().map_err(|given: Vec<Ratio>| {
                    Failure::usage(
                        "cli.weights",
                        format!("--weights has {} numbers and needs 4", given.len()),
                    )
                    .hint("in the order data centre, fleet, manufacturing, software: 0.4,0.3,0.2,0.1")
                })?;
                Weights::new(four)?
            }
        };
        let floor = match &self.pue_floor {
            Some(epsilon) => PueFloor::AtLeast { epsilon: ratio("--pue-floor", epsilon)? },
            None => PueFloor::Refuse,
        };
        Ok(ScoreSettings { weights, floor })
    }
}

/// Returns the exact number of an argument.
pub fn ratio(argument: &str, text: &str) -> Result<Ratio, Failure> {
    text.trim().parse().map_err(|error| Failure::from(error).at(format!("{argument} {text}")))
}

/// Returns a day of an argument.
pub fn day(argument: &str, text: &str) -> Result<Day, Failure> {
    text.parse().map_err(|error| Failure::from(error).at(format!("{argument} {text}")))
}

/// Returns the fallbacks of their names.
pub fn allow(names: &[String]) -> Result<Allow, Failure> {
    Allow::from_names(names.iter().map(|name| name.trim())).map_err(|name| {
        Failure::usage("cli.allow", format!("no fallback is called {name:?}"))
            .hint(format!("known are {}", Allow::NAMES.join(", ")))
    })
}

/// Returns the term of the score with this name.
pub fn term(name: &str) -> Option<TermName> {
    TermName::ALL.into_iter().find(|term| term.as_str() == name)
}

impl Calculation {
    /// Returns the engine. Tags that data carry may be kept apart by name.
    pub fn engine(&self, has_tenants: bool) -> Result<Engine, Failure> {
        let mut options = Options::with_horizon(&self.gwp, self.horizon)?;
        options.allow = allow(&self.allow)?;
        if let (Some(start), Some(end)) = (&self.start, &self.end) {
            options.period = Some(Period::new(day("--start", start)?, day("--end", end)?)?);
        }
        if let Some(path) = &self.instruments {
            options.instruments = input::document::<Vec<Instrument>>(path)?;
        }
        options.not_applicable = self.not_applicable.iter().filter_map(|n| n.trim().parse().ok()).collect();
        options.market_grid_average = self.market_grid_average;
        options.upstream = !self.no_upstream;
        let tags = &mut options.dimensions.tags;
        tags.extend(self.by.iter().filter_map(|name| name.strip_prefix("tag:")).map(str::to_owned));
        if has_tenants {
            tags.push("tenant".to_owned());
        }
        if self.by.iter().any(|name| name == "day") {
            options.dimensions.period = esg_core::ghg::Granularity::Day;
        }
        tags.sort_unstable();
        tags.dedup();
        Ok(Engine::new(self.sets.registry()?, options)?)
    }

    /// Returns what is decided besides the engine's options.
    pub fn settings(&self) -> Result<Settings, Failure> {
        let mut not_applicable = Vec::new();
        for name in self.not_applicable.iter().map(|name| name.trim()) {
            match (name.parse::<u8>(), term(name)) {
                (Ok(_), _) => {}
                (_, Some(term)) => not_applicable.push(term),
                _ => {
                    let terms = TermName::ALL.map(TermName::as_str).join(", ");
                    return Err(Failure::usage(
                        "cli.not_applicable",
                        format!("{name:?} is no category and no term"),
                    )
                    .hint(format!("a scope 3 category 1 to 15, or one of {terms}")));
                }
            }
        }
        Ok(Settings {
            defaults: defaults(&self.defaults)?,
            score: Some(self.score.settings()?),
            not_applicable,
        })
    }
}

fn defaults(given: &[String]) -> Result<Defaults, Failure> {
    let mut defaults = Defaults::default();
    for pair in given {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let slot = match name {
            "pue" => {
                let pue: Decimal =
                    value.parse().map_err(|e| Failure::from(e).at(format!("--default {pair}")))?;
                if Ratio::from(pue) < Ratio::one() {
                    return Err(Failure::usage(
                        "cli.default",
                        format!("--default {pair}: a PUE is 1 or above"),
                    ));
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
            _ => {
                return Err(Failure::usage("cli.default", format!("--default {pair}: nothing is called {name:?}")).hint(
                    "NAME=VALUE with one of pue, fuel, generator_fuel, refrigerant, vehicle_class, heat_source, heat_basis, material, waste_material, waste_route",
                ));
            }
        };
        if value.is_empty() {
            return Err(Failure::usage("cli.default", format!("--default {pair}: a value is missing"))
                .hint("for example --default fuel=diesel"));
        }
        *slot = Some(value.to_owned());
    }
    Ok(defaults)
}
