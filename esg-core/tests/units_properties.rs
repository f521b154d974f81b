//! What holds for all units and all values, and for all text that is no unit.

use esg_core::Decimal;
use esg_core::ratio::Ratio;
use esg_core::units::{Unit, convert};
use proptest::prelude::*;

/// Units in groups that convert to one another.
const GROUPS: [&[&str]; 9] = [
    &["J", "kWh", "MWh", "mmBtu", "therm", "toe", "cal_th", "eV", "[ft_i].[lbf_av]", "W.s"],
    &["m", "km", "mi", "nmi", "[ft_us]", "[ly]", "[pnt]", "in"],
    &["L", "m3", "gal_us", "gal_uk", "bbl", "ccf", "acre-foot", "[tsp_us]"],
    &["kg", "t", "lb", "short ton", "long ton", "[gr]", "u"],
    &["By", "GB", "GiB", "bit", "kbit"],
    &["t.km", "kg.km", "ton-mile", "lb.mi"],
    &["{passenger}.km", "pkm", "passenger-mile"],
    &["kg/kWh", "lb/MWh", "g/MJ", "t/mmBtu"],
    &["deg", "'", "''", "gon", "circ"],
];

/// Three units of one group.
fn three() -> impl Strategy<Value = (Unit, Unit, Unit)> {
    (0..GROUPS.len(), any::<(usize, usize, usize)>()).prop_map(|(group, (a, b, c))| {
        let pick = |n: usize| GROUPS[group][n % GROUPS[group].len()].parse::<Unit>().unwrap();
        (pick(a), pick(b), pick(c))
    })
}

fn value() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0u32..12).prop_map(|(digits, scale)| Decimal::new(i128::from(digits), scale).unwrap())
}

proptest! {
    #[test]
    fn there_and_back_is_the_identity((a, b, _) in three()) {
        prop_assert_eq!(a.ratio_to(&b).unwrap() * b.ratio_to(&a).unwrap(), Ratio::one());
    }

    #[test]
    fn a_detour_does_not_change_the_ratio((a, b, c) in three()) {
        prop_assert_eq!(a.ratio_to(&b).unwrap() * b.ratio_to(&c).unwrap(), a.ratio_to(&c).unwrap());
    }

    #[test]
    fn converting_is_multiplying_by_the_ratio((a, b, _) in three(), value in value()) {
        let want = Ratio::from(value) * a.ratio_to(&b).unwrap();
        match convert(value, &a, &b) {
            Ok(got) => {
                prop_assert!(got.exact);
                prop_assert_eq!(got.ratio, want);
            }
            // A toe is more than 1e28 eV, which no decimal holds.
            Err(error) => {
                prop_assert_eq!(error.code(), "unit.overflow");
                prop_assert!(want.to_decimal(28).is_err());
            }
        }
    }

    #[test]
    fn a_temperature_that_a_decimal_holds_comes_back(value in value(), a in 0usize..4, b in 0usize..4) {
        let unit = |n: usize| ["K", "Cel", "[degF]", "[degRe]"][n].parse::<Unit>().unwrap();
        let there = convert(value, &unit(a), &unit(b)).unwrap();
        prop_assert!(there.exact);
        if there.ratio.to_decimal_exact() == Some(there.value) {
            prop_assert_eq!(convert(there.value, &unit(b), &unit(a)).unwrap().value, value);
        }
    }

    #[test]
    fn a_product_reads_back_as_what_it_means((a, b, _) in three(), (c, _, _) in three()) {
        for unit in [a.times(&c).unwrap(), b.per(&c).unwrap(), a.per(&b).unwrap()] {
            let again: Unit = unit.as_str().parse().unwrap();
            prop_assert_eq!(again.dimension(), unit.dimension());
            prop_assert_eq!(again.ratio_to(&unit).unwrap(), Ratio::one());
        }
    }

    #[test]
    fn the_canonical_unit_reads_back((a, _, _) in three()) {
        let canonical = a.canonical();
        let again: Unit = canonical.as_str().parse().unwrap();
        prop_assert_eq!(again.dimension(), a.dimension());
        prop_assert_eq!(again.ratio_to(&canonical).unwrap(), Ratio::one());
    }

    #[test]
    fn any_text_is_a_unit_or_a_typed_refusal(text in any::<String>()) {
        for result in [text.parse::<Unit>(), Unit::parse_ucum(&text)] {
            if let Err(error) = result {
                prop_assert!(error.code().starts_with("unit."));
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn text_that_looks_like_a_unit_is_read_or_refused_quickly(
        text in "([./() -]|k|m|Y|da|Ki|10\\*|10\\^|[0-9]{1,9}|\\[pi\\]|\\[m/s2/Hz\\^0.5\\]|B\\[10.nV\\]|Cel|kWh|US gallon|\\{[a-z]{0,9}\\}|\\+|ton|²|µ){0,40}"
    ) {
        let start = std::time::Instant::now();
        let read = [text.parse::<Unit>(), Unit::parse_ucum(&text)];
        for unit in read.into_iter().flatten() {
            let _ = convert(Decimal::ONE, &unit, &unit.canonical());
        }
        prop_assert!(start.elapsed().as_millis() < 500, "{} took {:?}", text, start.elapsed());
    }

    #[test]
    fn what_ucum_reads_without_a_name_of_the_trade_means_the_same_here(
        a in "(k|m|c|d)?(m|s|g|J|W|Pa|L|t)", b in "(k|m)?(m|s|A|K|V)", n in -9i32..9
    ) {
        let text = format!("{a}.{b}{n}");
        let (ucum, field) = (Unit::parse_ucum(&text).unwrap(), text.parse::<Unit>().unwrap());
        prop_assert_eq!(ucum.ratio_to(&field).unwrap(), Ratio::one());
    }
}
