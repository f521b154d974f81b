#!/usr/bin/env python3
"""Writes stream.json: uniform numbers of variables, by a program of its own (standard library only).

It follows the words of docs/simulation.md, not the engine's source, so the two vouch for each other."""
import hashlib
import json
import pathlib
import struct

MASK = 0xFFFFFFFF


def philox(counter, key):
    a, b, c, d = counter
    k0, k1 = key
    for _ in range(10):
        first, second = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = second >> 32 ^ b ^ k0, second & MASK, first >> 32 ^ d ^ k1, first & MASK
        k0, k1 = k0 + 0x9E3779B9 & MASK, k1 + 0xBB67AE85 & MASK
    return a, b, c, d


def uniform(seed, name, draw):
    key = struct.unpack("<II", hashlib.sha256(struct.pack("<Q", seed) + name.encode()).digest()[:8])
    pair = draw // 2
    words = philox((pair & MASK, pair >> 32, 0, 0), key)
    low, high = words[2 * (draw % 2):][:2]
    return (((high << 32 | low) >> 12) + 0.5) * 2.0 ** -52


cases = []
for seed, name, first, count in [(0, "", 0, 5), (42, "x", 0, 1000), (7, "grid/GB", 999, 2), (2 ** 64 - 1, "Straße", 2 ** 33 - 1, 4)]:
    draws = [uniform(seed, name, first + i) for i in range(count)]
    digest = hashlib.sha256(b"".join(struct.pack("<d", u) for u in draws)).hexdigest()
    cases.append({"seed": str(seed), "id": name, "first": str(first), "count": count, "start": [repr(u) for u in draws[:5]],
                  "sha256": digest})
file = {"source": {"origin": "make.py, an independent program"}, "count": len(cases), "cases": cases}
pathlib.Path(__file__).with_name("stream.json").write_text(json.dumps(file, indent=1, ensure_ascii=False) + "\n")
