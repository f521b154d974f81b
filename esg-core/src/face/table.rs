//! Tables in and out: what a data frame is to the engine, and what the engine is to a data frame.
//!
//! Amounts leave as decimal128(38, 15), which holds every picogram. Words that come again and again are dictionaries.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, RecordBatch,
    StringArray, StringDictionaryBuilder, UInt32Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::error::FaceError;
use super::statement::{Calculator, Statement};
use super::{By, KEPT_ROWS, Watch};
use crate::account::{Refused, Source, SourceCount, Stage, account};
use crate::aggregate::Run;
use crate::amount::{Amount, SCALE};
use crate::error::Error;
use crate::ghg::{GhgError, Line, Measure, Plan};
use crate::telemetry::{self, Received, Rejection, arrow::events};

/// Digits of a decimal128.
const DIGITS: u8 = 38;
/// Rows that a thread takes of a table of activities at a time.
const PIECE: usize = 1 << 16;
/// Columns that only a table of events has.
const EVENT: &str = "external_event_id";

fn kg(amounts: impl Iterator<Item = Option<Amount>>) -> ArrayRef {
    let column: Decimal128Array = amounts.map(|amount| amount.map(Amount::pg)).collect();
    let scale = i8::try_from(SCALE).expect("fifteen");
    Arc::new(column.with_precision_and_scale(DIGITS, scale).expect("an amount has fewer digits"))
}

fn table(columns: Vec<(&str, bool, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, null, column)| Field::new(*name, column.data_type().clone(), *null))
        .collect();
    let columns = columns.into_iter().map(|(_, _, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns are of one length")
}

impl Statement {
    /// Returns sums by dimensions as a table: a column of text for each dimension, `co2e_kg`, `mass` where `gas` is asked for,
    /// and `rows`.
    ///
    /// # Errors
    /// As [`By::ask`].
    pub fn by(&self, by: &By) -> Result<RecordBatch, Error> {
        let groups = by.ask(&self.account.inventory)?;
        let mut columns: Vec<(&str, bool, ArrayRef)> = Vec::new();
        for (at, name) in by.dimensions.iter().enumerate() {
            let column: StringArray = groups.iter().map(|group| group.key[at].as_deref()).collect();
            columns.push((name, true, Arc::new(column)));
        }
        columns.push(("co2e_kg", false, kg(groups.iter().map(|group| Some(group.co2e_kg)))));
        if by.dimensions.iter().any(|name| name == "gas") {
            columns.push(("mass", true, kg(groups.iter().map(|group| group.mass))));
        }
        let rows: UInt64Array = groups.iter().map(|group| Some(group.rows)).collect();
        columns.push(("rows", false, Arc::new(rows)));
        Ok(table(columns))
    }

    /// Returns the lines as a table: a row for each product of quantity, conversion and factor, by which event it came, and
    /// those that instruments add to the market-based method, which have no event.
    ///
    /// # Errors
    /// `inventory.lines` where none were kept, `amount.overflow`.
    pub fn lines(&self) -> Result<RecordBatch, Error> {
        let inventory = &self.account.inventory;
        let rows = inventory.counts().calculated;
        if inventory.lines().is_empty() && rows > 0 {
            return Err(FaceError::Lines { rows, kept: KEPT_ROWS as u64 }.into());
        }
        let mut out = Columns::default();
        for (at, part) in self.parts.iter().enumerate() {
            let end = self.parts.get(at + 1).map_or(inventory.lines().len(), |next| next.first_line);
            for line in &inventory.lines()[part.first_line..end] {
                out.line(line, &inventory.plans()[line.plan as usize], self.events_of(part))?;
            }
        }
        for covered in inventory.covered() {
            out.covered(covered);
        }
        Ok(out.finish())
    }
}

/// Columns of the table of lines.
#[derive(Default)]
struct Columns {
    row: Vec<Option<u32>>,
    source: StringDictionaryBuilder<Int32Type>,
    event: Vec<Option<String>>,
    day: Vec<Option<i32>>,
    scope: StringDictionaryBuilder<Int32Type>,
    activity: StringDictionaryBuilder<Int32Type>,
    factor: StringDictionaryBuilder<Int32Type>,
    conversion: StringDictionaryBuilder<Int32Type>,
    gas: StringDictionaryBuilder<Int32Type>,
    quantity: Vec<String>,
    mass: Vec<Option<Amount>>,
    co2e: Vec<Option<Amount>>,
}

impl Columns {
    fn line(
        &mut self,
        line: &Line,
        plan: &Plan,
        events: Option<&telemetry::TelemetryBatch>,
    ) -> Result<(), GhgError> {
        for output in &plan.outputs {
            let times = |rate: &Option<crate::amount::Rate>| {
                rate.as_ref().map(|r| r.amount(line.quantity)).transpose()
            };
            let bare = matches!(output.measure, Measure::Energy | Measure::Water);
            self.row.push(Some(line.event));
            self.source.append_option(events.map(|batch| batch.source_id(line.event as usize)));
            self.event.push(events.map(|batch| batch.external_id(line.event as usize).to_owned()));
            self.day.push(Some(line.day.epoch_days()));
            self.scope.append_value(output.scope.name());
            self.activity.append_value(&plan.activity);
            self.factor.append_option((!bare).then_some(&plan.factor));
            self.conversion.append_value(&plan.conversion);
            self.gas.append_value(output.measure.name());
            self.quantity.push(line.quantity.to_string());
            self.mass.push(times(&output.mass)?);
            self.co2e.push(times(&output.co2e)?);
        }
        Ok(())
    }

    fn covered(&mut self, covered: &crate::aggregate::Covered) {
        self.row.push(None);
        self.source.append_null();
        self.event.push(None);
        self.day.push(None);
        self.scope.append_value(covered.key.scope.name());
        self.activity.append_option(covered.key.activity.as_deref());
        self.factor.append_option(covered.key.factor.as_deref());
        self.conversion.append_value(format!("instrument {}", covered.instrument));
        self.gas.append_value(covered.key.measure.name());
        self.quantity.push(covered.energy_kwh.to_string());
        self.mass.push(covered.sums.mass);
        self.co2e.push(Some(covered.sums.co2e));
    }

    fn finish(mut self) -> RecordBatch {
        let quantity: StringArray = self.quantity.iter().map(|q| Some(q.as_str())).collect();
        table(vec![
            ("row", true, Arc::new(UInt32Array::from(self.row))),
            ("source_id", true, Arc::new(self.source.finish())),
            (EVENT, true, Arc::new(StringArray::from(self.event))),
            ("day", true, Arc::new(Date32Array::from(self.day))),
            ("scope", false, Arc::new(self.scope.finish())),
            ("activity", true, Arc::new(self.activity.finish())),
            ("factor", true, Arc::new(self.factor.finish())),
            ("conversion", false, Arc::new(self.conversion.finish())),
            ("gas", false, Arc::new(self.gas.finish())),
            ("quantity", false, Arc::new(quantity)),
            ("mass", true, kg(self.mass.into_iter())),
            ("co2e_kg", true, kg(self.co2e.into_iter())),
        ])
    }
}

/// Returns the events of a wide table; lines are its rows, from 1.
///
/// # Errors
/// `telemetry.*` for columns that are missing, unknown or of another type.
pub fn received(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Received, Error> {
    let empty = RecordBatch::new_empty(Arc::clone(schema));
    let mut parts = Vec::with_capacity(batches.len());
    let mut first = 0;
    for batch in batches.iter().chain(batches.is_empty().then_some(&empty)) {
        let mut received = events(batch, telemetry::Options::default())?;
        received.shift(first);
        first += batch.num_rows() as u64;
        parts.push(received);
    }
    Ok(Received::concat(parts))
}

impl super::Receipts {
    /// Returns the receipts as a table: a row for each row that came. `seq` is the line of the log that holds the event: the
    /// first one's for duplicates and conflicts.
    pub fn table(&self) -> RecordBatch {
        let (mut source, mut outcome) =
            (StringDictionaryBuilder::<Int32Type>::new(), StringDictionaryBuilder::<Int32Type>::new());
        for receipt in self.receipts() {
            source.append_value(receipt.source);
            outcome.append_value(receipt.item.outcome.as_str());
        }
        let rows = || self.receipts();
        let line: UInt64Array = rows().map(|row| Some(row.item.line)).collect();
        let seq: UInt64Array = rows().map(|row| row.fingerprint.map(|_| row.item.seq)).collect();
        let late: BooleanArray = rows().map(|row| Some(row.item.late)).collect();
        let prints: StringArray = rows().map(|row| row.fingerprint.map(|print| print.to_string())).collect();
        table(vec![
            ("source", false, Arc::new(source.finish())),
            ("line", false, Arc::new(line)),
            ("outcome", false, Arc::new(outcome.finish())),
            ("seq", true, Arc::new(seq)),
            ("late", false, Arc::new(late)),
            ("fingerprint", true, Arc::new(prints)),
        ])
    }
}

impl Calculator {
    /// Returns the statement of a table: of events, wide, where it has the column `external_event_id`, else of activities,
    /// tall. `watch` is told how many rows of activities are done.
    ///
    /// # Errors
    /// `telemetry.*` for columns that are missing, unknown or of another type; `amount.overflow`, `call.stopped`.
    pub fn table(
        &self,
        label: &str,
        schema: &SchemaRef,
        batches: &[RecordBatch],
        watch: Watch<'_>,
    ) -> Result<Statement, Error> {
        if is_of_events(schema) {
            let source = Source { label: label.to_owned(), received: received(schema, batches)? };
            return self.events(vec![source], watch);
        }
        self.activities(label, 0, batches, watch)
    }

    /// The statement of a table of activities, whose first row is row `first` of something larger.
    pub(super) fn activities(
        &self,
        label: &str,
        mut first: usize,
        batches: &[RecordBatch],
        watch: Watch<'_>,
    ) -> Result<Statement, Error> {
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let engine = self.for_rows(rows);
        let mut pieces = Vec::new();
        for batch in batches {
            for start in (0..batch.num_rows()).step_by(PIECE) {
                pieces.push((first + start, batch.slice(start, PIECE.min(batch.num_rows() - start))));
            }
            first += batch.num_rows();
        }
        let piece = |(first, table): &(usize, RecordBatch)| -> Result<(Run, Vec<Rejection>), Error> {
            let mut run = engine.run();
            let mut rejected = run.add_arrow(table)?;
            rejected.iter_mut().for_each(|row| row.line += *first as u64);
            let first = u32::try_from(*first).map_err(|_| telemetry::TelemetryError::Limit {
                what: "rows in one table",
                max: u32::MAX as usize,
            })?;
            run.shift(first);
            Ok((run, rejected))
        };
        let (mut whole, mut refused, mut done) = (engine.run(), Vec::new(), 0);
        for wave in pieces.chunks(wave()) {
            let (done_before, total) = (done as u64, rows as u64);
            if !watch(done_before, total) {
                return Err(FaceError::Stopped { done: done_before, total }.into());
            }
            for (run, rejected) in each(wave, piece)? {
                whole.merge(run)?;
                refused.extend(rejected);
            }
            done += wave.iter().map(|(_, table)| table.num_rows()).sum::<usize>();
        }
        watch(done as u64, rows as u64);
        let mut account = account(Vec::new(), engine, &self.settings)?;
        account.inventory = whole.finish()?;
        let source: Arc<str> = label.into();
        let rejected = refused.len() as u64;
        let count = SourceCount {
            label: Arc::clone(&source),
            accepted: rows as u64 - rejected,
            rejected,
            duplicates: 0,
            amended: 0,
        };
        let refuse = |stage, rejection| Refused { source: Arc::clone(&source), stage, rejection };
        let mut list: Vec<Refused> = refused.into_iter().map(|row| refuse(Stage::Telemetry, row)).collect();
        for row in account.inventory.uncalculated() {
            let gap = &account.inventory.gaps()[row.gap as usize];
            let rejection = Rejection {
                line: u64::from(row.event) + 1,
                field: gap.activity.clone(),
                code: gap.code,
                message: gap.message.clone(),
                nearest: Vec::new(),
                raw: String::new(),
            };
            list.push(refuse(Stage::Calculate, rejection));
        }
        list.sort_by_key(|row| (row.rejection.line, row.stage));
        (account.sources, account.refused, account.events) = (vec![count], list, None);
        Ok(self.stated(account, false))
    }
}

/// The column that holds a part.
const PART: &str = "part";

/// Returns a part as a table: one row with one column of bytes, `part`.
pub fn part_table(part: &[u8]) -> RecordBatch {
    let column = BinaryArray::from_iter_values([part]);
    table(vec![(PART, false, Arc::new(column))])
}

/// Returns the parts that tables hold, a row each, in their order.
///
/// # Errors
/// `option.value` for a table without the column `part`, or one whose column holds no bytes.
pub fn parts(batches: &[RecordBatch]) -> Result<Vec<Vec<u8>>, Error> {
    let mut parts = Vec::new();
    for batch in batches {
        let Some(column) = batch.column_by_name(PART) else {
            let names: Vec<&str> = batch.schema_ref().fields().iter().map(|f| f.name().as_str()).collect();
            let found = format!("with the columns {}", names.join(", "));
            return Err(FaceError::value("parts", found, "tables with the column part").into());
        };
        let mut push = |part: Option<&[u8]>| {
            parts.push(part.unwrap_or_default().to_vec());
        };
        match column.data_type() {
            DataType::Binary => column.as_binary::<i32>().iter().for_each(&mut push),
            DataType::LargeBinary => column.as_binary::<i64>().iter().for_each(&mut push),
            DataType::BinaryView => column.as_binary_view().iter().for_each(&mut push),
            other => {
                let found = format!("of {other}");
                return Err(FaceError::value("part", found, "a column of bytes").into());
            }
        }
    }
    Ok(parts)
}

/// True for a table of events; any other one is of activities.
pub(super) fn is_of_events(schema: &SchemaRef) -> bool {
    schema.column_with_name(EVENT).is_some()
}

/// Pieces between two looks at the watch.
fn wave() -> usize {
    #[cfg(feature = "rayon")]
    return 4 * rayon::current_num_threads();
    #[cfg(not(feature = "rayon"))]
    1
}

fn each<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> Result<R, Error> + Sync) -> Result<Vec<R>, Error> {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.par_iter().map(&of).collect()
    }
    #[cfg(not(feature = "rayon"))]
    items.iter().map(of).collect()
}

/// Returns a refusal of the Arrow library as one of the engine: a stream that breaks off, or that says what no table is.
pub fn arrow_error(error: &ArrowError) -> FaceError {
    FaceError::value("table", error, "a stream of Arrow record batches")
}
