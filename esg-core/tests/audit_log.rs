//! Writing and reading the lines of the audit log.

use std::str::FromStr;

use esg_core::audit::{AuditError, Chain, Frontier, Hash, LogName, MAX_LINE, MAX_SIZE, Record, RecordKind};
use esg_core::canonical;
use esg_core::time::Instant;
use proptest::prelude::*;

const KIND: RecordKind = RecordKind::TelemetryAccepted;

fn name() -> LogName {
    "example.org/log".parse().unwrap()
}

fn time() -> Instant {
    "2024-03-15T14:30:00.250Z".parse().unwrap()
}

fn chain() -> Chain {
    Chain::new(name())
}

/// A line with these members instead of the right ones.
fn line(changes: &[(&str, serde_json::Value)]) -> Vec<u8> {
    let body = serde_json::json!({"kwh": "12.5"});
    let mut members = serde_json::json!({
        "actor": "meter", "body": body, "hash": Hash::of(br#"{"kwh":"12.5"}"#), "kind": "correction",
        "log": "example.org/log", "prev": Hash::ZERO, "seq": 0, "time": "2024-03-15T14:30:00Z", "v": 1,
    });
    for (member, value) in changes {
        members[*member] = value.clone();
    }
    canonical::from_value(&members).unwrap()
}

fn code(line: &[u8]) -> &'static str {
    Record::parse(line).map_or_else(|e| e.code(), |_| "read")
}

#[test]
fn a_line_is_the_canonical_json_of_the_agreed_members() {
    let mut out = b"before\n".to_vec();
    let body = br#"{"kwh":"12.5","note":"a \"b\""}"#;
    let entry = chain().append(KIND, "Zoë \"Z\"", time(), body, &mut out).unwrap();
    // The members in their order, written by hand; the hash is `printf '%s' BODY | sha256sum`.
    let want = concat!(
        r#"{"actor":"Zoë \"Z\"","body":{"kwh":"12.5","note":"a \"b\""},"#,
        r#""hash":"eb9c2e80cb2747ef1e820e0910c2cca53acafc87e88dd6d1615328873a94f704","#,
        r#""kind":"telemetry.accepted","log":"example.org/log","#,
        r#""prev":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""seq":0,"time":"2024-03-15T14:30:00.250Z","v":1}"#
    );
    assert_eq!(std::str::from_utf8(&out).unwrap(), format!("before\n{want}\n"));
    assert_eq!(entry.leaf, Hash::of(&[b"\0", want.as_bytes()].concat()));
}

#[test]
fn a_line_is_read_as_it_was_written() {
    let (mut chain, mut out) = (chain(), Vec::new());
    for (i, kind) in RecordKind::ALL.iter().enumerate() {
        assert_eq!(RecordKind::from_str(kind.as_str()).unwrap(), *kind);
        let (start, prev) = (out.len(), chain.prev());
        chain.append(*kind, "a\nb", time(), br#"{"n":1.5}"#, &mut out).unwrap();
        let line = &out[start..out.len() - 1];
        let record = Record::parse(line).unwrap();
        assert_eq!((record.seq(), record.kind(), record.time()), (i as u64, *kind, time()));
        assert_eq!(
            (record.actor(), record.log(), record.body()),
            ("a\nb", name().as_str(), &b"{\"n\":1.5}"[..])
        );
        assert_eq!((record.prev(), record.hash()), (prev, Hash::of(br#"{"n":1.5}"#)));
        assert_eq!(&record.line()[record.body_range()], record.body());
        assert_eq!(chain.prev(), Hash::of(line));
    }
}

#[test]
fn what_cannot_be_a_line_is_refused_and_changes_nothing() {
    let refused = |kind: &str, actor: &str, body: &[u8]| {
        let (mut chain, mut out) = (chain(), b"kept".to_vec());
        let error = chain.append(kind.parse().unwrap(), actor, time(), body, &mut out).unwrap_err();
        assert_eq!((chain.size(), chain.prev(), out.as_slice()), (0, Hash::ZERO, &b"kept"[..]));
        chain.append(KIND, "next", time(), b"{}", &mut out).unwrap();
        assert_eq!(code(&out[4..out.len() - 1]), "read");
        error.code()
    };
    assert_eq!(refused("correction", "", b"{}"), "audit.actor");
    assert_eq!(refused("correction", &"é".repeat(201), b"{}"), "audit.actor");
    assert_eq!(refused("correction", "meter", b"[]"), "audit.body");
    assert_eq!("made.up".parse::<RecordKind>().unwrap_err().code(), "audit.kind");
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_LINE));
    assert_eq!(refused("correction", "meter", long.as_bytes()), "audit.too_long");
    #[cfg(debug_assertions)]
    for body in [&b"{ }"[..], br#"{"b":1,"a":1}"#, br#"{"a":1,"a":1}"#, b"{\"a\":\"\xff\"}"] {
        assert_eq!(refused("correction", "meter", body), "audit.body");
    }
}

#[test]
fn the_longest_line_is_written_and_read_and_one_more_byte_refused() {
    let with = |length: usize, out: &mut Vec<u8>| {
        let body = format!(r#"{{"a":"{}"}}"#, "x".repeat(length));
        chain().append(KIND, &"é".repeat(200), time(), body.as_bytes(), out)
    };
    let (mut short, mut longest) = (Vec::new(), Vec::new());
    with(0, &mut short).unwrap();
    let room = MAX_LINE - short.len();
    with(room, &mut longest).unwrap();
    assert_eq!((longest.len(), code(&longest[..MAX_LINE - 1])), (MAX_LINE, "read"));
    assert_eq!(with(room + 1, &mut short).unwrap_err(), AuditError::TooLong { bytes: MAX_LINE + 1 });
    assert_eq!(code(&[&longest[..], b"}"].concat()), "audit.too_long");
}

#[test]
fn a_log_counts_no_further_than_canonical_json() {
    let roots = vec![Hash::ZERO; 53];
    let frontier = Frontier::from_parts(MAX_SIZE, roots).unwrap();
    let mut full = Chain::resume(name(), Hash::ZERO, frontier);
    let refused = full.append(KIND, "meter", time(), b"{}", &mut Vec::new()).unwrap_err();
    assert_eq!(refused, AuditError::Full { size: MAX_SIZE + 1 });
    assert_eq!(Frontier::from_parts(MAX_SIZE + 1, vec![Hash::ZERO]).unwrap_err().code(), "audit.full");
    assert_eq!(Frontier::from_parts(3, vec![Hash::ZERO]).unwrap_err().code(), "audit.frontier");
    assert_eq!(code(&line(&[("seq", MAX_SIZE.into())])), "audit.member");
    assert_eq!(code(&line(&[("seq", (MAX_SIZE - 1).into())])), "read");
}

#[test]
fn a_hash_has_one_spelling_and_a_log_a_plain_name() {
    let hash = Hash::of(b"abc");
    // FIPS 180-2, appendix B.1.
    let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((hash.to_string().as_str(), text.parse::<Hash>().unwrap()), (text, hash));
    assert_eq!(serde_json::from_str::<Hash>(&serde_json::to_string(&hash).unwrap()).unwrap(), hash);
    for wrong in ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('b', "g")] {
        assert_eq!(wrong.parse::<Hash>().unwrap_err().code(), "audit.hash", "{wrong}");
    }
    for wrong in ["", "a b", "a+b", "a\u{a0}b", "a\nb", "a\u{1}b", &"x".repeat(201)] {
        assert_eq!(wrong.parse::<LogName>().unwrap_err().code(), "audit.name", "{wrong:?}");
    }
    assert_eq!("é".repeat(200).parse::<LogName>().unwrap().as_str().len(), 400);
}

#[test]
fn a_line_that_says_anything_else_is_refused_with_its_member() {
    assert_eq!(code(&line(&[])), "read");
    for (member, value) in [
        ("actor", serde_json::json!("")),
        ("actor", "x".repeat(201).into()),
        ("actor", 1.into()),
        ("body", serde_json::json!([])),
        ("hash", Hash::ZERO.to_string()[1..].into()),
        ("hash", "A".repeat(64).into()),
        ("kind", 7.into()),
        ("log", "".into()),
        ("prev", "".into()),
        ("seq", (-1).into()),
        ("seq", 1.5.into()),
        ("seq", "0".into()),
        ("time", "2024-03-15T14:30:00.000Z".into()),
        ("time", "2024-03-15t14:30:00Z".into()),
        ("time", "2024-03-15T14:30:00+00:00".into()),
        ("time", "2024-03-15T14:30:00.2Z".into()),
        ("v", 2.into()),
        ("v", "1".into()),
        ("w", 1.into()),
        ("more", 1.into()),
        ("aa", 1.into()),
    ] {
        let error = Record::parse(&line(&[(member, value.clone())])).unwrap_err();
        assert_eq!(error.code(), "audit.member", "{member} {value}");
        let named = ["w", "more", "aa"].contains(&member) || error.to_string().contains(member);
        assert!(named, "{member}: {error}");
    }
    assert_eq!(code(&line(&[("kind", "made.up".into())])), "audit.kind");
    assert_eq!(code(&line(&[("hash", Hash::ZERO.to_string().into())])), "audit.body_hash");
    assert_eq!(code(b"[]"), "audit.member");
    assert_eq!(code(b"{}"), "audit.member");
}

#[test]
fn a_line_that_is_not_canonical_is_refused() {
    let good = String::from_utf8(line(&[])).unwrap();
    for (from, to) in [
        ("\"v\":1}", "\"v\":1}\n"),
        ("\"v\":1}", "\"v\":1} "),
        ("\"v\":1}", "\"v\":1.0}"),
        ("\"v\":1}", "\"v\":1"),
        ("\"seq\":0", "\"seq\":-0"),
        ("\"seq\":0", "\"seq\":00"),
        ("\"seq\":0", "\"seq\":0,\"seq\":0"),
        ("\"body\":", "\"body\": "),
        ("{\"actor\"", "{\"\\u0061ctor\""),
        ("meter", "m\\u0065ter"),
        ("meter", "m\\/eter"),
        ("meter", "m\u{1}eter"),
        ("{\"kwh\":", "{\"kwh\":\"1\",\"kwh\":"),
        ("{\"kwh\":", "{\"z\":\"1\",\"kwh\":"),
        ("{\"kwh\":", "{\"a\":1e0,\"kwh\":"),
    ] {
        assert!(good.contains(from));
        let bad = good.replacen(from, to, 1);
        assert_eq!(code(bad.as_bytes()), "audit.not_canonical", "{bad}");
    }
    assert_eq!(code(&[good.as_bytes(), b"\xff"].concat()), "audit.not_canonical");
    assert_eq!(code(&[b"\xef\xbb\xbf", good.as_bytes()].concat()), "audit.not_canonical");
}

#[test]
fn a_line_that_is_cut_anywhere_is_refused() {
    let (mut chain, mut out) = (chain(), Vec::new());
    chain.append(KIND, "meter", time(), br#"{"kwh":["12.5"],"n":1}"#, &mut out).unwrap();
    let line = out.strip_suffix(b"\n").unwrap();
    assert!(Record::parse(line).is_ok());
    for end in 0..line.len() {
        assert!(Record::parse(&line[..end]).is_err(), "the first {end} bytes");
    }
}

#[test]
fn a_bulk_that_is_dropped_appends_nothing() {
    let (mut chain, mut out) = (chain(), Vec::new());
    let mut bulk = chain.bulk();
    assert_eq!(bulk.append(KIND, "meter", time(), b"{}", &Hash::of(b"{}"), &mut out).unwrap(), 0);
    assert_eq!(bulk.size(), 1);
    drop(bulk);
    assert_eq!((chain.size(), chain.prev()), (0, Hash::ZERO));
}

/// Some JSON of every kind, with names and texts that need care.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        (-1e6..1e6f64).prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
        r#"[a"\\\n\u{1}é😀]{0,6}"#.prop_map(Into::into),
        Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::btree_map("[ -~é\u{ffff}😀]{0,4}", inner, 0..5)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn any_body_is_read_back(value in json(), actor in "\\PC{1,20}") {
        let body = canonical::from_value(&serde_json::json!({"value": value})).unwrap();
        let mut out = Vec::new();
        chain().append(KIND, &actor, time(), &body, &mut out).unwrap();
        let record = Record::parse(&out[..out.len() - 1]).unwrap();
        prop_assert_eq!((record.actor(), record.body()), (actor.as_str(), body.as_slice()));
    }

    #[test]
    fn a_body_with_one_other_byte_is_read_only_if_it_is_canonical(value in json(), at in any::<prop::sample::Index>(), byte: u8) {
        // The hash is made to fit, so that only the form decides; the definition is `canonical`.
        let mut body = canonical::from_value(&serde_json::json!({"value": value})).unwrap();
        let at = 1 + at.index(body.len() - 2);
        body[at] = byte;
        let hash = Hash::of(&body).to_string();
        let line = [&br#"{"actor":"a","body":"#[..], &body, br#","hash":""#, hash.as_bytes(),
            br#"","kind":"correction","log":"l","prev":""#, Hash::ZERO.to_string().as_bytes(),
            br#"","seq":0,"time":"2024-03-15T14:30:00Z","v":1}"#].concat();
        let canonical = canonical::from_slice(&line).is_ok_and(|c| c == line);
        let members = canonical && canonical::from_slice(&body).is_ok();
        prop_assert_eq!(code(&line) == "read", members, "{}", String::from_utf8_lossy(&line));
    }

    #[test]
    fn a_chain_goes_on_at_any_cut_as_if_there_were_none(lines in 0usize..60, cut in any::<prop::sample::Index>(), more in 0usize..3000) {
        let body = |i: usize| format!(r#"{{"n":{i}}}"#).into_bytes();
        let (mut whole, mut want) = (chain(), Vec::new());
        for i in 0..lines + more {
            whole.append(KIND, "meter", time(), &body(i), &mut want).unwrap();
        }
        let (mut first, mut got) = (chain(), Vec::new());
        let cut = cut.index(lines + 1);
        for i in 0..cut {
            first.append_hashed(KIND, "meter", time(), &body(i), &Hash::of(&body(i)), &mut got).unwrap();
        }
        let saved = (first.frontier().size(), first.frontier().roots().to_vec());
        let mut second = Chain::resume(name(), first.prev(), Frontier::from_parts(saved.0, saved.1).unwrap());
        let (start, mut bulk) = (got.len(), second.bulk());
        for i in cut..lines + more {
            bulk.append(KIND, "meter", time(), &body(i), &Hash::of(&body(i)), &mut got).unwrap();
        }
        let leaves: Vec<Hash> = got[start..].split(|&b| b == b'\n').map(Hash::leaf).collect();
        prop_assert_eq!(&bulk.finish()[..], &leaves[..leaves.len() - 1]);
        prop_assert!(got == want);
        prop_assert_eq!((second.size(), second.prev(), second.root()), (whole.size(), whole.prev(), whole.root()));
        prop_assert_eq!(second.frontier(), whole.frontier());
    }

    #[test]
    fn any_bytes_end_in_a_record_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Record::parse(&bytes);
    }
}
