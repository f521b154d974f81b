"""Carbon intensity of electricity by country and year, Ember through Our World in Data: LIFE-CYCLE values.

Wind, sun and uranium are not zero in here and biogenic CO2 is inside. That suits a score of software (SCI), not
scope 2: the boundary says `life-cycle`, and a scope 2 request never meets these by itself.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path

import uncertainty
from common import RETRIEVED, Set, Source, blank, value
from countries import alpha2

TABLE = Source("raw/owid-ember-carbon-intensity/carbon-intensity-electricity.csv",
               "d7f2ad55a8c20fac12d64e2a816dd4714aaaae3eb39d04897471e53166e26fa5",
               "https://ourworldindata.org/grapher/carbon-intensity-electricity")
COLUMN = "Carbon intensity of electricity - gCO2/kWh"
FIRST = 2018
# A newest row older than this is not stretched to today.
OPEN_FROM = 2023


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "owid-ember", "version": "2024.1.0", "title": "Carbon intensity of electricity generation",
        "authority": "Our World in Data, from Ember and the Energy Institute",
        "edition": "grapher export, years to 2024, file state 2026-05-13",
        "licence": {"spdx": "CC-BY-4.0", "redistribution": True, "attribution": "Ember (2025); Energy Institute - Statistical "
                    "Review of World Energy (2025) - with major processing by Our World in Data"},
        "sources": [TABLE.passport()], "published": "2026-05-13", "retrieved": RETRIEVED, "data_year": 2024,
        "valid": {"from": f"{FIRST}-01-01", "to": None}, "gwp": "AR5", "verification": "verified",
        "notes": "Life-cycle intensity of generation, without losses. Each row is valid in its own year; a newest row of 2023 or 2024 "
                 "until a newer edition. The column is headed gCO2 and holds CO2e; the GWP set is not printed and AR5 is assumed, "
                 "after the technology factors that it is built on. Ten values of 2024 are first estimates that Ember has since "
                 "revised by more than 2 % (CA, GB, TJ, VN and others). Groups of countries and the world are left out.",
        "uncertainty_note": "Default of this project; the publisher gives none.",
    })
    rows = defaultdict(dict)
    for line in csv.DictReader(io.StringIO(TABLE.text(source))):
        code = "XK" if line["Code"] == "OWID_KOS" else line["Code"]
        if code and not code.startswith("OWID_") and int(line["Year"]) >= FIRST and not blank(line[COLUMN]):
            rows[code if code == "XK" else alpha2(code)][int(line["Year"])] = line
    for country, years in rows.items():
        for year, line in years.items():
            newest = year == max(years) and year >= OPEN_FROM
            until = None if newest else f"{year + 1}-01-01"
            made.add(
                activity="electricity.grid", id=f"{country}-{year}", name=f"Electricity, life cycle, {line['Entity']}, {year}",
                scope=2, boundary="life-cycle", per="kWh", geography=country, kind="co2e",
                values=[value("CO2e", "g", line[COLUMN])], valid={"from": f"{year}-01-01", "to": until},
                source={"table": COLUMN, "row": f"{line['Code']} {year}"}, uncertainty=uncertainty.default("grid_life_cycle"),
            )
    return [made]
