//! Why the audit log refused, or what is wrong with one.

use super::{MAX_LINE, MAX_NAME, MAX_SIZE, SEGMENT_LINES};
use crate::error::Kind;

/// A refusal of the audit log, or something that is wrong in one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// No hash.
    #[error("{text:?} is no SHA-256 of 64 lower-case hexadecimal digits")]
    Hash {
        /// The text as it came, cut after 80 characters.
        text: String,
    },
    /// No name of a log.
    #[error(
        "{text:?} cannot name a log: 1 to {MAX_NAME} characters without spaces, control characters and '+'"
    )]
    Name {
        /// The text as it came, cut after 80 characters.
        text: String,
    },
    /// No kind of record.
    #[error("{text:?} is no kind of record such as telemetry.accepted")]
    Kind {
        /// The text as it came, cut after 80 characters.
        text: String,
    },
    /// An actor that is empty or too long.
    #[error("an actor has 1 to {MAX_NAME} characters, not {chars}")]
    Actor {
        /// How many there are.
        chars: usize,
    },
    /// A body that is not the canonical bytes of an object.
    #[error("a body is the canonical JSON (RFC 8785) of an object; this one begins with {start:?}")]
    Body {
        /// The first characters.
        start: String,
    },
    /// A line that would be longer than any may be.
    #[error("a line has at most {MAX_LINE} bytes with its LF, not {bytes}")]
    TooLong {
        /// How many there are.
        bytes: usize,
    },
    /// More records than a log can count.
    #[error("a log has at most {MAX_SIZE} records, not {size}")]
    Full {
        /// How many there would be.
        size: u64,
    },
    /// Saved roots of the tree's right edge that do not fit its size.
    #[error("the edge of a tree of {size} leaves has {} roots, not {roots}", size.count_ones())]
    Frontier {
        /// How many leaves there are said to be.
        size: u64,
        /// How many roots came.
        roots: usize,
    },
    /// A line that is not canonical JSON.
    #[error("the line is not canonical JSON (RFC 8785): {reason}")]
    NotCanonical {
        /// Where it departs from it.
        reason: String,
    },
    /// A member of a line that is not what it has to be.
    #[error("the line's member {member:?} is {rule}")]
    Member {
        /// The member's name.
        member: &'static str,
        /// What has to be there.
        rule: &'static str,
    },
    /// A body that is not what its hash says.
    #[error("the body's SHA-256 is {got}, and the line says {said}")]
    BodyHash {
        /// Of the bytes that are there.
        got: super::Hash,
        /// What `hash` says.
        said: super::Hash,
    },
    /// A leaf or a size that the tree does not have.
    #[error("the {what} {got} is not in the tree: it has to be below {end}")]
    Range {
        /// What was asked for.
        what: &'static str,
        /// Its number.
        got: u64,
        /// The first number that there is not.
        end: u64,
    },
    /// A leaf that the store does not have.
    #[error("the hash of leaf {leaf} is not kept")]
    Subtree {
        /// Its number.
        leaf: u64,
    },
    /// A proof that does not prove.
    #[error("the proof is not one: {reason}")]
    Proof {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No key, or one of another algorithm.
    #[error("{name:?} is no key: {reason}")]
    Key {
        /// The text or name as it came, cut after 80 characters; never a secret.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No signed note.
    #[error("this is no signed note: {reason}")]
    Note {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A signature of a known key that is wrong.
    #[error("the signature of {key} is not of this text")]
    Signature {
        /// The key.
        key: String,
    },
    /// A note that no known key signed.
    #[error("no known key signed this note, only {names}")]
    Unsigned {
        /// The first names of its signature lines.
        names: String,
    },
    /// No checkpoint.
    #[error("this is no checkpoint: {reason}")]
    Checkpoint {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A checkpoint of another log.
    #[error("the checkpoint is of the log {got:?}, not of {log}")]
    Origin {
        /// Its origin, as it came.
        got: String,
        /// The log that was asked for.
        log: super::LogName,
    },
    /// No proof in a file.
    #[error("this is no tlog-proof: {reason}")]
    TlogProof {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A link between two lines that does not fit.
    #[error("the line before has the SHA-256 {got}, and `prev` says {said}")]
    Prev {
        /// Of the bytes of the earlier line.
        got: super::Hash,
        /// What the later line says.
        said: super::Hash,
    },
    /// A line that is not the next one.
    #[error("the line has the number {got}, and {want} comes next")]
    Seq {
        /// What the line says.
        got: u64,
        /// What comes next.
        want: u64,
    },
    /// A line of another log.
    #[error("the line is of the log {got:?}, not of {log}")]
    Log {
        /// What it says, cut after 80 characters.
        got: String,
        /// The log that is checked.
        log: super::LogName,
    },
    /// A last line that does not end.
    #[error("the last {bytes} bytes are a line without its LF")]
    Torn {
        /// How many there are.
        bytes: usize,
    },
    /// A segment of another length.
    #[error("a segment that another one follows has {SEGMENT_LINES} lines, not {lines}")]
    Segment {
        /// How many there are.
        lines: u64,
    },
    /// A log that is shorter than it was.
    #[error("a checkpoint was signed over {size} lines, and there are {lines}")]
    Truncated {
        /// How many there are.
        lines: u64,
        /// How many there were.
        size: u64,
    },
    /// Lines that are not those of a checkpoint.
    #[error("the first {size} lines have the root {got}, and the checkpoint {said}")]
    Root {
        /// The size of the checkpoint.
        size: u64,
        /// The root of the lines that are there.
        got: super::Hash,
        /// The root that was signed.
        said: super::Hash,
    },
    /// A change of a key that is not the one in force.
    #[error("the record replaces the key {old}, which is not the one in force")]
    Rotation {
        /// The key that it says it replaces.
        old: String,
    },
    /// A change of a key that the old key did not sign.
    #[error(
        "no kept checkpoint that covers the record is signed by the key it replaces; anyone who can write the file may have added {new}"
    )]
    Unendorsed {
        /// The new key.
        new: String,
    },
    /// A redaction that does not fit.
    #[error("record {seq} {reason}")]
    Redaction {
        /// The record that the redaction names.
        seq: u64,
        /// What does not fit.
        reason: &'static str,
    },
    /// A payload that is not what was committed to.
    #[error("the file {reason}")]
    Payload {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A payload that is gone without a redaction.
    #[error("the payload of record {seq} is gone, and no redaction says so")]
    PayloadMissing {
        /// The record.
        seq: u64,
    },
    /// A list of segments that does not fit.
    #[error("{file:?} {reason}")]
    Sums {
        /// The name in the list.
        file: String,
        /// What does not fit.
        reason: &'static str,
    },
}

impl AuditError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Hash { .. } => "audit.hash",
            Self::Name { .. } => "audit.name",
            Self::Kind { .. } => "audit.kind",
            Self::Actor { .. } => "audit.actor",
            Self::Body { .. } => "audit.body",
            Self::TooLong { .. } => "audit.too_long",
            Self::Full { .. } => "audit.full",
            Self::Frontier { .. } => "audit.frontier",
            Self::NotCanonical { .. } => "audit.not_canonical",
            Self::Member { .. } => "audit.member",
            Self::BodyHash { .. } => "audit.body_hash",
            Self::Range { .. } => "audit.range",
            Self::Subtree { .. } => "audit.subtree",
            Self::Proof { .. } => "audit.proof",
            Self::Key { .. } => "audit.key",
            Self::Note { .. } => "audit.note",
            Self::Signature { .. } => "audit.signature",
            Self::Unsigned { .. } => "audit.unsigned",
            Self::Checkpoint { .. } => "audit.checkpoint",
            Self::Origin { .. } => "audit.origin",
            Self::TlogProof { .. } => "audit.tlog_proof",
            Self::Prev { .. } => "audit.prev",
            Self::Seq { .. } => "audit.seq",
            Self::Log { .. } => "audit.log",
            Self::Torn { .. } => "audit.torn",
            Self::Segment { .. } => "audit.segment",
            Self::Truncated { .. } => "audit.truncated",
            Self::Root { .. } => "audit.root",
            Self::Rotation { .. } => "audit.rotation",
            Self::Unendorsed { .. } => "audit.unendorsed",
            Self::Redaction { .. } => "audit.redaction",
            Self::Payload { .. } => "audit.payload",
            Self::PayloadMissing { .. } => "audit.payload_missing",
            Self::Sums { .. } => "audit.sums",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Hash { .. }
            | Self::Name { .. }
            | Self::Kind { .. }
            | Self::Actor { .. }
            | Self::Body { .. }
            | Self::TooLong { .. }
            | Self::Full { .. }
            | Self::Range { .. }
            | Self::Key { .. }
            | Self::Note { .. }
            | Self::Checkpoint { .. }
            | Self::TlogProof { .. } => Kind::Invalid,
            Self::Subtree { .. } | Self::Unsigned { .. } | Self::PayloadMissing { .. } => Kind::Missing,
            Self::Origin { .. } | Self::Log { .. } | Self::Redaction { .. } => Kind::Conflict,
            Self::Frontier { .. }
            | Self::NotCanonical { .. }
            | Self::Member { .. }
            | Self::BodyHash { .. }
            | Self::Proof { .. }
            | Self::Signature { .. }
            | Self::Prev { .. }
            | Self::Seq { .. }
            | Self::Torn { .. }
            | Self::Segment { .. }
            | Self::Truncated { .. }
            | Self::Root { .. }
            | Self::Rotation { .. }
            | Self::Unendorsed { .. }
            | Self::Payload { .. }
            | Self::Sums { .. } => Kind::Corrupt,
        }
    }
}
