//! When, and who: what a process of this machine says in its records.

use std::time::{SystemTime, UNIX_EPOCH};

use esg_core::error::Error;
use esg_core::store::StoreError;
use esg_core::time::Instant;

/// Who a record is from where neither the caller nor the system says.
const NOBODY: &str = "esg";

/// Returns the time by the clock of this machine.
///
/// # Errors
/// `Io` for a clock that stands before 1970; `time.*` for one beyond the last year of the calendar.
pub fn now() -> Result<Instant, Error> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.ok().and_then(|since| i64::try_from(since.as_millis()).ok());
    let wrong = || StoreError::Io {
        place: "the clock of this machine".to_owned(),
        action: "read",
        reason: "it stands before 1970".to_owned(),
    };
    Ok(Instant::from_epoch_ms(ms.ok_or_else(wrong)?)?)
}

/// Returns who a record says it is from: what is given, else the user of this process.
pub fn actor(given: Option<&str>) -> String {
    let user = || std::env::var("USER").ok().filter(|user| !user.is_empty());
    given.map(str::to_owned).or_else(user).unwrap_or_else(|| NOBODY.to_owned())
}
