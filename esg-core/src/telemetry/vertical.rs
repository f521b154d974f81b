//! The verticals: the kinds of business that an event can be about.

use std::fmt;

use crate::telemetry::{TelemetryError, nearest};

/// The kind of business that an event is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Vertical {
    /// `ai_data_center`
    AiDataCenter,
    /// `logistics_fleet`
    LogisticsFleet,
    /// `smart_manufacturing`
    SmartManufacturing,
    /// `cloud_saas`
    CloudSaas,
    /// `general`: any activity by its id.
    General,
}

impl Vertical {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::AiDataCenter, Self::LogisticsFleet, Self::SmartManufacturing, Self::CloudSaas, Self::General];

    /// The name in an event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AiDataCenter => "ai_data_center",
            Self::LogisticsFleet => "logistics_fleet",
            Self::SmartManufacturing => "smart_manufacturing",
            Self::CloudSaas => "cloud_saas",
            Self::General => "general",
        }
    }

    /// Reads the name in an event.
    ///
    /// # Errors
    /// `Vertical`, with the nearest names.
    pub fn parse(text: &str) -> Result<Self, TelemetryError> {
        Self::ALL.into_iter().find(|v| v.as_str() == text).ok_or_else(|| TelemetryError::Vertical {
            found: text.chars().take(64).collect(),
            nearest: nearest(text, Self::ALL.map(Self::as_str)),
        })
    }
}

impl fmt::Display for Vertical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
