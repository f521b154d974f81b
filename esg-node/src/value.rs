//! Arguments of a call, and documents as answers.

use esg_core::Decimal;
use esg_core::face::{self, Document as Fields, FaceError};
use napi::bindgen_prelude::{ClassInstance, FromNapiValue, JsValue, ToNapiValue, TypeName};
use napi::{Env, ValueType, sys};
use napi_derive::napi;
use serde_json::Value;

use crate::error::{OfNode, Outcome, border};
use crate::hooks::{self, Given};

/// What messages call a value that was given.
fn kind(value: &Given) -> String {
    let kind = value.get_type().unwrap_or(ValueType::Unknown);
    format!("of type {}", kind.to_string().to_lowercase())
}

fn wrong(name: &str, value: &Given, rule: &str) -> FaceError {
    FaceError::value(name, kind(value), rule)
}

/// True for undefined and null.
pub fn is_absent(value: &Given) -> bool {
    matches!(value.get_type(), Ok(ValueType::Undefined | ValueType::Null))
}

/// Returns text.
pub fn text(name: &str, value: &Given) -> Outcome<String> {
    match value.get_type().node()? {
        ValueType::String => String::from_unknown(value.to_unknown()).node(),
        _ => Err(wrong(name, value, "text").into()),
    }
}

/// Returns text that may be left out.
pub fn maybe_text(name: &str, value: &Given) -> Outcome<Option<String>> {
    if is_absent(value) { Ok(None) } else { text(name, value).map(Some) }
}

/// Returns a list of texts, none where it is left out.
pub fn texts(name: &str, value: &Given) -> Outcome<Vec<String>> {
    if is_absent(value) {
        return Ok(Vec::new());
    }
    let rule = "a list of texts";
    if !value.is_array().node()? {
        return Err(wrong(name, value, rule).into());
    }
    let items = Vec::<Given>::from_unknown(value.to_unknown()).node()?;
    items.iter().map(|item| text(name, item)).collect()
}

/// Returns whether something is asked for; it is not where nothing is said.
pub fn flag(name: &str, value: &Given) -> Outcome<bool> {
    match value.get_type().node()? {
        ValueType::Undefined | ValueType::Null => Ok(false),
        ValueType::Boolean => bool::from_unknown(value.to_unknown()).node(),
        _ => Err(wrong(name, value, "true or false").into()),
    }
}

/// Returns a number.
pub fn number(name: &str, value: &Given) -> Outcome<f64> {
    match value.get_type().node()? {
        ValueType::Number => f64::from_unknown(value.to_unknown()).node(),
        _ => Err(wrong(name, value, "a number").into()),
    }
}

/// Returns a whole number, of a number or a bigint.
pub fn whole(name: &str, value: &Given) -> Outcome<u64> {
    let shown = match value.get_type().node()? {
        ValueType::Number | ValueType::BigInt => shown(value)?,
        _ => return Err(wrong(name, value, "a whole number").into()),
    };
    Ok(shown.parse().map_err(|_| FaceError::value(name, shown, "a whole number"))?)
}

/// Returns a whole number that may be left out.
pub fn maybe_whole(name: &str, value: &Given) -> Outcome<Option<u64>> {
    if is_absent(value) { Ok(None) } else { whole(name, value).map(Some) }
}

/// Returns the exact decimal of text, a whole number of any length, or the shortest decimal of a float.
pub fn decimal(name: &str, value: &Given) -> Outcome<Decimal> {
    match value.get_type().node()? {
        ValueType::String => Ok(String::from_unknown(value.to_unknown()).node()?.parse()?),
        ValueType::Number => Ok(Decimal::from_f64(f64::from_unknown(value.to_unknown()).node()?)?),
        ValueType::BigInt => Ok(shown(value)?.parse()?),
        _ => Err(wrong(name, value, "text, a number or a bigint").into()),
    }
}

fn shown(value: &Given) -> Outcome<String> {
    value.coerce_to_string().and_then(|text| text.into_utf8()?.into_owned()).node()
}

/// Returns the object of one of the package's classes.
pub fn instance<T: 'static>(name: &str, value: &Given, rule: &str) -> Outcome<ClassInstance<'static, T>>
where
    ClassInstance<'static, T>: FromNapiValue,
{
    let wrong = |_| wrong(name, value, rule);
    Ok(ClassInstance::from_unknown(value.to_unknown()).map_err(wrong)?)
}

/// Returns a document of options, each of which may be left out.
pub fn read<T: Fields>(env: &Env, options: Given) -> Outcome<T> {
    Ok(face::read(hooks::document(env, options, None).node()?.as_bytes())?)
}

/// Returns a document of options with a field that the call has as an argument of its own.
pub fn read_with<T: Fields>(env: &Env, name: &'static str, value: Given, options: Given) -> Outcome<T> {
    let field = Some((name, value));
    Ok(face::read(hooks::document(env, options, field).node()?.as_bytes())?)
}

/// A document as JavaScript has it.
pub struct Document(pub Value);

impl TypeName for Document {
    fn type_name() -> &'static str {
        "object"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ToNapiValue for Document {
    #[expect(unsafe_code, reason = "the trait says so; nothing here is")]
    unsafe fn to_napi_value(env: sys::napi_env, document: Self) -> napi::Result<sys::napi_value> {
        let parsed = hooks::parse(&Env::from_raw(env), document.0.to_string())?;
        Ok(parsed.raw())
    }
}

/// Refuses a value that only JavaScript could look at: throws an `EsgError`.
#[napi(skip_typescript)]
pub fn refuse(env: &Env, name: String, found: Given, rule: String) -> napi::Result<()> {
    border(env, || Err(FaceError::value(name, shown(&found)?, rule).into()))
}
