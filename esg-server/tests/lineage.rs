//! `esg lineage`: the page's example, the formats, and what is refused.

// Every test file takes what it needs of the shared functions.
#[allow(dead_code)]
mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{Ran, esg, folder};
use serde_json::Value;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/lineage.md");
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The first block of a language in the page.
fn block(page: &str, language: &str) -> String {
    let (_, after) = page.split_once(&format!("```{language}\n")).expect("the page has such a block");
    after.split_once("```").expect("the block ends").0.to_owned()
}

fn lineage(cell: &str, arguments: &[&str]) -> Ran {
    let event = block(&page(), "json");
    esg(&[&["lineage", cell, "-", "--gwp", "AR5"], arguments].concat(), event.as_bytes())
}

#[test]
fn the_example_of_the_page_works_as_it_is_written() {
    let page = page();
    let folder = folder("lineage-page");
    std::fs::write(folder.join("meter.jsonl"), block(&page, "json")).unwrap();
    let command = block(&page, "sh");
    let arguments: Vec<&str> = command.trim().strip_prefix("esg ").unwrap().split(' ').collect();
    let file = folder.join("meter.jsonl");
    let file = file.to_str().unwrap();
    let arguments: Vec<&str> =
        arguments.into_iter().map(|a| if a == "meter.jsonl" { file } else { a }).collect();
    let ran = esg(&arguments, b"");
    assert_eq!((ran.exit, &*ran.stdout), (0, &*block(&page, "text")), "{ran:?}");
}

#[test]
fn the_figure_is_the_one_of_the_report() {
    let event = block(&page(), "json");
    let report = esg(&["report", "-", "--gwp", "AR5", "--json"], event.as_bytes()).json();
    let lines = report["summary"].as_array().unwrap();
    let line = lines.iter().find(|line| line["id"] == "scope2_location").unwrap();
    let cell = lineage("2-location", &["--json"]).json();
    assert_eq!(cell["co2e_kg"], line["co2e_kg"]);
    // CO2, CH4 and N2O of one row; the cells of the report have the same factor digest.
    assert_eq!(cell["terms"].as_array().unwrap().len(), 3);
    let digest = cell["terms"][0]["factors"][0]["digest"].as_str().unwrap();
    assert!(report["sets"].to_string().contains(digest) || report["factors"].to_string().contains(digest));
}

#[test]
fn every_format_gives_the_same_graph() {
    let nodes = lineage("2-location", &["--format", "json"]).json()["nodes"].as_array().unwrap().len();
    let prov = lineage("2-location", &["--format", "prov"]).json();
    assert_eq!(prov["entity"].as_object().unwrap().len(), nodes);
    let mermaid = lineage("2-location", &["--format", "mermaid"]).stdout;
    assert!(mermaid.starts_with("flowchart LR\n"));
    assert_eq!(mermaid.lines().filter(|line| line.contains('"')).count(), nodes);
    let dot = lineage("2-location", &["--format", "dot"]).stdout;
    assert_eq!(dot.lines().filter(|line| line.contains("[shape=")).count(), nodes);
    assert!(dot.starts_with("digraph lineage {\n") && dot.ends_with("}\n"));
}

#[test]
fn a_file_is_written_where_it_is_asked_for() {
    let path = folder("lineage-out").join("a").join("trail.json");
    let ran = lineage("2-location", &["--format", "json", "--out", path.to_str().unwrap()]);
    assert_eq!((ran.exit, &*ran.stdout), (0, ""), "{ran:?}");
    let written: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(written["cell"], "scope=2 location");
}

#[test]
fn what_names_no_cell_is_refused_with_its_code() {
    for (cell, code, words) in [
        ("site=SFO", "lineage.cell", "begins with the scope"),
        ("2-location,site=LAX", "lineage.cell_unknown", "site is one of SFO"),
        ("2-location,day=2024-03-15", "inventory.dimension", "day"),
    ] {
        let ran = lineage(cell, &[]);
        assert_eq!((ran.exit, &*ran.code()), (2, code), "{ran:?}");
        assert!(ran.stderr.contains(words) && ran.stdout.is_empty(), "{ran:?}");
    }
    assert_eq!(lineage("2-location,day=2024-03-15", &["--by", "day"]).exit, 0);
    assert_eq!(esg(&["lineage", "1", "-", "--format", "svg"], b"").exit, 2);
}

/// Runs the check of the page on an answer of `--format json`.
fn checked(answer: &Value) -> String {
    let mut python = Command::new("python3")
        .args(["-c", &block(&page(), "python")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the examples of the pages need python3");
    python.stdin.take().unwrap().write_all(answer.to_string().as_bytes()).unwrap();
    String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn the_check_of_the_page_agrees_and_sees_a_changed_digit() {
    let plant = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/smart_manufacturing.csv");
    let arguments = ["--gwp", "AR5", "--allow", "newer_edition", "--format", "json"];
    let ran = esg(&[&["lineage", "2-location,month=2024-03", plant], &arguments[..]].concat(), b"");
    let mut answer = ran.json();
    assert!(answer["terms"].as_array().unwrap().len() > 2000, "each hour of March has three gases");
    assert_eq!(checked(&answer), "True\n");
    answer["terms"][7]["quantity"] = "0.01373".into();
    assert_eq!(checked(&answer), "False\n");
}
