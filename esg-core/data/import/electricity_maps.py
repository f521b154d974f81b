"""Electricity Maps, yearly averages of 352 zones: consumption traced through the lines, LIFE-CYCLE values, ODbL.

Share-alike: this set stays in a file of its own and nothing is joined into it or out of it. The zone is part of the
activity's id, so that it never competes with a country's own factor.
"""

from __future__ import annotations

from pathlib import Path

import uncertainty
from common import RETRIEVED, ImportRefused, Set, Source, blank, slug, value
from countries import ALPHA2

URL = "https://github.com/thegreenwebfoundation/co2.js"
FILES = {
    2021: Source("raw/electricity-maps-yearly/yearly_2021.json",
                 "4179dbc79c21fd8b8b5744df39a8f0892169b577e8373e37430dbeef826adc9d", URL),
    2022: Source("raw/electricity-maps-yearly/yearly_2022.json",
                 "f47c86b4a885934ff658251ebc8bbb67f24a6fe022412e2bf86f2bf74b4bbb15", URL),
    2023: Source("raw/electricity-maps-yearly/yearly_2023.json",
                 "39e861f53bae36bc461f15c0d89ffdc2f00d4bbfe925fbfcc5585f9244f21feb", URL),
    2024: Source("raw/electricity-maps-yearly/yearly_2024.json",
                 "9bb9eb9823a9ccf640966e92143fcfe7c2f88e6a55c23e66bd049ccacd0babee", URL),
    2025: Source("raw/electricity-maps-yearly/yearly_2025.json",
                 "90848fbe38a38d3805c2c12be99e5e165843b98d63e1f53a255aba163c5ca9b1", URL),
}
# Kosovo's code is user-assigned in ISO 3166-1.
COUNTRIES = {*ALPHA2.values(), "XK"}


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "electricity-maps", "version": "2025.1.0", "title": "Annual consumption-based carbon intensity by zone",
        "authority": "Electricity Maps, republished by The Green Web Foundation",
        "edition": "years 2021 to 2025, CO2.js repository state 2026-06-29",
        "licence": {"spdx": "ODbL-1.0", "attribution": "Electricity Maps, through CO2.js of The Green Web Foundation",
                    "redistribution": True},
        "sources": [file.passport() for file in FILES.values()], "published": "2026-06-29", "retrieved": RETRIEVED,
        "data_year": 2025, "valid": {"from": "2021-01-01", "to": None}, "gwp": "AR5", "verification": "single-source",
        "notes": "Open Database License 1.0: a database derived from this one must be under it too. Whole grams of CO2e, "
                 "life-cycle, flow-traced consumption. The GWP set is not printed: AR5 is assumed. Each year is valid in "
                 "itself, 2025 until a newer edition.",
        "uncertainty_note": "Default of this project; the publisher gives none.",
    })
    for year, file in FILES.items():
        for zone, row in file.json(source).items():
            cell = row["carbonIntensity"]
            if cell["unit"] != "gCO2eq/kWh" or zone[:2] not in COUNTRIES:
                raise ImportRefused(f"{file.path}: {zone}: unit {cell['unit']!r} or country unknown")
            if not blank(cell["value"]):
                made.add(
                    activity=f"electricity.grid.electricity_maps.{slug(zone)}", id=f"{zone}-{year}", scope=2,
                    name=f"Electricity, life cycle, {row['zone']['zoneName']}, {year}", boundary="life-cycle", per="kWh",
                    geography=zone[:2], kind="co2e", values=[value("CO2e", "g", cell["value"])],
                    valid={"from": f"{year}-01-01", "to": None if year == max(FILES) else f"{year + 1}-01-01"},
                    source={"table": f"yearly_{year}.json", "row": zone},
                    uncertainty=uncertainty.default("grid_life_cycle"),
                )
    return [made]
