//! Accepting connections, with the patience of a server that strangers can reach.
//!
//! The loop is our own because a ready-made one waits for ever: for a first byte, for the end of a header, for a reader that does
//! not read. Here every connection has a place among a limited number, a time for its headers, and a time to take its answer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Sleep, sleep};
use tower::ServiceExt;

use super::app::At;
use super::limits::{HEADER_TIME, MAX_CONNECTIONS, MAX_HEADER_BYTES, MAX_HEADERS, WRITE_PAUSE};

/// How long the loop rests when the system has no more sockets to give.
const REST: Duration = Duration::from_millis(50);
/// What a connection above the limit is told.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// A sign of life of everything that has to end before the server does.
pub type Alive = mpsc::Sender<()>;

/// Accepts connections until `stop` says so. Open requests are answered after that; `alive` goes with the last of them.
pub async fn accept(
    listener: TcpListener,
    at: At,
    router: Router,
    mut stop: watch::Receiver<bool>,
    alive: Alive,
) {
    let places = Arc::new(tokio::sync::Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of sockets, or a client that went away: neither is a reason to end.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(REST).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            at.app.metrics.refused();
            // It fits into the buffer of a fresh socket; whoever does not take it is gone.
            let _ = stream.try_write(FULL);
            continue;
        };
        // An answer is small and whole: it shall not wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let (at, router, stop, alive) = (at.clone(), router.clone(), stop.clone(), alive.clone());
        tokio::spawn(async move {
            let open = at.app.metrics.connection(at.service);
            connection(stream, peer, router, stop).await;
            drop((open, place, alive));
        });
    }
}

/// Waits until the server stops.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Without a sender nobody is left to say it, and it has stopped.
    let _ = stop.wait_for(|stopped| *stopped).await;
}

/// Serves the requests of one connection.
async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, mut stop: watch::Receiver<bool>) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES)
        .half_close(false);
    let serving = builder.serve_connection(TokioIo::new(Patient::new(stream)), service);
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = stopped(&mut stop) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}

/// A stream that does not wait for ever for a reader.
struct Patient<S> {
    stream: S,
    /// Runs while the other side takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    const fn new(stream: S) -> Self {
        Self { stream, stalled: None }
    }
}

impl<S: AsyncWrite + Unpin> Patient<S> {
    /// Lets a write that does not go on fail when its time is over.
    fn within<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(done) = write(Pin::new(&mut self.stream), cx) {
            self.stalled = None;
            return Poll::Ready(done);
        }
        let end = || Box::pin(tokio::time::sleep_until(Instant::now() + WRITE_PAUSE));
        let stalled = self.stalled.get_or_insert_with(end);
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.within(cx, |stream, cx| stream.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.within(cx, |stream, cx| stream.poll_write_vectored(cx, pieces))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.within(cx, |stream, cx| stream.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.within(cx, |stream, cx| stream.poll_shutdown(cx))
    }
}
