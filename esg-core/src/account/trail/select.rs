//! Which cell is meant: `2-location,site=Hull,month=2024-03,gas=CH4`.

use std::fmt;
use std::str::FromStr;

use super::TrailError;
use crate::aggregate::Inventory;
use crate::error::Error;
use crate::ghg::{CellKey, Sums};

/// Values that an unknown one is answered with, at most.
const LISTED: usize = 12;

/// The cells that a figure is the sum of: a scope with its method, and values of other dimensions.
///
/// The scope is `1`, `2-location`, `2-market`, `3`, `3.4` or `outside`; it has to be said, because sums over both methods of
/// scope 2 mean nothing. Other dimensions are those of [`Inventory::by`]; an empty value means "not stated".
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selection {
    /// Dimension and value, `scope` first.
    values: Vec<(String, String)>,
}

impl Selection {
    /// Returns the selection that has exactly these values, in their order.
    pub fn values(&self) -> &[(String, String)] {
        &self.values
    }

    /// Returns the cells of an inventory that are meant.
    ///
    /// # Errors
    /// `inventory.dimension`, `lineage.cell_unknown`.
    pub fn cells<'a>(&self, inventory: &'a Inventory) -> Result<Vec<(&'a CellKey, &'a Sums)>, Error> {
        let cells = inventory.cells_with(&self.values)?;
        if !cells.is_empty() {
            return Ok(cells);
        }
        let mut known = "each value is there, but not together".to_owned();
        for (name, value) in &self.values {
            let mut values = inventory.values_of(name)?;
            if !values.contains(value) {
                let more = values.len().saturating_sub(LISTED);
                values.truncate(LISTED);
                let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
                known = format!("{name} is one of {}{tail}", values.join(", "));
                break;
            }
        }
        Err(TrailError::CellUnknown { wanted: self.to_string(), known }.into())
    }
}

impl FromStr for Selection {
    type Err = TrailError;

    fn from_str(text: &str) -> Result<Self, TrailError> {
        let refuse = |reason| Err(TrailError::Cell { text: text.to_owned(), reason });
        let mut values: Vec<(String, String)> = Vec::new();
        for (at, part) in text.split(',').enumerate() {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), value.trim()),
                None if at == 0 => ("scope", part.trim()),
                None => return refuse("every part but the first is dimension=value"),
            };
            if values.iter().any(|(known, _)| known == name) {
                return refuse("a dimension stands twice");
            }
            match (name, value.split_once('.')) {
                ("scope", Some(("3", category))) => {
                    values.push(("scope".into(), "3".into()));
                    values.push(("category".into(), format!("{category:0>2}")));
                }
                ("scope", _) => values.push(("scope".into(), value.replace('-', " "))),
                ("category", _) => values.push(("category".into(), format!("{value:0>2}"))),
                _ => values.push((name.to_owned(), value.to_owned())),
            }
        }
        match values.first() {
            Some((name, value)) if name == "scope" && !value.is_empty() => Ok(Self { values }),
            _ => refuse("it begins with the scope: 1, 2-location, 2-market, 3, 3.4 or outside"),
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.values.iter().enumerate() {
            write!(f, "{}{name}={value}", if at > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}
