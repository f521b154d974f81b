//! Webhooks over real sockets: a receiver that checks signatures, and receivers that do everything wrong.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::alerts::{raised, until};
use crate::served::{PATIENCE, Served, base64, fresh};

/// A request as it came.
struct Got {
    head: Vec<(String, String)>,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        let found = self.head.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("no {name}")).1
    }
}

/// A receiver that gives these answers in turn, the last one for ever.
struct Receiver {
    address: SocketAddr,
    got: mpsc::Receiver<Got>,
}

impl Receiver {
    fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (send, got) = mpsc::channel();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                let answer = answers[number.min(answers.len() - 1)].clone();
                if let Some(request) = request(&stream) {
                    let _ = send.send(request);
                }
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { address, got }
    }

    fn next(&self) -> Got {
        self.got.recv_timeout(PATIENCE).expect("a message comes")
    }
}

fn request(stream: &TcpStream) -> Option<Got> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    head.push(("line".to_owned(), line.trim_end().to_owned()));
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        head.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = head.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Got { head, body: String::from_utf8(body).unwrap() })
}

fn status(line: &str, more: &str) -> String {
    format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n{more}\r\n")
}

/// A server that may send to these addresses.
fn served(data: &Path, allowed: &[SocketAddr]) -> Served {
    std::fs::create_dir_all(data).unwrap();
    let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    let config = data.join("esg.toml");
    std::fs::write(&config, format!("[webhooks]\nallow = {}\n", json!(allowed))).unwrap();
    Served::open(data, &["--config", config.to_str().unwrap()])
}

fn webhook(served: &Served, address: SocketAddr) -> Value {
    let asked = json!({"url": format!("http://{address}/hook?from=esg")}).to_string();
    served.post("alerts", "/api/v1/webhooks", &asked).expect(201).json()
}

fn delivery(served: &Served, id: &Value) -> Value {
    served.get("alerts", &format!("/api/v1/deliveries/{id}")).expect(200).json()
}

/// Sends a test message and returns its delivery once it has been tried.
fn tried(served: &Served, webhook: &Value) -> Value {
    let put =
        served.post("alerts", &format!("/api/v1/webhooks/{}/test", webhook["id"]), "").expect(202).json();
    until("an attempt", || {
        let found = delivery(served, &put["delivery_id"]);
        (found["attempts"] != 0 && found["state"] != "sending").then_some(found)
    })
}

#[test]
fn an_alert_is_told_once_and_both_signatures_hold() {
    let receiver = Receiver::start(vec![status("204 No Content", "")]);
    let served = served(&fresh("webhooks"), &[receiver.address]);
    let webhook = webhook(&served, receiver.address);
    let alert = raised(&served);
    let got = receiver.next();
    assert_eq!(got.header("line"), "POST /hook?from=esg HTTP/1.1");
    assert_eq!(
        (got.header("content-type"), got.header("host")),
        ("application/json", &*receiver.address.to_string())
    );
    let body: Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!((&body["type"], &body["data"]["id"]), (&json!("alert.firing"), &alert["id"]));
    // The text of the specification: the signed content is id.timestamp.body.
    let content = format!("{}.{}.{}", got.header("webhook-id"), got.header("webhook-timestamp"), got.body);
    let signatures: Vec<&str> = got.header("webhook-signature").split(' ').collect();
    let secret = base64(webhook["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap());
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
    mac.update(content.as_bytes());
    mac.verify_slice(&base64(signatures[0].strip_prefix("v1,").unwrap())).unwrap();
    let public = base64(webhook["public_key"].as_str().unwrap().strip_prefix("whpk_").unwrap());
    let public = VerifyingKey::from_bytes(&public.try_into().unwrap()).unwrap();
    let signature = Signature::from_slice(&base64(signatures[1].strip_prefix("v1a,").unwrap())).unwrap();
    public.verify(content.as_bytes(), &signature).unwrap();
    // The secret is shown once, and is in no other answer.
    let shown = served.get("alerts", "/api/v1/webhooks").expect(200);
    assert!(!shown.text().contains("whsec_") && shown.text().contains("whpk_"));

    served.post("alerts", &format!("/api/v1/alerts/{}/resolve", alert["id"]), "").expect(200);
    let second = receiver.next();
    let body: Value = serde_json::from_str(&second.body).unwrap();
    assert_eq!((&body["type"], &body["data"]["status"]), (&json!("alert.resolved"), &json!("resolved")));
    assert_ne!(second.header("webhook-id"), got.header("webhook-id"));
    let sent = until("the end of both", || {
        let list = served.get("alerts", "/api/v1/deliveries?state=delivered").expect(200).json();
        (list.as_array().unwrap().len() == 2).then_some(list)
    });
    assert_eq!(sent[0]["last_status"], 204);
    // A message that is asked for again has its own id.
    served.post("alerts", &format!("/api/v1/deliveries/{}/replay", sent[1]["id"]), "").expect(202);
    assert_eq!(receiver.next().header("webhook-id"), got.header("webhook-id"));
    // With a new secret both sign for a day.
    let rotated =
        served.post("alerts", &format!("/api/v1/webhooks/{}/secret", webhook["id"]), "").expect(200).json();
    assert_ne!(rotated["secret"], webhook["secret"]);
    tried(&served, &webhook);
    assert_eq!(receiver.next().header("webhook-signature").split(' ').count(), 3);
}

#[test]
fn a_failed_message_comes_again_and_what_is_gone_is_asked_no_more() {
    let receiver = Receiver::start(vec![status("500 No", ""), status("410 Gone", ""), status("200 OK", "")]);
    let served = served(&fresh("webhooks-again"), &[receiver.address]);
    let webhook = webhook(&served, receiver.address);
    let first = tried(&served, &webhook);
    assert_eq!((&first["state"], &first["last_status"]), (&json!("pending"), &json!(500)));
    assert!(first["last_error"].as_str().unwrap().starts_with("webhook.status"), "{first}");
    let dead = until("the second attempt", || {
        let found = delivery(&served, &first["id"]);
        (found["state"] == "dead").then_some(found)
    });
    assert_eq!((&dead["attempts"], &dead["last_status"]), (&json!(2), &json!(410)));
    let (first, second) = (receiver.next(), receiver.next());
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(first.body, second.body);
    let path = format!("/api/v1/webhooks/{}", webhook["id"]);
    let disabled = served.get("alerts", &path).expect(200).json();
    assert_eq!(disabled["enabled"], false, "{disabled}");
    // The dead letter is there, and goes out when the webhook is enabled.
    let letters = served.get("alerts", "/api/v1/deliveries?state=dead").expect(200).json();
    assert_eq!(letters.as_array().unwrap().len(), 1);
    let kind = [("Content-Type", "application/json")];
    served.send("alerts", "PUT", &path, &kind, br#"{"enabled": true}"#).expect(200);
    served.post("alerts", &format!("/api/v1/deliveries/{}/replay", letters[0]["id"]), "").expect(202);
    assert_eq!(receiver.next().header("webhook-id"), first.header("webhook-id"));
}

#[test]
fn no_redirect_is_followed_and_no_answer_is_read_without_end() {
    let secret = Receiver::start(vec![status("200 OK", "")]);
    let moved = status("307 Temporary Redirect", &format!("Location: http://{}/secret\r\n", secret.address));
    let redirecting = Receiver::start(vec![moved]);
    // A body that says it is 1 TB, and headers of 1 MB.
    let long = format!("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n{}", "x".repeat(1 << 20));
    let headers = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(1 << 20));
    let (endless, wide) = (Receiver::start(vec![long]), Receiver::start(vec![headers]));
    let garbage = Receiver::start(vec!["SSH-2.0-OpenSSH_9.2\r\n".to_owned()]);
    let all = [secret.address, redirecting.address, endless.address, wide.address, garbage.address];
    let served = served(&fresh("webhooks-hostile"), &all);
    let of = |address| tried(&served, &webhook(&served, address));
    let found = of(redirecting.address);
    assert_eq!((&found["state"], &found["last_status"]), (&json!("pending"), &json!(307)));
    assert!(secret.got.try_recv().is_err(), "the redirect was followed");
    assert_eq!(of(endless.address)["state"], "delivered", "the status is what counts");
    for address in [wide.address, garbage.address] {
        let found = of(address);
        assert!(found["last_error"].as_str().unwrap().starts_with("webhook.answer"), "{found}");
    }
}

#[test]
fn a_receiver_that_says_nothing_is_given_up_and_holds_up_nobody() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let good = Receiver::start(vec![status("200 OK", "")]);
    let served = served(&fresh("webhooks-slow"), &[address, good.address]);
    let (slow, good_hook) = (webhook(&served, address), webhook(&served, good.address));
    let put = served.post("alerts", &format!("/api/v1/webhooks/{}/test", slow["id"]), "").expect(202).json();
    until("the silent one to be asked", || {
        (delivery(&served, &put["delivery_id"])["state"] == "sending").then_some(Value::Null)
    });
    assert_eq!(tried(&served, &good_hook)["state"], "delivered");
    assert_eq!(delivery(&served, &put["delivery_id"])["state"], "sending", "it is still waited for");
    let given_up = until("the silent one to be given up", || {
        let found = delivery(&served, &put["delivery_id"]);
        (found["state"] == "pending").then_some(found)
    });
    assert!(given_up["last_error"].as_str().unwrap().starts_with("webhook.time"), "{given_up}");
    drop(silent);
}

#[test]
fn nothing_is_sent_to_where_the_server_stands() {
    let inside = Receiver::start(vec![status("200 OK", "")]);
    let served = Served::start("webhooks-inside");
    let refused = |url: &str| {
        let asked = json!({"url": url}).to_string();
        served.post("alerts", "/api/v1/webhooks", &asked).problem(400)
    };
    let port = inside.address.port();
    for url in [
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://[64:ff9b::a00:1]/".to_owned(),
        "https://[2002:7f00:1::]/".to_owned(),
    ] {
        assert_eq!(refused(&url), "webhook.address", "{url}");
    }
    assert_eq!(refused("http://example.com/"), "webhook.url");
    assert_eq!(refused("file:///etc/passwd"), "webhook.url");
    let wrong = r#"{"url": "https://example.com/", "events": ["alert.loud"]}"#;
    assert_eq!(served.post("alerts", "/api/v1/webhooks", wrong).problem(400), "webhook.event");
    // A name is looked at when a message goes out: this one leads inside, and nothing is connected to.
    let asked = json!({"url": format!("https://localhost:{port}/")}).to_string();
    let webhook = served.post("alerts", "/api/v1/webhooks", &asked).expect(201).json();
    let found = tried(&served, &webhook);
    let error = found["last_error"].as_str().unwrap();
    assert!(error.starts_with("webhook.address") || error.starts_with("webhook.resolve"), "{found}");
    assert!(inside.got.recv_timeout(Duration::from_millis(200)).is_err(), "something was sent");
}

#[test]
fn the_50th_webhook_is_the_last_one() {
    let served = Served::start("many-webhooks");
    let asked = r#"{"url": "https://example.com/"}"#;
    for _ in 0..50 {
        served.post("alerts", "/api/v1/webhooks", asked).expect(201);
    }
    assert_eq!(served.post("alerts", "/api/v1/webhooks", asked).problem(409), "alert.too_many");
}
