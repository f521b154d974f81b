//! Codes are a promise to callers in every language: each that the source has is in the documentation, and no other.
//!
//! Those of the engine come from `code()` and `kind()`, those of the command line from the words `cli.*` in its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn texts(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(fs::read_to_string(&path).unwrap());
        }
    }
}

fn source(package: &str) -> Vec<String> {
    let mut all = Vec::new();
    texts(&root().join(package).join("src"), &mut all);
    all
}

/// The codes of refusals that the command line makes itself: arguments and files.
fn command_line_codes() -> BTreeSet<String> {
    let words = |text: String| {
        let words = text.split("\"cli.").skip(1).filter_map(|after| after.split('"').next());
        words.map(|word| format!("cli.{word}")).filter(|code| is_code(code)).collect::<Vec<_>>()
    };
    source("esg-server").into_iter().flat_map(words).collect()
}

/// The text up to the brace that closes the first one.
fn body(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return &text[..at],
            '}' => depth -= 1,
            _ => {}
        }
    }
    text
}

/// The string literals of a piece of code that has no escapes in them.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    code.split('"').skip(1).step_by(2)
}

fn is_code(text: &str) -> bool {
    let word = |w: &str| {
        !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    text.split_once('.').is_some_and(|(area, name)| word(area) && word(name))
}

/// Words in backquotes that stand first in a row of a table.
fn first_cells(page: &str) -> BTreeSet<String> {
    let cell = |line: &str| line.strip_prefix("| `")?.split('`').next().map(str::to_owned);
    page.lines().filter_map(cell).collect()
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap_or_else(|e| panic!("docs/{name}: {e}"))
}

#[track_caller]
fn assert_same(in_source: &BTreeSet<String>, in_docs: &BTreeSet<String>, page: &str) {
    let missing: Vec<_> = in_source.difference(in_docs).collect();
    let stale: Vec<_> = in_docs.difference(in_source).collect();
    assert!(missing.is_empty(), "docs/{page} does not explain {missing:?}");
    assert!(stale.is_empty(), "docs/{page} explains {stale:?}, which the source does not have");
}

/// The arms of a match over `Self`: the names of the variants, and what they give.
fn arms(body: &str) -> Vec<(Vec<&str>, &str)> {
    fn variants(pattern: &str) -> Vec<&str> {
        let name = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        pattern.split("Self::").skip(1).map(|text| &text[..name(text)]).collect()
    }
    let mut parts = body.split("=>");
    let mut pattern = parts.next().unwrap_or_default();
    let mut found = Vec::new();
    for part in parts {
        let end = part.find("Self::").unwrap_or(part.len());
        found.push((variants(pattern), &part[..end]));
        pattern = &part[end..];
    }
    found
}

/// Every code of the source with its kind.
fn codes() -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for text in source("esg-core") {
        for after in text.split("pub fn code(&self) -> &'static str").skip(1) {
            let (_, kinds) =
                after.split_once("pub fn kind(&self) -> Kind").expect("a kind follows every code");
            let kinds = arms(body(kinds));
            for (variants, value) in arms(body(after)) {
                for code in literals(value).filter(|l| is_code(l)) {
                    let of = |variant: &&str| kinds.iter().find(|(names, _)| names.contains(variant));
                    let kind = variants.first().and_then(of).and_then(|(_, kind)| kind.split_once("Kind::"));
                    let (_, kind) = kind.unwrap_or_else(|| panic!("{code} has no kind"));
                    let kind = kind.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
                    codes.insert(code.to_owned(), kind.to_lowercase());
                }
            }
        }
    }
    codes
}

#[test]
fn every_error_code_is_documented_and_no_other() {
    let mut codes: BTreeSet<String> = codes().into_keys().collect();
    assert!(codes.contains("factor.not_found") && codes.len() > 50, "the search finds only {codes:?}");
    codes.extend(command_line_codes());
    assert_same(&codes, &first_cells(&page("errors.md")), "errors.md");
}

#[test]
fn every_error_is_documented_with_its_own_kind() {
    let page = page("errors.md");
    for (code, kind) in codes() {
        assert!(page.contains(&format!("| `{code}` | {kind} |")), "docs/errors.md: {code} is {kind}");
    }
}

#[test]
fn every_kind_of_error_is_documented() {
    let page = page("errors.md");
    for kind in ["invalid", "missing", "conflict", "corrupt"] {
        assert!(page.contains(&format!("**{kind}**")), "docs/errors.md does not explain the kind {kind}");
    }
}

#[test]
fn every_caveat_is_documented_and_no_other() {
    let coverage = fs::read_to_string(root().join("esg-core/src/aggregate/coverage.rs")).unwrap();
    let said: BTreeSet<String> = coverage
        .split("say(")
        .skip(1)
        .filter_map(|after| after.trim_start().strip_prefix('"')?.split('"').next().map(str::to_owned))
        .collect();
    assert!(said.contains("fallback_used") && said.len() > 5, "the search finds only {said:?}");
    let method = page("method.md");
    let (_, caveats) = method.split_once("## Caveats").expect("docs/method.md has a section Caveats");
    let caveats = caveats.split("\n## ").next().unwrap_or_default();
    assert_same(&said, &first_cells(caveats), "method.md");
}

#[test]
fn every_caveat_of_a_forecast_is_documented_and_no_other() {
    let source = fs::read_to_string(root().join("esg-core/src/simulate/forecast/caveat.rs")).unwrap();
    let (_, names) = source.split_once("pub const fn name(&self)").expect("caveats have names");
    let said: BTreeSet<String> = literals(body(names)).map(str::to_owned).collect();
    assert!(said.contains("interpolated") && said.len() > 5, "the search finds only {said:?}");
    let page = page("forecast.md");
    let (_, caveats) = page.split_once("Caveats\n").expect("docs/forecast.md has a section on caveats");
    let caveats = caveats.split("\n## ").next().unwrap_or_default();
    assert_same(&said, &first_cells(caveats), "forecast.md");
}
