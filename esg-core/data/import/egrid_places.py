"""Which eGRID subregion a US place is in. The answer is often several, and then all of them are given.

A ZIP code can be served by utilities of up to three subregions. Picking one in silence would move a figure by
tens of per cent, so the crosswalk keeps them all and marks only what EPA marks: the predominant utility.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from pathlib import Path

from common import Document, ImportRefused, Source, tidy

ZIP = Source("raw/epa-egrid2023/zip.csv", "33d33352c4563c8524862b94ab8e948a7b75c8ee42da5c92cce2b4d47801f523",
             "https://github.com/USEPA/power-profiler")
BALANCING = Source("raw/epa-egrid2023/xwalk_balancing_authority.csv",
                   "1642d48f5174aa58c0d6ec2fd3aaf2c558cf41547a7876a33f5fbc36db631633", "https://github.com/USEPA/egrid")


def build(root: Path) -> list:
    rows = list(csv.DictReader(io.StringIO(ZIP.text(root))))
    for row in rows:
        if len(row["zip"]) != 5 or not row["zip"].isdigit() or len(row["SUBRGN"]) != 4:
            raise ImportRefused(f"zip.csv has {row}")
    return [zips(rows), states(rows), utilities(rows, root)]


def zips(rows: list) -> Document:
    """`lists`: the ZIP codes that share one list of subregions; ranges hold only codes that the table has."""
    served, first = defaultdict(set), {}
    for row in rows:
        served[row["zip"]].add(f"US-{row['SUBRGN']}")
        if row["Predominant Utility"] == "1":
            if first.setdefault(row["zip"], f"US-{row['SUBRGN']}") != f"US-{row['SUBRGN']}":
                raise ImportRefused(f"ZIP {row['zip']} has two predominant subregions")
    groups = defaultdict(list)
    for code in sorted(served):
        groups[(first[code], *sorted(served[code] - {first[code]}))].append(code)
    lists = [{"subregions": list(key), "zips": ranges(codes)} for key, codes in sorted(groups.items())]
    return Document("geography/us-zip.json", {
        "title": "US ZIP code to eGRID2023 subregions", "provenance": [ZIP.passport()], "lists": lists,
        "zip_codes": len(served),
        "notes": [
            "`zips` are codes and inclusive ranges of codes, separated by spaces; a code that EPA's table lacks is in none.",
            "The first subregion is that of the predominant utility by EPA's flag. Where more follow, the ZIP code alone "
            "does not say which one serves a site: ask for the utility.",
        ]})


def ranges(codes: list) -> str:
    runs: list = []
    for code in codes:
        if runs and int(code) == int(runs[-1][1]) + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return " ".join(first if first == last else f"{first}-{last}" for first, last in runs)


def states(rows: list) -> Document:
    """Subregions of each state, weighted by ZIP codes: a proxy, because no published weight by load is free."""
    any_utility = {(row["state"], row["zip"], row["SUBRGN"]) for row in rows}
    predominant = {(row["state"], row["zip"], row["SUBRGN"]) for row in rows if row["Predominant Utility"] == "1"}
    count, count_first = (Counter((state, area) for state, _, area in found) for found in (any_utility, predominant))
    made = defaultdict(list)
    for (state, area), number in sorted(count.items()):
        made[f"US-{state}"].append(
            {"subregion": f"US-{area}", "zips": number, "predominant_zips": count_first[state, area]})
    return Document("geography/us-state.json", {
        "title": "US state to eGRID2023 subregions", "provenance": [ZIP.passport()],
        "states": [{"state": state, "subregions": areas} for state, areas in sorted(made.items())],
        "notes": [
            "`zips` counts the ZIP codes of the state with a utility in the subregion, `predominant_zips` those whose "
            "predominant utility is in it. Both are proxies for load; neither is published as a weight.",
        ]})


def utilities(rows: list, root: Path) -> Document:
    names, areas, places = {}, defaultdict(set), defaultdict(set)
    for row in rows:
        names.setdefault(row["eiaid"], tidy(row["UtilName"]))
        areas[row["eiaid"]].add(f"US-{row['SUBRGN']}")
        places[row["eiaid"]].add(f"US-{row['state']}")
    balancing = defaultdict(set)
    labels = {}
    for row in csv.DictReader(io.StringIO(BALANCING.text(root))):
        code = row["Balancing Authority Code"].strip()
        if code and row["SUBRGN"].strip():
            balancing[code].add(f"US-{row['SUBRGN'].strip()}")
            labels.setdefault(code, tidy(row["Balancing Authority Name"]))
    return Document("geography/us-utility.json", {
        "title": "US utilities and balancing authorities to eGRID2023 subregions",
        "provenance": [ZIP.passport(), BALANCING.passport()],
        "utilities": [{"eia_id": key, "name": names[key], "states": sorted(places[key]), "subregions": sorted(areas[key])}
                      for key in sorted(names, key=lambda text: (len(text), text))],
        "balancing_authorities": [{"code": code, "name": labels[code], "subregions": sorted(balancing[code])}
                                  for code in sorted(balancing)],
        "notes": ["Balancing authorities that EPA maps to no single subregion (PJM, MISO, NYISO, ...) are not listed."],
    })
