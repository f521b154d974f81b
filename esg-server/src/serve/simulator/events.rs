//! How far a job is, as server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::Frame;
use tokio::sync::mpsc;

use super::jobs::Job;
use crate::serve::app::App;

/// Media type of the stream.
pub const MEDIA_TYPE: &str = "text/event-stream";
/// Time between two events of a job that goes on.
const BEAT: Duration = Duration::from_millis(250);
/// Beats between two signs of life of a job that stands still.
const SILENT: u32 = 40;

/// Pieces of a stream, as a task sends them.
struct Pieces(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

/// Returns the events of a job: `progress` while it goes on, and at the end one with the name of how it stands.
pub fn of(app: Arc<App>, job: Arc<Job>) -> Body {
    // One piece waits at most: a reader that is slow sees fewer events, and none that is old.
    let (send, receive) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut stands = job.watch();
        let (mut last, mut silent) = (String::new(), 0);
        loop {
            let (over, name) = {
                let state = stands.borrow_and_update();
                (state.is_over(), if state.is_over() { state.as_str() } else { "progress" })
            };
            let data = job.document().to_string();
            let piece = if data != last {
                silent = 0;
                Some(format!("event: {name}\ndata: {data}\n\n"))
            } else {
                silent += 1;
                (silent % SILENT == 0).then(|| ": still there\n\n".to_owned())
            };
            last = data;
            if let Some(piece) = piece
                && send.send(piece.into()).await.is_err()
            {
                return;
            }
            if over || app.is_stopping() {
                return;
            }
            let _ = tokio::time::timeout(BEAT, stands.changed()).await;
        }
    });
    Body::new(Pieces(receive))
}
