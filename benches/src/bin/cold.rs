//! Cold start of the built-in registry: what a process pays before its first factor.
//!
//! `cold` starts itself many times, without and then with loading the registry, and prints both rows: their
//! difference is the registry, the rest is the operating system. `cold load` and `cold nothing` are the children.

use std::hint::black_box;
use std::process::{Command, ExitCode};

use esg_benches::{Check, Failure, Timed};
use esg_core::factor::{Lookup, Registry};

/// Starts of each kind.
const STARTS: usize = 50;

fn main() -> ExitCode {
    let run = match std::env::args().nth(1).as_deref() {
        None => measure(),
        Some("load") => ours(),
        Some("nothing") => Ok(()),
        Some(other) => Err(format!("usage: cold [load|nothing], not {other}").into()),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("cold: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), Failure> {
    for kind in ["nothing", "load"] {
        start(kind)?;
        let timed = Timed::start();
        for _ in 0..STARTS {
            start(kind)?;
        }
        timed.emit(&format!("cold {kind}"), STARTS, Check::new());
    }
    Ok(())
}

fn start(kind: &str) -> Result<(), Failure> {
    let status = Command::new(std::env::current_exe()?).arg(kind).status()?;
    if status.success() { Ok(()) } else { Err(format!("`cold {kind}` ended with {status}").into()) }
}

/// Loads the built-in registry and resolves one factor.
fn ours() -> Result<(), Failure> {
    let lookup = Lookup::new("electricity.grid", "2024-03-15".parse()?).region("us-west-1").unit("kWh");
    black_box(Registry::built_in().resolve(&lookup)?);
    Ok(())
}
