"""Google Cloud: grid carbon intensity of every region, 2019 to 2024.

The heading changed: 2019 and 2020 print a life-cycle intensity, from 2021 the column is the operational (direct)
one. So the boundary is read from the heading of each file. The ids carry the region, because two regions of one
country have different grids and a country's own factor must stay the only answer for the country.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import uncertainty
from cloud_regions import regions
from common import RETRIEVED, ImportRefused, Set, Source, blank, slug, value

URL = "https://github.com/GoogleCloudPlatform/region-carbon-info"
FILES = {
    2019: Source("raw/google-region-carbon/2019.csv", "8a69e0d92fc4839a629a0adf7bf412ed738f0f7935c09fab8c2c607c8089b94b", URL),
    2020: Source("raw/google-region-carbon/2020.csv", "1b45648c0b8c51e9ab60232795deb7148483c150752adbc413e578c0fa72983f", URL),
    2021: Source("raw/google-region-carbon/2021.csv", "67fe75fcabc665913edbe8e0d2d792b6384b60d4943391855e1f777a9e10768f", URL),
    2022: Source("raw/google-region-carbon/2022.csv", "b8298eab07497f1565dddcbd06052544adca64a1d8beb94ea8b3f50a966de9ba", URL),
    2023: Source("raw/google-region-carbon/2023.csv", "3332f81bf6db43f31a263788319aeb9305820b2b198a04702c2b4ae646e5ac8a", URL),
    2024: Source("raw/google-region-carbon/2024.csv", "7c2d3fb7169063c6c59ef317f0188f54b85c83c3a65f4e2a571aaf58dace8a82", URL),
}
HEADINGS = {
    "Lifecycle grid carbon intensity (gCO2eq / kWh)": ("life-cycle", "grid_life_cycle"),
    "Grid carbon intensity (gCO2eq / kWh)": ("generation", "grid"),
}


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "google-region-carbon", "version": "2024.1.0", "title": "Carbon data of Google Cloud regions",
        "authority": "Google Cloud", "edition": "yearly files 2019 to 2024, repository state 2025-12-03",
        "licence": {"spdx": "Apache-2.0", "attribution": "Google Cloud, region-carbon-info", "redistribution": True},
        "sources": [file.passport() for file in FILES.values()], "published": "2025-12-03", "retrieved": RETRIEVED,
        "data_year": 2024, "valid": {"from": "2019-01-01", "to": None}, "gwp": "AR5", "verification": "single-source",
        "notes": "Location-based grid intensity; the share of carbon-free energy that Google buys is not in it. 2019 and 2020 are "
                 "life-cycle values, later years operational ones. The GWP set is not printed: AR5 is assumed. Each year is valid "
                 "in itself, 2024 until a newer edition.",
        "uncertainty_note": "Default of this project; Google gives none.",
    })
    places = regions(source)
    for year, file in FILES.items():
        for line in csv.DictReader(io.StringIO(file.text(source))):
            region, place = line["Google Cloud Region"], places.get(line["Google Cloud Region"])
            heading = [key for key in HEADINGS if key in line]
            if place is None or place["provider"] != "gcp" or len(heading) != 1:
                raise ImportRefused(f"{file.path}: {region!r} is no known region, or no known heading in {list(line)}")
            if blank(line[heading[0]]):
                continue
            boundary, kind = HEADINGS[heading[0]]
            made.add(
                activity=f"electricity.grid.gcp.{slug(region)}", id=f"{region}-{year}", scope=2, boundary=boundary, per="kWh",
                name=f"Grid electricity, Google Cloud {region} ({line['Location']}), {year}", kind="co2e",
                geography=place.get("subdivision", place["country"]), values=[value("CO2e", "g", line[heading[0]])],
                valid={"from": f"{year}-01-01", "to": None if year == max(FILES) else f"{year + 1}-01-01"},
                source={"table": f"{year}.csv", "row": region}, uncertainty=uncertainty.default(kind),
            )
    return [made]
