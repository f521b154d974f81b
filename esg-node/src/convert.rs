//! `convert`.

use esg_core::face::{self, FaceError};
use napi::Env;
use napi::bindgen_prelude::{Either, Float64Array, FromNapiValue, JsValue};
use napi_derive::napi;

use crate::error::{OfNode, Outcome, border};
use crate::hooks::Given;
use crate::value::{decimal, text};

/// Converts a value exactly from one unit to another.
///
/// Text, a number or a bigint gives exact text; an array of numbers gives a new `Float64Array`, each within one unit of the
/// last place.
#[napi(
    ts_generic_types = "T extends Exact | readonly number[] | Float64Array",
    ts_args_type = "value: T, from: string, to: string",
    ts_return_type = "T extends Exact ? string : Float64Array"
)]
pub fn convert(
    env: &Env,
    value: Given,
    from: Given,
    to: Given,
) -> napi::Result<Either<String, Float64Array>> {
    border(env, || {
        let (from, to) = (text("from", &from)?, text("to", &to)?);
        if value.is_typedarray().node()? {
            return floats(&value, &from, &to).map(Either::B);
        }
        Ok(Either::A(face::convert(decimal("value", &value)?, &from, &to)?.to_string()))
    })
}

fn floats(value: &Given, from: &str, to: &str) -> Outcome<Float64Array> {
    let wrong = |_| FaceError::value("value", "a typed array of another kind", "a Float64Array");
    let values = Float64Array::from_unknown(value.to_unknown()).map_err(wrong)?;
    // A product takes no longer than the copy that the other way begins with.
    if let Some(product) = face::convert_product(&values, from, to)? {
        return Ok(Float64Array::new(product));
    }
    let mut values = values.to_vec();
    face::convert_floats(&mut values, from, to)?;
    Ok(Float64Array::new(values))
}
