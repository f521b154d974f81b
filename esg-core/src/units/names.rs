//! The names that people write: utilities, freight, fuel, cloud, money.
//!
//! A name stands here only where UCUM gives the text no meaning, except `kB MB GB TB PB EB` (UCUM: kilobel to exabel), `ft`
//! (femtotonne) and `mph` (milliphot), where the UCUM reading is one that nobody in this field means. What a name stands for:
//!
//! - `Btu`, `mmBtu`, `MMBtu`, `quad`, `therm`: International Table Btu, as EPA and EIA use it; `therm` is 100 000 of
//!   them. `therm_us` (59 °F) and `therm_ec` are the two of NIST SP 811. UCUM's `[Btu]` stays thermochemical.
//! - `gal_us`: US liquid gallon; `gal_uk`: imperial. `kgal`: a thousand US gallons, a unit of American water bills.
//!   `bbl`: 42 US gallons. `Mcf`: a thousand cubic feet.
//! - `acre`: international foot; `[acr_us]`: survey foot. `year`: 365.25 d, as in UCUM; `year_365`: 365 d.
//! - `scf`, `Sm3`, `Nm3`: gas at 60 °F, 15 °C, 0 °C. Each converts to plain volumes as they stand, and is refused to
//!   the others, because a change of reference conditions is a calculation and no change of unit.
//! - `ton`, `gal`, `mpg`, `pint`, `MBtu` and their like mean different things to different people and are refused.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::dimension::{Dimension, Named};
use super::kind::QuantityKind::{self, *};
use super::table::{Measure, Mode, Table, ratio};
use super::things::{COUNTS, CURRENCIES};
use super::{parse, shape};
use crate::ratio::Ratio;

/// Names joined by `|`, a factor, what it multiplies, and a kind where the name says one.
type Row = (&'static str, &'static str, &'static str, Option<QuantityKind>);

/// Names that are refused, and what to say instead.
const AMBIGUOUS: [(&str, &str); 18] = [
    ("ton", "`short ton`, `long ton` or `tonne`"),
    ("tons", "`short ton`, `long ton` or `tonne`"),
    ("gal", "`gal_us` or `gal_uk`"),
    ("gals", "`gal_us` or `gal_uk`"),
    ("gallon", "`gal_us` or `gal_uk`"),
    ("gallons", "`gal_us` or `gal_uk`"),
    ("mpg", "`mpg_us` or `mpg_uk`"),
    ("MBtu", "`kBtu` or `mmBtu`"),
    ("MBTU", "`kBtu` or `mmBtu`"),
    ("KB", "`kB` (1000 bytes) or `KiB` (1024 bytes)"),
    ("boe", "`mmBtu` or `GJ`: barrels of oil equivalent differ by publisher"),
    ("pint", "`pt_us` or `pt_uk`"),
    ("quart", "`qt_us` or `qt_uk`"),
    ("fl oz", "`floz_us` or `floz_uk`"),
    ("fluid ounce", "`floz_us` or `floz_uk`"),
    ("cwt", "`[scwt_av]` or `[lcwt_av]`"),
    ("hundredweight", "`[scwt_av]` or `[lcwt_av]`"),
    ("calorie", "`cal_th` or `cal_IT`"),
];

const ROWS: &[Row] = &[
    // Energy. IEA: 1 toe = 10 Gcal_IT, 1 tce = 7 Gcal_IT.
    ("Btu|BTU|Btu_IT|british thermal unit", "1", "[Btu_IT]", None),
    ("kBtu|kBTU", "1e3", "[Btu_IT]", None),
    ("mmBtu|MMBtu|MMBTU|mmBTU|[mmBtu]|million Btu|Dth|dekatherm|decatherm", "1e6", "[Btu_IT]", None),
    ("therm|thm", "1e5", "[Btu_IT]", None),
    ("therm_us", "105480400", "J", None),
    ("therm_ec", "105506000", "J", None),
    ("quad", "1e15", "[Btu_IT]", None),
    ("ton of TNT", "4.184e9", "J", None),
    ("toe|tonne of oil equivalent", "1e7", "kcal_IT", None),
    ("ktoe", "1e10", "kcal_IT", None),
    ("Mtoe", "1e13", "kcal_IT", None),
    ("kgoe", "1e4", "kcal_IT", None),
    ("tce|tonne of coal equivalent", "7e6", "kcal_IT", None),
    ("Mtce", "7e12", "kcal_IT", None),
    // Power. NIST SP 811, B.8; ANSI/ASHRAE: a ton of refrigeration is 12 000 Btu_IT/h.
    ("hp|horsepower", "1", "[HP]", None),
    ("hp_metric", "75", "kgf.m.s-1", None),
    ("hp_electric", "746", "W", None),
    ("hp_uk", "745.70", "W", None),
    ("hp_water", "746.043", "W", None),
    ("hp_boiler", "9809.50", "W", None),
    ("ton of refrigeration|refrigeration ton", "12000", "[Btu_IT].h-1", None),
    ("VA", "1", "V.A", Some(ApparentPower)),
    ("kVA", "1e3", "V.A", Some(ApparentPower)),
    ("MVA", "1e6", "V.A", Some(ApparentPower)),
    ("var", "1", "V.A", Some(ReactivePower)),
    ("kvar", "1e3", "V.A", Some(ReactivePower)),
    ("Mvar", "1e6", "V.A", Some(ReactivePower)),
    ("kVAh", "1e3", "V.A.h", Some(ApparentEnergy)),
    ("kvarh", "1e3", "V.A.h", Some(ReactiveEnergy)),
    // Mass and force.
    ("lb|lbs|pound", "1", "[lb_av]", None),
    ("oz|ounce", "1", "[oz_av]", None),
    ("short ton|short_ton|ston|ston_av|US ton", "1", "[ston_av]", None),
    ("long ton|long_ton|lton|lton_av|UK ton|imperial ton", "1", "[lton_av]", None),
    ("metric ton|metric_ton|metric tonne", "1", "t", None),
    ("lbf|pound-force", "1", "[lbf_av]", None),
    ("kip", "1000", "[lbf_av]", None),
    ("poundal", "1", "[lb_av].[ft_i].s-2", None),
    ("mmHg", "1", "mm[Hg]", None),
    ("inHg", "1", "[in_i'Hg]", None),
    ("psi|psia", "1", "[psi]", None),
    ("slug", "1", "[lbf_av].s2.[ft_i]-1", None),
    ("Torr|torr", "101325/760", "Pa", None),
    // Volume.
    ("gal_us|usgal|US gallon|US gal", "1", "[gal_us]", None),
    ("kgal", "1e3", "[gal_us]", None),
    ("gal_uk|gal_imp|imperial gallon|UK gallon|imp gal", "1", "[gal_br]", None),
    ("bbl|barrel|oil barrel", "1", "[bbl_us]", None),
    ("qt_us", "1", "[qt_us]", None),
    ("qt_uk", "1", "[qt_br]", None),
    ("pt_us", "1", "[pt_us]", None),
    ("pt_uk", "1", "[pt_br]", None),
    ("floz_us", "1", "[foz_us]", None),
    ("floz_uk", "1", "[foz_br]", None),
    ("cubic metre|cubic meter|cu m|cbm", "1", "m3", None),
    ("cf|cubic foot|cubic feet|cu ft|cuft", "1", "[ft_i]3", None),
    ("ccf|CCF", "100", "[ft_i]3", None),
    ("Mcf|MCF", "1e3", "[ft_i]3", None),
    ("MMcf|MMCF", "1e6", "[ft_i]3", None),
    ("Bcf", "1e9", "[ft_i]3", None),
    ("cubic yard|cu yd", "1", "[yd_i]3", None),
    ("cubic inch|cu in", "1", "[in_i]3", None),
    ("acre-foot|acre foot|acre_foot|acre-feet|acre feet", "43560", "[ft_i]3", None),
    ("million litres|million liters", "1e6", "L", None),
    ("scf|standard cubic foot|standard cubic feet", "1", "[ft_i]3", Some(GasAt60F)),
    ("Mscf", "1e3", "[ft_i]3", Some(GasAt60F)),
    ("MMscf", "1e6", "[ft_i]3", Some(GasAt60F)),
    ("Sm3|sm3|scm|standard cubic metre|standard cubic meter", "1", "m3", Some(GasAt15C)),
    ("Nm3|ncm|normal cubic metre|normal cubic meter", "1", "m3", Some(GasAt0C)),
    ("register ton", "100", "[ft_i]3", None),
    // Length, area, speed.
    ("micron", "1", "um", None),
    ("angstrom", "1", "Ao", None),
    ("fathom", "1", "[fth_i]", None),
    ("mi|mile|statute mile", "1", "[mi_i]", None),
    ("nmi|nautical mile", "1", "[nmi_i]", None),
    ("ft|foot|feet", "1", "[ft_i]", None),
    ("in|inch|inches", "1", "[in_i]", None),
    ("yd|yard", "1", "[yd_i]", None),
    ("acre|ac", "43560", "[ft_i]2", None),
    ("survey acre", "1", "[acr_us]", None),
    ("ha|hectare", "1e4", "m2", None),
    ("square metre|square meter|sq m|sqm", "1", "m2", None),
    ("square kilometre|square kilometer|sq km", "1", "km2", None),
    ("square foot|square feet|sq ft|sqft", "1", "[ft_i]2", None),
    ("square mile|sq mi", "1", "[mi_i]2", None),
    ("knot|kn", "1", "[kn_i]", None),
    ("mph", "1", "[mi_i].h-1", None),
    ("kmh", "1", "km.h-1", None),
    // Time.
    ("sec|secs", "1", "s", None),
    ("minute|mins", "1", "min", None),
    ("hr|hrs|hour", "1", "h", None),
    ("day", "1", "d", None),
    ("week", "1", "wk", None),
    ("month", "1", "mo", None),
    ("yr|year|annum", "1", "a", None),
    ("year_365", "365", "d", None),
    // Transport.
    ("tkm|tonne kilometre|tonne kilometer", "1", "t.km", None),
    ("ton-mile|ton mile|short ton-mile|short ton mile", "1", "[ston_av].[mi_i]", None),
    ("pkm|passenger kilometre|passenger kilometer", "1", "{passenger}.km", None),
    ("pmi|passenger mile", "1", "{passenger}.[mi_i]", None),
    ("vkm|vehicle kilometre|vehicle kilometer", "1", "{vehicle}.km", None),
    ("vmi|vehicle mile", "1", "{vehicle}.[mi_i]", None),
    ("mpg_us", "1", "[mi_i].[gal_us]-1", None),
    ("mpg_uk|mpg_imp", "1", "[mi_i].[gal_br]-1", None),
    // Data and computing. 1 GB = 1e9 B (IEC 80000-13).
    ("byte", "1", "By", None),
    ("bits", "1", "bit", None),
    ("bps", "1", "bit.s-1", None),
    ("kbps", "1", "kbit.s-1", None),
    ("Mbps", "1", "Mbit.s-1", None),
    ("Gbps", "1", "Gbit.s-1", None),
    ("gpu_hour|gpu hour", "1", "{gpu}.h", None),
    ("vcpu_hour|vcpu hour", "1", "{vcpu}.h", None),
    ("cpu_hour|cpu hour", "1", "{cpu}.h", None),
    ("core_hour|core hour", "1", "{core}.h", None),
    ("node_hour|node hour", "1", "{node}.h", None),
    ("room_night|room night", "1", "{room}.{night}", None),
    ("FTE Working Hour", "1", "{fte}.h", None),
    // Numbers and temperatures.
    ("percent|pct", "1", "%", None),
    ("ppm", "1", "[ppm]", None),
    ("ppb", "1", "[ppb]", None),
    ("degC|celsius", "1", "Cel", None),
    ("degF|fahrenheit", "1", "[degF]", None),
    ("kelvin", "1", "K", None),
];

/// SI prefixes in words and as codes, for the names below.
const PREFIXES: [(&str, &str); 10] = [
    ("", ""),
    ("micro", "u"),
    ("milli", "m"),
    ("centi", "c"),
    ("hecto", "h"),
    ("kilo", "k"),
    ("mega", "M"),
    ("giga", "G"),
    ("tera", "T"),
    ("peta", "P"),
];
/// Words that take those prefixes.
const WORDS: [(&str, &str); 12] = [
    ("watt hour", "W.h"),
    ("watt", "W"),
    ("joule", "J"),
    ("gram", "g"),
    ("metre", "m"),
    ("meter", "m"),
    ("litre", "L"),
    ("liter", "L"),
    ("tonne", "t"),
    ("byte", "By"),
    ("bit", "bit"),
    ("second", "s"),
];

/// The names and what they mean.
pub(crate) struct Names {
    exact: HashMap<String, Measure>,
    /// Without spaces, hyphens, underscores and case; also in the plural.
    words: HashMap<String, Measure>,
    counts: HashMap<String, &'static str>,
    known: Vec<String>,
}

impl Names {
    /// Returns the names; they are worked out on first use.
    pub fn all() -> &'static Self {
        static ALL: OnceLock<Names> = OnceLock::new();
        ALL.get_or_init(Self::build)
    }

    /// What a name means, if it is one. Other spellings of a word count only where UCUM has no such code.
    pub fn find(&self, name: &str) -> Option<Measure> {
        if let Some(measure) = self.exact.get(name) {
            return Some(measure.clone());
        }
        let word = self.words.get(&squeezed(name)?)?;
        Table::of(Mode::Field).find(name).is_none().then(|| word.clone())
    }

    /// What to say instead of a name that means several things.
    pub fn ambiguous(&self, name: &str) -> Option<&'static str> {
        let lower = name.to_ascii_lowercase();
        let (known, choices) = AMBIGUOUS.iter().find(|(known, _)| *known == name || *known == lower)?;
        // `Gal` is UCUM's unit of acceleration, and only `gal` means several things.
        (*known == name || Table::of(Mode::Field).find(name).is_none()).then_some(*choices)
    }

    /// The counted thing that an annotation names, if it is a known one.
    pub fn count(&self, annotation: &str) -> Option<&'static str> {
        self.counts.get(&squeezed(annotation)?).copied()
    }

    /// Every name but the currencies, for suggestions and for the ready-made units.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(String::as_str)
    }

    fn build() -> Self {
        let table = Table::of(Mode::Field);
        let mut names =
            Self { exact: HashMap::new(), words: HashMap::new(), counts: HashMap::new(), known: Vec::new() };
        for (thing, synonyms) in COUNTS {
            let measure = Measure::base(Dimension::named(Named::Count(thing)));
            for name in std::iter::once(thing).chain(synonyms.split('|').filter(|s| !s.is_empty())) {
                names.counts.insert(name.to_owned(), thing);
                names.counts.insert(format!("{name}s"), thing);
                names.word(name, &measure);
                names.known.push(name.to_owned());
            }
        }
        for code in CURRENCIES.split_whitespace() {
            let measure = Measure::base(Dimension::named(Named::Currency { code, year: None }));
            for (prefix, size) in [("", 1), ("k", 1000), ("M", 1_000_000)] {
                let sized = Measure { factor: Ratio::from(size), ..measure.clone() };
                names.exact.entry(format!("{prefix}{code}")).or_insert(sized);
            }
        }
        for (prefix, code) in PREFIXES {
            for (word, of) in WORDS {
                names.define(&format!("{prefix}{word}"), "1", &format!("{code}{of}"), None, table);
            }
        }
        for prefix in ["", "m", "k", "M", "G", "T", "P"] {
            names.define(&format!("{prefix}Wh"), "1", &format!("{prefix}W.h"), None, table);
        }
        for prefix in ["k", "M", "G", "T", "P", "E"] {
            names.define(&format!("{prefix}B"), "1", &format!("{prefix}By"), None, table);
        }
        for prefix in ["Ki", "Mi", "Gi", "Ti"] {
            names.define(&format!("{prefix}B"), "1", &format!("{prefix}By"), None, table);
        }
        names.define("PiB", "1024", "TiBy", None, table);
        for &(row, factor, of, kind) in ROWS {
            names.define(row, factor, of, kind, table);
        }
        names
    }

    fn define(&mut self, row: &str, factor: &str, of: &str, kind: Option<QuantityKind>, table: &Table) {
        let parsed = parse::with_names(of, table, self).expect("a name stands for a unit of the table");
        let kind = kind.or_else(|| shape::kind(&parsed.terms));
        let gas = kind.filter(|kind| matches!(kind, GasAt60F | GasAt15C | GasAt0C));
        let measure =
            Measure { factor: &parsed.measure.factor * &ratio(factor), kind, gas, ..parsed.measure };
        for name in row.split('|') {
            self.exact.insert(name.to_owned(), measure.clone());
            self.word(name, &measure);
            self.known.push(name.to_owned());
        }
    }

    /// Adds a name that is a word, so that case, spaces and the plural do not matter.
    fn word(&mut self, name: &str, measure: &Measure) {
        let Some(word) = squeezed(name).filter(|word| word.len() >= 3) else { return };
        let lower = !name.chars().any(|c| c.is_ascii_uppercase()) || name.contains(' ');
        if lower && (word.len() >= 4 || measure.dimension.named_parts().len() == 1) {
            self.words.insert(format!("{word}s"), measure.clone());
            self.words.insert(word, measure.clone());
        }
    }
}

/// Returns a name without case, spaces, hyphens and underscores; none when it is not made of letters.
fn squeezed(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            'a'..='z' | 'A'..='Z' => out.push(c.to_ascii_lowercase()),
            ' ' | '-' | '_' => {}
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that UCUM reads in a way that nobody in this field means.
    const OVERRIDES: [&str; 8] = ["kB", "MB", "GB", "TB", "PB", "EB", "ft", "mph"];

    #[test]
    fn no_name_hides_a_ucum_code_except_the_listed_ones() {
        let (names, ucum) = (Names::all(), Table::of(Mode::Ucum));
        let hidden: Vec<&String> = names.exact.keys().filter(|name| ucum.find(name).is_some()).collect();
        let unlisted: Vec<_> =
            hidden.iter().filter(|name| !OVERRIDES.contains(&name.as_str()) && **name != "bit").collect();
        assert!(unlisted.is_empty(), "{unlisted:?}");
        assert_eq!(hidden.len(), OVERRIDES.len() + 1);
        let words: Vec<&String> = names.words.keys().filter(|name| ucum.find(name).is_some()).collect();
        assert!(words.is_empty(), "{words:?}");
    }
}
