//! Reading of the shared vectors.

#![allow(dead_code, reason = "each test file uses its part")]

use std::path::PathBuf;

use serde_json::Value;

/// The path of a vector file.
pub fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "vectors", name].iter().collect()
}

/// The text of a vector file.
pub fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The cases of a vector file, which must be as many as it says.
pub fn cases(name: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(&text(name)).unwrap();
    let cases = file["cases"].as_array().unwrap().clone();
    assert_eq!(file["count"].as_u64().unwrap() as usize, cases.len(), "{name}");
    cases
}

/// A string member of a case.
pub fn string<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("no text {name} in {case}"))
}

/// The bytes of a base64 member of a case.
pub fn base64(case: &Value, name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for b in string(case, name).bytes().filter(|&b| b != b'=') {
        let six = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            .iter()
            .position(|&c| c == b)
            .unwrap();
        bits = bits << 6 | six as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
