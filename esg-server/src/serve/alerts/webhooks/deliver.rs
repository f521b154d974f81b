//! Delivering: what is due is taken, sent, and its end kept, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use esg_core::error::Error;
use esg_store::now;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::client::{Answered, Message, send};
use super::error::WebhookError;
use super::guard::Target;
use super::outbox::{self, Due};
use super::sign::signatures;
use crate::serve::app::App;
use crate::serve::limits::MAX_DELIVERIES;

/// Longest rest between two looks at what is due.
const REST: Duration = Duration::from_secs(60);

/// Delivers until the server stops; what is under way then is ended first.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    if let Err(error) = on_disk(&app, |app| app.alerts.db.change(outbox::take_back)).await {
        tracing::error!(code = error.code(), %error, "deliveries of before cannot be taken up");
    }
    let mut sending = JoinSet::new();
    loop {
        let rest = match round(&app, &mut sending).await {
            Ok(rest) => rest,
            Err(error) => {
                tracing::warn!(code = error.code(), %error, "messages are not delivered");
                REST
            }
        };
        tokio::select! {
            () = app.alerts.wake.notified() => {}
            Some(_) = sending.join_next() => {}
            () = tokio::time::sleep(rest) => {}
            _ = stop.wait_for(|stopped| *stopped) => break,
        }
    }
    while sending.join_next().await.is_some() {}
}

/// Takes up what is due, and returns how long nothing else will be.
async fn round(app: &Arc<App>, sending: &mut JoinSet<()>) -> Result<Duration, Error> {
    let room = MAX_DELIVERIES.saturating_sub(sending.len());
    let (due, next, at) = on_disk(app, move |app| {
        app.alerts.db.change(|change| {
            let at = now()?;
            let due = outbox::take(change, at, room)?;
            Ok((due, outbox::next(change)?, at))
        })
    })
    .await?;
    for due in due {
        sending.spawn(deliver(Arc::clone(app), due));
    }
    let rest = next.map(|next| u64::try_from(next - at.epoch_ms()).unwrap_or_default());
    // A moment at least: where there is no room, what is due stays due.
    Ok(rest.map_or(REST, Duration::from_millis).clamp(Duration::from_millis(50), REST))
}

async fn deliver(app: Arc<App>, due: Due) {
    let answered = attempt(&app, &due).await;
    let (delivery, webhook, attempt) = (due.id, due.webhook, due.attempts + 1);
    match &answered {
        Ok(Answered { status, .. }) => tracing::info!(delivery, webhook, attempt, status, "message sent"),
        Err(error) => {
            tracing::info!(delivery, webhook, attempt, code = error.code(), %error, "message not sent")
        }
    }
    let kept = on_disk(&app, move |app| {
        let (at, luck) = (now()?, outbox::luck()?);
        app.alerts.db.change(|change| outbox::keep(change, &due, &answered, at, luck))
    });
    if let Err(error) = kept.await {
        tracing::error!(delivery, code = error.code(), %error, "what became of a message is not kept; it is sent again");
    }
}

async fn attempt(app: &App, due: &Due) -> Result<Answered, WebhookError> {
    let alerts = &app.alerts;
    let target = Target::read(&due.url, &alerts.allowed)?;
    let address = target.address(&*alerts.resolver, &alerts.allowed).await?;
    let time = now().map_err(|error| WebhookError::Connect { reason: error.to_string() })?;
    let time = time.epoch_ms().div_euclid(1000);
    let signature = signatures(&due.secrets, &due.signing_key, &due.message, time, &due.body);
    let message = Message { id: &due.message, time, signature: &signature, body: &due.body };
    send(&target, address, &alerts.tls, &message).await
}

/// Does what waits for the disk away from the threads of the network.
async fn on_disk<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let app = Arc::clone(app);
    match tokio::task::spawn_blocking(move || work(&app)).await {
        Ok(done) => done,
        Err(error) => Err(esg_core::face::FaceError::Panicked { reason: error.to_string() }.into()),
    }
}
