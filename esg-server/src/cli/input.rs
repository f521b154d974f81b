//! Reading of files: telemetry by its ending, documents as JSON without doubled names.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

use esg_core::account::Source;
use esg_core::telemetry::{self, Received, TelemetryError, csv, json};
use serde::de::DeserializeOwned;

use super::failure::Failure;
use super::output::progress;

/// The form of a telemetry file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// One event, or an array of events.
    Json,
    /// One event a line.
    Lines,
    /// A table with a header.
    Table(u8),
}

impl Form {
    fn of(path: &Path) -> Result<Self, Failure> {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            _ if is_stdin(path) => Ok(Self::Lines),
            "json" => Ok(Self::Json),
            "jsonl" | "ndjson" => Ok(Self::Lines),
            "csv" => Ok(Self::Table(b',')),
            "tsv" => Ok(Self::Table(b'\t')),
            _ => Err(Failure::usage(
                "cli.form",
                format!("{}: the ending does not say what it is", path.display()),
            )
            .hint("known are .json, .jsonl, .ndjson, .csv, .tsv, and - for JSON Lines from stdin")),
        }
    }

    /// Reads telemetry in this form.
    pub fn read(self, bytes: &[u8]) -> Result<Received, TelemetryError> {
        let options = telemetry::Options::default();
        match self {
            Self::Json => json::read(bytes, options),
            Self::Lines => json::read_lines(bytes, options),
            Self::Table(delimiter) => {
                csv::read(bytes, &csv::Layout { delimiter, ..csv::Layout::default() }, options)
            }
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// True for files of one event a line.
///
/// # Errors
/// `cli.form` when the ending says nothing.
pub fn is_lines(path: &Path) -> Result<bool, Failure> {
    Ok(Form::of(path)? == Form::Lines)
}

/// Returns the bytes of a file, or of stdin for `-`.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if is_stdin(path) {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    read.map(|()| bytes).map_err(|error| Failure::file(path, "read", &error))
}

/// Returns the telemetry of a file.
pub fn telemetry(path: &Path) -> Result<Source, Failure> {
    let form = Form::of(path)?;
    let bytes = bytes(path)?;
    let label = if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() };
    progress(&format!("reading {label}"));
    let received = form.read(&bytes).map_err(|error| Failure::from(error).at(&label))?;
    Ok(Source { label, received })
}

/// Returns a JSON document; unknown fields and doubled names are refused.
pub fn document<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let bytes = bytes(path)?;
    esg_core::canonical::from_slice(&bytes).map_err(|error| Failure::from(error).at(path.display()))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::usage("cli.document", format!("{}: {error}", path.display())))
}

/// Returns a text file.
pub fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?)
        .map_err(|_| Failure::usage("cli.document", format!("{} is not UTF-8 text", path.display())))
}
