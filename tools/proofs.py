"""Proofs of single things, for verify.py beside it: of a record (tlog-proof) and of a figure of a report (bundle).

A figure is made again: every product as an exact fraction, rounded once, half to even, to 1e-15 kg; every event that it
starts from must lie under a checkpoint that a trusted key has signed.
"""
import itertools
import math
import re
from fractions import Fraction

from verify import (Problem, canonical, checkpoint, digest, need, node, open_note, read_json, record, unbase64,
                    uncovered)

def included(index, size, leaf, proof, expected):
    """Is `leaf` at `index` of the tree of `size` with that root? RFC 9162, 2.1.3.2."""
    if not 0 <= index < size or {32} != {len(hash_) for hash_ in [leaf, *proof]}:
        return False
    last = size - 1
    for hash_ in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            leaf = node(hash_, leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = node(leaf, hash_)
        index, last = index >> 1, last >> 1
    return last == 0 and leaf == expected

def open_proof(data):
    """Index, extra data, hashes and checkpoint of a C2SP tlog-proof."""
    head, blank, note = data.partition(b"\n\n")
    form = re.fullmatch(rb"c2sp\.org/tlog-proof@v1\n(?:extra ([!-~]*)\n)?index (0|[1-9]\d{0,18})((?:\n[!-~]+)*)", head)
    need(form and blank and note, "proof.form", "not a c2sp.org/tlog-proof@v1")
    extra, *hashes = [unbase64(text.decode(), "proof.form") for text in [form[1] or b"", *form[3].split()]]
    return int(form[2]), extra, hashes, note

def check_proof(data, keys, line):
    """The lines to print about one record, which is `line` or else the proof's extra data; raises the first problem."""
    index, extra, hashes, note = open_proof(data)
    origin, size, root = checkpoint(open_note(note, keys)[0])
    line = extra if line is None else line[:-1] if line.endswith(b"\n") else line
    need(line, "proof.record", "it proves nothing without the record: pass --record, a file with its line")
    value = record(line)
    need((value["log"], value["seq"]) == (origin, index), "proof.record", f"it is seq {value['seq']} of {value['log']}")
    need(included(index, size, digest(b"\0" + line), hashes, root), "proof.inclusion", "not under the checkpoint")
    return [f"record {index} of {origin}: {value['kind']}, {value['time']}", f"under the checkpoint at size {size}"]

# One figure.
TERM = "activity co2e_kg conversion event factors gwp instrument mass measure per quantity scope unit value"

def exact(value, names):
    need(type(value) is dict and sorted(value) == names.split(), "bundle.form", f"members must be exactly: {names}")

def amount(text):
    form = type(text) is str and re.fullmatch(r"-?[0-9]{1,60}(\.[0-9]{1,60})?", text)
    need(form, "bundle.number", f"{text!r} is no decimal text")
    return Fraction(text)

def ratio(value):
    if value is None:
        return 1
    exact(value, "den num")
    return amount(value["num"]) / amount(value["den"])

def measured(term, event):
    """Which metrics of the event make the term's quantity: one in its unit, or the product of several."""
    def atoms(units):
        plain = re.sub(r"\{[^}]*\}", "", ".".join(units))  # without annotations, such as those of {vCPU}.ms
        return sorted(atom for atom in plain.split(".") if atom not in ("", "1", "%"))

    metrics, quantity = event["metrics"], amount(term["quantity"])
    for count in range(1, 5):
        for some in itertools.combinations(metrics, count):
            units = [metric["unit"] for metric in some]
            product = math.prod(amount(metric["value"]) for metric in some) / Fraction(100) ** units.count("%")
            if product == quantity and (units == [term["unit"]] or atoms(units) == atoms([term["unit"]])):
                return some
    listed = ", ".join(f"{metric['name']} {metric['value']} {metric['unit']}" for metric in metrics)
    raise Problem("bundle.quantity", f"{term['quantity']} {term['unit']} is no metric and no product of metrics of "
                  f"{event['source_id']}/{event['external_event_id']}: {listed}")

def stands_in(cell, term, event):
    """Does every dimension in the cell's name hold for the term? Only what its sender did not state is not compared."""
    scope, _, category = term["scope"].partition(".")
    known = {"scope": [scope, term["scope"]], "category": [category.zfill(2) if category else ""],
             "gas": [term["measure"]], "activity": [term["activity"]]}
    if event:
        day, tags = event["timestamp"], event["tags"]
        known.update({f"tag:{tag}": [text] for tag, text in tags.items()}, source=[event["source_id"]],
                     vertical=[event["vertical"]], site=[tags.get("site", "")], day=[day[:10]], month=[day[:7]],
                     year=[day[:4]], factor=[f"{one['set']} {one['version']}/{one['id']}" for one in term["factors"]])
        known["region"] = [tags["region"]] if "region" in tags else None  # which a default may fill in
    for part in cell.split(","):
        name, _, wanted = part.partition("=") if "=" in part else ("scope", "", part.replace("-", " "))
        found = known.get(name, [""] if event else None)
        need(found is None or wanted in found, "bundle.cell", f"{name} of a term is {found}, of the cell {wanted!r}")

def check_bundle(data, keys):
    """The lines to print about a report cell; raises the first problem."""
    try:
        bundle = read_json(data)
        return check_cell(bundle, *check_records(bundle, keys))
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError, RecursionError) as error:
        raise Problem("bundle.form", f"a member is missing or of the wrong kind: {error!r}") from None

def check_records(bundle, keys):
    """Events and reports of the records, each of which must lie under the checkpoint, and what it is one of."""
    exact(bundle, "cell checkpoint log records report v")
    need(bundle["v"] == 1, "bundle.form", "only version 1 is known")
    origin, size, root_ = checkpoint(open_note(bundle["checkpoint"].encode(), keys)[0])
    need(origin == bundle["log"], "bundle.log", f"the checkpoint is one of {origin}")
    events, replaced, reports, seen = {}, set(), {}, set()
    for item in bundle["records"]:
        exact(item, "line proof seq" if "payload" not in item else "line payload proof seq")
        line = item["line"].encode()
        value = record(line)
        right = (value["log"], value["seq"]) == (origin, item["seq"]) and item["seq"] not in seen
        need(right, "bundle.record", f"{item['seq']} is another record, or comes twice")
        seen.add(item["seq"])
        proof = [unbase64(hash_, "bundle.inclusion") for hash_ in item["proof"]]
        need(included(item["seq"], size, digest(b"\0" + line), proof, root_), "bundle.inclusion",
             f"the checkpoint does not cover record {item['seq']}")
        body = uncovered(value["body"], item.get("payload")) if "commitment" in value["body"] else value["body"]
        if value["kind"] == "report.issued":
            reports[item["seq"]] = body
            continue
        need(value["kind"] in ("telemetry.accepted", "correction"), "bundle.record", f"{item['seq']} holds no event")
        event = body["event"]
        for holder, name in itertools.product((body, event), ("corrects", "voids", "void")):  # the event may say it too
            if name in holder:
                replaced.add((event["source_id"], holder[name]))
        if "voids" not in body:
            right = body["fingerprint"] == digest(canonical(event).encode()).hex()
            need(right, "bundle.fingerprint", f"not that of the event of record {item['seq']}")
            events[event["source_id"], event["external_event_id"], body["fingerprint"]] = event
    return events, replaced, reports, f"the checkpoint of {origin} at size {size}"

def check_cell(bundle, events, replaced, reports, where):
    cell, used, derived, unproved, factors, sums = bundle["cell"], set(), {}, 0, {}, {"mass": 0, "co2e_kg": 0}
    exact(cell, "cell cells co2e_kg mass terms unit")
    for term in cell["terms"]:
        exact(term, TERM)
        if term["gwp"] is not None:
            exact(term["gwp"], "gas horizon_years set value")
            need(term["gwp"]["gas"] == term["measure"], "bundle.gwp", f"of {term['gwp']['gas']}, not {term['measure']}")
        need(term["factors"] or ratio(term["value"]) == 1, "bundle.factors", "a value that no factor is named for")
        mass = amount(term["quantity"]) * ratio(term["conversion"]) * ratio(term["value"])
        need(term["mass"] or term["co2e_kg"], "bundle.product", "a term without mass and co2e_kg")
        for name, product in ("mass", mass), ("co2e_kg", mass * ratio(term["gwp"] and term["gwp"]["value"])):
            if term[name] is not None:
                rounded = Fraction(round(product * 10**15), 10**15)  # half to even, as Python rounds a Fraction
                right = amount(term[name]) == rounded
                need(right, "bundle.product", f"{name} is {term[name]}, and should be {rounded}")
                sums[name] += rounded
        for factor in term["factors"]:
            exact(factor, "authority digest id per published set source version")
            name = f"{factor['set']} {factor['version']} {factor['id']}"
            factors[f"{name}: {', '.join(factor['published'])} per {factor['per']}"] = None
        if term["event"] is None:
            need(term["instrument"] is not None, "bundle.event", "a term without event and instrument")
            unproved += 1
            stands_in(cell["cell"], term, {})
            continue
        exact(term["event"], "external_event_id fingerprint source_id")
        key = tuple(term["event"][name] for name in ("source_id", "external_event_id", "fingerprint"))
        need(key in events, "bundle.event", f"no record of the event {key[0]}/{key[1]} with this fingerprint")
        need(key[:2] not in replaced, "bundle.replaced", f"the event {key[0]}/{key[1]} was corrected or voided")
        stands_in(cell["cell"], term, events[key])
        used.add(key)
        some = measured(term, events[key])
        if len(some) > 1 or some[0]["unit"] != term["unit"]:
            product = " x ".join(f"{metric['name']} {metric['value']}" for metric in some)
            derived[f"{term['quantity']} {term['unit']} of {key[0]}/{key[1]} is derived from {product}"] = None
    for name, total in sums.items():
        right = cell[name] is None or amount(cell[name]) == total
        need(right, "bundle.sum", f"{name} is {cell[name]}, and the terms make {total}")
    need(cell["mass"] or cell["co2e_kg"], "bundle.sum", "a cell without mass and co2e_kg")
    need(set(events) == used, "bundle.record", "a record of an event that no term uses")
    if bundle["report"] is not None:
        exact(bundle["report"], "seq")
        body = reports.get(bundle["report"]["seq"])
        need(body, "bundle.report", "the record of the report that it names is not there")
        stated = body["totals"].get(cell["cell"].replace("scope=", "").replace(" ", "-"), cell["co2e_kg"])
        need(stated == cell["co2e_kg"], "bundle.report", f"the report states {stated} kg")
    units = {"co2e_kg": "kg CO2e", "mass": cell["unit"]}
    shown = " = ".join(f"{cell[name]} {unit}" for name, unit in units.items() if cell[name] is not None)
    return [f"cell {cell['cell']}: {shown}", f"{len(cell['terms'])} terms, each product and their sum made again",
            f"{len(used)} events, each under {where}", *derived,
            *[f"{unproved} terms of instruments, whose quantity no event here proves"] * bool(unproved),
            *[f"not proved here, compare with the publisher: {factor}" for factor in factors]]
