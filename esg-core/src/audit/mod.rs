//! The audit log: what was recorded, in which order, and how anyone can prove it without this program.
//!
//! A log is text, one record a line, and the bytes of a line are what is hashed: there is nothing to decode before it can
//! be checked. Every line names the hash of the line before, so an edit in the middle breaks a link. A chain alone
//! cannot show a tail that was cut off, nor a history that was written anew from some line on. So the lines are also the
//! leaves of a Merkle tree (RFC 6962), whose root is signed from time to time: whoever keeps one signed root can prove
//! with some twenty hashes that a line is in the log, and that a later log only added to an earlier one.
//!
//! Nothing here reads a file, a clock or a source of chance: lines go out to a buffer, time and keys come in.
//!
//! # Examples
//! ```
//! use esg_core::audit::{Chain, Hash, Record, RecordKind};
//!
//! let mut chain = Chain::new("example.org/log".parse()?);
//! let mut out = Vec::new();
//! let time = "2024-03-15T14:30:00Z".parse()?;
//! let body = br#"{"end":"2024-03-31","start":"2024-01-01"}"#;
//! let entry = chain.append(RecordKind::PeriodClosed, "cfo", time, body, &mut out)?;
//!
//! let line = out.strip_suffix(b"\n").unwrap();
//! let record = Record::parse(line)?;
//! assert_eq!((record.seq(), record.kind(), record.body()), (0, RecordKind::PeriodClosed, body.as_slice()));
//! assert_eq!((entry.leaf, chain.root()), (Hash::leaf(line), Hash::leaf(line)));
//! assert_eq!(chain.prev(), Hash::of(line));
//! # Ok::<(), esg_core::Error>(())
//! ```

mod chain;
mod checkpoint;
mod error;
mod frontier;
mod hash;
mod key;
mod lanes;
mod note;
mod proof;
mod record;
mod redaction;
mod scan;
mod tlog_proof;
mod tree;
mod verify;
mod word;

pub use chain::{Bulk, Chain, Entry};
pub use checkpoint::Checkpoint;
pub use error::AuditError;
pub use frontier::Frontier;
pub use hash::Hash;
pub use key::{SignerKey, VerifierKey};
pub use note::{MAX_NOTE, MAX_SIGNATURES, NoteSignature, SignedNote};
pub use proof::{verify_consistency, verify_inclusion};
pub use record::Record;
pub use redaction::{check_payload, commit, commitment, detached_body, payload_file};
pub use tlog_proof::TlogProof;
pub use tree::{Levels, Subtrees, Tree};
pub use verify::{Finding, MAX_FINDINGS, Options, Payloads, Place, Rotation, Verdict, Verifier, verify};
pub use word::{LogName, MAX_NAME, RecordKind};

/// Longest line of a log, in bytes with its LF.
pub const MAX_LINE: usize = 65_535;
/// Most records of a log: canonical JSON writes no larger integer than 2^53 - 1.
pub const MAX_SIZE: u64 = (1 << 53) - 1;
/// Lines of a segment, which is sealed when it has as many.
pub const SEGMENT_LINES: u64 = 65_536;
/// The version of the form of a line, its member `v`.
pub const VERSION: u64 = 1;
