//! Starting and stopping.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use esg_core::ledger::Stamp;
use esg_store::{actor, now};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::alerts::{self, Alerts};
use super::app::{App, At};
use super::auth::Auth;
use super::config::{Config, Settings};
use super::keeper::{self, Kept};
use super::limits::DRAIN_TIME;
use super::service::Service;
use super::simulator::Jobs;
use super::writer::Writer;
use super::{listen, router};
use crate::cli::{Exit, Failure, Outcome};

/// Folder of the factor sets that tenants add, beside the ledger.
const SETS: &str = "factor-sets";

/// Serves until a signal asks to stop.
pub fn run(settings: &Settings) -> Outcome {
    let config = Config::new(settings)?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(config.level)
        .with_writer(std::io::stderr)
        .init();
    let failed = |doing: &'static str| {
        move |error: std::io::Error| {
            Failure::usage("cli.serve", format!("cannot {doing}: {error}")).exit(Exit::Files)
        }
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed("start"))?;
    let auth = auth(&config)?;
    let listeners = runtime.block_on(bind(&config))?;
    let who = actor(None);
    let stamp = Stamp { actor: &who, time: now()? };
    let keeper = opened(&config, stamp)?;
    let (writer, thread) = Writer::start(Arc::clone(&keeper)).map_err(failed("start"))?;
    let alerts = Alerts::open(&config.data, &config.webhooks)?;
    let jobs = Jobs::new(stamp.time.epoch_ms().unsigned_abs());
    let app = App::new(keeper, writer, auth, config.hooks.clone(), alerts, jobs, config.data.join(SETS));
    let app = Arc::new(app);
    app.metrics.lines(app.keeper.book()?.size());
    runtime.block_on(serve(&app, listeners)).map_err(failed("listen to signals"))?;
    // Answers that nobody waits for any more end with the runtime; what they wrote is in the ledger.
    runtime.shutdown_timeout(DRAIN_TIME);
    close(app, thread)
}

/// Returns how callers are known. A server that can be reached from elsewhere has to ask for a credential.
pub fn auth(config: &Config) -> Result<Auth, Failure> {
    let auth = Auth::new(&config.data, config.tokens.as_ref()).map_err(|problem| {
        Failure::usage("cli.serve", format!("the credentials cannot be read: {}", problem.detail()))
            .exit(Exit::Files)
    })?;
    if auth.is_open() && !config.host.is_loopback() {
        let what = format!("{} can be reached from elsewhere, and no credential is asked for", config.host);
        return Err(
            Failure::usage("cli.serve", what).hint("make a key with `esg keys create`, or configure tokens")
        );
    }
    Ok(auth)
}

/// Opens the ledger that is configured.
fn opened(config: &Config, stamp: Stamp<'_>) -> Result<Kept, Failure> {
    match &config.database {
        None => Ok(keeper::folder(&config.data, &config.log_name, stamp)?),
        #[cfg(feature = "postgres")]
        Some(url) => Ok(super::database::open(url, &config.data, &config.log_name)?),
        #[cfg(not(feature = "postgres"))]
        Some(_) => Err(Failure::usage(
            "cli.serve",
            "this build has no PostgreSQL; build it with the feature postgres",
        )),
    }
}

/// Opens the ports before the ledger: a port that is taken shall not touch it.
async fn bind(config: &Config) -> Result<Vec<(Service, TcpListener)>, Failure> {
    let mut listeners = Vec::new();
    for (service, port) in &config.services {
        let address = SocketAddr::new(config.host, *port);
        let listener = TcpListener::bind(address).await.map_err(|error| {
            let what = format!("{} cannot listen on {address}: {error}", service.as_str());
            Failure::usage("cli.serve", what).exit(Exit::Files)
        })?;
        listeners.push((*service, listener));
    }
    Ok(listeners)
}

async fn serve(app: &Arc<App>, listeners: Vec<(Service, TcpListener)>) -> std::io::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let (alive, mut ended) = mpsc::channel(1);
    for (service, listener) in listeners {
        let at = At { app: Arc::clone(app), service };
        let address = listener.local_addr()?;
        if service == Service::Alerts {
            alerts::start(app, &stopped, &alive);
        }
        tracing::info!(service = service.as_str(), %address, "listening");
        let router = router::router(at.clone());
        tokio::spawn(listen::accept(listener, at, router, stopped.clone(), alive.clone()));
    }
    drop((alive, stopped));
    signalled().await?;
    tracing::info!("stopping: no more connections, open requests are answered");
    app.stop();
    let _ = stop.send(true);
    // Nothing is ever sent: the channel closes when the last connection has gone.
    if tokio::time::timeout(DRAIN_TIME, ended.recv()).await.is_err() {
        tracing::warn!(seconds = DRAIN_TIME.as_secs(), "some requests were not answered in time");
    }
    Ok(())
}

/// Waits for Ctrl-C or, where there is such, the signal that ends a service.
async fn signalled() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut end, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! { _ = end.recv() => {}, _ = interrupt.recv() => {} }
        Ok(())
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Ends the writer when it has answered all, and closes the ledger signed.
fn close(app: Arc<App>, thread: JoinHandle<()>) -> Outcome {
    let left = || {
        tracing::warn!("a request still holds the ledger; it is left as after a crash, with nothing lost");
        Ok(Exit::Ok)
    };
    let Some(app) = Arc::into_inner(app) else { return left() };
    let App { keeper, writer, .. } = app;
    drop(writer);
    if thread.join().is_err() {
        return Err(Failure::usage("cli.serve", "the thread of the ledger failed").exit(Exit::Files));
    }
    match Arc::into_inner(keeper) {
        Some(keeper) => keeper.close()?,
        None => return left(),
    }
    tracing::info!("stopped");
    Ok(Exit::Ok)
}
