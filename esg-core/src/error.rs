//! One error for the whole engine, with a code that never changes and a kind that a server can map to a status.
//!
//! Every module has its own small enum; this file gathers them. Nobody outside needs to match on variants: the
//! code says what happened, the kind says whose turn it is.

use crate::account::TrailError;
use crate::alert::AlertError;
use crate::amount::AmountError;
use crate::audit::AuditError;
use crate::decimal::DecimalError;
use crate::distribution::DistributionError;
use crate::face::FaceError;
use crate::factor::FactorError;
use crate::ghg::GhgError;
use crate::ghg::method::MethodError;
use crate::json::JsonError;
use crate::kpi::KpiError;
use crate::ledger::LedgerError;
use crate::lineage::LineageError;
use crate::report::ReportError;
use crate::score::ScoreError;
use crate::simulate::SimulateError;
use crate::simulate::anomaly::AnomalyError;
use crate::simulate::forecast::ForecastError;
use crate::simulate::sensitivity::SensitivityError;
use crate::simulate::uncertain::UncertaintyError;
use crate::store::StoreError;
use crate::telemetry::TelemetryError;
use crate::time::TimeError;
use crate::units::UnitError;

/// Whose turn it is after a refusal.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// The input is wrong: the sender corrects it.
    Invalid,
    /// Something that was asked for is not there: a factor, a set, a unit.
    Missing,
    /// Two things that were said contradict each other.
    Conflict,
    /// Stored bytes are not what their digest says.
    Corrupt,
}

impl Kind {
    /// Returns the kind as a lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Missing => "missing",
            Self::Conflict => "conflict",
            Self::Corrupt => "corrupt",
        }
    }
}

macro_rules! gather {
    ($($(#[$doc:meta])* $variant:ident($inner:ty)),+ $(,)?) => {
        /// Any refusal of the engine.
        #[derive(Clone, Debug, PartialEq, thiserror::Error)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[$doc])* #[error(transparent)] $variant(#[from] $inner)),+
        }

        impl Error {
            /// A name that never changes, the same in every language.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$variant(e) => e.code()),+ }
            }

            /// Whose turn it is.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$variant(e) => e.kind()),+ }
            }
        }
    };
}

gather! {
    /// A decimal number.
    Decimal(DecimalError),
    /// An exact amount.
    Amount(AmountError),
    /// A rule or an alert.
    Alert(AlertError),
    /// The audit log.
    Audit(AuditError),
    /// The uncertainty of a factor.
    Distribution(DistributionError),
    /// A method of greenhouse-gas accounting.
    Method(MethodError),
    /// The sustainability score.
    Score(ScoreError),
    /// A law, a model or a run of a simulation.
    Simulate(SimulateError),
    /// A JSON text.
    Json(JsonError),
    /// A graph of lineage.
    Lineage(LineageError),
    /// A cell that was to be traced.
    Trail(TrailError),
    /// A key figure.
    Kpi(KpiError),
    /// An event, or a file of events.
    Telemetry(TelemetryError),
    /// A day, an instant or a period.
    Time(TimeError),
    /// A factor, a set of factors, a region or a GWP.
    Factor(FactorError),
    /// A calculation or an inventory.
    Ghg(GhgError),
    /// A unit or a conversion.
    Unit(UnitError),
    /// A report.
    Report(ReportError),
    /// The ranges of an inventory, or a scenario.
    Uncertain(UncertaintyError),
    /// A forecast.
    Forecast(ForecastError),
    /// A detector of anomalies.
    Anomaly(AnomalyError),
    /// A ledger.
    Ledger(LedgerError),
    /// Where a ledger is kept.
    Store(StoreError),
    /// A sensitivity.
    Sensitivity(SensitivityError),
    /// Options or a question.
    Face(FaceError),
}
