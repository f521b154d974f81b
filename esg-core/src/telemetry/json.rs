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
    read_in_parts(bytes, options, part_size(bytes.len()))
}

/// Some whole lines of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part<'a> {
    /// Number of the first line, from 1.
    pub first_line: u64,
    /// The lines.
    pub bytes: &'a [u8],
}

/// Cuts a file at line ends into parts of about `size` bytes.
///
/// Each part can take the whole road to an inventory by itself, on a thread of its own and in memory of its own;
/// inventories and totals of parts add up exactly to those of the file.
pub fn parts(bytes: &[u8], size: usize) -> Vec<Part<'_>> {
    let mut rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut parts = Vec::new();
    let mut first_line = 1;
    while rest.len() > size {
        let end = rest[size..].iter().position(|&b| b == b'\n').map_or(rest.len(), |n| size + n + 1);
        let (bytes, behind) = rest.split_at(end);
        parts.push(Part { first_line, bytes });
        first_line += line_ends(bytes) as u64;
        rest = behind;
    }
    if !rest.is_empty() {
        parts.push(Part { first_line, bytes: rest });
    }
    parts
}

/// Counts in bytes, which a processor adds many of at once; 255 of them cannot overflow one.
fn line_ends(bytes: &[u8]) -> usize {
    let count = |chunk: &[u8]| chunk.iter().map(|&b| u8::from(b == b'\n')).sum::<u8>();
    bytes.chunks(255).map(|chunk| usize::from(count(chunk))).sum()
}

/// Reads the lines of a part; as [`read_lines`], on this thread.
///
/// # Errors
/// `Limit` above [`MAX_EVENTS`] lines.
pub fn read_part(part: Part<'_>, options: Options<'_>) -> Result<Received, TelemetryError> {
    check_lines(part.bytes)?;
    Ok(read_lines_of(part, options).received)
}

fn check_count(events: usize) -> Result<(), TelemetryError> {
    let too_many = TelemetryError::Limit { what: "events in one batch", max: MAX_EVENTS };
    if events > MAX_EVENTS { Err(too_many) } else { Ok(()) }
}

/// There are no more events than lines, and no more lines than bytes.
fn check_lines(bytes: &[u8]) -> Result<(), TelemetryError> {
    check_count(if bytes.len() > MAX_EVENTS { line_ends(bytes) } else { 0 })
}

/// Reads all parts, on every thread with the feature `rayon`, and puts them together in the order of the file.
fn read_in_parts(bytes: &[u8], options: Options<'_>, size: usize) -> Result<Received, TelemetryError> {
    check_lines(bytes)?;
    let parts = parts(bytes, size);
    #[cfg(feature = "rayon")]
    let read: Vec<Intake<'_>> = {
        use rayon::prelude::*;
        parts.into_par_iter().map(|part| read_lines_of(part, options)).collect()
    };
    #[cfg(not(feature = "rayon"))]
    let read: Vec<Intake<'_>> = parts.into_iter().map(|part| read_lines_of(part, options)).collect();
    let mut read = read.into_iter();
    let mut all = read.next().unwrap_or_else(|| Intake::new(options));
    for part in read {
        all.append(part);
    }
    Ok(all.received)
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

fn read_lines_of<'o>(part: Part<'_>, options: Options<'o>) -> Intake<'o> {
    let mut intake = Intake::new(options);
    intake.reserve(part.bytes.len());
    let numbers = part.first_line..;
    if let Ok(text) = std::str::from_utf8(part.bytes) {
        for (line, event) in numbers.zip(text.split('\n')) {
            intake.line(line, event);
        }
    } else {
        for (line, raw) in numbers.zip(part.bytes.split(|&b| b == b'\n')) {
            match std::str::from_utf8(raw) {
                Ok(event) => intake.line(line, event),
                Err(e) => {
                    let error = JsonError::Utf8 { at: e.valid_up_to() };
                    intake.reject(&intake.begin(), line, &error.into(), raw);
                }
            }
        }
    }
    intake
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
            let Received { batch, rejected } = read_in_parts(&file, Options::default(), part).unwrap();
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
        let cut = parts(&file, 1000);
        assert_eq!(cut.iter().flat_map(|p| p.bytes).copied().collect::<Vec<u8>>(), file);
        let lines = |p: &Part<'_>| read_part(*p, Options::default()).unwrap().batch.line;
        assert_eq!(cut.iter().flat_map(lines).count(), whole.0.len());
        assert_eq!(lines(&cut[1])[0], cut[1].first_line);
    }
}
