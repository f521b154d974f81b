"""India: the national grid factor of the Central Electricity Authority.

The compilation that it comes from also computes regional and state values; the authority does not publish those,
so they are left out.
"""

from __future__ import annotations

from pathlib import Path

import uncertainty
from common import RETRIEVED, ImportRefused, Set, Source, value

TABLE = Source("raw/india-open-emission-factors/emission_factors_v1_2.json",
               "0ba1dc377bd17ebcd8c96cee64c152aaa6b8c80c9d626741e04e63e8d47989d2",
               "https://cea.nic.in/cdm-co2-baseline-database/")
ROW = "grid-india-national-weighted-avg"


def build(source: Path) -> list[Set]:
    rows = [row for row in TABLE.json(source)["emission_factors"] if row["id"] == ROW]
    if len(rows) != 1 or (rows[0]["unit"], rows[0]["reference_year"]) != ("kgCO2/kWh", "FY 2024-25"):
        raise ImportRefused(f"{ROW}: {rows!r}")
    made = Set({
        "set": "cea-india-grid", "version": "2025.1.0", "title": "CO2 Baseline Database for the Indian Power Sector, Version 21.0",
        "authority": "Central Electricity Authority, Government of India", "edition": "Version 21.0, FY 2024-25",
        "licence": {"spdx": "CC0-1.0", "attribution": "CEA CO2 Baseline Database V21.0; Open India Emission Factors v1.2 (CC0)",
                    "redistribution": True},
        "sources": [TABLE.passport()], "published": "2025-11-01", "retrieved": RETRIEVED, "data_year": 2024,
        "valid": {"from": "2024-04-01", "to": None}, "gwp": None, "verification": "single-source",
        "notes": "Weighted average including renewable and captive generation, CO2 only, April 2024 to March 2025. Read from a "
                 "secondary compilation, not from the authority's workbook.",
        "uncertainty_note": "Default of this project; the authority gives none.",
    })
    made.add(
        activity="electricity.grid", id=ROW, name="Grid electricity, India, FY 2024-25, weighted average", scope=2,
        boundary="generation", per="kWh", geography="IN", kind="mass", values=[value("CO2", "kg", rows[0]["value"])],
        source={"table": "Results", "row": ROW}, uncertainty=uncertainty.default("grid"),
        quality={"rating": "fair", "note": "secondary compilation, one reviewer"},
    )
    return [made]
