"""Make the factor sets, GWP sets and crosswalks again from the publishers' files.

    python3 esg-core/data/import/run.py --source DIR [set ...]

DIR holds `raw/` and `derived/`. Without names everything is made. A name is a set (`epa-egrid`), a set with
its version (`epa-egrid-2023.2.0`), a file (`gwp/AR6.json`) or an importer (`egrid`). Two runs give the
same bytes: nothing depends on the clock, on the machine or on the order of a dictionary.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from common import DATA, ImportRefused, Set

# Every module has `build(source: Path) -> list[Set | Document]`. One line each.
IMPORTERS = [
    "gwp",
    "egrid",
    "epa_hub",
    "supply_chain",
    "aib",
    "ccf",
    "cea_india",
    "cloud_efficiency",
    "cloud_regions",
    "desnz",
    "eea",
    "electricity_maps",
    "eurostat",
    "google_regions",
    "hardware",
    "ipcc",
    "macknick",
    "mee_china",
    "owid_ember",
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True, help="folder of the publishers' files")
    parser.add_argument("--data", type=Path, default=DATA, help="where to write (default: esg-core/data)")
    parser.add_argument("names", nargs="*", help="only these sets, files or importers")
    options = parser.parse_args()
    wanted, seen = set(options.names), set()
    for importer in IMPORTERS:
        for made in importlib.import_module(importer).build(options.source):
            names = {importer, made.name} | ({made.passport["set"]} if isinstance(made, Set) else set())
            seen |= names
            if not wanted or wanted & names:
                entry = made.write(options.data)
                print(f"{made.name}: {entry['bytes']} bytes, {entry.get('factors', '-')} factors, {entry['digest']}")
    if wanted - seen:
        raise ImportRefused(f"nothing is called {sorted(wanted - seen)}; there are {sorted(seen)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
