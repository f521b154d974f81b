//! Events from JSON: one object, an array of them, or one on each line.
//!
//! A file of lines is cut at line ends and read on all threads; what comes out is in the order of the file.

use crate::json::{JsonError, Reader, Token, text};
use crate::telemetry::{Intake, MAX_EVENTS, Options, Received, TelemetryError};

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
}
