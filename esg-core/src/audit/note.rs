//! A signed note: text that a person can read, and below it a line for each signature.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::AuditError;
use super::key::{SignerKey, VerifierKey};
use super::word::is_key_name;

/// Longest note, in bytes.
pub const MAX_NOTE: usize = 1 << 20;
/// Most signature lines of a note.
pub const MAX_SIGNATURES: usize = 100;

/// A text and its signatures, of known and of unknown keys.
///
/// What was read is written again byte by byte, with the lines of keys that nobody here knows.
///
/// # Source
/// C2SP signed-note.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A signature line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoteSignature {
    name: String,
    id: u32,
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of the key.
    pub const fn id(&self) -> u32 {
        self.id
    }

    fn is_of(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }

    fn read(line: &str) -> Option<Self> {
        let (name, data) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = STANDARD.decode(data).ok()?;
        let (id, bytes) = bytes.split_first_chunk()?;
        let known = is_key_name(name) && !bytes.is_empty();
        known.then(|| Self { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
    }
}

impl SignedNote {
    /// Returns the note of `text`, signed by these keys.
    ///
    /// # Errors
    /// `Note` unless the text is of lines that each end, without control characters.
    pub fn sign(text: &str, keys: &[&SignerKey]) -> Result<Self, AuditError> {
        check_text(text)?;
        let signature = |key: &&SignerKey| NoteSignature {
            name: key.verifier().name().to_owned(),
            id: key.verifier().id(),
            bytes: key.sign(text.as_bytes()).to_vec(),
        };
        let note = Self { text: text.to_owned(), signatures: keys.iter().map(signature).collect() };
        if note.signatures.is_empty() { Err(wrong("there is no signature line")) } else { Ok(note) }
    }

    /// The text with its last LF: to be believed only once [`verify`](Self::verify) has succeeded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Returns those of `keys` that signed the text, in their order. Lines of other keys are passed over.
    ///
    /// # Errors
    /// `Signature` when a line is of a known key and wrong, `Unsigned` when there is none of a known key.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, AuditError> {
        let signers: Vec<&VerifierKey> =
            keys.iter().filter(|key| self.signatures.iter().any(|line| line.is_of(key))).collect();
        if signers.is_empty() {
            let names = self.signatures.iter().take(4).map(|line| line.name.as_str()).collect::<Vec<_>>();
            return Err(AuditError::Unsigned { names: names.join(", ") });
        }
        let forged = |key: &VerifierKey| {
            let mut own = self.signatures.iter().filter(|line| line.is_of(key));
            own.any(|line| !key.signed(self.text.as_bytes(), &line.bytes))
        };
        match signers.iter().find(|key| forged(key)) {
            Some(key) => Err(AuditError::Signature { key: key.to_string() }),
            None => Ok(signers),
        }
    }
}

const fn wrong(reason: &'static str) -> AuditError {
    AuditError::Note { reason }
}

fn check_text(text: &str) -> Result<(), AuditError> {
    if text.len() > MAX_NOTE {
        return Err(wrong("it has more than a mebibyte"));
    }
    if !text.ends_with('\n') {
        return Err(wrong("its last line does not end"));
    }
    if text.bytes().any(|b| b < 0x20 && b != b'\n') {
        return Err(wrong("there is a control character in it"));
    }
    Ok(())
}

impl FromStr for SignedNote {
    type Err = AuditError;

    fn from_str(note: &str) -> Result<Self, AuditError> {
        check_text(note)?;
        let at = note.rfind("\n\n").ok_or_else(|| wrong("no blank line stands before its signatures"))?;
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        let lines: Vec<&str> = lines.split_terminator('\n').collect();
        if lines.is_empty() {
            return Err(wrong("there is no signature line"));
        }
        if lines.len() > MAX_SIGNATURES {
            return Err(wrong("it has more than 100 signature lines"));
        }
        let signatures = lines.into_iter().map(NoteSignature::read).collect::<Option<_>>();
        let signatures =
            signatures.ok_or_else(|| wrong("a line below its text is not: em dash, key name, base64"))?;
        Ok(Self { text: text.to_owned(), signatures })
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| {
            let bytes = [&line.id.to_be_bytes(), line.bytes.as_slice()].concat();
            writeln!(f, "\u{2014} {} {}", line.name, STANDARD.encode(bytes))
        })
    }
}
