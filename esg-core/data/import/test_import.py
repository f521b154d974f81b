"""What the shared importer code refuses, and that the committed files are what the index says they are.

Standard library only, no source files: `python3 -m unittest discover esg-core/data/import`.
"""

import hashlib
import json
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

import common
import uncertainty

DATA = Path(__file__).resolve().parent.parent


def passport(**more):
    return {
        "set": "test-set", "version": "1.0.0", "title": "t", "authority": "a", "edition": "e",
        "licence": {"spdx": "CC0-1.0", "attribution": "a", "redistribution": True}, "sources": [],
        "published": "2025-01-01", "retrieved": "2025-01-01", "data_year": 2024,
        "valid": {"from": "2024-01-01", "to": None}, "gwp": None, "verification": "unverified",
    } | more


def factor(**more):
    return {
        "activity": "fuel.diesel", "id": "1", "name": "Diesel", "scope": 1, "boundary": "combustion", "per": "L",
        "geography": "US", "kind": "mass", "values": [common.value("CO2", "kg", "2.5")],
        "source": {"table": "1", "row": "1"}, "uncertainty": uncertainty.default("combustion"),
    } | more


class Sources(unittest.TestCase):
    def test_a_source_opens_only_under_its_digest(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "source.csv"
            path.write_bytes(b"a,b\n1,2\n")
            good = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
            self.assertEqual(common.pinned(path, good), b"a,b\n1,2\n")
            path.write_bytes(b"a,b\n1,3\n")
            with self.assertRaisesRegex(common.ImportRefused, "sha256"):
                common.pinned(path, good)


class Numbers(unittest.TestCase):
    def test_a_float_is_its_shortest_decimal_without_exponent(self):
        for cell, text in ((53.06, "53.06"), (53.0, "53"), (6e-05, "0.00006"), (1e22, "10000000000000000000000"),
                           (0.1 + 0.2, "0.30000000000000004"), (0, "0"), (7, "7"), (-0.0, "0")):
            self.assertEqual(common.exact(cell), text)

    def test_text_keeps_the_digits_that_were_printed(self):
        for cell, text in (("0.050", "0.050"), ("1.30e-03", "0.00130"), ("+2", "2"), (" 4.2 ", "4.2")):
            self.assertEqual(common.exact(cell), text)

    def test_what_is_no_finite_decimal_is_refused(self):
        for cell in (None, "", "NA", "(no data)", "1,000", "1_000", "<1", True, "NaN", "inf", float("nan"), float("inf")):
            with self.subTest(cell=cell), self.assertRaises(common.ImportRefused):
                common.exact(cell)

    def test_28_significant_digits_are_kept_and_29_refused(self):
        self.assertEqual(common.exact("1." + "2" * 27), "1." + "2" * 27)
        with self.assertRaises(common.ImportRefused):
            common.exact("1." + "2" * 28)


class Canonical(unittest.TestCase):
    def test_keys_are_sorted_and_text_is_not_escaped(self):
        self.assertEqual(common.canonical({"b": [1, True, None], "a": "\u00e9\n"}), '{"a":"\u00e9\\n","b":[1,true,null]}')

    def test_floats_large_integers_and_lone_surrogates_are_refused(self):
        for value in (1.5, 2**53, "\ud800", {"\u00e9": 1}, b"x"):
            with self.subTest(value=value), self.assertRaises(common.ImportRefused):
                common.canonical(value)


class Refusals(unittest.TestCase):
    def setUp(self):
        self.set = common.Set(passport())
        self.set.add(**factor())

    def refuse(self, words, **more):
        with self.assertRaisesRegex(common.ImportRefused, words):
            self.set.add(**factor(**{"id": "2", "activity": "fuel.other"} | more))
        self.assertEqual(len(self.set.factors), 1)

    def test_a_doubled_id_is_refused(self):
        self.refuse("id is doubled", id="1")

    def test_two_answers_to_one_question_are_refused(self):
        self.refuse("same question", activity="fuel.diesel")

    def test_another_unit_period_or_tag_is_another_question(self):
        self.set.add(**factor(id="2", per="kg"))
        self.set.add(**factor(id="3", tags={"laden": "50%"}))
        self.set.add(**factor(id="4", valid={"from": "2023-01-01", "to": "2024-01-01"}))
        self.assertEqual(len(self.set.factors), 4)

    def test_a_value_that_became_zero_is_refused_and_a_printed_zero_kept(self):
        self.refuse("became zero", values=[common.value("CO2", "kg", common.derived(Decimal("0.000"), "0.0001"))])
        self.set.add(**factor(id="2", activity="fuel.other", values=[common.value("CO2", "kg", 0)]))
        self.assertEqual(self.set.factors[1]["values"][0]["value"], "0")

    def test_a_number_that_did_not_come_through_exact_is_refused(self):
        self.refuse("did not come through", values=[{"gas": "CO2", "unit": "kg", "value": "2.5"}])

    def test_a_number_that_is_not_finite_is_refused(self):
        self.refuse("not finite", values=[{"gas": "CO2", "unit": "kg", "value": common.Exact("NaN", "NaN")}])
        with self.assertRaises(common.ImportRefused):
            common.derived(Decimal("Infinity"), "1")

    def test_unknown_and_missing_keys_are_refused(self):
        self.refuse("unknown", colour="red")
        self.refuse("lacks", uncertainty=None)
        with self.assertRaises(common.ImportRefused):
            common.Set(passport(colour="red"))

    def test_no_values_are_refused(self):
        self.refuse("no values", values=[])

    def test_scope_3_has_a_category_and_no_other_scope_has(self):
        self.refuse("category", scope=3)
        self.refuse("category", scope=1, category=4)
        self.refuse("1 to 15", scope=3, category=16)

    def test_an_empty_period_is_refused(self):
        self.refuse("empty", valid={"from": "2024-01-01", "to": "2024-01-01"})

    def test_a_sum_is_of_the_kind_co2e_and_gases_are_not(self):
        self.refuse("kind", values=[common.value("CO2e", "kg", "1")])
        self.refuse("kind", kind="co2e")


class Uncertainty(unittest.TestCase):
    def test_the_gsd_is_the_root_of_the_squared_one_for_a_single_factor(self):
        # ln GSD = 0.5 * ln 1.21, so GSD = 1.1
        self.assertEqual(uncertainty.gsd("1.21", (1, 1, 1, 1, 1)), "1.1000")

    def test_two_equal_factors_add_in_quadrature(self):
        # 0.5 * sqrt(2) * ln 1.5 = 0.286706; exp = 1.3320
        self.assertEqual(uncertainty.gsd("1.5", (5, 1, 1, 1, 1)), "1.3320")


class Written(unittest.TestCase):
    """A set writes the same bytes twice, in the order of the format."""

    def test_writing_twice_gives_the_same_bytes_and_one_index_entry(self):
        made = common.Set(passport())
        for number, activity in enumerate(("fuel.b", "fuel.a", "fuel.a_c", "fuel.a.c")):
            made.add(**factor(id=str(number), activity=activity))
        with tempfile.TemporaryDirectory() as folder:
            seen = []
            for _ in range(2):
                made.write(Path(folder))
                seen.append({path.name: path.read_bytes() for path in Path(folder).rglob("*.json*")})
            self.assertEqual(seen[0], seen[1])
            self.assertEqual(len(json.loads(seen[0]["index.json"])), 1)
            lines = seen[0]["test-set-1.0.0.jsonl"].decode().splitlines()[1:]
            self.assertEqual([json.loads(line)["activity"] for line in lines], ["fuel.a", "fuel.a.c", "fuel.a_c", "fuel.b"])
            self.assertTrue(all(line.startswith('{"activity":"fuel.') for line in lines))


class Committed(unittest.TestCase):
    def test_every_set_digests_to_its_index_entry_and_is_sorted_and_canonical(self):
        entries = json.loads((DATA / "sets" / "index.json").read_text(encoding="utf-8"))
        files = {path.name for path in (DATA / "sets").glob("*.jsonl")}
        self.assertEqual({entry["file"] for entry in entries}, files)
        for entry in entries:
            with self.subTest(file=entry["file"]):
                content = (DATA / "sets" / entry["file"]).read_bytes()
                self.assertTrue(content.endswith(b"\n"))
                first, *lines = content.decode().removesuffix("\n").split("\n")
                self.assertEqual((len(content), len(lines)), (entry["bytes"], entry["factors"]))
                self.assertEqual(common.digest(first.removeprefix('{"passport":')[:-1], lines), entry["digest"])
                head, *factors = map(json.loads, [first, *lines])
                self.assertEqual([common.canonical(item) for item in [head, *factors]], [first, *lines])
                self.assertEqual((head["passport"]["set"], head["passport"]["version"]), (entry["set"], entry["version"]))
                keys = [tuple(item[key].encode() for key in ("activity", "geography", "id")) for item in factors]
                self.assertEqual(keys, sorted(keys))
                self.assertEqual(len({item["id"] for item in factors}), len(factors))

    def test_every_gwp_set_and_crosswalk_is_canonical(self):
        paths = sorted([*(DATA / "gwp").glob("*.json"), *(DATA / "geography").glob("*.json")])
        self.assertTrue(paths)
        for path in paths:
            with self.subTest(file=path.name):
                text = path.read_text(encoding="utf-8")
                self.assertEqual(common.canonical(json.loads(text)) + "\n", text)

    def test_the_gwps_that_reports_disagree_on_are_the_chosen_ones(self):
        # AR5 Table 8.A.1; AR6 Table 7.15 and the corrected Table 7.SM.7.
        wanted = {
            ("AR4", "CH4"): "25", ("AR5", "CH4"): "28", ("AR5", "CH4-fossil"): "30", ("AR5", "CH4-biogenic"): "28",
            ("AR5", "N2O"): "265", ("AR6", "CH4"): "27.9", ("AR6", "CH4-fossil"): "29.8", ("AR6", "CH4-biogenic"): "27.0",
            ("AR6", "N2O"): "273", ("AR6", "SF6"): "24300",
        }
        for (name, gas), value in wanted.items():
            with self.subTest(set=name, gas=gas):
                values = json.loads((DATA / "gwp" / f"{name}.json").read_text(encoding="utf-8"))["values"]
                found = [item["value"] for item in values
                         if (item["gas"], item["metric"], item["horizon"]) == (gas, "GWP", 100)]
                self.assertEqual([Decimal(item) for item in found], [Decimal(value)])


if __name__ == "__main__":
    unittest.main()
