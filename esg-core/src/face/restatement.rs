//! Why two issued reports differ, as the bridge between them.

use serde_json::{Map, Value, json};

use super::Sets;
use super::ledger::request;
use crate::activity::ActivityBatch;
use crate::aggregate::{Bridge, Engine, Side, Total};
use crate::error::Error;
use crate::ledger::{Book, Question, Tenant};
use crate::normalize::normalize;

/// Totals that a bridge is shown for.
const TOTALS: [(&str, Total); 6] = [
    ("1", Total::ScopeOne),
    ("2-location", Total::ScopeTwoLocation),
    ("2-market", Total::ScopeTwoMarket),
    ("3", Total::ScopeThree),
    ("total-location", Total::AllLocation),
    ("total-market", Total::AllMarket),
];

/// Returns the bridge between the reports of two lines as a document: for each scope and total `before_kg`, the effects, and
/// `after_kg`, exactly. The sets are the built-in ones and those that the caller brings.
///
/// # Errors
/// `inventory.bridge` where they are of different periods; as [`Book::issued`] and [`Book::events`].
pub fn restatement_document(book: &Book, sets: &Sets, before: u64, after: u64) -> Result<Value, Error> {
    let (old, new) = (side(book, sets, before)?, side(book, sets, after)?);
    let bridge = Bridge::between(
        Side { engine: &old.0, activities: &old.1 },
        Side { engine: &new.0, activities: &new.1 },
    )?;
    let mut totals = Map::new();
    for (name, total) in TOTALS {
        totals.insert(name.to_owned(), json!(bridge.total(total)?));
    }
    let scopes: Map<String, Value> =
        bridge.lines().iter().map(|(scope, line)| (scope.name(), json!(line))).collect();
    Ok(json!({
        "before": before, "after": after, "missing": bridge.missing(), "scopes": scopes, "totals": totals,
    }))
}

/// The engine and the activity data of a report.
fn side(book: &Book, sets: &Sets, seq: u64) -> Result<(Engine, ActivityBatch), Error> {
    let record = book.issued(seq)?;
    let asked = request(&record)?;
    let (engine, settings) = asked.options.engine(sets.registry().clone())?;
    let (tenant, period, as_of) = &record.question;
    let question = Question { tenant: Tenant::new(tenant)?, period: *period, as_of: Some(*as_of) };
    let events = book.events(&question)?;
    Ok((engine, normalize(&events.batch, &settings.defaults).activities))
}
