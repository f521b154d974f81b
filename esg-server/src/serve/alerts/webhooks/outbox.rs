//! Messages that wait to be delivered, and what became of each.

use std::time::Duration;

use esg_core::error::Error;
use esg_core::time::Instant;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::{Value, json};

use super::client::Answered;
use super::error::WebhookError;
use super::sign::chance;
use crate::serve::alerts::db::failed;
use crate::serve::signature::Secret;

/// Kinds of messages.
pub const KINDS: [&str; 4] = ["alert.firing", "alert.acknowledged", "alert.resolved", TEST];
/// A message that tells of nothing.
pub const TEST: &str = "webhook.test";

/// Time before each attempt, in seconds, as the specification recommends.
///
/// # Source
/// Standard Webhooks specification, "Deliverability and reliability".
pub const SCHEDULE_S: [u64; 10] = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// Most that chance adds to a wait: a fifth, so that receivers that were down together are not asked together.
const JITTER: f64 = 0.2;

/// A delivery that is due, with what it needs.
#[derive(Debug)]
pub struct Due {
    /// Its number.
    pub id: i64,
    /// Number of its webhook.
    pub webhook: i64,
    /// Attempts so far.
    pub attempts: usize,
    /// `webhook-id`.
    pub message: String,
    /// The body.
    pub body: String,
    /// Where to.
    pub url: String,
    /// What it is signed with, the newest first.
    pub secrets: Vec<Secret>,
    /// The key of `v1a`.
    pub signing_key: [u8; 32],
}

/// Puts a message out for every webhook of a tenant that wants it; true when there is one.
///
/// # Errors
/// `store.io`.
pub fn put(
    change: &Transaction<'_>,
    tenant: &str,
    kind: &str,
    data: &Value,
    at: Instant,
) -> Result<bool, Error> {
    let query = "SELECT id, events FROM webhooks WHERE tenant = ?1 AND disabled IS NULL";
    let mut query = change.prepare_cached(query).map_err(failed)?;
    let rows = query.query_map([tenant], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
    let mut wanted = Vec::new();
    for row in rows.map_err(failed)? {
        let (id, events) = row.map_err(failed)?;
        if events.is_empty() || events.split(',').any(|event| event == kind) {
            wanted.push(id);
        }
    }
    put_for(change, tenant, &wanted, kind, data, at)?;
    Ok(!wanted.is_empty())
}

/// Puts a message out for these webhooks.
///
/// # Errors
/// `store.io`.
pub fn put_for(
    change: &Transaction<'_>,
    tenant: &str,
    webhooks: &[i64],
    kind: &str,
    data: &Value,
    at: Instant,
) -> Result<(), Error> {
    if webhooks.is_empty() {
        return Ok(());
    }
    let id: String = chance::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    let id = format!("msg_{id}");
    let body = json!({"type": kind, "timestamp": at.to_string(), "data": data}).to_string();
    let insert = "INSERT INTO messages (id, tenant, type, body, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)";
    change.execute(insert, params![id, tenant, kind, body, at.epoch_ms()]).map_err(failed)?;
    for webhook in webhooks {
        let insert = "INSERT INTO deliveries (message, webhook, state, attempts, next_ms) VALUES (?1, ?2, 'pending', 0, ?3)";
        change.execute(insert, params![id, webhook, at.epoch_ms()]).map_err(failed)?;
    }
    Ok(())
}

/// Takes deliveries that a server that was stopped had in its hands back into the line.
///
/// # Errors
/// `store.io`.
pub fn take_back(change: &Transaction<'_>) -> Result<(), Error> {
    let update = "UPDATE deliveries SET state = 'pending' WHERE state = 'sending'";
    change.execute(update, []).map(drop).map_err(failed)
}

/// Takes up to `most` deliveries that are due, at most one for each webhook at a time: a slow receiver holds up nobody else.
///
/// # Errors
/// `store.io`.
pub fn take(change: &Transaction<'_>, now: Instant, most: usize) -> Result<Vec<Due>, Error> {
    let query = "SELECT d.id, d.webhook, d.attempts, d.message, m.body, w.url, w.secret, w.old_secret, w.old_until_ms, w.signing_key, min(d.next_ms)
        FROM deliveries d JOIN webhooks w ON w.id = d.webhook JOIN messages m ON m.id = d.message
        WHERE d.state = 'pending' AND d.next_ms <= ?1 AND w.not_before_ms <= ?1 AND w.disabled IS NULL
        AND NOT EXISTS (SELECT 1 FROM deliveries s WHERE s.webhook = d.webhook AND s.state = 'sending')
        GROUP BY d.webhook ORDER BY d.next_ms LIMIT ?2";
    let read = |row: &Row<'_>| {
        let old: Option<Vec<u8>> = row.get(7)?;
        let old_holds = row.get::<_, Option<i64>>(8)?.is_some_and(|until| now.epoch_ms() < until);
        let mut secrets = vec![Secret::from_bytes(row.get(6)?)];
        secrets.extend(old.filter(|_| old_holds).map(Secret::from_bytes));
        Ok(Due {
            id: row.get(0)?,
            webhook: row.get(1)?,
            attempts: row.get(2)?,
            message: row.get(3)?,
            body: row.get(4)?,
            url: row.get(5)?,
            secrets,
            signing_key: row.get(9)?,
        })
    };
    // Beside the least time stand the columns of its row: SQLite says so of min().
    let due: Vec<Due> = {
        let mut query = change.prepare_cached(query).map_err(failed)?;
        let rows = query.query_map(params![now.epoch_ms(), most], read).map_err(failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(failed)?
    };
    for due in &due {
        change.execute("UPDATE deliveries SET state = 'sending' WHERE id = ?1", [due.id]).map_err(failed)?;
    }
    Ok(due)
}

/// Returns when the next delivery is due.
///
/// # Errors
/// `store.io`.
pub fn next(change: &Transaction<'_>) -> Result<Option<i64>, Error> {
    let query =
        "SELECT min(max(d.next_ms, w.not_before_ms)) FROM deliveries d JOIN webhooks w ON w.id = d.webhook
        WHERE d.state = 'pending' AND w.disabled IS NULL
        AND NOT EXISTS (SELECT 1 FROM deliveries s WHERE s.webhook = d.webhook AND s.state = 'sending')";
    Ok(change.query_row(query, [], |row| row.get(0)).optional().map_err(failed)?.flatten())
}

/// What an attempt comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Became {
    /// It is there.
    Delivered,
    /// The receiver wants no more.
    Gone,
    /// It is tried again, after at least so long.
    Failed {
        /// What the receiver asks for.
        wait: Option<Duration>,
        /// Whether the receiver's other messages wait as well.
        throttles: bool,
    },
}

impl Became {
    /// What the specification makes of an answer.
    pub fn of(answered: &Result<Answered, WebhookError>) -> Self {
        match answered {
            Ok(Answered { status: 200..=299, .. }) => Self::Delivered,
            Ok(Answered { status: 410, .. }) => Self::Gone,
            Ok(Answered { status, retry_after }) => {
                Self::Failed { wait: *retry_after, throttles: matches!(status, 429 | 502 | 504) }
            }
            Err(_) => Self::Failed { wait: None, throttles: false },
        }
    }
}

/// Keeps what an attempt came to. `luck`, from 0 to 1, is how much of the jitter is taken.
///
/// # Errors
/// `store.io`.
pub fn keep(
    change: &Transaction<'_>,
    due: &Due,
    answered: &Result<Answered, WebhookError>,
    now: Instant,
    luck: f64,
) -> Result<(), Error> {
    let attempts = due.attempts + 1;
    let status = answered.as_ref().ok().map(|answered| answered.status);
    let error = match answered {
        Ok(Answered { status: 200..=299, .. }) => None,
        Ok(Answered { status, .. }) => Some(WebhookError::Status { status: *status }),
        Err(error) => Some(error.clone()),
    };
    let error = error.map(|error| format!("{}: {error}", error.code()));
    let became = Became::of(answered);
    let mut next = now.epoch_ms();
    let state = match &became {
        Became::Delivered => "delivered",
        Became::Gone => "dead",
        Became::Failed { wait, throttles } => match SCHEDULE_S.get(attempts) {
            None => "dead",
            Some(seconds) => {
                let delay = jittered(*seconds, luck).max(wait.unwrap_or_default());
                next += i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
                if *throttles {
                    let update = "UPDATE webhooks SET not_before_ms = max(not_before_ms, ?2) WHERE id = ?1";
                    change.execute(update, params![due.webhook, next]).map_err(failed)?;
                }
                "pending"
            }
        },
    };
    let update = "UPDATE deliveries SET state = ?2, attempts = ?3, next_ms = ?4, last_ms = ?5, last_status = ?6, last_error = ?7 WHERE id = ?1";
    let values = params![due.id, state, attempts, next, now.epoch_ms(), status, error];
    change.execute(update, values).map_err(failed)?;
    if became == Became::Gone {
        let update = "UPDATE webhooks SET disabled = 'the receiver answered 410: gone' WHERE id = ?1";
        change.execute(update, [due.webhook]).map_err(failed)?;
        let update = "UPDATE deliveries SET state = 'dead', last_error = 'the webhook was disabled' WHERE webhook = ?1 AND state = 'pending'";
        change.execute(update, [due.webhook]).map_err(failed)?;
    }
    Ok(())
}

fn jittered(seconds: u64, luck: f64) -> Duration {
    Duration::from_secs(seconds).mul_f64(1.0 + JITTER * luck)
}

/// Returns a number from 0 to 1.
///
/// # Errors
/// `store.io` where the system gives no chance.
pub fn luck() -> Result<f64, Error> {
    Ok(f64::from(u32::from_le_bytes(chance::<4>()?)) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::alerts::db::{Db, in_memory};

    fn at(ms: i64) -> Instant {
        Instant::from_epoch_ms(ms).unwrap()
    }

    fn webhook(db: &Db, id: i64) {
        let insert =
            "INSERT INTO webhooks (id, tenant, url, events, secret, signing_key, not_before_ms, created_ms)
            VALUES (?1, 'acme', 'https://example.com/', '', ?2, ?2, 0, 0)";
        db.change(|change| change.execute(insert, params![id, [7u8; 32]]).map_err(failed)).unwrap();
    }

    fn put_one(db: &Db, now: i64) {
        let told = db.change(|change| put(change, "acme", "alert.firing", &json!({"id": 1}), at(now)));
        assert!(told.unwrap());
    }

    fn answered(status: u16, seconds: Option<u64>) -> Result<Answered, WebhookError> {
        Ok(Answered { status, retry_after: seconds.map(Duration::from_secs) })
    }

    /// State, attempts and time of the next one.
    fn stand(db: &Db, id: i64) -> (String, usize, i64) {
        let query = "SELECT state, attempts, next_ms FROM deliveries WHERE id = ?1";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        db.change(|change| change.query_row(query, [id], read).map_err(failed)).unwrap()
    }

    #[test]
    fn the_schedule_is_the_published_one_and_jitter_adds_up_to_a_fifth() {
        let policy = include_str!("../../../../../tests/vectors/webhooks/delivery_policy.json");
        let policy: Value = serde_json::from_str(policy).unwrap();
        let delays: Vec<u64> = serde_json::from_value(policy["retry_schedule_delays_s"].clone()).unwrap();
        assert_eq!(delays, SCHEDULE_S);
        assert_eq!(jittered(300, 0.0), Duration::from_secs(300));
        // 300 s and a fifth of it.
        assert_eq!(jittered(300, 1.0), Duration::from_secs(360));
    }

    #[test]
    fn every_status_has_the_published_action() {
        let failed = |throttles| Became::Failed { wait: None, throttles };
        for (status, became) in [
            (200, Became::Delivered),
            (299, Became::Delivered),
            (300, failed(false)),
            (307, failed(false)),
            (404, failed(false)),
            (410, Became::Gone),
            (429, failed(true)),
            (500, failed(false)),
            (502, failed(true)),
            (503, failed(false)),
            (504, failed(true)),
        ] {
            assert_eq!(Became::of(&answered(status, None)), became, "{status}");
        }
    }

    #[test]
    fn a_message_is_tried_ten_times_and_then_dead() {
        let db = in_memory();
        webhook(&db, 1);
        put_one(&db, 0);
        let mut now = 0;
        for attempt in 1..=10 {
            let due = db.change(|change| take(change, at(now), 8)).unwrap();
            assert_eq!((due.len(), due[0].attempts), (1, attempt - 1), "attempt {attempt}");
            db.change(|change| keep(change, &due[0], &answered(500, None), at(now), 0.0)).unwrap();
            let (state, attempts, next) = stand(&db, 1);
            assert_eq!(attempts, attempt);
            if let Some(seconds) = SCHEDULE_S.get(attempt) {
                assert_eq!((state.as_str(), next), ("pending", now + 1000 * *seconds as i64));
                assert!(
                    db.change(|change| take(change, at(next - 1), 8)).unwrap().is_empty(),
                    "not before its time"
                );
                now = next;
            } else {
                assert_eq!(state, "dead");
            }
        }
        // 272,105 s: the elapsed time of the last attempt in the published policy.
        assert_eq!(now, 272_105_000);
    }

    #[test]
    fn a_receiver_that_is_gone_is_sent_nothing_more() {
        let db = in_memory();
        webhook(&db, 1);
        put_one(&db, 0);
        put_one(&db, 1);
        let due = db.change(|change| take(change, at(5), 8)).unwrap();
        assert_eq!(due.len(), 1, "one at a time for each webhook");
        db.change(|change| keep(change, &due[0], &answered(410, None), at(5), 0.0)).unwrap();
        assert_eq!((stand(&db, 1).0, stand(&db, 2).0), ("dead".to_owned(), "dead".to_owned()));
        let told = db.change(|change| put(change, "acme", "alert.firing", &json!({}), at(6)));
        assert!(!told.unwrap(), "nobody is left to be told");
    }

    #[test]
    fn a_receiver_that_asks_to_wait_is_waited_for_with_all_of_its_messages() {
        let db = in_memory();
        webhook(&db, 1);
        webhook(&db, 2);
        put_one(&db, 0);
        put_one(&db, 0);
        let due = db.change(|change| take(change, at(0), 8)).unwrap();
        assert_eq!(due.iter().map(|due| due.webhook).collect::<Vec<_>>(), [1, 2]);
        db.change(|change| keep(change, &due[0], &answered(429, Some(60)), at(0), 0.0)).unwrap();
        db.change(|change| keep(change, &due[1], &answered(503, Some(60)), at(0), 0.0)).unwrap();
        // The first is asked nothing for a minute; of the second only the message that failed waits.
        let of = |ms| {
            db.change(|change| take(change, at(ms), 8)).unwrap().iter().map(|d| d.webhook).collect::<Vec<_>>()
        };
        assert_eq!(of(59_999), [2]);
        assert_eq!(of(60_000), [1]);
    }

    #[test]
    fn what_a_stopped_server_had_in_its_hands_is_sent_again_under_the_same_id() {
        let db = in_memory();
        webhook(&db, 1);
        put_one(&db, 0);
        let first = db.change(|change| take(change, at(0), 8)).unwrap();
        assert!(db.change(|change| take(change, at(0), 8)).unwrap().is_empty());
        db.change(take_back).unwrap();
        let again = db.change(|change| take(change, at(0), 8)).unwrap();
        assert_eq!((&again[0].message, &again[0].body), (&first[0].message, &first[0].body));
    }
}
