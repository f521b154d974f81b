//! Is this JSON canonical? Asked of the bytes as they stand, so that nothing is written to be compared.
//!
//! The scanner says yes only where it is sure: sorted names of plain ASCII, no escape but the shortest, whole numbers of at
//! most 15 digits. That is every line this engine writes about ordinary events. Where it is not sure, the answer comes
//! from [`canonical::from_slice`], which is the definition; so it may err on one side only, and never says yes wrongly.

use crate::{canonical, json};

/// Deepest nesting that the scanner follows.
const MAX_DEPTH: u32 = 32;

/// True when `bytes` are the canonical form (RFC 8785) of one JSON value.
pub(super) fn is_canonical(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && value(bytes, 0, 0) == Some(bytes.len())
        || canonical::from_slice(bytes).is_ok_and(|canonical| canonical == bytes)
}

/// Returns the end of the value that starts at `at` if it is surely canonical. `bytes` are UTF-8.
pub(super) fn value(bytes: &[u8], at: usize, depth: u32) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string(bytes, at),
        b'{' => object(bytes, at, depth),
        b'[' => array(bytes, at, depth),
        b't' => word(bytes, at, b"true"),
        b'f' => word(bytes, at, b"false"),
        b'n' => word(bytes, at, b"null"),
        _ => number(bytes, at),
    }
}

fn word(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes[at..].starts_with(word).then_some(at + word.len())
}

fn object(bytes: &[u8], at: usize, depth: u32) -> Option<usize> {
    if depth == MAX_DEPTH {
        return None;
    }
    let mut at = at + 1;
    if *bytes.get(at)? == b'}' {
        return Some(at + 1);
    }
    let mut before: Option<&[u8]> = None;
    loop {
        let end = name(bytes, at)?;
        let name = &bytes[at + 1..end];
        if before.is_some_and(|before| before >= name) || *bytes.get(end + 1)? != b':' {
            return None;
        }
        before = Some(name);
        at = value(bytes, end + 2, depth + 1)?;
        match bytes.get(at)? {
            b',' => at += 1,
            b'}' => return Some(at + 1),
            _ => return None,
        }
    }
}

fn array(bytes: &[u8], at: usize, depth: u32) -> Option<usize> {
    if depth == MAX_DEPTH {
        return None;
    }
    let mut at = at + 1;
    if *bytes.get(at)? == b']' {
        return Some(at + 1);
    }
    loop {
        at = value(bytes, at, depth + 1)?;
        match bytes.get(at)? {
            b',' => at += 1,
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Returns where the closing quote of a name is. Of ASCII alone, because bytes then sort as UTF-16 does.
fn name(bytes: &[u8], at: usize) -> Option<usize> {
    if *bytes.get(at)? != b'"' {
        return None;
    }
    let rest = &bytes[at + 1..];
    let length = rest.iter().position(|&b| b == b'"' || b == b'\\' || !(0x20..0x80).contains(&b))?;
    (rest[length] == b'"').then_some(at + 1 + length)
}

/// Returns the end of a string whose escapes are the short ones, which have no other spelling.
pub(super) fn string(bytes: &[u8], at: usize) -> Option<usize> {
    if *bytes.get(at)? != b'"' {
        return None;
    }
    let mut at = at + 1;
    loop {
        at = json::special(bytes, at);
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' if matches!(bytes.get(at + 1)?, b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
            _ => return None,
        }
    }
}

/// Returns the end of a whole number of at most 15 digits, which a binary float holds exactly.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let start = at + usize::from(*bytes.get(at)? == b'-');
    let digits = bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
    let end = start + digits;
    let zero_first = bytes.get(start) == Some(&b'0') && (digits > 1 || start > at);
    let goes_on = matches!(bytes.get(end), Some(b'.' | b'e' | b'E'));
    ((1..=15).contains(&digits) && !zero_first && !goes_on).then_some(end)
}
