"""PUE and WUE of cloud regions, as the providers disclose them, 2022 to 2024.

The list that carries them has rows shifted against each other: a row says `northeurope` and Finland. A row
whose grid zone lies in another country than its region is refused here and counted, never repaired.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import uncertainty
from cloud_regions import regions
from common import RETRIEVED, ImportRefused, Set, Source, blank, coefficient

TABLE = Source("derived/cloud-regions/pue-wue.csv",
               "48ac67d69d8194c2421e8ce57fdc6807c31e5d546e5882d245c3a35b73a9104f",
               "https://github.com/Green-Software-Foundation/real-time-cloud")
PROVIDERS = {"Amazon Web Services": "aws", "Google Cloud": "gcp", "Microsoft Azure": "azure"}
COLUMNS = {"pue": ("pue", "1", "1"), "wue": ("wue_l_per_kwh", "L", "kWh")}
# Rows with a value whose zone contradicts the region (2022 northeurope, Finland).
SHIFTED = 1


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "cloud-efficiency", "version": "2024.1.0", "title": "PUE and WUE of cloud regions",
        "authority": "Amazon Web Services, Google Cloud, Microsoft Azure (own disclosures)", "edition": "years 2022 to 2024, list of 2026-03-12",
        "licence": {"spdx": "LicenseRef-facts", "redistribution": True, "attribution": "Provider disclosures, collected by the "
                    "Green Software Foundation real-time-cloud project; single published numbers only"},
        "sources": [TABLE.passport()], "published": "2026-03-12", "retrieved": RETRIEVED, "data_year": 2024,
        "valid": {"from": "2022-01-01", "to": None}, "gwp": None, "verification": "single-source",
        "notes": "PUE is a plain ratio, WUE litres per kWh of IT energy. Each year is valid in itself, the newest of a region until "
                 "a newer edition. One row with values contradicted its own region and was left out.",
        "uncertainty_note": "Default of this project; the providers give none.",
    })
    places, rows, shifted = regions(source), {}, 0
    for line in csv.DictReader(io.StringIO(TABLE.text(source))):
        place = places[line["region"]]
        if place["provider"] != PROVIDERS[line["provider"]]:
            raise ImportRefused(f"{line['region']}: {line['provider']} is not {place['provider']}")
        for quantity, (column, _, _) in COLUMNS.items():
            if blank(line[column]):
                continue
            if line["electricity_maps_zone"] and line["electricity_maps_zone"][:2] != place["country"]:
                shifted += quantity == "pue"
                continue
            key = (quantity, line["region"], int(line["year"]))
            if key in rows:
                raise ImportRefused(f"{key} is doubled")
            rows[key] = line
    if shifted != SHIFTED:
        raise ImportRefused(f"{shifted} shifted rows, expected {SHIFTED}")
    for (quantity, region, year), line in rows.items():
        column, unit, per = COLUMNS[quantity]
        place, newest = places[region], year == max(y for q, r, y in rows if (q, r) == (quantity, region))
        made.add(
            activity=f"cloud.{quantity}", id=f"{region}-{year}-{quantity}", name=f"{quantity.upper()}, {line['provider']} {region}, {year}",
            boundary="coefficient", per=per, geography=place.get("subdivision", place["country"]), kind="coefficient",
            values=[coefficient(quantity, unit, line[column])], tags={"provider": place["provider"], "region": region},
            valid={"from": f"{year}-01-01", "to": None if newest else f"{year + 1}-01-01"},
            source={"table": "pue-wue", "row": f"{year} {line['provider']} {region}"}, uncertainty=uncertainty.default("facility"),
        )
    return [made]
