//! What the languages call: documents of options and questions, and quick conversions.

use esg_core::account::{Settings, Source, account};
use esg_core::aggregate::{Engine, Inventory, Options, Total};
use esg_core::face::{
    By, Conversion, EngineOptions, FactorQuestion, Question, Search, convert, convert_floats, details,
    factor_values, read, resolution_document, score_term,
};
use esg_core::factor::Registry;
use esg_core::telemetry::{self, json};
use esg_core::{Decimal, Error};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Electricity of London and diesel of a generator, each one event.
fn inventory() -> Inventory {
    let lines = r#"{"source_id":"m","external_event_id":"1","vertical":"general","timestamp":"2025-03-15T14:30:00Z","metrics":{"electricity.grid":{"value":"1000","unit":"kWh"}},"tags":{"region":"GB"}}
{"source_id":"m","external_event_id":"2","vertical":"general","timestamp":"2025-04-15T14:30:00Z","metrics":{"fuel.diesel":{"value":"10","unit":"L"}},"tags":{"region":"GB"}}"#;
    let received = json::read_lines(lines.as_bytes(), telemetry::Options::default()).unwrap();
    assert!(received.rejected.is_empty(), "{:?}", received.rejected);
    let engine = Engine::new(Registry::built_in(), Options::new("AR5").unwrap()).unwrap();
    let sources = vec![Source { label: "test".into(), received }];
    account(sources, &engine, &Settings::default()).unwrap().inventory
}

fn refused<T: esg_core::face::Document + std::fmt::Debug>(text: &str) -> Error {
    read::<T>(text.as_bytes()).unwrap_err()
}

#[test]
fn an_empty_document_is_what_the_core_takes_by_itself() {
    let options: EngineOptions = read(b"{}").unwrap();
    assert_eq!(options, EngineOptions::default());
    let mut core = Options::new("AR6").unwrap();
    core.dimensions.tags = vec!["tenant".into()];
    assert_eq!(options.options().unwrap().to_json(), core.to_json());
}

#[test]
fn a_wrong_name_is_refused_with_the_nearest() {
    let error = refused::<EngineOptions>(r#"{"horizn": 20}"#);
    assert_eq!(error.code(), "option.document");
    assert_eq!(details(&error)["nearest"], serde_json::json!(["horizon"]));
    for text in ["[]", "1", r#""AR6""#] {
        assert_eq!(refused::<EngineOptions>(text).code(), "option.document", "{text}");
    }
    assert_eq!(refused::<EngineOptions>(r#"{"gwp":"AR6","gwp":"AR5"}"#).code(), "json.duplicate_key");
    assert_eq!(refused::<EngineOptions>("{").code(), "json.syntax");
}

#[test]
fn a_wrong_value_is_refused_with_its_name() {
    for (text, field) in [
        (r#"{"gwp": "AR5", "horizon": "long"}"#, "horizon"),
        (r#"{"horizon": -1}"#, "horizon"),
        (r#"{"upstream": 1}"#, "upstream"),
        (r#"{"start": "15.3.2024"}"#, "start"),
        (r#"{"weights": {"fleet": 1}}"#, "weights"),
        (r#"{"instruments": [{"id": "x"}]}"#, "instruments"),
    ] {
        let error = refused::<EngineOptions>(text);
        assert_eq!(
            (error.code(), &details(&error)["field"]),
            ("option.value", &field.into()),
            "{text}: {error}"
        );
    }
}

#[test]
fn options_that_no_engine_has_are_refused_with_their_code() {
    for (text, code, field) in [
        (r#"{"gwp": "AR7"}"#, "gwp.unknown", ""),
        (r#"{"allow": ["parent_regon"]}"#, "option.value", "allow"),
        (r#"{"start": "2024-01-01"}"#, "option.value", "end"),
        (r#"{"end": "2024-01-01"}"#, "option.value", "start"),
        (r#"{"start": "2024-02-01", "end": "2024-01-01"}"#, "time.period", ""),
        (r#"{"granularity": "week"}"#, "option.value", "granularity"),
        (r#"{"defaults": {"feul": "diesel"}}"#, "option.value", "defaults"),
        (r#"{"defaults": {"pue": 0.9}}"#, "option.value", "defaults.pue"),
        (r#"{"defaults": {"fuel": ""}}"#, "option.value", "defaults.fuel"),
        (r#"{"not_applicable": ["flet"]}"#, "option.value", "not_applicable"),
        (r#"{"not_applicable": [16]}"#, "ghg.scope", ""),
        (r#"{"weights": [1, 2, 3]}"#, "option.value", "weights"),
        (r#"{"weights": [0, 0, 0, 0]}"#, "score.weights", ""),
        (r#"{"weights": ["a", 1, 1, 1]}"#, "option.value", "weights"),
        (r#"{"pue_floor": "x"}"#, "option.value", "pue_floor"),
    ] {
        let options: EngineOptions = read(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
        let error = options.engine(Registry::empty()).unwrap_err();
        assert_eq!(error.code(), code, "{text}: {error}");
        if !field.is_empty() {
            assert_eq!(details(&error)["field"], field, "{text}: {error}");
        }
    }
}

#[test]
fn options_reach_the_engine() {
    let text = r#"{"gwp": "AR5", "horizon": 100, "allow": ["parent_region", "older_edition"], "start": "2024-01-01",
        "end": "2024-12-31", "defaults": {"fuel": "diesel", "pue": 1.2}, "not_applicable": [14, "15", "fleet"],
        "market_grid_average": true, "upstream": false, "tags": ["b", "a", "b"], "granularity": "day",
        "keep_lines": true, "weights": ["0.4", 0.3, "0.2", 0.1], "pue_floor": "1/1000"}"#;
    let options: EngineOptions = read(text.as_bytes()).unwrap();
    let (engine, settings) = options.engine(Registry::built_in()).unwrap();
    let of = engine.options();
    assert_eq!((of.gwp().name(), of.allow.names()), ("AR5", vec!["parent_region", "older_edition"]));
    assert_eq!((of.not_applicable.as_slice(), of.dimensions.tags.join(",")), (&[14, 15][..], "a,b".into()));
    assert!(of.market_grid_average && !of.upstream && of.keep_lines);
    assert_eq!(settings.defaults.fuel.as_deref(), Some("diesel"));
    assert_eq!(settings.defaults.pue, Some(decimal("1.2")));
    assert_eq!(settings.not_applicable, [score_term("x", "fleet").unwrap()]);
    let weights = settings.score.unwrap().weights;
    assert_eq!(weights.as_array()[3], "0.1".parse().unwrap());
}

#[test]
fn a_total_is_asked_for_by_scope_category_and_method() {
    for (text, total) in [
        (r#"{"scope": 1}"#, Total::ScopeOne),
        (r#"{"scope": "2", "method": "location"}"#, Total::ScopeTwoLocation),
        (r#"{"scope": 2, "method": "market"}"#, Total::ScopeTwoMarket),
        (r#"{"scope": 3}"#, Total::ScopeThree),
        (r#"{"scope": 3, "category": 4}"#, Total::Category(4)),
        (r#"{"category": 15}"#, Total::Category(15)),
        (r#"{"method": "location"}"#, Total::AllLocation),
        (r#"{"method": "market"}"#, Total::AllMarket),
    ] {
        assert_eq!(read::<Question>(text.as_bytes()).unwrap().total(), Ok(total), "{text}");
    }
    for (text, field) in [
        ("{}", "method"),
        (r#"{"scope": 2}"#, "method"),
        (r#"{"scope": 0}"#, "scope"),
        (r#"{"scope": 4}"#, "scope"),
        (r#"{"scope": 2.5}"#, "scope"),
        (r#"{"category": 16}"#, "category"),
        (r#"{"scope": 1, "category": 4}"#, "scope"),
        (r#"{"scope": 2, "method": "both"}"#, "method"),
    ] {
        let error = Error::from(read::<Question>(text.as_bytes()).unwrap().total().unwrap_err());
        assert_eq!(details(&error)["field"], field, "{text}: {error}");
    }
}

#[test]
fn answers_are_those_of_the_inventory() {
    let inventory = inventory();
    let ask = |text: &str| read::<Question>(text.as_bytes()).unwrap().ask(&inventory);
    // DESNZ 2025: 0.17700 kg CO2e for each kWh.
    assert_eq!(ask(r#"{"scope": 2, "method": "location"}"#).unwrap().unwrap().to_string(), "177");
    // No residual mix of Great Britain is published: nothing stands in for it.
    assert_eq!(ask(r#"{"scope": 2, "method": "market"}"#).unwrap_err().code(), "inventory.method_missing");
    assert_eq!(
        ask(r#"{"scope": 2, "method": "market", "partial": true}"#).unwrap().unwrap().to_string(),
        "0"
    );
    let by = |text: &str| read::<By>(text.as_bytes()).unwrap().ask(&inventory);
    let groups = by(r#"{"dimensions": ["scope", "month"]}"#).unwrap();
    let location = groups.iter().find(|g| g.key[0].as_deref() == Some("2 location")).unwrap();
    assert_eq!((location.key[1].as_deref(), location.co2e_kg.to_string().as_str()), (Some("2025-03"), "177"));
    for (text, code) in [
        (r#"{"dimensions": ["month"]}"#, "inventory.dimension"),
        (r#"{"dimensions": ["scope", "planet"]}"#, "inventory.dimension"),
        (r#"{"dimensions": ["scope", "scope"]}"#, "option.value"),
        (r#"{"dimensions": ["scope"], "method": "x"}"#, "option.value"),
    ] {
        assert_eq!(by(text).unwrap_err().code(), code, "{text}");
    }
}

#[test]
fn a_factor_is_asked_for_by_a_document() {
    let registry = Registry::built_in();
    let ask = |text: &str| read::<FactorQuestion>(text.as_bytes()).unwrap().ask(&registry);
    let text = r#"{"activity": "electricity.grid", "region": "US-CAMX", "day": "2024-03-15", "unit": "kWh"}"#;
    let found = ask(text).unwrap();
    let document = resolution_document(&found);
    assert_eq!(document["set"]["name"], "epa-egrid 2023.2.0");
    // EPA eGRID 2023, subregion CAMX: 428.464 lb CO2 per MWh.
    assert!(factor_values(&found.factor).starts_with("428.464 "), "{}", factor_values(&found.factor));
    let error = ask(r#"{"activity": "electricity.gird", "day": "2024-03-15"}"#).unwrap_err();
    assert_eq!(error.code(), "factor.not_found");
    assert_eq!(details(&error)["nearest"][0], "electricity.grid");
    for (text, field) in [
        (r#"{"activity": "electricity.grid"}"#, "day"),
        (r#"{"activity": "electricity.grid", "day": "2024-03-15", "boundary": "wtx"}"#, "boundary"),
        (r#"{"activity": "electricity.grid", "day": "2024-03-15", "allow": ["all"]}"#, "allow"),
    ] {
        assert_eq!(details(&ask(text).unwrap_err())["field"], field, "{text}");
    }
    let search = |text: &str| read::<Search>(text.as_bytes()).unwrap().ask(&registry).unwrap().len();
    assert_eq!((search(r#"{"query": "diesel"}"#), search(r#"{"query": "diesel", "limit": 3}"#)), (20, 3));
}

#[test]
fn conversions_are_exact_and_refuse_as_the_units_do() {
    for (value, from, to, want) in [
        ("1", "MWh", "kWh", "1000"),
        ("1", "mi", "km", "1.609344"),
        ("-40", "Cel", "[degF]", "-40"),
        // 1 MJ = 10/36 kWh, to 28 digits.
        ("1", "MJ", "kWh", "0.2777777777777777777777777778"),
        ("-0.1", "MJ", "kWh", "-0.02777777777777777777777777778"),
        ("36", "MJ", "kWh", "10"),
        // 10/36 of 4.5 x 10^-27 is 1.25 x 10^-27, which needs no rounding.
        ("0.0000000000000000000000000045", "MJ", "kWh", "0.00000000000000000000000000125"),
        // 28 digits times 1.609344 have more than 28, and are rounded once.
        ("1.000000000000000000000000001", "mi", "km", "1.609344000000000000000000002"),
    ] {
        for _ in 0..2 {
            assert_eq!(convert(decimal(value), from, to).unwrap().to_string(), want, "{value} {from}");
        }
    }
    for (from, to, code) in
        [("kWh", "L", "unit.dimension"), ("kWhh", "kWh", "unit.unknown"), ("USD", "EUR", "unit.currency")]
    {
        assert_eq!(convert(Decimal::ONE, from, to).unwrap_err().code(), code);
        assert_eq!(convert_floats(&mut [1.0], from, to).unwrap_err().code(), code);
    }
}

#[test]
fn periodic_ratios_give_what_the_units_give() {
    // The reference works with numbers of any length. Mantissas of every length, so that both ways are taken.
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        random >> 11
    };
    for (from, to) in
        [("MJ", "kWh"), ("[mi_us]", "km"), ("km", "[mi_i]"), ("J", "[Btu_IT]"), ("d", "a"), ("g", "[lb_av]")]
    {
        let units: (esg_core::units::Unit, esg_core::units::Unit) =
            (from.parse().unwrap(), to.parse().unwrap());
        for _ in 0..2_000 {
            let digits = 1 + next() % 28;
            let wide = i128::from(next()) * i128::from(next()) % 10_i128.pow(digits as u32);
            let mantissa = if next() % 2 == 0 { wide } else { -wide };
            let value = Decimal::new(mantissa, (next() % 40) as u32).unwrap();
            let want = esg_core::units::convert(value, &units.0, &units.1).map(|converted| converted.value);
            let got = convert(value, from, to);
            assert_eq!(got.map_err(|e| e.code()), want.map_err(|e| e.code()), "{value} {from} in {to}");
        }
    }
}

#[test]
fn more_pairs_than_are_kept_convert_as_before() {
    let prefixes = ["", "da", "h", "k", "M", "G", "d", "c", "m", "u"];
    for _ in 0..2 {
        for a in prefixes {
            for b in prefixes {
                let there = convert(decimal("3"), &format!("{a}m"), &format!("{b}m")).unwrap();
                let back = convert(there, &format!("{b}m"), &format!("{a}m")).unwrap();
                assert_eq!(back, decimal("3"), "{a}m {b}m");
            }
        }
    }
}

#[test]
fn floats_convert_within_a_unit_of_the_last_place() {
    let values = [0.1, 1.5, 1e-9, 12345.678, -7.25, 0.0];
    for (from, to) in
        [("MWh", "kWh"), ("kWh", "MWh"), ("mi", "km"), ("MJ", "kWh"), ("Cel", "K"), ("deg", "rad")]
    {
        let mut floats = values;
        let product = esg_core::face::convert_product(&floats, from, to).unwrap();
        convert_floats(&mut floats, from, to).unwrap();
        let bits = |all: &[f64]| all.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert!(product.is_none_or(|product| bits(&product) == bits(&floats)), "{from} in {to}");
        for (x, got) in values.into_iter().zip(floats) {
            let exact = convert(Decimal::from_f64(x).unwrap(), from, to).unwrap().to_f64();
            let (gap, allowed) = ((got - exact).abs(), 2.0 * f64::EPSILON * exact.abs());
            assert!(gap <= allowed, "{x} {from}: got {got}, want {exact}, gap {gap}, allowed {allowed}");
        }
    }
    let mut odd = [f64::NAN, f64::INFINITY];
    convert_floats(&mut odd, "mi", "km").unwrap();
    assert!(odd[0].is_nan() && odd[1] == f64::INFINITY);
}

#[test]
fn a_pair_of_units_can_be_kept_by_the_caller() {
    let pair = Conversion::new("gal_us", "L").unwrap();
    // 231 cubic inches of 2.54 cm.
    assert_eq!(pair.decimal(Decimal::ONE).unwrap().to_string(), "3.785411784");
}
