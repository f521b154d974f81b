//! The house: its floors, what may be brought in from outside, and what no file may do.
//!
//! These are rules of DESIGN and STYLE that the compiler does not know. The text of `src` is read, so a rule that is
//! broken is named with its file and line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate from the lowest floor up. A file imports from its own floor or a lower one.
const FLOORS: &[&[&str]] = &[
    &[
        "nearest",
        "shortest",
        "decimal",
        "ratio",
        "amount",
        "time",
        "math",
        "json",
        "canonical",
        "activity",
        "block",
        "codes",
    ],
    &["distribution", "pedigree", "units", "lineage", "audit"],
    &["factor", "telemetry"],
    &["normalize"],
    &["ghg"],
    &["aggregate", "kpi", "simulate", "store"],
    &["report", "score", "alert"],
    &["account"],
    &["face", "ledger"],
];

/// Stands outside of the floors: it gathers the errors of all of them, and all name its `Kind`.
const GATHERS: &str = "error";

/// Modules of one floor that may name each other: a decimal is a ratio, and a ratio is written as a decimal.
const TWINS: &[(&str, &str)] = &[("decimal", "ratio")];

/// Names at the root of the crate, and the modules that they come from.
const ROOT_NAMES: &[(&str, &str)] =
    &[("Amount", "amount"), ("Decimal", "decimal"), ("Error", GATHERS), ("Kind", GATHERS)];

/// What esg-core may be built from. A new one says in its commit what it saves us.
const DEPENDENCIES: &[&str] = &[
    "ahash",
    "arrow",
    "base64",
    "csv",
    "ed25519-dalek",
    "num-bigint",
    "num-integer",
    "num-traits",
    "pulp",
    "rayon",
    "rust_xlsxwriter",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
];

/// The core is a function of its arguments: it reads no clock, disk, network or environment, and says nothing.
const IMPURE: &[&str] = &[
    "unsafe ",
    "unsafe{",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread::sleep",
    "SystemTime",
    "Instant::now",
    "env!(",
    "print!(",
    "println!(",
    "dbg!(",
];

/// Functions of the platform's mathematical library, whose last bit differs between systems.
const PLATFORM: &[&str] = &[
    "ln", "ln_1p", "log", "log2", "log10", "exp", "exp2", "exp_m1", "powf", "powi", "sin", "cos", "tan",
    "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "cbrt", "hypot", "mul_add",
];

/// Work that is put off.
const UNDONE: &[&str] = &["TODO", "FIXME", "XXX", "todo!", "unimplemented!"];

/// Most lines of a file.
const MAX_LINES: usize = 500;

/// Files that may be longer, and why.
const LONG: &[(&str, &str)] = &[];

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Name below `root` and text of every Rust file.
fn sources(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// The text without comments, line by line. A `//` inside a string ends the line too: what stands behind it is no code.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let cut = |line| str::find(line, "//").map_or(line, |at| &line[..at]);
    text.lines().enumerate().map(move |(i, line)| (i + 1, cut(line)))
}

/// The text without the tests at its end: those may look up.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests {").map_or(text, |at| &text[..at])
}

/// The modules that a text names by `crate::module` or `crate::{module, ...}`.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = code(without_tests(text)).flat_map(|(_, line)| [line, "\n"]).collect();
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let mut names = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => {
                names.insert(word(after));
            }
            Some(list) => {
                let mut depth = 0;
                let mut start = true;
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && !c.is_whitespace() => {
                            names.insert(word(&list[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
        .into_iter()
        .map(|n| ROOT_NAMES.iter().find(|(name, _)| *name == n).map_or(n, |r| r.1.into()))
        .collect()
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

/// `factor/set.rs` and `factor.rs` belong to `factor`.
fn module_of(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn an_import_is_read_however_it_is_written() {
    let text = "use crate::time::Day;\nuse crate::{amount::{Amount, Rate},\n    ratio::Ratio, Decimal};\n\
                fn f() { crate::math::exp(1.0) } // crate::report\n#[cfg(test)]\nmod tests {\n use crate::score; }";
    let names: Vec<_> = imports(text).into_iter().collect();
    assert_eq!(names, ["amount", "decimal", "math", "ratio", "time"]);
}

#[test]
fn every_file_imports_only_from_its_own_floor_or_a_lower_one() {
    let mut wrong = Vec::new();
    for (file, text) in sources(&folder("src")) {
        let module = module_of(&file);
        if [GATHERS, "lib"].contains(&module) || file.ends_with("tests.rs") {
            continue;
        }
        let Some(own) = floor(module) else {
            wrong.push(format!("{file}: {module} stands on no floor"));
            continue;
        };
        for name in imports(&text).into_iter().filter(|name| name != GATHERS) {
            match floor(&name) {
                None => wrong.push(format!("{file}: crate::{name} stands on no floor")),
                Some(other) if other > own => wrong.push(format!("{file}: crate::{name} is a higher floor")),
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_of_one_floor_stand_in_an_order() {
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in sources(&folder("src")) {
        let module = module_of(&file).to_owned();
        if floor(&module).is_some() && !file.ends_with("tests.rs") {
            let twin =
                |n: &String| TWINS.contains(&(module.as_str(), n)) || TWINS.contains(&(n, module.as_str()));
            let others = imports(&text).into_iter().filter(|n| *n != module && n != GATHERS && !twin(n));
            needs.entry(module.clone()).or_default().extend(others);
        }
    }
    // Take away what needs nothing that is left; what stays is a circle.
    while let Some(free) = needs.iter().find(|(_, n)| n.iter().all(|m| !needs.contains_key(m))) {
        let free = free.0.clone();
        needs.remove(&free);
    }
    assert!(needs.is_empty(), "these import each other in a circle: {needs:#?}");
}

#[test]
fn the_core_depends_only_on_what_is_listed() {
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if line.starts_with('[') {
            section = line;
            let own_table = line.contains("dependencies.") || line.contains("target.");
            assert!(!own_table, "{line}: write dependencies as lines of [dependencies]");
        } else if section == "[dependencies]" {
            found.push(line.split(['=', '.', ' ']).next().unwrap());
        } else if section == "[build-dependencies]" {
            panic!("{line}: the core is built without a build script");
        }
    }
    assert_eq!(found, DEPENDENCIES, "the dependencies of esg-core, in order");
}

#[test]
fn the_core_has_no_hands_and_no_unsafe() {
    let mut wrong = Vec::new();
    for (file, text) in sources(&folder("src")) {
        for (number, line) in code(&text) {
            wrong.extend(
                IMPURE
                    .iter()
                    .filter(|word| line.contains(*word))
                    .map(|word| format!("{file}:{number}: {word}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_simulated_is_the_same_bits_on_every_platform() {
    let mut wrong = Vec::new();
    for (file, text) in sources(&folder("src")).iter().filter(|(file, _)| module_of(file) == "simulate") {
        for (number, line) in code(without_tests(text)) {
            let called =
                |name: &&&str| line.contains(&format!(".{name}(")) || line.contains(&format!("f64::{name}"));
            wrong.extend(PLATFORM.iter().filter(called).map(|name| format!("{file}:{number}: {name}")));
        }
    }
    assert!(wrong.is_empty(), "take crate::math:\n{}", wrong.join("\n"));
}

#[test]
fn a_file_has_one_job_and_is_not_long() {
    let files = sources(&folder("src"));
    for (file, text) in &files {
        let lines = text.lines().count();
        let excused = LONG.iter().any(|(name, _)| name == file);
        assert!(lines <= MAX_LINES || excused, "{file} has {lines} lines, more than {MAX_LINES}: split it");
        assert!(
            lines > MAX_LINES || !excused,
            "{file} has {lines} lines: take it off the list of long files"
        );
    }
    for (name, reason) in LONG {
        assert!(
            files.contains_key(*name) && !reason.is_empty(),
            "{name} is no file, or nobody says why it is long"
        );
    }
}

#[test]
fn nothing_is_put_off() {
    let mut wrong = Vec::new();
    for root in [
        "src",
        "examples",
        "../esg-py/src",
        "../esg-server/src",
        "../benches/src",
        "../examples",
        "../tests/support",
    ] {
        let root = folder(root);
        if root.is_dir() {
            for (file, text) in sources(&root) {
                for (i, line) in text.lines().enumerate() {
                    let words = UNDONE.iter().filter(|word| line.contains(*word));
                    wrong.extend(words.map(|word| format!("{}/{file}:{}: {word}", root.display(), i + 1)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
