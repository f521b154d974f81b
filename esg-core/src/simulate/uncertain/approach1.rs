//! IPCC approach 1: error propagation in a table, beside the simulation that tells when it does not hold.
//!
//! Lines that depend on exactly the same variables are added up first, as the guidelines advise for what is correlated; the
//! rows that remain are combined as if they were independent. A half width is 1.96 standard deviations over the mean.

use std::collections::BTreeMap;

use super::super::summary::Output;
use super::error::UncertaintyError;
use super::lines::{Line, Lines};
use super::ranges::Ranges;
use crate::amount::Amount;
use crate::ghg::GhgError;

/// 97.5 % point of the standard normal.
const Z95: f64 = 1.959_963_984_540_054;
/// Half widths that differ by more than this share disagree.
const DISAGREES: f64 = 0.05;
/// Above this relative half width the guidelines ask for approach 2.
const LARGE: f64 = 0.3;

/// One row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// Activity and factor of its first line.
    pub name: String,
    /// Point estimate in kg CO2e.
    pub co2e: Amount,
    /// Relative 95 % half widths of quantity, factors and GWP, 0 where none is stated.
    pub parts: [f64; 3],
    /// Combined relative half width (equation 3.1).
    pub combined: f64,
    /// Share of the variance of the total.
    pub variance_share: f64,
    /// Variables.
    variables: Vec<usize>,
}

/// The table of approach 1 with its sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Approach1 {
    /// Rows by falling share of the variance.
    pub rows: Vec<Contribution>,
    /// Relative 95 % half width of the total (equation 3.2).
    pub half_width: f64,
    /// Names of laws that are neither constant, normal nor lognormal.
    bounded: Vec<&'static str>,
}

/// Returns the table of the lines that are asked for; none where they add up to zero or there are none.
///
/// # Errors
/// `Ghg` for an overflow.
///
/// # Source
/// IPCC 2006 Guidelines, volume 1, chapter 3: equations 3.1 and 3.2, table 3.2.
pub fn approach1(
    lines: &Lines,
    asked: impl Fn(&Line) -> bool,
) -> Result<Option<Approach1>, UncertaintyError> {
    let mut rows: BTreeMap<&[usize], (String, Amount)> = BTreeMap::new();
    for line in lines.lines.iter().filter(|line| asked(line)) {
        let name = || (format!("{}, {}", line.activity, line.factor), Amount::ZERO);
        let row = rows.entry(&line.variables).or_insert_with(name);
        row.1 = row.1.checked_add(line.co2e).map_err(GhgError::from)?;
    }
    let total = Amount::sum(rows.values().map(|row| row.1)).map_err(GhgError::from)?.to_f64();
    if total == 0.0 {
        return Ok(None);
    }
    let mut bounded = Vec::new();
    let mut table: Vec<Contribution> = Vec::with_capacity(rows.len());
    for (variables, (name, co2e)) in rows {
        let mut squares = [0.0; 3];
        for share in variables.iter().map(|&at| &lines.variables[at]) {
            let half = Z95 * share.law.sd() / share.law.mean();
            let part = match share.id.split(' ').next() {
                Some("quantity") => 0,
                Some("gwp") => 2,
                _ => 1,
            };
            squares[part] += half * half;
            if !["constant", "normal", "lognormal"].contains(&share.law.name()) {
                bounded.push(share.law.name());
            }
        }
        let combined = squares.iter().sum::<f64>().sqrt();
        let (parts, variables) = (squares.map(f64::sqrt), variables.to_vec());
        table.push(Contribution { name, co2e, parts, combined, variance_share: 0.0, variables });
    }
    let square = |row: &Contribution| {
        let spread = row.co2e.to_f64() * row.combined;
        spread * spread
    };
    let sum: f64 = table.iter().map(square).sum();
    for row in &mut table {
        row.variance_share = if sum > 0.0 { square(row) / sum } else { 0.0 };
    }
    table.sort_by(|a, b| b.variance_share.total_cmp(&a.variance_share).then_with(|| a.name.cmp(&b.name)));
    bounded.sort_unstable();
    bounded.dedup();
    Ok(Some(Approach1 { rows: table, half_width: sum.sqrt() / total.abs(), bounded }))
}

impl Approach1 {
    /// Says why a simulation has another half width; nothing where it has the same within 5 %.
    pub(super) fn disagreement(&self, simulated: &Output, ranges: &Ranges) -> Vec<String> {
        let (low, high, mean) = (simulated.quantile(0.025), simulated.quantile(0.975), simulated.mean());
        let half = 0.5 * (high - low) / mean.abs();
        let gap = (half - self.half_width).abs();
        if gap <= DISAGREES * half.max(self.half_width) || gap.is_nan() {
            return Vec::new();
        }
        let mut reasons = Vec::new();
        let mut uses: BTreeMap<usize, u32> = BTreeMap::new();
        for &variable in self.rows.iter().flat_map(|row| &row.variables) {
            *uses.entry(variable).or_default() += 1;
        }
        if uses.values().any(|&rows| rows > 1) {
            reasons.push(
                "shared: rows depend on the same variable, which approach 1 takes as independent".to_owned(),
            );
        }
        if !ranges.correlations.is_empty() {
            reasons.push("correlated: factors move together, which approach 1 does not know".to_owned());
        }
        if self.rows.iter().any(|row| row.combined > LARGE) {
            reasons
                .push("large: a row's half width is above 30 %, where approach 1 does not hold".to_owned());
        }
        let lean = (high - mean) / (mean - low);
        if !(0.9..1.1).contains(&lean) {
            reasons.push(format!("skewed: the upper half of the interval is {lean:.2} times the lower"));
        }
        if !self.bounded.is_empty() {
            reasons.push(format!("bounded: laws that are not normal: {}", self.bounded.join(", ")));
        }
        if reasons.is_empty() {
            reasons.push("draws: take more of them".to_owned());
        }
        reasons
    }
}
