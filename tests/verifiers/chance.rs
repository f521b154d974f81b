//! Logs at random, as the Rust writer writes them.

use std::collections::BTreeMap;

use esg_core::audit::{
    Chain, Checkpoint, LogName, RecordKind, SignedNote, SignerKey, VerifierKey, commit, detached_body,
    payload_file,
};
use esg_core::canonical;
use serde_json::{Value, json};

/// Texts that a writer of JSON may get wrong: escapes, planes beyond the first, names whose order differs in UTF-16.
const TEXTS: &[&str] = &[
    "meter-1",
    "Łódź",
    "a \"quoted\" \\ text/",
    "\u{1}\t\n\r\u{8}\u{c}\u{1f}",
    "\u{7f}\u{85}\u{2028}",
    "\u{1f600}",
    "\u{fb33}",
    "e\u{301}",
    "\u{feff}",
];

/// SplitMix64: small, and the same on every platform, so that a log that fails can be made again from its number.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    pub fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    pub fn seed(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| self.below(256) as u8)
    }
}

/// A log and what lies beside it, before it is put into a folder.
#[derive(Clone)]
pub struct Log {
    pub name: LogName,
    /// Without their ends.
    pub lines: Vec<Vec<u8>>,
    pub notes: BTreeMap<u64, String>,
    pub payloads: BTreeMap<u64, Vec<u8>>,
    /// The key that the auditor has.
    pub key: VerifierKey,
    /// Checkpoints that the auditor kept.
    pub kept: Vec<String>,
}

impl Log {
    pub fn segment(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect()
    }
}

struct Writer {
    chain: Chain,
    log: Log,
    key: SignerKey,
    /// The key before, when its word for the new one is still to be given.
    old: Option<SignerKey>,
}

/// Writes a log with up to 25 records of every kind that other records depend on.
pub fn log(chance: &mut Chance) -> Log {
    let name: LogName = chance.pick(&["plant.example/log", "Werk-Łódź", "a"]).parse().unwrap();
    let key = SignerKey::from_seed(name.as_str(), &chance.seed()).unwrap();
    let (lines, notes, payloads) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    let log =
        Log { name: name.clone(), lines, notes, payloads, key: key.verifier().clone(), kept: Vec::new() };
    let mut writer = Writer { chain: Chain::new(name), log, key, old: None };
    writer.checkpoint(chance);
    for _ in 0..chance.below(26) {
        match chance.below(10) {
            0 => writer.detached(chance),
            1 => writer.redaction(chance),
            2 if chance.below(3) == 0 => writer.rotation(chance),
            3 => writer.checkpoint(chance),
            4 => writer.append(
                RecordKind::PeriodClosed,
                &json!({"end": "2024-03-31", "start": "2024-01-01"}),
                chance,
            ),
            _ => writer.append(RecordKind::TelemetryAccepted, &event(chance), chance),
        }
    }
    writer.checkpoint(chance);
    writer.log
}

fn event(chance: &mut Chance) -> Value {
    let mut tags = serde_json::Map::new();
    for _ in 0..chance.below(4) {
        tags.insert(chance.pick(TEXTS).to_owned(), chance.pick(TEXTS).into());
    }
    let value = format!("{}.{}", chance.below(5000), 1 + chance.below(9));
    json!({"event": {
        "external_event_id": chance.below(1 << 40).to_string(), "source_id": chance.pick(TEXTS), "tags": tags,
        "metrics": [{"name": "energy_kwh", "unit": "kWh", "value": value}], "count": chance.below(1 << 53),
        "timestamp": "2024-03-15T14:30:00Z", "vertical": "ai_data_center"}, "tenant": "t"})
}

impl Writer {
    fn append(&mut self, kind: RecordKind, body: &Value, chance: &mut Chance) {
        self.append_bytes(kind, &canonical::from_value(body).unwrap(), chance);
    }

    fn append_bytes(&mut self, kind: RecordKind, body: &[u8], chance: &mut Chance) {
        let ms = chance.pick(&["", ".001", ".25", ".999"]);
        let time = format!("2024-02-29T{:02}:{:02}:59{ms}Z", chance.below(24), chance.below(60));
        let mut out = Vec::new();
        self.chain.append(kind, chance.pick(TEXTS), time.parse().unwrap(), body, &mut out).unwrap();
        assert_eq!(out.pop(), Some(b'\n'));
        self.log.lines.push(out);
    }

    fn detached(&mut self, chance: &mut Chance) {
        let payload = canonical::from_value(&event(chance)).unwrap();
        let salt = chance.seed();
        self.log.payloads.insert(self.chain.size(), payload_file(&salt, &payload));
        let body = detached_body(&commit(&salt, &payload), "t");
        self.append_bytes(RecordKind::TelemetryAccepted, &body, chance);
    }

    fn redaction(&mut self, chance: &mut Chance) {
        let seqs: Vec<u64> = self.log.payloads.keys().copied().collect();
        if !seqs.is_empty() {
            let seq = seqs[chance.below(seqs.len())];
            self.log.payloads.remove(&seq);
            self.append(RecordKind::Redaction, &json!({"reason": chance.pick(TEXTS), "seq": seq}), chance);
        }
    }

    fn rotation(&mut self, chance: &mut Chance) {
        let new = SignerKey::from_seed(self.log.name.as_str(), &chance.seed()).unwrap();
        let body = json!({"new": new.verifier().to_string(), "old": self.key.verifier().to_string()});
        self.append(RecordKind::KeyRotated, &body, chance);
        self.old = Some(std::mem::replace(&mut self.key, new));
    }

    /// Signs; three times out of four the key before signs a change of the key in.
    fn checkpoint(&mut self, chance: &mut Chance) {
        let size = self.chain.size();
        if self.log.notes.contains_key(&size) {
            return;
        }
        let old = self.old.take().filter(|_| chance.below(4) > 0);
        let keys: Vec<&SignerKey> = [&self.key].into_iter().chain(&old).collect();
        let text = Checkpoint::new(&self.log.name, size, self.chain.root()).to_string();
        self.log.notes.insert(size, SignedNote::sign(&text, &keys).unwrap().to_string());
    }
}
