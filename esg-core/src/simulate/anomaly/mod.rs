//! Is this reading odd?
//!
//! Every detector is a stream: a reading goes in, a verdict comes out, and what is kept has a fixed size and can be
//! written down and read again after a restart. A missing reading is a gap and never 0. A reading that is no number, or
//! older than the one before, is refused and changes nothing.
//!
//! Readings are plain floats in whatever unit they come: only differences and their ratios are looked at, so a verdict does
//! not depend on the unit. All of it is +, -, x, /, square roots and [`crate::math`], the same bits on every platform.
//!
//! [`Combined`] is the one to take when nothing is known about a series. `docs/anomaly.md` has the formulas and what was
//! measured.
//!
//! # Examples
//! ```
//! use esg_core::simulate::anomaly::{Combined, CombinedSettings, Detector};
//! use esg_core::time::Instant;
//!
//! let mut detector = Combined::new(CombinedSettings { alarm: 0.5 })?;
//! for i in 0..1000 {
//!     let at = Instant::from_epoch_ms(300_000 * i)?;
//!     let power_kw = 40.0 + (i * 37 % 101) as f64 / 100.0; // something that varies by 1 kW
//!     assert!(!detector.push(at, Some(power_kw))?.is_anomalous());
//! }
//! let verdict = detector.push(Instant::from_epoch_ms(300_000_000)?, Some(55.0))?;
//! assert!(verdict.is_anomalous() && verdict.deviation > Some(10.0), "{verdict:?}");
//! # Ok::<(), esg_core::Error>(())
//! ```

mod baseline;
mod combined;
mod cusum;
mod error;
mod ewma;
mod gate;
mod level;
mod robust;
mod season;
mod seasonal;
mod tail;
mod verdict;
mod window;

pub use combined::{Combined, CombinedSettings};
pub use cusum::{Cusum, CusumSettings};
pub use error::AnomalyError;
pub use ewma::{Ewma, EwmaSettings};
pub use gate::LARGEST;
pub use robust::{RobustZ, RobustZSettings};
pub use season::Cycle;
pub use seasonal::{Seasonal, SeasonalSettings};
pub use verdict::{Basis, Detector, Reason, Status, Verdict};
