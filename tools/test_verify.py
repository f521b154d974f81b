"""verify.py against logs of a writer of our own, untouched and with every kind of tampering."""
import contextlib
import io
import json
import pathlib
import random
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import verify  # noqa: E402
from log_writer import Signer, Writer, accepted, dump, event, note, sha256  # noqa: E402

SEGMENT = 8  # so that a small log has several segments
OLD = Signer("plant.example/log", bytes(range(32)))
NEW = Signer("plant.example/log", bytes(range(1, 33)))


def run(*arguments):
    """Exit code and printed lines."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = verify.main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = left.code
    return code, out.getvalue().splitlines()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.object(verify, "SEGMENT", SEGMENT))

    def enterContext(self, manager):  # unittest has it from Python 3.11 on
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def write(self, lines=20, at=(3, 20)):
        writer = Writer(signer=OLD)
        for number in range(lines):
            writer.accept(event(number))
            if number + 1 in at:
                writer.checkpoint()
        return writer

    def save(self, writer):
        self.path = writer.save(self.folder / "log-folder", SEGMENT)
        return self.path

    def codes(self, *more, key=OLD.vkey):
        """What was found, as (place, code)."""
        exit_code, lines = run("log", self.path, "--key", key, *more)
        self.assertIn((exit_code, lines[-1]), [(0, "ok"), (4, "not ok")])
        found = [tuple(line.split(": ")[:2]) for line in lines if self.is_finding(line)]
        self.assertEqual(exit_code == 4, bool(found), lines)
        return found

    @staticmethod
    def is_finding(line):
        code = line.split(": ")[1:2]
        return bool(code) and "." in code[0] and " " not in code[0]

    def edit(self, name, change):
        path = self.path / name
        path.write_bytes(change(path.read_bytes()))

    def edit_lines(self, name, change):
        def changed(data):
            lines = data.splitlines(keepends=True)
            change(lines)
            return b"".join(lines)
        self.edit(name, changed)


class Tampering(Case):
    def test_an_untouched_log_is_ok(self):
        self.save(self.write())
        self.assertEqual(self.codes(), [])

    def test_a_log_of_each_size_is_ok(self):
        for lines in range(0, 18):
            with self.subTest(lines):
                writer = self.write(lines, at=())
                writer.checkpoint()
                self.path = writer.save(self.folder / str(lines), SEGMENT)
                self.assertEqual(self.codes(), [])

    def test_finding_lines_name_segment_line_and_number(self):
        self.save(self.write())
        self.edit("log/00000001.jsonl", lambda data: data.replace(b'"value":"10.5"', b'"value":"11.5"'))
        code, lines = run("log", self.path, "--key", OLD.vkey)
        self.assertEqual(code, 4)
        # Event 10 is the third line of the second segment of eight. Its own hash, the next line's prev, the segment's
        # digest and the root at 20 disagree; the root at 3 does not.
        self.assertEqual(lines[0], "log/00000001.jsonl:3 (seq 10): record.hash: hash is not the SHA-256 of the body")
        self.assertTrue(lines[1].startswith("log/00000001.jsonl:4 (seq 11): chain.prev: "), lines[1])
        self.assertTrue(lines[2].startswith("checkpoints/20: checkpoint.root: "), lines[2])
        self.assertTrue(lines[3].startswith("SHA256SUMS: sums.differ: "), lines[3])

    def test_a_flipped_bit_is_found_at_its_line_or_at_the_next(self):
        writer = self.write(6, at=(6,))
        self.save(writer)
        original = (self.path / "log/00000000.jsonl").read_bytes()
        start = sum(len(line) + 1 for line in writer.lines[:2])
        for bit in range(0, 8 * (len(writer.lines[2]) + 1), 7):  # in every byte one bit, and each of the eight in turn
            changed = bytearray(original)
            changed[start + bit // 8] ^= 1 << bit % 8
            (self.path / "log/00000000.jsonl").write_bytes(changed)
            place, code = self.codes()[0]
            self.assertIn(place, ("log/00000000.jsonl:3 (seq 2)", "log/00000000.jsonl:4 (seq 3)"), (bit, code))

    def test_a_deleted_line_is_found_where_it_was(self):
        self.save(self.write())
        for at in range(8):
            with self.subTest(at):
                self.save(self.write())
                self.edit_lines("log/00000000.jsonl", lambda lines: lines.pop(at))
                found = self.codes()
                if at == 7:  # the last of its segment: the next one's first line does not follow
                    self.assertIn(("log/00000001.jsonl:1 (seq 7)", "chain.prev"), found)
                else:
                    self.assertEqual(found[0], (f"log/00000000.jsonl:{at + 1} (seq {at})", "chain.prev"))
                self.assertIn(("log/00000000.jsonl", "segment.lines"), found)

    def test_swapped_lines_are_found_at_the_first(self):
        for at in range(7):
            self.save(self.write())
            self.edit_lines("log/00000000.jsonl", lambda lines: lines.insert(at, lines.pop(at + 1)))
            self.assertEqual(self.codes()[0][0], f"log/00000000.jsonl:{at + 1} (seq {at})")

    def test_a_doubled_line_is_found_at_its_second(self):
        for at in range(8):
            self.save(self.write())
            self.edit_lines("log/00000000.jsonl", lambda lines: lines.insert(at, lines[at]))
            self.assertIn((f"log/00000000.jsonl:{at + 2} (seq {at + 1})", "chain.prev"), self.codes())

    def test_a_cut_tail_shows_against_the_checkpoint_that_signs_more(self):
        self.save(self.write())
        self.edit_lines("log/00000002.jsonl", lambda lines: lines.pop())
        self.assertEqual(self.codes(), [("checkpoints/20", "log.truncated")])

    def test_a_cut_tail_without_its_checkpoints_shows_only_against_a_kept_one(self):
        long = self.write()
        kept = self.folder / "kept"
        kept.write_bytes(long.checkpoints[20].encode())
        self.save(self.write(19, at=(3, 19)))
        self.assertEqual(self.codes(), [])
        self.assertEqual(self.codes("--checkpoint", kept), [(f"kept {kept}", "log.truncated")])

    def test_a_history_written_anew_shows_only_against_a_kept_checkpoint(self):
        kept = self.folder / "kept"
        kept.write_bytes(self.write().checkpoints[3].encode())
        other = Writer(signer=OLD)
        for number in range(20):
            other.accept(event(number, source_id="meter-2"))
        other.checkpoint()
        self.save(other)
        self.assertEqual(self.codes(), [])
        self.assertEqual(self.codes("--checkpoint", kept), [(f"kept {kept}", "checkpoint.root")])

    def test_a_torn_end_is_found(self):
        self.save(self.write())
        self.edit("log/00000002.jsonl", lambda data: data[:-1])
        self.assertEqual(self.codes(), [("log/00000002.jsonl:4 (seq 19)", "record.torn")])

    def test_a_line_may_have_65535_bytes_and_no_more(self):
        for length, found in [(65535, []), (65536, [("log/00000000.jsonl:1 (seq 0)", "record.too_long")])]:
            writer = Writer(signer=OLD)
            writer.append("factor.published", {"text": ""})
            spare = length - len(writer.lines.pop()) - 1
            writer.append("factor.published", {"text": "x" * spare})
            self.assertEqual(len(writer.lines[0]) + 1, length)
            writer.checkpoint()
            self.save(writer)
            self.assertEqual(self.codes()[:1], found)

    def test_a_missing_segment_is_found(self):
        self.save(self.write())
        (self.path / "log/00000001.jsonl").unlink()
        found = self.codes()
        self.assertEqual(found[0], ("log/00000002.jsonl", "segment.name"))
        self.assertIn(("log/00000002.jsonl:1 (seq 8)", "chain.prev"), found)

    def test_a_segment_list_that_differs_is_found(self):
        self.save(self.write())
        (self.path / "SHA256SUMS").write_text("0" * 64 + "  log/00000000.jsonl\n")
        codes = [code for _, code in self.codes()]
        self.assertEqual(codes, ["sums.differ", "sums.missing", "sums.missing"])  # two full segments, neither listed


class Records(Case):
    def record(self, **changes):
        """What is found in a log of one record that was changed and then signed as it is."""
        writer = Writer(signer=OLD)
        writer.accept(event(1))
        record = {**json.loads(writer.lines[0]), **changes}
        writer.lines[0] = dump({name: value for name, value in record.items() if value is not None}).encode()
        writer.checkpoint()
        self.save(writer)
        return [code for _, code in self.codes()]

    def test_each_member_is_checked(self):
        for change, code in [
                ({}, None), ({"v": 2}, "record.v"), ({"v": True}, "record.v"), ({"seq": 1}, "chain.seq"),
                ({"seq": -1}, "record.seq"),
                ({"kind": "telemetry.maybe"}, "record.kind"), ({"kind": ["correction"]}, "record.kind"),
                ({"actor": ""}, "record.actor"),
                ({"actor": "é" * 200}, None), ({"actor": "é" * 201}, "record.actor"),
                ({"log": "two words"}, "record.log"),
                ({"log": "a+b"}, "record.log"), ({"log": "other"}, "checkpoint.origin"),
                ({"prev": "0" * 63}, "record.prev"),
                ({"prev": "1" * 64}, "chain.prev"), ({"prev": "A" * 64}, "record.prev"),
                ({"hash": "0" * 64}, "record.hash"),
                ({"body": []}, "record.body"), ({"body": {}}, "record.hash"), ({"extra": 1}, "record.members"),
                ({"actor": None}, "record.members"), ({"time": "2024-02-29T23:59:59.999Z"}, None),
                ({"time": "0000-02-29T00:00:00Z"}, None),
                ({"time": "2023-02-29T00:00:00Z"}, "record.time"),
                ({"time": "2024-03-15T14:30:00.000Z"}, "record.time"),
                ({"time": "2024-03-15T14:30:00+00:00"}, "record.time"),
                ({"time": "2024-03-15T24:00:00Z"}, "record.time")]:
            with self.subTest(change):
                self.assertEqual(self.record(**change), [code] if code else [])

    def test_only_the_canonical_spelling_of_a_line_is_taken(self):
        plain = self.write(1, at=()).lines[0]
        for changed, code in [
                (plain.replace(b'"v":1}', b'"v":1 }'), "record.not_canonical"),
                (plain.replace(b'"v":1}', b'"v":1.0}'), "json.number"),
                (plain.replace(b"tester", b"\\u0074ester"), "record.not_canonical"),
                (plain.replace(b'"v":1}', b'"v":1,"v":1}'), "json.duplicate_name"),
                (plain.replace(b"tester", b"test\xff"), "json.syntax"), (plain + b"{}", "json.syntax"),
                (b"", "json.syntax"), (b"1", "record.members")]:
            writer = Writer(signer=OLD)
            writer.lines = [changed]
            writer.checkpoint()
            self.save(writer)
            self.assertEqual(self.codes(), [("log/00000000.jsonl:1 (seq 0)", code)])


class Keys(Case):
    def test_another_key_is_no_key(self):
        self.save(self.write())
        unsigned = [("checkpoints/3", "note.unsigned"), ("checkpoints/20", "note.unsigned")]
        self.assertEqual(self.codes(key=NEW.vkey), unsigned)

    def test_a_bad_signature_is_found(self):
        writer = self.write()
        text = writer.checkpoints[20]
        writer.checkpoints[20] = text[:-9] + ("A" if text[-9] != "A" else "B") + text[-8:]
        self.save(writer)
        self.assertEqual(self.codes(), [("checkpoints/20", "note.signature")])

    def test_a_checkpoint_under_a_wrong_name_and_a_stale_newest_are_found(self):
        self.save(self.write())
        (self.path / "checkpoints/3").rename(self.path / "checkpoints/4")
        (self.path / "checkpoint").write_bytes((self.path / "checkpoints/4").read_bytes())
        self.assertEqual(self.codes(), [("checkpoints/4", "checkpoint.name"), ("checkpoint", "checkpoint.newest")])

    def test_a_log_that_nothing_signs_is_not_ok(self):
        self.save(self.write(at=()))
        self.assertEqual(self.codes(), [("checkpoint", "checkpoint.missing")])

    def rotated(self, *signers):
        writer = self.write(5, at=(5,))
        writer.rotate(NEW)
        writer.accept(event(6))
        writer.checkpoint(*signers)
        return writer

    def test_a_new_key_counts_when_the_old_one_has_signed_it_in(self):
        self.save(self.rotated(OLD))
        self.assertEqual(self.codes(), [])

    def test_a_new_key_without_the_old_ones_word_needs_the_auditor(self):
        self.save(self.rotated())
        self.assertEqual(self.codes(), [("key.pub (seq 5)", "key.unendorsed")])
        self.assertEqual(self.codes("--key", NEW.vkey), [])

    def test_a_thief_without_the_key_cannot_rotate_it(self):
        forged = Writer(signer=OLD)
        forged.rotate(NEW)  # the record needs no secret of OLD
        for number in range(5):
            forged.accept(event(number))
        forged.checkpoint()
        self.save(forged)
        self.assertEqual(self.codes(), [("key.pub (seq 0)", "key.unendorsed")])

    def test_after_a_rotation_the_old_key_alone_is_not_enough(self):
        writer = self.rotated(OLD)
        text = writer.checkpoints[7].rpartition("\n\n")[0] + "\n"
        writer.checkpoints[7] = note(text, OLD)
        self.save(writer)
        self.assertEqual(self.codes("--key", NEW.vkey), [("checkpoints/7", "checkpoint.key")])

    def test_a_rotation_of_a_key_that_is_not_in_force_is_found(self):
        writer = self.write(5, at=(5,))
        writer.append("key.rotated", {"new": OLD.vkey, "old": NEW.vkey})
        self.save(writer)
        self.assertEqual(self.codes(), [("log/00000000.jsonl:6 (seq 5)", "key.rotation")])


class Payloads(Case):
    def detached(self):
        writer = Writer(signer=OLD)
        writer.detach(accepted(event(0)), bytes(range(32)))
        writer.detach(accepted(event(1)), bytes(range(32, 64)))
        return writer

    def codes_of(self, writer):
        writer.checkpoint()
        self.save(writer)
        return self.codes()

    def test_a_detached_payload_is_what_was_committed_to(self):
        self.assertEqual(self.codes_of(self.detached()), [])

    def test_a_changed_payload_or_salt_is_found(self):
        for change in [{"payload": accepted(event(2))}, {"salt": "00" * 32}]:
            writer = self.detached()
            writer.payloads[1] = {**writer.payloads[1], **change}
            self.assertEqual(self.codes_of(writer), [("log/00000000.jsonl:2 (seq 1)", "payload.commitment")])

    def test_a_payload_that_was_redacted_may_be_gone(self):
        writer = self.detached()
        writer.append("redaction", {"reason": "asked for", "seq": 1})
        del writer.payloads[1]
        self.assertEqual(self.codes_of(writer), [])

    def test_a_payload_that_is_gone_without_a_redaction_is_found(self):
        writer = self.detached()
        del writer.payloads[1]
        self.assertEqual(self.codes_of(writer), [("payloads/1.json (seq 1)", "payload.missing")])

    def test_a_redaction_that_was_not_carried_out_is_found(self):
        writer = self.detached()
        writer.append("redaction", {"reason": "asked for", "seq": 1})
        self.assertEqual(self.codes_of(writer), [("log/00000000.jsonl:3 (seq 2)", "redaction.undone")])

    def test_a_second_redaction_of_one_payload_is_found(self):
        writer = self.detached()
        del writer.payloads[1]
        for _ in range(2):
            writer.append("redaction", {"reason": "asked for", "seq": 1})
        self.assertEqual(self.codes_of(writer), [("log/00000000.jsonl:4 (seq 3)", "redaction.target")])

    def test_a_redaction_of_nothing_detached_is_found(self):
        for target in (2, 3, 9, "1", None):
            writer = self.detached()
            writer.accept(event(2))
            writer.append("redaction", {"reason": "asked for", "seq": target})
            self.assertEqual(self.codes_of(writer), [("log/00000000.jsonl:4 (seq 3)", "redaction.target")])


class Program(Case):
    def test_exit_codes(self):
        self.save(self.write())
        self.assertEqual(run("log", self.path, "--key", OLD.vkey)[0], 0)
        self.assertEqual(run("log", self.path)[0], 2)
        self.assertEqual(run("log", self.path, "--key", "not a key")[0], 2)
        self.assertEqual(run("log", self.folder / "nowhere", "--key", OLD.vkey)[0], 3)
        self.assertEqual(run("log", self.path, "--key", NEW.vkey)[0], 4)

    def test_json_says_the_same(self):
        self.save(self.write())
        self.edit_lines("log/00000002.jsonl", lambda lines: lines.pop())
        code, lines = run("log", self.path, "--key", OLD.vkey, "--json")
        found = json.loads("\n".join(lines))
        self.assertEqual((code, found["ok"]), (4, False))
        self.assertEqual([(f["file"], f["code"]) for f in found["findings"]], [("checkpoints/20", "log.truncated")])

    def test_noise_never_breaks_the_program(self):
        chance = random.Random(7)
        writer = self.write(12, at=(5, 12))
        for _ in range(300):
            self.save(writer)
            name = chance.choice(["log/00000000.jsonl", "log/00000001.jsonl", "checkpoints/5", "checkpoint"])
            data = bytearray((self.path / name).read_bytes())
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data)):chance.randrange(len(data))] = chance.randbytes(chance.randint(1, 5))
            (self.path / name).write_bytes(data)
            self.assertTrue(self.codes(), name)


if __name__ == "__main__":
    unittest.main()
