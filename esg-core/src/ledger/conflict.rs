//! In what two events of one id differ.

use serde_json::Value;

/// Returns the fields that differ, such as `timestamp`, `metrics.energy_kwh` or `tags.region`, in the order of their names.
pub(super) fn differs(first: &Value, second: &Value) -> Vec<String> {
    let mut fields = Vec::new();
    let empty = serde_json::Map::new();
    let (a, b) = (first.as_object().unwrap_or(&empty), second.as_object().unwrap_or(&empty));
    let names = |x: &serde_json::Map<String, Value>, y: &serde_json::Map<String, Value>| {
        let mut names: Vec<String> = x.keys().chain(y.keys()).cloned().collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    for name in names(a, b) {
        let (one, other) = (a.get(&name), b.get(&name));
        if one == other {
            continue;
        }
        match (&*name, one, other) {
            ("tags", Some(Value::Object(x)), Some(Value::Object(y))) => {
                fields.extend(
                    names(x, y)
                        .into_iter()
                        .filter(|tag| x.get(tag) != y.get(tag))
                        .map(|t| format!("tags.{t}")),
                );
            }
            ("metrics", Some(Value::Array(x)), Some(Value::Array(y))) => {
                let odd = x.iter().filter(|m| !y.contains(m)).chain(y.iter().filter(|m| !x.contains(m)));
                let mut names: Vec<String> = odd
                    .map(|metric| format!("metrics.{}", metric["name"].as_str().unwrap_or_default()))
                    .collect();
                names.sort_unstable();
                names.dedup();
                fields.extend(names);
            }
            _ => fields.push(name),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_that_differs_is_named_once() {
        let metric = |name: &str, value: &str| json!({"name": name, "unit": "kWh", "value": value});
        let first = json!({"timestamp": "a", "tags": {"region": "GB", "site": "Hull"}, "metrics": [metric("e", "1"), metric("f", "2")]});
        let second = json!({"timestamp": "b", "tags": {"region": "FR", "site": "Hull", "x": "y"}, "metrics": [metric("e", "3"), metric("g", "2")], "corrects": "c"});
        assert_eq!(
            differs(&first, &second),
            ["corrects", "metrics.e", "metrics.f", "metrics.g", "tags.region", "tags.x", "timestamp"]
        );
        assert!(differs(&first, &first).is_empty());
    }
}
