"""EPA eGRID2023: what a megawatt-hour of each US grid subregion emits, in revision 1 and revision 2.

Revision 2 (June 2025) moved New York City by 12.7 %, so the two revisions are two versions and never one.
No single file of revision 2 has all three gases in pounds: CO2 and CO2e come from EPA's Power Profiler (lb),
CH4 and N2O from the metric workbook (kg, made by EPA with 0.4536 kg/lb). Dividing by exactly 0.4536 gives the
published three decimals in pounds back; where it does not, or where the two files disagree on CO2, the import
stops. Nothing is converted with that rounded pound afterwards.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import egrid_places
from common import RETRIEVED, ImportRefused, Set, Source, coefficient, derived, exact, value
from hub_sheet import FILE as HUB
from hub_sheet import Sheet
from uncertainty import default

PROFILER = Source("raw/epa-egrid2023/subregion.json", "6c0b92689d809b30753e608424a63b054b9956e1a6f1e342c812de8805b4f675",
                  "https://github.com/USEPA/power-profiler")
METRIC = Source("raw/epa-egrid2023/egrid-2023.json", "21e9e92b92252a791416a7984483b38fecf651128d9b2a70b5c0bb74d4814366",
                "https://www.epa.gov/egrid/download-data")
STATES = Source("raw/epa-egrid2023/usa_emissions.json", "cb17a01fb1e5571fb9cf79edff093a69ad5ca32a01ef01e4db67de1fbed34318",
                "https://www.epa.gov/egrid/download-data")
POUND = Decimal("0.4536")  # kg; EPA's rounded pound in the metric workbook, used only to undo it
AR5 = {"CH4": "28", "N2O": "265"}
LICENCE = {"spdx": "LicenseRef-US-Government-Work", "attribution": "US EPA, eGRID2023", "redistribution": True}
LOSS = "fraction of generation"
BIOMASS = "eGRID leaves CO2 from biomass out and does not publish it, so biogenic CO2 is absent here, not zero."


def build(root: Path) -> list:
    return [revision_1(root), revision_2(root), *egrid_places.build(root)]


def passport(version: str, edition: str, published: str, sources: list, notes: list, verification: str) -> Set:
    return Set({
        "set": "epa-egrid", "version": version, "title": "eGRID2023 annual output emission rates",
        "authority": "US Environmental Protection Agency", "edition": edition, "licence": LICENCE,
        "sources": [source.passport() for source in sources], "published": published, "retrieved": RETRIEVED,
        "data_year": 2023, "valid": {"from": "2023-01-01", "to": None}, "gwp": "AR5", "gwp_values": AR5,
        "verification": verification,
        "uncertainty_note": "EPA publishes none; the default is the ecoinvent v2 pedigree arithmetic, see each factor.",
        "notes": [
            "Total output rates are the location-based scope 2 factors; grid gross loss is for scope 3 category 3 only.",
            "Emissions of losses: consumption x loss / (1 - loss) x rate; a loss is a share of what was generated.",
            BIOMASS, *notes,
        ],
    })


def revision_2(root: Path) -> Set:
    features = [feature["properties"] for feature in PROFILER.json(root)["features"]]
    areas = {area["name"]: area for area in features if "emissionFactor" in area}
    national = areas.pop("National")
    grams = metric(root)
    if set(areas) != set(grams) or len(areas) != 27:
        raise ImportRefused(f"subregions of the two files differ: {sorted(set(areas) ^ set(grams))}")
    made = passport(
        "2023.2.0", "eGRID2023 Revision 2 (June 2025)", "2025-06-01", [PROFILER, METRIC, STATES, HUB], [
            "CO2 and CO2e are EPA's published lb/MWh. CH4 and N2O were published in kg/MWh by a workbook that takes "
            "0.4536 kg to the pound; they are given here in the lb/MWh that it was made from.",
            "Printed CO2e rests on AR5 (CH4 28, N2O 265): the three gases reproduce it under AR5 within rounding.",
            "US average: CO2 is of revision 2; CH4 and N2O are of revision 1 (no revision 2 file has them) and "
            "reproduce the printed CO2e of revision 2 within rounding.",
            "EPA dates revision 2 to June 2025; its day is not known, the first is written.",
            "States have CO2e only. Non-baseload rates exist in revision 1 only.",
            "CO2 of the 27 subregions agrees in two independent copies; CH4 and N2O are of one copy, checked against the "
            "printed CO2e; the state rates are of one copy.",
        ], "single-source")
    for name, area in areas.items():
        co2, co2e = rate(area, "co2EmissionRate"), rate(area, "co2eEmissionRate")
        gases = {"CO2": co2, **{gas: pounds(kilograms) for gas, kilograms in grams[name].items() if gas != "CO2"}}
        if Decimal(pounds(grams[name]["CO2"])) != Decimal(co2):
            raise ImportRefused(f"{name}: CO2 {co2} lb/MWh, but the metric workbook has {grams[name]['CO2']} kg/MWh")
        same_co2e(name, gases, co2e)
        electricity(made, f"US-{name}", f"SRL23/{name}", area["fullName"], gases, {
            "table": "Power Profiler subregion.json; metric workbook sheet SRL23", "row": name})
        loss(made, f"US-{name}", f"SRL23/{name}/loss", area["fullName"], area["gridLoss"]["value"], {
            "table": "Power Profiler subregion.json", "row": f"{name} gridLoss"})
    us_average(made, national, Sheet(root))
    for place, row in STATES.json(root).items():
        if place.startswith("_") or row["regionCode"] == "US":
            continue
        code = row["regionCode"].upper()
        made.add(
            activity="electricity.grid", id=f"ST23/{code}", name=f"Grid electricity, {place.title()} (state average)",
            scope=2, boundary="generation", per="MWh", geography=f"US-{code}", kind="co2e",
            values=[value("CO2e", "lb", row["emissions"])], source={"table": "ST23 STC2ERTA", "row": code},
            uncertainty=default("grid"),
            quality={"rating": "fair", "note": "generation within the state, not what the state consumes"})
    return made


def us_average(made: Set, national: dict, sheet: Sheet) -> None:
    """Add the US average per gas (see the passport's notes), its printed CO2e, and its loss."""
    sheet.expect("C366", "US Average")
    co2e = rate(national, "co2eEmissionRate")
    gases = {"CO2": rate(national, "co2EmissionRate"), "CH4": exact(sheet["F366"]), "N2O": exact(sheet["G366"])}
    same_co2e("National", gases, co2e)
    electricity(made, "US", "US23/US", "US average", gases, {
        "table": "Power Profiler subregion.json; hub 2025 Table 6 for CH4 and N2O", "row": "National"},
        quality={"rating": "fair", "note": "CO2 of revision 2, CH4 and N2O of revision 1; sum checked against printed CO2e"})
    made.add(
        activity="electricity.grid.co2e", id="US23/US/co2e", name="Grid electricity, US average, printed CO2e", scope=2,
        boundary="generation", per="MWh", geography="US", kind="co2e", values=[value("CO2e", "lb", co2e)],
        source={"table": "Power Profiler subregion.json", "row": "National"}, uncertainty=default("grid"))
    loss(made, "US", "US23/US/loss", "US average", national["gridLoss"]["value"], {
        "table": "Power Profiler subregion.json", "row": "National gridLoss"})


def revision_1(root: Path) -> Set:
    sheet = Sheet(root)
    sheet.expect("B334", "Table 6")
    made = passport("2023.1.0", "eGRID2023 Revision 1 (January 2025)", "2025-01-15", [HUB], [
        "As printed in Table 6 of the EPA GHG Emission Factors Hub 2025. Use it to reproduce an inventory of that hub.",
        "EPA revised eGRID2023 in June 2025 (version 2023.2.0): NYCW +12.7 %, AZNM +5.3 %, FRCC +2.5 % in this one.",
        "Non-baseload rates are for estimating reductions, never for an inventory: activity electricity.grid.non_baseload.",
        "No grid loss is printed for Puerto Rico (PRMS).",
    ], "verified")
    for row in range(339, 367):
        table_6_row(made, sheet, row)
    return made


def table_6_row(made: Set, sheet: Sheet, row: int, **more) -> None:
    """Add one row of hub Table 6: total output, non-baseload, loss."""
    code = sheet.text(f"C{row}")
    place, label = ("US", "US") if code == "US Average" else (f"US-{code}", code)
    name, source = sheet.text(f"D{row}"), {"table": "Table 6", "row": f"{row} {code}"}
    gases = {gas: exact(sheet[f"{column}{row}"]) for gas, column in zip(("CO2", "CH4", "N2O"), "EFG")}
    margin = {gas: exact(sheet[f"{column}{row}"]) for gas, column in zip(("CO2", "CH4", "N2O"), "HIJ")}
    electricity(made, place, f"T6/{label}", name, gases, source, **more)
    electricity(made, place, f"T6/{label}/non-baseload", f"{name}, non-baseload", margin, source,
                activity="electricity.grid.non_baseload", **more)
    if sheet[f"K{row}"] is not None:
        loss(made, place, f"T6/{label}/loss", name, sheet[f"K{row}"], source, **more)


def electricity(made: Set, place: str, id: str, name: str, gases: dict, source: dict, **more) -> None:
    factor = {"activity": "electricity.grid", "scope": 2, **more}
    if factor["activity"].endswith("non_baseload"):
        del factor["scope"]
    made.add(id=id, name=f"Grid electricity, {name}", boundary="generation", per="MWh", geography=place, kind="mass",
             values=[value(gas, "lb", number) for gas, number in gases.items()], source=source,
             uncertainty=default("grid"), **factor)


def loss(made: Set, place: str, id: str, name: str, cell, source: dict, **more) -> None:
    made.add(activity="electricity.td_loss", id=id, name=f"Grid gross loss, {name}", boundary="coefficient", per="1",
             geography=place, kind="coefficient", values=[coefficient(LOSS, "1", cell)], source=source,
             uncertainty=default("td_loss"), **more)


def metric(root: Path) -> dict:
    """`{"CAMX": {"CO2": kg/MWh, ...}}` of the metric workbook."""
    gases = {"CarbonDioxide": "CO2", "MethaneFossil": "CH4", "NitrousOxide": "N2O"}
    found = {}
    for row in METRIC.json(root)["factors"]:
        if row["unit"] != "MegawattHour":
            raise ImportRefused(f"{row['id']} is per {row['unit']}")
        name = row["sourceReference"].rsplit(" ", 1)[1]
        found[name] = {gases[key]: cell for key, cell in row["components"].items()}
    return found


def rate(area: dict, key: str):
    entry = area["emissionFactor"][key]
    if entry["units"] != "lb/MWh":
        raise ImportRefused(f"{area['name']} {key} is in {entry['units']}")
    return exact(entry["value"])


def pounds(kilograms: str):
    """Undo EPA's kg = lb x 0.4536; refuse when the result is not a published three-decimal number."""
    pounds_exact = (Decimal(kilograms) / POUND).quantize(Decimal("0.001"))
    if pounds_exact * POUND != Decimal(kilograms):
        raise ImportRefused(f"{kilograms} kg/MWh is not three decimals of lb/MWh times {POUND}")
    return derived(pounds_exact, kilograms)


def same_co2e(name: str, gases: dict, co2e: str) -> None:
    """Refuse unless the gases give the printed CO2e under AR5, as far as three printed decimals can tell."""
    half = Decimal("0.0005")
    weights = {"CO2": Decimal(1), "CH4": Decimal(AR5["CH4"]), "N2O": Decimal(AR5["N2O"])}
    got = sum(weights[gas] * Decimal(number) for gas, number in gases.items())
    if abs(got - Decimal(co2e)) > half * (sum(weights.values()) + 1):
        raise ImportRefused(f"{name}: the gases give {got} lb CO2e/MWh under AR5, EPA prints {co2e}")
