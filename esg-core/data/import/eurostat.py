"""Grids of 30 European countries per gas, derived from Eurostat's emissions and energy balances, 2023.

No authority prints these numbers: they are a quotient of two Eurostat series, and their working is in the source
file. They keep the gases apart, which the EEA's indicator does not, and they hold Iceland, Norway and Türkiye.
"""

from __future__ import annotations

from pathlib import Path

import uncertainty
from common import RETRIEVED, ImportRefused, Set, Source, value

TABLE = Source("raw/eurostat-grid-2023/eurostat-grid-2023.json",
               "d2487034368e23643fc28967fa2d139062da641a3436fbad906f0fd6fcc746ce",
               "https://ec.europa.eu/eurostat/web/main/data/database")
GASES = {"CarbonDioxide": "CO2", "MethaneFossil": "CH4-fossil", "NitrousOxide": "N2O"}
# Eurostat's own code for Greece.
CODES = {"EL": "GR"}
# The EEA's 2024 set answers from 2024 on, but does not hold these.
NOT_IN_EEA = {"IS", "NO", "TR"}


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "eurostat-grid", "version": "2023.1.0", "title": "National public grid electricity 2023, derived from Eurostat",
        "authority": "derived from Eurostat env_air_gge (CRF 1.A.1.a) and nrg_bal_c", "edition": "data year 2023",
        "licence": {"spdx": "CC-BY-4.0", "attribution": "Source: Eurostat (env_air_gge, nrg_bal_c); derivation by the "
                    "carbon-accounting-dotnet project (MIT)", "redistribution": True},
        "sources": [TABLE.passport()], "published": "2026-08-17", "retrieved": RETRIEVED, "data_year": 2023,
        "valid": {"from": "2023-01-01", "to": "2024-01-01"}, "gwp": None, "verification": "derived",
        "notes": "Main activity producers; heat of combined plants taken out by the efficiency method (35 % and 80 %). Methane is "
                 "taken as fossil. Iceland, Norway and Türkiye stay valid after 2023 because the EEA set lacks them.",
        "uncertainty_note": "Default of this project; the choice of the method for combined plants alone moves some countries by 5 %.",
    })
    for row in TABLE.json(source)["factors"]:
        country = CODES.get(row["region"], row["region"])
        if (row["unit"], row["scope"], set(row["components"])) != ("MegawattHour", "Scope2", set(GASES)):
            raise ImportRefused(f"{row['id']}: unknown unit, scope or gases")
        made.add(
            activity="electricity.grid", id=row["id"], name=f"Grid electricity, {country}, 2023", scope=2,
            boundary="generation", per="MWh", geography=country, kind="mass",
            values=[value(GASES[gas], "kg", cell) for gas, cell in row["components"].items()],
            valid={"from": "2023-01-01", "to": None} if country in NOT_IN_EEA else None,
            source={"table": row["sourceReference"], "row": row["id"]}, uncertainty=uncertainty.default("grid"),
            quality={"rating": "fair", "note": row["note"]},
        )
    return [made]
