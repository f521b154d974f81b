//! Arguments that say how to calculate, shared by the commands that do.

use std::path::PathBuf;

use esg_core::account::Settings;
use esg_core::aggregate::{Engine, Instrument};
use esg_core::face::{self, EngineOptions, Text};
use esg_core::factor::Registry;
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
        Ok(self.sets()?.registry().clone())
    }

    /// Returns the same with the texts of the user's own sets.
    pub fn sets(&self) -> Result<face::Sets, Failure> {
        let mut sets = face::Sets::default();
        for path in &self.factors {
            let text = input::text(path)?;
            sets.add(&text).map_err(|error| Failure::from(error).at(path.display()))?;
        }
        match &self.lock {
            Some(path) => {
                let lock = input::bytes(path)?;
                sets.locked(&lock).map_err(|error| Failure::from(error).at(path.display()))
            }
            None => Ok(sets),
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
    /// Puts what is said here in its place.
    pub fn put(&self, weights: &mut Option<Vec<Text>>, pue_floor: &mut Option<Text>) {
        let text = |text: &String| Text(text.trim().to_owned());
        if !self.weights.is_empty() {
            *weights = Some(self.weights.iter().map(text).collect());
        }
        if let Some(epsilon) = &self.pue_floor {
            *pue_floor = Some(text(epsilon));
        }
    }
}

/// Returns a day of an argument.
pub fn day(argument: &str, text: &str) -> Result<Day, Failure> {
    text.parse().map_err(|error| Failure::from(error).at(format!("{argument} {text}")))
}

impl Calculation {
    /// Returns the engine. Tags that data carry may be kept apart by name.
    pub fn engine(&self, has_tenants: bool) -> Result<Engine, Failure> {
        Ok(Engine::new(self.sets.registry()?, self.document(has_tenants)?.options()?)?)
    }

    /// Returns the days that are asked for.
    pub fn period(&self) -> Result<Option<Period>, Failure> {
        Ok(self.options()?.options()?.period)
    }

    /// Returns the sets of factors.
    pub const fn sets(&self) -> &Sets {
        &self.sets
    }

    /// Returns all options as the document that they are kept as.
    pub fn document(&self, has_tenants: bool) -> Result<EngineOptions, Failure> {
        let mut options = self.options()?;
        options.tags =
            self.by.iter().filter_map(|name| name.strip_prefix("tag:")).map(str::to_owned).collect();
        if has_tenants {
            options.tags.push("tenant".to_owned());
        }
        if self.by.iter().any(|name| name == "day") {
            options.granularity = "day".to_owned();
        }
        Ok(options)
    }

    /// Returns what is decided besides the engine's options.
    pub fn settings(&self) -> Result<Settings, Failure> {
        Ok(self.options()?.settings()?)
    }

    fn options(&self) -> Result<EngineOptions, Failure> {
        let days = |argument, text: &Option<String>| text.as_ref().map(|t| day(argument, t)).transpose();
        let pair = |pair: &String| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), Text(value.to_owned()))
        };
        let mut options = EngineOptions {
            gwp: self.gwp.clone(),
            horizon: self.horizon,
            allow: self.allow.clone(),
            start: days("--start", &self.start)?,
            end: days("--end", &self.end)?,
            defaults: self.defaults.iter().map(pair).collect(),
            instruments: self
                .instruments
                .as_deref()
                .map(input::document::<Vec<Instrument>>)
                .transpose()?
                .unwrap_or_default(),
            not_applicable: self.not_applicable.iter().map(|name| Text(name.clone())).collect(),
            market_grid_average: self.market_grid_average,
            upstream: !self.no_upstream,
            ..EngineOptions::default()
        };
        self.score.put(&mut options.weights, &mut options.pue_floor);
        Ok(options)
    }
}
