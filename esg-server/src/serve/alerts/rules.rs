//! Rules of a tenant: making, changing, reading and deleting them, and judging one now.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use esg_core::alert::RuleWords;
use esg_core::error::Error;
use esg_core::face::AlertRule;
use esg_core::ledger::Tenant;
use esg_core::time::Instant;
use esg_store::now;
use rusqlite::types::Type;
use rusqlite::{Row, Transaction, params};
use serde_json::{Value, json};

use super::db::{all, failed, instant, one as one_of, room};
use super::evaluate;
use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::limits::MAX_RULES;
use crate::serve::parameters::Place;
use crate::serve::problem::Outcome;

/// A rule that is kept.
#[derive(Clone, Debug)]
pub struct KeptRule {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub tenant: Tenant,
    /// What it says, as JSON.
    pub words: String,
    /// How often it was changed.
    pub version: i64,
    created: i64,
    updated: i64,
}

/// What a query for rules has to select.
const COLUMNS: &str = "id, tenant, words, version, created_ms, updated_ms";

impl KeptRule {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let tenant = Tenant::new(&row.get::<_, String>(1)?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error)))?;
        Ok(Self {
            id: row.get(0)?,
            tenant,
            words: row.get(2)?,
            version: row.get(3)?,
            created: row.get(4)?,
            updated: row.get(5)?,
        })
    }

    /// Returns the rules of a tenant, or of all.
    pub fn all(change: &Transaction<'_>, tenant: Option<&Tenant>) -> Result<Vec<Self>, Error> {
        let query = format!("SELECT {COLUMNS} FROM rules WHERE ?1 IS NULL OR tenant = ?1 ORDER BY id");
        all(change, &query, [tenant.map(Tenant::as_str)], Self::of)
    }

    /// Returns a rule of a tenant.
    ///
    /// # Errors
    /// `alert.unknown`.
    pub fn one(change: &Transaction<'_>, tenant: &Tenant, id: i64) -> Result<Self, Error> {
        let query = format!("SELECT {COLUMNS} FROM rules WHERE tenant = ?1 AND id = ?2");
        one_of(change, &query, (tenant, "rule", id), Self::of)
    }

    /// Reads what it says.
    pub fn words(&self) -> Result<RuleWords, Error> {
        esg_core::face::read(self.words.as_bytes())
    }

    /// The rule with how it stands for each group.
    fn document(&self, change: &Transaction<'_>) -> Result<Value, Error> {
        let mut document = json!({
            "id": self.id, "version": self.version, "rule": self.words()?,
            "created_at": instant(self.created)?.to_string(), "updated_at": instant(self.updated)?.to_string(),
        });
        let query = "SELECT evaluation, judged_ms FROM standings WHERE rule = ?1 ORDER BY grp";
        let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
        let mut states = Vec::new();
        for (evaluation, judged) in all(change, query, [self.id], read)? {
            let mut state: Value = serde_json::from_str(&evaluation).unwrap_or_default();
            state["judged_at"] = instant(judged)?.to_string().into();
            states.push(state);
        }
        document["states"] = states.into();
        Ok(document)
    }
}

fn kept(words: &RuleWords) -> String {
    json!(words).to_string()
}

/// Refuses a rule that could not be judged.
fn check(at: &At, caller: &Caller, words: &RuleWords) -> Result<(), Error> {
    let sets = at.app.sets.of(&caller.tenant)?;
    AlertRule::new(words, &sets, &caller.tenant).map(drop)
}

/// `POST /api/v1/rules`: 201, and the rule is judged soon.
pub async fn create(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Alert)?;
    let words: RuleWords = answer::question(&headers, body).await?;
    let app = at.clone();
    let document = at.app.work(move |_| {
        check(&app, &caller, &words)?;
        let ms = now()?.epoch_ms();
        let document = app.app.alerts.db.change(|change| {
            room(change, "rules", &caller.tenant, MAX_RULES)?;
            let insert = "INSERT INTO rules (tenant, words, version, created_ms, updated_ms) VALUES (?1, ?2, 1, ?3, ?3)";
            change.execute(insert, params![caller.tenant.as_str(), kept(&words), ms]).map_err(failed)?;
            KeptRule::one(change, &caller.tenant, change.last_insert_rowid())?.document(change)
        })?;
        app.app.alerts.touch_all(&caller.tenant);
        Ok(document)
    });
    Ok(answer::with_status(StatusCode::CREATED, &document.await?))
}

/// `GET /api/v1/rules`: the tenant's rules, each with how it stands.
pub async fn list(State(at): State<At>, caller: Caller) -> Outcome {
    caller.may(Scope::Read)?;
    let rules = at.app.work(move |app| {
        let rules = app.alerts.db.change(|change| {
            let rules = KeptRule::all(change, Some(&caller.tenant))?;
            rules.iter().map(|rule| rule.document(change)).collect::<Result<Vec<_>, _>>()
        })?;
        Ok(Value::from(rules))
    });
    Ok(answer::json(&rules.await?))
}

/// `GET /api/v1/rules/{id}`
pub async fn one(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Read)?;
    let read = at.app.work(move |app| {
        let rule = app.alerts.db.change(|change| KeptRule::one(change, &caller.tenant, id)?.document(change));
        Ok(rule?)
    });
    Ok(answer::json(&read.await?))
}

/// `PUT /api/v1/rules/{id}`: the rule says something else from now on. How it stood is forgotten; open alerts stay until they are resolved.
pub async fn replace(
    State(at): State<At>,
    caller: Caller,
    Place(id): Place<i64>,
    headers: HeaderMap,
    body: Body,
) -> Outcome {
    caller.may(Scope::Alert)?;
    let words: RuleWords = answer::question(&headers, body).await?;
    let app = at.clone();
    let document = at.app.work(move |_| {
        check(&app, &caller, &words)?;
        let ms = now()?.epoch_ms();
        let document = app.app.alerts.db.change(|change| {
            KeptRule::one(change, &caller.tenant, id)?;
            let update = "UPDATE rules SET words = ?2, version = version + 1, updated_ms = ?3 WHERE id = ?1";
            change.execute(update, params![id, kept(&words), ms]).map_err(failed)?;
            evaluate::forget(change, id)?;
            KeptRule::one(change, &caller.tenant, id)?.document(change)
        })?;
        app.app.alerts.touch_all(&caller.tenant);
        Ok(document)
    });
    Ok(answer::json(&document.await?))
}

/// `DELETE /api/v1/rules/{id}`: its open alerts are resolved by whoever deletes it; all of its alerts stay to be read.
pub async fn delete(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Alert)?;
    let deleted = at.app.work(move |app| {
        let at = now()?;
        app.alerts.db.change(|change| {
            KeptRule::one(change, &caller.tenant, id)?;
            super::open::resolve_all(change, id, &caller.actor, at)?;
            change.execute("DELETE FROM rules WHERE id = ?1", [id]).map_err(failed)?;
            Ok(())
        })?;
        app.alerts.wake.notify_one();
        Ok(json!({"deleted": id}))
    });
    Ok(answer::json(&deleted.await?))
}

/// `POST /api/v1/rules/{id}/evaluation`: judges the rule now and returns how it stands.
pub async fn evaluation(State(at): State<At>, caller: Caller, Place(id): Place<i64>) -> Outcome {
    caller.may(Scope::Alert)?;
    let document = at.app.work(move |app| {
        let rule = app.alerts.db.change(|change| KeptRule::one(change, &caller.tenant, id))?;
        let at: Instant = now()?;
        evaluate::rule(app, &app.keeper.book()?, &rule, at)?;
        let alerts = &app.alerts;
        Ok(alerts.db.change(|change| KeptRule::one(change, &caller.tenant, id)?.document(change))?)
    });
    Ok(answer::json(&document.await?))
}
