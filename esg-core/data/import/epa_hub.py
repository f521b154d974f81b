"""EPA GHG Emission Factors Hub 2025, Tables 1 to 10: fuels, vehicles, electricity, heat, freight, waste, travel.

Everything is a mass of gas except waste (Table 9), which EPA publishes as CO2e under AR4. CO2 of biomass goes to
`biogenic_co2`. Table 11 (GWPs) makes no factor; it is compared with the AR5 set. Table 12 (blends) is in the GWP sets.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import egrid
import gwp
import hub_fuels as fuels
from common import RETRIEVED, ImportRefused, Set, blank, coefficient, exact, slug, value
from hub_sheet import FILE, Sheet
from uncertainty import default

MILE, PASSENGER_MILE, TON_MILE = "[mi_i]", "{passenger}.[mi_i]", "[ston_av].[mi_i]"
PER = {"vehicle-mile": MILE, "passenger-mile": PASSENGER_MILE, "short ton-mile": TON_MILE}
OWN = {"rating": "fair", "note": "EPA prints this class average for scope 3; for own vehicles fuel data are better"}


def build(root: Path) -> list:
    sheet = Sheet(root)
    made = Set({
        "set": "epa-ghg-hub", "version": "2025.1.0", "title": "Emission Factors for Greenhouse Gas Inventories",
        "authority": "US Environmental Protection Agency, Center for Corporate Climate Leadership",
        "edition": "2025 GHG Emission Factors Hub (last modified January 15, 2025)",
        "licence": {"spdx": "LicenseRef-US-Government-Work", "attribution": "US EPA, GHG Emission Factors Hub 2025",
                    "redistribution": True},
        "sources": [FILE.passport()], "published": "2025-01-15", "retrieved": RETRIEVED, "data_year": 2023,
        "valid": {"from": "2024-01-01", "to": None}, "gwp": "AR5", "gwp_values": {"CH4": "28", "N2O": "265"},
        "verification": "verified",
        "uncertainty_note": "EPA publishes none; the default is the ecoinvent v2 pedigree arithmetic, see each factor.",
        "notes": [
            "EPA asks for the newest hub; this one was published on 2025-01-15 and is open from the inventory year 2024.",
            "Combustion factors are on higher heating value and 100 % oxidation; none has upstream emissions.",
            "Road fuels (diesel, gasoline, CNG, LNG) are CO2 of Table 2 alone: CH4 and N2O come by vehicle-mile from "
            "Tables 3 and 4 (vehicle_ch4_n2o...), as EPA asks.",
            "Fuels of off-road machines, ships, locomotives and aircraft join CO2 of Table 2 with CH4 and N2O of Table 5.",
            "CO2 of fuels that EPA heads as biomass is biogenic_co2, never in the totals.",
            "Waste (Table 9) is CO2e under AR4 and is refused under another GWP set.",
            "Table 6 is eGRID2023 revision 1, superseded by epa-egrid 2023.2.0.",
        ],
    })
    stationary(made, sheet)
    mobile(made, sheet)
    on_road(made, sheet)
    off_road(made, sheet)
    sheet.expect("B334", "Table 6")
    for row in range(339, 367):
        egrid.table_6_row(made, sheet, row, superseded_by="epa-egrid 2023.2.0")
    heat(made, sheet)
    transport(made, sheet)
    waste(made, sheet)
    travel(made, sheet)
    same_gwps(sheet, root)
    return [made]


def stationary(made: Set, sheet: Sheet) -> None:
    """Table 1: per mmBtu and per physical unit, and the heating value between the two."""
    sheet.expect("B12", "Table 1")
    for row, (name, _) in fuels.UNIT_ROWS.items():
        sheet.expect(f"D{row}", f"mmBtu per {name}")
        for column, gas in zip("EFG", ("kg CO2", "g CH4", "g N2O")):
            sheet.expect(f"{column}{row}", f"{gas} per mmBtu")
        for column, gas in zip("HIJ", ("kg CO2", "g CH4", "g N2O")):
            sheet.expect(f"{column}{row}", f"{gas} per {name}")
    for row, label, fuel in fuels.STATIONARY:
        sheet.expect(f"C{row}", label)
        unit = fuels.UNIT_ROWS[max(start for start in fuels.UNIT_ROWS if start < row)][1]
        biomass = row in fuels.BIOMASS_ROWS
        for name in [fuel, *([fuels.ALSO[fuel]] if fuel in fuels.ALSO else [])]:
            also = "" if name == fuel else f"/{name}"
            for columns, per in (("EFG", "[mmBtu]"), ("HIJ", unit)):
                if all(sheet[f"{column}{row}"] is None for column in columns):
                    continue
                co2, ch4, n2o = (exact(sheet[f"{column}{row}"]) for column in columns)
                gases = [value("CH4", "g", ch4), value("N2O", "g", n2o)]
                made.add(
                    activity=f"fuel.{name}", id=f"T1/{row}/{slug(per)}{also}", name=f"{label}, stationary combustion",
                    scope=1, boundary="combustion", per=per, basis="gross" if per == "[mmBtu]" else None,
                    geography="US", kind="mass", values=gases if biomass else [value("CO2", "kg", co2), *gases],
                    biogenic_co2={"unit": "kg", "value": co2} if biomass else None,
                    source={"table": "Table 1", "row": f"{row} {label}"},
                    uncertainty=default("combustion_trace" if biomass else "combustion"),
                    quality={"rating": "fair", "note": fuels.NOTES[fuel]} if fuel in fuels.NOTES else None)
            if sheet[f"D{row}"] is not None:
                made.add(
                    activity=f"heating_value.{name}", id=f"T1/{row}/hhv{also}", name=f"{label}, heat content",
                    boundary="coefficient", per=unit, basis="gross", geography="US", kind="coefficient",
                    values=[coefficient("higher heating value", "[mmBtu]", sheet[f"D{row}"])],
                    source={"table": "Table 1", "row": f"{row} {label}"}, uncertainty=default("property"))


def mobile(made: Set, sheet: Sheet) -> None:
    """Table 2: CO2 alone. Biofuels have no other gas there, so they are rows of the boundary `biogenic`."""
    sheet.expect("B101", "Table 2")
    sheet.expect("D103", "kg CO2 per unit")
    for row, label, fuel, biogenic in fuels.MOBILE:
        sheet.expect(f"C{row}", label)
        per = {"gallon": "[gal_us]", "scf": "scf"}[sheet.text(f"E{row}")]
        made.add(
            activity=f"fuel.{fuel}", id=f"T2/{row}", name=f"{label}, mobile combustion, CO2 only",
            scope=None if biogenic else 1, boundary="biogenic" if biogenic else "combustion", per=per, geography="US",
            kind="mass", values=[value("CO2", "kg", sheet[f"D{row}"])], source={"table": "Table 2", "row": f"{row} {label}"},
            uncertainty=default("combustion"),
            quality={"rating": "good", "note": "CO2 only; CH4 and N2O by distance (Tables 3, 4) or machine (Table 5)"})


def on_road(made: Set, sheet: Sheet) -> None:
    """Tables 3 and 4: CH4 and N2O per vehicle-mile by class, fuel and model year."""
    sheet.expect("B124", "Table 3")
    vehicle = ""
    for row in range(127, 242):
        label = sheet["C%d" % row]
        if label and not label.startswith("("):
            vehicle = sheet.text(f"C{row}")
        by_mile(made, sheet, row, "Table 3", vehicle, "gasoline", sheet.text(f"D{row}"), "EF")
    sheet.expect("B246", "Table 4")
    fuel = ""
    for row in range(249, 283):
        vehicle = sheet.text(f"C{row}") if sheet[f"C{row}"] else vehicle
        fuel = sheet.text(f"D{row}") if sheet[f"D{row}"] else fuel
        year = sheet.text(f"E{row}") if sheet[f"E{row}"] else None
        by_mile(made, sheet, row, "Table 4", vehicle, fuel, year, "FG")


def by_mile(made: Set, sheet: Sheet, row: int, table: str, vehicle: str, fuel: str, year: str | None, columns: str) -> None:
    kind = slug(vehicle.removeprefix("Gasoline "))
    years = None if year is None else year.replace("\u2264", "up to ")
    activity = f"vehicle_ch4_n2o.{kind}.{slug(fuel)}" + ("" if years is None else f".{slug(years)}")
    name = f"{vehicle}, {fuel.lower() if fuel == 'gasoline' else fuel}" + ("" if years is None else f", model year {years}")
    made.add(
        activity=activity, id=f"{table.replace('Table ', 'T')}/{row}", name=f"{name}, CH4 and N2O", scope=1,
        boundary="combustion", per=MILE, geography="US", kind="mass",
        values=[value(gas, "g", sheet[f"{column}{row}"]) for gas, column in zip(("CH4", "N2O"), columns)],
        tags=None if years is None else {"model_year": years},
        source={"table": table, "row": f"{row} {vehicle} {fuel} {year or ''}".strip()},
        uncertainty=default("combustion_trace"))


def off_road(made: Set, sheet: Sheet) -> None:
    """Table 5 joined with the CO2 of the same fuel in Table 2, both per gallon."""
    sheet.expect("B287", "Table 5")
    machine = ""
    for row in range(290, 330):
        if sheet[f"C{row}"]:
            machine = re.sub(r"(?<=Equipment)[AB]$", "", sheet.text(f"C{row}"))
        label = sheet.text(f"D{row}")
        fuel, co2_row, variant = fuels.OFF_ROAD[label]
        sheet.expect(f"E{co2_row}", "gallon")
        activity = f"{fuel}.{slug(machine)}{variant}"
        made.add(
            activity=f"fuel.{fuels.OFF_ROAD_PLAIN.get(activity, activity)}", id=f"T5/{row}", name=f"{machine}, {label}",
            scope=1, boundary="combustion", per="[gal_us]", geography="US", kind="mass",
            values=[value("CO2", "kg", sheet[f"D{co2_row}"]), value("CH4", "g", sheet[f"E{row}"]),
                    value("N2O", "g", sheet[f"F{row}"])],
            source={"table": "Table 5 (CH4, N2O) and Table 2 (CO2)", "row": f"{row} {machine} {label}; {co2_row}"},
            uncertainty=default("combustion"))


def heat(made: Set, sheet: Sheet) -> None:
    """Table 7: one row for steam and for heat, from gas at 80 % efficiency."""
    sheet.expect("B407", "Table 7")
    sheet.expect("C410", "Steam and Heat")
    for kind, name in (("steam", "Purchased steam"), ("district", "Purchased heat")):
        made.add(
            activity=f"heat.{kind}", id=f"T7/410/{kind}", name=name, scope=2, boundary="generation", per="[mmBtu]",
            geography="US", kind="mass", values=three(sheet, 410), source={"table": "Table 7", "row": "410 Steam and Heat"},
            uncertainty=default("heat"),
            quality={"rating": "fair", "note": "assumes natural gas at 80 % thermal efficiency"})


def three(sheet: Sheet, row: int) -> list:
    """kg CO2, g CH4 and g N2O of columns D, E and F."""
    return [value(gas, unit, sheet[f"{column}{row}"])
            for gas, unit, column in (("CO2", "kg", "D"), ("CH4", "g", "E"), ("N2O", "g", "F"))]


def transport(made: Set, sheet: Sheet) -> None:
    """Table 8: freight by vehicle-mile and short ton-mile; the same class averages for own vehicles by distance."""
    sheet.expect("B419", "Table 8")
    names = {422: "truck", 423: "passenger_car", 424: "light_duty_truck", 425: "truck", 426: "rail", 427: "water", 428: "air"}
    for row, kind in names.items():
        label = re.sub(r" ?(?<=[rk ])[ABC]$", "", sheet.text(f"C{row}")).strip()
        row_of(made, sheet, row, f"freight.{kind}", f"{label}, freight", 3, 4, "freight", "Table 8")
    row_of(made, sheet, 422, "vehicle.truck", "Medium- and heavy-duty truck", 1, None, "vehicle", "Table 8", "/own", OWN)
    row_of(made, sheet, 423, "vehicle.passenger_car", "Passenger car", 1, None, "vehicle", "Table 8", "/own", OWN)
    row_of(made, sheet, 424, "vehicle.light_duty_truck", "Light-duty truck", 1, None, "vehicle", "Table 8", "/own", OWN)


def travel(made: Set, sheet: Sheet) -> None:
    """Table 10: business travel (category 6); EPA gives the same factors for commuting (category 7)."""
    sheet.expect("B501", "Table 10")
    names = {
        504: "passenger_car", 505: "light_duty_truck", 506: "motorcycle", 507: "rail.intercity.northeast_corridor",
        508: "rail.intercity.other_routes", 509: "rail.intercity", 510: "rail.commuter", 511: "rail.transit", 512: "bus",
        513: "air.short_haul", 514: "air.medium_haul", 515: "air.long_haul",
    }
    for row, kind in names.items():
        label = re.sub(r" [ABCDE]$", "", sheet.text(f"C{row}"))
        row_of(made, sheet, row, f"travel.{kind}", label, 3, 6, "travel", "Table 10")
    row_of(made, sheet, 506, "vehicle.motorcycle", "Motorcycle", 1, None, "vehicle", "Table 10", "/own", OWN)


def row_of(made: Set, sheet: Sheet, row: int, activity: str, name: str, scope: int, category: int | None, kind: str,
           table: str, more: str = "", quality: dict | None = None) -> None:
    made.add(
        activity=activity, id=f"{table.replace('Table ', 'T')}/{row}{more}", name=name, scope=scope, category=category,
        boundary="combustion", per=PER[sheet.text(f"G{row}")], geography="US", kind="mass", values=three(sheet, row),
        source={"table": table, "row": f"{row} {name}"}, uncertainty=default(kind), quality=quality)


def waste(made: Set, sheet: Sheet) -> None:
    """Table 9: t CO2e (AR4) per short ton by material and route; NA is no factor."""
    sheet.expect("B432", "Table 9")
    sheet.expect("D434", "Metric Tons CO2e / Short Ton Material")
    routes = {
        "D": ("RecycledA", "recycling"), "E": ("LandfilledB", "landfill"), "F": ("CombustedC", "incineration"),
        "G": ("CompostedD", "composting"), "H": ("Anaerobically Digested (Dry Digestate with Curing)", "anaerobic_digestion_dry"),
        "I": ("Anaerobically Digested (Wet Digestate with Curing)", "anaerobic_digestion_wet"),
    }
    for column, (label, _) in routes.items():
        sheet.expect(f"{column}435", label)
    for row in range(436, 497):
        material = sheet.text(f"C{row}")
        for column, (_, route) in routes.items():
            if blank(sheet[f"{column}{row}"]):
                continue
            made.add(
                activity=f"waste.{slug(material)}.{route}", id=f"T9/{row}/{route}",
                name=f"{material}, {route.replace('_', ' ')}", scope=3, category=5, boundary="disposal", per="[ston_av]",
                geography="US", kind="co2e", values=[value("CO2e", "t", sheet[f"{column}{row}"])], gwp="AR4",
                source={"table": "Table 9", "row": f"{row} {material}"}, uncertainty=default("waste"))


def same_gwps(sheet: Sheet, root: Path) -> None:
    """Refuse unless every GWP of Table 11 is the AR5 set's."""
    sheet.expect("B521", "Table 11")
    ar5 = next(made.content for made in gwp.build(root) if made.name == "gwp/AR5.json")
    known = {name.lower(): entry["value"] for entry in ar5["values"] if (entry["metric"], entry["horizon"]) == ("GWP", 100)
             for name in [entry["gas"], *entry.get("aliases", [])]}
    for row in range(524, 556):
        name, printed = sheet.text(f"C{row}"), exact(sheet[f"E{row}"])
        if Decimal(known.get(name.lower(), "0")) != Decimal(printed):
            raise ImportRefused(f"Table 11 prints {printed} for {name}, the AR5 set has {known.get(name.lower())}")
