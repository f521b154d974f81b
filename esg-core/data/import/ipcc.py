"""IPCC 2006 Guidelines: default factors of stationary combustion and net calorific values.

Every number is a single fact with its table; no text of the guidelines is here. CO2 depends on the fuel, CH4 and
N2O on where it burns, and the guidelines print four tables (2.2 to 2.5). The plain id is Table 2.3, manufacturing
and construction: for coal and wood it lies between power plants and stoves. The other three are further segments.
CO2 of biomass is kept apart. The 95 % bounds were recalled and not seen: each says so.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path

import uncertainty
from common import RETRIEVED, Exact, ImportRefused, Set, Source, blank, coefficient, exact, slug, value

TABLE = Source("derived/ipcc-2006/stationary-combustion-defaults.csv",
               "65f4c63b8eaef416ff868c13276e84c7b6a707ead6dd0ed9ff8cc88f681e3291",
               "https://www.ipcc-nggip.iges.or.jp/public/2006gl/vol2.html")
SECTORS = {
    "energy industries": ("2.2", ".energy_industries"), "manufacturing industries and construction": ("2.3", ""),
    "commercial/institutional": ("2.4", ".commercial"), "residential and agriculture/forestry/fishing": ("2.5", ".residential"),
}
FUELS = {
    "Motor Gasoline": "gasoline", "Jet Kerosene": "jet_fuel", "Other Kerosene": "kerosene", "Diesel Oil": "diesel",
    "Residual Fuel Oil": "fuel_oil", "Liquefied Petroleum Gases": "lpg", "Other Bituminous Coal": "bituminous_coal",
    "Sub-Bituminous Coal": "subbituminous_coal", "Coke Oven Coke and Lignite Coke": "coal_coke", "Wood/Wood Waste": "wood",
    "Natural Gas Liquids (NGLs)": "natural_gas_liquids", "Biodiesels": "biodiesel",
    "Other Biogas": "biogas", "Sulphite Lyes (Black Liquor)": "pulping_liquor", "White Spirit & SBP": "white_spirit",
    "Municipal Wastes (non-biomass fraction)": "municipal_waste_fossil", "Crude Oil": "crude_oil",
    "Municipal Wastes (biomass fraction)": "municipal_waste_biomass",
}
LOW_BIODIESEL = {"rating": "poor", "note": "as printed, but far below what biodiesel measures (DESNZ 2025: 37.2 GJ/t)"}


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "ipcc-2006", "version": "1.0.0", "title": "2006 IPCC Guidelines, Volume 2: stationary combustion defaults",
        "authority": "Intergovernmental Panel on Climate Change", "edition": "2006, Tables 1.2, 1.4, 2.2 to 2.5",
        "licence": {"spdx": "LicenseRef-facts", "redistribution": True, "attribution": "IPCC 2006 Guidelines for National Greenhouse "
                    "Gas Inventories, Volume 2 Energy; single default values, each with its table"},
        "sources": [TABLE.passport()], "published": "2006-12-31", "retrieved": RETRIEVED, "data_year": 2006,
        "valid": {"from": "1990-01-01", "to": None}, "gwp": None, "verification": "single-source",
        "notes": "Masses of gas per TJ, net calorific basis. CO2 and calorific values agree in two independent copies, CH4 and N2O "
                 "were seen in one. Published in 2006, the day is not recorded. Plain ids are Table 2.3 (manufacturing and construction).",
        "uncertainty_note": "The 95 % bounds are an unverified transcription; they are the range of the first gas of a row.",
    })
    fuels = defaultdict(dict)
    for line in csv.DictReader(io.StringIO(TABLE.text(source))):
        if line["unit"] != "kg/TJ NCV":
            raise ImportRefused(f"{line['fuel']}: unit {line['unit']!r}")
        fuels[line["fuel"]][line["gas"], line["sector"]] = line
    for fuel, lines in fuels.items():
        name, co2 = FUELS.get(fuel) or slug(fuel), lines["CO2", "all stationary"]
        for sector, (table, segment) in SECTORS.items():
            add(made, fuel, f"fuel.{name}{segment}", sector, table, co2, lines["CH4", sector], lines["N2O", sector])
        if not blank(co2["ncv_tj_per_gg"]):
            made.add(
                activity=f"heating_value.{name}", id=f"1.2/{fuel}", name=f"{fuel}: net calorific value", boundary="coefficient",
                per="Gg", basis="net", geography="GLOBAL", kind="coefficient",
                values=[coefficient("heating_value", "TJ", co2["ncv_tj_per_gg"])],
                source={"table": "Volume 2, Table 1.2", "row": fuel}, uncertainty=uncertainty.default("property"),
                quality=LOW_BIODIESEL if fuel == "Biodiesels" else None,
            )
    return [made]


def add(made: Set, fuel: str, activity: str, sector: str, table: str, co2: dict, ch4: dict, n2o: dict) -> None:
    fossil = co2["carbon"] == "fossil"
    if {ch4["ipcc_2006_vol2_table"], n2o["ipcc_2006_vol2_table"]} != {table}:
        raise ImportRefused(f"{fuel}, {sector}: not Table {table}")
    gases = [("CO2", co2), ("CH4-fossil", ch4), ("N2O", n2o)] if fossil else [("CH4-biogenic", ch4), ("N2O", n2o)]
    first = gases[0][1]
    made.add(
        activity=activity, id=f"{table}/{fuel}", name=f"{fuel}, {sector}", scope=1, boundary="combustion", per="TJ", basis="net",
        geography="GLOBAL", kind="mass", values=[value(gas, "kg", whole(line["default"])) for gas, line in gases],
        biogenic_co2=None if fossil else {"unit": "kg", "value": whole(co2["default"])},
        source={"table": f"Volume 2, Tables 1.4 and {table}", "row": fuel},
        uncertainty=uncertainty.interval(first["lower_95"], first["upper_95"],
                                         f"95 % bounds of {gases[0][0]}, IPCC 2006 Vol 2: unverified transcription"),
    )


def whole(text: str) -> Exact:
    """The copy writes 73300.0 where the table prints 73 300."""
    return exact(text.removesuffix(".0"))
