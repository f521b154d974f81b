//! The engine: a registry and options, applied to activity data.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::inventory::Inventory;
use super::market::Instrument;
use crate::activity::{ActivityBatch, Columns};
use crate::factor::{Allow, Gwp, HORIZON, Registry};
use crate::ghg::{Calculator, Dimensions, GhgError, Granularity, PlanBook, Planner};
use crate::time::Period;

/// Fewest rows that are worth a thread.
#[cfg(feature = "rayon")]
const THREAD_ROWS: usize = 1 << 14;

/// Rows of an Arrow table that are copied at a time, where they cannot be read as they lie.
#[cfg(feature = "arrow")]
const ARROW_ROWS: usize = 1 << 14;

/// What a calculation rests on besides the events and the factors. Everything here is part of the result.
#[derive(Clone, Debug)]
pub struct Options {
    /// GWP set.
    pub gwp: Arc<Gwp>,
    /// Fallbacks that are accepted. None unless named.
    pub allow: Allow,
    /// What is kept apart.
    pub dimensions: Dimensions,
    /// Days that belong to the inventory; rows outside are counted and left out. None takes every row.
    pub period: Option<Period>,
    /// Certificates and contracts for the market-based method.
    pub instruments: Vec<Instrument>,
    /// Scope 3 categories that the company states not to have.
    pub not_applicable: Vec<u8>,
    /// Category 3.3 (fuel chain and losses) is derived from fuels and purchased energy. On unless switched off.
    pub upstream: bool,
    /// Market-based lines take the grid average where no residual mix is published; the inventory then says so.
    pub market_grid_average: bool,
    /// Lines are kept, for lineage.
    pub keep_lines: bool,
}

impl Options {
    /// Returns options under a GWP set (`AR6`, `AR5`, `AR4`, ...) over 100 years, with no fallback accepted.
    ///
    /// # Errors
    /// `gwp.unknown`.
    pub fn new(gwp: &str) -> Result<Self, GhgError> {
        Self::with_horizon(gwp, HORIZON)
    }

    /// Returns options under a GWP set over 20, 100 or 500 years.
    ///
    /// # Errors
    /// `gwp.unknown`.
    pub fn with_horizon(gwp: &str, horizon: u16) -> Result<Self, GhgError> {
        Ok(Self {
            gwp: Gwp::built_in(gwp, horizon)?,
            allow: Allow::default(),
            dimensions: Dimensions::default(),
            period: None,
            instruments: Vec::new(),
            not_applicable: Vec::new(),
            upstream: true,
            market_grid_average: false,
            keep_lines: false,
        })
    }

    /// The GWP set.
    pub fn gwp(&self) -> &Gwp {
        &self.gwp
    }

    /// The options as a JSON value, for reports and digests.
    pub fn to_json(&self) -> serde_json::Value {
        let dims = &self.dimensions;
        json!({
            "gwp": self.gwp.name(),
            "horizon_years": self.gwp.horizon(),
            "allow": self.allow.names(),
            "period": self.period.map(|p| json!({"start": p.start(), "end": p.end()})),
            "instruments": self.instruments,
            "not_applicable": self.not_applicable,
            "upstream": self.upstream,
            "market_grid_average": self.market_grid_average,
            "dimensions": {
                "activity": dims.activity, "factor": dims.factor, "vertical": dims.vertical, "source": dims.source,
                "site": dims.site, "region": dims.region, "tags": dims.tags,
                "period": match dims.period {
                    Granularity::None => "none",
                    Granularity::Year => "year",
                    Granularity::Month => "month",
                    Granularity::Day => "day",
                },
            },
        })
    }
}

/// Calculates inventories.
///
/// # Examples
/// ```
/// use esg_core::activity::{Activity, ActivityBatch, Basis, NONE};
/// use esg_core::aggregate::{Engine, Options, Total};
/// use esg_core::factor::Registry;
///
/// let mut batch = ActivityBatch::default();
/// let row = Activity {
///     activity: "electricity.grid", quantity: "1000".parse()?, unit: "kWh",
///     timestamp: "2025-03-15T14:30:00Z".parse()?, region: Some("GB"), site: None, source: "meter-1",
///     vertical: "general", scope: None, category: None, basis: Basis::Measured, event: 0,
/// };
/// batch.push(&row, NONE);
/// let engine = Engine::new(Registry::built_in(), Options::new("AR5")?)?;
/// let inventory = engine.calculate(&batch)?;
/// // DESNZ 2025: 0.17700 kg CO2e for each kWh.
/// assert_eq!(inventory.total(Total::ScopeTwoLocation)?.to_string(), "177");
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    registry: Arc<Registry>,
    pub(super) options: Options,
    pub(super) book: Arc<PlanBook>,
}

impl Engine {
    /// Returns an engine.
    ///
    /// # Errors
    /// `ghg.instrument` when an instrument stands twice or breaks a rule, `ghg.scope` for a category that does not exist.
    pub fn new(registry: Registry, options: Options) -> Result<Self, GhgError> {
        let mut seen = HashMap::new();
        for instrument in &options.instruments {
            instrument.check()?;
            // A market that no consumption can lie in would leave the instrument unused without a word.
            if let Err(error) = registry.check_place("electricity.grid", &instrument.market) {
                let reason = format!("its market is no place: {error}");
                return Err(GhgError::Instrument { id: instrument.id.clone(), reason });
            }
            if seen.insert(&instrument.id, ()).is_some() {
                let reason = "it is listed twice; a certificate may be used once".to_owned();
                return Err(GhgError::Instrument { id: instrument.id.clone(), reason });
            }
        }
        if let Some(&category) = options.not_applicable.iter().find(|c| !(1..=15).contains(*c)) {
            return Err(GhgError::Scope { scope: 3, category });
        }
        let registry = Arc::new(registry);
        let planner = Planner {
            registry: Arc::clone(&registry),
            gwp: Arc::clone(&options.gwp),
            allow: options.allow,
            market_grid_average: options.market_grid_average,
            upstream: options.upstream,
        };
        Ok(Self { registry, options, book: Arc::new(PlanBook::new(planner)) })
    }

    /// Returns the same engine, with the same plans, whose inventories keep their lines.
    #[must_use]
    pub fn keeping_lines(&self) -> Self {
        Self { options: Options { keep_lines: true, ..self.options.clone() }, ..self.clone() }
    }

    /// The registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Returns an empty run, to which batches are added one after the other.
    pub fn run(&self) -> Run {
        let options = &self.options;
        let (dimensions, book) = (options.dimensions.clone(), Arc::clone(&self.book));
        let calculator = Calculator::new(book, dimensions, options.period, options.keep_lines);
        Run { calculator, options: options.clone() }
    }

    /// Returns the inventory of a batch. With the feature `rayon` it is calculated on all threads; the numbers do not
    /// depend on how many there are.
    ///
    /// # Errors
    /// `amount.overflow`. A row that cannot be calculated is no error: see [`Inventory::uncalculated`].
    pub fn calculate(&self, batch: &ActivityBatch) -> Result<Inventory, GhgError> {
        #[cfg(feature = "rayon")]
        {
            use rayon::prelude::*;
            let threads = rayon::current_num_threads().max(1);
            let share = batch.len().div_ceil(threads).max(THREAD_ROWS);
            let starts: Vec<usize> = (0..batch.len()).step_by(share).collect();
            if starts.len() > 1 {
                let part = |start| {
                    let mut run = self.run();
                    run.add_rows(batch, start..(start + share).min(batch.len())).map(|()| run)
                };
                let parts: Vec<Result<Run, GhgError>> = starts.into_par_iter().map(part).collect();
                let mut whole = self.run();
                for part in parts {
                    whole.merge(part?)?;
                }
                return whole.finish();
            }
        }
        let mut run = self.run();
        run.add(batch)?;
        run.finish()
    }
}

/// A calculation under way: add batches, then finish. Runs of one engine merge exactly, whatever batch went to which.
#[derive(Debug)]
pub struct Run {
    calculator: Calculator,
    options: Options,
}

impl Run {
    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// `amount.overflow`.
    pub fn add(&mut self, batch: &ActivityBatch) -> Result<(), GhgError> {
        self.add_rows(batch, 0..batch.len())
    }

    /// Adds an Arrow table of activities; returns the refused rows. Row numbers of the result are those of the table.
    ///
    /// # Errors
    /// `telemetry.*` for columns that are missing or of another type, `amount.overflow`. See
    /// [`activities`](crate::telemetry::arrow::activities).
    #[cfg(feature = "arrow")]
    pub fn add_arrow(
        &mut self,
        table: &arrow::array::RecordBatch,
    ) -> Result<Vec<crate::telemetry::Rejection>, crate::Error> {
        let (rows, kept) = (0..table.num_rows(), self.calculator.part.kept());
        let copied = match crate::telemetry::arrow::columns(table) {
            Some(columns) => self.calculator.add(&columns, rows)?,
            None => vec![rows],
        };
        let mut rejected = Vec::new();
        for range in copied {
            for start in range.clone().step_by(ARROW_ROWS) {
                let piece = table.slice(start, ARROW_ROWS.min(range.end - start));
                let mut read = crate::telemetry::arrow::activities(&piece)?;
                let event = |row: u32| row + start as u32;
                if read.batch.event.is_empty() {
                    read.batch.event = (0..read.batch.len() as u32).map(event).collect();
                } else {
                    read.batch.event.iter_mut().for_each(|row| *row = event(*row));
                }
                self.add(&read.batch)?;
                let line = |r: crate::telemetry::Rejection| crate::telemetry::Rejection {
                    line: r.line + start as u64,
                    ..r
                };
                rejected.extend(read.rejected.into_iter().map(line));
            }
        }
        // What was copied was added last.
        self.calculator.part.order_from(kept);
        Ok(rejected)
    }

    /// Counts the rows of its lines and its uncalculated rows on from `first`: the run has a piece of a table.
    #[cfg(feature = "arrow")]
    pub(crate) fn shift(&mut self, first: u32) {
        let part = &mut self.calculator.part;
        part.lines.iter_mut().for_each(|line| line.event += first);
        part.uncalculated.iter_mut().for_each(|row| row.event += first);
    }

    fn add_rows(&mut self, batch: &ActivityBatch, rows: std::ops::Range<usize>) -> Result<(), GhgError> {
        // What a batch of our own holds can be used.
        self.calculator.add(&Columns::of(batch), rows).map(drop)
    }

    /// Adds what another run of the same engine has added: threads each have a run, and one of them ends with all. The numbers
    /// do not depend on which was merged into which.
    ///
    /// # Errors
    /// `inventory.merge` for a run of another engine, `amount.overflow`.
    pub fn merge(&mut self, other: Self) -> Result<(), GhgError> {
        if !self.calculator.is_of(&other.calculator) {
            let (mine, theirs) = (self.options.to_json(), other.options.to_json());
            return Err(GhgError::Merge {
                what: "engines of two runs",
                left: mine.to_string(),
                right: theirs.to_string(),
            });
        }
        Ok(self.calculator.merge(other.calculator)?)
    }

    /// Returns the inventory of all rows that were added.
    ///
    /// # Errors
    /// `amount.overflow`, `ghg.instrument`.
    pub fn finish(self) -> Result<Inventory, GhgError> {
        Inventory::of(self.calculator.finish()?, self.options)
    }
}
