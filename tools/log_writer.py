"""A small writer of audit logs for the tests: the format once more, by other means than verify.py's.

It holds all lines in memory and computes roots by the recursive definition of RFC 6962, where verify.py folds them as
they come; it signs with affine arithmetic, where verify.py checks with extended coordinates.
"""
import base64
import hashlib
import json
import pathlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE = (15112221349535400772501151409588531511454012693041857206046113283949847762202,
        46316835694926478169428394003475163141307993866256225615783033603165251855960)


def sha256(data):
    return hashlib.sha256(data).digest()


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P)


def multiply(scalar):
    result, point = (0, 1), BASE
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return (result[1] | (result[0] & 1) << 255).to_bytes(32, "little")


class Signer:
    """An Ed25519 key with a C2SP name."""

    def __init__(self, name, seed):
        digest = hashlib.sha512(seed).digest()
        self.name, self.prefix = name, digest[32:]
        self.scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
        self.public = multiply(self.scalar)
        self.id = sha256(name.encode() + b"\n\x01" + self.public)[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(bytes([1]) + self.public).decode()}"

    def signature(self, message):
        r = int.from_bytes(hashlib.sha512(self.prefix + message).digest(), "little") % ORDER
        head = multiply(r)
        k = int.from_bytes(hashlib.sha512(head + self.public + message).digest(), "little") % ORDER
        return head + ((r + k * self.scalar) % ORDER).to_bytes(32, "little")

    def line(self, text):
        return f"\u2014 {self.name} {base64.b64encode(self.id + self.signature(text.encode())).decode()}\n"


def note(text, *signers):
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def dump(value):
    """Canonical for what the tests write: ASCII names, text, integers, lists and objects."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def root(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:]))


def proof(index, leaves):
    """RFC 6962, 2.1.1: from the leaf's sibling up to the root's child."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return proof(index, leaves[:half]) + [root(leaves[half:])]
    return proof(index - half, leaves[half:]) + [root(leaves[:half])]


class Writer:
    def __init__(self, name="plant.example/log", signer=None):
        self.name = name
        self.signer = signer or Signer(name, bytes(range(32)))
        self.lines, self.checkpoints, self.payloads = [], {}, {}

    def append(self, kind, body, actor="tester", time="2024-03-15T14:30:00Z"):
        prev = sha256(self.lines[-1]).hex() if self.lines else "0" * 64
        record = {"actor": actor, "body": body, "hash": sha256(dump(body).encode()).hex(), "kind": kind,
                  "log": self.name, "prev": prev, "seq": len(self.lines), "time": time, "v": 1}
        self.lines.append(dump(record).encode())
        return len(self.lines) - 1

    def accept(self, event):
        return self.append("telemetry.accepted", accepted(event))

    def detach(self, payload, salt):
        commitment = sha256(salt + dump(payload).encode()).hex()
        seq = self.append("telemetry.accepted", {"commitment": commitment, "tenant": "t"})
        self.payloads[seq] = {"payload": payload, "salt": salt.hex()}
        return seq

    def rotate(self, new):
        self.append("key.rotated", {"new": new.vkey, "old": self.signer.vkey})
        self.signer = new

    def leaves(self):
        return [sha256(b"\0" + line) for line in self.lines]

    def checkpoint(self, *more):
        text = f"{self.name}\n{len(self.lines)}\n{base64.b64encode(root(self.leaves())).decode()}\n"
        self.checkpoints[len(self.lines)] = note(text, self.signer, *more)
        return self.checkpoints[len(self.lines)]

    def save(self, folder, segment=65536):
        folder = pathlib.Path(folder)
        for name in ("log", "checkpoints", "payloads"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        sums = ""
        for start in range(0, max(len(self.lines), 1), segment):
            part = b"".join(line + b"\n" for line in self.lines[start:start + segment])
            name = f"log/{start // segment:08}.jsonl"
            (folder / name).write_bytes(part)
            if len(self.lines) - start >= segment:
                sums += f"{sha256(part).hex()}  {name}\n"
        if sums:
            (folder / "SHA256SUMS").write_text(sums)
        for size, text in self.checkpoints.items():
            (folder / "checkpoints" / str(size)).write_bytes(text.encode())
        if self.checkpoints:
            newest = self.checkpoints[max(self.checkpoints)]
            (folder / "checkpoint").write_bytes(newest.encode())
        for seq, detached in self.payloads.items():
            (folder / "payloads" / f"{seq}.json").write_bytes((dump(detached) + "\n").encode())
        (folder / "key.pub").write_text(self.signer.vkey + "\n")
        return folder


def accepted(event):
    return {"event": event, "fingerprint": sha256(dump(event).encode()).hex(), "tenant": "t"}


def event(number, **changes):
    return {"external_event_id": str(number), "source_id": "meter-1", "timestamp": "2024-03-15T14:30:00Z",
            "metrics": [{"name": "energy_kwh", "unit": "kWh", "value": f"{number}.5"}],
            "tags": {"region": "GB", "site": "Hull"}, "vertical": "ai_data_center", **changes}
