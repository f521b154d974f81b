//! Keys that sign notes, and their text forms.
//!
//! A key is its name, a number made from name and key, and 32 bytes of Ed25519. The seed of a signer comes from the
//! caller: nothing here makes one.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::AuditError;
use super::hash::Hash;
use super::word::is_key_name;

/// The signature type of Ed25519 in a key.
const ED25519: u8 = 1;
/// What the text form of a secret key begins with.
const SECRET: &str = "PRIVATE+KEY+";

/// A key that checks signatures. Its text form is the vkey `name+id+base64`.
///
/// # Source
/// C2SP signed-note; the text form is that of Go's package `sumdb/note`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl VerifierKey {
    /// Returns the key of these 32 bytes.
    ///
    /// # Errors
    /// `Key` for a name with spaces or '+', or bytes that are no point of the curve.
    pub fn new(name: &str, public: &[u8; 32]) -> Result<Self, AuditError> {
        let refuse = |reason| AuditError::Key { name: name.chars().take(80).collect(), reason };
        if !is_key_name(name) {
            return Err(refuse("a name has characters, and neither spaces nor '+'"));
        }
        let key = VerifyingKey::from_bytes(public).map_err(|_| refuse("the bytes are no Ed25519 key"))?;
        Ok(Self { name: name.to_owned(), id: id(name, public), key })
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number that a signature line names it by, beside its name.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Returns true when these 64 bytes are this key's signature of `message`.
    ///
    /// Keys of small order and signatures that another spelling could replace are not accepted.
    ///
    /// # Source
    /// RFC 8032.
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|s| self.key.verify_strict(message, &s).is_ok())
    }
}

/// The first four bytes of SHA-256(name || LF || type || public key).
fn id(name: &str, public: &[u8; 32]) -> u32 {
    let hash = Hash::of(&[name.as_bytes(), b"\n", &[ED25519], public].concat());
    let [a, b, c, d, ..] = *hash.as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// Takes `name+id+base64` apart: the name, the id, and the 32 bytes behind the type.
fn parts(text: &str) -> Result<(&str, &str, [u8; 32]), &'static str> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(data)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("a key is name+id+base64");
    };
    if id.len() != 8 || !id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err("an id has eight lower-case hexadecimal digits");
    }
    let bytes = STANDARD.decode(data).map_err(|_| "the part behind the id is not base64")?;
    match bytes.split_first() {
        Some((&ED25519, key)) => Ok((name, id, key.try_into().map_err(|_| "an Ed25519 key has 32 bytes")?)),
        _ => Err("only Ed25519 keys, of type 1, are known"),
    }
}

impl FromStr for VerifierKey {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        let refuse = |reason| AuditError::Key { name: text.chars().take(80).collect(), reason };
        let (name, id, public) = parts(text).map_err(refuse)?;
        let key = Self::new(name, &public)?;
        if format!("{:08x}", key.id) == id { Ok(key) } else { Err(refuse("the id is not that of the key")) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, data(self.as_bytes()))
    }
}

fn data(key: &[u8; 32]) -> String {
    STANDARD.encode([&[ED25519], key.as_slice()].concat())
}

/// A secret key. It is not printed by mistake: `Debug` shows the public half.
#[derive(Clone)]
pub struct SignerKey {
    secret: SigningKey,
    public: VerifierKey,
}

impl SignerKey {
    /// Returns the key of a seed, which has to come from a source of chance that is fit for secrets.
    ///
    /// # Errors
    /// `Key` for a name with spaces or '+'.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, AuditError> {
        let secret = SigningKey::from_bytes(seed);
        let public = VerifierKey::new(name, secret.verifying_key().as_bytes())?;
        Ok(Self { secret, public })
    }

    /// Reads what [`secret_text`](Self::secret_text) writes.
    ///
    /// # Errors
    /// `Key`; the message does not repeat the text.
    pub fn from_secret_text(text: &str) -> Result<Self, AuditError> {
        let refuse = |reason| AuditError::Key { name: "the secret key".to_owned(), reason };
        let rest = text.strip_prefix(SECRET).ok_or_else(|| refuse("it does not begin PRIVATE+KEY+"))?;
        let (name, id, seed) = parts(rest).map_err(refuse)?;
        let key = Self::from_seed(name, &seed)?;
        if format!("{:08x}", key.public.id) == id {
            Ok(key)
        } else {
            Err(refuse("the id is not that of the key"))
        }
    }

    /// Returns `PRIVATE+KEY+name+id+base64`: whoever reads it can sign.
    pub fn secret_text(&self) -> String {
        let public = &self.public;
        format!("{SECRET}{}+{:08x}+{}", public.name, public.id, data(&self.secret.to_bytes()))
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.public
    }

    /// Returns the 64 bytes of this key's signature of `message`; the same each time.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey of {}", self.public)
    }
}
