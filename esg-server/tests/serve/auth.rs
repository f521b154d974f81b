//! Keys, tokens and rates over real sockets: who may ask what, and that a key that is taken back opens nothing.

use std::path::Path;

use crate::served::{Answer, Served, esg, event, fresh};
use serde_json::{Value, json};

const ONE: &str = "/api/v1/telemetry";

/// Makes a key with the command line and returns its name and text.
fn key(data: &Path, scopes: &str, tenant: &str) -> (String, String) {
    let data = data.to_str().unwrap();
    let arguments = [
        "keys", "create", "--data", data, "--label", "test", "--scopes", scopes, "--tenant", tenant, "--json",
    ];
    let made = esg(&arguments).json();
    (made["id"].as_str().unwrap().to_owned(), made["key"].as_str().unwrap().to_owned())
}

fn post(served: &Served, service: &str, path: &str, key: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("Content-Type", "application/json"), ("Authorization", &*bearer)];
    served.send(service, "POST", path, &headers, body.as_bytes())
}

fn get(served: &Served, service: &str, path: &str, key: &str) -> Answer {
    served.send(service, "GET", path, &[("X-Api-Key", key)], b"")
}

#[test]
fn a_key_opens_what_its_scopes_say_for_its_tenant_and_nothing_else() {
    let data = fresh("keys");
    let (_, meters) = key(&data, "ingest", "acme");
    let (_, reader) = key(&data, "read,report", "acme");
    let (_, other) = key(&data, "read,ingest,report", "globex");
    let served = Served::open(&data, &[]);
    assert_eq!(served.post("telemetry", ONE, &event(1)).problem(401), "auth.needed");
    assert_eq!(post(&served, "telemetry", ONE, "esg_wrong", &event(1)).problem(401), "auth.invalid");
    assert_eq!(post(&served, "telemetry", ONE, &reader, &event(1)).problem(403), "auth.scope");
    post(&served, "telemetry", ONE, &meters, &event(1)).expect(201);
    assert_eq!(get(&served, "telemetry", "/api/v1/sources", &meters).problem(403), "auth.scope");
    let mine = get(&served, "telemetry", "/api/v1/sources", &reader).expect(200).json();
    assert_eq!(mine[0]["events"], 1);
    // The same event of another tenant is another event, and neither sees the other's.
    let theirs = get(&served, "telemetry", "/api/v1/sources", &other).expect(200).json();
    assert_eq!(theirs, json!([]));
    assert_eq!(post(&served, "telemetry", ONE, &other, &event(1)).expect(201).json()["seq"], 1);
    let report = post(&served, "compliance", "/api/v1/reports/ghg", &reader, "{}").expect(201);
    let place = report.headers["location"].clone();
    get(&served, "compliance", &place, &reader).expect(200);
    assert_eq!(get(&served, "compliance", &place, &other).problem(404), "ledger.record");
    assert_eq!(get(&served, "compliance", "/api/v1/reports", &other).expect(200).json(), json!([]));
    // The lines of the log are of all tenants.
    assert_eq!(get(&served, "compliance", "/api/v1/audit/entries", &reader).problem(403), "auth.scope");
    // Health says nothing of anyone.
    served.get("compliance", "/health").expect(200);
    let (_, said) = served.stop();
    assert!(!said.concat().contains(&meters), "no secret in the log");
    let kept = std::fs::read_to_string(data.join("keys.json")).unwrap();
    assert!(!kept.contains(&meters) && !kept.contains(meters.rsplit('_').next().unwrap()));
}

#[test]
fn a_key_that_is_taken_back_or_replaced_holds_no_longer() {
    let data = fresh("revoked");
    let (id, old) = key(&data, "ingest,read", "acme");
    let served = Served::open(&data, &[]);
    let sources = "/api/v1/sources";
    get(&served, "telemetry", sources, &old).expect(200);
    let place = data.to_str().unwrap();
    let rotated = esg(&["keys", "rotate", &id, "--data", place, "--json"]).json();
    let new = rotated["key"].as_str().unwrap();
    // The server looks at the file once a second.
    let refused = |key: &str| {
        (0..600).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            get(&served, "telemetry", sources, key).status == 401
        })
    };
    assert!(refused(&old));
    get(&served, "telemetry", sources, new).expect(200);
    let id = rotated["id"].as_str().unwrap();
    assert_eq!(esg(&["keys", "revoke", id, "--data", place]).exit, 0);
    assert!(refused(new));
    let list = esg(&["keys", "list", "--data", place, "--json"]).json();
    let states: Vec<bool> = list.as_array().unwrap().iter().map(|key| key["revoked"].is_string()).collect();
    assert_eq!(states, [false, true]);
}

#[test]
fn guesses_are_answered_429_after_some() {
    let data = fresh("guesses");
    let (_, good) = key(&data, "read", "acme");
    let served = Served::open(&data, &["--services", "telemetry"]);
    let guess = || get(&served, "telemetry", "/api/v1/sources", "esg_000000000000_00");
    // 20 at once, and then 10 a minute.
    let statuses: Vec<u16> = (0..20).map(|_| guess().status).collect();
    assert_eq!(statuses, [401; 20]);
    let refused = (0..20).map(|_| guess()).find(|answer| answer.status == 429).expect("a refusal");
    assert!(refused.headers["retry-after"].parse::<u64>().unwrap() > 0);
    // Whoever guesses from an address keeps it from a good key as well for that time.
    assert_eq!(get(&served, "telemetry", "/api/v1/sources", &good).problem(429), "http.rate");
}

#[test]
fn a_key_that_asks_too_often_is_slowed() {
    use std::io::Write;
    let data = fresh("rate");
    let (_, key) = key(&data, "read", "acme");
    let served = Served::open(&data, &["--services", "telemetry"]);
    let mut stream = served.connect("telemetry");
    let request =
        format!("POST {ONE} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\nContent-Length: 0\r\n\r\n");
    // Its scope refuses each of them, so that nothing but the count takes time.
    let statuses = (0..20_000).map(|_| {
        stream.write_all(request.as_bytes()).unwrap();
        crate::served::answer(&mut stream).status
    });
    let slowed = statuses.enumerate().find(|(_, status)| *status == 429).expect("a refusal").0;
    assert!(slowed >= 1000, "the burst is allowed, and {slowed} were answered");
}

#[test]
fn a_server_that_can_be_reached_from_elsewhere_asks_for_credentials() {
    let data = fresh("reached");
    let place = data.to_str().unwrap();
    let arguments =
        ["serve", "--host", "0.0.0.0", "--data", place, "--services", "telemetry", "--port", "telemetry=0"];
    let refused = esg(&arguments);
    assert!(refused.exit == 2 && refused.stderr.starts_with("error[cli.serve]"), "{refused:?}");
    assert!(!data.join("ledger.sqlite").exists(), "nothing was made");
    key(&data, "read", "acme");
    let served = Served::open(&data, &["--host", "0.0.0.0"]);
    assert_eq!(served.get("telemetry", "/api/v1/sources").problem(401), "auth.needed");
}

#[test]
fn an_open_server_answers_no_web_page_of_elsewhere() {
    let served = Served::start("origin");
    let headers = [("Origin", "https://evil.example")];
    let asked = served.send("telemetry", "GET", "/api/v1/sources", &headers, b"");
    assert_eq!(asked.problem(403), "auth.origin");
}

/// A token, signed by the key of RFC 8037 (appendix A.1), whose public half is `KEY_SET`.
fn token(header: Value, claims: Value) -> String {
    let key = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let signed =
        format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let signature = ed25519_dalek::Signer::sign(&key, signed.as_bytes());
    format!("{signed}.{}", base64url(&signature.to_bytes()))
}

/// RFC 8037, appendix A.1: "d", as bytes.
const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
    0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
/// RFC 8037, appendix A.2, with a name for the key.
const KEY_SET: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","alg":"EdDSA",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn base64url(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes)
}

#[test]
fn a_token_of_the_provider_opens_what_it_says_until_it_is_over() {
    let data = fresh("tokens");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("jwks.json"), KEY_SET).unwrap();
    let config = format!(
        "[tokens]\nissuer = \"https://id.example\"\naudience = \"esg\"\njwks = {:?}\n",
        data.join("jwks.json").display().to_string()
    );
    std::fs::write(data.join("esg.toml"), config).unwrap();
    let served = Served::open(&data, &["--config", data.join("esg.toml").to_str().unwrap()]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let header = json!({"alg": "EdDSA", "kid": "a", "typ": "JWT"});
    let claims = json!({
        "iss": "https://id.example", "aud": "esg", "sub": "meter-gateway", "tenant": "acme",
        "scope": "openid esg:ingest", "exp": now + 600,
    });
    let good = token(header.clone(), claims.clone());
    post(&served, "telemetry", ONE, &good, &event(1)).expect(201);
    let scope = served.send(
        "telemetry",
        "GET",
        "/api/v1/sources",
        &[("Authorization", &format!("Bearer {good}"))],
        b"",
    );
    assert_eq!(scope.problem(403), "auth.scope");
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        token(header.clone(), claims)
    };
    let mut without = claims.clone();
    without.as_object_mut().unwrap().remove("exp");
    let mut tampered = good.clone();
    tampered.pop();
    let unsigned = format!(
        "{}.{}.",
        base64url(b"{\"alg\":\"none\",\"kid\":\"a\"}"),
        base64url(claims.to_string().as_bytes())
    );
    let wrong = [
        ("over", with("exp", json!(now - 3600))),
        ("another server", with("aud", json!("other"))),
        ("another provider", with("iss", json!("https://evil.example"))),
        ("no tenant", with("tenant", Value::Null)),
        ("not yet", with("nbf", json!(now + 3600))),
        ("never over", token(header.clone(), without)),
        ("another key", token(json!({"alg": "EdDSA", "kid": "b"}), claims.clone())),
        ("no key", token(json!({"alg": "EdDSA"}), claims.clone())),
        ("a shared secret", token(json!({"alg": "HS256", "kid": "a"}), claims.clone())),
        ("unsigned", unsigned),
        ("tampered", tampered),
    ];
    for (why, token) in wrong {
        let answer = post(&served, "telemetry", ONE, &token, &event(2));
        assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("auth.invalid")), "{why}");
    }
}
