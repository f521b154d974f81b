"""AIB European residual mixes 2025: the grid that is left when every guarantee of origin is taken out."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import uncertainty
from common import RETRIEVED, Set, Source, blank, value

TABLE = Source("derived/grid-aib-eea/aib-residual-mix-2025.csv",
               "59f684799f2fa1956de18e5da7e48911149e0e16f774a64fe2ffb24dbf8d785d",
               "https://www.aib-net.org/facts/european-residual-mix")


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "aib-residual-mix", "version": "2025.1.0", "title": "European Residual Mixes 2025",
        "authority": "Association of Issuing Bodies (AIB)", "edition": "2025, version 1.0 (2026-05-26)",
        "licence": {"spdx": "LicenseRef-AIB-attribution", "attribution": "AIB, European Residual Mixes 2025; reuse terms not "
                    "confirmed, single published numbers with attribution", "redistribution": False},
        "sources": [TABLE.passport()], "published": "2026-05-26", "retrieved": RETRIEVED, "data_year": 2025,
        "valid": {"from": "2025-01-01", "to": None}, "gwp": None, "verification": "single-source",
        "notes": "Direct CO2 only, g/kWh, sheet Residual Mixes column Q. Austria and the Netherlands print NA (full disclosure: "
                 "there is no residual mix) and so have no factor. For the market-based method where no instrument is held.",
        "uncertainty_note": "Default of this project; the association gives none.",
    })
    for line in csv.DictReader(io.StringIO(TABLE.text(source))):
        if not blank(line["residual_mix_gco2_per_kwh"]):
            made.add(
                activity="electricity.residual_mix", id=line["iso3166_1"], scope=2, boundary="residual-mix", per="kWh",
                name=f"Residual mix, {line['iso3166_1']}, 2025", geography=line["iso3166_1"], kind="mass",
                values=[value("CO2", "g", line["residual_mix_gco2_per_kwh"])],
                source={"table": "Residual Mixes", "row": line["iso3166_1"]}, uncertainty=uncertainty.default("grid_residual"),
                quality={"rating": "fair", "note": line["note"]} if line["note"] else None,
            )
    return [made]
