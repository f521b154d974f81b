#!/usr/bin/env python3
"""Checks an audit log of esg, a proof, or one figure of a report, without esg: Python 3.9 and its standard library.

    verify.py log FOLDER --key VKEY [--key VKEY ...] [--checkpoint FILE ...]
    verify.py proof FILE.tlog-proof --key VKEY [--record FILE]
    verify.py bundle FILE.json --key VKEY

--key is a C2SP verifier key (`name+hash+base64`) that you had from its owner, not from the folder. --checkpoint is one
that you kept from an earlier visit. --json prints one JSON object. Exit codes: 0 ok, 2 usage, 3 files, 4 findings.
Written from the format (docs/audit.md; RFC 8785, 6962, 8032; C2SP signed-note, tlog-checkpoint, tlog-proof) and not
from the program that writes the log, so that one mistake cannot be in both.
"""
import argparse
import base64
import datetime
import functools
import hashlib
import json
import pathlib
import re
import sys

SEGMENT, LINE_MAX, NOTE_MAX, KEPT_FINDINGS = 65536, 65535, 1 << 20, 1000
MEMBERS = "actor body hash kind log prev seq time v".split()
KINDS = ("telemetry.accepted telemetry.conflict telemetry.rejected_batch correction factor.published calc.completed "
         "report.issued period.closed redaction key.rotated recovery").split()
HEX = "[0-9a-f]{64}"
TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.(?!000)\d{3})?Z", re.ASCII).fullmatch

class Problem(Exception):
    """Why something is not as it should be: a code that never changes, and a sentence."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message

def need(true, code, message):
    if not true:
        raise Problem(code, message)

# Ed25519 (RFC 8032, 5.1), strict: S below the group's order, coordinates below P, no key of small order.
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)

def add(a, b):
    """Sum of two points (x, y, z, t) with x = X/z, y = Y/z, t = x y z; right for equal points too."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P

def point(encoded):
    """The point of 32 bytes, or None where they are not the one encoding of a point."""
    y, odd = int.from_bytes(encoded, "little") & (1 << 255) - 1, encoded[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT_OF_MINUS_1 % P
    if y >= P or x * x % P != square or (x == 0 and odd):
        return None
    x = x if x & 1 == odd else P - x
    return x, y, 1, x * y % P

BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def ed25519(public, message, signature):
    """Is S B = R + k A? Computed as S B - k A, whose encoding must be the R of the signature byte for byte."""
    a, s = point(public), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or s >= ORDER:
        return False
    a8 = functools.reduce(lambda a, _: add(a, a), range(3), a)
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus_a, sum_ = (P - a[0], a[1], 1, P - a[3]), (0, 1, 1, 0)
    choice = {(0, 0): sum_, (1, 0): BASE, (0, 1): minus_a, (1, 1): add(BASE, minus_a)}
    for bit in range(252, -1, -1):
        sum_ = add(add(sum_, sum_), choice[s >> bit & 1, k >> bit & 1])
    x, y = [sum_[axis] * pow(sum_[2], -1, P) % P for axis in (0, 1)]
    return a8[0] != 0 and (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]

# Canonical JSON (RFC 8785). Of numbers only integers within 2^53 occur in a log (quantities are text); all others are
# refused, so that this file needs no second algorithm for the text of a float.
quote = json.JSONEncoder(ensure_ascii=False).encode  # escapes exactly what RFC 8785 escapes, in its way

def canonical(value):
    kind = type(value)
    if kind is str:
        return quote(value)
    if kind is dict:
        units = None if "".join(value).isascii() else lambda name: name.encode("utf-16-be", "surrogatepass")
        names = sorted(value, key=units)
        return "{" + ",".join([quote(name) + ":" + canonical(value[name]) for name in names]) + "}"
    if kind is list:
        return "[" + ",".join(map(canonical, value)) + "]"
    if kind is int:
        need(abs(value) < 2**53, "json.number", f"{value} is beyond 2^53")
        return str(value)
    need(kind is not float, "json.number", f"{value} is not an integer; quantities in a log are text")
    return {None: "null", True: "true", False: "false"}[value]

def pairs(members):
    need(len(found := dict(members)) == len(members), "json.duplicate_name", "an object has one name twice")
    return found

decoder = json.JSONDecoder(object_pairs_hook=pairs)

def read_json(data):
    try:
        return decoder.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise Problem("json.syntax", f"not JSON in UTF-8: {error}") from None

def digest(data):
    return hashlib.sha256(data).digest()

# Merkle tree (RFC 6962).
def node(left, right):
    return digest(b"\1" + left + right)

def push(peaks, size, leaf):
    """Adds a leaf to the roots of the complete subtrees of `size` leaves, largest first."""
    while size & 1:
        leaf, size = node(peaks.pop(), leaf), size >> 1
    peaks.append(leaf)

def root(peaks):
    return functools.reduce(lambda right, left: node(left, right), peaks[::-1]) if peaks else digest(b"")

# Signed notes and checkpoints (C2SP).
def unbase64(text, code="note.base64"):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    need(base64.b64encode(data).decode() == text, code, f"{text[:60]!r} is not base64")
    return data

def verifier_key(text):
    """Key name and id, and the public key, of `name+hash+base64`."""
    name, _, rest = text.partition("+")
    id_, _, key = rest.partition("+")
    data = unbase64(key, "key.form")
    need(name and not re.search(r"\s", name) and len(data) == 33 and data[0] == 1 and point(data[1:]) and
         digest(f"{name}\n".encode() + data)[:4].hex() == id_, "key.form", f"{text[:200]!r} is no Ed25519 verifier key")
    return (name, id_), data[1:]

def open_note(data, keys):
    """The text of a note, and which of the `keys` signed it. Signatures of other keys are ignored, as C2SP says."""
    try:
        text, blank, signatures = data.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        raise Problem("note.form", "the note is not UTF-8") from None
    form = blank and signatures.endswith("\n") and not re.search(rb"[\0-\x09\x0b-\x1f]", data)
    need(form, "note.form", "not text, a blank line, and signature lines, without control characters")
    text, signers = text + "\n", set()
    for line in signatures[:-1].split("\n"):
        form = re.fullmatch(r"\u2014 ([^\s+]+) (\S+)", line)
        need(form, "note.form", f"{line[:80]!r} is no signature line")
        signature = unbase64(form[2])
        key = form[1], signature[:4].hex()
        if key in keys and key not in signers:
            good = ed25519(keys[key], text.encode(), signature[4:])
            need(good, "note.signature", f"the signature of {key[0]} is wrong")
            signers.add(key)
    need(signers, "note.unsigned", "no key that you trust has signed this")
    return text, signers

def checkpoint(text):
    """Origin, size and root of a checkpoint's text."""
    origin, size, root_, *more = text.split("\n") if text.count("\n") > 2 else ("", "", "", "")
    form = re.fullmatch("0|[1-9][0-9]{0,18}", size) and more[-1:] == [""] and all(more[:-1])
    need(origin and form, "checkpoint.form", "not lines of origin, size and root, then only lines that are not empty")
    return origin, int(size), unbase64(root_, "checkpoint.form")

# One record.
def is_text(value, form):
    return type(value) is str and bool(re.fullmatch(form, value))

@functools.lru_cache(4096)
def is_time(text):
    try:
        return bool(form := TIME(text)) and bool(datetime.date(int(form[1]) or 2000, int(form[2]), int(form[3])))
    except ValueError:  # no such day
        return False

def record(line):
    """The record of a line (without its LF) after every check that needs nothing else."""
    value = read_json(line)
    need(type(value) is dict and sorted(value) == MEMBERS, "record.members", f"not exactly {', '.join(MEMBERS)}")
    body = canonical(value["body"])
    written = ",".join([f'"{name}":{body if name == "body" else canonical(value[name])}' for name in MEMBERS])
    need("{" + written + "}" == line.decode(), "record.not_canonical", "not written as RFC 8785 says")
    for name, right in [
            ("v", type(value["v"]) is int and value["v"] == 1), ("kind", value["kind"] in KINDS),
            ("body", type(value["body"]) is dict), ("seq", type(value["seq"]) is int and value["seq"] >= 0),
            ("log", is_text(value["log"], r"[^\s+]{1,200}")), ("actor", is_text(value["actor"], "(?s:.{1,200})")),
            ("prev", is_text(value["prev"], HEX)), ("time", type(value["time"]) is str and is_time(value["time"]))]:
        need(right, "record." + name, f"{name} cannot be {canonical(value[name])[:80]}")
    need(value["hash"] == digest(body.encode()).hex(), "record.hash", "hash is not the SHA-256 of the body")
    return value

def uncovered(body, detached):
    """The payload that a record only commits to: SHA-256(salt, canonical payload)."""
    form = type(detached) is dict and sorted(detached) == ["payload", "salt"] and is_text(detached["salt"], HEX)
    need(form, "payload.form", "not an object of payload and salt")
    salted = bytes.fromhex(detached["salt"]) + canonical(detached["payload"]).encode(errors="surrogatepass")
    need(digest(salted).hex() == body["commitment"], "payload.commitment", "not the payload that the record commits to")
    return detached["payload"]

def finding(file, code, message, line=None, seq=None):
    return {"file": file, "line": line, "seq": seq, "code": code, "message": message}

def shown(found):
    line = "" if found["line"] is None else f":{found['line']}"
    seq = "" if found["seq"] is None else f" (seq {found['seq']})"
    return f"{found['file']}{line}{seq}: {found['code']}: {found['message']}"

class Log:
    """A folder, read once from front to back. Memory grows with checkpoints and redactions, not with lines."""

    def __init__(self, folder, keys, kept):
        self.folder, self.given, self.keys = folder, set(keys), dict(keys)
        self.reigns = [(0, next(iter(keys)))]  # (size from which checkpoints need it, key)
        self.findings, self.found, self.name, self.size, self.redacted, self.gone = [], 0, None, 0, set(), set()
        self.checkpoints = {}  # size: [(label, origin, root, bytes)]
        for path in kept:
            self.take(f"kept {path}", path)
        issued = {path.name: path for path in folder.glob("checkpoints/*")}
        for name, path in sorted(issued.items()):
            self.take(f"checkpoints/{name}", path, name)
        newest = issued.get(str(max((int(name) for name in issued if name.isdecimal()), default="")))
        if newest is None or not (folder / "checkpoint").exists():
            self.find("checkpoint", "checkpoint.missing", "it and checkpoints/ are needed, or nothing signs this log")
        elif (folder / "checkpoint").read_bytes() != newest.read_bytes():
            self.take("checkpoint", folder / "checkpoint")
            self.find("checkpoint", "checkpoint.newest", f"not the bytes of checkpoints/{newest.name}, the newest")

    def find(self, where, code, message, line=None, seq=None):
        self.found += 1
        if self.found <= KEPT_FINDINGS:
            self.findings.append(finding(where, code, message, line, seq))

    def take(self, label, path, named=None):
        try:
            with open(path, "rb") as file:
                data = file.read(NOTE_MAX)
            origin, size, root_ = checkpoint(data.decode(errors="replace").rpartition("\n\n")[0] + "\n")
            need(named in (None, str(size)), "checkpoint.name", f"it is of size {size}")
            self.checkpoints.setdefault(size, []).append((label, origin, root_, data))
        except Problem as problem:
            self.find(label, problem.code, problem.message)

    def check(self):
        names = sorted(path.name for path in (self.folder / "log").iterdir())
        strange = [(name, index) for index, name in enumerate(names) if name != f"{index:08}.jsonl"]
        for name, index in strange[:1]:
            self.find(f"log/{name}", "segment.name", f"{index:08}.jsonl should be here: it is missing, or this is none")
        self.seq, self.prev, self.peaks, sealed = 0, "0" * 64, [], []
        self.compare_roots()
        for name in names:
            count, hash_ = 0, hashlib.sha256()
            with open(self.folder / "log" / name, "rb") as file:  # a line too long comes in pieces
                for count, line in enumerate(iter(lambda: file.readline(LINE_MAX + 1), b""), 1):
                    hash_.update(line)
                    self.line(f"log/{name}", count, line)
            if count > SEGMENT or (count < SEGMENT and name != names[-1]):
                self.find(f"log/{name}", "segment.lines", f"{count} lines; a segment is full at {SEGMENT}")
            if count == SEGMENT:
                sealed.append(f"{hash_.hexdigest()}  log/{name}")
        for size, waiting in self.checkpoints.items():
            for label, *_ in waiting if size > self.size else ():
                self.find(label, "log.truncated", f"signed at size {size}, but the log has only {self.size} lines")
        for seq in sorted(self.gone - self.redacted):
            self.find(f"payloads/{seq}.json", "payload.missing", "neither there nor redacted", seq=seq)
        self.check_signatures()
        self.check_sums(sealed)

    def line(self, file, number_, line):
        here, prev, want = (number_, self.seq), self.prev, self.seq
        data = line[:-1] if line.endswith(b"\n") else line
        self.seq, self.prev = want + 1, digest(data).hex()
        push(self.peaks, self.size, digest(b"\0" + data))
        self.size += 1
        try:
            need(len(line) <= LINE_MAX, "record.too_long", f"more than {LINE_MAX} bytes")
            need(line.endswith(b"\n"), "record.torn", "the line has no end")
            value = record(data)
            self.seq, self.name = value["seq"] + 1, self.name or value["log"]
            if value["prev"] != prev:
                self.find(file, "chain.prev", "not the SHA-256 of the line before: that or this one was changed, or "
                          "one between them is gone", *here)
            if value["seq"] != want:
                self.find(file, "chain.seq", f"says seq {value['seq']}, and {want} is next", *here)
            need(value["log"] == self.name, "record.log", f"belongs to the log {value['log']}, not {self.name}")
            self.follow(value["kind"], value["body"], value["seq"])
        except Problem as problem:
            self.find(file, problem.code, problem.message, *here)
        except RecursionError:
            self.find(file, "json.syntax", "nested too deeply", *here)
        self.compare_roots()

    def follow(self, kind, body, seq):
        """What a record means for others: a detached payload, a redaction, a new key."""
        if kind in ("telemetry.accepted", "correction") and "commitment" in body:
            path = self.folder / "payloads" / f"{seq}.json"
            if not path.exists():
                self.gone.add(seq)
                return
            data = path.read_bytes()
            detached = read_json(data)
            need(canonical(detached) + "\n" == data.decode(), "payload.form", "not canonical JSON and a line end")
            uncovered(body, detached)
        elif kind == "redaction":
            target = body.get("seq")
            need(type(target) is int and 0 <= target < seq, "redaction.target", "names no earlier record")
            need(not (self.folder / "payloads" / f"{target}.json").exists(), "redaction.undone",
                 f"the payload of seq {target} is still there")
            left = target in self.gone and target not in self.redacted
            need(left, "redaction.target", f"seq {target} has no detached payload, or had none any more")
            self.redacted.add(target)
        elif kind == "key.rotated":
            (old, _), (new, public) = verifier_key(str(body.get("old"))), verifier_key(str(body.get("new")))
            need(old == self.reigns[-1][1], "key.rotation", f"replaces {'+'.join(old)}, which is not the key in force")
            self.keys[new] = public
            self.reigns.append((seq + 1, new))

    def compare_roots(self):
        for label, origin, root_, _ in self.checkpoints.get(self.size, ()):
            if root_ != root(self.peaks):
                self.find(label, "checkpoint.root", f"the first {self.size} lines are not those that were signed")
            if self.name and origin != self.name:
                self.find(label, "checkpoint.origin", f"signs the log {origin}, not {self.name}")

    def check_signatures(self):
        """Each checkpoint needs the key in force at its size. A new key needs the old one's word, or yours."""
        signed = []
        for size, waiting in sorted(self.checkpoints.items()):
            needed = [key for since, key in self.reigns if since <= size][-1]
            for label, _, _, data in waiting:
                try:
                    signers = open_note(data, self.keys)[1]
                    need(needed in signers, "checkpoint.key", f"not signed by {'+'.join(needed)}, the key in force")
                    signed.append((size, signers))
                except Problem as problem:
                    self.find(label, problem.code, problem.message)
        for (_, old), (since, new) in zip(self.reigns, self.reigns[1:]):
            if new not in self.given and not any(size >= since and old in signers for size, signers in signed):
                self.find("key.pub", "key.unendorsed", "the old key has signed no checkpoint with this record: ask its "
                          f"owner whether {'+'.join(new)} is genuine, then pass it as a further --key", seq=since - 1)

    def summary(self):
        last = max(self.checkpoints, default=0)
        lines = [f"log {self.name}, {self.size} lines, root {root(self.peaks).hex()}",
                 f"{sum(map(len, self.checkpoints.values()))} checkpoints, newest at {last}; "
                 f"{max(self.size - last, 0)} lines after it are chained but not signed",
                 f"{len(self.reigns)} keys, {len(self.gone)} payloads gone of which {len(self.redacted)} redacted"]
        return lines + [f"{self.found} findings, not all shown"] * (self.found > KEPT_FINDINGS)

    def check_sums(self, sealed):
        path = self.folder / "SHA256SUMS"
        listed = path.read_text(errors="replace").splitlines() if path.exists() else []
        for line in [line for line in listed if line not in sealed]:
            self.find("SHA256SUMS", "sums.differ", f"{line[:100]!r} is not the SHA-256 of a full segment")
        for line in [line for line in sealed if line not in listed]:
            self.find("SHA256SUMS", "sums.missing", f"{line!r} should be listed")

def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["log", "proof", "bundle"])
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--key", action="append", required=True, metavar="VKEY")
    parser.add_argument("--checkpoint", action="extend", nargs="+", default=[], type=pathlib.Path, metavar="FILE")
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        keys = dict(map(verifier_key, asked.key))
    except Problem as problem:
        parser.error(str(problem))
    findings, lines = [], []
    try:
        if asked.what == "log":
            log = Log(asked.path, keys, asked.checkpoint)
            log.check()
            findings, lines = log.findings, log.summary()
        else:
            import proofs
            data, line = asked.path.read_bytes(), asked.record and asked.record.read_bytes()
            lines = proofs.check_proof(data, keys, line) if asked.what == "proof" else proofs.check_bundle(data, keys)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 3
    except Problem as problem:
        findings = [finding(str(asked.path), problem.code, problem.message)]
    if asked.json:
        print(json.dumps({"ok": not findings, "findings": findings, "lines": lines}, ensure_ascii=False))
    else:
        print("\n".join([*map(shown, findings), *lines, "not ok" if findings else "ok"]))
    return 4 if findings else 0

if __name__ == "__main__":
    sys.modules["verify"] = sys.modules["__main__"]  # proofs.py then imports this very module, not a second copy
    sys.exit(main(sys.argv[1:]))
