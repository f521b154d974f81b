//! Reading and comparing the worked examples under `tests/vectors`.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use esg_core::decimal::Decimal;
use esg_core::ratio::Ratio;
use serde_json::Value;

/// The cases of a vector file, which must be as many as it says.
pub fn cases(name: &str) -> Vec<Value> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "tests", "vectors", name].iter().collect();
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{name}: {e}"));
    let file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].as_array().unwrap().clone();
    assert_eq!(file["count"].as_u64().unwrap() as usize, cases.len(), "{name}");
    cases
}

/// The id of a case.
pub fn id(case: &Value) -> &str {
    case["id"].as_str().unwrap_or_else(|| panic!("no id in {case}"))
}

/// Fails unless every listed id is one of a case, so that a list of exceptions cannot outlive its cases.
pub fn all_exist(listed: &[(&str, &str)], cases: &[Value]) {
    let known: BTreeSet<&str> = cases.iter().map(id).collect();
    for (listed, reason) in listed {
        assert!(known.contains(listed), "{listed} is listed ({reason}) but is no case");
    }
}

/// True for a listed id.
pub fn is_listed(listed: &[(&str, &str)], id: &str) -> bool {
    listed.iter().any(|(other, _)| *other == id)
}

/// The exact value of decimal text, or of a fraction.
pub fn ratio(text: &str) -> Ratio {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The exact value of a JSON number, which is its shortest decimal, or of a string.
pub fn number(value: &Value) -> Ratio {
    match value {
        Value::Number(number) => ratio(&number.to_string()),
        Value::String(text) => ratio(text),
        other => panic!("{other} is no number"),
    }
}

/// The exact value of a percentage as a share.
pub fn percent(value: &Value) -> Ratio {
    &number(value) * &ratio("0.01")
}

/// The items of an array.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// Fails unless `got` is within `rel` of `want`.
#[track_caller]
pub fn close(got: &Ratio, want: &Value, rel: f64, place: &str) {
    let (got, want) = (got.to_f64(), want.as_f64().unwrap_or_else(|| panic!("{place}: {want} is no number")));
    let (gap, allowed) = ((got - want).abs(), rel * want.abs());
    assert!(gap <= allowed, "{place}: got {got:e}, want {want:e}, gap {gap:e}, allowed {allowed:e}");
}

/// Fails unless `got` is within `abs` of `want`.
#[track_caller]
pub fn near(got: f64, want: &Value, abs: f64, place: &str) {
    let want = want.as_f64().unwrap_or_else(|| panic!("{place}: {want} is no number"));
    let gap = (got - want).abs();
    assert!(gap <= abs, "{place}: got {got:e}, want {want:e}, gap {gap:e}, allowed {abs:e}");
}

/// Fails unless `got` rounds to the printed number `want`, to as many places as it has; a tie may go either way.
#[track_caller]
pub fn prints(got: &Ratio, want: &Value, place: &str) {
    let want: Decimal = want.to_string().parse().unwrap();
    let half = &Ratio::new(1, 2).unwrap() * &Ratio::from(10).pow(-(want.scale() as i32)).unwrap();
    let gap = got - &Ratio::from(want);
    assert!(gap <= half && -gap.clone() <= half, "{place}: {} does not print as {want}", got.to_f64());
}
