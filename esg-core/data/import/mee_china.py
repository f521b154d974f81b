"""China: the provincial grid factors 2023 of the Ministry of Ecology and Environment."""

from __future__ import annotations

from pathlib import Path

import uncertainty
from common import RETRIEVED, ImportRefused, Set, Source, value

TABLE = Source("raw/codecarbon-3.3.2/china_provincial_emissions.json",
               "2e1153208ec484bdbe4066dc9f5debc28bce7c30d5f5a313908243039a1b594c",
               "https://www.mee.gov.cn/xxgk2018/xxgk/xxgk01/202512/t20251231_1139517.html")


def build(source: Path) -> list[Set]:
    table = TABLE.json(source)
    made = Set({
        "set": "mee-china-grid", "version": "2023.1.0", "title": "2023 electricity CO2 emission factors, provincial averages",
        "authority": "Ministry of Ecology and Environment and National Bureau of Statistics of China",
        "edition": "Announcement 2025 No. 47, Table 3",
        "licence": {"spdx": "MIT", "attribution": "MEE and NBS of China, Announcement 2025 No. 47; compiled in codecarbon 3.3.2",
                    "redistribution": True},
        "sources": [TABLE.passport()], "published": "2025-12-31", "retrieved": RETRIEVED, "data_year": 2023,
        "valid": {"from": "2023-01-01", "to": None}, "gwp": None, "verification": "single-source",
        "notes": "CO2 only, direct, with the electricity traded between provinces. Not in the table: Tibet, Hong Kong, Macao, "
                 "Taiwan and a national value.",
        "uncertainty_note": "Default of this project; the ministry gives none.",
    })
    for code, row in table["data"].items():
        if (row["unit"], row["year"]) != ("gCO2/kWh", "2023"):
            raise ImportRefused(f"{code}: unit {row['unit']!r}, year {row['year']!r}")
        made.add(
            activity="electricity.grid", id=code, name=f"Grid electricity, {row['description']}, 2023", scope=2,
            boundary="generation", per="kWh", geography=code, kind="mass", values=[value("CO2", "g", row["emission_factor"])],
            source={"table": "Announcement 2025 No. 47, Table 3", "row": row["description"]},
            uncertainty=uncertainty.default("grid"),
        )
    return [made]
