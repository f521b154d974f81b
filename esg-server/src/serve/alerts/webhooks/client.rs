//! One request to one address: no redirect, no second address, no long answer, no long wait.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::error::WebhookError;
use super::guard::Target;
use crate::serve::limits::{DELIVERY_TIME, MAX_DELIVERY_ANSWER, MAX_HEADER_BYTES, MAX_HEADERS};

/// Who sends.
const AGENT: &str = concat!("esg/", env!("CARGO_PKG_VERSION"));
/// Longest wait that a receiver can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// What makes encrypted connections.
pub struct Tls(TlsConnector);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Trusts the roots that Mozilla's programs trust.
    pub fn new() -> Self {
        Self::trusting(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect())
    }

    fn trusting(roots: RootCertStore) -> Self {
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has the protocols that it comes with");
        Self(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
    }
}

/// A message with its signature.
#[derive(Clone, Debug)]
pub struct Message<'m> {
    /// `webhook-id`.
    pub id: &'m str,
    /// `webhook-timestamp`, in seconds since 1970.
    pub time: i64,
    /// `webhook-signature`.
    pub signature: &'m str,
    /// The body.
    pub body: &'m str,
}

/// What was answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Answered {
    /// Status.
    pub status: u16,
    /// How long the receiver asks to wait.
    pub retry_after: Option<Duration>,
}

/// Sends a message to a target at exactly this address.
///
/// # Errors
/// `webhook.connect`, `webhook.answer`, `webhook.time`.
pub async fn send(
    target: &Target,
    address: SocketAddr,
    tls: &Tls,
    message: &Message<'_>,
) -> Result<Answered, WebhookError> {
    let sending = exchange(target, address, tls, message);
    let late = |_| WebhookError::Time { seconds: DELIVERY_TIME.as_secs() };
    tokio::time::timeout(DELIVERY_TIME, sending).await.map_err(late)?
}

async fn exchange(
    target: &Target,
    address: SocketAddr,
    tls: &Tls,
    message: &Message<'_>,
) -> Result<Answered, WebhookError> {
    let unconnected = |error: std::io::Error| WebhookError::Connect { reason: error.to_string() };
    let stream = TcpStream::connect(address).await.map_err(unconnected)?;
    let stream: Box<dyn Stream> = if target.tls {
        let name = ServerName::try_from(target.host.clone())
            .map_err(|error| WebhookError::Connect { reason: error.to_string() })?;
        Box::new(tls.0.connect(name, stream).await.map_err(unconnected)?)
    } else {
        Box::new(stream)
    };
    let wrong = |error: hyper::Error| WebhookError::Answer { reason: error.to_string() };
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEADER_BYTES).max_headers(MAX_HEADERS);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(wrong)?;
    let request = request(target, message)?;
    let talking = async {
        let answer = sender.send_request(request).await.map_err(wrong)?;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(wait);
        // Read to its end or to the limit, so that the receiver is not cut off; what it says is kept nowhere.
        let _ = Limited::new(answer.into_body(), MAX_DELIVERY_ANSWER).collect().await;
        Ok(Answered { status, retry_after })
    };
    // The connection moves while the answer is waited for, and goes with it.
    tokio::pin!(connection);
    tokio::pin!(talking);
    let mut open = true;
    loop {
        tokio::select! {
            answered = &mut talking => return answered,
            ended = &mut connection, if open => {
                open = false;
                if let Err(error) = ended {
                    return Err(wrong(error));
                }
            }
        }
    }
}

fn request(target: &Target, message: &Message<'_>) -> Result<Request<Full<Bytes>>, WebhookError> {
    let built = Request::post(&target.path)
        .header(HOST, &target.authority)
        .header(CONTENT_TYPE, crate::serve::answer::JSON)
        .header(USER_AGENT, AGENT)
        .header(CONNECTION, "close")
        .header("webhook-id", message.id)
        .header("webhook-timestamp", message.time)
        .header("webhook-signature", message.signature)
        .body(Full::new(Bytes::copy_from_slice(message.body.as_bytes())));
    built.map_err(|error| WebhookError::Connect { reason: error.to_string() })
}

/// The seconds of `Retry-After`; a date is not taken, because clocks differ.
fn wait(value: &HeaderValue) -> Option<Duration> {
    let seconds: u64 = value.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}
