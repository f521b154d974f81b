"""verify.py and proofs.py against facts that nobody here wrote: tests/vectors/hash_merkle and canonical_json."""
import base64
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import log_writer  # noqa: E402
import proofs  # noqa: E402
import verify  # noqa: E402

VECTORS = HERE.parent / "tests" / "vectors"

# Cases that a stricter reader answers otherwise, with the reason.
STRICTER = {
    "trailing-newlines": "C2SP tlog-checkpoint: extension lines must not be empty; that library accepts them",
}


def cases(name):
    found = json.loads((VECTORS / name).read_text(encoding="utf-8"))["cases"]
    assert found, name
    return found


def accepts(call, *arguments):
    try:
        return call(*arguments) or True
    except verify.Problem:
        return False


def hashes(texts):
    return [bytes.fromhex(text) for text in texts]


class Vectors(unittest.TestCase):
    def test_sha256_is_that_of_nist(self):
        for case in cases("hash_merkle/sha256_cavp.json"):
            message = bytes.fromhex(case["msg_hex"])[:case["len_bits"] // 8]
            self.assertEqual(verify.digest(message).hex(), case["md"], case["id"])

    def test_signatures_of_rfc_8032_verify_and_the_test_writer_makes_the_same(self):
        for case in cases("hash_merkle/ed25519_sign.json"):
            public, message, signature = hashes([case["public"], case["msg"], case["sig"]])
            self.assertTrue(verify.ed25519(public, message, signature), case["id"])
            signer = log_writer.Signer("name", bytes.fromhex(case["seed"]))
            self.assertEqual((signer.public, signer.signature(message)), (public, signature), case["id"])

    def test_wycheproof_signatures_are_judged_as_published(self):
        for case in cases("hash_merkle/ed25519_wycheproof.json"):
            public, message, signature = hashes([case["public"], case["msg"], case["sig"]])
            self.assertEqual(verify.ed25519(public, message, signature), case["expect"] == "valid", case["id"])

    def test_a_key_of_small_order_verifies_nothing(self):
        # With A = (0, 1), the neutral element, k A vanishes and R = S B holds for S = 0 and R = A: anybody could sign.
        neutral = (1).to_bytes(32, "little")
        self.assertFalse(verify.ed25519(neutral, b"anything", neutral + bytes(32)))

    def test_points_have_one_encoding(self):
        # y = 1 is (0, 1). As P + 1, or with the sign of x = 0 set, it would have a second spelling (RFC 8032, 5.1.3).
        self.assertIsNotNone(verify.point((1).to_bytes(32, "little")))
        self.assertIsNone(verify.point((verify.P + 1).to_bytes(32, "little")))
        self.assertIsNone(verify.point((1 | 1 << 255).to_bytes(32, "little")))

    def test_leaves_nodes_and_the_empty_tree_hash_as_rfc_6962_says(self):
        for case in cases("hash_merkle/rfc6962_hasher.json"):
            kinds = {"empty_root": lambda case: verify.root([]),
                     "leaf": lambda case: verify.digest(b"\0" + bytes.fromhex(case["data_hex"])),
                     "node": lambda case: verify.node(*hashes([case["left_hex"], case["right_hex"]]))}
            self.assertEqual(kinds[case["kind"]](case).hex(), case["expect"], case["id"])

    def test_roots_and_inclusion_proofs_of_the_reference_tree(self):
        document = json.loads((VECTORS / "hash_merkle/rfc6962_reference_tree.json").read_text())
        leaves = [verify.digest(b"\0" + leaf) for leaf in hashes(document["leaves_hex"])]
        for case in document["cases"]:
            some = leaves[:case.get("num_leaves", 0)]
            if case["kind"] == "root":
                peaks = []
                for size, leaf in enumerate(some):
                    verify.push(peaks, size, leaf)
                self.assertEqual(verify.root(peaks).hex(), case["expect"], case["id"])
                self.assertEqual(log_writer.root(some).hex(), case["expect"], case["id"])
            elif case["kind"] == "inclusion_proof":
                proof, index = bytes.fromhex(case["expect_concat"]), case["index"]
                proof = [proof[at:at + 32] for at in range(0, len(proof), 32)]
                found = proofs.included(index, len(some), some[index], proof, log_writer.root(some))
                self.assertTrue(found, case["id"])
                self.assertEqual(log_writer.proof(index, some), proof, case["id"])
            else:
                # verify.py reads no consistency proofs: it computes the root at every size that was ever signed.
                self.assertEqual(case["kind"], "consistency_proof")

    def test_inclusion_proofs_hold_exactly_where_they_should(self):
        for case in cases("hash_merkle/merkle_inclusion.json"):
            index, size = int(case["leaf_index"]), int(case["tree_size"])
            leaf, root = hashes([case["leaf_hash"] or "", case["root"] or ""])
            found = proofs.included(index, size, leaf, hashes(case["proof"] or []), root)
            self.assertEqual(found, case["expect_valid"], case["id"])

    def test_verifier_keys_are_read_or_refused(self):
        for case in cases("hash_merkle/note_verifier_keys.json"):
            found = accepts(verify.verifier_key, case["verifier_key"])
            self.assertEqual(bool(found), case["expect_valid"], case["id"])

    def test_signed_notes_are_opened_or_refused(self):
        for case in cases("hash_merkle/signed_notes.json"):
            keys = dict(map(verify.verifier_key, case["verifier_keys"]))
            found = accepts(verify.open_note, base64.b64decode(case["note_base64"]), keys)
            self.assertEqual(bool(found), case["expect"] == "ok", case["id"])
            if found:
                self.assertEqual({name for name, _ in found[1]}, set(case["verified"]), case["id"])

    def test_the_test_writer_signs_notes_as_the_go_library_does(self):
        for case in cases("hash_merkle/note_signing.json"):
            signer = log_writer.Signer(case["key_name"], bytes.fromhex(case["ed25519_seed_hex"]))
            self.assertEqual(signer.vkey, case["expect_verifier_key"])
            self.assertEqual(log_writer.note(case["text"], signer), case["expect_note"])

    def test_checkpoint_bodies_are_read_or_refused(self):
        for case in cases("hash_merkle/checkpoint_bodies.json"):
            found = accepts(verify.checkpoint, case["body"])
            self.assertEqual(bool(found), case["expect_valid"] and case["id"] not in STRICTER, case["id"])
            if found:
                wanted = case["origin"], int(case["size"]), bytes.fromhex(case["hash_hex"])
                self.assertEqual(found, wanted, case["id"])

    def test_checkpoints_of_a_real_log_have_its_roots(self):
        document = json.loads((VECTORS / "hash_merkle/tessera_log_checkpoints.json").read_text(encoding="utf-8"))
        keys = dict([verify.verifier_key(document["verifier_key"])])
        leaves = [verify.digest(b"\0" + entry.encode()) for entry in document["log_entries"]]
        for case in document["cases"]:
            text, signers = verify.open_note(case["note"].encode(), keys)
            peaks = []
            for size, leaf in enumerate(leaves[:case["size"]]):
                verify.push(peaks, size, leaf)
            origin = document["verifier_key"].split("+")[0]
            self.assertEqual(verify.checkpoint(text), (origin, case["size"], verify.root(peaks)), case["id"])
            self.assertEqual(verify.root(peaks).hex(), case["root_hex"], case["id"])

    def test_tlog_proofs_are_read_or_refused(self):
        for case in cases("hash_merkle/tlog_proof_format.json"):
            found = accepts(proofs.open_proof, case["proof_text"].encode())
            self.assertEqual(bool(found), case["expect_valid"], case["id"])
            if found:
                self.assertEqual((found[0], len(found[2])), (int(case["index"]), case["hashes"]), case["id"])

    def test_canonical_documents_of_rfc_8785_without_fractions(self):
        seen = 0
        for case in cases("canonical_json/jcs_documents.json"):
            try:
                found = verify.canonical(verify.read_json(base64.b64decode(case["input_utf8_base64"])))
            except verify.Problem as problem:
                self.assertEqual(problem.code, "json.number", case["id"])  # quantities are text in a log: no fractions
                continue
            self.assertEqual(found.encode().hex(), case["expect_hex"], case["id"])
            seen += 1
        self.assertGreater(seen, 1)

    def test_names_are_ordered_by_utf_16_units(self):
        # RFC 8785, 3.2.3: U+1F600 is D83D DE00 in UTF-16 and so before U+FB33, though its code point is greater.
        self.assertEqual(verify.canonical({"\ufb33": 1, "\U0001f600": 2}), '{"\U0001f600":2,"\ufb33":1}')

    def test_what_is_no_canonical_json_is_refused(self):
        for text, code in [('{"a":1,"a":1}', "json.duplicate_name"), ("1.5", "json.number"), ("NaN", "json.number"),
                           ("9007199254740992", "json.number"), ("[1", "json.syntax"), ("[" * 99999, "json.syntax")]:
            with self.assertRaises(verify.Problem) as raised:
                verify.canonical(verify.read_json(text.encode()))
            self.assertEqual(raised.exception.code, code, text[:20])
        self.assertEqual(verify.canonical(verify.read_json(b"9007199254740991")), "9007199254740991")


if __name__ == "__main__":
    unittest.main()
