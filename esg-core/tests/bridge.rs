//! Restatements: the effects by hand, and that they sum to the difference whatever changed.

use esg_core::Amount;
use esg_core::activity::{Activity, ActivityBatch, Basis, NONE};
use esg_core::aggregate::{
    Bridge, BridgeLine, Effect, Engine, Instrument, InstrumentKind, Options, Side, Total,
};
use esg_core::factor::{Allow, FactorSet, Registry};
use esg_core::ghg::Scope;
use esg_core::time::Period;
use proptest::prelude::*;

/// Activity, quantity, unit, site.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str);

fn batch(rows: &[Row<'_>]) -> ActivityBatch {
    let mut batch = ActivityBatch::default();
    for (event, (activity, quantity, unit, site)) in (0..).zip(rows) {
        let row = Activity {
            activity,
            quantity: quantity.parse().unwrap(),
            unit,
            timestamp: "2025-03-01T12:00:00Z".parse().unwrap(),
            region: Some("GB"),
            site: Some(*site).filter(|site| !site.is_empty()),
            source: "meter",
            vertical: "general",
            scope: None,
            category: None,
            basis: Basis::Measured,
            event,
        };
        batch.push(&row, NONE);
    }
    batch
}

/// A registry of one set: so much CO2 and N2O for each litre of diesel.
fn works(version: &str, co2: &str, n2o: &str) -> Registry {
    let text = format!(
        r#"{{"passport":{{"set":"works","version":"{version}","title":"Works","authority":"custom","licence":null,"published":null,"retrieved":null,"data_year":2024,"valid":{{"from":"2020-01-01","to":null}},"gwp":null}}}}
{{"activity":"fuel.diesel","boundary":"combustion","geography":"GB","id":"diesel","kind":"mass","name":"Diesel","per":"L","scope":1,"values":[{{"gas":"CO2","unit":"kg","value":"{co2}"}},{{"gas":"N2O","unit":"kg","value":"{n2o}"}}]}}"#
    );
    let mut registry = Registry::empty();
    registry.add(FactorSet::parse(&text).unwrap()).unwrap();
    registry
}

fn engine(registry: Registry, options: Options) -> Engine {
    Engine::new(registry, options).unwrap()
}

fn effects(line: &BridgeLine) -> [String; 5] {
    Effect::ALL.map(|effect| line.effect(effect).unwrap().to_string())
}

#[test]
fn the_effects_of_a_restatement_by_hand() {
    let options = |gwp: &str| Options { upstream: false, ..Options::new(gwp).unwrap() };
    let old = engine(works("1.0.0", "2", "0.01"), options("AR4"));
    let new = engine(works("2.0.0", "3", "0.01"), options("AR5"));
    let before = batch(&[("fuel.diesel", "100", "L", "A"), ("fuel.diesel", "50", "L", "B")]);
    let after = batch(&[("fuel.diesel", "120", "L", "A"), ("fuel.diesel", "10", "L", "C")]);
    let bridge = Bridge::between(
        Side { engine: &old, activities: &before },
        Side { engine: &new, activities: &after },
    )
    .unwrap();
    // A litre is 2 + 0.01 x 298 = 4.98 kg (AR4) before and 3 + 0.01 x 265 = 5.65 kg (AR5) after.
    let line = bridge.total(Total::ScopeOne).unwrap();
    assert_eq!((line.before().to_string(), line.after().to_string()), ("747".into(), "734.5".into()));
    let want = [
        "-199.2", // B leaves, C joins: (10 - 50) L x 4.98
        "99.6",   // A burnt 20 L more: 20 x 4.98
        "130",    // 130 L x (3 - 2) kg of CO2
        "-42.9",  // 130 L x 0.01 kg of N2O x (265 - 298)
        "0",
    ];
    assert_eq!(effects(&line), want.map(str::to_owned));
    assert_eq!(bridge.lines().keys().collect::<Vec<_>>(), [&Scope::One]);
    // Every row had its line at every state.
    assert_eq!(bridge.missing(), &[0; 6]);
    let document = serde_json::to_value(line).unwrap();
    assert_eq!((&document["before_kg"], &document["gwp"]), (&"747".into(), &"-42.9".into()));
}

#[test]
fn a_method_that_changes_is_a_method_and_what_was_missing_is_counted() {
    let rows = batch(&[("electricity.grid", "1000", "kWh", "A")]);
    let strict = engine(Registry::built_in(), Options::new("AR5").unwrap());
    let average =
        engine(Registry::built_in(), Options { market_grid_average: true, ..Options::new("AR5").unwrap() });
    let side = |engine| Side { engine, activities: &rows };
    let bridge = Bridge::between(side(&strict), side(&average)).unwrap();
    // DESNZ 2025: 0.17700 kg CO2e/kWh stands in for the residual mix, which nobody publishes.
    assert_eq!(effects(&bridge.lines()[&Scope::TwoMarket]), ["0", "0", "0", "0", "177"].map(str::to_owned));
    assert_eq!(effects(&bridge.lines()[&Scope::TwoLocation]), ["0"; 5].map(str::to_owned));
    assert_eq!(bridge.missing(), &[1, 1, 1, 1, 1, 0]);
}

#[test]
fn rows_without_a_site_belong_to_their_source() {
    let engine = engine(works("1.0.0", "2", "0.01"), Options::new("AR4").unwrap());
    let (before, after) = (
        batch(&[("fuel.diesel", "100", "L", "")]),
        batch(&[("fuel.diesel", "120", "L", ""), ("fuel.diesel", "1", "L", "meter")]),
    );
    let side = |activities| Side { engine: &engine, activities };
    let bridge = Bridge::between(side(&before), side(&after)).unwrap();
    // The source "meter" is there before and after; a site of the same name is another place: 1 L and 20 L x 4.98.
    assert_eq!(effects(&bridge.lines()[&Scope::One])[..2], ["4.98", "99.6"].map(str::to_owned));
}

#[test]
fn two_periods_have_no_bridge() {
    let rows = batch(&[]);
    let of = |end: &str| {
        let period = Period::new("2025-01-01".parse().unwrap(), end.parse().unwrap()).unwrap();
        engine(Registry::built_in(), Options { period: Some(period), ..Options::new("AR5").unwrap() })
    };
    let (old, new) = (of("2025-12-31"), of("2025-06-30"));
    let side = |engine| Side { engine, activities: &rows };
    let refused = Bridge::between(side(&old), side(&new)).unwrap_err();
    assert_eq!(refused.code(), "inventory.bridge");
    assert!(refused.to_string().contains("2025-01-01 to 2025-06-30"), "{refused}");
}

fn instrument(kwh: u32) -> Instrument {
    Instrument {
        id: "REGO".into(),
        kind: InstrumentKind::Certificate,
        market: "GB".into(),
        start: "2025-01-01".parse().unwrap(),
        end: "2025-12-31".parse().unwrap(),
        energy_kwh: kwh.to_string().parse().unwrap(),
        co2e_kg_per_kwh: "0.003".parse().unwrap(),
    }
}

/// Activity, thousandths of a unit, site.
type Cases = Vec<(usize, u32, usize)>;

fn rows(cases: &Cases) -> ActivityBatch {
    const KINDS: [(&str, &str); 4] = [
        ("electricity.grid", "kWh"),
        ("fuel.diesel", "L"),
        ("fuel.natural_gas", "kWh{gross}"),
        ("electricity.grid", "MJ"),
    ];
    let text: Vec<String> =
        cases.iter().map(|case| format!("{}.{:03}", case.1 / 1000, case.1 % 1000)).collect();
    let row = |(case, quantity): (&(usize, u32, usize), &'_ String)| -> (&str, String, &str, &str) {
        (KINDS[case.0].0, quantity.clone(), KINDS[case.0].1, ["A", "B", "C", ""][case.2])
    };
    let owned: Vec<_> = cases.iter().zip(&text).map(row).collect();
    batch(&owned.iter().map(|(a, q, u, s)| (*a, q.as_str(), *u, *s)).collect::<Vec<_>>())
}

fn any_rows() -> impl Strategy<Value = Cases> {
    proptest::collection::vec((0usize..4, 0u32..5_000_000, 0usize..4), 0..12)
}

/// GWP set, own factors, grid average, upstream, certificate.
type Choice = (usize, bool, bool, bool, u32);

fn any_choice() -> impl Strategy<Value = Choice> {
    (0usize..3, any::<bool>(), any::<bool>(), any::<bool>(), 0u32..3_000)
}

fn chosen((gwp, own, market_grid_average, upstream, kwh): Choice) -> Engine {
    let mut registry = Registry::built_in();
    if own {
        let works = works("1.0.0", "2.1", "0.0123");
        registry = works.sets().iter().fold(registry, |mut all, set| {
            let text = serde_json::json!({"passport": set.passport(), "factors": set.factors().map(Result::unwrap).collect::<Vec<_>>()});
            all.add_text(&text.to_string()).unwrap();
            all
        });
    }
    let instruments = if kwh > 1000 { vec![instrument(kwh)] } else { Vec::new() };
    let allow = Allow { newer_edition: true, older_edition: true, ..Allow::default() };
    let options = Options {
        market_grid_average,
        upstream,
        instruments,
        allow,
        ..Options::new(["AR4", "AR5", "AR6"][gwp]).unwrap()
    };
    engine(registry, options)
}

const TOTALS: [Total; 6] = [
    Total::ScopeOne,
    Total::ScopeTwoLocation,
    Total::ScopeTwoMarket,
    Total::ScopeThree,
    Total::AllLocation,
    Total::AllMarket,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_effects_sum_to_the_difference(a in any_rows(), b in any_rows(), first in any_choice(), second in any_choice()) {
        let (old, new, before, after) = (chosen(first), chosen(second), rows(&a), rows(&b));
        let bridge = Bridge::between(Side { engine: &old, activities: &before }, Side { engine: &new, activities: &after }).unwrap();
        let (was, is) = (old.calculate(&before).unwrap(), new.calculate(&after).unwrap());
        for which in TOTALS {
            let line = bridge.total(which).unwrap();
            // The ends are what the engines say without a bridge.
            prop_assert_eq!((line.before(), line.after()), (was.subtotal(which).unwrap(), is.subtotal(which).unwrap()));
            let sum = Amount::sum(Effect::ALL.map(|effect| line.effect(effect).unwrap())).unwrap();
            prop_assert_eq!(sum, line.after().checked_sub(line.before()).unwrap());
        }
        for line in bridge.lines().values() {
            let sum = Amount::sum(Effect::ALL.map(|effect| line.effect(effect).unwrap())).unwrap();
            prop_assert_eq!(sum, line.after().checked_sub(line.before()).unwrap());
        }
    }

    #[test]
    fn what_is_the_same_has_no_effect(a in any_rows(), choice in any_choice(), turn in 0usize..12) {
        let (old, new) = (chosen(choice), chosen(choice));
        let mut b = a.clone();
        b.rotate_left(turn % a.len().max(1));
        let (before, after) = (rows(&a), rows(&b));
        let bridge = Bridge::between(Side { engine: &old, activities: &before }, Side { engine: &new, activities: &after }).unwrap();
        for line in bridge.lines().values() {
            prop_assert_eq!(effects(line), ["0"; 5].map(str::to_owned));
        }
    }
}
