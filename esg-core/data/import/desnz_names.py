"""Where each row of the UK conversion factors belongs: activity, boundary, scope and category.

The publisher names a row by four levels and a column heading. All five are part of what the row means: the
same levels hold diesel and battery cars, laden and empty lorries, landfill and recycling. So every rule
below uses the column heading, and a label that no rule knows is an error and never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from common import ImportRefused, slug

FUELS = {
    "aviation spirit": "aviation_gasoline", "aviation turbine fuel": "jet_fuel", "burning oil": "kerosene",
    "petrol (100% mineral petrol)": "gasoline_mineral", "petrol (average biofuel blend)": "gasoline",
    "diesel (100% mineral diesel)": "diesel_mineral", "diesel (average biofuel blend)": "diesel",
    "natural gas (100% mineral blend)": "natural_gas_mineral", "coal (domestic)": "coal_domestic",
    "coal (industrial)": "coal_industrial", "coal (electricity generation)": "coal_electricity",
    "coal (electricity generation - home produced coal only)": "coal_electricity_home_produced",
    "biodiesel me": "biodiesel", "biodiesel (me)": "biodiesel", "biodiesel hvo": "hvo",
    "biodiesel (btl or hvo)": "hvo", "biodiesel me (from used cooking oil)": "biodiesel_used_cooking_oil",
    "biodiesel me (from tallow)": "biodiesel_tallow", "off road biodiesel": "biodiesel_off_road",
    "biomethane (compressed)": "biomethane_compressed", "biomethane (liquified)": "biomethane_liquefied",
    "avtur (renewable)": "jet_fuel_renewable", "methanol (bio)": "methanol_bio", "grasses/straw": "grass_straw",
    "methane (ch4)": "methane", "carbon dioxide (co2)": "carbon_dioxide",
}
GASES = {
    "carbon dioxide": "co2", "methane": "ch4", "nitrous oxide": "n2o", "nitrogen trifluoride": "nf3",
    "sulphur hexafluoride (sf6)": "sf6", "hfc-43-i0mee": "hfc_43_10mee",
}
POWER = {
    "Petrol": "gasoline", "Diesel": "diesel", "LPG": "lpg", "CNG": "cng", "Hybrid": "hybrid", "Unknown": "unknown",
    "Plug-in Hybrid Electric Vehicle": "plug_in_hybrid", "Battery Electric Vehicle": "battery_electric",
}
ELECTRIC = ("plug_in_hybrid", "battery_electric")
HGVS = {
    "All HGVs": "all", "All artics": "artic_all", "All rigids": "rigid_all",
    "Articulated (>3.5 - 33t)": "artic_3_5t_33t", "Articulated (>33t)": "artic_over_33t",
    "Rigid (>3.5 - 7.5 tonnes)": "rigid_3_5t_7_5t", "Rigid (>7.5 tonnes-17 tonnes)": "rigid_7_5t_17t",
    "Rigid (>17 tonnes)": "rigid_over_17t",
}
LADEN = {"average laden": "", "0% laden": ".laden_0", "50% laden": ".laden_50", "100% laden": ".laden_100"}
HAULS = {
    "Domestic, to/from UK": "domestic", "Short-haul, to/from UK": "short_haul",
    "Long-haul, to/from UK": "long_haul", "International, to/from non-UK": "international",
}
SEATS = {
    "Average passenger": "average", "Economy class": "economy", "Premium economy class": "premium_economy",
    "Business class": "business", "First class": "first",
}
RF = {"With RF": "", "Without RF": ".without_rf"}
LAND = {
    "Regular taxi": "taxi.regular", "Black cab": "taxi.black_cab", "Local bus (not London)": "bus.local_not_london",
    "Local London bus": "bus.london", "Average local bus": "bus.local_average", "Coach": "bus.coach",
    "National rail": "rail.national", "International rail": "rail.international",
    "Light rail and tram": "rail.light_rail_and_tram", "London Underground": "rail.london_underground",
}
ORIGINS = {
    "Primary material production": "primary", "Re-used": "reused", "Open-loop source": "open_loop",
    "Closed-loop source": "closed_loop",
}
ROUTES = {
    "Re-use": "reuse", "Open-loop": "recycling_open_loop", "Closed-loop": "recycling", "Combustion": "incineration",
    "Incineration with Energy Recovery": "incineration", "Composting": "composting", "Landfill": "landfill",
    "Anaerobic digestion": "anaerobic_digestion",
}
COUNTRIES = {
    "UK": "GB", "UK (London)": "GB-LND", "Argentina": "AR", "Australia": "AU", "Austria": "AT", "Belgium": "BE",
    "Brazil": "BR", "Canada": "CA", "Chile": "CL", "China": "CN", "Colombia": "CO", "Costa Rica": "CR",
    "Czech Republic": "CZ", "Egypt": "EG", "Fiji": "FJ", "Finland": "FI", "France": "FR", "Germany": "DE",
    "Greece": "GR", "Hong Kong, China": "HK", "India": "IN", "Indonesia": "ID", "Ireland": "IE", "Israel": "IL",
    "Italy": "IT", "Japan": "JP", "Jordan": "JO", "Kazakhstan": "KZ", "Korea": "KR", "Macau, China": "MO",
    "Malaysia": "MY", "Maldives": "MV", "Mexico": "MX", "Netherlands": "NL", "New Zealand": "NZ", "Oman": "OM",
    "Panama": "PA", "Peru": "PE", "Philippines": "PH", "Poland": "PL", "Portugal": "PT", "Qatar": "QA",
    "Romania": "RO", "Russian Federation": "RU", "Saudi Arabia": "SA", "Singapore": "SG", "South Africa": "ZA",
    "Spain": "ES", "Switzerland": "CH", "Taiwan, China": "TW", "Thailand": "TH", "Turkey": "TR",
    "United Arab Emirates": "AE", "United States": "US", "Vietnam": "VN",
}


@dataclass(frozen=True)
class Place:
    """The question that a row answers; `kind` is the class of its default uncertainty."""

    activity: str
    boundary: str
    kind: str
    scope: int | None = None
    category: int | None = None
    geography: str = "GB"
    note: str | None = None


def known(table: dict, label: str, what: str) -> str:
    if label not in table:
        raise ImportRefused(f"{label!r} is an unknown {what}")
    return table[label]


def fuel(label: str) -> str:
    label = label.strip().casefold()
    return FUELS.get(label) or slug(label)


def gas(label: str) -> str:
    """`HCFC-22/R22 = chlorodifluoromethane` is hcfc_22, `Perfluoromethane (PFC-14)` pfc_14, `R410A` r_410a."""
    label = label.strip()
    if label.casefold() in GASES:
        return GASES[label.casefold()]
    inside = re.search(r"\((PFC-[^)]*)\)", label)
    label = inside[1] if inside else re.split(r"/| = |\(|\*", label)[0].strip()
    return slug(re.sub(r"^R(\d)", r"R-\1", label))


def size(label: str) -> str:
    return slug(label.replace(",", "").replace("+", " plus "))


def substance(label: str) -> str:
    """Material: `Plastics: HDPE (incl. forming)` is hdpe; `Paper and board: mixed` keeps its family."""
    label = re.sub(r" \((incl|excl)\. forming\)$", "", label)
    family, colon, kind = label.partition(": ")
    return slug(label) if not colon or kind == "mixed" else slug(kind)


def body(row, fuel_of_lorry: str = ".diesel") -> str:
    """Class and fuel of a road vehicle, without the leading `vehicle`, `travel`, `freight` or `managed`."""
    level = row.level2.removeprefix("WTT- ").removeprefix("Managed ").casefold()
    if level.startswith("cars"):
        return f"car.{slug(row.level3.removesuffix(' car'))}.{known(POWER, row.column, 'drive')}"
    if level.startswith("van"):
        return f"van.{slug(row.level3.split(' (')[0])}.{known(POWER, row.column, 'drive')}"
    if level.startswith("hgv"):
        name = "hgv_refrigerated" if "refrigerated" in level else "hgv"
        lorry, load = known(HGVS, row.level3, "lorry"), known(LADEN, row.column.casefold(), "load")
        return f"{name}.{lorry}{fuel_of_lorry}{load}"
    if level.startswith("motorbike"):
        return f"motorbike.{slug(row.level3)}"
    raise ImportRefused(f"{row.id}: {row.level2!r} is no road vehicle")


def travel(row) -> str:
    """Journeys that are not a car or a motorcycle."""
    level = row.level2.removeprefix("WTT- ").casefold()
    if level == "flights":
        return f"air.{known(HAULS, row.level3, 'haul')}.{known(SEATS, row.level4, 'seat')}{known(RF, row.column, 'RF')}"
    if level == "ferry":
        return f"ferry.{slug(row.level3.replace('(all passenger)', ''))}"
    return known(LAND, row.level3, "land transport") + (".vehicle" if row.unit == "km" else "")


def cargo(row) -> str:
    """Freight that is not a van or a lorry."""
    level = row.level2.removeprefix("WTT- ").casefold()
    if level == "freight flights":
        return f"air.{known(HAULS, row.level3, 'haul')}{known(RF, row.column, 'RF')}"
    if level == "rail":
        return "rail"
    if level in {"sea tanker", "cargo ship"}:
        return f"sea.{slug(row.level3)}.{size(row.level4)}"
    raise ImportRefused(f"{row.id}: {row.level2!r} is no freight")


def places(row) -> list[Place]:
    """Return the question that the row answers, or the several ones where the publisher merged sheets.

    A well-to-tank row of a vehicle serves the owned vehicle (category 3), the journey or shipment (6, 4) and the
    managed asset (8); its caller keeps those whose direct factor exists.
    """
    rule = RULES.get(row.level1)
    if rule is None:
        raise ImportRefused(f"{row.id}: {row.level1!r} is an unknown sheet")
    found = rule(row)
    return found if isinstance(found, list) else [found]


def refrigerant(row) -> Place:
    """Only Kyoto gases belong to scope 1; the sheet asks to report the others apart."""
    column = row.column.casefold()
    one = Place(f"refrigerant.{gas(row.level3)}", "fugitive", "refrigerant")
    if "only kyoto" in column:
        return replace(one, scope=1)
    if "only non-kyoto" in column:
        return replace(one, activity=one.activity + ".non_kyoto", note="non-Kyoto gas: reported apart from the scopes")
    if "total" in column:
        return replace(one, activity=one.activity + ".total", note="Kyoto and non-Kyoto gases together")
    raise ImportRefused(f"{row.id}: {row.column!r} is an unknown column of refrigerants")


def electric(boundary: str, scope: int, category: int | None, kind: str):
    """The grid part of plug-in vehicles."""
    return lambda row: Place(f"vehicle.{body(row)}", boundary, kind, scope, category)


def simple(activity: str, boundary: str, kind: str, scope: int, category: int | None = None):
    return lambda row: Place(activity, boundary, kind, scope, category)


def losses(row, boundary: str, kind: str) -> Place:
    name = "electricity.td_loss" if "electricity" in row.level2.casefold() else "heat.td_loss"
    return Place(name, boundary, kind, 3, 3)


def upstream_power(row) -> Place:
    if "(T&D)" in row.level2:
        return losses(row, "wtt", "wtt")
    return Place("electricity.grid", "wtt", "wtt", 3, 3)


def heat(row, boundary: str, kind: str, scope: int, category: int | None = None) -> Place:
    if row.level3 == "5% loss":
        return losses(row, boundary, kind)
    names = {"District heat and steam": "heat.district", "Onsite heat and steam": "heat.steam"}
    return Place(known(names, row.level3, "heat"), boundary, kind, scope, category)


def upstream_travel(row) -> list[Place]:
    if row.level2.removeprefix("WTT- ").split(" ")[0] in {"cars", "motorbike"}:
        one = Place("", "wtt", "wtt", 3)
        return [replace(one, activity=f"{lead}.{body(row)}", category=number)
                for lead, number in (("vehicle", 3), ("travel", 6), ("managed", 8))]
    return [Place(f"travel.{travel(row)}", "wtt", "wtt", 3, 6)]


def freight(row, boundary: str, kind: str) -> list[Place]:
    road = row.level2.removeprefix("WTT- ").casefold().startswith(("van", "hgv"))
    one = Place(f"freight.{body(row, '') if road else cargo(row)}", boundary, kind, 3, 4)
    if not road or boundary != "wtt":
        return [one]
    return [one, replace(one, activity=f"vehicle.{body(row)}", category=3),
            replace(one, activity=f"managed.{body(row)}", category=8)]


def business(row) -> Place:
    road = row.level2.startswith(("Cars", "Motorbike"))
    return Place(f"travel.{body(row) if road else travel(row)}", "combustion", "travel", 3, 6)


def home(row) -> Place:
    names = {"Office Equipment": ".office_equipment", "Heating": ".heating",
             "Homeworking (office equipment + heating)": ""}
    return Place("homeworking" + known(names, row.level2, "part of homeworking"), "use", "heat", 3, 7)


def energy(kind: str):
    return lambda row: Place(f"energy_use.{kind}.vehicle.{body(row)}", "coefficient", "vehicle")


RULES = {
    "Fuels": lambda row: Place(f"fuel.{fuel(row.level3)}", "combustion", "combustion", 1),
    "Bioenergy": lambda row: Place(f"fuel.{fuel(row.level3)}", "combustion", "combustion_trace", 1),
    "Refrigerant & other": refrigerant,
    "Passenger vehicles": lambda row: Place(f"vehicle.{body(row)}", "combustion", "vehicle", 1),
    "Delivery vehicles": lambda row: Place(f"vehicle.{body(row)}", "combustion", "vehicle", 1),
    "SECR kWh pass & delivery vehs": energy("fuel"),
    "SECR kWh UK electricity for EVs": energy("electricity"),
    "UK electricity": simple("electricity.grid", "generation", "grid", 2),
    "UK electricity for EVs": electric("generation", 2, None, "vehicle"),
    "UK electricity T&D for EVs": electric("td_loss", 3, 3, "vehicle"),
    "Heat and steam": lambda row: heat(row, "generation", "heat", 2),
    "WTT- fuels": lambda row: Place(f"fuel.{fuel(row.level3)}", "wtt", "wtt", 3, 3),
    "WTT- bioenergy": lambda row: Place(f"fuel.{fuel(row.level3)}", "wtt", "wtt", 3, 3),
    "Transmission and distribution": lambda row: losses(row, "td_loss", "td_loss"),
    "WTT- UK electricity": upstream_power,
    "WTT- heat and steam": lambda row: heat(row, "wtt", "wtt", 3, 3),
    "Water supply": simple("water.supply", "life-cycle", "water", 3, 1),
    "Water treatment": simple("water.treatment", "life-cycle", "water", 3, 5),
    "Material use": lambda row: Place(
        f"material.{substance(row.level3)}.{known(ORIGINS, row.column, 'origin')}", "cradle-to-gate", "material", 3, 1),
    "Waste disposal": lambda row: Place(
        f"waste.{substance(row.level3)}.{known(ROUTES, row.column, 'route')}", "disposal", "waste", 3, 5),
    "Business travel- air": business,
    "Business travel- sea": business,
    "Business travel- land": business,
    "WTT- business travel- air": upstream_travel,
    "WTT- business travel- sea": upstream_travel,
    "WTT- pass vehs & travel- land": upstream_travel,
    "Freighting goods": lambda row: freight(row, "combustion", "freight"),
    "WTT- delivery vehs & freight": lambda row: freight(row, "wtt", "wtt"),
    "Hotel stay": lambda row: Place("travel.hotel", "use", "hotel", 3, 6, known(COUNTRIES, row.level3, "country")),
    "Managed assets- electricity": simple("managed.electricity", "generation", "grid", 3, 8),
    "Managed assets- vehicles": lambda row: Place(f"managed.{body(row)}", "combustion", "vehicle", 3, 8),
    "Homeworking": home,
    "Outside of scopes": lambda row: Place(
        "electricity.grid" if row.level2 == "Electricity generated" else f"fuel.{fuel(row.level3)}",
        "biogenic", "combustion"),
}
