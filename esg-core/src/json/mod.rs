//! A strict JSON reader that says where it stopped.
//!
//! Two things that this engine needs are not to be had from a reader into a tree: numbers as the text that the sender
//! wrote, and refusal of names that come twice. So this one hands out one token at a time over the text, allocates
//! only for strings with escapes, and is what telemetry and [`canonical`](crate::canonical) both stand on.

mod error;

use std::borrow::Cow;

pub use error::JsonError;

/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: u32 = 128;
/// Longest text that is read as one JSON document, in bytes.
pub const MAX_BYTES: usize = 256 << 20;

/// What a value begins as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Token {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    String,
    /// A digit or `-`
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

impl Token {
    /// The type as JSON calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Bool => "a boolean",
            Self::Null => "null",
        }
    }
}

/// Reads one token after another from a JSON text.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

/// Returns the text of UTF-8 bytes of a bearable length.
///
/// # Errors
/// `TooLong`, `Utf8`.
pub fn text(bytes: &[u8]) -> Result<&str, JsonError> {
    if bytes.len() > MAX_BYTES {
        return Err(JsonError::TooLong { bytes: bytes.len(), max: MAX_BYTES });
    }
    std::str::from_utf8(bytes).map_err(|e| JsonError::Utf8 { at: e.valid_up_to() })
}

/// Returns nothing when `bytes` are one JSON value (RFC 8259) without half surrogate pairs.
///
/// Names that come twice are not looked for.
///
/// # Errors
/// `Syntax`, `Utf8`, `Depth`, `Surrogate`, `TooLong`.
pub fn check(bytes: &[u8]) -> Result<(), JsonError> {
    let mut reader = Reader::new(text(bytes)?);
    reader.skip()?;
    reader.end()
}

/// What an escaped character stands for; 0 where it is no such character.
const fn unescaped(byte: u8) -> u8 {
    match byte {
        b'"' | b'\\' | b'/' => byte,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => 0,
    }
}

/// Returns the offset of the first quote, backslash or control character from `at` on, or the end.
///
/// Eight bytes at a time: a byte below n leaves its high bit set in `(word - n..n) & !word`, and the lowest such bit
/// is never a false one, because borrows only run upwards.
pub(crate) fn special(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let below = |word: u64, n: u8| word.wrapping_sub(ONES * u64::from(n)) & !word;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = (quote | backslash | below(word, 0x20)) & (ONES * 0x80);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    // A text that was cut may end before `at`.
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20).map_or(bytes.len(), |n| at + n)
}

impl<'a> Reader<'a> {
    /// Returns a reader at the start of `text`.
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Offset of the next byte.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The text from `start` to here.
    pub fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    /// The text from `start` to the end.
    pub fn text_from(&self, start: usize) -> &'a str {
        &self.text[start..]
    }

    /// Goes back (or on) to an offset that [`at`](Self::at) gave at the same depth.
    pub const fn seek(&mut self, at: usize) {
        self.at = at;
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    fn syntax<T>(&self, expected: &'static str) -> Result<T, JsonError> {
        Err(JsonError::Syntax { at: self.at, expected })
    }

    /// Refuses anything but white space up to the end.
    ///
    /// # Errors
    /// `Syntax`.
    pub fn end(&mut self) -> Result<(), JsonError> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { self.syntax("the end") }
    }

    /// Returns what the next value begins as, without reading it.
    ///
    /// # Errors
    /// `Syntax`.
    pub fn peek(&mut self) -> Result<Token, JsonError> {
        self.space();
        Ok(match self.byte() {
            Some(b'"') => Token::String,
            Some(b'-' | b'0'..=b'9') => Token::Number,
            Some(b'{') => Token::Object,
            Some(b'[') => Token::Array,
            Some(b't' | b'f') => Token::Bool,
            Some(b'n') => Token::Null,
            _ => return self.syntax("a value"),
        })
    }

    /// Reads a bracket and goes one deeper.
    ///
    /// # Errors
    /// `Syntax`, `Depth`.
    pub fn open(&mut self, bracket: u8) -> Result<(), JsonError> {
        self.space();
        if self.byte() != Some(bracket) {
            return self.syntax(if bracket == b'{' { "an object" } else { "an array" });
        }
        if self.depth == MAX_DEPTH {
            return Err(JsonError::Depth { at: self.at });
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// True when another element follows, false when `bracket` closed the array or object. `first` before the first.
    ///
    /// # Errors
    /// `Syntax`.
    pub fn more(&mut self, bracket: u8, first: bool) -> Result<bool, JsonError> {
        self.space();
        match self.byte() {
            Some(b) if b == bracket => {
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if first => Ok(true),
            _ => self.syntax(if bracket == b'}' { "',' or '}'" } else { "',' or ']'" }),
        }
    }

    /// Reads a name and its colon.
    ///
    /// # Errors
    /// `Syntax`, `Surrogate`.
    pub fn key(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.space();
        if self.byte() != Some(b'"') {
            return self.syntax("a name in quotes");
        }
        let key = self.string()?;
        self.space();
        if self.byte() != Some(b':') {
            return self.syntax("':'");
        }
        self.at += 1;
        Ok(key)
    }

    /// Reads a name and its colon if the name, with its quotes, is spelled `quoted`; else reads nothing.
    ///
    /// # Errors
    /// `Syntax` where the colon is missing.
    pub fn key_if(&mut self, quoted: &str) -> Result<bool, JsonError> {
        self.space();
        if quoted.is_empty() || !self.text.as_bytes()[self.at..].starts_with(quoted.as_bytes()) {
            return Ok(false);
        }
        self.at += quoted.len();
        self.space();
        if self.byte() != Some(b':') {
            return self.syntax("':'");
        }
        self.at += 1;
        Ok(true)
    }

    /// Reads a string.
    ///
    /// # Errors
    /// `Syntax`, `Surrogate`.
    pub fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.space();
        if self.byte() != Some(b'"') {
            return self.syntax("a string");
        }
        self.at += 1;
        let start = self.at;
        match self.plain()? {
            b'"' => Ok(Cow::Borrowed(&self.text[start..self.at - 1])),
            _ => self.escaped(start).map(Cow::Owned),
        }
    }

    /// Runs to the next quote or backslash and over it, and returns it.
    fn plain(&mut self) -> Result<u8, JsonError> {
        let bytes = self.text.as_bytes();
        self.at = special(bytes, self.at);
        match bytes.get(self.at) {
            Some(&b) if b >= 0x20 => {
                self.at += 1;
                Ok(b)
            }
            _ => self.syntax("'\"' or a character that is no control character"),
        }
    }

    /// Reads on behind the first backslash of the string that starts at `start`.
    fn escaped(&mut self, start: usize) -> Result<String, JsonError> {
        let mut out = String::from(&self.text[start..self.at - 1]);
        loop {
            match self.byte() {
                Some(b'u') => {
                    self.at += 1;
                    out.push(self.unicode()?);
                }
                Some(b) if unescaped(b) != 0 => {
                    out.push(char::from(unescaped(b)));
                    self.at += 1;
                }
                _ => return self.syntax("one of \"\\/bfnrtu"),
            }
            let start = self.at;
            let stop = self.plain()?;
            out.push_str(&self.text[start..self.at - 1]);
            if stop == b'"' {
                return Ok(out);
            }
        }
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.hex4()?;
        if !(0xD800..0xE000).contains(&first) {
            return Ok(char::from_u32(first).expect("only surrogates are no characters below 0x10000"));
        }
        let half = JsonError::Surrogate { at: self.at };
        if first >= 0xDC00 || !self.text[self.at..].starts_with("\\u") {
            return Err(half);
        }
        self.at += 2;
        let second = self.hex4()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(half);
        }
        let point = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        Ok(char::from_u32(point).expect("a surrogate pair is a character"))
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else { return self.syntax("four hexadecimal digits") };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    /// Reads a number and returns its text.
    ///
    /// # Errors
    /// `Syntax`.
    pub fn number(&mut self) -> Result<&'a str, JsonError> {
        self.space();
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == start { self.syntax("a digit") } else { Ok(()) }
    }

    /// Reads `true`, `false` or `null` and returns it.
    ///
    /// # Errors
    /// `Syntax`.
    pub fn word(&mut self) -> Result<&'static str, JsonError> {
        self.space();
        for word in ["true", "false", "null"] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(word);
            }
        }
        self.syntax("true, false or null")
    }

    /// Reads a value of any kind and returns its text.
    ///
    /// # Errors
    /// `Syntax`, `Depth`, `Surrogate`.
    pub fn skip(&mut self) -> Result<&'a str, JsonError> {
        let token = self.peek()?;
        let start = self.at;
        match token {
            Token::String => drop(self.string()?),
            Token::Number => drop(self.number()?),
            Token::Bool | Token::Null => drop(self.word()?),
            Token::Array => {
                self.open(b'[')?;
                let mut first = true;
                while self.more(b']', first)? {
                    first = false;
                    self.skip()?;
                }
            }
            Token::Object => {
                self.open(b'{')?;
                let mut first = true;
                while self.more(b'}', first)? {
                    first = false;
                    self.key()?;
                    self.skip()?;
                }
            }
        }
        Ok(self.since(start))
    }
}
