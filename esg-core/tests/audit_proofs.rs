//! Trees, proofs, notes, checkpoints and signatures against published vectors and another implementation.

mod common;

use common::{base64, cases, string, text};
use ct_merkle::{ConsistencyProof, InclusionProof, mem_backed_tree::MemoryBackedTree};
use esg_core::audit::{
    AuditError, Checkpoint, Frontier, Hash, Levels, SignedNote, SignerKey, TlogProof, Tree, VerifierKey,
    verify_consistency, verify_inclusion,
};
use serde_json::Value;
use sha2::Sha256;

/// Cases that types rule out, and why. Each is held to be one that the vectors refuse, or is named here.
const NOT_EXPRESSIBLE: &[(&str, &str)] = &[
    ("node", "its sides have four bytes, and a node here is of two hashes"),
    (
        "consistency/additional/sizes-are-equal-one-and-proof-is-empty",
        "its roots are not of 32 bytes, and a root here is a SHA-256",
    ),
    ("trailing-data", "its root has 36 bytes, and a root here is a SHA-256"),
    ("trailing-lines", "its root has 36 bytes"),
    ("trailing-newlines", "its root has 36 bytes; and C2SP tlog-checkpoint forbids empty extension lines"),
];

fn not_expressible(case: &Value) -> bool {
    NOT_EXPRESSIBLE.iter().any(|(id, _)| case["id"] == *id)
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hash(hex: &str) -> Option<Hash> {
    Some(Hash::from_bytes(bytes(hex).try_into().ok()?))
}

fn field(case: &Value, name: &str) -> Option<Hash> {
    hash(string(case, name))
}

fn proof(case: &Value) -> Option<Vec<Hash>> {
    let hashes = case["proof"].as_array().map(Vec::as_slice).unwrap_or_default();
    hashes.iter().map(|h| hash(h.as_str().unwrap())).collect()
}

fn number(case: &Value, name: &str) -> u64 {
    string(case, name).parse().unwrap()
}

fn valid(case: &Value) -> bool {
    case["expect_valid"].as_bool().unwrap()
}

fn concat(hashes: &[Hash]) -> String {
    hashes.iter().map(Hash::to_string).collect()
}

#[test]
fn sha256_has_the_published_digests() {
    for case in cases("hash_merkle/sha256_cavp.json") {
        let message = bytes(string(&case, "msg_hex"));
        assert_eq!(Hash::of(&message).to_string(), string(&case, "md"), "{}", case["id"]);
    }
}

#[test]
fn leaves_nodes_and_the_empty_root_have_the_published_hashes() {
    for case in cases("hash_merkle/rfc6962_hasher.json").iter().filter(|case| !not_expressible(case)) {
        let got = match string(case, "kind") {
            "empty_root" => Frontier::new().root(),
            "leaf" => Hash::leaf(&bytes(string(case, "data_hex"))),
            kind => panic!("{kind}"),
        };
        assert_eq!(got.to_string(), string(case, "expect"), "{}", case["id"]);
    }
}

#[test]
fn the_reference_tree_has_the_published_roots_and_proofs() {
    let file: Value = serde_json::from_str(&text("hash_merkle/rfc6962_reference_tree.json")).unwrap();
    let leaves =
        file["leaves_hex"].as_array().unwrap().iter().map(|l| Hash::leaf(&bytes(l.as_str().unwrap())));
    let mut levels = Levels::default();
    levels.extend(leaves);
    let tree = Tree::new(&levels, levels.size());
    for case in cases("hash_merkle/rfc6962_reference_tree.json") {
        let at = |name: &str| case[name].as_u64().unwrap();
        let (got, want) = match string(&case, "kind") {
            "root" => (tree.root_at(at("num_leaves")).unwrap().to_string(), "expect"),
            "inclusion_proof" => {
                (concat(&tree.inclusion(at("index"), at("num_leaves")).unwrap()), "expect_concat")
            }
            "consistency_proof" => {
                (concat(&tree.consistency(at("size1"), at("size2")).unwrap()), "expect_concat")
            }
            kind => panic!("{kind}"),
        };
        assert_eq!(got, string(&case, want), "{}", case["id"]);
    }
}

#[test]
fn an_inclusion_proof_is_believed_exactly_when_it_is_one() {
    for case in cases("hash_merkle/merkle_inclusion.json") {
        let (Some(leaf), Some(root), Some(proof)) =
            (field(&case, "leaf_hash"), field(&case, "root"), proof(&case))
        else {
            assert!(!valid(&case), "{}: a hash of another length", case["id"]);
            continue;
        };
        let (index, size) = (number(&case, "leaf_index"), number(&case, "tree_size"));
        let got = verify_inclusion(leaf, index, size, &proof, root);
        assert_eq!(got.is_ok(), valid(&case), "{}: {got:?}", case["id"]);
    }
}

#[test]
fn a_consistency_proof_is_believed_exactly_when_it_is_one() {
    for case in cases("hash_merkle/merkle_consistency.json") {
        let (Some(old), Some(new), Some(proof)) =
            (field(&case, "root1"), field(&case, "root2"), proof(&case))
        else {
            assert!(!valid(&case) || not_expressible(&case), "{}: a hash of another length", case["id"]);
            continue;
        };
        let got = verify_consistency(number(&case, "size1"), old, number(&case, "size2"), new, &proof);
        assert_eq!(got.is_ok(), valid(&case), "{}: {got:?}", case["id"]);
    }
}

/// SplitMix64: logs that are the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

fn digests(bytes: &[u8]) -> Vec<Hash> {
    bytes.chunks(32).map(|h| Hash::from_bytes(h.try_into().unwrap())).collect()
}

#[test]
fn ten_thousand_random_logs_have_the_roots_and_proofs_of_another_implementation() {
    let mut chance = Chance(6962);
    for log in 0..10_000 {
        let size = 1 + chance.below(if log % 100 == 0 { 2000 } else { 70 });
        let (mut theirs, mut frontier) = (MemoryBackedTree::<Sha256, [u8; 8]>::new(), Frontier::new());
        let mut levels = Levels::default();
        let mut leaves = Vec::new();
        for _ in 0..size {
            let line = chance.next().to_le_bytes();
            theirs.push(line);
            frontier.push(Hash::leaf(&line));
            levels.push(Hash::leaf(&line));
            leaves.push(Hash::leaf(&line));
        }
        let (their_root, root) = (theirs.root(), frontier.root());
        assert_eq!(root.as_bytes(), their_root.as_bytes().as_slice(), "{size} leaves");

        // Any cut of the leaves gives the same edge, and leaves alone the same tree as with levels above them.
        let (cut, mut pieces) = (chance.below(size + 1) as usize, Frontier::new());
        pieces.extend(&leaves[..cut]);
        pieces.extend(&leaves[cut..]);
        assert_eq!(pieces, frontier, "{size} leaves, cut at {cut}");
        let bare =
            |level: u32, index: u64| (level == 0).then(|| leaves.get(index as usize).copied()).flatten();
        let (tree, bare) = (Tree::new(&levels, size), Tree::new(&bare, size));
        assert_eq!(tree.root_at(size).unwrap(), root);

        let index = chance.below(size);
        let proof = tree.inclusion(index, size).unwrap();
        assert_eq!(proof, digests(theirs.prove_inclusion(index as usize).as_bytes()));
        assert_eq!(proof, bare.inclusion(index, size).unwrap());
        verify_inclusion(leaves[index as usize], index, size, &proof, root).unwrap();

        let old = 1 + chance.below(size);
        let proof = tree.consistency(old, size).unwrap();
        assert_eq!(proof, digests(theirs.prove_consistency((size - old) as usize).as_bytes()));
        assert_eq!(proof, bare.consistency(old, size).unwrap());
        let old_root = tree.root_at(old).unwrap();
        verify_consistency(old, old_root, size, root, &proof).unwrap();

        // A proof at an earlier size is that of the tree that there was then; and the other side believes ours.
        let index = chance.below(old);
        let proof = tree.inclusion(index, old).unwrap();
        verify_inclusion(leaves[index as usize], index, old, &proof, old_root).unwrap();
        let as_theirs: Vec<_> = tree.inclusion(index, size).unwrap();
        let outputs: Vec<_> = as_theirs.iter().map(|h| (*h.as_bytes()).into()).collect();
        let line = theirs.get(index as usize).unwrap();
        their_root.verify_inclusion(line, index, &InclusionProof::from_digests(outputs.iter())).unwrap();
    }
}

#[test]
fn a_changed_proof_is_not_believed() {
    let mut chance = Chance(9162);
    for _ in 0..300 {
        let size = 2 + chance.below(60);
        let mut levels = Levels::default();
        levels.extend((0..size).map(|i| Hash::leaf(&i.to_le_bytes())));
        let tree = Tree::new(&levels, size);
        let (index, old) = (chance.below(size), 1 + chance.below(size - 1));
        let (leaf, root) = (Hash::leaf(&index.to_le_bytes()), tree.root_at(size).unwrap());
        let inclusion = tree.inclusion(index, size).unwrap();
        let (old_root, consistency) = (tree.root_at(old).unwrap(), tree.consistency(old, size).unwrap());
        let refused = |inclusion: &[Hash], consistency: &[Hash]| {
            assert!(verify_inclusion(leaf, index, size, inclusion, root).is_err());
            assert!(verify_consistency(old, old_root, size, root, consistency).is_err());
        };
        let with = |proof: &[Hash], at: usize| {
            let mut changed = proof.to_vec();
            changed[at] = Hash::of(changed[at].as_bytes());
            changed
        };
        for at in 0..inclusion.len().min(consistency.len()) {
            refused(&with(&inclusion, at), &with(&consistency, at));
            refused(
                &[&inclusion[..at], &inclusion[at + 1..]].concat(),
                &[&consistency[..at], &consistency[at + 1..]].concat(),
            );
        }
        refused(&[&inclusion[..], &[root]].concat(), &[&consistency[..], &[root]].concat());
        for other in (0..size).filter(|other| *other != index) {
            assert!(
                verify_inclusion(leaf, other, size, &inclusion, root).is_err(),
                "{index} as {other} of {size}"
            );
        }
    }
}

#[test]
fn what_a_tree_does_not_have_is_refused() {
    let mut levels = Levels::default();
    levels.extend((0..5u8).map(|i| Hash::leaf(&[i])));
    let tree = Tree::new(&levels, 5);
    assert_eq!(tree.root_at(0).unwrap(), Frontier::new().root());
    assert_eq!(tree.consistency(0, 5).unwrap(), []);
    assert_eq!(tree.inclusion(4, 5).unwrap().len(), 1);
    for refused in
        [tree.inclusion(5, 5), tree.inclusion(0, 6), tree.consistency(4, 3), tree.consistency(1, 6)]
    {
        assert_eq!(refused.unwrap_err().code(), "audit.range");
    }
    assert_eq!(tree.root_at(6).unwrap_err().code(), "audit.range");
    let root = tree.root_at(5).unwrap();
    assert_eq!(verify_inclusion(root, 5, 5, &[], root).unwrap_err().code(), "audit.range");
    assert_eq!(verify_inclusion(root, 0, 5, &[], root).unwrap_err().code(), "audit.proof");
    assert_eq!(verify_consistency(0, root, 5, root, &[]).unwrap_err().code(), "audit.range");
    let lost = Tree::new(&levels, 6);
    assert_eq!(lost.root_at(6).unwrap_err(), AuditError::Subtree { leaf: 5 });
    assert_eq!(lost.root_at(6).unwrap_err().code(), "audit.subtree");
}

#[test]
fn proofs_of_ten_million_leaves_ask_for_few_hashes() {
    // The store has leaves, and roots of every eighth level, as tiles do. What they are does not matter here.
    let size = 10_000_000u64;
    let asked = std::cell::Cell::new(0);
    let store = |level: u32, index: u64| {
        (level.is_multiple_of(8) && (index + 1) << level <= size).then(|| {
            asked.set(asked.get() + 1);
            Hash::of(&[level.to_le_bytes().as_slice(), &index.to_le_bytes()].concat())
        })
    };
    let tree = Tree::new(&store, size);
    for index in [0, 1, 65_535, 4_999_999, size - 1] {
        asked.set(0);
        let proof = tree.inclusion(index, size).unwrap();
        // ceil(log2(10^7)) = 24; each subtree is made from at most 2^7 of the level below it that is kept.
        assert!(proof.len() <= 24 && asked.get() <= 24 * 128, "{index}: {} asked", asked.get());
        let proof = tree.consistency(index + 1, size).unwrap();
        assert!(proof.len() <= 25, "{index}");
    }
}

#[test]
fn verifier_keys_are_read_exactly_when_they_are_right() {
    for case in cases("hash_merkle/note_verifier_keys.json") {
        let key = string(&case, "verifier_key").parse::<VerifierKey>();
        assert_eq!(key.is_ok(), valid(&case), "{}: {key:?}", case["id"]);
        match key {
            Ok(key) => assert_eq!(key.to_string(), string(&case, "verifier_key")),
            Err(error) => assert_eq!(error.code(), "audit.key"),
        }
    }
}

#[test]
fn a_note_is_signed_with_the_published_bytes() {
    for case in cases("hash_merkle/note_signing.json") {
        let seed = bytes(string(&case, "ed25519_seed_hex")).try_into().unwrap();
        let key = SignerKey::from_seed(string(&case, "key_name"), &seed).unwrap();
        assert_eq!(key.verifier().to_string(), string(&case, "expect_verifier_key"));
        let note = SignedNote::sign(string(&case, "text"), &[&key]).unwrap();
        assert_eq!(note.to_string(), string(&case, "expect_note"), "{}", case["id"]);
        // The secret text is that of Go's sumdb/note; it names the same key and the same id.
        let secret = key.secret_text();
        assert!(secret.starts_with("PRIVATE+KEY+PeterNeumann+c74f20a3+A"), "{secret}");
        let again = SignerKey::from_secret_text(&secret).unwrap();
        assert_eq!(again.sign(b"a"), key.sign(b"a"));
        assert!(!format!("{key:?}").contains(&secret[secret.len() - 20..]));
        for wrong in ["", &secret[12..], &secret.replace("c74f20a3", "c74f20a4"), &secret[..60]] {
            let error = SignerKey::from_secret_text(wrong).unwrap_err();
            assert_eq!(error.code(), "audit.key");
            assert!(!error.to_string().contains("PeterNeumann"), "{error}");
        }
    }
}

fn keys(case: &Value) -> Vec<VerifierKey> {
    let keys = case["verifier_keys"].as_array().unwrap();
    keys.iter().map(|key| key.as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn notes_are_believed_as_published() {
    for case in cases("hash_merkle/signed_notes.json") {
        let known = keys(&case);
        let read = String::from_utf8(base64(&case, "note_base64")).map_err(|_| "audit.note");
        let note = read.and_then(|text| match text.parse::<SignedNote>() {
            Ok(note) => {
                assert_eq!(note.to_string(), text, "{}: unknown lines are kept", case["id"]);
                Ok(note)
            }
            Err(error) => Err(error.code()),
        });
        let names =
            |signers: Vec<&VerifierKey>| signers.iter().map(|key| key.name().to_owned()).collect::<Vec<_>>();
        let got = note.and_then(|note| note.verify(&known).map(names).map_err(|e| e.code()));
        match string(&case, "expect") {
            "ok" => {
                let want: Vec<&str> =
                    case["verified"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
                assert_eq!(got.unwrap(), want, "{}", case["id"]);
            }
            "error: malformed" => assert_eq!(got.unwrap_err(), "audit.note", "{}", case["id"]),
            "error: no verifiable signatures" => {
                assert_eq!(got.unwrap_err(), "audit.unsigned", "{}", case["id"]);
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_signature_of_a_known_key_that_is_wrong_spoils_the_note() {
    let (a, b) = (SignerKey::from_seed("a", &[1; 32]).unwrap(), SignerKey::from_seed("b", &[2; 32]).unwrap());
    let note = SignedNote::sign("text\n", &[&a, &b]).unwrap().to_string();
    let forged: SignedNote = note.replacen("text", "next", 1).parse().unwrap();
    let known = [a.verifier().clone(), b.verifier().clone()];
    assert_eq!(forged.verify(&known).unwrap_err().code(), "audit.signature");
    assert_eq!(note.parse::<SignedNote>().unwrap().verify(&known[1..]).unwrap(), [&known[1]]);
    // A good line of the same key does not outweigh a bad one.
    let good = SignedNote::sign("next\n", &[&a]).unwrap().to_string();
    let line = good.lines().last().unwrap();
    let both: SignedNote = format!("{forged}{line}\n").parse().unwrap();
    assert_eq!(both.verify(&known[..1]).unwrap_err().code(), "audit.signature");
    for text in ["", "no end", "tab\t\n"] {
        assert_eq!(SignedNote::sign(text, &[&a]).unwrap_err().code(), "audit.note", "{text:?}");
    }
    assert_eq!(SignedNote::sign("text\n", &[]).unwrap_err().code(), "audit.note");
    assert_eq!(SignerKey::from_seed("a b", &[1; 32]).unwrap_err().code(), "audit.key");
}

#[test]
fn sixteen_signatures_are_read_and_a_hundred_and_one_are_not() {
    let key = SignerKey::from_seed("a", &[1; 32]).unwrap();
    let note = SignedNote::sign("text\n", &[&key]).unwrap().to_string();
    let line = note.lines().last().unwrap();
    let with = |count: usize| format!("text\n\n{}", format!("{line}\n").repeat(count)).parse::<SignedNote>();
    assert_eq!(with(16).unwrap().signatures().len(), 16);
    assert_eq!(with(100).unwrap().signatures().len(), 100);
    assert_eq!(with(101).unwrap_err().code(), "audit.note");
}

#[test]
fn checkpoints_are_read_as_published() {
    for case in cases("hash_merkle/checkpoint_bodies.json") {
        let got = string(&case, "body").parse::<Checkpoint>();
        if not_expressible(&case) {
            assert_ne!(string(&case, "hash_hex").len(), 64, "{}", case["id"]);
        } else {
            assert!(!valid(&case));
        }
        assert_eq!(got.unwrap_err().code(), "audit.checkpoint", "{}", case["id"]);
    }
    // The same bodies with a root of 32 bytes: 43 times A and = is the base64 of 32 zeros.
    let root = format!("{}=", "A".repeat(43));
    let body = format!("Log\n9944\n{root}\nlots\nof\nlines\n");
    let checkpoint: Checkpoint = body.parse().unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size(), checkpoint.root()), ("Log", 9944, Hash::ZERO));
    assert_eq!((checkpoint.extensions().len(), checkpoint.to_string()), (3, body.clone()));
    for wrong in [
        body.replace("of\n", "\n"),
        body.replace("9944", "09944"),
        body.replace("9944", "+9944"),
        body.replace("9944", "9007199254740992"),
        body.replace("Log", ""),
        body.replace("A=", "B="),
        body.replace("A=", "A"),
        body[..body.len() - 1].to_owned(),
    ] {
        assert_eq!(wrong.parse::<Checkpoint>().unwrap_err().code(), "audit.checkpoint", "{wrong:?}");
    }
}

#[test]
fn a_log_of_another_program_has_the_checkpoints_that_it_published() {
    let file: Value = serde_json::from_str(&text("hash_merkle/tessera_log_checkpoints.json")).unwrap();
    let keys = [string(&file, "verifier_key").parse::<VerifierKey>().unwrap()];
    let entries = file["log_entries"].as_array().unwrap();
    let mut levels = Levels::default();
    levels.extend(entries.iter().map(|entry| Hash::leaf(entry.as_str().unwrap().as_bytes())));
    let tree = Tree::new(&levels, levels.size());
    let mut before: Option<Checkpoint> = None;
    for case in cases("hash_merkle/tessera_log_checkpoints.json") {
        let checkpoint = Checkpoint::open(string(&case, "note"), &keys).unwrap();
        assert_eq!(checkpoint.size(), case["size"].as_u64().unwrap());
        assert_eq!(checkpoint.root().to_string(), string(&case, "root_hex"));
        assert_eq!(checkpoint.root(), tree.root_at(checkpoint.size()).unwrap(), "{}", case["id"]);
        if let Some(old) = before {
            let proof = tree.consistency(old.size(), checkpoint.size()).unwrap();
            verify_consistency(old.size(), old.root(), checkpoint.size(), checkpoint.root(), &proof).unwrap();
        }
        before = Some(checkpoint);
    }
}

#[test]
fn proof_files_are_read_as_published() {
    for case in cases("hash_merkle/tlog_proof_format.json") {
        let text = string(&case, "proof_text");
        match text.parse::<TlogProof>() {
            Ok(proof) => {
                assert!(valid(&case), "{}", case["id"]);
                assert_eq!(proof.index, number(&case, "index"));
                assert_eq!(proof.hashes.len() as u64, case["hashes"].as_u64().unwrap());
                assert_eq!(proof.to_string(), text, "{}", case["id"]);
            }
            Err(error) => {
                assert_eq!((error.code(), valid(&case)), ("audit.tlog_proof", false), "{}", case["id"])
            }
        }
    }
}

#[test]
fn a_proof_file_is_believed_for_its_line_its_log_and_its_key() {
    let log = "example.org/log".parse().unwrap();
    let key = SignerKey::from_seed("example.org/log", &[3; 32]).unwrap();
    let mut levels = Levels::default();
    levels.extend((0..7u8).map(|i| Hash::leaf(&[i])));
    let tree = Tree::new(&levels, 7);
    let note = Checkpoint::new(&log, 7, tree.root_at(7).unwrap()).sign(&key).unwrap();
    let hashes = tree.inclusion(3, 7).unwrap();
    let made = TlogProof { extra: Some(b"why".to_vec()), index: 3, hashes, checkpoint: note.to_string() };
    let proof: TlogProof = made.to_string().parse().unwrap();
    assert_eq!(proof, made);
    let keys = [key.verifier().clone()];
    assert_eq!(proof.verify(Hash::leaf(&[3]), &log, &keys).unwrap().size(), 7);
    let refused = |proof: &TlogProof, leaf: u8, log: &str, keys: &[VerifierKey]| {
        proof.verify(Hash::leaf(&[leaf]), &log.parse().unwrap(), keys).unwrap_err().code()
    };
    assert_eq!(refused(&proof, 4, "example.org/log", &keys), "audit.proof");
    assert_eq!(refused(&proof, 3, "example.org/other", &keys), "audit.origin");
    assert_eq!(refused(&proof, 3, "example.org/log", &[]), "audit.unsigned");
    let moved = TlogProof { index: 2, ..proof.clone() };
    assert_eq!(refused(&moved, 3, "example.org/log", &keys), "audit.proof");
    let larger = TlogProof { checkpoint: proof.checkpoint.replacen("\n7\n", "\n8\n", 1), ..proof };
    assert_eq!(refused(&larger, 3, "example.org/log", &keys), "audit.signature");
}

#[test]
fn signatures_are_the_published_bytes() {
    for case in cases("hash_merkle/ed25519_sign.json") {
        let key = SignerKey::from_seed("k", &bytes(string(&case, "seed")).try_into().unwrap()).unwrap();
        let (message, want) = (bytes(string(&case, "msg")), bytes(string(&case, "sig")));
        assert_eq!(key.verifier().as_bytes().as_slice(), bytes(string(&case, "public")), "{}", case["id"]);
        assert_eq!(key.sign(&message).as_slice(), want, "{}", case["id"]);
        assert!(key.verifier().signed(&message, &want));
    }
}

#[test]
fn signatures_are_believed_exactly_when_wycheproof_says_so() {
    for case in cases("hash_merkle/ed25519_wycheproof.json") {
        let key = VerifierKey::new("k", &bytes(string(&case, "public")).try_into().unwrap()).unwrap();
        let got = key.signed(&bytes(string(&case, "msg")), &bytes(string(&case, "sig")));
        assert_eq!(got, string(&case, "expect") == "valid", "{}: {}", case["id"], case["comment"]);
    }
}

#[test]
fn every_case_that_types_rule_out_is_one_of_the_vectors() {
    let files = ["rfc6962_hasher", "checkpoint_bodies", "merkle_consistency"];
    let ids: Vec<Value> =
        files.iter().flat_map(|f| cases(&format!("hash_merkle/{f}.json"))).map(|c| c["id"].clone()).collect();
    for (id, reason) in NOT_EXPRESSIBLE {
        assert!(ids.iter().any(|known| known == id) && !reason.is_empty(), "{id}");
    }
}

#[test]
fn another_implementation_believes_our_consistency_proofs() {
    let mut theirs = MemoryBackedTree::<Sha256, [u8; 1]>::new();
    let mut levels = Levels::default();
    let mut roots = Vec::new();
    for i in 0..40u8 {
        theirs.push([i]);
        levels.push(Hash::leaf(&[i]));
        roots.push(theirs.root());
    }
    let tree = Tree::new(&levels, 40);
    for old in 1..40usize {
        let hashes = tree.consistency(old as u64, 40).unwrap();
        let outputs: Vec<_> = hashes.iter().map(|h| (*h.as_bytes()).into()).collect();
        let proof = ConsistencyProof::from_digests(outputs.iter());
        roots[39].verify_consistency(&roots[old - 1], &proof).unwrap();
    }
}
