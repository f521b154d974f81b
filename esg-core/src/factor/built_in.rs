//! The sets that come with the engine, as text in the binary; nothing is read until it is asked for.

use std::sync::{Arc, OnceLock};

use super::set::FactorSet;

macro_rules! embedded {
    ($($file:literal),+ $(,)?) => {
        /// File name and text of every set.
        const TEXTS: &[(&str, &str)] = &[$(($file, include_str!(concat!("../../data/sets/", $file)))),+];
    };
}

embedded!(
    "aib-residual-mix-2025.1.0.jsonl",
    "ccf-coefficients-2026.1.0.jsonl",
    "cea-india-grid-2025.1.0.jsonl",
    "cloud-efficiency-2024.1.0.jsonl",
    "codecarbon-cpu-3.3.2.jsonl",
    "desnz-uk-2024.1.1.jsonl",
    "desnz-uk-2025.1.0.jsonl",
    "desnz-uk-2026.1.2.jsonl",
    "eea-grid-2024.1.0.jsonl",
    "electricity-maps-2025.1.0.jsonl",
    "epa-egrid-2023.1.0.jsonl",
    "epa-egrid-2023.2.0.jsonl",
    "epa-ghg-hub-2025.1.0.jsonl",
    "epa-supply-chain-1.3.0.jsonl",
    "eurostat-grid-2023.1.0.jsonl",
    "google-region-carbon-2024.1.0.jsonl",
    "ipcc-2006-1.0.0.jsonl",
    "macknick-water-2012.1.0.jsonl",
    "mee-china-grid-2023.1.0.jsonl",
    "mlco2-hardware-2026.1.0.jsonl",
    "owid-ember-2024.1.0.jsonl",
);

/// One line of `data/sets/index.json`.
#[derive(serde::Deserialize)]
struct Entry {
    file: String,
    digest: String,
}

/// Returns the sets by name, newest version first.
pub(super) fn sets() -> Vec<Arc<FactorSet>> {
    static SETS: OnceLock<Vec<Arc<FactorSet>>> = OnceLock::new();
    SETS.get_or_init(|| {
        let index: Vec<Entry> = serde_json::from_str(include_str!("../../data/sets/index.json"))
            .expect("the importers write this file and a test reads it");
        let mut sets: Vec<Arc<FactorSet>> = TEXTS
            .iter()
            .map(|(file, text)| {
                let entry =
                    index.iter().find(|e| e.file == *file).expect("a test holds the index against the files");
                Arc::new(FactorSet::built_in(text, &entry.digest).expect("a test opens every built-in set"))
            })
            .collect();
        sets.sort_by_cached_key(|s| {
            (s.passport().set.clone(), std::cmp::Reverse(s.passport().version_key()))
        });
        sets
    })
    .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_set_is_what_its_index_says() {
        let index: Vec<Entry> = serde_json::from_str(include_str!("../../data/sets/index.json")).unwrap();
        assert_eq!(index.len(), TEXTS.len(), "every set of the index is embedded, and no other");
        for set in sets() {
            assert_eq!(set.recomputed_digest(), set.digest(), "{}", set.passport().name());
            let mut last = (String::new(), String::new(), String::new());
            for factor in set.factors() {
                let factor = factor.unwrap();
                assert_eq!(factor.fault(), None, "{} {}", set.passport().name(), factor.id);
                let masses = ["kg", "g", "lb", "t", "[lb_av]", "[ston_av]"];
                let emission = factor.kind != crate::factor::FactorKind::Coefficient;
                for value in factor.values.iter().filter(|_| emission) {
                    assert!(masses.contains(&value.unit.as_str()), "{} {:?}", factor.id, value);
                }
                let key = (factor.activity, factor.geography, factor.id);
                assert!(last < key, "{}: {key:?} after {last:?}", set.passport().name());
                last = key;
            }
        }
    }
}
