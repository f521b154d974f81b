"""US EPA supply chain factors v1.3.0: kilograms of each gas per 2022 dollar spent, by NAICS-6 industry.

The plain activity `spend.naics.<code>` is the factor with margins: an invoice is in purchaser price, which
holds transport, wholesale and retail. `.without_margins` stops at the factory gate and `.margins` is the rest.
Only the by-gas file makes factors; the CO2e file proves that nothing was lost on the way.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import gwp
from common import RETRIEVED, ImportRefused, Set, Source, tidy, value
from uncertainty import default

FOLDER = "raw/usepa-supply-chain-v1.3.0/SupplyChainGHGEmissionFactors_v1.3.0_NAICS_"
URL = "https://github.com/USEPA/supply-chain-factors"
BY_GAS = Source(f"{FOLDER}byGHG_USD2022.csv", "963952e5911dd5c5a4408172192b327c1583b5491a5b80c2d7cb03260411ee16", URL)
CO2E = Source(f"{FOLDER}CO2e_USD2022.csv", "c7f508646ee091cb2218be65dec0e2bdb6143ba8511773d486c9e87f6df84177", URL)
UNSPECIFIED = "HFC-PFC-unspecified"
GASES = {
    "Carbon dioxide": "CO2", "Methane": "CH4", "Nitrous oxide": "N2O", "Sulfur hexafluoride": "SF6",
    "Nitrogen trifluoride": "NF3", "Carbon tetrafluoride": "PFC-14", "Hexafluoroethane": "PFC-116",
    "Perfluoropropane": "PFC-218", "Perfluorocyclobutane": "PFC-318", "Perfluorobutane": "PFC-31-10",
    "Perfluorohexane": "PFC-51-14", "HFC-23": "HFC-23", "HFC-32": "HFC-32", "HFC-125": "HFC-125",
    "HFC-134a": "HFC-134a", "HFC-143a": "HFC-143a", "HFC-236fa": "HFC-236fa", "HFCs and PFCs, unspecified": UNSPECIFIED,
}
COLUMNS = {
    "": "Supply Chain Emission Factors with Margins",
    ".without_margins": "Supply Chain Emission Factors without Margins",
    ".margins": "Margins of Supply Chain Emission Factors",
}


def build(root: Path) -> list:
    made = Set({
        "set": "epa-supply-chain", "version": "1.3.0",
        "title": "Supply Chain Greenhouse Gas Emission Factors for US Industries and Commodities",
        "authority": "US Environmental Protection Agency, Office of Research and Development",
        "edition": "v1.3.0, by NAICS-6, 2022 USD",
        "licence": {"spdx": "LicenseRef-US-Government-Work",
                    "attribution": "US EPA, Supply Chain GHG Emission Factors v1.3.0", "redistribution": True},
        "sources": [BY_GAS.passport(), CO2E.passport()], "published": "2024-07-01", "retrieved": RETRIEVED,
        "data_year": 2022, "valid": {"from": "2022-01-01", "to": None}, "gwp": "AR5", "verification": "single-source",
        "uncertainty_note": "EPA publishes none; the default is the ecoinvent v2 pedigree arithmetic.",
        "notes": [
            "Per US dollar of 2022 in purchaser price: bring spend to 2022 dollars first. US economy only.",
            "The plain activity is with margins (cradle to the point of sale), which is what a purchaser price pays for.",
            "Only 386 USEEIO commodities lie behind the 1,016 NAICS codes: neighbours often share a factor.",
            "HFC-PFC-unspecified is printed as kg CO2e (AR5), not as a mass of gas; the GWP sets count it as 1, as EPA does.",
            "The gases reproduce EPA's CO2e file under AR5 within its rounding for every code.",
            "EPA dates v1.3.0 to July 2024; its day is not known, the first is written.",
        ],
    })
    rows = defaultdict(dict)
    names = {}
    for row in csv.DictReader(io.StringIO(BY_GAS.text(root))):
        code, gas = row["2017 NAICS Code"], GASES[row["GHG"]]
        unit = "kg CO2e" if gas == UNSPECIFIED else "kg"
        if not re.fullmatch(r"\d{6}", code) or row["Unit"] != f"{unit}/2022 USD, purchaser price" or gas in rows[code]:
            raise ImportRefused(f"{BY_GAS.path}: {row}")
        rows[code][gas] = row
        names[code] = (tidy(row["2017 NAICS Title"]), row["Reference USEEIO Code"])
    if len(rows) != 1016 or any(set(gases) != set(GASES.values()) for gases in rows.values()):
        raise ImportRefused(f"{BY_GAS.path}: {len(rows)} codes, not each with {len(GASES)} gases")
    same_co2e(rows, root)
    for code, gases in rows.items():
        title, useeio = names[code]
        for variant, column in COLUMNS.items():
            made.add(
                activity=f"spend.naics.{code}{variant}", id=f"{code}{variant}",
                name=title + {"": "", ".without_margins": ", without margins", ".margins": ", margins only"}[variant],
                scope=3, category=1, boundary="cradle-to-gate", per="USD{2022}", geography="US", kind="mass",
                values=[value(gas, "kg", gases[gas][column]) for gas in GASES.values()], tags={"price": "purchaser"},
                source={"table": "NAICS_byGHG_USD2022", "row": f"{code} (USEEIO {useeio})"},
                uncertainty=default("spend"))
    return [made]


def same_co2e(rows: dict, root: Path) -> None:
    """Refuse unless the gases give the printed CO2e: half a step of its 3 decimals, 0.5 % for 3-digit gases."""
    ar5 = next(made.content for made in gwp.build(root) if made.name == "gwp/AR5.json")
    weights = {entry["gas"]: Decimal(entry["value"]) for entry in ar5["values"]
               if (entry["metric"], entry["horizon"]) == ("GWP", 100)}
    printed = list(csv.DictReader(io.StringIO(CO2E.text(root))))
    if {row["2017 NAICS Code"] for row in printed} != set(rows):
        raise ImportRefused(f"{CO2E.path}: other codes than the by-gas file")
    for row in printed:
        for column in COLUMNS.values():
            got = sum(Decimal(cells[column]) * weights[gas] for gas, cells in rows[row["2017 NAICS Code"]].items())
            if abs(got - Decimal(row[column])) > Decimal("0.0005") + got * Decimal("0.005"):
                raise ImportRefused(f"{row['2017 NAICS Code']} {column}: gases give {got}, EPA prints {row[column]}")
