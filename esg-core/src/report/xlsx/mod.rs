//! The report as a workbook for auditors: every sheet a table with a filter, and every cell walked back to its factor.
//!
//! A spreadsheet keeps 15 digits, so an amount stands twice: as a number to work with, and as text with every digit.
//! Texts are written as strings and never as formulas. The workbook's own date is that of the report, or a fixed one, so
//! that the same report gives the same bytes.

mod sheets;
mod trail;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::ReportError;
use super::document::Document;
use crate::amount::Amount;
use crate::time::Instant;

/// Letters that a cell takes; Excel itself stops at 32,767 UTF-16 units.
const MAX_LETTERS: usize = 16_000;
/// Rows of a sheet below its head.
const MAX_ROWS: usize = 1_048_000;
/// Date of a workbook whose report says none.
const NO_DATE: (u16, u8, u8) = (2000, 1, 1);

pub(super) fn render(document: &Document) -> Result<Vec<u8>, ReportError> {
    workbook(document).map_err(|e| ReportError::Workbook { reason: e.to_string() })
}

/// One value of a row.
enum Value {
    Text(String),
    /// Thousands of an amount as a number: t, MWh, m3.
    Thousands(Option<Amount>),
    /// An amount as a number in its own unit.
    Units(Option<Amount>),
    /// An amount with every digit, as text.
    Exact(Option<Amount>),
    Count(u64),
}

fn text(t: impl Into<String>) -> Value {
    Value::Text(t.into())
}

fn maybe(t: &Option<String>) -> Value {
    Value::Text(t.clone().unwrap_or_default())
}

/// Formats of the workbook.
struct Styles {
    head: Format,
    title: Format,
    wrapped: Format,
    amount: Format,
    count: Format,
    exact: Format,
}

/// Heads with the widths of their columns, in letters.
type Heads<'a> = &'a [(&'a str, f64)];

struct Book {
    book: Workbook,
    styles: Styles,
}

impl Book {
    /// Adds a sheet with its table, which begins at row `top`.
    fn sheet(
        &mut self,
        name: &str,
        top: u32,
        heads: Heads<'_>,
        rows: Vec<Vec<Value>>,
    ) -> Result<&mut Worksheet, XlsxError> {
        if rows.len() > MAX_ROWS {
            let what = format!("{} rows do not fit the sheet {name}", rows.len());
            return Err(XlsxError::ParameterError(what));
        }
        let styles = &self.styles;
        let sheet = self.book.add_worksheet();
        sheet.set_name(name)?;
        for (column, (head, width)) in (0u16..).zip(heads) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(top, column, cut(head), &styles.head)?;
        }
        for (row, values) in (top + 1..).zip(&rows) {
            for (column, value) in (0u16..).zip(values) {
                write(sheet, styles, (row, column), value)?;
            }
        }
        let last_row = top + u32::try_from(rows.len()).expect("fewer rows than a sheet has");
        let last_column = u16::try_from(heads.len() - 1).expect("a table has few columns");
        sheet.set_freeze_panes(top + 1, 0)?;
        sheet.autofilter(top, 0, last_row.max(top + 1), last_column)?;
        sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(top, top)?;
        Ok(sheet)
    }
}

fn write(sheet: &mut Worksheet, styles: &Styles, at: (u32, u16), value: &Value) -> Result<(), XlsxError> {
    let (row, column) = at;
    match value {
        Value::Text(t) if t.is_empty() => {}
        Value::Text(t) => {
            sheet.write_string_with_format(row, column, cut(t), &styles.wrapped)?;
        }
        Value::Thousands(Some(amount)) => {
            let number: f64 = amount.tonnes().parse().expect("decimal text is a number");
            sheet.write_number_with_format(row, column, number, &styles.amount)?;
        }
        Value::Units(Some(amount)) => {
            sheet.write_number_with_format(row, column, amount.to_f64(), &styles.amount)?;
        }
        Value::Exact(Some(amount)) => {
            sheet.write_string_with_format(row, column, amount.to_string(), &styles.exact)?;
        }
        Value::Count(n) => {
            sheet.write_number_with_format(row, column, *n as f64, &styles.count)?;
        }
        Value::Thousands(None) | Value::Units(None) | Value::Exact(None) => {}
    }
    Ok(())
}

/// Cuts a text that a cell would refuse.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_LETTERS) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
    }
}

fn workbook(document: &Document) -> Result<Vec<u8>, XlsxError> {
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_background_color("#E3ECE8")
        .set_border_bottom(rust_xlsxwriter::FormatBorder::Thin);
    let top = rust_xlsxwriter::FormatAlign::Top;
    let styles = Styles {
        head,
        title: Format::new().set_bold().set_font_size(16.0),
        wrapped: Format::new().set_text_wrap().set_align(top),
        amount: Format::new().set_num_format("#,##0.000").set_align(top),
        count: Format::new().set_num_format("#,##0").set_align(top),
        exact: Format::new()
            .set_num_format("@")
            .set_align(top)
            .set_align(rust_xlsxwriter::FormatAlign::Right),
    };
    let mut book = Book { book: Workbook::new(), styles };
    let info = &document.info;
    book.book.set_properties(
        &DocProperties::new()
            .set_title(cut(&info.title))
            .set_company(cut(&info.organisation))
            .set_author(cut(&info.prepared_by))
            .set_creation_datetime(&created(info.created)?),
    );
    sheets::summary(&mut book, document)?;
    sheets::scope_three(&mut book, document)?;
    sheets::gases(&mut book, document)?;
    for (i, breakdown) in document.breakdowns.iter().enumerate() {
        sheets::groups(&mut book, i, breakdown)?;
    }
    sheets::indicators(&mut book, document)?;
    trail::factors(&mut book, document)?;
    trail::coverage(&mut book, document)?;
    trail::lineage(&mut book, document)?;
    trail::lines(&mut book, document)?;
    trail::method(&mut book, document)?;
    book.book.save_to_buffer()
}

fn created(created: Option<Instant>) -> Result<ExcelDateTime, XlsxError> {
    let Some(created) = created else {
        return ExcelDateTime::from_ymd(NO_DATE.0, NO_DATE.1, NO_DATE.2);
    };
    let (year, month, day) = created.day().ymd();
    let part = |n: u32| u8::try_from(n).unwrap_or(1);
    let seconds = created.epoch_ms().div_euclid(1000).rem_euclid(86_400);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let two = |n: i64| u8::try_from(n).expect("below 60");
    let hour = u16::try_from(hour).expect("below 24");
    ExcelDateTime::from_ymd(u16::try_from(year).unwrap_or(NO_DATE.0), part(month), part(day))?.and_hms(
        hour,
        two(minute),
        two(second),
    )
}
