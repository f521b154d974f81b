//! The registry as a caller sees it: what answers, what is refused, and why.

use esg_core::factor::{Allow, Boundary, FactorSet, Gwp, Lookup, Registry};
use esg_core::time::Day;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn gb(activity: &str) -> Lookup<'_> {
    Lookup::new(activity, day("2025-06-01")).region("GB")
}

#[test]
fn a_subregion_answers_with_the_newest_revision_and_says_what_it_passed_over() {
    let registry = Registry::built_in();
    let found = registry
        .resolve(&Lookup::new("electricity.grid", day("2024-03-15")).region("US-CAMX").unit("kWh"))
        .unwrap();
    // eGRID2023 revision 2, subregion CAMX: 428.464 lb CO2/MWh.
    assert_eq!(found.set.name(), "epa-egrid 2023.2.0");
    assert_eq!(found.factor.values[0].value.to_string(), "428.464");
    assert!(found.fallbacks.is_empty());
    let rejected: Vec<&str> = found.rejected.iter().map(|r| r.factor.as_str()).collect();
    assert!(rejected.iter().any(|r| r.starts_with("epa-egrid 2023.1.0/")), "{rejected:?}");
}

#[test]
fn a_cloud_region_leads_to_its_grid_by_a_step_that_is_shown() {
    let lookup = Lookup::new("electricity.grid", day("2024-03-15")).region("us-west-1").unit("kWh");
    let found = Registry::built_in().resolve(&lookup).unwrap();
    assert_eq!(found.factor.geography, "US-CAMX");
    assert!(found.steps[0].contains("US-CAMX"), "{:?}", found.steps);
}

#[test]
fn the_day_chooses_the_edition() {
    let registry = Registry::built_in();
    // UK grid: 0.20705 in 2024, 0.17700 in 2025, 0.13096 kg CO2e/kWh in 2026.
    for (when, set, printed) in [
        ("2024-12-31", "desnz-uk 2024.1.1", "0.20705"),
        ("2025-01-01", "desnz-uk 2025.1.0", "0.177"),
        ("2026-06-01", "desnz-uk 2026.1.2", "0.13096"),
    ] {
        let lookup = Lookup::new("electricity.grid", day(when)).region("GB").unit("MWh");
        let found = registry.resolve(&lookup).unwrap();
        assert_eq!(found.set.name(), set);
        assert_eq!(found.factor.co2e.unwrap().to_string(), printed);
    }
}

#[test]
fn an_older_edition_answers_only_who_allows_it() {
    let registry = Registry::built_in();
    let lookup = Lookup::new("electricity.grid", day("2030-01-01")).region("GB").unit("kWh");
    let refused = registry.resolve(&lookup).unwrap_err();
    assert_eq!(refused.code(), "factor.not_found");
    assert!(refused.to_string().contains("older_edition is not allowed"), "{refused}");
    let allow = Allow { older_edition: true, ..Allow::default() };
    let found = registry.resolve(&lookup.allow(allow)).unwrap();
    assert_eq!(
        (found.set.name().as_str(), found.fallbacks.as_slice()),
        ("desnz-uk 2026.1.2", &["older_edition"][..])
    );
    assert!(found.steps.iter().any(|s| s.contains("fallback used: older_edition")));
}

#[test]
fn a_life_cycle_intensity_never_answers_scope_two_by_itself() {
    let registry = Registry::built_in();
    // South Africa: only Ember's life-cycle intensity is there.
    let lookup = Lookup::new("electricity.grid", day("2024-06-01")).region("ZA").unit("kWh");
    let refused = registry.resolve(&lookup).unwrap_err();
    assert!(refused.to_string().contains("life-cycle"), "{refused}");
    let allow = Allow { life_cycle: true, ..Allow::default() };
    let found = registry.resolve(&lookup.allow(allow)).unwrap();
    assert_eq!(found.factor.boundary, Boundary::LifeCycle);
    assert_eq!(
        registry.resolve(&lookup.boundary(Boundary::LifeCycle)).unwrap().fallbacks,
        Vec::<&str>::new()
    );
}

#[test]
fn a_wider_region_answers_only_who_allows_it() {
    let registry = Registry::built_in();
    let lookup = Lookup::new("fuel.diesel", day("2025-06-01")).region("US-CAMX").unit("L");
    assert_eq!(registry.resolve(&lookup).unwrap_err().code(), "factor.not_found");
    let allow = Allow { parent_region: true, ..Allow::default() };
    let found = registry.resolve(&lookup.allow(allow)).unwrap();
    assert_eq!((found.factor.geography.as_str(), found.fallbacks.as_slice()), ("US", &["parent_region"][..]));
}

#[test]
fn a_wrong_unit_names_the_right_ones() {
    let error = Registry::built_in().resolve(&gb("water.supply").unit("kWh")).unwrap_err();
    assert_eq!(error.code(), "factor.unit");
    assert!(error.to_string().contains("m3"), "{error}");
    let error = Registry::built_in().resolve(&gb("fuel.diesel").unit("furlong")).unwrap_err();
    assert_eq!(error.code(), "factor.unit");
}

#[test]
fn gross_and_net_are_told_apart() {
    let registry = Registry::built_in();
    // DESNZ 2025, natural gas: 0.18296 gross, 0.20270 net.
    for (unit, printed) in [("kWh{gross}", "0.18296"), ("kWh{net}", "0.2027")] {
        let found = registry.resolve(&gb("fuel.natural_gas").unit(unit)).unwrap();
        assert_eq!(found.factor.co2e.unwrap().to_string(), printed);
    }
    assert_eq!(registry.resolve(&gb("fuel.natural_gas").unit("kWh")).unwrap_err().code(), "factor.unit");
}

#[test]
fn without_a_unit_the_choice_is_the_callers() {
    assert_eq!(Registry::built_in().resolve(&gb("fuel.diesel")).unwrap_err().code(), "factor.ambiguous");
}

#[test]
fn an_unknown_activity_names_the_nearest() {
    let error = Registry::built_in().resolve(&gb("fuel.deisel").unit("L")).unwrap_err();
    assert_eq!(error.code(), "factor.not_found");
    assert!(error.to_string().contains("fuel.diesel"), "{error}");
}

#[test]
fn a_place_that_is_unknown_or_in_two_grids_is_refused() {
    let registry = Registry::built_in();
    let at = |region| {
        registry.resolve(&Lookup::new("electricity.grid", day("2024-06-01")).region(region).unit("kWh"))
    };
    assert_eq!(at("Atlantis").unwrap_err().code(), "geography.unknown");
    // Both New York City's and Upstate's utilities serve parts of Westchester County.
    let shared = (10500..10800)
        .map(|zip| zip.to_string())
        .find(|zip| esg_core::factor::geography::zip_subregions(zip).len() > 1);
    let shared = shared.expect("a ZIP code with two subregions");
    let error = registry
        .resolve(&Lookup::new("electricity.grid", day("2024-06-01")).region(&shared).unit("kWh"))
        .unwrap_err();
    assert_eq!(error.code(), "geography.ambiguous");
    assert_eq!(at("94105").unwrap().factor.geography, "US-CAMX");
}

const OWN: &str = r#"{"passport":{"set":"own","version":"1.0.0","title":"Supplier contract","authority":"custom","licence":null,"published":null,"retrieved":null,"data_year":2025,"valid":{"from":"2025-01-01","to":"2026-01-01"},"gwp":"AR6"}}
{"activity":"electricity.grid","boundary":"generation","geography":"GB","id":"meter","kind":"co2e","name":"Own meter","per":"kWh","scope":2,"values":[{"gas":"CO2e","unit":"kg","value":"0.1"}]}"#;

#[test]
fn a_set_of_the_users_own_comes_first_and_the_other_is_shown() {
    let mut registry = Registry::built_in();
    registry.add_text(OWN).unwrap();
    registry.add_text(OWN).unwrap();
    let found = registry.resolve(&gb("electricity.grid").unit("kWh")).unwrap();
    assert_eq!(found.factor_id(), "own 1.0.0/meter");
    assert!(found.rejected.iter().any(|r| r.factor.starts_with("desnz-uk 2025.1.0/")));
    let pinned = registry.resolve(&gb("electricity.grid").unit("kWh").set("desnz-uk")).unwrap();
    assert_eq!(pinned.set.name(), "desnz-uk 2025.1.0");
    let error = registry.add_text(&OWN.replace("\"0.1\"", "\"0.2\"")).unwrap_err();
    assert_eq!(error.code(), "factor.set_conflict");
    assert_eq!(
        registry.resolve(&gb("electricity.grid").set("nobody")).unwrap_err().code(),
        "factor.set_unknown"
    );
}

#[test]
fn a_lock_holds_every_byte() {
    let mut registry = Registry::built_in();
    registry.add_text(OWN).unwrap();
    let lock = registry.lock();
    let again = registry.locked(&lock).unwrap();
    assert_eq!(again.lock(), lock);
    let mut changed = Registry::built_in();
    changed.add_text(&OWN.replace("\"0.1\"", "\"0.10\"")).unwrap();
    // 0.1 and 0.10 are one decimal, so the canonical content is the same.
    assert!(changed.locked(&lock).is_ok());
    let mut changed = Registry::built_in();
    changed.add_text(&OWN.replace("Own meter", "own meter")).unwrap();
    assert_eq!(changed.locked(&lock).unwrap_err().code(), "factor.digest");
    assert_eq!(Registry::built_in().locked(&lock).unwrap_err().code(), "factor.set_unknown");
    let text = serde_json::to_string(&lock).unwrap();
    assert_eq!(serde_json::from_str::<esg_core::factor::Lock>(&text).unwrap(), lock);
}

#[test]
fn the_registry_of_an_earlier_day_knows_less() {
    let registry = Registry::built_in().as_of(day("2025-01-31"));
    let lookup = Lookup::new("electricity.grid", day("2024-03-15")).region("US-CAMX").unit("kWh");
    // Revision 2 came in June 2025.
    assert_eq!(registry.resolve(&lookup).unwrap().set.name(), "epa-egrid 2023.1.0");
}

#[test]
fn search_finds_all_words_in_any_case() {
    let registry = Registry::built_in();
    let found = registry.search("DIESEL biofuel litres", Some("GB"), 50).unwrap();
    assert!(
        found.iter().any(|f| f.factor.activity == "fuel.diesel" && f.factor.boundary == Boundary::Combustion)
    );
    assert!(registry.search("no such thing anywhere", None, 5).unwrap().is_empty());
    assert_eq!(registry.search("diesel", None, 3).unwrap().len(), 3);
}

#[test]
fn every_activity_of_every_set_answers_or_is_refused_without_a_panic() {
    let registry = Registry::built_in();
    for set in registry.sets() {
        for factor in set.factors() {
            let factor = factor.unwrap();
            let from = factor.valid.unwrap_or(set.passport().valid).from;
            let unit = factor.unit().unwrap().to_string();
            let lookup = Lookup::new(&factor.activity, from).region(&factor.geography).unit(&unit);
            let name = set.name();
            let mut variant: Vec<_> = factor.tags.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            variant.extend(factor.basis.as_deref().map(|basis| ("basis", basis)));
            let lookup = lookup.boundary(factor.boundary).set(&name).tags(&variant);
            let found = registry.resolve(&lookup).unwrap_or_else(|e| panic!("{name} {}: {e}", factor.id));
            // Another unit of the same quantity may answer as well, and then it is the plain one.
            assert!(
                found.factor.id == factor.id || found.per != factor.unit().unwrap(),
                "{name} {}",
                factor.id
            );
        }
    }
}

#[test]
fn gwp_values_are_those_that_the_reports_print() {
    let text = include_str!("../../tests/vectors/ghg/gwp_values.json");
    let file: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut checked = 0;
    for case in file["cases"].as_array().unwrap() {
        let (species, set) = (case["species"].as_str().unwrap(), case["set"].as_str().unwrap());
        let Some((set, horizon)) = set.split_once("GWP") else { continue };
        let want = if (species, set, horizon) == ("SF6", "AR6", "100") {
            // The first release printed 25200; the corrected Table 7.SM.7 has 24300.
            "24300"
        } else {
            case["gwp"].as_str().unwrap()
        };
        let gwp = Gwp::built_in(set, horizon.parse().unwrap()).unwrap();
        let found = gwp.of(species).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(found, want.parse().unwrap(), "{species} {set} {horizon}");
        checked += 1;
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn a_set_can_be_made_of_its_own_factors_again() {
    for set in Registry::built_in().sets().iter().filter(|s| s.passport().set != "epa-supply-chain") {
        let factors = set.factors().collect::<Result<Vec<_>, _>>().unwrap();
        let made = FactorSet::new(set.passport().clone(), factors).unwrap();
        assert_eq!(made.factors().count(), set.factors().count(), "{}", set.name());
    }
}
