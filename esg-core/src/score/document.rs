//! The score and its inputs as JSON documents.
//!
//! A number in is a decimal string, a fraction string or a JSON number; a number out is both the exact fraction and its
//! decimal to 28 digits, because 16403/4800 is what can be checked and 3.4172... is what can be read.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decimal::Decimal;
use crate::ratio::Ratio;
use crate::score::{
    DataCentre, Flag, Fleet, Manufacturing, Score, ScoreInputs, ScoreTerm, Software, State, Term, TermName,
};

/// A fraction as it is written: exact, and rounded.
struct Number<'a>(&'a Ratio);

impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Number", 2)?;
        out.serialize_field("decimal", &self.0.to_decimal(28).ok())?;
        out.serialize_field("exact", &self.0.to_string())?;
        out.end()
    }
}

impl Serialize for TermName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Present => "present",
            Self::Missing => "missing",
            Self::NotApplicable => "not_applicable",
        })
    }
}

impl Serialize for Flag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self::PueFloored { measured, used } = self;
        let mut out = serializer.serialize_struct("Flag", 3)?;
        out.serialize_field("flag", "pue_floored")?;
        out.serialize_field("measured", &Number(measured))?;
        out.serialize_field("used", &Number(used))?;
        out.end()
    }
}

impl Serialize for ScoreTerm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("ScoreTerm", 5)?;
        out.serialize_field("effective_weight", &Number(&self.effective_weight))?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("state", &self.state)?;
        out.serialize_field("value", &self.value.as_ref().map(Number))?;
        out.serialize_field("weight", &Number(&self.weight))?;
        out.end()
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Score", 4)?;
        out.serialize_field("coverage", &Number(&self.coverage))?;
        out.serialize_field("flags", &self.flags)?;
        out.serialize_field("terms", &self.terms)?;
        out.serialize_field("value", &self.value.as_ref().map(Number))?;
        out.end()
    }
}

/// Reads a decimal string, a fraction string or a JSON number (its shortest decimal).
fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ratio, D::Error> {
    struct Exact;

    impl Visitor<'_> for Exact {
        type Value = Ratio;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, decimal text such as \"1250.5\" or a fraction such as \"5/18\"")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Ratio, E> {
            text.parse().map_err(E::custom)
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<Ratio, E> {
            Ok(Decimal::new(value.into(), 0).map_err(E::custom)?.into())
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<Ratio, E> {
            Ok(Ratio::from(value))
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<Ratio, E> {
            Ok(Decimal::from_f64(value).map_err(E::custom)?.into())
        }
    }

    deserializer.deserialize_any(Exact)
}

/// Reads an object as present, `"missing"` or null as missing, `"not_applicable"` as such.
fn term<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Term<T>, D::Error> {
    struct AnyTerm<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyTerm<T> {
        type Value = Term<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object, \"missing\" or \"not_applicable\"")
        }

        fn visit_unit<E: de::Error>(self) -> Result<Term<T>, E> {
            Ok(Term::Missing)
        }

        fn visit_str<E: de::Error>(self, word: &str) -> Result<Term<T>, E> {
            match word {
                "missing" => Ok(Term::Missing),
                "not_applicable" => Ok(Term::NotApplicable),
                _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
            }
        }

        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Term<T>, A::Error> {
            T::deserialize(de::value::MapAccessDeserializer::new(map)).map(Term::Present)
        }
    }

    deserializer.deserialize_any(AnyTerm(PhantomData))
}

fn missing<T>() -> Term<T> {
    Term::Missing
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "DataCentre")]
struct DataCentreDocument {
    #[serde(deserialize_with = "exact")]
    it_energy_kwh: Ratio,
    #[serde(deserialize_with = "exact")]
    facility_energy_kwh: Ratio,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Fleet")]
struct FleetDocument {
    #[serde(deserialize_with = "exact")]
    emissions_g: Ratio,
    #[serde(deserialize_with = "exact")]
    distance_mi: Ratio,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Manufacturing")]
struct ManufacturingDocument {
    #[serde(deserialize_with = "exact")]
    production_units: Ratio,
    #[serde(deserialize_with = "exact")]
    grid_emissions_kg: Ratio,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Software")]
struct SoftwareDocument {
    #[serde(deserialize_with = "exact")]
    requests: Ratio,
    #[serde(deserialize_with = "exact")]
    emissions_kg: Ratio,
}

macro_rules! read_as {
    ($($type:ty: $document:ty),+) => {
        $(impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$document>::deserialize(deserializer)
            }
        })+
    };
}

read_as!(
    DataCentre: DataCentreDocument,
    Fleet: FleetDocument,
    Manufacturing: ManufacturingDocument,
    Software: SoftwareDocument
);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "ScoreInputs")]
struct ScoreInputsDocument {
    #[serde(deserialize_with = "term", default = "missing")]
    data_centre: Term<DataCentre>,
    #[serde(deserialize_with = "term", default = "missing")]
    fleet: Term<Fleet>,
    #[serde(deserialize_with = "term", default = "missing")]
    manufacturing: Term<Manufacturing>,
    #[serde(deserialize_with = "term", default = "missing")]
    software: Term<Software>,
}

read_as!(ScoreInputs: ScoreInputsDocument);

#[cfg(test)]
mod tests {
    use crate::score::{PueFloor, ScoreInputs, Term, Weights, score};

    fn read(text: &str) -> Result<ScoreInputs, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn a_document_gives_the_reference_score() {
        let inputs = read(
            r#"{"data_centre": {"it_energy_kwh": "1000", "facility_energy_kwh": 1150},
                "fleet": {"emissions_g": 400.0, "distance_mi": "1"},
                "manufacturing": {"production_units": 1000, "grid_emissions_kg": "200"},
                "software": {"requests": "1e6", "emissions_kg": 0.5}}"#,
        )
        .unwrap();
        let score = score(&inputs, &Weights::equal(), &PueFloor::Refuse).unwrap();
        let document = serde_json::to_value(&score).unwrap();
        assert_eq!(document["value"]["exact"], "16403/4800");
        // 16403 / 4800 = 3.41729166...
        assert_eq!(document["value"]["decimal"], "3.417291666666666666666666667");
        assert_eq!(document["terms"][1]["name"], "fleet");
        assert_eq!(document["coverage"]["decimal"], "1");
    }

    #[test]
    fn absent_is_missing_and_never_not_applicable() {
        let inputs = read(r#"{"fleet": "not_applicable", "software": null}"#).unwrap();
        assert_eq!((inputs.data_centre, inputs.fleet), (Term::Missing, Term::NotApplicable));
        assert_eq!(inputs.software, Term::Missing);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (text, reason) in [
            (r#"{"fleet": "n/a"}"#, "not_applicable"),
            (r#"{"flet": null}"#, "unknown field"),
            (r#"{"fleet": {"emissions_g": "1"}}"#, "distance_mi"),
            (r#"{"fleet": {"emissions_g": "1,5", "distance_mi": "1"}}"#, "comma"),
            (r#"{"fleet": {"emissions_g": true, "distance_mi": "1"}}"#, "a number, decimal text"),
            (r#"{"fleet": {"emissions_g": 1, "emissions_g": 2, "distance_mi": 1}}"#, "duplicate field"),
            (r#"{"fleet": null, "fleet": null}"#, "duplicate field"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
