"""Cloud Carbon Footprint: watts per virtual processor by architecture, embodied emissions per server.

The rows named after an architecture are the publisher's. A caller often does not know the architecture, so each
provider also has an `average`: the plain mean of its architectures, exact arithmetic, marked as derived.
"""

from __future__ import annotations

import csv
import io
from decimal import Context, Decimal
from pathlib import Path

import uncertainty
from common import RETRIEVED, ImportRefused, Set, Source, coefficient, derived, exact, slug


def _file(name: str, sha256: str) -> Source:
    return Source(f"raw/ccf-coefficients/{name}", sha256, "https://github.com/cloud-carbon-footprint/ccf-coefficients")


USE = {
    "aws": _file("coefficients-aws-use.csv", "85a8a792dd5bb82ff63817f66cf16d88147812273f1933289bc30a261c241ad5"),
    "azure": _file("coefficients-azure-use.csv", "bd82d5ffe1fd6d17d09b7d9f047682a873b6fdb1dd255739bd25b17027526690"),
    "gcp": _file("coefficients-gcp-use.csv", "3254996a6e7a0763ab663cef3c13bff593ec7ebca8dd168c83519ac4516c7ff5"),
}
EMBODIED = {
    "aws": (_file("coefficients-aws-embodied.csv", "b57b088cb210c2e9fede885d406a8ae215d35a3767e41ff96f957f3d02740281"), "total"),
    "gcp": (_file("coefficients-gcp-embodied-mean.csv", "2968c91cd4c92f325302e05fc9d33e90dfb740bc863bbb82cca259355f63744f"), "total_mean"),
}
# About four times its neighbours: per core instead of per thread, it seems. Kept out until the publisher answers.
QUARANTINED = {("aws", "EPYC 5th Gen")}
COLUMNS = {"power_idle": ("Min Watts", "W"), "power_full": ("Max Watts", "W"), "memory_per_chip": ("GB/Chip", "GBy")}


def build(source: Path) -> list[Set]:
    made = Set({
        "set": "ccf-coefficients", "version": "2026.1.0", "title": "Cloud Carbon Footprint coefficients",
        "authority": "Cloud Carbon Footprint", "edition": "repository state 2026-04-24",
        "licence": {"spdx": "Apache-2.0", "attribution": "Cloud Carbon Footprint (ccf-coefficients), from SPECpower_ssj2008 results "
                    "and published server footprints", "redistribution": True},
        "sources": [file.passport() for file in USE.values()] + [file.passport() for file, _ in EMBODIED.values()],
        "published": "2026-04-24", "retrieved": RETRIEVED, "data_year": 2026, "valid": {"from": "2018-01-01", "to": None},
        "gwp": None, "verification": "single-source",
        "notes": "Watts per virtual processor (thread) at 0 % and 100 % load, without PUE. Embodied is kg CO2e of the whole server "
                 "that hosts the instance type, to be shared by time and by processors. The row EPYC 5th Gen of AWS is quarantined "
                 "(about four times its neighbours). Averages are means made here.",
        "uncertainty_note": "Default of this project; the publisher gives none.",
    })
    for provider, file in USE.items():
        rows = [line for line in csv.DictReader(io.StringIO(file.text(source)))
                if (provider, line["Architecture"]) not in QUARANTINED]
        for line in rows:
            name = line["Architecture"]
            power(made, provider, slug(name), name, [coefficient(quantity, unit, line[column])
                                                     for quantity, (column, unit) in COLUMNS.items()], name)
        power(made, provider, "average", "mean of its architectures", [
            mean(quantity, unit, [line[column] for line in rows]) for quantity, (column, unit) in COLUMNS.items()
        ], f"mean of {len(rows)} rows")
    for provider, (file, column) in EMBODIED.items():
        for line in csv.DictReader(io.StringIO(file.text(source))):
            made.add(
                activity=f"hardware.embodied.{provider}.{slug(line['type'])}", id=f"{provider}-embodied-{line['type']}",
                name=f"Embodied emissions of the server of {provider} {line['type']}", boundary="coefficient", per="{server}",
                geography="GLOBAL", kind="coefficient", values=[coefficient("embodied_co2e", "kg", line[column])],
                source={"table": Path(file.path).name, "row": line["type"]}, uncertainty=uncertainty.default("hardware"),
            )
    return [made]


def power(made: Set, provider: str, segment: str, label: str, values: list[dict], row: str) -> None:
    made.add(
        activity=f"cloud.vcpu_power.{provider}.{segment}", id=f"{provider}-use-{segment}", boundary="coefficient",
        name=f"Power of one virtual processor, {provider}, {label}", per="{vCPU}", geography="GLOBAL", kind="coefficient",
        values=values, source={"table": f"coefficients-{provider}-use.csv", "row": row},
        uncertainty=uncertainty.default("hardware"),
    )


def mean(quantity: str, unit: str, cells: list[str]) -> dict:
    """Mean to 12 significant digits: a quotient has no exact decimal, and the inputs are not that good."""
    total = sum((Decimal(exact(cell)) for cell in cells), Decimal(0))
    if not cells or total <= 0:
        raise ImportRefused(f"{quantity}: no mean of {cells!r}")
    return coefficient(quantity, unit, derived(Context(prec=12).divide(total, Decimal(len(cells))), *cells))
