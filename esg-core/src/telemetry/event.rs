//! One event from its JSON text.
//!
//! The text is read once, token by token, straight into the columns. Names and tags are first tried as they came the
//! last time, because most events of a source look alike.

use std::borrow::Cow;
use std::sync::Arc;

use crate::activity::{NONE, Tags};
use crate::decimal::Decimal;
use crate::json::{JsonError, Reader, Token};
use crate::telemetry::intake::{FIELDS, Head, Stated};
use crate::telemetry::{Draft, Intake, MAX_EVENT_BYTES, MAX_TAGS, TelemetryError, Vertical, nearest};
use crate::time::Instant;

fn string<'a>(reader: &mut Reader<'a>, field: &str) -> Result<Cow<'a, str>, TelemetryError> {
    match reader.peek()? {
        Token::String => Ok(reader.string()?),
        found => Err(wrong_type(field, "a string", found)),
    }
}

fn wrong_type(field: &str, expected: &'static str, found: Token) -> TelemetryError {
    TelemetryError::Type { field: field.into(), expected, found: found.name() }
}

impl Intake<'_> {
    /// Reads the event of a line: accepted or returned.
    pub(crate) fn line(&mut self, line: u64, event: &str) {
        let event = event.strip_suffix('\r').unwrap_or(event);
        if event.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
            return;
        }
        let mut draft = self.begin();
        if let Err(error) = self.event(&mut draft, line, event) {
            self.reject(&draft, line, &error, event.as_bytes());
        }
    }

    fn event(&mut self, draft: &mut Draft, line: u64, event: &str) -> Result<(), TelemetryError> {
        if event.len() > MAX_EVENT_BYTES {
            return Err(JsonError::TooLong { bytes: event.len(), max: MAX_EVENT_BYTES }.into());
        }
        let mut reader = Reader::new(event);
        let found = reader.peek()?;
        if found != Token::Object {
            return Err(wrong_type("event", "an object", found));
        }
        reader.open(b'{')?;
        let (mut source, mut external, mut vertical, mut instant) = (None, None, None, None);
        let mut known = None;
        let (mut metrics, mut tags, mut seen) = (None, NONE, 0u8);
        let mut amends = [None, None];
        let mut next = 0;
        while reader.more(b'}', seen == 0)? {
            let field = field(&mut reader, next)?;
            if seen & 1 << field != 0 {
                return Err(JsonError::duplicate(FIELDS[field], reader.at()).into());
            }
            next = field + 1;
            seen |= 1 << field;
            match field {
                0 => {
                    let id = string(&mut reader, FIELDS[0])?;
                    known = self.known_source(&id);
                    source = Some(id);
                }
                1 => external = Some(string(&mut reader, FIELDS[1])?),
                2 => vertical = Some(Vertical::parse(&string(&mut reader, FIELDS[2])?)?),
                3 => {
                    let text = string(&mut reader, FIELDS[3])?;
                    instant = Some(Instant::parse_bytes(text.as_bytes()).map_err(TelemetryError::Time)?);
                }
                4 => match vertical {
                    Some(vertical) => self.metrics(draft, &mut reader, vertical)?,
                    // The vertical says what the names mean, so they wait for it.
                    None => {
                        metrics = Some(reader.at());
                        reader.skip()?;
                    }
                },
                5 => tags = self.tags(&mut reader, known)?,
                _ => amends[field - 6] = Some(string(&mut reader, FIELDS[field])?),
            }
        }
        reader.end()?;
        let missing =
            |field: usize| TelemetryError::Missing { field: FIELDS[field].into(), needed_by: String::new() };
        let source = source.ok_or_else(|| missing(0))?;
        let external = external.ok_or_else(|| missing(1))?;
        let vertical = vertical.ok_or_else(|| missing(2))?;
        let instant = instant.ok_or_else(|| missing(3))?;
        if let Some(at) = metrics {
            reader.seek(at);
            self.metrics(draft, &mut reader, vertical)?;
        }
        let amends = [amends[0].as_deref(), amends[1].as_deref()];
        let head = Head { source: &source, known, external: &external, vertical, instant, tags, amends };
        self.accept(draft, line, &head)
    }

    fn metrics(
        &mut self,
        draft: &mut Draft,
        reader: &mut Reader<'_>,
        vertical: Vertical,
    ) -> Result<(), TelemetryError> {
        let found = reader.peek()?;
        if found != Token::Object {
            return Err(wrong_type("metrics", "an object", found));
        }
        reader.open(b'{')?;
        let mut first = true;
        while reader.more(b'}', first)? {
            first = false;
            if let Some((quoted, code)) = self.habit(draft, vertical)
                && reader.key_if(quoted)?
            {
                let code = *code;
                if reader.peek()? == Token::Number {
                    self.measure_code(draft, code, Decimal::parse_bytes(reader.number()?.as_bytes()))?;
                    continue;
                }
                let name = Arc::clone(&self.received.batch.metrics[code as usize].name);
                self.measurement(draft, reader, vertical, &name)?;
                continue;
            }
            let name = reader.key()?;
            self.measurement(draft, reader, vertical, &name)?;
        }
        Ok(())
    }

    /// Reads the value of a metric.
    fn measurement(
        &mut self,
        draft: &mut Draft,
        reader: &mut Reader<'_>,
        vertical: Vertical,
        name: &str,
    ) -> Result<(), TelemetryError> {
        match reader.peek()? {
            Token::Number => {
                let number = Decimal::parse_bytes(reader.number()?.as_bytes());
                self.measure(draft, vertical, name, Stated::default(), number)
            }
            Token::Object => self.stated(draft, reader, vertical, name),
            found => {
                let field = format!("metrics.{}", name.chars().take(64).collect::<String>());
                Err(wrong_type(&field, "a number or an object of value and unit", found))
            }
        }
    }

    /// Reads `{"value": "1250.5", "unit": "kWh"}`, with `scope` and `category` in the vertical `general`.
    fn stated(
        &mut self,
        draft: &mut Draft,
        reader: &mut Reader<'_>,
        vertical: Vertical,
        name: &str,
    ) -> Result<(), TelemetryError> {
        const PARTS: [&str; 4] = ["value", "unit", "scope", "category"];
        let field = |part: &str| format!("metrics.{}.{part}", name.chars().take(64).collect::<String>());
        reader.open(b'{')?;
        let (mut value, mut unit, mut numbers, mut seen) = (None, None, [None; 2], 0u8);
        while reader.more(b'}', seen == 0)? {
            let key = reader.key()?;
            let Some(part) = PARTS.iter().position(|p| *p == key) else {
                let key: String = key.chars().take(64).collect();
                return Err(TelemetryError::UnknownField {
                    field: field(&key),
                    nearest: nearest(&key, PARTS),
                });
            };
            if seen & 1 << part != 0 {
                return Err(JsonError::duplicate(&key, reader.at()).into());
            }
            seen |= 1 << part;
            match part {
                0 => {
                    value = Some(match reader.peek()? {
                        Token::Number => Cow::Borrowed(reader.number()?),
                        Token::String => reader.string()?,
                        found => return Err(wrong_type(&field("value"), "a number or its text", found)),
                    })
                }
                1 => unit = Some(string(reader, &field("unit"))?),
                _ => {
                    let found = reader.peek()?;
                    if found != Token::Number {
                        return Err(wrong_type(&field(PARTS[part]), "a whole number", found));
                    }
                    numbers[part - 2] = Some(reader.number()?);
                }
            }
        }
        let missing = |part| TelemetryError::Missing { field: field(part), needed_by: String::new() };
        let value = value.ok_or_else(|| missing("value"))?;
        let unit = unit.ok_or_else(|| missing("unit"))?;
        let (scope, category) = scope_and_category(&field("scope"), numbers[0], numbers[1])?;
        let stated = Stated { unit: Some(&unit), scope, category };
        self.measure(draft, vertical, name, stated, Decimal::parse_bytes(value.as_bytes()))
    }

    fn tags(&mut self, reader: &mut Reader<'_>, source: Option<u32>) -> Result<u32, TelemetryError> {
        let found = reader.peek()?;
        if found != Token::Object {
            return Err(wrong_type("tags", "an object", found));
        }
        let start = reader.at();
        let text = reader.text_from(start);
        if let Some(source) = source
            && let Some((end, code)) = self.usual_tags(source, text)
        {
            reader.seek(start + end);
            return Ok(code);
        }
        if let Some(end) = flat_object_end(text)
            && let Some(code) = self.spelled_tags(&text[..end])
        {
            reader.seek(start + end);
            if let Some(source) = source {
                self.keep_tags(source, &text[..end], code);
            }
            return Ok(code);
        }
        reader.open(b'{')?;
        let mut tags = Tags::new();
        while reader.more(b'}', tags.is_empty())? {
            if tags.len() == MAX_TAGS {
                return Err(TelemetryError::Limit { what: "tags in one event", max: MAX_TAGS });
            }
            let name = reader.key()?;
            let at = reader.at();
            let found = reader.peek()?;
            if found != Token::String {
                let name: String = name.chars().take(64).collect();
                return Err(wrong_type(&format!("tags.{name}"), "a string", found));
            }
            if tags.iter().any(|(other, _)| **other == *name) {
                return Err(JsonError::duplicate(&name, at).into());
            }
            tags.push((name.as_ref().into(), reader.string()?.as_ref().into()));
        }
        self.tag_code(tags, Some(reader.since(start)))
    }
}

/// Reads the name of a field; most senders keep to one order, so the one behind the last is tried first.
fn field(reader: &mut Reader<'_>, next: usize) -> Result<usize, TelemetryError> {
    const QUOTED: [&str; 8] = [
        "\"source_id\"",
        "\"external_event_id\"",
        "\"vertical\"",
        "\"timestamp\"",
        "\"metrics\"",
        "\"tags\"",
        "\"corrects\"",
        "\"void\"",
    ];
    if let Some(quoted) = QUOTED.get(next)
        && reader.key_if(quoted)?
    {
        return Ok(next);
    }
    let key = reader.key()?;
    FIELDS.iter().position(|f| *f == key).ok_or_else(|| TelemetryError::UnknownField {
        nearest: nearest(&key, FIELDS),
        field: key.chars().take(64).collect(),
    })
}

/// Returns the length of the object that `text` begins with, if nothing is nested in it.
fn flat_object_end(text: &str) -> Option<usize> {
    let mut in_string = false;
    let mut escaped = false;
    for (i, b) in text.bytes().enumerate().skip(1) {
        match b {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'}' if !in_string => return Some(i + 1),
            b'{' | b'[' if !in_string => return None,
            _ => {}
        }
    }
    None
}

/// Reads a scope of 1 to 3 and a category of 1 to 15, which only scope 3 has.
pub(crate) fn scope_and_category(
    field: &str,
    scope: Option<&str>,
    category: Option<&str>,
) -> Result<(Option<u8>, Option<u8>), TelemetryError> {
    let number = |text: Option<&str>, max: u8, allowed| match text {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(n) if (1..=max).contains(&n) => Ok(Some(n)),
            _ => {
                let value =
                    text.parse().map_err(|source| TelemetryError::Number { field: field.into(), source })?;
                Err(TelemetryError::Range { field: field.into(), value, allowed })
            }
        },
    };
    let scope = number(scope, 3, "1, 2 or 3")?;
    let category = number(category, 15, "a scope 3 category from 1 to 15")?;
    if let (Some(s @ (1 | 2)), Some(_)) = (scope, category) {
        let value = i64::from(s).into();
        return Err(TelemetryError::Range {
            field: field.into(),
            value,
            allowed: "3 where a category is stated",
        });
    }
    Ok((if category.is_some() { Some(3) } else { scope }, category))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_flat_object_is_found() {
        assert_eq!(flat_object_end(r#"{"a": "}\"}"} x"#), Some(13));
        assert_eq!(flat_object_end(r#"{"a": {}}"#), None);
        assert_eq!(flat_object_end(r#"{"a": "}"#), None);
    }
}
