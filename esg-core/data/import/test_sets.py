"""The committed sets against numbers that their publishers print. Standard library only, no source files.

Expected values are the publishers' (named beside each test), never read from a set first.
"""

import json
import unittest
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

SETS = Path(__file__).resolve().parent.parent / "sets"


def load(name):
    lines = [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    return lines[0]["passport"], lines[1:]


def pick(factors, **wanted):
    found = [one for one in factors if all(one.get(key) == item for key, item in wanted.items())]
    if len(found) != 1:
        raise AssertionError(f"{wanted}: {len(found)} factors")
    return found[0]


def total(factor):
    return Decimal(factor.get("co2e") or factor["values"][0]["value"])


class UnitedKingdom(unittest.TestCase):
    """DESNZ conversion factors, flat files 2024 v1.1, 2025 v1, 2026 v1.2."""

    def test_headline_factors_are_the_printed_ones(self):
        printed = {
            "desnz-uk-2024.1.1": ("0.20705", "2.51279", "0.18290"), "desnz-uk-2025.1.0": ("0.17700", "2.57082", "0.18296"),
            "desnz-uk-2026.1.2": ("0.13096", "2.58354", "0.18231"),
        }
        for name, (grid, diesel, gas) in printed.items():
            _, factors = load(name)
            self.assertEqual(total(pick(factors, activity="electricity.grid", boundary="generation")), Decimal(grid))
            self.assertEqual(total(pick(factors, activity="fuel.diesel", boundary="combustion", per="L")), Decimal(diesel))
            self.assertEqual(
                total(pick(factors, activity="fuel.natural_gas", boundary="combustion", per="kWh", basis="gross")), Decimal(gas))

    def test_every_printed_row_is_there_and_no_blank_one(self):
        # 3,425 rows of kg CO2e of which 809 are blank, 514 rows of kWh of which 63 are blank, 58 biogenic of which 2 are blank
        # (279 blank rows x 4 gases + 530 + 63 + 2 = the 1,711 blank cells of the file).
        for name in ("desnz-uk-2024.1.1", "desnz-uk-2025.1.0"):
            _, factors = load(name)
            rows = {part for one in factors for part in one["source"]["row"].split("; biogenic ")
                    if not one["id"].startswith("fuel-properties/")}
            kinds = defaultdict(int)
            for row in rows:
                kinds["biogenic" if row.startswith("99_") else row.rsplit("_", 1)[1]] += 1
            self.assertEqual(kinds, {"1": 3425 - 809, "5": 438 - 55, "6": 76 - 8, "biogenic": 58 - 2})

    def test_the_column_heading_is_part_of_what_a_row_means(self):
        _, factors = load("desnz-uk-2025.1.0")
        for activity, printed in (("travel.air.domestic.average", "0.22928"), ("travel.air.domestic.average.without_rf", "0.13552")):
            self.assertEqual(total(pick(factors, activity=activity, boundary="combustion")), Decimal(printed))
        battery = {"activity": "vehicle.car.average.battery_electric", "per": "km"}
        self.assertEqual(total(pick(factors, boundary="combustion", **battery)), 0)
        self.assertEqual(total(pick(factors, boundary="generation", **battery)), Decimal("0.03663"))
        self.assertEqual(total(pick(factors, boundary="td_loss", **battery)), Decimal("0.00384"))

    def test_biogenic_co2_stands_beside_its_fuel(self):
        _, factors = load("desnz-uk-2025.1.0")
        pellets = pick(factors, activity="fuel.wood_pellets", boundary="combustion", per="t")
        self.assertEqual(pellets["biogenic_co2"], {"unit": "kg", "value": "1677.18"})
        self.assertEqual((pellets["gwp"], total(pellets)), ("AR4", Decimal("55.19389")))
        self.assertFalse([one for one in factors if one["boundary"] == "biogenic"])

    def test_only_kyoto_gases_are_scope_1(self):
        _, factors = load("desnz-uk-2025.1.0")
        for activity, scope, printed in (("r_410a", 1, 1924), ("hcfc_22", None, 1760), ("r_401a", 1, 18), ("r_401a.total", None, 1130)):
            one = pick(factors, activity=f"refrigerant.{activity}")
            self.assertEqual((one.get("scope"), total(one)), (scope, printed))


class Grids(unittest.TestCase):
    def test_direct_and_residual_values_are_the_printed_ones(self):
        # EEA 2024; AIB residual mix 2025; MEE announcement 2025 No. 47; CEA V21.0
        for name, country, printed in (("eea-grid-2024.1.0", "SE", "6"), ("eea-grid-2024.1.0", "DE", "291"),
                                       ("aib-residual-mix-2025.1.0", "DE", "701.47"), ("mee-china-grid-2023.1.0", "CN-BJ", "555.4"),
                                       ("cea-india-grid-2025.1.0", "IN", "0.7117")):
            _, factors = load(name)
            self.assertEqual(total(pick(factors, geography=country)), Decimal(printed))

    def test_a_country_without_a_residual_mix_has_no_factor(self):
        _, factors = load("aib-residual-mix-2025.1.0")
        self.assertEqual(len(factors), 25)
        self.assertFalse({"AT", "NL"} & {one["geography"] for one in factors})

    def test_ember_is_life_cycle_throughout_and_covers_each_day_once(self):
        _, factors = load("owid-ember-2024.1.0")
        self.assertEqual({one["boundary"] for one in factors}, {"life-cycle"})
        self.assertEqual(total(pick(factors, id="GB-2024")), Decimal("210.89114"))
        periods = defaultdict(list)
        for one in factors:
            periods[one["geography"]].append((one["valid"]["from"], one["valid"]["to"] or "9999"))
        for days in periods.values():
            days.sort()
            self.assertTrue(all(one[1] <= other[0] for one, other in zip(days, days[1:])))


class Ambiguity(unittest.TestCase):
    def test_no_two_rows_without_tags_answer_one_question_on_one_day(self):
        seen = defaultdict(list)
        for path in sorted(SETS.glob("*.jsonl")):
            passport, factors = load(path.name.removesuffix(".jsonl"))
            for one in factors:
                if "tags" not in one and "superseded_by" not in one and not passport["set"].startswith("epa-"):
                    valid = one.get("valid", passport["valid"])
                    key = tuple(one.get(part) for part in ("activity", "geography", "boundary", "per", "basis"))
                    seen[key].append((valid["from"], valid["to"] or "9999", passport["set"], one["id"]))
        for key, rows in seen.items():
            rows.sort()
            for one, other in zip(rows, rows[1:]):
                self.assertLessEqual(one[1], other[0], f"{key}: {one} and {other}")


class Coefficients(unittest.TestCase):
    def test_quarantined_and_contradicting_rows_are_left_out(self):
        _, factors = load("ccf-coefficients-2026.1.0")
        self.assertFalse([one for one in factors if "epyc_5th" in one["activity"]])
        _, factors = load("cloud-efficiency-2024.1.0")
        europe = pick(factors, id="northeurope-2022-pue")
        self.assertEqual((europe["geography"], europe["values"][0]["value"]), ("IE", "1.197"))

    def test_ipcc_defaults_are_those_of_the_tables(self):
        # IPCC 2006 Vol 2: natural gas 56 100 kg CO2/TJ; CH4 1 (Table 2.3) and 5 (Table 2.4); wood 112 000 kg biogenic CO2
        _, factors = load("ipcc-2006-1.0.0")
        for activity, values in (("fuel.natural_gas", ["56100", "1", "0.1"]), ("fuel.natural_gas.commercial", ["56100", "5", "0.1"])):
            self.assertEqual([entry["value"] for entry in pick(factors, activity=activity)["values"]], values)
        wood = pick(factors, activity="fuel.wood")
        self.assertEqual(([entry["gas"] for entry in wood["values"]], wood["biogenic_co2"]["value"]), (["CH4-biogenic", "N2O"], "112000"))


if __name__ == "__main__":
    unittest.main()
