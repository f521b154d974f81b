//! What can be done to a log, as a thief or a bad disk would do it.

use crate::chance::{Chance, Log, log};
use esg_core::audit::SignerKey;

/// Does something to a log, or nothing, and says what.
pub fn tamper(log_: &mut Log, chance: &mut Chance) -> &'static str {
    let lines = log_.lines.len();
    match chance.below(16) {
        3 | 4 if lines > 0 => flip(&mut log_.lines[chance.below(lines)], chance, "a bit of a line"),
        5 if lines > 0 => {
            log_.lines.remove(chance.below(lines));
            "a line is gone"
        }
        6 if lines > 1 => {
            let at = chance.below(lines - 1);
            log_.lines.swap(at, at + 1);
            "two lines are swapped"
        }
        7 if lines > 0 => {
            let copy = log_.lines[chance.below(lines)].clone();
            log_.lines.insert(chance.below(lines + 1), copy);
            "a line is doubled"
        }
        8 | 9 if lines > 0 => cut(log_, chance),
        10 => {
            log_.key = SignerKey::from_seed(log_.name.as_str(), &chance.seed()).unwrap().verifier().clone();
            "another key"
        }
        11 if !log_.payloads.is_empty() => {
            let seqs: Vec<u64> = log_.payloads.keys().copied().collect();
            log_.payloads.remove(&seqs[chance.below(seqs.len())]);
            "a payload is gone"
        }
        12 if !log_.payloads.is_empty() => {
            let seqs: Vec<u64> = log_.payloads.keys().copied().collect();
            let file = log_.payloads.get_mut(&seqs[chance.below(seqs.len())]).unwrap();
            flip(file, chance, "a bit of a payload")
        }
        13 => note(log_, chance),
        14 => {
            let kept = log_.notes.values().last().unwrap().clone();
            *log_ = Log { kept: vec![kept], ..log(chance) };
            "another log, and a checkpoint of the first was kept"
        }
        15 if lines > 0 => {
            let at = chance.below(lines);
            let text = String::from_utf8(log_.lines[at].clone()).unwrap();
            log_.lines[at] = text.replacen("T0", "T1", 1).into_bytes();
            "the time of a record, perhaps"
        }
        _ => "nothing",
    }
}

fn flip(bytes: &mut [u8], chance: &mut Chance, what: &'static str) -> &'static str {
    let at = chance.below(bytes.len());
    bytes[at] ^= 1 << chance.below(8);
    what
}

/// Cuts the tail and the checkpoints of it; half of the auditors had kept one.
fn cut(log: &mut Log, chance: &mut Chance) -> &'static str {
    let left = chance.below(log.lines.len());
    let newest = log.notes.values().last().unwrap().clone();
    log.lines.truncate(left);
    log.notes.retain(|size, _| *size <= left as u64);
    log.payloads.retain(|seq, _| *seq < left as u64);
    if chance.below(2) == 0 {
        return "the tail is cut";
    }
    log.kept.push(newest);
    "the tail is cut, and a checkpoint of it was kept"
}

/// Flips a bit in a checkpoint, up to the end of its first signature.
fn note(log: &mut Log, chance: &mut Chance) -> &'static str {
    let sizes: Vec<u64> = log.notes.keys().copied().collect();
    let text = log.notes.get_mut(&sizes[chance.below(sizes.len())]).unwrap();
    let start = text.find("\n\n").unwrap() + 2;
    let end = start + text[start..].find('\n').unwrap();
    let mut bytes = std::mem::take(text).into_bytes();
    // The high bit stays: the reader of the Rust side takes text, and what is not UTF-8 never gets that far.
    let at = loop {
        let at = chance.below(end);
        if bytes[at].is_ascii() {
            break at;
        }
    };
    bytes[at] ^= 1 << chance.below(7);
    *text = String::from_utf8(bytes).unwrap();
    "a bit of a checkpoint"
}
