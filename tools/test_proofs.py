"""proofs.py: a record's proof and a figure's bundle, made by hand, then with each field changed."""
import base64
import contextlib
import copy
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import proofs  # noqa: E402
import verify  # noqa: E402
from log_writer import Signer, Writer, accepted, dump, event, note, proof, sha256  # noqa: E402

OWNER, STRANGER = Signer("plant.example/log", bytes(range(32))), Signer("plant.example/log", bytes(32))
KEYS = dict([verify.verifier_key(OWNER.vkey)])


def metric(name, value, unit):
    return {"name": name, "unit": unit, "value": value}


HALL = event("a", metrics=[metric("energy_kwh", "1000", "kWh"), metric("pue", "1.2", "1")])
METER = event("b", metrics=[metric("facility_energy_kwh", "1", "MWh")])


def ratio(num, den="1"):
    return {"num": num, "den": den}


def term(event_, quantity, unit, conversion, gas, published, value, mass, gwp, co2e):
    return {
        "activity": "electricity.grid", "co2e_kg": co2e, "conversion": conversion,
        "event": {"external_event_id": event_["external_event_id"], "source_id": event_["source_id"],
                  "fingerprint": sha256(dump(event_).encode()).hex()},
        "factors": [{"authority": "Tests", "digest": "0" * 64, "id": "T/1", "per": "MWh", "published": [published],
                     "set": "test-grid", "source": "row 1", "version": "1.0.0"}],
        "gwp": {"gas": gas, "horizon_years": 100, "set": "AR5", "value": gwp}, "instrument": None, "mass": mass,
        "measure": gas, "per": "MWh", "quantity": quantity, "scope": "2 location", "unit": unit, "value": value}


def bundle():
    """Two events, three terms.

    Hall: 1000 kWh of IT x PUE 1.2 = 1200 kWh = 1.2 MWh. x 400 kg CO2 = 480 kg.
          1.2 MWh x 0.01 kg CH4 = 0.012 kg; x GWP 28 = 0.336 kg CO2e.
    Meter: 1 MWh x 1/3 kg CO2 = 0.333 333 333 333 333 kg, the next digit being a 3.
    Sum: 480 + 0.336 + 0.333333333333333 = 480.669333333333333 kg CO2e.
    """
    writer = Writer(signer=OWNER)
    writer.accept(event(0))
    first = writer.accept(HALL)
    second = writer.accept(METER)
    report = writer.append("report.issued", {"as_of": 3, "totals": {"2-location": "999", "2-location,site=Hull":
                                                                    "480.669333333333333"}})
    kwh, mwh, third = ratio("1", "1000"), ratio("1"), "0.333333333333333"
    terms = [term(HALL, "1200", "kWh", kwh, "CO2", "400 kg CO2", ratio("400"), "480", ratio("1"), "480"),
             term(HALL, "1200", "kWh", kwh, "CH4", "0.01 kg CH4", ratio("1", "100"), "0.012", ratio("28"), "0.336"),
             term(METER, "1", "MWh", mwh, "CO2", "1/3 kg CO2", ratio("1", "3"), third, ratio("1"), third)]
    cell = {"cell": "scope=2 location,site=Hull", "cells": 2, "co2e_kg": "480.669333333333333", "mass": None,
            "terms": terms, "unit": "kg"}
    return with_records(writer, cell, [first, second, report], report)


def with_records(writer, cell, seqs, report=None):
    leaves = writer.leaves()
    records = [{"line": writer.lines[seq].decode(), "seq": seq,
                "proof": [base64.b64encode(hash_).decode() for hash_ in proof(seq, leaves)]} for seq in seqs]
    return {"cell": cell, "checkpoint": writer.checkpoint(), "log": writer.name, "records": records,
            "report": None if report is None else {"seq": report}, "v": 1}


def code_of(document, keys=None):
    try:
        proofs.check_bundle(json.dumps(document).encode(), keys or KEYS)
    except verify.Problem as problem:
        return problem.code
    return None


class Figures(unittest.TestCase):
    def test_the_figure_of_the_arithmetic_above_is_ok(self):
        lines = proofs.check_bundle(json.dumps(bundle()).encode(), KEYS)
        self.assertEqual(lines[:4], [
            "cell scope=2 location,site=Hull: 480.669333333333333 kg CO2e",
            "3 terms, each product and their sum made again",
            "2 events, each under the checkpoint of plant.example/log at size 4",
            "1200 kWh of meter-1/a is derived from energy_kwh 1000 x pue 1.2"])
        self.assertEqual(lines[4].partition(": ")[2], "test-grid 1.0.0 T/1: 400 kg CO2 per MWh")

    def test_a_tie_is_rounded_to_the_even_neighbour(self):
        # 1 MWh x 1/2 pg and 3/2 pg: both lie between two picograms, and half to even gives 0 and 2, not 1 and 1.
        one, two = "0.000000000000001", "0.000000000000002"
        for num, mass, code in [("1", "0", None), ("1", one, "bundle.product"),
                                ("3", two, None), ("3", one, "bundle.product")]:
            document = bundle()
            tie = term(METER, "1", "MWh", ratio("1"), "CO2", "x", ratio(num, str(2 * 10**15)), mass, ratio("1"), mass)
            document["cell"].update(terms=[tie], co2e_kg=mass)
            document.update(records=document["records"][1:2], report=None)
            self.assertEqual(code_of(document), code, (num, mass))

    # Fields of a term and its factors that nothing in a bundle binds: they say where the factor came from. verify.py
    # prints set, version, id and published value for comparison with the publisher. `cells` counts inventory cells.
    UNBOUND = {"cells", "unit", "activity", "authority", "digest", "id", "per", "published", "set", "source", "version",
               "horizon_years", "instrument"}

    def test_every_other_field_that_is_changed_is_found(self):
        original = bundle()
        changed = 0

        def visit(holder, name, path):
            nonlocal changed
            value = holder[name]
            if isinstance(value, (dict, list)) and value:
                for inner in list(value) if isinstance(value, dict) else range(len(value)):
                    visit(value, inner, [*path, inner])
            named = [part for part in path if isinstance(part, str)][-1]
            in_term = "terms" in path
            if named in self.UNBOUND and not (in_term and named == "unit"):
                return
            for other in self.others(value, named):
                holder[name] = other
                self.assertIsNotNone(code_of(original), (path, other))
                changed += 1
            holder[name] = value

        for name in list(original):
            visit(original, name, [name])
        self.assertIsNone(code_of(original))
        self.assertGreater(changed, 150)

    @staticmethod
    def others(value, name):
        if isinstance(value, str):
            return [value + "1", "1" + value, "", 7, ["x"]]
        if isinstance(value, int):
            return [value + 1, str(value)]
        if isinstance(value, dict):
            return [[], {**value, "more": 1}, *({n: v for n, v in value.items() if n != gone} for gone in value)]
        if isinstance(value, list):
            return [value[1:], {}] + [value + value[:1]] * (name != "factors")  # a factor named twice changes nothing
        return ["1"]

    def test_a_figure_that_is_wrong_throughout_but_consistent_is_found_by_its_event(self):
        document = bundle()
        first = document["cell"]["terms"][0]
        first.update(quantity="2400", mass="960", co2e_kg="960")  # 2.4 MWh x 400
        document["cell"]["co2e_kg"] = "960.669333333333333"
        document["report"] = None
        document["records"] = document["records"][:2]
        self.assertEqual(code_of(document), "bundle.quantity")
        first.update(quantity="1200", unit="MWh", conversion=ratio("2", "1000"))  # the same number in another unit
        self.assertEqual(code_of(document), "bundle.quantity")

    def test_an_event_of_another_place_or_month_does_not_belong(self):
        for cell in ["2-location,site=Leeds", "scope=1", "2-location,month=2024-04", "2-location,tag:region=FR",
                     "scope=2 location,source=meter-2", "scope=2 location,gas=N2O", "2-location,category=03",
                     "2-location,colour=red", "2-location,factor=test-grid 1.0.0/T/2"]:
            document = bundle()
            document["cell"]["cell"], document["report"] = cell, None
            self.assertEqual(code_of(document), "bundle.cell", cell)
        document["cell"]["cell"] = "2-location,month=2024-03,tag:region=GB,source=meter-1,factor=test-grid 1.0.0/T/1"
        self.assertIsNone(code_of(document))

    def test_another_key_is_refused(self):
        self.assertEqual(code_of(bundle(), dict([verify.verifier_key(STRANGER.vkey)])), "note.unsigned")

    def test_a_corrected_or_voided_event_carries_no_figure(self):
        for body in [{"corrects": "b", **accepted(event("c"))}, accepted(event("c", corrects="b")),
                     accepted(event("c", void="b", metrics=[])),
                     {"event": {"external_event_id": "b", "source_id": "meter-1"}, "reason": "", "voids": "b"}]:
            writer = Writer(signer=OWNER)
            seqs = [writer.accept(METER), writer.append("correction", body)]
            cell = bundle()["cell"]
            cell.update(terms=cell["terms"][2:], co2e_kg="0.333333333333333")
            self.assertIsNone(code_of(with_records(writer, copy.deepcopy(cell), seqs[:1])))
            self.assertEqual(code_of(with_records(writer, cell, seqs)), "bundle.replaced")

    def test_a_detached_payload_comes_with_its_salt(self):
        writer = Writer(signer=OWNER)
        seq = writer.detach(accepted(METER), bytes(range(32)))
        cell = bundle()["cell"]
        cell.update(terms=cell["terms"][2:], co2e_kg="0.333333333333333")
        document = with_records(writer, cell, [seq])
        self.assertEqual(code_of(document), "payload.form")
        document["records"][0]["payload"] = writer.payloads[seq]
        self.assertIsNone(code_of(document))
        document["records"][0]["payload"] = {**writer.payloads[seq], "salt": "00" * 32}
        self.assertEqual(code_of(document), "payload.commitment")

    def test_a_term_of_an_instrument_is_told_as_unproved(self):
        document = bundle()
        certificate = copy.deepcopy(document["cell"]["terms"][2])
        certificate.update(event=None, instrument="rego-1")
        document["cell"]["terms"].append(certificate)
        document["cell"]["co2e_kg"], document["report"] = "481.002666666666666", None
        document["records"] = document["records"][:2]
        lines = proofs.check_bundle(json.dumps(document).encode(), KEYS)
        self.assertIn("1 terms of instruments, whose quantity no event here proves", lines)


class Records(unittest.TestCase):
    def setUp(self):
        self.writer = Writer(signer=OWNER)
        for number in range(7):
            self.writer.accept(event(number))
        self.note = self.writer.checkpoint()

    def proof(self, index, extra=None):
        hashes = "".join(base64.b64encode(hash_).decode() + "\n" for hash_ in proof(index, self.writer.leaves()))
        line = f"extra {base64.b64encode(extra).decode()}\n" if extra else ""
        return f"c2sp.org/tlog-proof@v1\n{line}index {index}\n{hashes}\n{self.note}".encode()

    def code(self, data, line=None, keys=KEYS):
        try:
            proofs.check_proof(data, keys, line)
        except verify.Problem as problem:
            return problem.code
        return None

    def test_each_record_is_proved_by_its_line_or_by_the_extra_data(self):
        for index, line in enumerate(self.writer.lines):
            self.assertIsNone(self.code(self.proof(index), line))
            self.assertIsNone(self.code(self.proof(index), line + b"\n"))
            self.assertIsNone(self.code(self.proof(index, line)))

    def test_what_does_not_fit_is_refused(self):
        lines = self.writer.lines
        forged = lines[2].replace(b"tester", b"fester")
        self.assertEqual(self.code(self.proof(2)), "proof.record")
        self.assertEqual(self.code(self.proof(2), lines[3]), "proof.record")
        self.assertEqual(self.code(self.proof(2), forged), "proof.inclusion")
        self.assertEqual(self.code(self.proof(3).replace(b"index 3", b"index 2"), lines[2]), "proof.inclusion")
        self.assertEqual(self.code(self.proof(2).replace(b"index 2", b"index 02"), lines[2]), "proof.form")
        self.assertEqual(self.code(self.proof(2).replace(b"\n7\n", b"\n8\n"), lines[2]), "note.signature")
        stranger = dict([verify.verifier_key(STRANGER.vkey)])
        self.assertEqual(self.code(self.proof(2), lines[2], stranger), "note.unsigned")

    def test_signatures_of_witnesses_are_ignored(self):
        text = self.note.rpartition("\n\n")[0] + "\n"
        self.note = note(text, OWNER, Signer("witness.example", bytes(32)))
        self.assertIsNone(self.code(self.proof(2), self.writer.lines[2]))

    def test_the_command_line_checks_proofs_and_bundles(self):
        with tempfile.TemporaryDirectory() as folder:
            path, record = pathlib.Path(folder, "2.tlog-proof"), pathlib.Path(folder, "record")
            path.write_bytes(self.proof(2))
            record.write_bytes(self.writer.lines[2])
            figure = pathlib.Path(folder, "cell.json")
            self.assertEqual(self.run_verify("proof", path, "--record", record), 0)
            self.assertEqual(self.run_verify("proof", path), 4)
            self.assertEqual(self.run_verify("bundle", figure), 3)
            figure.write_text(json.dumps(bundle()))
            self.assertEqual(self.run_verify("bundle", figure), 0)

    @staticmethod
    def run_verify(*arguments):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return verify.main([*map(str, arguments), "--key", OWNER.vkey])


if __name__ == "__main__":
    unittest.main()
