//! Alerts: what a person should look at now, and who else is told.
//!
//! Rules are judged after a commit, off the way of whoever sent it, and from time to time. The core judges; here is only what it
//! cannot have: a clock, a memory and the network.

mod db;
mod evaluate;
mod open;
mod operations;
mod rules;
mod webhooks;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::{get, post};
use esg_core::error::Error;
use esg_core::ledger::Tenant;
use serde::Deserialize;
use tokio::sync::{Notify, watch};

use super::app::{App, At};
use super::listen::Alive;
use db::Db;
use evaluate::Touched;
use webhooks::client::Tls;
use webhooks::guard::{Resolver, System};
use webhooks::{deliver, deliveries, endpoints};

pub use operations::operations;
pub use webhooks::outbox::KINDS;

/// What an operator decides about webhooks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// Addresses with ports that messages may go to though they are not on the public internet, and without encryption. None
    /// unless given.
    pub allow: Vec<SocketAddr>,
}

/// What the services share about alerts.
pub struct Alerts {
    db: Db,
    allowed: Vec<SocketAddr>,
    resolver: Box<dyn Resolver>,
    tls: Tls,
    /// Whether anybody judges rules in this process.
    judging: AtomicBool,
    what: Mutex<Touched>,
    touched: Notify,
    /// Rings when messages may be due.
    wake: Notify,
}

impl Alerts {
    /// Opens what a folder remembers of alerts.
    ///
    /// # Errors
    /// `store.io`.
    pub fn open(folder: &Path, webhooks: &Webhooks) -> Result<Self, Error> {
        Ok(Self {
            db: Db::open(folder)?,
            allowed: webhooks.allow.clone(),
            resolver: Box::new(System),
            tls: Tls::new(),
            judging: AtomicBool::new(false),
            what: Mutex::new(Touched::new()),
            touched: Notify::new(),
            wake: Notify::new(),
        })
    }

    /// Takes note that events of these sources were committed; nobody waits for what comes of it.
    pub fn committed<'s>(&self, tenant: &Tenant, sources: impl IntoIterator<Item = &'s str>) {
        if self.judging.load(Ordering::Relaxed) {
            self.touch(tenant, Some(&mut sources.into_iter()));
        }
    }

    /// Takes note that all rules of a tenant are to be judged.
    pub fn touch_all(&self, tenant: &Tenant) {
        self.touch(tenant, None);
    }

    fn touch(&self, tenant: &Tenant, sources: Option<&mut dyn Iterator<Item = &str>>) {
        evaluate::touch(&mut self.what.lock().unwrap_or_else(PoisonError::into_inner), tenant, sources);
        self.touched.notify_one();
    }

    fn take_touched(&self) -> Touched {
        std::mem::take(&mut self.what.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Starts judging and delivering; `alive` goes when both have ended.
pub fn start(app: &Arc<App>, stop: &watch::Receiver<bool>, alive: &Alive) {
    app.alerts.judging.store(true, Ordering::Relaxed);
    let (judge, stopped, lives) = (Arc::clone(app), stop.clone(), alive.clone());
    tokio::spawn(async move {
        evaluate::run(judge, stopped).await;
        drop(lives);
    });
    let (sender, stopped, lives) = (Arc::clone(app), stop.clone(), alive.clone());
    tokio::spawn(async move {
        deliver::run(sender, stopped).await;
        drop(lives);
    });
}

/// The paths.
pub fn routes() -> Router<At> {
    Router::new()
        .route("/api/v1/rules", get(rules::list).post(rules::create))
        .route("/api/v1/rules/{id}", get(rules::one).put(rules::replace).delete(rules::delete))
        .route("/api/v1/rules/{id}/evaluation", post(rules::evaluation))
        .route("/api/v1/alerts", get(open::list))
        .route("/api/v1/alerts/{id}", get(open::one))
        .route("/api/v1/alerts/{id}/history", get(open::history))
        .route("/api/v1/alerts/{id}/acknowledge", post(open::acknowledge))
        .route("/api/v1/alerts/{id}/resolve", post(open::resolve))
        .route("/api/v1/webhooks", get(endpoints::list).post(endpoints::create))
        .route("/api/v1/webhooks/{id}", get(endpoints::one).put(endpoints::replace).delete(endpoints::delete))
        .route("/api/v1/webhooks/{id}/secret", post(endpoints::rotate))
        .route("/api/v1/webhooks/{id}/test", post(endpoints::test))
        .route("/api/v1/deliveries", get(deliveries::list))
        .route("/api/v1/deliveries/{id}", get(deliveries::one))
        .route("/api/v1/deliveries/{id}/replay", post(deliveries::replay))
}
