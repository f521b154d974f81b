//! Canonical JSON (RFC 8785): one document, one sequence of bytes, so that a digest means the document.
//!
//! A digest proves something only if two different documents cannot share it. So what I-JSON (RFC 7493) calls
//! unpredictable is refused and not mended: names that come twice, halves of surrogate pairs, numbers without a finite
//! value, numbers that would come out as 0 though they are not, and integers beyond 2^53, of which several share one
//! binary float. Quantities are strings in everything that this engine signs.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use crate::json::{JsonError, Reader, Token, text};

/// Largest integer that is written: 2^53 - 1. Above it two integers can share one binary float.
pub const MAX_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Returns the canonical bytes of a JSON text.
///
/// # Errors
/// See [`JsonError`].
///
/// # Source
/// RFC 8785.
///
/// # Examples
/// ```
/// # use esg_core::canonical;
/// assert_eq!(canonical::from_slice(br#"{"b": 4.50, "a": "\u20ac"}"#)?, "{\"a\":\"€\",\"b\":4.5}".as_bytes());
/// assert_eq!(canonical::from_slice(b"{\"a\":1,\"a\":2}").unwrap_err().code(), "json.duplicate_key");
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn from_slice(bytes: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut reader = Reader::new(text(bytes)?);
    let mut out = Vec::with_capacity(bytes.len());
    copy(&mut reader, &mut out)?;
    reader.end()?;
    Ok(out)
}

/// Returns the canonical bytes of a value.
///
/// # Errors
/// `Number`, `Depth`.
pub fn from_value(value: &Value) -> Result<Vec<u8>, JsonError> {
    let text = serde_json::to_string(value).expect("a tree of JSON values is always written");
    from_slice(text.as_bytes())
}

fn copy(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<(), JsonError> {
    match reader.peek()? {
        Token::Object => object(reader, out)?,
        Token::Array => {
            reader.open(b'[')?;
            out.push(b'[');
            let mut first = true;
            while reader.more(b']', first)? {
                if !first {
                    out.push(b',');
                }
                first = false;
                copy(reader, out)?;
            }
            out.push(b']');
        }
        Token::String => string(&reader.string()?, out),
        Token::Number => out.extend(read_number(reader.number()?)?.as_bytes()),
        Token::Bool | Token::Null => out.extend(reader.word()?.as_bytes()),
    }
    Ok(())
}

/// Copies the members in the order they come, then puts them into order where they were not.
fn object(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<(), JsonError> {
    reader.open(b'{')?;
    let start = out.len();
    // (name, its bytes in `out` counted from `start`, offset in the text)
    let mut members: Vec<(Cow<'_, str>, Range<usize>, usize)> = Vec::new();
    while reader.more(b'}', members.is_empty())? {
        let name = reader.key()?;
        let (from, at) = (out.len() - start, reader.at());
        string(&name, out);
        out.push(b':');
        copy(reader, out)?;
        members.push((name, from..out.len() - start, at));
    }
    members.sort_by(|a, b| utf16_order(&a.0, &b.0));
    if let Some(pair) = members.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(JsonError::duplicate(&pair[1].0, pair[1].2));
    }
    let unordered = out.split_off(start);
    out.push(b'{');
    for (i, (_, range, _)) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&unordered[range]);
    }
    out.push(b'}');
    Ok(())
}

/// Compares by UTF-16 code units, as RFC 8785 section 3.2.3 asks: U+FFFF comes after U+1F600.
fn utf16_order(a: &str, b: &str) -> std::cmp::Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// Writes a string with the only escapes that RFC 8785 section 3.2.2.2 allows.
pub(crate) fn string(value: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = value.as_bytes();
    let mut done = 0;
    for (i, &b) in bytes.iter().enumerate() {
        let short = match b {
            b'"' | b'\\' => b,
            8 => b'b',
            9 => b't',
            10 => b'n',
            12 => b'f',
            13 => b'r',
            0..=31 => 0,
            _ => continue,
        };
        out.extend_from_slice(&bytes[done..i]);
        done = i + 1;
        if short == 0 {
            out.extend(format!("\\u{b:04x}").as_bytes());
        } else {
            out.extend([b'\\', short]);
        }
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}

fn read_number(text: &str) -> Result<Cow<'_, str>, JsonError> {
    let refuse = |reason| Err(JsonError::Number { text: text.chars().take(64).collect(), reason });
    let plain = text.strip_prefix('-').unwrap_or(text);
    if plain.len() <= 15 && plain != "0" && plain.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Cow::Borrowed(text));
    }
    let value: f64 = text.parse().expect("the grammar of JSON numbers is part of that of floats");
    if value == 0.0 && plain.bytes().take_while(|b| !b"eE".contains(b)).any(|b| (b'1'..=b'9').contains(&b)) {
        return refuse("it is not 0 and has no binary float other than 0");
    }
    if !value.is_finite() {
        return refuse("it is too large for a binary float");
    }
    let out = number(value)?;
    let integer = |t: &str| t.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if value.abs() > MAX_INTEGER && (integer(text) || integer(&out)) {
        return refuse("an integer beyond 2^53 - 1 shares its binary float with others");
    }
    Ok(Cow::Owned(out))
}

/// Returns a binary float as ECMAScript writes it: the shortest digits that read back as the same float.
///
/// # Errors
/// `Number` for NaN and the infinities.
///
/// # Source
/// RFC 8785 section 3.2.2.3; ECMA-262, Number::toString.
pub fn number(value: f64) -> Result<String, JsonError> {
    if !value.is_finite() {
        return Err(JsonError::Number { text: value.to_string(), reason: "JSON has no such number" });
    }
    if value == 0.0 {
        return Ok("0".into());
    }
    // Rust writes the shortest digits as d.ddde±x; only their layout differs.
    let shortest = format!("{:e}", value.abs());
    let (mantissa, exponent) = shortest.split_once('e').expect("{:e} writes an exponent");
    let digits = even_digits(value.abs(), mantissa.replace('.', ""), exponent);
    let count = i32::try_from(digits.len()).expect("17 digits at most");
    // The value is 0.digits x 10^point.
    let point = exponent.parse::<i32>().expect("{:e} writes a whole exponent") + 1;
    let sign = if value < 0.0 { "-" } else { "" };
    Ok(if (1..=21).contains(&point) {
        if count <= point {
            format!("{sign}{digits}{}", "0".repeat((point - count) as usize))
        } else {
            let (whole, fraction) = digits.split_at(point as usize);
            format!("{sign}{whole}.{fraction}")
        }
    } else if (-5..=0).contains(&point) {
        format!("{sign}0.{}{digits}", "0".repeat(-point as usize))
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{sign}{first}{dot}{rest}e{:+}", point - 1)
    })
}

/// Returns the even one where two shortest numbers are equally near; Rust takes the upper one.
fn even_digits(value: f64, digits: String, exponent: &str) -> String {
    let odd = digits.as_bytes().last().is_some_and(|d| d % 2 == 1);
    if !odd {
        return digits;
    }
    let half = |places: usize| {
        let exact = format!("{value:.places$e}").replace('.', "");
        let exact = exact.split('e').next().unwrap_or_default();
        exact[digits.len()..].strip_prefix('5').is_some_and(|rest| rest.bytes().all(|b| b == b'0'))
    };
    // No float has more than 767 significant digits.
    if !half(20) || !half(770) {
        return digits;
    }
    let mut lower = digits.clone().into_bytes();
    if let Some(last) = lower.last_mut() {
        *last -= 1;
    }
    let lower = String::from_utf8(lower).expect("digits are ASCII");
    let (first, rest) = lower.split_at(1);
    if format!("{first}.{rest}0e{exponent}").parse() == Ok(value) { lower } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Result<String, JsonError> {
        from_slice(text.as_bytes()).map(|b| String::from_utf8(b).unwrap())
    }

    #[test]
    fn integers_are_written_up_to_two_to_the_53_less_one() {
        for (text, want) in [
            ("9007199254740991", Ok("9007199254740991")),
            ("-9007199254740991", Ok("-9007199254740991")),
            ("9007199254740992", Err("json.number")),
            ("-9007199254740993", Err("json.number")),
            ("1e20", Err("json.number")),
            ("1e21", Ok("1e+21")),
            ("123456789012345", Ok("123456789012345")),
            ("-0", Ok("0")),
            ("-0.0", Ok("0")),
            ("0e99", Ok("0")),
            ("1e400", Err("json.number")),
            ("-1e400", Err("json.number")),
            ("1e-400", Err("json.number")),
            ("1.000000000000000005", Ok("1")),
        ] {
            let got = canonical(text);
            assert_eq!(got.as_deref().map_err(JsonError::code), want, "{text}");
        }
    }

    #[test]
    fn a_syntax_error_names_its_byte() {
        assert_eq!(
            canonical("{\"a\":1,}").unwrap_err(),
            JsonError::Syntax { at: 7, expected: "a name in quotes" }
        );
        assert_eq!(canonical("[1 2]").unwrap_err(), JsonError::Syntax { at: 3, expected: "',' or ']'" });
        assert_eq!(from_slice(b"[\"\xff\"]").unwrap_err(), JsonError::Utf8 { at: 2 });
    }

    #[test]
    fn the_deepest_nesting_is_accepted_and_one_more_refused() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert_eq!(canonical(&nested(128)).unwrap(), nested(128));
        assert_eq!(canonical(&nested(129)).unwrap_err().code(), "json.depth");
        assert_eq!(canonical(&"[{\"\":".repeat(100_000)).unwrap_err().code(), "json.depth");
    }

    #[test]
    fn a_doubled_name_is_found_at_any_depth_and_named() {
        let error = canonical(r#"[{"x":{"b":1,"a":2,"\u0062":3}}]"#).unwrap_err();
        assert!(matches!(error, JsonError::DuplicateKey { ref key, .. } if key == "b"), "{error}");
    }

    proptest! {
        #[test]
        fn canonical_text_is_its_own_canonical_text(text in "\\PC{0,60}", float in any::<f64>()) {
            let document = serde_json::json!({ &text: [text, { "b": text.len(), "a": null }], "n": [true] });
            let once = from_value(&document).unwrap();
            prop_assert_eq!(&from_slice(&once).unwrap(), &once);
            prop_assert_eq!(serde_json::from_slice::<Value>(&once).unwrap(), document);
            if float.is_finite() {
                prop_assert_eq!(number(float).unwrap().parse::<f64>().unwrap(), float);
            }
        }

        #[test]
        fn any_bytes_end_in_a_document_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = from_slice(&bytes);
        }

        #[test]
        fn any_brackets_and_quotes_end_in_a_document_or_an_error(text in r#"[\[\]{}",:\\u0-9a-fDe.+ -]{0,60}"#) {
            match from_slice(text.as_bytes()) {
                Ok(once) => prop_assert_eq!(from_slice(&once).unwrap(), once),
                Err(error) => prop_assert!(error.code().starts_with("json.")),
            }
        }
    }
}
