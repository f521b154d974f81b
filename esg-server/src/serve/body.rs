//! Reading bodies: never more bytes, and never longer, than a path allows, packed or not.

use std::io::{self, Read};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::limits::{BODY_PAUSE, BODY_TIME, MAX_INFLATED, MAX_UPLOAD, MAX_WINDOW_LOG, UPLOAD_TIME};
use super::problem::ServeError;

/// Pieces of an upload that wait to be read.
const AHEAD: usize = 16;

/// How a body is packed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    fn of(headers: &HeaderMap) -> Result<Self, ServeError> {
        let Some(name) = headers.get(header::CONTENT_ENCODING) else { return Ok(Self::None) };
        let name = name.to_str().unwrap_or_default().trim().to_ascii_lowercase();
        match &*name {
            "" | "identity" => Ok(Self::None),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            _ => Err(ServeError::Encoding { found: name.chars().take(64).collect() }),
        }
    }

    fn reader<'r>(self, packed: impl Read + Send + 'r) -> io::Result<Box<dyn Read + Send + 'r>> {
        Ok(match self {
            Self::None => Box::new(packed),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(packed)?;
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                Box::new(decoder)
            }
        })
    }
}

/// The pieces of a body, each in its time.
struct Pieces {
    body: Body,
    left: u64,
    max: u64,
    end: Instant,
}

impl Pieces {
    fn new(headers: &HeaderMap, body: Body, max: u64, time: Duration) -> Result<Self, ServeError> {
        let said = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        // A body that says it is too long is refused before it comes.
        if said.is_some_and(|length: u64| length > max) {
            return Err(ServeError::BodyLimit { max });
        }
        Ok(Self { body, left: max, max, end: Instant::now() + time })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, ServeError> {
        loop {
            let pause = (Instant::now() + BODY_PAUSE).min(self.end);
            let frame = timeout_at(pause, self.body.frame()).await.map_err(|_| ServeError::BodyTime)?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|error| ServeError::Body { reason: error.to_string() })?;
            // Trailers say nothing here.
            let Ok(piece) = frame.into_data() else { continue };
            self.left =
                self.left.checked_sub(piece.len() as u64).ok_or(ServeError::BodyLimit { max: self.max })?;
            return Ok(Some(piece));
        }
    }
}

/// Reads a body into memory and unpacks it; `max` holds for both.
///
/// # Errors
/// `http.body_limit`, `http.inflated_limit`, `http.body_time`, `http.encoding`, `http.body`.
pub async fn whole(headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, ServeError> {
    let packing = Packing::of(headers)?;
    let mut pieces = Pieces::new(headers, body, max as u64, BODY_TIME)?;
    let first = pieces.next().await?.unwrap_or_default();
    let mut bytes = first;
    if let Some(second) = pieces.next().await? {
        let mut all = Vec::from(bytes);
        all.extend_from_slice(&second);
        while let Some(piece) = pieces.next().await? {
            all.extend_from_slice(&piece);
        }
        bytes = all.into();
    }
    if packing == Packing::None {
        return Ok(bytes);
    }
    let unpacked = tokio::task::spawn_blocking(move || unpack(packing, &bytes, max)).await;
    unpacked.unwrap_or(Err(ServeError::Internal))
}

fn unpack(packing: Packing, bytes: &[u8], max: usize) -> Result<Bytes, ServeError> {
    let mut unpacked = Vec::new();
    let read = packing.reader(bytes).and_then(|r| r.take(max as u64 + 1).read_to_end(&mut unpacked));
    read.map_err(|error| ServeError::Body { reason: error.to_string() })?;
    if unpacked.len() > max {
        return Err(ServeError::InflatedLimit { max: max as u64 });
    }
    Ok(unpacked.into())
}

/// A body as a file that a thread reads while it comes.
pub struct Upload {
    receive: mpsc::Receiver<Result<Bytes, ServeError>>,
    piece: Bytes,
    packing: Packing,
}

impl Upload {
    /// Begins to read; the pieces are fetched by a task that ends with the upload.
    ///
    /// # Errors
    /// `http.body_limit`, `http.encoding`.
    pub fn start(headers: &HeaderMap, body: Body) -> Result<Self, ServeError> {
        let packing = Packing::of(headers)?;
        let mut pieces = Pieces::new(headers, body, MAX_UPLOAD, UPLOAD_TIME)?;
        let (send, receive) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            while let Some(piece) = pieces.next().await.transpose() {
                let failed = piece.is_err();
                // Whoever reads may have refused the upload.
                if send.send(piece).await.is_err() || failed {
                    break;
                }
            }
        });
        Ok(Self { receive, piece: Bytes::new(), packing })
    }

    /// The bytes as they were before they were packed.
    ///
    /// # Errors
    /// `http.body` for a packing that cannot be opened.
    pub fn unpacked(self) -> Result<Unpacked, ServeError> {
        let packing = self.packing;
        let inner = packing.reader(self).map_err(|error| known(&error))?;
        Ok(Unpacked { inner, left: MAX_INFLATED, refused: None })
    }
}

impl Read for Upload {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.receive.blocking_recv() {
                Some(piece) => self.piece = piece.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let count = into.len().min(self.piece.len());
        into[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}

/// An unpacked upload of a largest size, which remembers why it could not be read on.
pub struct Unpacked {
    inner: Box<dyn Read + Send>,
    left: u64,
    /// Why it ended before its end.
    pub refused: Option<ServeError>,
}

impl Unpacked {
    fn piece(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        let over = || io::Error::other(ServeError::InflatedLimit { max: MAX_INFLATED });
        self.left = self.left.checked_sub(count as u64).ok_or_else(over)?;
        Ok(count)
    }
}

impl Read for Unpacked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.piece(into).inspect_err(|error| self.refused = Some(known(error)))
    }
}

/// The refusal that an error of reading stands for.
fn known(error: &io::Error) -> ServeError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ServeError>());
    inner.cloned().unwrap_or_else(|| ServeError::Body { reason: error.to_string() })
}
