//! The document form of an uncertainty: one flat object, as in the factor-set format.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::distribution::{Distribution, DistributionError, Provenance, Uncertainty};

/// The document form: one flat object.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    distribution: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gsd: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lower: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<Decimal>,
    provenance: Provenance,
    reference: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    relative_sd: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upper: Option<Decimal>,
}

impl TryFrom<Document> for Uncertainty {
    type Error = DistributionError;

    fn try_from(mut doc: Document) -> Result<Self, DistributionError> {
        let (distribution, wanted) = match doc.distribution.as_str() {
            "normal" => ("normal", "relative_sd"),
            "lognormal" => ("lognormal", "gsd"),
            "triangular" => ("triangular", "lower, mode, upper"),
            "uniform" => ("uniform", "lower, upper"),
            "interval95" => ("interval95", "lower, upper"),
            _ => return Err(DistributionError::Unknown { name: doc.distribution }),
        };
        let error =
            |parameter, problem| DistributionError::Parameters { distribution, wanted, parameter, problem };
        let take = |value: &mut Option<Decimal>, name| value.take().ok_or_else(|| error(name, "missing"));
        let shape = match distribution {
            "normal" => Distribution::Normal { relative_sd: take(&mut doc.relative_sd, "relative_sd")? },
            "lognormal" => Distribution::Lognormal { gsd: take(&mut doc.gsd, "gsd")? },
            "triangular" => Distribution::Triangular {
                lower: take(&mut doc.lower, "lower")?,
                mode: take(&mut doc.mode, "mode")?,
                upper: take(&mut doc.upper, "upper")?,
            },
            bounded => {
                let (lower, upper) = (take(&mut doc.lower, "lower")?, take(&mut doc.upper, "upper")?);
                if bounded == "uniform" {
                    Distribution::Uniform { lower, upper }
                } else {
                    Distribution::Interval95 { lower, upper }
                }
            }
        };
        for (left, name) in [
            (doc.gsd, "gsd"),
            (doc.lower, "lower"),
            (doc.mode, "mode"),
            (doc.relative_sd, "relative_sd"),
            (doc.upper, "upper"),
        ] {
            if left.is_some() {
                return Err(error(name, "not one of them"));
            }
        }
        Self::new(shape, doc.provenance, doc.reference)
    }
}

impl From<Uncertainty> for Document {
    fn from(value: Uncertainty) -> Self {
        let mut doc = Self {
            distribution: value.distribution.name().to_owned(),
            gsd: None,
            lower: None,
            mode: None,
            provenance: value.provenance,
            reference: value.reference,
            relative_sd: None,
            upper: None,
        };
        match value.distribution {
            Distribution::Normal { relative_sd } => doc.relative_sd = Some(relative_sd),
            Distribution::Lognormal { gsd } => doc.gsd = Some(gsd),
            Distribution::Triangular { lower, mode, upper } => {
                (doc.lower, doc.mode, doc.upper) = (Some(lower), Some(mode), Some(upper));
            }
            Distribution::Uniform { lower, upper } | Distribution::Interval95 { lower, upper } => {
                (doc.lower, doc.upper) = (Some(lower), Some(upper));
            }
        }
        doc
    }
}
