#!/usr/bin/env python3
"""W4, a hash-chained log of canonical JSON lines: w4_audit.py append|verify json|orjson|msgspec

append: events of w3_events.jsonl that parse, in memory as objects when the clock starts; durable when it stops. A line is
{"actor","body","hash","kind","log","prev","seq","time","v"} with hash = SHA-256 of the canonical body and prev = SHA-256
of the line before; canonical means sorted names, no spaces, UTF-8. verify: reads the segments that `w4 append` wrote, and
checks canonical form, both hashes, the number of each line, and the root of the Merkle tree against the checkpoint. The
first bad line ends it."""
import base64
import json
import os
import sys
from hashlib import sha256

from common import DATA, Timed, emit

ZEROS = "0" * 64


def library(name):
    """Reading and canonical writing; each in the fastest form that the library has."""
    if name == "orjson":
        import orjson
        return orjson.loads, lambda value: orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if name == "msgspec":
        import msgspec
        return msgspec.json.Decoder().decode, msgspec.json.Encoder(order="sorted").encode
    encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
    return json.loads, lambda value: encode(value).encode()


def events(loads):
    with open(DATA / "w3_events.jsonl", "rb", buffering=1 << 20) as file:
        for line in file:
            try:
                yield loads(line)
            except ValueError:
                continue


def append(peer):
    loads, canonical = library(peer)
    records = list(events(loads))
    with Timed() as timed, open(DATA / "w4_peer.jsonl", "wb", buffering=0) as file:
        prev, lines = ZEROS, []
        for seq, event in enumerate(records):
            text = canonical(event)
            body = b'{"event":%b,"fingerprint":"%b","tenant":"w4"}' % (text, sha256(text).hexdigest().encode())
            line = (b'{"actor":"w4","body":%b,"hash":"%b","kind":"telemetry.accepted","log":"example.org/w4","prev":"%b",'
                    b'"seq":%d,"time":"2024-03-15T14:30:00Z","v":1}'
                    % (body, sha256(body).hexdigest().encode(), prev.encode(), seq))
            prev = sha256(line).hexdigest()
            lines.append(line)
            if len(lines) == 1000:
                file.write(b"\n".join(lines) + b"\n")
                lines.clear()
        if lines:
            file.write(b"\n".join(lines) + b"\n")
        os.fdatasync(file.fileno())
    emit(f"w4 append {peer}", timed, len(records), {})
    os.remove(DATA / "w4_peer.jsonl")


class Edge:
    """The right edge of an RFC 6962 tree."""

    def __init__(self):
        self.size, self.roots = 0, []

    def push(self, leaf):
        size = self.size
        while size & 1:
            leaf = sha256(b"\x01" + self.roots.pop() + leaf).digest()
            size >>= 1
        self.roots.append(leaf)
        self.size += 1

    def root(self):
        root = self.roots[-1]
        for left in self.roots[-2::-1]:
            root = sha256(b"\x01" + left + root).digest()
        return root


def verify(peer):
    loads, canonical = library(peer)
    folder = DATA / "w4_log"
    origin, size, root = (folder / "checkpoint").read_text().split("\n")[:3]
    with Timed() as timed:
        prev, edge = ZEROS, Edge()
        for segment in sorted(folder.glob("*.jsonl")):
            with open(segment, "rb", buffering=1 << 20) as file:
                for line in file:
                    line = line[:-1]
                    record = loads(line)
                    good = (record["prev"] == prev and record["seq"] == edge.size and record["log"] == origin
                            and sha256(canonical(record["body"])).hexdigest() == record["hash"]
                            and canonical(record) == line)
                    if not good:
                        sys.exit(f"{peer}: line {edge.size} is wrong")
                    prev = sha256(line).hexdigest()
                    edge.push(sha256(b"\x00" + line).digest())
        if (edge.size, edge.root()) != (int(size), base64.b64decode(root)):
            sys.exit(f"{peer}: the checkpoint is of another log")
    emit(f"w4 verify {peer}", timed, edge.size, {"lines": edge.size})


if __name__ == "__main__":
    operation, library_name = sys.argv[1:]
    {"append": append, "verify": verify}[operation](library_name)
