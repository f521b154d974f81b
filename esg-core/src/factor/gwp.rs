//! Global warming potentials: what turns the mass of a gas into CO2e, and who printed it.
//!
//! A set is one assessment report of the IPCC. Where a report printed a value twice (AR6, SF6) the corrected table is
//! used and the other is noted in the data. A blend is calculated from its parts, never looked up.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::error::FactorError;
use crate::decimal::Decimal;
use crate::ratio::Ratio;

/// The sets that come with the engine: name and data file.
const BUILT_IN: [(&str, &str); 6] = [
    ("SAR", include_str!("../../data/gwp/SAR.json")),
    ("TAR", include_str!("../../data/gwp/TAR.json")),
    ("AR4", include_str!("../../data/gwp/AR4.json")),
    ("AR5", include_str!("../../data/gwp/AR5.json")),
    ("AR5CCF", include_str!("../../data/gwp/AR5CCF.json")),
    ("AR6", include_str!("../../data/gwp/AR6.json")),
];

/// The horizon that the GHG Protocol asks for, in years.
pub const HORIZON: u16 = 100;

/// A set over 20, 100 and 500 years, as far as it has them.
type Horizons = [Option<Arc<Gwp>>; 3];

/// One printed value.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct GwpValue {
    /// Gas id.
    pub gas: String,
    /// Other names of it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Years.
    pub horizon: u16,
    /// `GWP` or `GTP`.
    pub metric: String,
    /// kg CO2e for each kg.
    pub value: Decimal,
    /// Table that prints it.
    #[serde(default)]
    pub table: String,
}

#[derive(Deserialize)]
struct Part {
    gas: String,
    mass_fraction: Decimal,
}

#[derive(Deserialize)]
struct Blend {
    gas: String,
    #[serde(default)]
    aliases: Vec<String>,
    blend: Vec<Part>,
}

#[derive(Deserialize)]
struct File {
    set: String,
    title: String,
    values: Vec<GwpValue>,
    #[serde(default)]
    blends: Vec<Blend>,
}

/// The GWPs of one IPCC assessment report over one horizon.
///
/// # Examples
/// ```
/// # use esg_core::factor::Gwp;
/// let ar6 = Gwp::built_in("AR6", 100)?;
/// assert_eq!(ar6.of("SF6")?.to_string(), "24300");
/// assert_eq!(ar6.of("CH4-fossil")?.to_decimal_exact().unwrap().to_string(), "29.8");
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gwp {
    name: String,
    title: String,
    horizon: u16,
    /// By lower-case gas id or alias.
    values: HashMap<String, Ratio>,
    /// Published names by lower-case name.
    names: HashMap<String, Arc<str>>,
}

impl Gwp {
    /// Returns a set of the IPCC: `SAR`, `TAR`, `AR4`, `AR5`, `AR5CCF` (with climate-carbon feedback) or `AR6`.
    ///
    /// # Errors
    /// `GwpUnknown` for another name, or a horizon for which the set has no CH4.
    pub fn built_in(name: &str, horizon: u16) -> Result<Arc<Self>, FactorError> {
        static CACHE: OnceLock<[OnceLock<Horizons>; BUILT_IN.len()]> = OnceLock::new();
        let unknown = || FactorError::GwpUnknown {
            name: format!("{name}, {horizon} years"),
            known: BUILT_IN.map(|(n, _)| n).join(", "),
        };
        let at = BUILT_IN.iter().position(|(n, _)| n.eq_ignore_ascii_case(name)).ok_or_else(unknown)?;
        let slot = [20, 100, 500].iter().position(|&h| h == horizon).ok_or_else(unknown)?;
        let sets = CACHE.get_or_init(Default::default)[at]
            .get_or_init(|| [20, 100, 500].map(|h| Self::parse(BUILT_IN[at].1, h).ok().map(Arc::new)));
        sets[slot].clone().ok_or_else(unknown)
    }

    /// Reads a set from the JSON form of `data/gwp`.
    ///
    /// # Errors
    /// `Set` when the text breaks the format, `GwpUnknown` when it has nothing over `horizon` years.
    pub fn parse(json: &str, horizon: u16) -> Result<Self, FactorError> {
        let file: File = serde_json::from_str(json).map_err(|e| FactorError::Set {
            set: "GWP".into(),
            place: format!("line {}, column {}", e.line(), e.column()),
            reason: e.to_string(),
        })?;
        let mut gwp = Self {
            name: file.set,
            title: file.title,
            horizon,
            values: HashMap::new(),
            names: HashMap::new(),
        };
        for value in file.values.into_iter().filter(|v| v.horizon == horizon && v.metric == "GWP") {
            gwp.insert(&value.gas, &value.aliases, value.value.into());
        }
        gwp.insert("CO2", &[], Ratio::one());
        if !gwp.values.contains_key("ch4") {
            let known = format!("other horizons of {}", gwp.name);
            return Err(FactorError::GwpUnknown { name: format!("{}, {horizon} years", gwp.name), known });
        }
        for blend in file.blends {
            // A part that the report does not value leaves the blend without a value: never a smaller sum.
            let parts = blend
                .blend
                .iter()
                .map(|p| Some(&Ratio::from(p.mass_fraction) * gwp.values.get(&p.gas.to_lowercase())?));
            if let Some(sum) = parts.collect::<Option<Vec<_>>>() {
                gwp.insert(&blend.gas, &blend.aliases, sum.into_iter().sum());
            }
        }
        Ok(gwp)
    }

    fn insert(&mut self, gas: &str, aliases: &[String], value: Ratio) {
        let name: Arc<str> = gas.into();
        for key in aliases.iter().map(String::as_str).chain([gas]) {
            self.values.insert(key.to_lowercase(), value.clone());
            self.names.insert(key.to_lowercase(), Arc::clone(&name));
        }
    }

    /// The set's name, such as `AR6`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The report's title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The horizon in years.
    pub fn horizon(&self) -> u16 {
        self.horizon
    }

    /// Returns the GWP of a gas in kg CO2e for each kg.
    ///
    /// `CH4-fossil` and `CH4-biogenic` fall to `CH4` in a report that does not tell them apart.
    ///
    /// # Errors
    /// `GasUnknown`.
    pub fn of(&self, gas: &str) -> Result<Ratio, FactorError> {
        let key = gas.to_lowercase();
        let plain = key.strip_suffix("-fossil").or(key.strip_suffix("-biogenic"));
        let value = self.values.get(&key).or_else(|| self.values.get(plain?));
        value.cloned().ok_or_else(|| FactorError::GasUnknown {
            gas: gas.to_owned(),
            set: self.name.clone(),
            horizon: self.horizon,
        })
    }

    /// Returns the id of a gas for any of its names (`R-134a` and `HFC-134a` are one gas).
    pub fn gas_id(&self, name: &str) -> Option<&Arc<str>> {
        self.names.get(&name.to_lowercase())
    }

    /// Gas ids with their values, in the order of the ids.
    pub fn list(&self) -> Vec<(Arc<str>, Ratio)> {
        let mut list: Vec<_> = self
            .values
            .iter()
            .filter(|(key, _)| self.names[*key].eq_ignore_ascii_case(key))
            .map(|(key, value)| (Arc::clone(&self.names[key]), value.clone()))
            .collect();
        list.sort_by(|a, b| a.0.cmp(&b.0));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methane_is_told_apart_by_its_origin() {
        // GHG Protocol, IPCC GWP values (August 2024): AR6 29.8 and 27.0, AR5 30 and 28, AR4 25.
        for (set, gas, want) in [
            ("AR6", "CH4-fossil", "29.8"),
            ("AR6", "CH4-biogenic", "27"),
            ("AR5", "CH4-fossil", "30"),
            ("AR5", "CH4-biogenic", "28"),
            ("AR5", "CH4", "28"),
            ("AR4", "CH4-fossil", "25"),
            ("AR6", "N2O", "273"),
            ("AR5", "n2o", "265"),
        ] {
            let value = Gwp::built_in(set, 100).unwrap().of(gas).unwrap();
            assert_eq!(value.to_decimal_exact().unwrap().to_string(), want, "{set} {gas}");
        }
    }

    #[test]
    fn a_blend_is_the_sum_of_its_parts() {
        // R-410A is half HFC-32 (675 in AR4), half HFC-125 (3500): 2087.5.
        let ar4 = Gwp::built_in("AR4", 100).unwrap();
        assert_eq!(ar4.of("R-410A").unwrap().to_decimal_exact().unwrap().to_string(), "2087.5");
    }

    #[test]
    fn what_is_not_printed_is_refused() {
        assert_eq!(Gwp::built_in("AR7", 100).unwrap_err().code(), "gwp.unknown");
        assert_eq!(Gwp::built_in("AR6", 50).unwrap_err().code(), "gwp.unknown");
        assert_eq!(Gwp::built_in("AR6", 100).unwrap().of("unobtainium").unwrap_err().code(), "gwp.gas");
        assert_eq!(Gwp::parse("{}", 100).unwrap_err().code(), "factor.set_invalid");
    }
}
