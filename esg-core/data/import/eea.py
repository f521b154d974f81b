"""EEA: direct emissions of electricity generation by EU member state, 2024."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import uncertainty
from common import RETRIEVED, Set, Source, blank, value

TABLE = Source("derived/grid-aib-eea/eea-grid-intensity-2024.csv",
               "a13b312911d23d732a7b58ab5bb623c8c0c34964536867ceff5da2fe8c04e721",
               "https://www.eea.europa.eu/en/analysis/indicators/greenhouse-gas-emission-intensity-of-1")


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "eea-grid", "version": "2024.1.0",
        "title": "Greenhouse gas emission intensity of electricity generation, country level",
        "authority": "European Environment Agency", "edition": "2024, values as modified 2026-07-10",
        "licence": {"spdx": "CC-BY-4.0", "attribution": "European Environment Agency (EEA)", "redistribution": True},
        "sources": [TABLE.passport()], "published": "2026-07-10", "retrieved": RETRIEVED, "data_year": 2024,
        "valid": {"from": "2024-01-01", "to": None}, "gwp": "AR5", "verification": "single-source",
        "notes": "Direct emissions of generation, whole grams of CO2e per kWh, no losses and no trade between countries. The "
                 "table does not name its GWP set; AR5 is what the EU inventory behind it uses (Regulation (EU) 2020/1044). "
                 "One copy only: transcribed from the published indicator.",
        "uncertainty_note": "Default of this project; the agency gives none.",
    })
    for line in csv.DictReader(io.StringIO(TABLE.text(source))):
        if not blank(line["gco2e_per_kwh"]):
            made.add(
                activity="electricity.grid", id=line["iso3166_1"], name=f"Grid electricity, {line['iso3166_1']}, 2024", scope=2,
                boundary="generation", per="kWh", geography=line["iso3166_1"], kind="co2e",
                values=[value("CO2e", "g", line["gco2e_per_kwh"])],
                source={"table": "country level", "row": line["iso3166_1"]}, uncertainty=uncertainty.default("grid"),
            )
    return [made]
