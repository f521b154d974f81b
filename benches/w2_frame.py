#!/usr/bin/env python3
"""W2 from a frame of Polars that is in memory: what Python adds to the work. The Rust row is `w2 arrow --tables`.

Timed: the call of `Engine.calculate`, from the frame to the inventory."""
import json

import polars as pl
import pyarrow as pa

import esg
from common import DATA, Timed, emit


def main():
    rows = json.loads((DATA / "w2_meta.json").read_text())["rows"]
    frame = pl.from_arrow(pa.ipc.open_file(pa.memory_map(str(DATA / "w2_telemetry.arrow"))).read_all(), rechunk=False)
    registry = esg.Registry()
    registry.add(DATA / "w2_set.jsonl")
    lock = registry.lock()
    lock["sets"] = [locked for locked in lock["sets"] if locked["set"] == "w2"]
    engine = esg.Engine(registry.locked(lock), upstream=False, keep_lines=False)
    with Timed() as timed:
        inventory = engine.calculate(frame)
    assert not inventory.refused, inventory.refused[:3]
    scopes = {}
    for row in inventory.by("scope").to_pylist():
        name = f"scope{row['scope'][0]}"
        scopes[name] = scopes.get(name, 0.0) + float(row["co2e_kg"])
    emit("w2 polars esg", timed, rows, {"total": sum(scopes.values())} | scopes)


if __name__ == "__main__":
    main()
