//! Questions to an inventory, as a caller words them: which total, and sums by which dimensions.
//!
//! The two methods of scope 2 are two answers to one question. So where scope 2 is in what is asked for, the method must be
//! said; nothing stands in for it.

use serde::Deserialize;

use super::document::{Document, Text};
use super::error::FaceError;
use crate::aggregate::{Group, Inventory, Total};
use crate::amount::Amount;
use crate::error::Error;

/// Methods of scope 2.
const METHODS: [&str; 2] = ["location", "market"];

/// Which total is asked for. Everything may be left out: all scopes, all gases.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Question {
    /// Scope: 1, 2 or 3; all of them unless given.
    pub scope: Option<Text>,
    /// Scope 3 category, 1 to 15.
    pub category: Option<Text>,
    /// `location` or `market`; needed where scope 2 is in the total.
    pub method: Option<String>,
    /// Mass of this gas instead of CO2e.
    pub gas: Option<String>,
    /// Give what there is, whatever is missing: see [`Inventory::subtotal`]. Off unless given.
    pub partial: bool,
}

impl Document for Question {
    const WHAT: &'static str = "question";
    const FIELDS: &'static [&'static str] = &["scope", "category", "method", "gas", "partial"];
}

fn whole(option: &str, text: &Text, range: std::ops::RangeInclusive<u8>) -> Result<u8, FaceError> {
    let rule = || format!("{} to {}", range.start(), range.end());
    let found = text.0.trim().parse().ok().filter(|n| range.contains(n));
    found.ok_or_else(|| FaceError::value(option, &text.0, rule()))
}

/// Refuses a method that nobody knows.
fn method(name: Option<&str>) -> Result<Option<&str>, FaceError> {
    match name {
        Some(name) if !METHODS.contains(&name) => Err(FaceError::unknown("method", name, METHODS)),
        name => Ok(name),
    }
}

impl Question {
    /// Returns the total that is meant.
    ///
    /// # Errors
    /// `option.value` for a scope, category or method that does not exist, that contradict each other, or a method that is
    /// needed and not given.
    pub fn total(&self) -> Result<Total, FaceError> {
        let method = method(self.method.as_deref())?;
        let scope = self.scope.as_ref().map(|scope| whole("scope", scope, 1..=3)).transpose()?;
        if let Some(category) = &self.category {
            let category = whole("category", category, 1..=15)?;
            return match scope {
                None | Some(3) => Ok(Total::Category(category)),
                Some(other) => Err(FaceError::value("scope", other, "3 where a category is asked for")),
            };
        }
        let needed =
            || FaceError::value("method", "not given", "location or market where scope 2 is in the total");
        match (scope, method) {
            (Some(1), _) => Ok(Total::ScopeOne),
            (Some(3), _) => Ok(Total::ScopeThree),
            (Some(_), Some("market")) => Ok(Total::ScopeTwoMarket),
            (Some(_), Some(_)) => Ok(Total::ScopeTwoLocation),
            (None, Some("market")) => Ok(Total::AllMarket),
            (None, Some(_)) => Ok(Total::AllLocation),
            (_, None) => Err(needed()),
        }
    }

    /// Returns the total in kg: of CO2e, or of the gas that is asked for; none where a part of that is published without its
    /// gases.
    ///
    /// # Errors
    /// As [`Question::total`]; `inventory.method_missing`, `amount.overflow`.
    pub fn ask(&self, inventory: &Inventory) -> Result<Option<Amount>, Error> {
        let total = self.total()?;
        if !self.partial {
            // A mass of one gas is not whole either where a market factor is missing.
            inventory.total(total)?;
        }
        Ok(match &self.gas {
            Some(gas) => inventory.mass(total, gas)?,
            None => Some(inventory.subtotal(total)?),
        })
    }
}

/// Sums by dimensions.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct By {
    /// Dimensions, by the names of [`Inventory::by`].
    pub dimensions: Vec<String>,
    /// `location` or `market`; needed unless `scope` is among the dimensions.
    pub method: Option<String>,
}

impl Document for By {
    const WHAT: &'static str = "question";
    const FIELDS: &'static [&'static str] = &["dimensions", "method"];
}

impl By {
    /// Returns the groups, in the order of their keys.
    ///
    /// # Errors
    /// `option.value` for a method that does not exist or a dimension that is named twice, `inventory.dimension`,
    /// `amount.overflow`.
    pub fn ask(&self, inventory: &Inventory) -> Result<Vec<Group>, Error> {
        let method = method(self.method.as_deref())?;
        let names: Vec<&str> = self.dimensions.iter().map(String::as_str).collect();
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Err(FaceError::value("dimensions", twice.1, "named once").into());
        }
        Ok(inventory.by(&names, method)?)
    }
}
