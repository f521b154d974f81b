"""UK Government GHG conversion factors (DESNZ): 2025 and 2024 complete, 2026 as far as it could be had.

The flat file has a row for the sum and a row for each gas. The gas rows are CO2e of the gas, not its mass,
so a factor keeps them as `co2e-per-gas` beside the printed sum. A blank cell is no factor; a printed 0 is
a factor of 0 (a battery car has no exhaust). The publisher's row id is stable over the years and is ours too.
Biogenic CO2 stands in a sheet of its own ("Outside of scopes") and is joined to the fuel it belongs to.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Context, Decimal
from pathlib import Path

import uncertainty
from common import RETRIEVED, Exact, ImportRefused, Set, Source, blank, coefficient, derived, exact, tidy, value
from desnz_names import Place, fuel, places

GAS_ROWS = {f"kg CO2e of {gas} per unit": gas for gas in ("CO2", "CH4", "N2O")}
ENERGY_ROWS = {"kWh (Net CV)": "net_energy", "kWh (net)": "electricity"}
UNITS = {
    "tonnes": ("t", None), "kg": ("kg", None), "litres": ("L", None), "cubic metres": ("m3", None),
    "million litres": ("ML", None), "kWh": ("kWh", None), "kWh (Gross CV)": ("kWh", "gross"),
    "kWh (Net CV)": ("kWh", "net"), "GJ": ("GJ", "net"), "km": ("km", None), "miles": ("[mi_i]", None),
    "tonne.km": ("t.km", None), "passenger.km": ("{passenger}.km", None), "Room per night": ("{room}.{night}", None),
    "per FTE Working Hour": ("{FTE}.h", None),
}
# Units of one dimension, the one that a lookup should take first. The others are tagged as variants.
SAME_DIMENSION = (("km", "[mi_i]"), ("m3", "L", "ML"), ("kWh", "GJ"), ("t", "kg"))
# "All factors are on a net calorific value basis" (sheets Bioenergy and Outside of scopes).
NET_SHEETS = {"Bioenergy", "WTT- bioenergy", "Outside of scopes"}
# Methodology 2025, Table 1 and notes 6 to 8.
AR4_SHEETS = {"Bioenergy", "WTT- bioenergy"}
MIXED_GWP = {"rating": "poor", "note": "hotels reported under AR4 or AR5, the methodology (Table 1, note 8) does not say which"}
RADIATIVE = uncertainty.stated("1.4", "expert judgement: the indirect effects of aviation, a flat 70 % on CO2, are an "
                               "open research question (methodology, air transport); not published by the authority")
LICENCE = {
    "spdx": "OGL-UK-3.0", "redistribution": True,
    "attribution": "Contains public sector information licensed under the Open Government Licence v3.0.",
}
PAGE = "https://www.gov.uk/government/publications/greenhouse-gas-reporting-conversion-factors-"
NOTES = ("Gas values are kg CO2e of the gas under AR5 (CH4 28, N2O 265). Bioenergy and its well-to-tank rows rest on AR4 "
         "and say so by row. Refrigerants use AR5, and AR4, AR6 or EU F-gas annex values where AR5 has none. Well-to-tank "
         "rows of vehicles serve owned vehicles, journeys or shipments and managed assets: the same row stands under each "
         "activity. Numbers with more than 15 digits are binary noise of the workbook and were read as Excel shows them. "
         "Rows tagged unit_variant repeat another row of the same dimension in another unit.")
FLAT_2025 = Source("raw/desnz-2025/flat-file.xlsx", "8bfdb45b81ec4a88e3bdf4584637330f62e6bd09ce1940e654c5d7b7f736de94", PAGE + "2025")
FULL_2025 = Source("raw/desnz-2025/full-set.xlsx", "c08f24dac724a7598f54a7c7b28ad21fa88ca48d8ebd98cb9e172ffc184b5e5a", PAGE + "2025")
FLAT_2024 = Source("raw/desnz-2024/ghg-conversion-factors-2024-FlatFormat_v1_1.xlsx",
                   "db8cb915af241b389add753402fb225f1850c583ac331994a71b2f281c484320", PAGE + "2024")
FULL_2024 = Source("raw/desnz-2024/ghg-conversion-factors-2024-full_set__for_advanced_users__v1_1.xlsx",
                   "558116ed06b5d84c41f5eff9b24714e4eb5ce41eb8ac0619ffe946e8d87da859", PAGE + "2024")
PART_2026 = Source("derived/desnz-2026-unambiguous.csv",
                   "220c333ac5e82adb89ac2dd5638edd8c564f002b82957a5b862b6e067fc36290", PAGE + "2026")


@dataclass
class Row:
    """All gases of one row of the publisher. `cells` holds only what is not blank."""

    id: str
    scope: str
    level1: str
    level2: str
    level3: str
    level4: str
    column: str
    unit: str
    cells: dict = field(default_factory=dict)

    @property
    def label(self) -> str:
        parts = [self.level3 or self.level2, self.level4 if self.level4 != self.unit else "", self.column]
        return f"{self.level1}: {', '.join(tidy(part) for part in parts if part.strip())}, {self.unit}"

    @property
    def tree(self) -> str:
        return " / ".join(tidy(part) for part in (self.level1, self.level2) if part)


def build(source: Path) -> list[Set]:
    rows = read_flat(FLAT_2025, source, 2025)
    sets = []
    for year, version, published, flat, full, these in (
        (2025, "2025.1.0", "2025-06-10", FLAT_2025, FULL_2025, rows),
        (2024, "2024.1.1", "2024-10-30", FLAT_2024, FULL_2024, read_flat(FLAT_2024, source, 2024)),
    ):
        made = Set(passport(year, version, f"{year}, version {'1' if year == 2025 else '1.1'}", published, (flat, full),
                            "verified", NOTES))
        add_rows(made, these)
        add_properties(made, full, source, year)
        sets.append(made)
    part = Set(passport(2026, "2026.1.2", "2026, version 1.2 (partial)", "2026-07-31", (PART_2026,), "single-source",
                        "PARTIAL: 414 rows of the 2026 edition whose identity is certain. Not here: average cars, flights, "
                        "lorries, waste, bioenergy, refrigerants, hotels, homeworking and more. " + NOTES))
    add_rows(part, read_part(source, {row.id: row for row in rows}))
    return [*sets, part]


def passport(year, version, edition, published, sources, verification, notes) -> dict:
    return {
        "set": "desnz-uk", "version": version, "edition": edition, "published": published, "retrieved": RETRIEVED,
        "title": f"UK Government GHG Conversion Factors for Company Reporting {year}",
        "authority": "UK Department for Energy Security and Net Zero (DESNZ)", "licence": LICENCE,
        "sources": [one.passport() for one in sources], "data_year": year,
        "valid": {"from": f"{year}-01-01", "to": f"{year + 1}-01-01"}, "gwp": "AR5",
        "gwp_values": {"CH4": "28", "N2O": "265"}, "verification": verification, "notes": notes,
        "uncertainty_note": "The publisher gives no uncertainty; every one here is a default of this project and says so.",
    }


# --- reading ----------------------------------------------------------------------------------------------


def number(cell) -> Exact:
    """Excel keeps 15 significant digits; what a double holds beyond them (0.13388999999999998) is noise."""
    if isinstance(cell, float) and len(repr(cell).replace(".", "").lstrip("0")) > 15:
        cell = format(cell, ".15g")
    return exact(cell)


def sheet(source: Source, root: Path, name: str):
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(source.read(root)), read_only=True, data_only=True)
    return book[name].iter_rows(values_only=True)


def read_flat(source: Source, root: Path, year: int) -> list[Row]:
    """Group the flat sheet by row id. The last part of the id is the gas."""
    lines = sheet(source, root, "Factors by Category")
    head = ("ID", "Scope", "Level 1", "Level 2", "Level 3", "Level 4", "Column Text", "UOM", "GHG/Unit",
            f"GHG Conversion Factor {year}")
    if not any(tuple(line[:10]) == head for line in lines):
        raise ImportRefused(f"{source.path}: no heading {head}")
    rows: dict[str, Row] = {}
    for line in lines:
        if line[0] is None:
            continue
        key, text = line[0].rsplit("_", 1)[0], ["" if cell is None else str(cell) for cell in line[1:8]]
        row = rows.setdefault(key, Row(line[0], *text))
        if [row.scope, row.level1, row.level2, row.level3, row.level4, row.column, row.unit] != text:
            raise ImportRefused(f"{line[0]}: labels differ from those of {row.id}")
        if line[8] not in GAS_ROWS and line[8] not in ENERGY_ROWS and line[8] != "kg CO2e":
            raise ImportRefused(f"{line[0]}: {line[8]!r} is an unknown kind of value")
        if line[8] in row.cells:
            raise ImportRefused(f"{line[0]}: {line[8]!r} is doubled")
        row.cells[line[8]] = None if blank(line[9]) else number(line[9])
    for row in rows.values():
        row.cells = {kind: cell for kind, cell in row.cells.items() if cell is not None}
        if len(row.cells) not in (0, 1, 4):
            raise ImportRefused(f"{row.id}: some gases are blank and others not: {sorted(row.cells)}")
    return list(rows.values())


def read_part(root: Path, labels: dict[str, Row]) -> list[Row]:
    """The 2026 rows. Their masses of CH4 and N2O were made by dividing by 28 and 265: undo that exactly."""
    rows = []
    for line in csv.DictReader(io.StringIO(PART_2026.text(root))):
        old = labels[line["desnz_row_id"]]
        row = Row(old.id, old.scope, old.level1, old.level2, old.level3, old.level4, old.column, old.unit)
        if [line[f"level{n}"].strip() for n in (1, 2, 3, 4)] + [line["uom"]] != [
                label.strip() for label in (old.level1, old.level2, old.level3, old.level4, old.unit)]:
            raise ImportRefused(f"{old.id}: 2026 labels differ from those of 2025")
        row.cells["kg CO2e"] = exact(line["kg_co2e_per_uom"])
        for gas, column, gwp in (("CO2", "co2_kg", 1), ("CH4", "ch4_kg_derived_ar5_28", 28),
                                 ("N2O", "n2o_kg_derived_ar5_265", 265)):
            if not blank(line[column]):
                row.cells[f"kg CO2e of {gas} per unit"] = undivided(line[column], gwp, old.id)
        if len(row.cells) not in (1, 4):
            raise ImportRefused(f"{old.id}: {sorted(row.cells)} are not all gases")
        rows.append(row)
    return rows


def undivided(text: str, gwp: int, where: str) -> Exact:
    """The printed CO2e that gives `text` (12 digits) when divided by `gwp`; the flat file has at most 10 decimals."""
    printed = Context(prec=11).multiply(Decimal(text), Decimal(gwp)).normalize()
    if printed.as_tuple().exponent < -10 or abs(printed / gwp - Decimal(text)) > abs(Decimal(text)) * Decimal("1e-11"):
        raise ImportRefused(f"{where}: {text} x {gwp} is {printed}, no printed number")
    return derived(printed, text)


# --- factors ----------------------------------------------------------------------------------------------


def unit(row: Row) -> tuple[str, str | None]:
    per, basis = UNITS[row.unit]
    net = row.level1 in NET_SHEETS and per == "kWh" and row.level2 != "Electricity generated"
    return per, "net" if net else basis


def add_rows(made: Set, rows: list[Row]) -> None:
    direct, upstream, biogenic = [], [], []
    for row in rows:
        if row.cells:
            found = places(row)
            target = biogenic if found[0].boundary == "biogenic" else upstream if found[0].boundary == "wtt" else direct
            target.append((row, found))
    factors = [factor(row, place, row.id) for row, (place,) in direct]
    parents = {(one["activity"], one["per"]) for one in factors}
    for row, found in upstream:
        wanted = [place for place in found if (place.activity, unit(row)[0]) in parents] or found[:1]
        for index, place in enumerate(wanted):
            lead = "" if index == 0 else "/" + place.activity.split(".")[0]
            factors.append(factor(row, place, row.id + lead))
    plain_refrigerants(factors)
    for row, (place,) in biogenic:
        join_biogenic(factors, row, place)
    for one in mark_variants(factors):
        made.add(**one)


def factor(row: Row, place: Place, ident: str) -> dict:
    per, basis = unit(row)
    (kind, values), printed = numbers(row), row.cells.get("kg CO2e")
    range_ = RADIATIVE if row.column == "With RF" else uncertainty.default(place.kind)
    return {
        "activity": place.activity, "id": ident, "name": row.label, "scope": place.scope, "category": place.category,
        "boundary": place.boundary, "per": per, "basis": basis, "geography": place.geography, "kind": kind,
        "values": values, "co2e": printed if kind == "co2e-per-gas" else None,
        "gwp": "AR4" if row.level1 in AR4_SHEETS else None, "source": {"table": row.tree, "row": row.id},
        "uncertainty": range_, "quality": MIXED_GWP if row.level1 == "Hotel stay" else
        {"rating": "good", "note": place.note} if place.note else None,
    }


def numbers(row: Row) -> tuple[str, list[dict]]:
    for kind, quantity in ENERGY_ROWS.items():
        if kind in row.cells:
            return "coefficient", [coefficient(quantity, "kWh", row.cells[kind])]
    gases = [value(gas, "kg", row.cells[kind]) for kind, gas in GAS_ROWS.items() if kind in row.cells]
    if len(gases) == 1:
        return "mass", gases
    if gases:
        total = sum(Decimal(entry["value"]) for entry in gases)
        if abs(total - Decimal(row.cells["kg CO2e"])) > max(Decimal("0.00003"), total / 1000):
            raise ImportRefused(f"{row.id}: gases sum to {total}, printed {row.cells['kg CO2e']}")
        return "co2e-per-gas", gases
    return "co2e", [value("CO2e", "kg", row.cells["kg CO2e"])]


def plain_refrigerants(factors: list[dict]) -> None:
    """A gas without any Kyoto part answers to its plain name, outside of the scopes. A total that holds only
    Kyoto gases is scope 1."""
    names = {one["activity"] for one in factors}
    for one in factors:
        stem, _, last = one["activity"].rpartition(".")
        if stem.startswith("refrigerant.") and last == "non_kyoto" and stem not in names:
            one["activity"] = stem
        if stem.startswith("refrigerant.") and last == "total" and f"{stem}.non_kyoto" not in names and stem in names:
            one["scope"] = 1


def join_biogenic(factors: list[dict], row: Row, place: Place) -> None:
    """Give the CO2 from biomass to the one factor of the same fuel and unit, or let it stand alone."""
    per, basis = unit(row)
    parents = [one for one in factors if one["boundary"] in {"combustion", "generation"} and one["scope"] in {1, 2}
               and (one["activity"], one["per"], one["basis"]) == (place.activity, per, basis)]
    if len(parents) != 1:
        factors.append(factor(row, place, row.id))
        return
    (co2,) = row.cells.values()
    parents[0]["biogenic_co2"] = {"unit": "kg", "value": co2}
    parents[0]["source"]["row"] += f"; biogenic {row.id}"


def mark_variants(factors: list[dict]) -> list[dict]:
    """Tag all but the first unit of a dimension, so that a lookup meets one row without tags."""
    groups = defaultdict(list)
    for one in factors:
        family = next((units for units in SAME_DIMENSION if one["per"] in units), (one["per"],))
        groups[one["activity"], one["boundary"], one["geography"], one["basis"], family].append(one)
    for (*_, family), members in groups.items():
        first = min(family.index(one["per"]) for one in members)
        for one in members:
            if family.index(one["per"]) != first:
                one["tags"] = {"unit_variant": "true"}
    return factors


# --- heating values and densities -------------------------------------------------------------------------


def add_properties(made: Set, source: Source, root: Path, year: int) -> None:
    """Sheet "Fuel properties": gross and net heating value per tonne and per litre, density."""
    for count, line in enumerate(sheet(source, root, "Fuel properties"), start=1):
        if line[1] is None or line[2] != year:
            continue
        name, label = fuel(line[1]), tidy(line[1])
        for column, basis, unit_, per in ((3, "net", "GJ", "t"), (4, "gross", "GJ", "t"), (5, None, "kg", "m3"),
                                          (9, "net", "kWh", "L"), (10, "gross", "kWh", "L")):
            cell = line[column]
            # Three decimals leave one or two digits of a gas per litre (0.01 kWh): use its density instead.
            if blank(cell) or (per == "L" and Decimal(str(cell)) < 1):
                continue
            quantity = "heating_value" if basis else "density"
            made.add(
                activity=f"{quantity}.{name}", id=f"fuel-properties/{name}/{basis or 'density'}/{per}",
                name=f"{label}: {basis + ' calorific value' if basis else 'density'}, {unit_} per {per}",
                boundary="coefficient", per=per, basis=basis, geography="GB", kind="coefficient",
                values=[coefficient(quantity, unit_, number(cell))],
                source={"table": "Fuel properties", "row": str(count)}, uncertainty=uncertainty.default("property"),
            )
