//! The services by name, and the ports that they have had from the beginning.

use std::str::FromStr;

/// A service of the server.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Takes events.
    Telemetry,
    /// Reports, factors, audit.
    Compliance,
    /// What may come.
    Simulator,
    /// What a person should look at now.
    Alerts,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Telemetry, Self::Compliance, Self::Simulator, Self::Alerts];

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Telemetry => "telemetry",
            Self::Compliance => "compliance",
            Self::Simulator => "simulator",
            Self::Alerts => "alerts",
        }
    }

    /// Returns the port where nobody says another one.
    pub const fn port(self) -> u16 {
        match self {
            Self::Telemetry => 8083,
            Self::Compliance => 8080,
            Self::Simulator => 8082,
            Self::Alerts => 8081,
        }
    }
}

impl FromStr for Service {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|service| service.as_str() == name);
        found.ok_or_else(|| {
            format!("{name:?} is no service; known are {}", Self::ALL.map(Self::as_str).join(", "))
        })
    }
}
