//! Units against published tables. Each file in `tests/vectors/units` names its source, licence and tolerance.

use esg_core::Decimal;
use esg_core::ratio::Ratio;
use esg_core::units::{Converted, Quantity, Unit, UnitError, convert};
use serde_json::Value;

/// Cases that are not followed, by id, with the reason.
const NOT_FOLLOWED: [(&str, &str); 0] = [];

/// How the descriptions in `domain_conversions` and NIST's names are spelled as units.
const SPELLINGS: [(&str, &str); 16] = [
    ("mmBtu (10^6 Btu_IT)", "mmBtu"),
    ("toe (IEA 10^7 kcal_IT)", "toe"),
    ("Mcf (1000 ft3)", "Mcf"),
    ("ccf (100 ft3)", "ccf"),
    ("hp.h (550 ft.lbf/s)", "hp.h"),
    ("acre (international)", "acre"),
    ("acre-foot (international foot)", "acre-foot"),
    ("US gallon water", "US gallon"),
    ("year (Julian 365.25 d)", "year"),
    ("kW (for one 365 d year)", "kW.year_365"),
    ("therm (EC)", "therm_ec"),
    ("therm (US)", "therm_us"),
    ("horsepower (boiler)", "hp_boiler"),
    ("horsepower (electric)", "hp_electric"),
    ("year (365 days)", "year_365"),
    ("acre-foot (US survey)", "[acr_us].[ft_us]"),
];

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/../tests/vectors/units/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert!(document["source"].is_object(), "{file} must name its source");
    let cases = document["cases"].as_array().unwrap().clone();
    assert_eq!(document["count"].as_u64(), Some(cases.len() as u64), "{file}");
    let skipped = |case: &Value| NOT_FOLLOWED.iter().any(|(id, _)| case["id"] == *id);
    cases.into_iter().filter(|case| !skipped(case)).collect()
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {case}"))
}

fn decimal(value: &Value) -> Decimal {
    match value {
        Value::String(text) => text.parse().unwrap(),
        Value::Number(number) => Decimal::from_f64(number.as_f64().unwrap()).unwrap(),
        other => panic!("not a number: {other}"),
    }
}

fn unit(name: &str) -> Unit {
    let spelled = SPELLINGS.iter().find(|(known, _)| *known == name).map_or(name, |(_, spelled)| *spelled);
    spelled.parse().unwrap_or_else(|e: UnitError| panic!("{name}: {e}"))
}

fn field(value: &str, from: &str, to: &str) -> Result<Converted, UnitError> {
    convert(value.parse().unwrap(), &from.parse()?, &to.parse()?)
}

fn shown(value: &str, from: &str, to: &str) -> String {
    field(value, from, to).unwrap_or_else(|e| panic!("{from} to {to}: {e}")).value.to_string()
}

fn refusal(from: &str, to: &str) -> &'static str {
    match field("1", from, to) {
        Ok(converted) => panic!("{from} to {to} gave {}", converted.value),
        Err(error) => error.code(),
    }
}

#[track_caller]
fn assert_close(id: &str, got: f64, want: f64, allowance: f64) {
    let gap = (got - want).abs();
    assert!(gap <= allowance, "{id}: got {got}, want {want}, gap {gap:e}, allowed {allowance:e}");
}

/// Returns one unit of the last of `digits` significant digits of `value`.
fn last_digit(value: f64, digits: u64) -> f64 {
    10f64.powi(value.abs().log10().floor() as i32 + 1 - digits as i32)
}

/// Writes `1.05587E+03` as Rust does: `1.05587E3`.
fn rust_exponent(printed: &str) -> String {
    let (digits, exponent) = printed.split_once('E').unwrap();
    format!("{digits}E{}", exponent.parse::<i32>().unwrap())
}

#[test]
fn every_ucum_code_is_valid_or_refused_as_the_suite_says() {
    let wrong: Vec<String> = cases("ucum_validity")
        .iter()
        .filter_map(|case| {
            let (code, want) = (text(case, "unit"), case["valid"].as_bool().unwrap());
            let got = Unit::parse_ucum(code);
            (got.is_ok() != want).then(|| format!("{code}: want valid={want}, got {got:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn ucum_conversions_agree_with_the_suite_and_with_the_peer() {
    for case in cases("ucum_conversion") {
        let (from, to) = (text(&case, "src"), text(&case, "dst"));
        let ucum = (Unit::parse_ucum(from).unwrap(), Unit::parse_ucum(to).unwrap());
        for (from, to) in [ucum, (unit(from), unit(to))] {
            let got = convert(decimal(&case["value"]), &from, &to).unwrap().ratio.to_f64();
            let digits = case["match_significant_digits"].as_u64().unwrap();
            let want = decimal(&case["expect"]).to_f64();
            assert_close(text(&case, "id"), got, want, 1.5 * last_digit(want, digits));
            let peer = case["peer_lhc_ucum_lhc"].as_f64().unwrap();
            assert_close(text(&case, "id"), got, peer, 1e-12 * peer.abs());
        }
    }
}

#[test]
fn ucum_products_and_quotients_have_the_value_and_the_unit_of_the_suite() {
    for case in cases("ucum_arithmetic") {
        let quantity = |value: &str, unit: &str| {
            Quantity::new(text(&case, value).parse().unwrap(), Unit::parse_ucum(text(&case, unit)).unwrap())
        };
        let (a, b) = (quantity("v1", "u1"), quantity("v2", "u2"));
        let got = match text(&case, "op") {
            "multiplication" => a.times(&b).unwrap(),
            "division" => a.per(&b).unwrap(),
            other => panic!("unknown operation {other}"),
        };
        assert_eq!(got.unit.as_str(), text(&case, "expect_unit"), "{case}");
        assert_eq!(got.unit, Unit::parse_ucum(text(&case, "expect_unit")).unwrap());
        let want = decimal(&case["expect_value"]).to_f64();
        assert_close(text(&case, "id"), got.ratio.to_f64(), want, 1.5 * last_digit(want, 2));
    }
}

#[test]
fn nist_factors_are_the_exact_fractions_or_the_printed_digits() {
    for case in cases("nist_sp811_factors") {
        let name = case["ucum"].as_str().unwrap_or_else(|| text(&case, "unit"));
        let got = unit(name).ratio_to(&unit(text(&case, "si_unit"))).unwrap();
        match case["exact_rational"].as_str() {
            Some(exact) => assert_eq!(got, exact.parse::<Ratio>().unwrap(), "{case}"),
            None => {
                let printed = text(&case, "nist_factor");
                let decimals = printed.split('E').next().unwrap().split('.').nth(1).unwrap().len();
                assert_eq!(format!("{:.decimals$E}", got.to_f64()), rust_exponent(printed), "{case}");
            }
        }
    }
}

#[test]
fn the_conversions_of_the_trade_are_exact() {
    for case in cases("domain_conversions") {
        let (from, to) = (unit(text(&case, "from")), unit(text(&case, "to")));
        match case["multiply_by_exact"].as_str() {
            Some(exact) => assert_eq!(from.ratio_to(&to).unwrap(), exact.parse::<Ratio>().unwrap(), "{case}"),
            None => {
                let got = convert(decimal(&case["value"]), &from, &to).unwrap();
                assert!(got.exact, "{case}");
                let want = case["expect"].as_f64().unwrap();
                assert_close(text(&case, "id"), got.ratio.to_f64(), want, (1e-14 * want.abs()).max(1e-13));
            }
        }
    }
}

#[test]
fn qudt_multipliers_agree_within_their_tolerance() {
    for case in cases("qudt_multipliers") {
        let (from, to) = (unit(text(&case, "ucum")), unit(text(&case, "si")));
        let got = from.ratio_to(&to).unwrap_or_else(|e| panic!("{case}: {e}")).to_f64();
        let want: f64 = text(&case, "multiplier").parse().unwrap();
        assert_close(text(&case, "id"), got, want, case["tol_rel"].as_f64().unwrap() * want);
    }
}

#[test]
fn the_unit_cases_of_a_peer_pass() {
    for case in cases("peer_ghgaccounting_units") {
        let from = unit(text(&case, "from"));
        if text(&case, "op") == "dimension" {
            assert_eq!(from.kind().as_str(), text(&case, "expect"), "{case}");
            continue;
        }
        let (value, to) = (decimal(&case["value"]), unit(text(&case, "to")));
        let converted = convert(value, &from, &to);
        let close = |got: &Ratio| {
            let want = case["expect"].as_f64().unwrap();
            assert_close(text(&case, "id"), got.to_f64(), want, case["tol_abs"].as_f64().unwrap());
        };
        match text(&case, "op") {
            "must_be_refused" => assert_eq!(converted.unwrap_err().code(), "unit.dimension", "{case}"),
            "identity" => assert_eq!(converted.unwrap().value, value, "{case}"),
            "convert" => close(&converted.unwrap().ratio),
            "roundtrip" => close(&convert(converted.unwrap().value, &to, &from).unwrap().ratio),
            other => panic!("unknown operation {other}"),
        }
    }
}

#[test]
fn a_megawatt_hour_prints_as_1000_kilowatt_hours() {
    assert_eq!(shown("1", "MWh", "kWh"), "1000");
    assert_eq!(shown("1", "kW.h", "MJ"), "3.6");
    // 1 / 3.6 to 28 digits.
    assert_eq!(shown("1", "MJ", "kWh"), "0.2777777777777777777777777778");
}

#[test]
fn names_of_the_trade_mean_what_the_publishers_mean() {
    // Left: the name; right: the same by definition.
    for (from, value, to) in [
        ("mmBtu", "1000000", "[Btu_IT]"),
        ("therm", "100000", "[Btu_IT]"),
        ("US gallon", "231", "[in_i]3"),
        ("gal_uk", "4.54609", "L"),
        ("bbl", "42", "gal_us"),
        ("short ton", "2000", "lb"),
        ("long ton", "2240", "lb"),
        ("metric ton", "1000", "kg"),
        ("nmi", "1852", "m"),
        ("miles", "1.609344", "km"),
        ("litres", "0.001", "m³"),
        ("cubic metres", "1000", "L"),
        ("GiB", "1073741824", "byte"),
        ("GB", "1000000", "kB"),
        ("kB", "8000", "bit"),
        ("GPU-h", "3600", "{gpu}.s"),
        ("gpu_hours", "1", "GPU-h"),
        ("kWh/GPU-h", "1", "kW/{gpu}"),
        ("vCPU-h", "60", "{vcpu}.min"),
        ("GB-h", "1", "GB.h"),
        ("tkm", "1", "tonne-km"),
        ("ton-mile", "2000", "lb.mi"),
        ("passenger-km", "1", "{passenger}.km"),
        ("TonneKilometre", "1", "t.km"),
        ("megawatt_hour", "1000", "kilowatt_hour"),
        ("Mcf", "1000", "ft3"),
        ("kWh (Gross CV)", "3.6", "MJ{HHV}"),
        ("kg/TJ NCV", "0.001", "kg/GJ{net}"),
        ("kW.h{gross}", "1", "kWh (Gross CV)"),
        ("MUSD", "1000000", "USD"),
        ("requests", "1", "{request}"),
        ("°C", "1", "Cel"),
        ("4.10*3.g", "4", "kg"),
        ("kWh/(t.km)", "3.6", "MJ/tkm"),
        ("kg per mile", "1", "kg/[mi_i]"),
        ("short-ton", "2000", "lb"),
        ("lb_av", "7000", "[gr]"),
        ("scf", "1", "ft3"),
        ("Room per night", "1", "{room}.{night}"),
    ] {
        assert_eq!(shown("1", from, to), value, "{from} to {to}");
    }
}

#[test]
fn what_is_another_thing_is_refused_with_the_reason() {
    for (from, to, code) in [
        ("m3", "kWh", "unit.dimension"),
        ("L", "kg", "unit.dimension"),
        ("{passenger}.km", "t.km", "unit.dimension"),
        ("{passenger}.km", "km", "unit.kind"),
        ("{room}.{night}", "{passenger}", "unit.kind"),
        ("N.m", "J", "unit.kind"),
        ("kN.m", "kWh", "unit.kind"),
        ("Hz", "Bq", "unit.kind"),
        ("Gy", "Sv", "unit.kind"),
        ("kVA", "kW", "unit.kind"),
        ("kVAh", "kWh", "unit.kind"),
        ("kg/Nm3", "kg/scf", "unit.kind"),
        ("{passenger}", "1", "unit.kind"),
        ("scf", "Nm3", "unit.kind"),
        ("Sm3", "Nm3", "unit.kind"),
        ("kWh{gross}", "kWh{net}", "unit.basis"),
        ("kWh", "kWh{gross}", "unit.basis"),
        ("mmBtu{HHV}", "GJ{LHV}", "unit.basis"),
        ("kg/GJ{gross}", "kg/GJ{net}", "unit.basis"),
        ("kWh{gross}/kWh{net}", "1", "unit.basis"),
        ("kg/(kW.h{gross})", "kg/kWh", "unit.basis"),
        ("USD{real}", "USD", "unit.syntax"),
        ("USD{+202}", "USD", "unit.syntax"),
        ("kg CO2e", "kg", "unit.unknown"),
        ("Tons", "kg", "unit.ambiguous"),
        ("USD", "EUR", "unit.currency"),
        ("USD{2022}", "USD{2021}", "unit.currency"),
        ("USD", "USD{2022}", "unit.currency"),
        ("[iU]", "[arb'U]", "unit.arbitrary"),
        ("[iU]", "mg", "unit.arbitrary"),
        ("GB", "GB.h", "unit.dimension"),
        ("W/Cel", "W/K", "unit.special"),
        ("ton", "kg", "unit.ambiguous"),
        ("mpg", "L/100km", "unit.ambiguous"),
        ("gal", "L", "unit.ambiguous"),
        ("Gallons", "L", "unit.ambiguous"),
        ("mi/gal", "km/L", "unit.ambiguous"),
        ("Gal", "L", "unit.dimension"),
        ("kwH", "J", "unit.unknown"),
        ("12h", "s", "unit.syntax"),
        ("1.5", "1", "unit.syntax"),
        ("kWh/t.km", "kWh/tkm", "unit.dimension"),
        ("", "s", "unit.syntax"),
        ("m999", "m", "unit.overflow"),
        ("m99999999", "m", "unit.overflow"),
        ("Ym99", "m99", "unit.overflow"),
    ] {
        assert_eq!(refusal(from, to), code, "{from} to {to}");
    }
}

#[test]
fn a_bare_gallon_is_refused_with_both_of_its_meanings_and_gal_stays_an_acceleration() {
    let message = field("1", "gallons", "L").unwrap_err().to_string();
    assert!(message.contains("`gal_us` or `gal_uk`"), "{message}");
    // UCUM: 1 Gal = 1 cm/s2.
    assert_eq!(shown("1", "Gal", "cm/s2"), "1");
}

#[test]
fn a_refusal_names_both_units_and_both_kinds() {
    let message = field("1", "{passenger}.km", "t.km").unwrap_err().to_string();
    for part in ["{passenger}.km", "t.km", "passenger transport", "freight transport"] {
        assert!(message.contains(part), "{message}");
    }
    let message = field("1", "kWh", "L").unwrap_err().to_string();
    assert!(message.contains("energy (kg.m2.s-2)") && message.contains("volume (m3)"), "{message}");
    let message = field("1", "kwH", "L").unwrap_err().to_string();
    assert!(message.contains("kWh"), "{message}");
}

#[test]
fn ucum_to_the_letter_knows_no_names_and_no_counted_things() {
    let ucum = |text: &str| Unit::parse_ucum(text);
    for name in
        ["kWh", "gal_us", "short ton", "USD", "Nm3", "M[Btu_IT]", "10+3/ul", "m{a b}", "(/m)", "m//s", "Kim"]
    {
        assert!(ucum(name).is_err(), "{name}");
    }
    assert_eq!(ucum("{passenger}.km").unwrap(), ucum("km").unwrap());
    assert_eq!(
        ucum("mol").unwrap().ratio_to(&ucum("10*23").unwrap()).unwrap(),
        "6.02214076".parse().unwrap()
    );
    assert_eq!(ucum("KiBy").unwrap().ratio_to(&ucum("bit").unwrap()).unwrap(), Ratio::from(8192));
    // The codes that this field reads in its own way: kilobel, femtotonne, milliphot.
    assert_eq!(ucum("ft").unwrap().ratio_to(&ucum("ng").unwrap()).unwrap(), Ratio::one());
}

#[test]
fn scales_with_a_zero_are_exact() {
    assert_eq!(shown("98.6", "[degF]", "Cel"), "37");
    assert_eq!(shown("-273.15", "Cel", "K"), "0");
    assert_eq!(shown("-40", "Cel", "[degF]"), "-40");
    assert_eq!(shown("80", "[degRe]", "Cel"), "100");
    assert_eq!(shown("1000", "mCel", "K"), "274.15");
    assert!(field("0.1", "[degF]", "K").unwrap().exact);
}

#[test]
fn logarithmic_scales_have_their_defining_values() {
    for (value, from, to, want) in [
        ("7", "[pH]", "mol/L", "0.0000001"),
        ("0.001", "mol/L", "[pH]", "3"),
        ("20", "dB", "1", "100"),
        ("60", "dB[V]", "V", "1000"),
        ("1000", "V", "dB[V]", "60"),
        ("94", "dB[SPL]", "dB[SPL]", "94"),
        ("0.02", "Pa", "dB[SPL]", "60"),
        ("30", "dB[W]", "kW", "1"),
        ("8", "bit_s", "1", "256"),
        ("4", "[hp'_C]", "1", "0.00000001"),
        ("100", "%[slope]", "deg", "45"),
        ("45", "deg", "[p'diop]", "100"),
        // e to 28 digits (OEIS A001113).
        ("1", "Np", "1", "2.718281828459045235360287471"),
        ("9", "m2/s4/Hz", "[m/s2/Hz^(1/2)]", "3"),
    ] {
        assert_eq!(shown(value, from, to), want, "{value} {from} to {to}");
    }
    assert!(!field("1", "Np", "1").unwrap().exact);
    assert!(!field("180", "deg", "rad").unwrap().exact);
    assert!(field("1", "deg", "'").unwrap().exact);
    assert_eq!(field("-1", "V", "dB[V]").unwrap_err().code(), "unit.undefined");
    assert_eq!(field("0", "mpg_us", "L/100km").unwrap_err().code(), "unit.undefined");
    assert_eq!(field("900", "B", "1").unwrap_err().code(), "unit.overflow");
}

#[test]
fn a_value_that_no_decimal_holds_is_refused_and_not_made_zero() {
    assert_eq!(field("1e-50", "ym", "Ym").unwrap_err().code(), "unit.overflow");
    assert_eq!(field("1e27", "Ym", "m").unwrap_err().code(), "unit.overflow");
}

#[test]
fn the_limits_hold_on_both_sides() {
    let nested = |n: usize| format!("{}m{}", "(".repeat(n), ")".repeat(n));
    assert!(nested(16).parse::<Unit>().is_ok());
    assert_eq!(nested(17).parse::<Unit>().unwrap_err().code(), "unit.too_deep");
    let long = |n: usize| format!("m{{{}}}", "x".repeat(n - 3));
    assert!(long(256).parse::<Unit>().is_ok());
    assert_eq!(long(257).parse::<Unit>().unwrap_err().code(), "unit.too_long");
    assert!("m127".parse::<Unit>().is_ok());
    assert_eq!("m128".parse::<Unit>().unwrap_err().code(), "unit.overflow");
}
