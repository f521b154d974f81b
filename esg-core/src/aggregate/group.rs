//! Grouping: an inventory's cells summed over the dimensions that a reader asks for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::inventory::Inventory;
use crate::amount::Amount;
use crate::ghg::{CellKey, Dimensions, GhgError, Granularity, Scope, Sums};
use crate::time::Day;

/// The sums of one group.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Group {
    /// Values of the dimensions, in the order in which they were asked for; none where a line has none.
    pub key: Vec<Option<String>>,
    /// kg CO2e.
    pub co2e_kg: Amount,
    /// kg of gas (kWh, L); none where a part is published as CO2e only.
    pub mass: Option<Amount>,
    /// Lines that were added.
    pub rows: u64,
}

impl Inventory {
    /// Sums the cells by dimensions: `scope`, `category`, `gas`, `activity`, `factor`, `vertical`, `source`, `site`,
    /// `region`, `day`, `month`, `year`, `tag:NAME`. Groups come in the order of their keys.
    ///
    /// `scope` tells the methods of scope 2 apart (`2 location`, `2 market`); without it they would be added, so it is
    /// needed unless one method is asked for by `method`: `location` or `market`. Energy, water and biogenic CO2 are groups
    /// of their own under `gas`, and left out where `gas` is not asked for.
    ///
    /// # Errors
    /// `inventory.dimension` for a dimension that is not kept, `amount.overflow`.
    pub fn by(&self, dimensions: &[&str], method: Option<&str>) -> Result<Vec<Group>, GhgError> {
        let refuse =
            |dimension: &str, known: String| GhgError::Dimension { dimension: dimension.to_owned(), known };
        let dims = &self.options().dimensions;
        let readers: Vec<Reader> = dimensions
            .iter()
            .map(|name| Reader::new(name, dims).ok_or_else(|| refuse(name, kept(dims))))
            .collect::<Result<_, _>>()?;
        let left_out = match method {
            Some("location") => Some(Scope::TwoMarket),
            Some("market") => Some(Scope::TwoLocation),
            None if readers.contains(&Reader::Scope) => None,
            other => {
                let asked = format!("method {}", other.unwrap_or("none"));
                return Err(refuse(&asked, "method location or market, or the dimension scope".into()));
            }
        };
        let with_measures = readers.contains(&Reader::Gas);
        let mut groups: BTreeMap<Vec<Option<String>>, Sums> = BTreeMap::new();
        for (key, sums) in self.cells() {
            if Some(key.scope) == left_out || (!with_measures && key.scope == Scope::Outside) {
                continue;
            }
            let values = readers.iter().map(|r| r.read(key, dims)).collect();
            groups.entry(values).or_default().add(sums)?;
        }
        let group = |(key, sums): (Vec<Option<String>>, Sums)| Group {
            key,
            co2e_kg: sums.co2e,
            mass: sums.mass.filter(|_| with_measures),
            rows: sums.rows,
        };
        Ok(groups.into_iter().map(group).collect())
    }

    /// Returns the cells that have all of these values of dimensions, in order. The dimensions are those of
    /// [`Inventory::by`], the values as it writes them; an empty value stands for cells that have none.
    ///
    /// # Errors
    /// `inventory.dimension` for a dimension that is not kept.
    pub fn cells_with(&self, wanted: &[(String, String)]) -> Result<Vec<(&CellKey, &Sums)>, GhgError> {
        let dims = &self.options().dimensions;
        let reader = |name: &str| {
            Reader::new(name, dims)
                .ok_or_else(|| GhgError::Dimension { dimension: name.to_owned(), known: kept(dims) })
        };
        let wanted: Vec<(Reader, &str)> = wanted
            .iter()
            .map(|(name, value)| Ok((reader(name)?, value.as_str())))
            .collect::<Result<_, GhgError>>()?;
        let fits = |key: &CellKey| {
            wanted.iter().all(|(reader, value)| reader.read(key, dims).unwrap_or_default() == *value)
        };
        Ok(self.cells().filter(|(key, _)| fits(key)).collect())
    }

    /// Returns the values that a dimension has among the cells, in order; an empty one where some have none.
    ///
    /// # Errors
    /// `inventory.dimension`.
    pub fn values_of(&self, dimension: &str) -> Result<Vec<String>, GhgError> {
        let dims = &self.options().dimensions;
        let reader = Reader::new(dimension, dims)
            .ok_or_else(|| GhgError::Dimension { dimension: dimension.to_owned(), known: kept(dims) })?;
        let values: BTreeSet<String> =
            self.cells().map(|(key, _)| reader.read(key, dims).unwrap_or_default()).collect();
        Ok(values.into_iter().collect())
    }
}

/// The dimensions that an inventory keeps, as text.
fn kept(dims: &Dimensions) -> String {
    let mut names = vec!["scope".to_owned(), "category".into(), "gas".into()];
    let flags = [
        (dims.activity, "activity"),
        (dims.factor, "factor"),
        (dims.vertical, "vertical"),
        (dims.source, "source"),
        (dims.site, "site"),
        (dims.region, "region"),
        (dims.period == Granularity::Day, "day"),
        (matches!(dims.period, Granularity::Day | Granularity::Month), "month"),
        (dims.period != Granularity::None, "year"),
    ];
    names.extend(flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned()));
    names.extend(dims.tags.iter().map(|t| format!("tag:{t}")));
    names.join(", ")
}

/// Reads one dimension of a cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reader {
    Scope,
    Category,
    Gas,
    Activity,
    Factor,
    Vertical,
    Source,
    Site,
    Region,
    Period(Granularity),
    Tag(usize),
}

impl Reader {
    fn new(name: &str, dims: &Dimensions) -> Option<Self> {
        let when = |on: bool, reader| on.then_some(reader);
        match name {
            "scope" => Some(Self::Scope),
            "category" => Some(Self::Category),
            "gas" => Some(Self::Gas),
            "activity" => when(dims.activity, Self::Activity),
            "factor" => when(dims.factor, Self::Factor),
            "vertical" => when(dims.vertical, Self::Vertical),
            "source" => when(dims.source, Self::Source),
            "site" => when(dims.site, Self::Site),
            "region" => when(dims.region, Self::Region),
            "day" => when(dims.period == Granularity::Day, Self::Period(Granularity::Day)),
            "month" => when(
                matches!(dims.period, Granularity::Day | Granularity::Month),
                Self::Period(Granularity::Month),
            ),
            "year" => when(dims.period != Granularity::None, Self::Period(Granularity::Year)),
            _ => {
                let tag = name.strip_prefix("tag:")?;
                dims.tags.iter().position(|t| t == tag).map(Self::Tag)
            }
        }
    }

    fn read(self, key: &CellKey, dims: &Dimensions) -> Option<String> {
        let word = |word: &Option<std::sync::Arc<str>>| word.as_ref().map(ToString::to_string);
        match self {
            Self::Scope => Some(match key.scope {
                Scope::Three(_) => "3".into(),
                scope => scope.name(),
            }),
            Self::Category => key.scope.category().map(|c| format!("{c:02}")),
            Self::Gas => Some(key.measure.name().to_owned()),
            Self::Activity => word(&key.activity),
            Self::Factor => word(&key.factor),
            Self::Vertical => word(&key.vertical),
            Self::Source => word(&key.source),
            Self::Site => word(&key.site),
            Self::Region => word(&key.region),
            Self::Period(wanted) => {
                let first = match dims.period {
                    Granularity::Day => Day::from_epoch_days(key.period),
                    Granularity::Month => Day::of_month_index(key.period),
                    Granularity::Year | Granularity::None => Day::new(key.period, 1, 1),
                };
                wanted.name(wanted.index(first.ok()?))
            }
            Self::Tag(at) => key.tags.get(at).and_then(word),
        }
    }
}
