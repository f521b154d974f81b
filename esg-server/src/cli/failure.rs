//! Why a command stopped, for people and for machines.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use esg_core::Kind;
use serde_json::{Map, Value, json};

/// How a command ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// All well.
    Ok = 0,
    /// Something was found that a person should look at.
    Findings = 1,
    /// The arguments or the input cannot be used.
    Usage = 2,
    /// A file could not be read or written.
    Files = 3,
    /// Bytes are not what their digest says.
    Integrity = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command stopped.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    code: String,
    message: String,
    details: Map<String, Value>,
    hint: Option<String>,
}

/// What a command comes to.
pub type Outcome = Result<Exit, Failure>;

impl Failure {
    /// A failure of the arguments.
    pub fn usage(code: &str, message: impl Display) -> Self {
        Self {
            exit: Exit::Usage,
            code: code.to_owned(),
            message: message.to_string(),
            details: Map::new(),
            hint: None,
        }
    }

    /// A file that could not be read or written.
    pub fn file(path: &Path, doing: &str, error: &std::io::Error) -> Self {
        let failure = Self::usage("cli.io", format!("cannot {doing} {}: {error}", path.display()));
        Self { exit: Exit::Files, ..failure }.detail("path", path.display().to_string())
    }

    /// With another exit code.
    pub fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// With advice.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// With a detail for machines.
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// With a place in front of the message.
    pub fn at(self, place: impl Display) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }

    /// Writes it to stderr: one line of JSON, or `error[code]: message` and a hint.
    pub fn show(&self, as_json: bool) {
        let mut stderr = std::io::stderr().lock();
        // Nobody is left to tell when stderr is gone.
        let _ = if as_json {
            let mut details = self.details.clone();
            if let Some(hint) = &self.hint {
                details.insert("hint".to_owned(), hint.clone().into());
            }
            let error = json!({"code": self.code, "message": self.message, "details": details});
            writeln!(stderr, "{error}")
        } else {
            let (bold, plain) =
                if coloured(stderr.is_terminal()) { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
            let hint = self.hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
            writeln!(stderr, "{bold}error[{}]{plain}: {}{hint}", self.code, self.message)
        };
    }
}

/// True where colours are wanted: on a terminal, unless `NO_COLOR` is set (no-color.org).
pub fn coloured(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

impl<E: Into<esg_core::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error: esg_core::Error = error.into();
        let exit = match (error.code(), error.kind()) {
            ("store.io" | "store.stopped", _) => Exit::Files,
            (_, Kind::Corrupt) => Exit::Integrity,
            _ => Exit::Usage,
        };
        let failure = Self::usage(error.code(), &error).exit(exit).detail("kind", error.kind().as_str());
        match advice(error.code()) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "factor.not_found" => {
            "`esg factors search WORDS` finds what there is; `--allow parent_region,newer_edition,...` widens the search"
        }
        "factor.unit" => "give the quantity in one of the units that the factor is counted in",
        "factor.ambiguous" => "name one set with `--set`",
        "factor.digest" => "a set is not the one that was locked: restore it, or make a new lock on purpose",
        "factor.set_unknown" => "`esg factors list` shows the sets; `--factors FILE` adds your own",
        "geography.unknown" | "geography.ambiguous" => "examples: GB, US-CA, US-CAMX, 94105, us-west-1",
        "forecast.gap" => "`--interpolate` fills it on a straight line between its neighbours, and says so",
        "gwp.unknown" => "one of AR6, AR5, AR4, TAR, SAR",
        _ => return None,
    })
}
