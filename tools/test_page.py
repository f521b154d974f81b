"""docs/audit.md: every command in it runs on a sample log, and every finding that exists is listed there."""
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))
from log_writer import Signer, Writer, accepted, event, proof  # noqa: E402
from test_proofs import OWNER, bundle  # noqa: E402

PAGE = (TOOLS.parent / "docs" / "audit.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

# What the commands say when all is well, in the order of the page.
SAID = ["ok", "line 5 follows line 4", "line 5 holds its body", "Signature Verified Successfully",
        "the first two lines are those that were signed", "payload 5 is the one that was recorded", "ok", "ok", "ok",
        r'payload 6 is gone, because of "asked for, \"case\" 4"']


def sample(folder):
    """The directory that the page describes, with one full file of 65 536 lines and a started one."""
    writer = Writer(signer=OWNER)
    for number in range(65540):
        if number in (5, 6):
            writer.detach(accepted(event(number)), bytes(range(number, number + 32)))
        elif number == 7:
            writer.append("redaction", {"reason": "asked for, \"case\" 4", "seq": 6})
            del writer.payloads[6]
        else:
            writer.accept(event(number, tags={"site": "Łódź \"1\", Süd"}))
        if number in (1, 1000):
            writer.checkpoint()
    note = writer.checkpoint(Signer("witness.example/w", bytes(range(1, 33))))
    writer.save(folder / "footprint")
    hashes = "".join(base64.b64encode(hash_).decode() + "\n" for hash_ in proof(3, writer.leaves()))
    (folder / "3.tlog-proof").write_bytes(f"c2sp.org/tlog-proof@v1\nindex 3\n{hashes}\n{note}".encode())
    (folder / "cell.json").write_text(json.dumps(bundle()))
    (folder / "owner.vkey").write_text(OWNER.vkey + "\n")
    shutil.copytree(TOOLS, folder / "tools", ignore=shutil.ignore_patterns("__pycache__", "test_*", "log_writer.py"))


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.directory.name)
        sample(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def run_blocks(self, blocks):
        script = "set -euo pipefail\n" + "\n".join(blocks)
        return subprocess.run(["bash", "-c", script], cwd=self.folder, env={**os.environ, "LC_ALL": "C.UTF-8"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8")

    def test_all_commands_of_the_page_run_and_agree(self):
        done = self.run_blocks(BLOCKS)
        self.assertEqual(done.returncode, 0, done.stdout)
        said = iter(done.stdout.splitlines())
        for line in SAID:
            self.assertTrue(any(found == line for found in said), f"{line!r} is not said, or too early:\n{done.stdout}")

    def test_each_check_by_hand_fails_on_a_log_that_was_changed(self):
        starts = {"sha256sum": "(cd footprint", "chain": "line()", "body": "stated=$(line 5", "signature": "name=",
                  "root": "leaf()", "payload": "seq=5"}
        block = {name: next(b for b in BLOCKS if b.startswith(start)) for name, start in starts.items()}
        log = self.folder / "footprint/log/00000000.jsonl"
        lines = log.read_bytes().splitlines(keepends=True)
        undone = self.folder / "footprint/payloads/6.json"
        redaction = next(b for b in BLOCKS if b.startswith("grep -h"))
        undone.write_bytes(b"{}")
        self.assertNotEqual(self.run_blocks([redaction]).returncode, 0)
        undone.unlink()
        self.assertEqual(self.run_blocks([redaction]).returncode, 0)
        for name, path, change in [
                ("sha256sum", log, lambda data: data.replace(b"tester", b"fester", 1)),
                ("chain", log, lambda data: data.replace(lines[3], lines[3].replace(b"tester", b"fester"))),
                ("body", log, lambda data: data.replace(lines[4], lines[4].replace(b'"4.5"', b'"5.5"'))),
                ("signature", self.folder / "footprint/checkpoint", lambda data: data.replace(b"65540", b"65539")),
                ("root", log, lambda data: data.replace(b"tester", b"fester", 1)),
                ("payload", self.folder / "footprint/payloads/5.json", lambda data: data.replace(b"5.5", b"6.5"))]:
            with self.subTest(name):
                original = path.read_bytes()
                self.assertNotEqual(change(original), original)
                path.write_bytes(change(original))
                try:
                    needed = [block["chain"].split("\n")[0], block[name]]
                    self.assertNotEqual(self.run_blocks(needed).returncode, 0)
                finally:
                    path.write_bytes(original)
                self.assertEqual(self.run_blocks(needed).returncode, 0)

    def test_every_finding_is_listed_and_every_listed_one_exists(self):
        families = "json record chain segment sums checkpoint log note key payload redaction proof bundle".split()
        code = r"((?:" + "|".join(families) + r")\.[a-z_0-9]+)"
        source = "".join((TOOLS / name).read_text(encoding="utf-8") for name in ("verify.py", "proofs.py"))
        existing = set(re.findall(f'"{code}"', source)) - {"key.rotated", "key.pub"}  # a kind of record, a file
        existing |= {"record." + name for name in "v log seq time kind actor body hash prev".split()}
        self.assertEqual(set(re.findall(f"`{code}`", PAGE.split("## Findings")[1])), existing)


if __name__ == "__main__":
    unittest.main()
