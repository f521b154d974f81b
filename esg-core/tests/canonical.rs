//! RFC 8785 against its own vectors, those of other implementations, and JSONTestSuite.

mod common;

use common::{base64, cases, string, text};
use esg_core::canonical;
use sha2::{Digest, Sha256};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn documents_have_the_published_bytes() {
    for case in cases("canonical_json/jcs_documents.json") {
        let out = canonical::from_slice(&base64(&case, "input_utf8_base64")).unwrap();
        assert_eq!(hex(&out), string(&case, "expect_hex"), "{}", case["id"]);
        assert_eq!(hex(&Sha256::digest(&out)), string(&case, "expect_sha256"), "{}", case["id"]);
    }
    for case in cases("canonical_json/jcs_documents_peers.json") {
        let out = canonical::from_slice(string(&case, "input_json").as_bytes()).unwrap();
        assert_eq!(std::str::from_utf8(&out).unwrap(), string(&case, "expect_text"), "{}", case["id"]);
    }
}

#[test]
fn what_has_no_canonical_form_is_refused() {
    for case in cases("canonical_json/jcs_must_fail.json") {
        let error = canonical::from_slice(string(&case, "input_json").as_bytes()).unwrap_err();
        let want =
            if string(&case, "id").contains("duplicate") { "json.duplicate_key" } else { "json.surrogate" };
        assert_eq!(error.code(), want, "{}", case["id"]);
    }
    for case in cases("canonical_json/es6_must_fail.json") {
        let bits = u64::from_str_radix(string(&case, "ieee754_hex"), 16).unwrap();
        assert_eq!(canonical::number(f64::from_bits(bits)).unwrap_err().code(), "json.number");
    }
}

#[test]
fn integers_beyond_2_to_the_53_are_refused() {
    for case in cases("canonical_json/jcs_big_integers.json") {
        assert_eq!(string(&case, "strict_policy"), "reject");
        let error = canonical::from_slice(string(&case, "input_json").as_bytes()).unwrap_err();
        assert_eq!(error.code(), "json.number", "{}", case["id"]);
        // The text that JavaScript would write is known all the same.
        let float: f64 = string(&case, "input_json").parse().unwrap();
        assert_eq!(canonical::number(float).unwrap(), string(&case, "rfc8785_number_text"));
    }
}

#[test]
fn numbers_are_written_as_ecmascript_does() {
    let mut rows = 0;
    for line in text("canonical_json/es6_numbers.csv").lines().skip(1) {
        let (bits, want) = line.split_once(',').unwrap();
        let value = f64::from_bits(u64::from_str_radix(bits, 16).unwrap());
        assert_eq!(canonical::number(value).unwrap(), want, "{bits}");
        rows += 1;
    }
    assert_eq!(rows, 6000);
}

/// The stream of testdata/README.md: listed values, 2000 neighbours above 2^-1022, then words of a SHA-256 chain.
#[test]
fn a_hundred_thousand_numbers_have_the_published_digest() {
    let hashes: serde_json::Value =
        serde_json::from_str(&text("canonical_json/es6_stream_hashes.json")).unwrap();
    let start = text("canonical_json/es6_stream_start.txt");
    let listed = start.lines().map(|l| u64::from_str_radix(l, 16).unwrap());
    let neighbours = (0..2000).map(|i| 0x0010_0000_0000_0000 + i);
    let mut block = [0u8; 32];
    let chain = std::iter::repeat_with(|| {
        block = Sha256::digest(block).into();
        let words: &[[u8; 8]] = block.as_chunks().0;
        words.iter().map(|w| u64::from_le_bytes(*w)).collect::<Vec<_>>()
    })
    .flatten()
    .filter(|&bits| f64::from_bits(bits).is_finite() && f64::from_bits(bits) != 0.0);
    let mut digest = Sha256::new();
    for (i, bits) in listed.chain(neighbours).chain(chain).take(100_000).enumerate() {
        digest.update(format!("{bits:x},{}\n", canonical::number(f64::from_bits(bits)).unwrap()));
        if let Some(want) = hashes["expected"][(i + 1).to_string()].as_str() {
            assert_eq!(hex(&digest.clone().finalize()), want, "{} lines", i + 1);
        }
    }
}

#[test]
fn json_test_suite_is_judged_as_it_says() {
    // I-JSON refuses what RFC 8259 only warns of.
    let doubled = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];
    for case in cases("hostile_inputs/json_parsing.json") {
        let (id, bytes) = (string(&case, "id"), base64(&case, "bytes_base64"));
        let checked = esg_core::json::check(&bytes);
        let written = canonical::from_slice(&bytes);
        match string(&case, "expect") {
            "accept" => {
                assert_eq!(checked, Ok(()), "{id}");
                let code = written.map(drop).map_err(|e| e.code());
                assert_eq!(
                    code,
                    if doubled.contains(&id) { Err("json.duplicate_key") } else { Ok(()) },
                    "{id}"
                );
            }
            "reject" => {
                assert!(checked.is_err() && written.is_err(), "{id}");
            }
            "either" => {
                // Whatever is accepted stays as it is the second time.
                if let Ok(once) = written {
                    assert_eq!(canonical::from_slice(&once).unwrap(), once, "{id}");
                }
            }
            other => panic!("{id} expects {other}"),
        }
    }
}

#[test]
fn what_other_readers_change_is_refused_or_kept() {
    for case in cases("hostile_inputs/json_transform.json") {
        let id = string(&case, "id");
        let got = canonical::from_slice(&base64(&case, "bytes_base64"))
            .map(|b| String::from_utf8(b).unwrap())
            .map_err(|e| e.code());
        let want = match id {
            "number_1.0.json" | "number_1.000000000000000005.json" => Ok("[1]"),
            "number_1000000000000000.json" => Ok("[1000000000000000]"),
            "number_1e6.json" => Ok("[1000000]"),
            // Names of different code points are different names: nothing is normalised.
            "object_key_nfc_nfd.json" => Ok("{\"e\u{301}\":\"NFD\",\"\u{e9}\":\"NFC\"}"),
            "number_-9223372036854775808.json" | "number_10000000000000000999.json" => Err("json.number"),
            "object_same_key_different_values.json" | "object_same_key_unclear_values.json" => {
                Err("json.duplicate_key")
            }
            "string_1_escaped_invalid_codepoint.json" => Err("json.surrogate"),
            // Surrogates as bytes are no UTF-8.
            "string_1_invalid_codepoint.json" | "string_2_invalid_codepoints.json" => Err("json.utf8"),
            "string_with_escaped_NULL.json" => Ok("[\"A\\u0000B\"]"),
            _ => panic!("{id} is a case that this test does not know: {got:?}"),
        };
        assert_eq!(got.as_deref().map_err(|c| *c), want, "{id}");
    }
}
