//! A ledger in PostgreSQL is audited with psql and the auditor's verifier, by the words of `docs/ledger.md`.

use std::fs;
use std::path::Path;
use std::process::Command;

use esg_core::audit::{Checkpoint, SignerKey};

use super::common::{fill, folder, ingest, name, open_salts, prepared, stamp, trip, with};
use super::{config, ledger, server, undisturbed};

/// The commands of the page, between this line and the end of the block.
fn commands() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ledger.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page
        .split_once("```sh\nmkdir -p audited/log audited/checkpoints audited/payloads\n")
        .expect("the page says how to audit a schema");
    let (commands, _) = rest.split_once("```").unwrap();
    format!("set -e\nmkdir -p audited/log audited/checkpoints audited/payloads\n{commands}")
}

#[test]
fn an_auditor_needs_psql_and_the_verifier_and_nothing_of_ours() {
    let _undisturbed = undisturbed();
    let (server, folder) = (server("export"), folder("export"));
    fs::create_dir_all(&folder).unwrap();
    let mut opened = ledger(&server);
    // A backslash, a quotation mark and other scripts come out as they went in.
    let events = [trip("a\\n\"é\u{1F600}", "2025-03-01", "1"), trip("b", "2025-03-01", "2")];
    ingest(&mut opened, &events);
    fill(&mut opened, 65_540);
    ingest(&mut opened, &[with(trip("c", "2025-03-02", "3"), "corrects", "b")]);
    // Detached events come out with what they committed to, and without what was redacted.
    let apart = [trip("d\\n\"é\u{1F600}", "2025-03-01", "1"), trip("e", "2025-03-01", "2")];
    opened.ingest(prepared(&apart).detached(open_salts).unwrap(), stamp()).unwrap();
    opened.redact(65_542, "asked for", stamp()).unwrap();
    let key = SignerKey::from_seed(name().as_str(), &[7; 32]).unwrap();
    let chain = opened.chain();
    let note = Checkpoint::new(chain.name(), chain.size(), chain.root()).sign(&key).unwrap();
    fs::write(folder.join("signed"), note.to_string()).unwrap();

    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools");
    std::os::unix::fs::symlink(tools.canonicalize().unwrap(), folder.join("tools")).unwrap();
    let programs = std::env::var("ESG_POSTGRES_BIN").unwrap_or_default();
    let run = || {
        Command::new("bash")
            .args(["-c", &commands()])
            .current_dir(&folder)
            .env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap()))
            .env("DATABASE", config())
            .env("SCHEMA", server.schema())
            .env("KEY", key.verifier().to_string())
            .output()
            .unwrap()
    };
    let output = run();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("65544") && said.contains("1 payloads gone of which 1 redacted"), "{said}");
    let first = fs::read(folder.join("audited/log/00000000.jsonl")).unwrap();
    assert_eq!(first.iter().filter(|byte| **byte == b'\n').count(), 65_536);
    // A line that someone with the rights of the owner has changed is found.
    let change = "ALTER TABLE line DISABLE TRIGGER added_only;
        UPDATE line SET line = convert_to(replace(convert_from(line, 'UTF8'), '\"2\"', '\"3\"'), 'UTF8') WHERE seq = 1";
    super::meddle(&server, change);
    let output = run();
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stdout));
    fs::remove_dir_all(folder).unwrap();
}
