//! Registry lookup with unit check, warm: nanoseconds a call.

use std::process::ExitCode;

use esg_benches::{Failure, emit_calls};

/// Calls of one row; at a hundred nanoseconds each it lasts a tenth of a second.
const CALLS: usize = 1_000_000;

fn main() -> ExitCode {
    match ours() {
        Ok(mut lookup) => {
            emit_calls("lookup ours", CALLS, &mut lookup);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("lookup: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the call to measure: it resolves another known key each time and checks the unit.
fn ours() -> Result<impl FnMut(usize) -> bool, Failure> {
    Err::<fn(usize) -> bool, _>("the engine has no registry yet".into())
}
