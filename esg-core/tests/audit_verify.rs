//! The whole log: what is found, where, and what cannot be found without a checkpoint.

use esg_core::audit::{
    Chain, Checkpoint, Finding, Hash, LogName, Options, Place, RecordKind, SEGMENT_LINES, SignerKey, Verdict,
    Verifier, VerifierKey, commit, detached_body, payload_file, verify,
};
use proptest::prelude::*;

const LOG: &str = "example.org/log";
const ACCEPTED: RecordKind = RecordKind::TelemetryAccepted;

fn name() -> LogName {
    LOG.parse().unwrap()
}

fn key(seed: u8) -> SignerKey {
    SignerKey::from_seed(LOG, &[seed; 32]).unwrap()
}

/// A log under construction, with its checkpoints.
struct Log {
    chain: Chain,
    text: Vec<u8>,
}

impl Log {
    fn new() -> Self {
        Self { chain: Chain::new(name()), text: Vec::new() }
    }

    fn of(lines: usize) -> Self {
        let mut log = Self::new();
        (0..lines).for_each(|i| log.event(i));
        log
    }

    fn add(&mut self, kind: RecordKind, body: &[u8]) {
        let time = esg_core::time::Instant::from_epoch_ms(self.chain.size() as i64 * 1250).unwrap();
        self.chain.append(kind, "meter", time, body, &mut self.text).unwrap();
    }

    fn event(&mut self, i: usize) {
        self.add(ACCEPTED, format!(r#"{{"event":{{"metrics":[],"n":{i}}},"tenant":"t"}}"#).as_bytes());
    }

    fn checkpoint(&self, key: &SignerKey) -> String {
        let checkpoint = Checkpoint::new(&name(), self.chain.size(), self.chain.root());
        checkpoint.sign(key).unwrap().to_string()
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        self.text.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect()
    }
}

fn check(text: &[u8], notes: &[&str]) -> Verdict {
    let (name, key) = (name(), key(1));
    verify([text], Options::new(&name).key(key.verifier()).checkpoints(notes))
}

/// Codes of the findings, with the first line of each.
fn codes(verdict: &Verdict) -> Vec<(&'static str, Option<u64>)> {
    verdict.findings.iter().map(|finding| (finding.error.code(), finding.line())).collect()
}

#[test]
fn a_whole_log_has_no_findings_and_the_root_of_its_writer() {
    let mut log = Log::new();
    let mut notes = vec![log.checkpoint(&key(1))];
    for i in 0..300 {
        log.event(i);
        if [1, 7, 128, 299].contains(&i) {
            notes.push(log.checkpoint(&key(1)));
        }
    }
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let verdict = check(&log.text, &notes);
    assert_eq!(verdict.findings, []);
    assert!(verdict.is_clean());
    assert_eq!((verdict.size, verdict.root, verdict.last), (300, log.chain.root(), log.chain.prev()));
    assert_eq!((verdict.vouched, verdict.first_line()), (300, None));
    let empty = check(b"", &notes[..1]);
    assert_eq!((empty.is_clean(), empty.size, empty.root), (true, 0, Hash::of(b"")));
}

/// A thousand lines, checked up to any of them: a copy of the check goes on with other lines than those that came next.
struct Prefixes<'a> {
    lines: Vec<Vec<u8>>,
    checks: Vec<Verifier<'a>>,
}

impl<'a> Prefixes<'a> {
    fn new(log: &Log, options: Options<'a>) -> Self {
        let lines = log.lines();
        let mut check = Verifier::new(options);
        let mut checks = vec![check.clone()];
        for line in &lines {
            check.segment(line);
            checks.push(check.clone());
        }
        Self { lines, checks }
    }

    /// What is found when `next` comes behind the first `at` lines. Lines come as segments of their own here, which is a
    /// finding as well, and not the one that is looked for.
    fn then(&self, at: usize, next: &[u8]) -> Vec<(&'static str, Option<u64>)> {
        let mut check = self.checks[at].clone();
        check.segment(next);
        let found = codes(&check.finish());
        found.into_iter().filter(|(code, _)| *code != "audit.segment").collect()
    }
}

#[test]
fn every_deletion_swap_and_duplication_of_a_thousand_lines_is_found_at_its_line() {
    let (log, name) = (Log::of(1000), name());
    let prefixes = Prefixes::new(&log, Options::new(&name));
    let lines = &prefixes.lines;
    for at in 0..1000 {
        let (line, end) = (at as u64, 1000.min(at + 4));
        let without = prefixes.then(at, &lines[at + 1..end.max(at + 1)].concat());
        // The last one is a tail that was cut off: nothing in the log says so.
        let want: &[_] = if at == 999 { &[] } else { &[("audit.seq", Some(line))] };
        assert_eq!(without, want, "without line {at}");
        let twice = prefixes.then(at, &[&lines[at..=at], &lines[at..end]].concat().concat());
        assert_eq!(twice, [("audit.seq", Some(line + 1))], "line {at} twice");
        for other in [at + 1, at + 2, at + 500].into_iter().filter(|&other| other < 1000) {
            let mut swapped = lines[at..=other].to_vec();
            let last = swapped.len() - 1;
            swapped.swap(0, last);
            let found = prefixes.then(at, &swapped[..last.min(3) + 1].concat());
            assert_eq!(found[0], ("audit.seq", Some(line)), "lines {at} and {other} swapped");
        }
    }
}

/// Flips bits of line `at` and checks it with the lines behind it that can tell.
fn flips_are_found(prefixes: &Prefixes<'_>, at: usize, bits: impl Iterator<Item = usize>) {
    let end = prefixes.lines.len().min(at + 3);
    let mut text = prefixes.lines[at..end].concat();
    for bit in bits {
        text[bit / 8] ^= 1 << (bit % 8);
        let found = prefixes.then(at, &text);
        let first = found.iter().filter_map(|(_, line)| *line).min();
        assert_eq!(first, Some(at as u64), "bit {bit} of line {at}: {found:?}");
        text[bit / 8] ^= 1 << (bit % 8);
    }
}

/// Of the last two lines the chain cannot tell all; checkpoints around them can.
fn flips_of_lines(lines: impl Iterator<Item = usize>, step: usize) {
    let (log, name, key) = (Log::of(1000), name(), key(1));
    let notes = [998, 999, 1000].map(|size| Log::of(size).checkpoint(&key));
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let alone = Prefixes::new(&log, Options::new(&name));
    let kept = Prefixes::new(&log, Options::new(&name).key(key.verifier()).checkpoints(&notes));
    for at in lines {
        let prefixes = if at < 998 { &alone } else { &kept };
        flips_are_found(prefixes, at, (at % step..alone.lines[at].len() * 8).step_by(step));
    }
}

#[test]
fn single_bit_flips_are_found_at_their_line() {
    // Every bit of the first and the last lines, LF and all; of the others one in 499, each beginning elsewhere.
    flips_of_lines([0, 1, 997, 998, 999].into_iter(), 1);
    flips_of_lines(0..1000, 499);
}

/// All three million of them: a minute of a release build.
#[test]
#[ignore = "long in a debug build: cargo test --release -p esg-core --test audit_verify -- --ignored"]
fn every_single_bit_flip_of_a_thousand_lines_is_found_at_its_line() {
    flips_of_lines(0..1000, 1);
}

#[test]
fn a_bit_flip_in_a_long_log_is_found_at_its_line() {
    let log = Log::of(1000);
    let text = &log.text;
    // Bits spread over the log by a step that shares no divisor with a line's length.
    for bit in (0..text.len() * 8).step_by(49_999) {
        let mut changed = text.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let want = text[..bit / 8].iter().filter(|&&b| b == b'\n').count() as u64;
        let verdict = check(&changed, &[]);
        assert_eq!(verdict.first_line(), Some(want), "bit {bit}: {:?}", verdict.findings);
    }
}

#[test]
fn a_cut_tail_shows_only_against_a_checkpoint() {
    let mut log = Log::of(900);
    let old = log.checkpoint(&key(1));
    (900..1000).for_each(|i| log.event(i));
    let new = log.checkpoint(&key(1));
    let lines = log.lines();
    for cut in [0, 1, 450, 899, 900, 901, 999] {
        let text = lines[..cut].concat();
        assert_eq!(codes(&check(&text, &[])), [], "nothing in {cut} lines says that there were more");
        let short = check(&text, &[&new]);
        assert_eq!(codes(&short), [("audit.truncated", None)], "{cut}");
        assert_eq!((short.findings[0].place, short.vouched), (Place::Checkpoint(0), 0));
        // An older checkpoint shows what was cut below its size, and no more.
        let against_old = check(&text, &[&old]);
        assert_eq!(against_old.is_clean(), cut >= 900, "{cut}");
        assert_eq!(against_old.vouched, if cut >= 900 { 900 } else { 0 });
    }
}

#[test]
fn a_history_written_anew_shows_only_against_a_checkpoint() {
    let mut log = Log::of(40);
    let early = log.checkpoint(&key(1));
    (40..100).for_each(|i| log.event(i));
    let late = log.checkpoint(&key(1));
    let mut forged = Log::of(60);
    (60..100).for_each(|_| forged.event(0));
    assert_eq!(codes(&check(&forged.text, &[])), []);
    let verdict = check(&forged.text, &[&late, &early]);
    // The first 40 lines are vouched for; the change is between there and the end.
    assert_eq!((codes(&verdict), verdict.vouched), (vec![("audit.root", Some(40))], 40));
    assert_eq!(verdict.findings[0].place, Place::Lines { first: 40, last: 99 });
    assert!(verdict.findings[0].to_string().starts_with("one or more of the lines 40 to 99: "));
}

#[test]
fn the_last_link_is_doubtful_until_a_checkpoint_decides() {
    let log = Log::of(10);
    let before = {
        let short = Log::of(9);
        short.checkpoint(&key(1))
    };
    let mut lines = log.lines();
    let prev = String::from_utf8(lines[9].clone()).unwrap();
    let said = log.lines()[8].clone();
    let hash = Hash::of(&said[..said.len() - 1]).to_string();
    lines[9] = prev.replace(&hash, &Hash::ZERO.to_string()).into_bytes();
    let places =
        |notes: &[&str]| check(&lines.concat(), notes).findings.iter().map(|f| f.place).collect::<Vec<_>>();
    assert_eq!(places(&[]), [Place::Lines { first: 8, last: 9 }]);
    assert_eq!(places(&[&before]), [Place::Line(9)]);
}

#[test]
fn one_fault_does_not_hide_another() {
    let log = Log::of(50);
    let mut lines = log.lines();
    let edit = |line: &mut Vec<u8>, from: &str, to: &str| {
        let text = String::from_utf8(line.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        *line = text.replacen(from, to, 1).into_bytes();
    };
    edit(&mut lines[5], "\"n\":5", "\"n\":6");
    edit(&mut lines[20], "\"v\":1", "\"v\":2");
    edit(&mut lines[30], "meter", "motor");
    edit(&mut lines[40], "example.org/log", "example.org/lag");
    edit(&mut lines[45], "\"seq\":45", "\"seq\":54");
    let verdict = check(&lines.concat(), &[]);
    assert_eq!(
        codes(&verdict),
        [
            ("audit.body_hash", Some(5)),
            ("audit.member", Some(20)),
            ("audit.prev", Some(30)),
            ("audit.log", Some(40)),
            ("audit.seq", Some(45)),
        ]
    );
    assert!(verdict.findings[0].to_string().starts_with("line 5: the body's SHA-256 is "));
}

#[test]
fn a_torn_tail_and_foreign_checkpoints_are_named() {
    let log = Log::of(4);
    let note = log.checkpoint(&key(1));
    let torn = check(&log.text[..log.text.len() - 1], &[&note]);
    assert_eq!(codes(&torn), [("audit.torn", Some(3)), ("audit.truncated", None)]);

    let foreign =
        Checkpoint::new(&"example.org/other".parse().unwrap(), 4, log.chain.root()).sign(&key(1)).unwrap();
    let stranger = log.checkpoint(&key(9));
    let forged = note.replacen("\n4\n", "\n3\n", 1);
    let unreadable = note.replacen("\n4\n", "\n04\n", 1);
    let notes = [&foreign.to_string(), stranger.as_str(), "no note", &unreadable, &forged];
    let got: Vec<(Place, &str)> =
        check(&log.text, &notes).findings.iter().map(|f: &Finding| (f.place, f.error.code())).collect();
    assert_eq!(
        got,
        [
            (Place::Lines { first: 0, last: 2 }, "audit.root"),
            (Place::Checkpoint(0), "audit.origin"),
            (Place::Checkpoint(2), "audit.note"),
            (Place::Checkpoint(3), "audit.checkpoint"),
            (Place::Checkpoint(4), "audit.signature"),
            (Place::Checkpoint(1), "audit.unsigned"),
        ]
    );
    // Without a key, roots are compared all the same.
    let name = name();
    let verdict = verify([&log.text], Options::new(&name).checkpoints(&notes[1..2]));
    assert!(verdict.is_clean());
}

fn rotate(log: &mut Log, old: &VerifierKey, new: &VerifierKey) {
    log.add(RecordKind::KeyRotated, format!(r#"{{"new":"{new}","old":"{old}"}}"#).as_bytes());
}

#[test]
fn checkpoints_are_of_the_key_in_force_at_their_size() {
    let (one, two, three) = (key(1), key(2), key(3));
    let mut log = Log::of(3);
    let by_old = log.checkpoint(&one);
    let too_early = log.checkpoint(&two);
    rotate(&mut log, one.verifier(), two.verifier());
    let by_new = log.checkpoint(&two);
    let too_late = log.checkpoint(&one);
    let checkpoint = Checkpoint::new(&name(), log.chain.size(), log.chain.root());
    let by_both = format!("{}{}\n", by_new, too_late.lines().last().unwrap());
    assert_eq!(by_both.lines().next(), Some(checkpoint.origin()));

    let good = check(&log.text, &[&by_old, &by_new]);
    assert_eq!(codes(&good), [("audit.unendorsed", Some(3))]);
    assert_eq!((good.rotations[0].seq, good.rotations[0].vouched), (3, false));
    assert_eq!(good.rotations[0].new, *two.verifier());
    let endorsed = check(&log.text, &[&by_old, &by_both]);
    assert!(endorsed.is_clean() && endorsed.rotations[0].vouched);
    for wrong in [&too_early, &too_late] {
        assert_eq!(codes(&check(&log.text, &[&by_both, wrong])), [("audit.unsigned", None)]);
    }
    rotate(&mut log, one.verifier(), three.verifier());
    assert_eq!(
        codes(&check(&log.text, &[&by_both])),
        [("audit.rotation", Some(4)), ("audit.unendorsed", Some(4))]
    );
    log.add(RecordKind::KeyRotated, br#"{"new":"no key","old":"no key"}"#);
    log.add(RecordKind::KeyRotated, b"{}");
    let verdict = check(&log.text, &[&by_both]);
    assert_eq!(codes(&verdict)[2..], [("audit.key", Some(5)), ("audit.member", Some(6))]);
}

#[test]
fn a_payload_is_there_or_redacted() {
    let (salt, payload) = ([5; 32], br#"{"event":{"source_id":"meter-1"}}"#.as_slice());
    let commitment = commit(&salt, payload);
    let file = payload_file(&salt, payload);
    let mut log = Log::of(1);
    log.add(ACCEPTED, &detached_body(&commitment, "t \"1\""));
    log.add(RecordKind::Correction, &detached_body(&commitment, "t"));
    let name = name();
    let with = |log: &Log, files: &[(u64, &[u8])]| {
        let find = |seq| files.iter().find(|(n, _)| *n == seq).map(|(_, bytes)| bytes.to_vec());
        verify([&log.text], Options::new(&name).payloads(&find))
    };
    let good = with(&log, &[(1, &file), (2, &file)]);
    assert_eq!((codes(&good), good.detached, good.redacted), (vec![], 2, 0));
    let gone = with(&log, &[(1, &file)]);
    assert_eq!(
        (gone.findings[0].error.code(), gone.findings[0].place),
        ("audit.payload_missing", Place::Payload(2))
    );
    for wrong in [
        payload_file(&[6; 32], payload),
        payload_file(&salt, br#"{"event":{"source_id":"meter-2"}}"#),
        payload_file(&salt, br#"{ "event":{}}"#),
        payload_file(&salt, b"[]"),
        file[..file.len() - 1].to_vec(),
        b"{}\n".to_vec(),
        Vec::new(),
    ] {
        assert_eq!(codes(&with(&log, &[(1, &wrong), (2, &file)])), [("audit.payload", None)]);
    }

    log.add(RecordKind::Redaction, br#"{"reason":"erasure","seq":2}"#);
    let redacted = with(&log, &[(1, &file)]);
    assert_eq!((codes(&redacted), redacted.detached, redacted.redacted), (vec![], 2, 1));
    assert_eq!(codes(&with(&log, &[(1, &file), (2, &file)])), [("audit.redaction", None)]);
    // Not twice, not of a record that has its body, not of one to come, and with a number.
    for body in [r#"{"seq":2}"#, r#"{"seq":0}"#, r#"{"seq":9}"#] {
        log.add(RecordKind::Redaction, body.as_bytes());
    }
    log.add(RecordKind::Redaction, b"{}");
    log.add(ACCEPTED, br#"{"commitment":"ab"}"#);
    let verdict = with(&log, &[(1, &file)]);
    let redaction = |line| ("audit.redaction", Some(line));
    let member = |line| ("audit.member", Some(line));
    assert_eq!(codes(&verdict), [redaction(4), redaction(5), redaction(6), member(7), member(8)]);
}

#[test]
fn segments_have_their_length_and_their_hash() {
    let log = Log::of(SEGMENT_LINES as usize + 2);
    let lines = log.lines();
    let (first, second) =
        (lines[..SEGMENT_LINES as usize].concat(), lines[SEGMENT_LINES as usize..].concat());
    let (name, sums) = (name(), format!("{}  log/00000000.jsonl\n", Hash::of(&first)));
    let with = |segments: &[&[u8]], sums: &str| {
        let verdict = verify(segments, Options::new(&name).sums(sums));
        verdict.findings.iter().map(|f| (f.error.code(), f.place)).collect::<Vec<_>>()
    };
    let good = verify([&first, &second], Options::new(&name).sums(&sums));
    assert_eq!((codes(&good), good.root), (vec![], log.chain.root()));
    assert_eq!(with(&[&first, &second], ""), [("audit.sums", Place::Segment(0))]);
    assert_eq!(
        with(&[&first, &second], &sums.replace("  ", " ")),
        [("audit.sums", Place::Sums), ("audit.sums", Place::Segment(0))]
    );
    assert_eq!(with(&[&first, &second], &format!("{sums}{sums}")), [("audit.sums", Place::Sums)]);
    let more = format!("{sums}{}  log/00000007.jsonl\n", Hash::ZERO);
    assert_eq!(with(&[&first, &second], &more), [("audit.sums", Place::Sums)]);
    let other = format!("{}  log/00000000.jsonl\n", Hash::ZERO);
    assert_eq!(with(&[&first, &second], &other), [("audit.sums", Place::Segment(0))]);
    // The same lines, cut one line too early.
    let (short, long) =
        (lines[..SEGMENT_LINES as usize - 1].concat(), lines[SEGMENT_LINES as usize - 1..].concat());
    assert_eq!(codes(&verify([&short, &long], Options::new(&name))), [("audit.segment", None)]);
}

#[test]
fn findings_are_listed_up_to_a_limit_and_counted_beyond() {
    let text = "x\n".repeat(1500);
    let verdict = check(text.as_bytes(), &[]);
    assert_eq!((verdict.findings.len(), verdict.unlisted), (1000, 500));
    assert!(verdict.findings.iter().all(|f| f.error.code() == "audit.not_canonical"));
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_verdict(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let verdict = check(&bytes, &[]);
        prop_assert!(verdict.is_clean() == bytes.is_empty());
    }

    #[test]
    fn any_cut_into_segments_has_the_same_root(cuts in proptest::collection::vec(0usize..40, 0..4)) {
        let log = Log::of(40);
        let lines = log.lines();
        let mut cuts = cuts;
        cuts.extend([0, 40]);
        cuts.sort_unstable();
        let segments: Vec<Vec<u8>> = cuts.windows(2).map(|c| lines[c[0]..c[1]].concat()).collect();
        let name = name();
        let verdict = verify(&segments, Options::new(&name));
        prop_assert_eq!((verdict.size, verdict.root), (40, log.chain.root()));
        prop_assert!(verdict.findings.iter().all(|f| f.error.code() == "audit.segment"));
    }
}
