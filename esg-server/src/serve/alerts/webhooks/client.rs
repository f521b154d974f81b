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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

    use super::super::guard::{Addresses, Resolver};
    use super::*;

    const AUTHORITY: &[u8] = include_bytes!("../../../../tests/tls/authority.der");
    const CERTIFICATE: &[u8] = include_bytes!("../../../../tests/tls/receiver.der");
    const KEY: &[u8] = include_bytes!("../../../../tests/tls/receiver.key.der");
    const MESSAGE: Message<'static> = Message { id: "msg_1", time: 1, signature: "v1,x", body: "{}" };

    /// A receiver of `hooks.example.com` on this machine; it gives what it was sent.
    async fn receiver() -> (SocketAddr, tokio::task::JoinHandle<String>) {
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::try_from(KEY).unwrap();
        let config =
            config.with_no_client_auth().with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key);
        let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { return String::new() };
            let mut got = vec![0; 4096];
            let mut length = 0;
            while !got[..length].ends_with(b"{}") {
                match stream.read(&mut got[length..]).await.unwrap() {
                    0 => break,
                    more => length += more,
                }
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            String::from_utf8(got[..length].to_vec()).unwrap()
        });
        (address, received)
    }

    fn trusting() -> Tls {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(AUTHORITY)).unwrap();
        Tls::trusting(roots)
    }

    fn target(name: &str) -> Target {
        Target::read(&format!("https://{name}/hook"), &[]).unwrap()
    }

    #[tokio::test]
    async fn an_encrypted_message_goes_to_the_address_that_was_looked_at_under_the_name() {
        let (address, received) = receiver().await;
        let answered = send(&target("hooks.example.com"), address, &trusting(), &MESSAGE).await.unwrap();
        assert_eq!(answered, Answered { status: 204, retry_after: None });
        let received = received.await.unwrap();
        assert!(received.starts_with("POST /hook HTTP/1.1\r\nhost: hooks.example.com\r\n"), "{received}");
        assert!(received.contains("webhook-id: msg_1\r\n"), "{received}");
    }

    #[tokio::test]
    async fn a_certificate_of_another_name_or_of_nobody_we_trust_gets_nothing() {
        for (name, tls) in [("other.example.com", trusting()), ("hooks.example.com", Tls::new())] {
            let (address, received) = receiver().await;
            let error = send(&target(name), address, &tls, &MESSAGE).await.unwrap_err();
            assert_eq!(error.code(), "webhook.connect", "{name}");
            assert_eq!(received.await.unwrap(), "", "{name}");
        }
    }

    /// Leads to the public internet when it is looked at, and inside when it is asked again.
    struct Rebinding(AtomicUsize);

    impl Resolver for Rebinding {
        fn addresses(&self, _: String, port: u16) -> Addresses {
            let inside = self.0.fetch_add(1, Ordering::Relaxed) > 0;
            let address = if inside { [127, 0, 0, 1] } else { [1, 1, 1, 1] };
            Box::pin(async move { Ok(vec![SocketAddr::from((address, port))]) })
        }
    }

    #[tokio::test]
    async fn a_name_that_changes_its_mind_is_asked_once() {
        let resolver = Rebinding(AtomicUsize::new(0));
        let target = target("hooks.example.com");
        let looked_at = target.address(&resolver, &[]).await.unwrap();
        assert_eq!(looked_at, "1.1.1.1:443".parse().unwrap());
        // What is connected to is this address: sending takes no name to look up.
        let (address, received) = receiver().await;
        send(&target, address, &trusting(), &MESSAGE).await.unwrap();
        assert!(!received.await.unwrap().is_empty());
        assert_eq!(resolver.0.load(Ordering::Relaxed), 1);
        // And whoever looks again finds that it leads inside.
        assert_eq!(target.address(&resolver, &[]).await.unwrap_err().code(), "webhook.address");
    }

    #[test]
    fn a_wait_is_in_seconds_and_a_day_at_most() {
        let of = |text: &'static str| wait(&HeaderValue::from_static(text));
        assert_eq!(of("120"), Some(Duration::from_secs(120)));
        assert_eq!(of("999999"), Some(LONGEST_WAIT));
        assert_eq!(of("Fri, 31 Dec 1999 23:59:59 GMT"), None);
        assert_eq!(of("-1"), None);
    }
}
