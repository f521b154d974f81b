"""Global warming potentials: one file per IPCC report, every value with its table, none computed.

Two compilations are read against each other (openclimatedata, and US EPA's LCIAformatter); where both have a
value they must be equal or the import stops. Methane of fossil and of biogenic origin are gases of their own,
because AR5 and AR6 print different values and a factor that knows the origin must not lose it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path

import gwp_names
from common import Document, ImportRefused, Source, blank, exact, plain
from hub_sheet import FILE as HUB
from hub_sheet import Sheet

OPEN = Source(
    "raw/ipcc-gwp-openclimatedata/globalwarmingpotentials.csv",
    "9b80412cb5aeeb91038ef84145a10cdab0ab202cbb623cb14d2ec35ec2454f36",
    "https://github.com/openclimatedata/globalwarmingpotentials",
)
EPA = Source(
    "raw/ipcc-gwp-usepa/IPCC_GWP_values.csv",
    "269b20caa4f1f9692628e70607bca2e43027a51ed0df9b5c5fd775b2f05e17c7",
    "https://github.com/USEPA/LCIAformatter",
)
SPLIT = {
    "AR5": Source("raw/ipcc-gwp-split/ar5.json", "ba2fb88c38a7c9e02c86cc3787c9ec9fe480632034ab52e2347d746798d49075",
                  "https://www.ipcc.ch/site/assets/uploads/2018/02/WG1AR5_Chapter08_FINAL.pdf"),
    "AR6": Source("raw/ipcc-gwp-split/ar6.json", "171721ac497c178a8d37983bffa678acf0b327af5d809878eaeb3a7908297e52",
                  "https://www.ipcc.ch/report/ar6/wg1/downloads/report/IPCC_AR6_WGI_Chapter07.pdf"),
}
ERRORS = {
    gas: Source(f"raw/ipcc-gwp-ar6-uncertainty/metrics_uncertainty{gas}.csv", sha256,
                "https://github.com/chrisroadmap/ar6")
    for gas, sha256 in {
        "CH4": "dc13dbc2ec349987539d9af3b64ac2c47ac34f3c6f40e342a4bb74b9d13ce921",
        "N2O": "437b4ff374feaee6bca20cfac9a40f88494adb4e80ce86bfa6f0d4268a7d3aac",
        "CFC-11": "3192215e7a97da455bcaef1c4ae6e66c7e7d499269ac24063506e63b0637ddb9",
        "HFC-134a": "a5df23d35cdfe983bc83f1c7c9ef0ea7a3c51186526e388762e8b479e0f352cd",
        "HFC-32": "3cdff5d6f6b6a0e359894a87a1ebccbb9b88e6c71283bcc2c93f44e5cd48a24d",
        "PFC-14": "6c22a8a600a2eb832cc59cee08a8d2bab4e5f5b2c8ad5748e9e45c5b0edd7cd6",
    }.items()
}

# set: (title, columns of openclimatedata, table)
SETS = {
    "SAR": ("IPCC Second Assessment Report (1995)", {"SARGWP100": ("GWP", 100)}, "IPCC SAR WG1 Table 2.9"),
    "TAR": ("IPCC Third Assessment Report (2001)",
            {"TARGWP20": ("GWP", 20), "TARGWP100": ("GWP", 100), "TARGWP500": ("GWP", 500)},
            "IPCC TAR WG1 Table 6.7"),
    "AR4": ("IPCC Fourth Assessment Report (2007)", {"AR4GWP100": ("GWP", 100)}, "IPCC AR4 WG1 Table 2.14"),
    "AR5": ("IPCC Fifth Assessment Report (2013), without climate-carbon feedback",
            {"AR5GWP100": ("GWP", 100)}, "IPCC AR5 WG1 Table 8.A.1"),
    "AR5CCF": ("IPCC Fifth Assessment Report (2013), with climate-carbon feedback",
               {"AR5CCFGWP100": ("GWP", 100)}, "IPCC AR5 WG1 Tables 8.7 and 8.SM.16"),
    "AR6": ("IPCC Sixth Assessment Report (2021)",
            {"AR6GWP20": ("GWP", 20), "AR6GWP100": ("GWP", 100), "AR6GWP500": ("GWP", 500), "AR6GTP100": ("GTP", 100)},
            "IPCC AR6 WG1 Table 7.SM.7"),
}

# AR6 Table 7.15 prints the methane split at 20 and 500 years too. No copy of it is among the sources.
TRANSCRIBED = {
    ("CH4-fossil", 20): "82.5", ("CH4-fossil", 500): "10.0",
    ("CH4-biogenic", 20): "79.7", ("CH4-biogenic", 500): "7.2",
}
SF6_NOTE = ("24300 is the value of the corrected Table 7.SM.7, which the GHG Protocol lists too; the first release of "
            "August 2021 printed 25200, and both compilations among the sources still have that")
ONE_METHANE = "the report prints one value for methane of every origin"


def build(root: Path) -> list:
    species = list(csv.DictReader(io.StringIO("".join(
        line for line in OPEN.text(root).splitlines(True) if not line.startswith("#")))))
    epa = epa_values(root)
    errors = {gas: error_table(source.text(root)) for gas, source in ERRORS.items()}
    splits = {name: split(source, root) for name, source in SPLIT.items()}
    made = {name: values(name, species, epa, splits, errors) for name in SETS}
    blends = read_blends(Sheet(root), {entry["gas"]: entry["value"] for entry in made["AR5"]
                                       if (entry["metric"], entry["horizon"]) == ("GWP", 100)})
    return [Document(f"gwp/{name}.json", document(name, made[name], blends)) for name in SETS]


def values(name: str, species: list, epa: dict, splits: dict, errors: dict) -> list:
    """All values of one report, sorted by gas, metric and horizon."""
    _, columns, table = SETS[name]
    found = {}

    def put(gas, metric, horizon, cell, **more):
        key = (gas, metric, horizon)
        text = re.sub(r"\.0$", "", str(exact(cell)))
        if key in found:
            if Decimal(found[key]["value"]) != Decimal(text):
                raise ImportRefused(f"{name} {key}: {found[key]['value']} and {text} disagree")
            return
        entry = {"gas": gas, "metric": metric, "horizon": horizon, "value": text, "table": table, **more}
        names = gwp_names.aliases(gas)
        if names:
            entry["aliases"] = names
        spread = uncertainty(name, gas, metric, horizon, errors)
        if spread:
            entry["uncertainty"] = spread
        found[key] = entry

    for metric, horizon in [*columns.values(), *[(m, h) for g, m, h in epa.get(name, {}) if g == "CO2"]]:
        put("CO2", metric, horizon, "1", note="reference gas by definition")
    if name == "AR6":
        put("SF6", "GWP", 100, "24300", note=SF6_NOTE)
    for row in species:
        gas = gwp_names.gas_of(row["Species"])
        for column, (metric, horizon) in columns.items():
            if not blank(row[column]) and (name, gas, column) != ("AR6", "SF6", "AR6GWP100"):
                put(gas, metric, horizon, row[column])
    for (gas, metric, horizon), cell in epa.get(name, {}).items():
        if (name, gas, horizon) != ("AR6", "SF6", 100):
            put(gas, metric, horizon, cell)
    for gas, cell, cited, note in splits.get(name, []):
        put(gas, "GWP", 100, cell, **({"note": note} if note and gas.startswith("CH4") else {}))
        if gas.startswith("CH4"):
            found[gas, "GWP", 100]["table"] = "IPCC " + cited.replace("Ch.7 ", "").replace("Ch.8 ", "")
    if name == "AR5":
        put("CH4-biogenic", "GWP", 20, found["CH4", "GWP", 20]["value"], note="the table's plain methane row")
    if name == "AR6":
        for (gas, horizon), cell in TRANSCRIBED.items():
            put(gas, "GWP", horizon, cell, note="unverified transcription of a printed table")
            found[gas, "GWP", horizon]["table"] = "IPCC AR6 WG1 Table 7.15"
    if name not in {"SAR", "TAR"}:
        put("HFC-PFC-unspecified", "GWP", 100, "1", note=gwp_names.UNSPECIFIED)
        found["HFC-PFC-unspecified", "GWP", 100]["table"] = "US EPA supply chain factors v1.3.0"
    if name in {"SAR", "TAR", "AR4"}:
        for _, metric, horizon in [key for key in found if key[0] == "CH4"]:
            for gas in ("CH4-fossil", "CH4-biogenic"):
                put(gas, metric, horizon, found["CH4", metric, horizon]["value"], note=ONE_METHANE)
    named = {}
    for entry in found.values():
        for alias in [entry["gas"], *entry.get("aliases", [])]:
            if named.setdefault(alias.lower(), entry["gas"]) != entry["gas"]:
                raise ImportRefused(f"{name}: {alias} names {entry['gas']} and {named[alias.lower()]}")
    return [found[key] for key in sorted(found)]


def epa_values(root: Path) -> dict:
    """`{set: {(gas, metric, horizon): cell}}` of US EPA's compilation; rows without a gas id are left out."""
    found: dict = {}
    for row in csv.DictReader(io.StringIO(EPA.text(root))):
        gas = gwp_names.gas_of_epa(row["Name"], row["Acronym"], row["Formula"])
        if gas is None or blank(row["Value"]):
            continue
        key = (gas, "GWP", int(row["Parameter"].removeprefix("GWP")))
        old = found.setdefault(row["AR"], {}).setdefault(key, row["Value"])
        if old != row["Value"]:
            raise ImportRefused(f"{EPA.path} has {old} and {row['Value']} for {row['AR']} {key}")
    return found


def split(source: Source, root: Path) -> list:
    """(gas, value, table, note) of a file that names its source table for every value."""
    rows = []
    for row in json.loads(source.text(root), parse_float=str, parse_int=str)["values"]:
        gas = gwp_names.SPLIT[row["gas"]]
        rows.append((gas, row["gwp"], row["sourceTable"], row.get("note")))
    return rows


def error_table(text: str) -> dict:
    """`{"GWP100": percent}`: total relative error, half width of the 5-95 % range."""
    rows = [[cell.strip() for cell in line.split(",")] for line in text.splitlines() if not line.startswith("#")]
    return {row[0]: Decimal(row[-1]) for row in rows if row[0]}


def uncertainty(name: str, gas: str, metric: str, horizon: int, errors: dict) -> dict | None:
    """Relative standard deviation of a GWP. A 5-95 % range is 1.645 standard deviations to each side."""
    if gas == "CO2":
        return None
    if name == "AR6":
        like = gwp_names.error_class(gas)
        percent = errors[like][f"{metric}{horizon}"]
        own = gas == like or (like == "CH4" and gas.startswith("CH4"))
        reference = (f"IPCC AR6 WG1 chapter 7 error budget, 5-95 % range of {like} {metric}{horizon} is +-{percent} %"
                     + ("" if own else f"; {like} stands for {gas}"))
        return spread(percent, "published" if own else "expert-default", reference)
    percent = Decimal(40 if name.startswith("AR5") and gas.startswith("CH4") else 35)
    said = ("IPCC AR5 WG1 section 8.7.1.4" if name.startswith("AR5") else
            "IPCC AR4 WG1 section 2.10.2" if name == "AR4" else f"IPCC {name} WG1, text on GWP")
    return spread(percent, "expert-default", f"{said}: about +-{percent} % (5-95 %); unverified transcription")


def spread(percent: Decimal, provenance: str, reference: str) -> dict:
    deviation = (percent / 100 / Decimal("1.645")).quantize(Decimal("0.0001"))
    return {"distribution": "normal", "relative_sd": plain(deviation), "provenance": provenance,
            "reference": reference}


def read_blends(sheet: Sheet, ar5: dict) -> list:
    """Compositions of EPA hub Table 12; each must give EPA's printed GWP from its HFC and PFC parts."""
    sheet.expect("B558", "Table 12")
    made = []
    for row in range(561, 591):
        parts = []
        for part in sheet.text(f"E{row}").split(","):
            percent, substance = re.fullmatch(r"([\d.]+)% (\S+)", part.strip()).groups()
            gas = gwp_names.HYDROCARBONS.get(substance, substance)
            parts.append({"gas": gas, "mass_fraction": plain(Decimal(percent).scaleb(-2))})
        if sum(Decimal(part["mass_fraction"]) for part in parts) != 1:
            raise ImportRefused(f"blend {sheet.text(f'D{row}')} does not add up to 1: {parts}")
        printed = exact(sheet[f"D{row}"])
        counted = sum(Decimal(part["mass_fraction"]) * Decimal(ar5[part["gas"]]) for part in parts
                      if part["gas"].startswith(("HFC", "PFC")))
        name = sheet.text(f"C{row}")
        agrees = abs(counted - Decimal(printed)) <= Decimal("0.5")
        if agrees == (name in gwp_names.BLENDS_MISPRINTED):
            raise ImportRefused(f"blend {name}: components give {counted}, EPA prints {printed}")
        counts = "HFC and PFC components only" if agrees else f"misprint: the components give {plain(counted)}"
        made.append({"gas": name, "aliases": [name.replace("-", "")], "blend": parts,
                     "printed": {"set": "AR5", "value": printed, "counts": counts},
                     "table": f"EPA GHG Emission Factors Hub 2025 Table 12, row {row}"})
    return made


def document(name: str, entries: list, blends: list) -> dict:
    title, _, table = SETS[name]
    sources = [OPEN, *([EPA] if name in {"AR4", "AR5", "AR6"} else []), *([SPLIT[name]] if name in SPLIT else []),
               *(ERRORS.values() if name == "AR6" else [])]
    provenance = [{"table": table, **source.passport()} for source in sources]
    provenance.append({"table": "EPA GHG Emission Factors Hub 2025 Table 12 (blends)", **HUB.passport()})
    notes = [
        "A blend is the sum of its components under this set; EPA's printed blend values count HFC and PFC only "
        "and leave HCFC and hydrocarbons out.",
        "A component that this set prints no value for (most hydrocarbons) has no entry; it is not zero.",
    ]
    notes += gwp_names.NOTES.get(name, [])
    return {"set": name, "title": title, "provenance": provenance, "values": entries, "blends": blends, "notes": notes}
