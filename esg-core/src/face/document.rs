//! Reading of a document of options: a wrong name or value is refused with the name it stands under.
//!
//! `serde` alone says what is wrong and not where. So each value is tried by itself: every document here has all of its
//! fields optional, and the first one that is refused alone is the one to name.

use std::fmt;

use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::error::FaceError;
use crate::nearest::nearest;

/// A document whose fields may all be left out.
pub trait Document: DeserializeOwned {
    /// What messages call it.
    const WHAT: &'static str;
    /// Names of the fields.
    const FIELDS: &'static [&'static str];
}

/// Reads a document from JSON text; doubled and unknown names are refused, and values with the field's name.
///
/// # Errors
/// `option.document` for what is no object and for unknown names, `option.value` for a value of the wrong form; the
/// `json.*` codes for a text that is no JSON.
///
/// # Examples
/// ```
/// use esg_core::face::{EngineOptions, read};
/// let options: EngineOptions = read(br#"{"gwp": "AR5"}"#)?;
/// assert_eq!((options.gwp.as_str(), options.horizon), ("AR5", 100));
/// let error = read::<EngineOptions>(br#"{"gpw": "AR5"}"#).unwrap_err();
/// assert_eq!((error.code(), error.to_string().contains("gwp")), ("option.document", true));
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn read<T: Document>(json: &[u8]) -> Result<T, crate::Error> {
    // That reading refuses doubled names, which the next one would let pass.
    crate::canonical::from_slice(json)?;
    let refuse = |reason: String, nearest| FaceError::Document { what: T::WHAT, reason, nearest };
    let value: Value = serde_json::from_slice(json).map_err(|e| refuse(e.to_string(), Vec::new()))?;
    let Value::Object(fields) = value else {
        return Err(refuse("it must be an object of names and values".into(), Vec::new()).into());
    };
    if let Some(name) = fields.keys().find(|name| !T::FIELDS.contains(&name.as_str())) {
        let near = nearest(name, T::FIELDS.iter().copied());
        let near = if near.is_empty() { T::FIELDS.iter().map(|f| (*f).to_owned()).collect() } else { near };
        let name: String = name.chars().take(64).collect();
        return Err(refuse(format!("{name:?} is no field of it"), near).into());
    }
    for (name, value) in &fields {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = serde_json::from_value::<T>(Value::Object(alone)) {
            return Err(FaceError::value(name, value, format!("valid ({error})")).into());
        }
    }
    Ok(serde_json::from_value(Value::Object(fields)).map_err(|e| refuse(e.to_string(), Vec::new()))?)
}

/// Text or a number, as text: `"1.2"` and `1.2` are the same.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Text(pub String);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl Visitor<'_> for Any {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or a number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Text, E> {
                Ok(Text(value.to_string()))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Text, E> {
                Ok(Text(value.to_string()))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Text, E> {
                crate::Decimal::from_f64(value).map(|d| Text(d.to_string())).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Any)
    }
}
