//! How the trade spells units: names with spaces, hyphens that multiply, and what annotations say.

use super::dimension::{Dimension, Named};
use super::kind::CalorificBasis;
use super::names::Names;
use super::parse::Parser;
use super::table::{Measure, overflow};
use super::{UnitError, error};
use crate::ratio::Ratio;

impl Parser<'_> {
    pub(super) fn resolve(&self, code: &str) -> Option<Measure> {
        let Some(names) = self.names else { return self.table.find(code) };
        let found = names.find(code).or_else(|| self.table.find(code));
        // `lb_av` for `[lb_av]`: the underscore leaves no doubt about what was meant.
        found.or_else(|| code.contains('_').then(|| self.table.find(&format!("[{code}]")))?)
    }

    /// Reads a name of the trade up to the next operator; none when plain UCUM should have a look.
    pub(super) fn name(&mut self, names: &Names) -> Result<Option<Measure>, UnitError> {
        let rest = &self.text[self.at..];
        let end = name_end(rest);
        let run = rest[..end].trim();
        if run.is_empty() {
            return Ok(None);
        }
        if let Some(choices) = names.ambiguous(run) {
            return Err(UnitError::Ambiguous { unit: run.to_owned(), choices });
        }
        if let Some(measure) = names.find(run) {
            self.at += end;
            let exponent = self.exponent()?;
            return self.raised(run, measure, exponent).map(Some);
        }
        let base = run.trim_end_matches(|c: char| c.is_ascii_digit());
        if let Some(measure) = names.find(base).filter(|_| base.len() < run.len()) {
            self.at += self.text[self.at..].find(base).unwrap_or(0) + base.len();
            let exponent = self.exponent()?;
            return self.raised(base, measure, exponent).map(Some);
        }
        // `cubic feet`, `US gallon`, `GPU-h`: words with an operator or an exponent that is not UCUM's.
        let Some(cut) =
            run.find([' ', '-']).filter(|&cut| run[cut + 1..].starts_with(|c: char| c.is_ascii_alphabetic()))
        else {
            return Ok(None);
        };
        self.chain(names, run, cut, end)
    }

    /// Reads `tonne-nautical mile` as tonne . nautical mile: the first cut at which both sides are known.
    fn chain(
        &mut self,
        names: &Names,
        run: &str,
        first: usize,
        end: usize,
    ) -> Result<Option<Measure>, UnitError> {
        let known = |part: &str| self.resolve(part);
        let mut parts: Vec<(&str, Measure)> = Vec::new();
        let (mut from, mut cut) = (0, Some(first));
        while from < run.len() {
            let to = cut.unwrap_or(run.len());
            let next = || run[to + 1..].find([' ', '-']).map(|n| to + 1 + n);
            if let Some(choices) = names.ambiguous(&run[from..to]) {
                return Err(UnitError::Ambiguous { unit: run[from..to].to_owned(), choices });
            }
            match known(&run[from..to]) {
                // Words that only together are a name must not be cut: a space multiplies nothing.
                Some(measure) if cut.is_none() || run.as_bytes()[to] == b'-' => {
                    parts.push((&run[from..to], measure));
                    from = to + 1;
                    cut = if cut.is_some() { next() } else { None };
                }
                _ if cut.is_some() => cut = next(),
                _ => return Ok(None),
            }
        }
        self.at += end;
        let mut product = Measure::number(Ratio::one());
        for (code, measure) in parts {
            self.push(code.to_owned(), 1, false, &measure);
            product = product.times(&measure, 1).ok_or_else(|| overflow(self.text))?;
        }
        Ok(Some(product))
    }

    /// Gives a measure what its annotation says: a counted thing, a price year, a calorific basis, or nothing.
    pub(super) fn annotated(
        &mut self,
        mut measure: Measure,
        text: &str,
        start: usize,
    ) -> Result<Measure, UnitError> {
        let bare = self.terms.len() == start;
        if bare {
            self.push(String::new(), 1, false, &measure);
        }
        if let Some(term) = self.terms.last_mut() {
            term.annotation = Some(text.to_owned());
        }
        let Some(names) = self.names else { return Ok(measure) };
        if let Some(thing) = names.count(text) {
            let count = Measure::base(Dimension::named(Named::Count(thing)));
            if let Some(term) = self.terms.last_mut() {
                term.kind = None;
                term.dimension = count.dimension.clone();
            }
            measure = measure.times(&count, 1).ok_or_else(|| overflow(self.text))?;
        } else if let Some(basis) = CalorificBasis::from_annotation(text) {
            if measure.dimension == Dimension::mechanical(1, 2, -2) {
                measure.basis = Some(basis);
            } else {
                self.open_basis = Some(basis);
            }
        } else if let &[(Named::Currency { code, year: None }, 1)] = measure.dimension.named_parts() {
            // An unread note on money could be a price basis, so it is not a comment.
            let expected = "a currency takes a price year of four digits, as in USD{2022}";
            let year = Some(price_year(text).ok_or_else(|| self.syntax(expected))?);
            measure.dimension = Dimension::named(Named::Currency { code, year });
        }
        Ok(measure)
    }

    pub(super) fn unknown(&self, code: &str) -> UnitError {
        let rest = &self.text[self.at..];
        let run = rest[..name_end(rest)].trim();
        let run = if self.names.is_some() && run.starts_with(code) { run } else { code };
        let mut known: Vec<&str> = self.table.codes().collect();
        known.extend(self.names.iter().flat_map(|names| names.known()));
        known.extend(PREFIXED);
        let nearest = error::nearest(run, known.into_iter());
        UnitError::Unknown { unit: run.to_owned(), nearest }
    }
}

/// Prefixed codes that people mean most, which the table holds as prefix and unit; only for suggestions.
const PREFIXED: [&str; 14] =
    ["kW", "MW", "GW", "kWh", "MWh", "GWh", "kJ", "MJ", "GJ", "kg", "km", "mL", "kL", "GB"];

/// Where a name of the trade ends: at an operator, a parenthesis, an annotation, or a signed exponent.
fn name_end(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut in_brackets = false;
    for (i, &byte) in bytes.iter().enumerate() {
        match byte {
            b'[' => in_brackets = true,
            b']' => in_brackets = false,
            _ if in_brackets => {}
            b'.' | b'/' | b'(' | b')' | b'{' | b'}' | b'+' => return i,
            b'-' if !bytes.get(i + 1).is_some_and(u8::is_ascii_alphabetic) => return i,
            _ => {}
        }
    }
    rest.len()
}

/// Reads a year of four digits.
fn price_year(text: &str) -> Option<u16> {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}
