"""Water that power plants consume, median by technology and cooling (Macknick et al. 2012, NREL)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import uncertainty
from common import RETRIEVED, Set, Source, coefficient, slug

TABLE = Source("derived/water/macknick-2012-median-consumption.csv",
               "bf0baee1c0260aa3c07f6decacf1c6dc9ad6ace5a02a26f5de83a2557f91defb",
               "https://doi.org/10.1088/1748-9326/7/4/045802")
RANGE = uncertainty.stated("1.5", "expert judgement: plants of one technology and cooling differ by a factor of two either way; "
                           "the range of the study was not at hand")


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "macknick-water", "version": "2012.1.0",
        "title": "Operational water consumption and withdrawal factors for electricity generating technologies",
        "authority": "Macknick, Newmark, Heath, Hallett (National Renewable Energy Laboratory)",
        "edition": "Environmental Research Letters 7 (2012) 045802, medians of consumption",
        "licence": {"spdx": "LicenseRef-facts", "redistribution": True, "attribution": "Macknick et al. 2012, Environ. Res. Lett. 7 "
                    "045802; single published numbers"},
        "sources": [TABLE.passport()], "published": "2012-12-20", "retrieved": RETRIEVED, "data_year": 2012,
        "valid": {"from": "2012-01-01", "to": None}, "gwp": None, "verification": "single-source",
        "notes": "Consumption (not withdrawal) at the plant per MWh generated, United States. One copy; in line with the plant data "
                 "of EIA 2016. The column in litres of the copy is rounded and was not used.",
        "uncertainty_note": "Expert default of this project.",
    })
    for line in csv.DictReader(io.StringIO(TABLE.text(source))):
        made.add(
            activity=f"water_intensity.{slug(line['technology'])}", id=line["technology"], boundary="coefficient", per="MWh",
            name=f"Water consumption of generation, {line['technology']}, median", geography="US", kind="coefficient",
            values=[coefficient("water_consumption", "[gal_us]", line["gal_per_mwh"])],
            source={"table": "medians of consumption", "row": line["technology"]}, uncertainty=RANGE,
        )
    return [made]
