//! What a caller states beyond the factor sets: ranges of quantities and of GWPs, and what moves together.
//!
//! Nothing here has a default. A meter whose error nobody states is taken as it reads, and the answer says so.

use serde::{Deserialize, Serialize};

use crate::distribution::{Distribution, Provenance, Uncertainty};
use crate::factor::Gwp;
use crate::math::inverse_normal;
use crate::ratio::Ratio;

/// The range of a quantity, as a share of it: a shape with bounds is around 1.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QuantityRange {
    /// Activity; all where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// Source system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The range, with who says so.
    pub uncertainty: Uncertainty,
}

/// The range of the GWP of a gas, as a share of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GwpRange {
    /// Gas as the GWP set names it.
    pub gas: String,
    /// The range, with who says so.
    pub uncertainty: Uncertainty,
}

/// Factors that move together, by a Gaussian copula.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// Full names of factors.
    pub factors: Vec<String>,
    /// Correlation of the underlying normals, `matrix[i][j]`.
    pub matrix: Vec<Vec<f64>>,
}

/// Everything that a caller states. The first range of a quantity that fits a line holds for it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ranges {
    /// Quantities.
    pub quantities: Vec<QuantityRange>,
    /// GWPs.
    pub gwp: Vec<GwpRange>,
    /// Factors that are correlated; others are independent.
    pub correlations: Vec<Together>,
}

impl QuantityRange {
    /// What it was stated for.
    pub(super) fn name(&self) -> String {
        let parts = [("activity", &self.activity), ("source", &self.source), ("site", &self.site)];
        let named: Vec<String> =
            parts.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))).collect();
        if named.is_empty() { "all quantities".to_owned() } else { named.join(", ") }
    }
}

/// Half widths of 5 to 95 % intervals, as printed: gas, value and half width over 100 years.
const AR6_100: [(&str, i64, i64); 5] = [
    ("CH4-fossil", 298, 110),
    ("CH4-biogenic", 270, 110),
    ("N2O", 2730, 1300),
    ("HFC-32", 7710, 2920),
    ("HFC-134a", 15_260, 5770),
];

/// Returns the ranges of AR6 over 100 years as normal laws; empty for another set, because none other is transcribed here.
///
/// # Source
/// IPCC AR6 WG1 (2021), table 7.15, where uncertainties are 5 to 95 % intervals: CH4 29.8 and 27.0 +- 11, N2O 273 +- 130,
/// HFC-32 771 +- 292, HFC-134a 1526 +- 577. Transcribed by hand, not verified by a second source; the reference says so.
pub fn ipcc_gwp_ranges(gwp: &Gwp) -> Vec<GwpRange> {
    if gwp.name() != "AR6" || gwp.horizon() != 100 {
        return Vec::new();
    }
    let range = |(gas, value, half): (&str, i64, i64)| {
        let relative_sd = Ratio::from(half).to_f64() / Ratio::from(value).to_f64() / inverse_normal(0.95);
        let relative_sd = format!("{relative_sd:.6}").parse().expect("six places are a decimal");
        let reference =
            "IPCC AR6 WG1, table 7.15, 5 to 95 % interval read as normal: unverified transcription";
        let uncertainty =
            Uncertainty::new(Distribution::Normal { relative_sd }, Provenance::Interval, reference);
        GwpRange { gas: gas.to_owned(), uncertainty: uncertainty.expect("a positive spread and a reference") }
    };
    AR6_100.map(range).into()
}
