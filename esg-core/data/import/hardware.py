"""Rated power (TDP) of accelerators and of server processors.

A TDP is a thermal design figure, not a measured draw: it bounds the energy of a device whose utilisation is known
and nothing else is. Desktop and mobile processors of the source are left out; nobody bills by them.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import uncertainty
from common import RETRIEVED, Set, Source, blank, coefficient, slug, tidy

GPUS = Source("raw/mlco2-hardware/gpus.csv", "1311d5b4c2e3259563872bba3f6516249874a8f046680723a2237d6143a47a17",
              "https://github.com/mlco2/impact")
CPUS = Source("raw/codecarbon-3.3.2/cpu_power.csv", "0fad5224a6c4037311a86f7a2baf578ccd08787a7ba31a930b2e857c74c91b9d",
              "https://github.com/mlco2/codecarbon")
SERVER = ("xeon", "epyc")
# Kept as the source has them, and said to be doubtful.
DOUBTFUL = {
    "Tesla V100-PCIE-16GB": "doubtful: the vendor rates the PCIe card at 250 W, the source seems to swap it with SXM2",
    "Tesla V100-SXM2-16GB": "doubtful: the vendor rates the SXM2 card at 300 W, the source seems to swap it with PCIe",
    "GTX 750": "doubtful: far above the vendor's rating of this small card",
}


def build(source: Path) -> list[Set]:
    gpus = Set(passport("mlco2-hardware", "2026.1.0", "GPU and accelerator TDP", "mlco2/impact, from vendor datasheets",
                        "repository state 2026-03-09", "2026-03-09", GPUS))
    for line in csv.DictReader(io.StringIO(GPUS.text(source))):
        # Its few processors stand in the other set, which holds all of them.
        if not blank(line["tdp_watts"]) and line["type"].strip() != "cpu":
            add(gpus, line["type"].strip(), tidy(line["name"]), line["tdp_watts"], "gpus.csv", (line["source"] or "").strip())
    cpus = Set(passport("codecarbon-cpu", "3.3.2", "Server processor TDP", "codecarbon", "package version 3.3.2",
                        "2026-10-12", CPUS))  # the newest day that a data file of the package prints
    for line in csv.DictReader(io.StringIO(CPUS.text(source))):
        if any(word in line["Name"].lower() for word in SERVER) and not blank(line["TDP"]):
            add(cpus, "cpu", tidy(line["Name"]), line["TDP"], "cpu_power.csv", None)
    return [gpus, cpus]


def passport(name, version, title, authority, edition, published, file) -> dict:
    return {
        "set": name, "version": version, "title": title, "authority": authority, "edition": edition,
        "licence": {"spdx": "MIT", "attribution": authority, "redistribution": True}, "sources": [file.passport()],
        "published": published, "retrieved": RETRIEVED, "data_year": 2026, "valid": {"from": "2010-01-01", "to": None},
        "gwp": None, "verification": "single-source",
        "notes": "Thermal design power in watts. Not a measured draw.", "uncertainty_note": "Default of this project.",
    }


def add(made: Set, kind: str, name: str, watts: str, table: str, datasheet: str | None) -> None:
    made.add(
        activity=f"hardware.{kind}.{slug(name.replace('+', ' plus '))}", id=f"{kind}/{name}", name=f"{name}, TDP", boundary="coefficient",
        per="{device}", geography="GLOBAL", kind="coefficient", values=[coefficient("tdp", "W", watts)],
        source={"table": table, "row": name}, uncertainty=uncertainty.default("hardware"),
        quality={"rating": "poor", "note": DOUBTFUL[name]} if name in DOUBTFUL else
        {"rating": "good", "note": f"datasheet {datasheet}"} if datasheet else None,
    )
