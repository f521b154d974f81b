//! The one thread that writes to the ledger: whatever waits for it shares a commit.
//!
//! A sync of the disk takes as long for one event as for a thousand. Requests come as messages, so that thousands of them wait
//! without a thread each, and each is answered when its commit is durable.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use esg_core::error::Error;
use esg_core::ledger::Ingested;
use esg_store::Request;
use tokio::sync::oneshot;

use super::keeper::{Keeper, Kept};
use super::limits::{MAX_GROUP, MAX_WAITING};
use super::problem::{Outcome, ServeError};

type Answer = oneshot::Sender<Result<Ingested, Error>>;

/// The way to the thread.
#[derive(Debug)]
pub struct Writer {
    send: SyncSender<(Request, Answer)>,
}

impl Writer {
    /// Starts the thread. It ends when the writer is dropped and every request is answered.
    pub fn start(keeper: Kept) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (send, receive) = sync_channel(MAX_WAITING);
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write(&**keeper, &receive))?;
        Ok((Self { send }, thread))
    }

    /// Returns what became of a request when it survives a crash of the machine.
    pub async fn ingest(&self, request: Request) -> Outcome<Ingested> {
        let (answer, answered) = oneshot::channel();
        match self.send.try_send((request, answer)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(ServeError::Busy.into()),
            Err(TrySendError::Disconnected(_)) => return Err(ServeError::Internal.into()),
        }
        match answered.await {
            Ok(ingested) => Ok(ingested?),
            Err(_) => Err(ServeError::Internal.into()),
        }
    }
}

fn write(keeper: &dyn Keeper, receive: &Receiver<(Request, Answer)>) {
    while let Ok(first) = receive.recv() {
        let group = std::iter::once(first).chain(receive.try_iter().take(MAX_GROUP - 1));
        let (requests, answers): (Vec<_>, Vec<_>) = group.unzip();
        for (answer, ingested) in answers.into_iter().zip(keeper.ingest(requests)) {
            // A client that has gone away finds its receipt when it sends the same again.
            let _ = answer.send(ingested);
        }
    }
}
