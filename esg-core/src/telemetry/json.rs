//! Events from JSON: one object, an array of them, or one on each line.
//!
//! The text is read once, token by token, straight into the columns. Tags are looked up by their text first, because
//! most events of a source carry the same ones.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::activity::{NONE, Tags};
use crate::json::{JsonError, Reader, Token, text};
use crate::telemetry::intake::{FIELDS, Stated};
use crate::telemetry::{
    Draft, Intake, MAX_EVENT_BYTES, MAX_EVENTS, MAX_TAGS, Options, Received, TelemetryError, Vertical,
    nearest,
};
use crate::time::Instant;

/// Reads one event or an array of events.
///
/// # Errors
/// `Json` when the text as a whole is no JSON: then no part of it is accepted. `Limit` above [`MAX_EVENTS`].
pub fn read(bytes: &[u8], options: Options<'_>) -> Result<Received, TelemetryError> {
    let text = text(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes))?;
    let mut reader = Reader::new(text);
    let mut events = Vec::new();
    if reader.peek()? == Token::Array {
        reader.open(b'[')?;
        while reader.more(b']', events.is_empty())? {
            reader.peek()?;
            events.push(reader.skip()?);
        }
    } else {
        events.push(reader.skip()?);
    }
    reader.end()?;
    check_count(events.len())?;
    let mut intake = Intake::new(options);
    for (i, event) in events.into_iter().enumerate() {
        intake.line(i as u64 + 1, event);
    }
    Ok(intake.received)
}

/// Reads one event from each line; lines of white space are skipped.
///
/// With the feature `rayon` the lines are read on all threads; what comes out is the same.
///
/// # Errors
/// `Limit` above [`MAX_EVENTS`].
///
/// # Examples
/// ```
/// # use esg_core::telemetry::{Options, json};
/// let lines = br#"{"source_id":"truck-7","external_event_id":"t1","vertical":"logistics_fleet","timestamp":"2024-03-15T14:30:00Z","metrics":{"fuel_liters":42.10}}
/// {"source_id":"truck-7","external_event_id":"t2","vertical":"logistic_fleet","timestamp":"2024-03-15T14:30:00Z","metrics":{"fuel_liters":40}}
/// "#;
/// let received = json::read_lines(lines, Options::default())?;
/// assert_eq!(received.batch.value[0].to_string(), "42.1");
/// let returned = &received.rejected[0];
/// assert_eq!((returned.line, returned.code, &*returned.nearest[0]), (2, "telemetry.vertical", "logistics_fleet"));
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn read_lines(bytes: &[u8], options: Options<'_>) -> Result<Received, TelemetryError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let intake = read_all_lines(bytes, options, part_size(bytes.len()));
    check_count(intake.received.batch.len())?;
    Ok(intake.received)
}

fn check_count(events: usize) -> Result<(), TelemetryError> {
    let too_many = TelemetryError::Limit { what: "events in one batch", max: MAX_EVENTS };
    if events > MAX_EVENTS { Err(too_many) } else { Ok(()) }
}

/// Cuts the file at line ends into parts for every thread and puts what they read together in the order of the file.
fn read_all_lines<'o>(bytes: &[u8], options: Options<'o>, part: usize) -> Intake<'o> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while rest.len() > part {
        let end = rest[part..].iter().position(|&b| b == b'\n').map_or(rest.len(), |n| part + n + 1);
        let (head, behind) = rest.split_at(end);
        parts.push(head);
        rest = behind;
    }
    parts.push(rest);
    #[cfg(feature = "rayon")]
    let read: Vec<(Intake<'o>, u64)> = {
        use rayon::prelude::*;
        parts.into_par_iter().map(|part| read_part(part, options)).collect()
    };
    #[cfg(not(feature = "rayon"))]
    let read: Vec<(Intake<'o>, u64)> = parts.into_iter().map(|part| read_part(part, options)).collect();
    let mut read = read.into_iter();
    let (mut all, mut lines) = read.next().unwrap_or_else(|| (Intake::new(options), 0));
    for (part, more) in read {
        all.append(part, lines);
        lines += more;
    }
    all
}

/// How many bytes one thread reads at a time.
fn part_size(bytes: usize) -> usize {
    /// Bytes below which another thread costs more than it saves.
    const MIN_PART: usize = 1 << 19;
    #[cfg(feature = "rayon")]
    let threads = 4 * rayon::current_num_threads();
    #[cfg(not(feature = "rayon"))]
    let threads = 1;
    (bytes / threads).max(MIN_PART)
}

/// Reads whole lines and counts them.
fn read_part<'o>(bytes: &[u8], options: Options<'o>) -> (Intake<'o>, u64) {
    let mut intake = Intake::new(options);
    intake.reserve(bytes.len());
    let mut line = 0;
    if let Ok(text) = std::str::from_utf8(bytes) {
        for event in text.split('\n') {
            line += 1;
            intake.line(line, event);
        }
    } else {
        for raw in bytes.split(|&b| b == b'\n') {
            line += 1;
            match std::str::from_utf8(raw) {
                Ok(event) => intake.line(line, event),
                Err(e) => {
                    let error = JsonError::Utf8 { at: e.valid_up_to() };
                    intake.reject(&intake.begin(), line, &error.into(), raw);
                }
            }
        }
    }
    // What stands behind the last line end is a line only where it is not empty, and then it is the last of the file.
    (intake, line - 1)
}

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
    fn line(&mut self, line: u64, event: &str) {
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
                _ => tags = self.tags(&mut reader, known)?,
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
        self.accept(draft, line, (&source, known, &external), vertical, instant, tags)
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
                    self.measure_code(draft, code, reader.number()?.as_bytes())?;
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
                let number = reader.number()?.as_bytes();
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
        self.measure(draft, vertical, name, Stated { unit: Some(&unit), scope, category }, value.as_bytes())
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
        let mut names = HashSet::new();
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
            tags.push((name.as_ref().into(), reader.string()?.as_ref().into()));
            if !names.insert(name.clone()) {
                return Err(JsonError::duplicate(&name, at).into());
            }
        }
        self.tag_code(tags, Some(reader.since(start)))
    }
}

/// Reads the name of a field; most senders keep to one order, so the one behind the last is tried first.
fn field(reader: &mut Reader<'_>, next: usize) -> Result<usize, TelemetryError> {
    const QUOTED: [&str; 6] = [
        "\"source_id\"",
        "\"external_event_id\"",
        "\"vertical\"",
        "\"timestamp\"",
        "\"metrics\"",
        "\"tags\"",
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
    fn parts_of_a_file_are_read_as_the_whole() {
        let line = |i: usize| match i % 7 {
            3 => "{\"source_id\":1}".into(),
            5 => String::new(),
            _ => format!(
                r#"{{"source_id":"s{}","external_event_id":"e{i}","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","tags":{{"region":"r{}"}},"metrics":{{"{}":{i}}}}}"#,
                i % 5,
                i % 3,
                ["energy_kwh", "energy_mwh"][i % 2],
            ),
        };
        let mut file = (0..100).map(line).collect::<Vec<_>>().join("\n").into_bytes();
        file[9000] = 0xFF;
        let rows = |part| {
            let Received { batch, rejected } = read_all_lines(&file, Options::default(), part).received;
            let row = |e: usize| {
                let measured: Vec<_> = batch
                    .measurements(e)
                    .map(|m| (&batch.metrics[batch.metric[m] as usize], batch.value[m]))
                    .collect();
                format!(
                    "{} {} {} {:?} {:?}",
                    batch.line[e],
                    batch.source_id(e),
                    batch.external_id(e),
                    batch.tag(e, "region"),
                    measured
                )
            };
            ((0..batch.len()).map(row).collect::<Vec<_>>(), rejected)
        };
        let whole = rows(usize::MAX);
        assert_eq!((whole.0.len() + whole.1.len(), whole.1.len()), (86, 15));
        for part in [1, 100, 1000, 5000] {
            assert_eq!(rows(part), whole, "{part} bytes");
        }
    }

    #[test]
    fn the_end_of_a_flat_object_is_found() {
        assert_eq!(flat_object_end(r#"{"a": "}\"}"} x"#), Some(13));
        assert_eq!(flat_object_end(r#"{"a": {}}"#), None);
        assert_eq!(flat_object_end(r#"{"a": "}"#), None);
    }
}
