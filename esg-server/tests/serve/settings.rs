//! What an operator decides, and whether a scheduler learns how the server is.

use std::path::Path;

use serde_json::json;

use crate::served::{Served, esg, fresh};

#[test]
fn the_example_of_the_configuration_comes_to_what_it_says() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/esg.toml.example");
    let data = fresh("settings");
    let arguments = ["--config", example.to_str().unwrap(), "--data", data.to_str().unwrap(), "--json"];
    let ran = esg(&[&["check-config"], &arguments[..]].concat());
    let said = ran.json();
    assert_eq!((ran.exit, &said["credentials"]), (0, &json!(false)));
    let ports = json!({"telemetry": 8083, "compliance": 8080, "simulator": 8082, "alerts": 8081});
    assert_eq!(said["services"], ports);
    assert_eq!((&said["log_name"], &said["host"]), (&json!("example.com/footprint"), &json!("127.0.0.1")));
    // Whoever only asks makes nothing.
    assert!(!data.exists());
    // A server that others can reach has to ask who they are.
    let refused = esg(&[&["check-config", "--host", "0.0.0.0"], &arguments[..]].concat());
    assert_eq!(refused.exit, 2);
    assert!(refused.stderr.contains("cli.serve"), "{}", refused.stderr);
}

#[test]
fn a_word_that_the_configuration_does_not_know_is_named() {
    let folder = fresh("settings-wrong");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("esg.toml");
    std::fs::write(&file, "service = [\"telemetry\"]\n").unwrap();
    let ran = esg(&["check-config", "--config", file.to_str().unwrap(), "--json"]);
    assert_eq!(ran.exit, 2);
    assert!(ran.stderr.contains("cli.config") && ran.stderr.contains("`service`"), "{}", ran.stderr);
}

#[test]
fn a_scheduler_learns_whether_a_server_lives() {
    let served = Served::start("health");
    let place = served.address("alerts");
    for (path, status, exit) in [("health", 200, 0), ("ready", 200, 0), ("nowhere", 404, 1)] {
        let ran = esg(&["health", &format!("http://{place}/{path}"), "--json"]);
        assert_eq!((ran.exit, &ran.json()["status"]), (exit, &json!(status)));
    }
    drop(served);
    assert_eq!(esg(&["health", &format!("http://{place}/health")]).exit, 3);
    for wrong in ["https://localhost:1/", "localhost:8083", "http://localhost/", "http://a:1/\r\nX: y"] {
        assert_eq!(esg(&["health", wrong]).exit, 2, "{wrong}");
    }
}
