//! What a report says besides the numbers of its inventory.
//!
//! All of it comes from the caller, the hour too: nothing here looks at a clock, so the same words and the same inventory
//! give the same bytes.

use serde::{Serialize, Serializer};

use crate::time::{Instant, Period};

/// What the company says about its report. An empty text is shown as "not stated".
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ReportInfo {
    /// Reporting organisation.
    pub organisation: String,
    /// Title; empty for "Greenhouse gas inventory".
    pub title: String,
    /// Consolidation approach and what lies inside: equity share, financial or operational control.
    pub boundary_statement: String,
    /// Base year and the policy for its recalculation.
    pub base_year: String,
    /// Sources, sites or operations that are left out, and why.
    pub exclusions: String,
    /// Days of the report; none for the period of the inventory's options.
    #[serde(serialize_with = "period")]
    pub period: Option<Period>,
    /// Scopes that the report is on, 1 to 3; all of them where it is empty, and then it is not written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<u8>,
    /// Who made it.
    pub prepared_by: String,
    /// When it was made.
    #[serde(serialize_with = "instant")]
    pub created: Option<Instant>,
    /// Indicators, as text that is shown as it is.
    pub kpis: Vec<KpiLine>,
    /// Sustainability score.
    pub score: Option<ScoreLine>,
    /// Rows that were refused before they became activity data.
    pub rejected: Vec<RejectedRow>,
    /// Digests of what the report was made from.
    pub digests: Digests,
    /// Signed checkpoint of the audit log that the report was made from, as text.
    pub checkpoint: Option<String>,
}

/// One indicator.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct KpiLine {
    /// Stable id, such as `pue`.
    pub id: String,
    /// What a person reads.
    pub name: String,
    /// Value as decimal text; none where it could not be given, which `note` explains.
    pub value: Option<String>,
    /// Unit.
    pub unit: String,
    /// What a reader must know.
    pub note: String,
}

/// The sustainability score with its terms.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct ScoreLine {
    /// What a person reads.
    pub name: String,
    /// Value as decimal text; none where a term is missing.
    pub value: Option<String>,
    /// What a reader must know.
    pub note: String,
    /// Terms of the sum.
    pub terms: Vec<ScoreTerm>,
}

/// One term of the score.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct ScoreTerm {
    /// What a person reads.
    pub name: String,
    /// Value as decimal text; none where it is missing or not applicable.
    pub value: Option<String>,
    /// Weight as it was given.
    pub raw_weight: String,
    /// Weight that was used.
    pub effective_weight: String,
    /// Flags, or why it is missing.
    pub note: String,
}

/// A row that was refused.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct RejectedRow {
    /// Label of the file or request that it came in; empty where it has none.
    pub source: String,
    /// Line in the file or place in the batch, from 1.
    pub line: u64,
    /// Field, where one is to blame.
    pub field: Option<String>,
    /// Stable code.
    pub code: String,
    /// Message.
    pub message: String,
}

/// SHA-256 digests in hexadecimal of what a number can be replayed from, and the seed; none where there is none.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Digests {
    /// Of the events.
    pub events: Option<String>,
    /// Of `factors.lock.json`.
    pub factors_lock: Option<String>,
    /// Of the canonical options.
    pub options: Option<String>,
    /// Seed of a simulation.
    pub seed: Option<String>,
}

fn period<S: Serializer>(period: &Option<Period>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Days {
        start: crate::time::Day,
        end: crate::time::Day,
    }
    period.map(|p| Days { start: p.start(), end: p.end() }).serialize(serializer)
}

fn instant<S: Serializer>(instant: &Option<Instant>, serializer: S) -> Result<S::Ok, S::Error> {
    instant.map(|i| i.to_string()).serialize(serializer)
}
