//! Reads unit expressions: UCUM's grammar, and around it the looser spelling of the trade.
//!
//! ```text
//! main      = ["/"] term
//! term      = component { ("." | "/") component }          left to right, no precedence
//! component = (symbol [exponent] | digits | "(" term ")") [annotation] | annotation
//! ```
//!
//! Field mode adds names with spaces (`US gallon`), hyphens that multiply (`GPU-h`), `per`, and superscripts. Nothing
//! that UCUM refuses becomes valid in UCUM mode. In both, `kWh/t.km` is a kWh per tonne, times a km; per tonne-kilometre
//! is `kWh/(t.km)` or `kWh/tkm`.

use super::dimension::Dimension;
use super::kind::{CalorificBasis, QuantityKind};
use super::names::Names;
use super::table::{Measure, Mode, Table, overflow};
use super::{MAX_NESTING, MAX_UNIT_BYTES, UnitError, shape};
use crate::ratio::Ratio;

/// The largest exponent that is read.
const MAX_EXPONENT: i32 = 999;
/// How many digits a whole-number factor may have.
const MAX_FACTOR_DIGITS: usize = 28;

/// One factor of a unit as it was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Term {
    pub symbol: String,
    pub annotation: Option<String>,
    pub exponent: i32,
    /// True for whole numbers, which take no exponent in UCUM.
    pub number: bool,
    /// The dimension of the symbol alone.
    pub dimension: Dimension,
    pub kind: Option<QuantityKind>,
}

/// What a text turned out to be.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub measure: Measure,
    pub terms: Vec<Term>,
}

/// Reads a definition of the table that is being built: no names, no kinds.
pub(crate) fn defined(text: &str, table: &Table) -> Result<Measure, UnitError> {
    Parser::new(text, table, None).whole().map(|parsed| parsed.measure)
}

/// Reads a unit.
pub(crate) fn unit(text: &str, mode: Mode) -> Result<Parsed, UnitError> {
    if text.len() > MAX_UNIT_BYTES {
        return Err(UnitError::TooLong { bytes: text.len() });
    }
    let table = Table::of(mode);
    match mode {
        Mode::Ucum => Parser::new(text, table, None).whole(),
        Mode::Field => with_names(&shape::plain(text), table, Names::all()),
    }
}

/// Reads a unit of the trade with the names known so far.
pub(crate) fn with_names(text: &str, table: &Table, names: &Names) -> Result<Parsed, UnitError> {
    let mut parsed = Parser::new(text, table, Some(names)).whole()?;
    let kind = shape::kind(&parsed.terms);
    parsed.measure.kind = kind;
    Ok(parsed)
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    depth: usize,
    pub(super) table: &'a Table,
    pub(super) names: Option<&'a Names>,
    pub(super) terms: Vec<Term>,
    /// A calorific basis said about something that is not an energy by itself, such as the h of `kW.h{gross}`.
    pub(super) open_basis: Option<CalorificBasis>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, table: &'a Table, names: Option<&'a Names>) -> Self {
        Self { text, at: 0, depth: 0, table, names, terms: Vec::new(), open_basis: None }
    }

    fn whole(mut self) -> Result<Parsed, UnitError> {
        let one = Measure::number(Ratio::one());
        let measure = if self.take(b'/') {
            let measure = self.component()?;
            self.invert_from(0);
            let inverse = one.times(&measure, -1).ok_or_else(|| overflow(self.text))?;
            self.rest_of_term(inverse)?
        } else {
            let first = self.component()?;
            self.rest_of_term(first)?
        };
        match self.peek() {
            None => {}
            Some(b' ') if self.names.is_some() => return Err(self.unknown(self.text)),
            Some(_) => return Err(self.syntax("an operator, '.' or '/', or the end was expected")),
        }
        let measure = self.closed(measure);
        Ok(Parsed { measure, terms: self.terms })
    }

    fn rest_of_term(&mut self, first: Measure) -> Result<Measure, UnitError> {
        let mut left = first;
        loop {
            let exponent = match self.peek() {
                Some(b'.') => 1,
                Some(b'/') => -1,
                _ => return Ok(left),
            };
            self.at += 1;
            let start = self.terms.len();
            let right = self.component()?;
            if exponent < 0 {
                self.invert_from(start);
            }
            if let (Some(a), Some(b)) = (left.basis, right.basis)
                && a != b
            {
                return Err(UnitError::Basis {
                    from: self.text.to_owned(),
                    from_is: a.as_str(),
                    to: self.text.to_owned(),
                    to_is: b.as_str(),
                });
            }
            left = left.times(&right, exponent).ok_or_else(|| overflow(self.text))?;
        }
    }

    fn component(&mut self) -> Result<Measure, UnitError> {
        let start = self.terms.len();
        let measure = match self.peek() {
            None => return Err(self.syntax("a unit was expected")),
            Some(b'{') => {
                let text = self.annotation()?;
                return self.annotated(Measure::number(Ratio::one()), text, start);
            }
            Some(b'(') => self.group()?,
            Some(b'0'..=b'9') if !self.ten_symbol() => self.number()?,
            Some(_) => self.symbol()?,
        };
        match self.peek() {
            Some(b'{') => {
                let text = self.annotation()?;
                self.annotated(measure, text, start)
            }
            _ => Ok(measure),
        }
    }

    /// Gives an energy the calorific basis that was said about one of its factors.
    fn closed(&mut self, mut measure: Measure) -> Measure {
        if measure.dimension == Dimension::mechanical(1, 2, -2) && measure.basis.is_none() {
            measure.basis = self.open_basis.take();
        }
        measure
    }

    fn group(&mut self) -> Result<Measure, UnitError> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(UnitError::TooDeep { unit: self.text.to_owned() });
        }
        let first = self.component()?;
        let measure = self.rest_of_term(first)?;
        if !self.take(b')') {
            return Err(self.syntax("a closing parenthesis was expected"));
        }
        self.depth -= 1;
        Ok(self.closed(measure))
    }

    /// True at `10*` and `10^`, which are symbols and not numbers.
    fn ten_symbol(&self) -> bool {
        let rest = &self.text.as_bytes()[self.at..];
        rest.starts_with(b"10*") || rest.starts_with(b"10^")
    }

    fn number(&mut self) -> Result<Measure, UnitError> {
        let digits = self.digits();
        if !matches!(self.peek(), None | Some(b'.' | b'/' | b')' | b'{')) {
            return Err(self.syntax("a number is multiplied with '.', as in 12.h"));
        }
        // UCUM reads 1.5 as 1 times 5, which nobody means who is not writing UCUM.
        let rest = &self.text[self.at..];
        let decimal = rest.strip_prefix('.').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
        if self.names.is_some() && decimal && !rest.starts_with(".10*") && !rest.starts_with(".10^") {
            return Err(self.syntax("a point multiplies; write 1.5 as 3/2"));
        }
        if digits.len() > MAX_FACTOR_DIGITS {
            return Err(overflow(self.text));
        }
        let factor: Ratio = digits.parse().map_err(|_| overflow(self.text))?;
        if factor.is_zero() {
            return Err(UnitError::Overflow { what: format!("factor 0 in unit {:?}", self.text) });
        }
        let measure = Measure::number(factor);
        self.push(digits.to_owned(), 1, true, &measure);
        Ok(measure)
    }

    fn symbol(&mut self) -> Result<Measure, UnitError> {
        if let Some(names) = self.names
            && let Some(measure) = self.name(names)?
        {
            return Ok(measure);
        }
        let start = self.at;
        let end = self.symbol_end()?;
        let code = &self.text[start..end];
        if code.is_empty() {
            return Err(self.syntax("a unit was expected"));
        }
        let Some(measure) = self.resolve(code) else { return Err(self.unknown(code)) };
        self.at = end;
        let exponent = self.exponent()?;
        self.raised(code, measure, exponent)
    }

    pub(super) fn raised(
        &mut self,
        code: &str,
        measure: Measure,
        exponent: i32,
    ) -> Result<Measure, UnitError> {
        self.push(code.to_owned(), exponent, false, &measure);
        if exponent == 1 {
            return Ok(measure);
        }
        Measure::number(Ratio::one()).times(&measure, exponent).ok_or_else(|| overflow(self.text))
    }

    /// Where the UCUM symbol ends that starts here. Anything may stand between square brackets.
    fn symbol_end(&self) -> Result<usize, UnitError> {
        let bytes = self.text.as_bytes();
        if self.ten_symbol() {
            return Ok(self.at + 3);
        }
        let mut i = self.at;
        while let Some(&byte) = bytes.get(i) {
            match byte {
                b'[' => {
                    let length = bytes[i..].iter().position(|&b| b == b']');
                    i += length.ok_or_else(|| self.syntax_at(i, "a closing square bracket was expected"))?;
                }
                b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'%' | b'\'' => {}
                b'0'..=b'9' | b'+' | b'-' | b'.' | b'/' | b'(' | b')' | b'{' => break,
                b' ' if self.names.is_some() => break,
                _ => return Err(self.syntax_at(i, "a character that no unit has")),
            }
            i += 1;
        }
        Ok(i)
    }

    pub(super) fn exponent(&mut self) -> Result<i32, UnitError> {
        let negative = match self.peek() {
            Some(b'-') => true,
            Some(b'+') => false,
            Some(b'0'..=b'9') => return self.exponent_digits(),
            _ => return Ok(1),
        };
        self.at += 1;
        let size = self.exponent_digits()?;
        Ok(if negative { -size } else { size })
    }

    fn exponent_digits(&mut self) -> Result<i32, UnitError> {
        let digits = self.digits();
        if digits.is_empty() {
            return Err(self.syntax("the digits of an exponent were expected"));
        }
        match digits.parse::<i32>() {
            Ok(size) if size <= MAX_EXPONENT => Ok(size),
            _ => Err(UnitError::Overflow { what: format!("exponent in unit {:?}", self.text) }),
        }
    }

    fn annotation(&mut self) -> Result<&'a str, UnitError> {
        let start = self.at + 1;
        let rest = &self.text[start..];
        let end = rest.find('}').ok_or_else(|| self.syntax("a closing brace was expected"))?;
        let text = &rest[..end];
        // UCUM: characters 33 to 126 without braces. People write spaces in them, which harm nobody in field mode.
        let allowed = |c: u8| (33..=126).contains(&c) && c != b'{' || (c == b' ' && self.names.is_some());
        if let Some(bad) = text.bytes().position(|c| !allowed(c)) {
            return Err(
                self.syntax_at(start + bad, "an annotation holds ASCII characters without spaces and braces")
            );
        }
        self.at = start + end + 1;
        Ok(text)
    }

    pub(super) fn push(&mut self, symbol: String, exponent: i32, number: bool, measure: &Measure) {
        let (dimension, kind) = (measure.dimension.clone(), measure.kind);
        self.terms.push(Term { symbol, annotation: None, exponent, number, dimension, kind });
    }

    fn invert_from(&mut self, start: usize) {
        for term in &mut self.terms[start..] {
            term.exponent = -term.exponent;
        }
    }

    fn digits(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn syntax(&self, expected: &'static str) -> UnitError {
        self.syntax_at(self.at, expected)
    }

    fn syntax_at(&self, at: usize, expected: &'static str) -> UnitError {
        UnitError::Syntax { unit: self.text.to_owned(), at, expected }
    }
}
