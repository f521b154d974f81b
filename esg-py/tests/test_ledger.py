"""Ledgers: once and for good, corrected and not changed, and proved to someone who has nothing of ours."""

import json
import os
import pathlib
import subprocess
import sys
import threading
from decimal import Decimal

import pytest

import esg

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOG = "example.org/footprint"


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger that is open."""
    with esg.Ledger(tmp_path / "footprint", log=LOG, actor="tests") as ledger:
        yield ledger


def refused(code):
    """A refusal with this code."""
    return pytest.raises(esg.EsgError, match=rf"^\[{code}\]")


def scope_2(inventory):
    """Location-based kg."""
    return inventory.total(scope=2, method="location").kg


def lines(folder):
    """The file of the log."""
    return folder / "log" / "00000000.jsonl"


def verifier(*arguments):
    """What the auditor's program answers."""
    command = [sys.executable, str(ROOT / "tools" / "verify.py"), *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_event_is_taken_once_and_has_one_receipt(ledger, make_event):
    first = ledger.ingest([make_event(1), make_event(2)])
    assert (first.accepted, first.duplicates, first.late, len(first), first.ok) == (2, 0, 0, 2, True)
    again = ledger.ingest([make_event(2), make_event(1)])
    assert (again.accepted, again.duplicates, again.ok) == (0, 2, True)
    receipts = {row["seq"]: row["fingerprint"] for row in first.items.to_pylist()}
    assert {row["seq"]: row["fingerprint"] for row in again.items.to_pylist()} == receipts
    assert [row["outcome"] for row in again.items.to_pylist()] == ["duplicate", "duplicate"]
    assert (ledger.size, ledger.log) == (2, LOG)
    # 0.17700 kg CO2e for each kWh of Great Britain (DESNZ 2025, AR5): 2 x 1000 kWh.
    assert scope_2(ledger.inventory(gwp="AR5")) == 2000 * Decimal("0.177")


def test_a_conflict_is_named_and_a_bad_row_comes_back(ledger, make_event):
    ledger.ingest(make_event(1))
    other = make_event(1, **{"electricity.grid": {"value": "999", "unit": "kWh"}})
    bad = {**make_event(2), "vertical": "plumbing"}
    taken = ledger.ingest([other, bad, make_event(3)])
    assert not taken.ok
    assert taken.conflicts == [{"source": "events", "line": 1, "first": 0, "differs": ["metrics.electricity.grid"]}]
    assert [(row["line"], row["field"], row["code"]) for row in taken.rejected] == [(2, "vertical", "telemetry.vertical")]
    rows = taken.items.to_pylist()
    assert [(row["line"], row["outcome"]) for row in rows] == [(1, "conflict"), (2, "rejected"), (3, "accepted")]
    assert (rows[1]["seq"], rows[1]["fingerprint"]) == (None, None)
    assert scope_2(ledger.inventory(gwp="AR5")) == 2000 * Decimal("0.177")
    assert "Conflicts (1)" in taken._repr_html_() and "Rejected rows (1)" in taken._repr_html_()


def test_atomic_takes_all_or_nothing(ledger, make_event):
    with refused("ledger.atomic"):
        ledger.ingest([make_event(1), {**make_event(2), "vertical": "plumbing"}], atomic=True)
    assert ledger.size == 0
    assert ledger.ingest([make_event(1), make_event(2)], atomic=True).accepted == 2


def test_a_correction_takes_the_place_and_a_void_takes_out(ledger, make_event):
    ledger.ingest([make_event(1), make_event(2)])
    half = make_event("1b", **{"electricity.grid": {"value": "500", "unit": "kWh"}})
    ledger.ingest({**half, "corrects": "1"})
    assert scope_2(ledger.inventory(gwp="AR5")) == 1500 * Decimal("0.177")
    void = {key: value for key, value in make_event("2v").items() if key != "metrics"}
    ledger.ingest({**void, "void": "2"})
    assert scope_2(ledger.inventory(gwp="AR5")) == 500 * Decimal("0.177")
    # Two lines were written before the first of them.
    assert scope_2(ledger.inventory(gwp="AR5", as_of=2)) == 2000 * Decimal("0.177")
    with refused("ledger.as_of"):
        ledger.inventory(as_of=5)


@pytest.mark.parametrize("name", ["events.jsonl", "events.json"])
def test_a_file_is_taken_and_given_again(ledger, make_event, tmp_path, name):
    path = tmp_path / name
    events = [make_event(number) for number in range(3)]
    path.write_text(json.dumps(events) if name.endswith("json") else "\n".join(map(json.dumps, events)))
    assert ledger.ingest(path).accepted == 3
    assert ledger.ingest([path, str(path)]).duplicates == 6
    assert {row["source"] for row in ledger.ingest(path).items.to_pylist()} == {str(path)}
    with pytest.raises(FileNotFoundError):
        ledger.ingest(tmp_path / "absent.jsonl")
    with refused("option.value"):
        ledger.ingest([path, path], atomic=True)


def test_a_long_file_tells_its_progress_and_goes_on_after_an_interrupt(ledger, make_event, tmp_path):
    path, count = tmp_path / "events.jsonl", 20_000
    path.write_text("".join(json.dumps(make_event(number)) + "\n" for number in range(count)))
    told = []
    taken = ledger.ingest(path, progress=lambda done, total: told.append((done, total)))
    assert taken.accepted == count and len(taken.items) == count
    assert told[-1] == (path.stat().st_size, path.stat().st_size)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.ingest(path, progress=stop)
    assert ledger.ingest(path).duplicates == count
    assert scope_2(ledger.inventory(gwp="AR5")) == count * 1000 * Decimal("0.177")


@pytest.mark.parametrize("library", ["pyarrow", "pandas", "polars"])
def test_frames_are_the_events_that_dictionaries_are(ledger, library):
    make = pytest.importorskip(library)
    pytest.importorskip("pyarrow")
    columns = {
        "source_id": ["dc-1", "dc-1"],
        "external_event_id": ["1", "2"],
        "vertical": ["ai_data_center"] * 2,
        "timestamp": ["2025-03-15T14:30:00Z", "2025-04-15T14:30:00Z"],
        "energy_kwh": [1000.0, 0.1],
        "pue": [1.5, 1.5],
        "region": ["GB", "GB"],
    }
    table = make.table(columns) if library == "pyarrow" else make.DataFrame(columns)
    if not hasattr(table, "__arrow_c_stream__"):
        pytest.skip("this version of the library has no PyCapsule interface")
    assert ledger.ingest(table).accepted == 2
    event = {
        "source_id": "dc-1",
        "external_event_id": "2",
        "vertical": "ai_data_center",
        "timestamp": "2025-04-15T14:30:00+00:00",
        "metrics": {"energy_kwh": Decimal("0.1"), "pue": 1.5},
        "tags": {"region": "GB"},
    }
    assert ledger.ingest(event).duplicates == 1
    # A table of activities has no ids, and what has none cannot be taken once.
    with refused("telemetry.header"):
        activities = {"activity": ["electricity.grid"], "unit": ["kWh"], "quantity": [1.0], "timestamp": ["2025-03-15"]}
        ledger.ingest(make.table(activities) if library == "pyarrow" else make.DataFrame(activities))


def test_a_second_writer_is_refused_in_this_process_and_in_another(ledger, make_event):
    with refused("store.locked"):
        esg.Ledger(ledger.path)
    script = f"import esg\ntry:\n    esg.Ledger({ledger.path!r})\nexcept esg.EsgError as error:\n    print(error.code, error.message)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("store.locked ") and f"process {os.getpid()}" in done.stdout
    ledger.close()
    with esg.Ledger(ledger.path) as second:
        assert second.ingest(make_event(1)).accepted == 1


def test_threads_of_one_process_share_a_ledger(ledger, make_event):
    def work(number):
        taken.append(ledger.ingest([make_event(f"{number}-{at}") for at in range(50)] + [make_event("shared")]))

    taken = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.accepted for one in taken) == 8 * 50 + 1
    assert sum(one.duplicates for one in taken) == 7
    assert ledger.verify().ok


def test_what_was_acknowledged_survives_a_process_that_is_killed(tmp_path, make_event):
    script = (
        "import esg, os, signal, sys, json\n"
        f"ledger = esg.Ledger({str(tmp_path / 'f')!r})\n"
        "print(ledger.ingest(json.loads(sys.argv[1])).accepted, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, json.dumps([make_event(1)])], capture_output=True, text=True)
    assert done.returncode == -9 and done.stdout == "1\n", done.stderr
    with esg.Ledger(tmp_path / "f") as ledger:
        assert ledger.ingest(make_event(1)).duplicates == 1


def test_a_closed_ledger_is_refused_and_closing_twice_is_no_fault(ledger, make_event):
    ledger.close()
    ledger.close()
    for call in [lambda: ledger.ingest(make_event(1)), ledger.sign, lambda: ledger.inventory(), lambda: ledger.size]:
        with refused("option.value"):
            call()
    assert ledger.verify().ok


def test_an_issued_report_comes_out_again_byte_for_byte(ledger, make_event):
    ledger.ingest(make_event(1))
    issued = ledger.report("json", "2025-01-01", "2025-12-31", issue=True, organisation="Hull plc", gwp="AR5")
    ledger.ingest(make_event(2))
    record = ledger.reports[0]
    assert (record["as_of"], record["start"], record["end"]) == (1, "2025-01-01", "2025-12-31")
    assert ledger.reissue(record["seq"]) == issued
    assert json.loads(issued)["organisation"] == "Hull plc"
    assert isinstance(ledger.reissue(record["seq"], "xlsx"), bytes)
    assert "Hull plc" in ledger.reissue(record["seq"], "html")
    with refused("ledger.record"):
        ledger.reissue(0)
    # A report that is only looked at leaves no line.
    size = ledger.size
    ledger.report("html", gwp="AR5")
    with pytest.raises(esg.EsgError):
        ledger.report("pdf", issue=True)
    assert ledger.size == size


def test_the_options_of_an_engine_are_those_of_the_keywords(ledger, make_event, engine):
    ledger.ingest([make_event(1), make_event(2, day="2024-03-15")])
    days = ("2025-01-01", "2025-12-31")
    by_engine, by_words = ledger.inventory(*days, engine=engine), ledger.inventory(*days, gwp="AR5")
    assert by_engine.report("json") == by_words.report("json")
    assert scope_2(by_engine) == 1000 * Decimal("0.177")
    assert len(by_engine.lines()) > 0
    with refused("option.value"):
        ledger.inventory(engine=engine, gwp="AR6")
    with refused("option.document"):
        ledger.inventory(gpw="AR5")


def test_a_closed_period_keeps_its_figure(ledger, make_event):
    ledger.ingest(make_event(1))
    seq = ledger.close_period("2025-01-01", "2025-12-31")
    taken = ledger.ingest(make_event(2))
    assert (taken.accepted, taken.late, taken.items.to_pylist()[0]["late"]) == (1, 1, True)
    days = ("2025-01-01", "2025-12-31")
    assert scope_2(ledger.inventory(*days, gwp="AR5")) == 1000 * Decimal("0.177")
    assert scope_2(ledger.inventory(*days, gwp="AR5", as_of=seq + 2)) == 2000 * Decimal("0.177")
    with refused("ledger.closed"):
        ledger.close_period("2025-12-31", "2026-01-31")


def test_tenants_of_a_ledger_see_their_own(ledger, make_event):
    ledger.ingest(make_event(1))
    ledger.close()
    with esg.Ledger(ledger.path, tenant="acme") as other:
        assert other.ingest(make_event(1)).accepted == 1
        assert scope_2(other.inventory(gwp="AR5")) == 1000 * Decimal("0.177")
    with refused("ledger.tenant"):
        esg.Ledger(ledger.path, tenant="")


def test_gaps_are_numbers_that_were_left_out(ledger, make_event):
    ledger.ingest([make_event(f"batch-{number}") for number in (1, 2, 5)])
    assert ledger.gaps() == [{"source_id": "meter-1", "prefix": "batch-", "first": 3, "last": 4}]


def test_a_changed_byte_is_found_at_its_line(ledger, make_event):
    ledger.ingest([make_event(number) for number in range(5)])
    ledger.close()
    assert ledger.verify().ok and bool(ledger.verify()) and ledger.verify().vouched == 5
    file = lines(pathlib.Path(ledger.path))
    rows = file.read_bytes().splitlines(True)
    rows[2] = rows[2].replace(b'"1000"', b'"1001"')
    file.write_bytes(b"".join(rows))
    found = ledger.verify()
    assert not found and not found.ok
    assert {finding["line"] for finding in found.findings} == {None, 2}
    assert {"place", "line", "code", "message"} == set(found.findings[0])
    assert found.to_dict()["findings"] == found.findings
    with pytest.raises(esg.EsgError):
        esg.Ledger(ledger.path)


def test_a_cut_tail_shows_against_a_checkpoint_that_was_kept(ledger, make_event, tmp_path):
    ledger.ingest([make_event(1), make_event(2)])
    note, key = ledger.sign(), ledger.keys[0]
    kept = tmp_path / "kept.checkpoint"
    kept.write_text(note)
    ledger.close()
    assert ledger.verify(key, [note, kept]).ok
    folder = pathlib.Path(ledger.path)
    file = lines(folder)
    file.write_bytes(file.read_bytes().splitlines(True)[0])
    for checkpoint in [folder / "checkpoint", *(folder / "checkpoints").iterdir()]:
        checkpoint.unlink()
    assert not ledger.verify(key, [kept]).ok
    # The chain alone cannot see it, and the answer says how far it was vouched for.
    assert ledger.verify(key).vouched == 0
    with pytest.raises(FileNotFoundError):
        ledger.verify(key, [tmp_path / "absent"])
    with pytest.raises(esg.EsgError):
        ledger.verify("no key")


def test_an_auditor_recomputes_a_figure_and_sees_a_changed_one(ledger, make_event, tmp_path):
    ledger.ingest([make_event(1), make_event(2)])
    bundle, key = tmp_path / "bundle.json", ledger.keys[0]
    bundle.write_text(ledger.prove("2-location", gwp="AR5"))
    assert json.loads(bundle.read_text())["cell"]["co2e_kg"] == "354"
    code, said = verifier("bundle", bundle, "--key", key)
    assert code == 0, said
    bundle.write_text(bundle.read_text().replace('"354"', '"353"'))
    assert verifier("bundle", bundle, "--key", key)[0] == 4
    line = tmp_path / "1.tlog-proof"
    line.write_text(ledger.prove_line(1))
    code, said = verifier("proof", line, "--key", key)
    assert code == 0, said
    ledger.close()
    code, said = verifier("log", ledger.path, "--key", key)
    assert code == 0, said


def test_lineage_goes_back_to_the_event(ledger, make_event):
    ledger.ingest(make_event(1))
    assert "meter-1" in ledger.lineage("2-location", gwp="AR5")
    document = json.loads(ledger.lineage("2-location", "json", "2025-01-01", "2025-12-31", gwp="AR5"))
    assert document["co2e_kg"] == "177"
    assert ledger.lineage("2-location", "mermaid", gwp="AR5").startswith("flowchart")
    with refused("option.value"):
        ledger.lineage("2-location", "pdf")
    with refused("lineage.cell_unknown"):
        ledger.lineage("2-location,month=2020-01", gwp="AR5")


def test_a_backup_is_a_ledger_that_cannot_sign(ledger, make_event, tmp_path):
    ledger.ingest(make_event(1))
    ledger.backup(tmp_path / "copy")
    with esg.Ledger(tmp_path / "copy") as copy:
        assert copy.verify().ok and copy.ingest(make_event(1)).duplicates == 1
        with refused("option.value"):
            copy.sign()
    ledger.backup(tmp_path / "whole", with_key=True)
    with esg.Ledger(tmp_path / "whole") as whole:
        assert LOG in whole.sign()
    with refused("store.locked"):
        ledger.backup(tmp_path / "copy")


def test_a_report_with_a_set_of_ones_own_needs_it_again(ledger, make_event, tmp_path):
    own = tmp_path / "own.jsonl"
    passport = {
        "set": "own",
        "version": "1.0.0",
        "title": "Supplier contract",
        "authority": "custom",
        "licence": None,
        "published": None,
        "retrieved": None,
        "data_year": 2025,
        "valid": {"from": "2025-01-01", "to": "2026-01-01"},
        "gwp": "AR6",
    }
    factor = {
        "activity": "electricity.grid",
        "boundary": "generation",
        "geography": "GB",
        "id": "meter",
        "kind": "co2e",
        "name": "Own meter",
        "per": "kWh",
        "scope": 2,
        "values": [{"gas": "CO2e", "unit": "kg", "value": "0.1"}],
    }
    own.write_text("\n".join(map(json.dumps, [{"passport": passport}, factor])))
    registry = esg.Registry()
    registry.add(own)
    engine = esg.Engine(registry, gwp="AR6")
    ledger.ingest(make_event(1))
    # 1000 kWh x 0.1 kg/kWh.
    assert scope_2(ledger.inventory(engine=engine)) == 100
    issued = ledger.report("json", issue=True, engine=engine)
    seq = ledger.reports[0]["seq"]
    with refused("option.value"):
        ledger.reissue(seq)
    assert ledger.reissue(seq, registry=registry) == issued
    other = esg.Registry()
    other.add(json.loads(json.dumps({"passport": {**passport, "version": "2.0.0"}, "factors": [factor]})))
    with refused("ledger.report"):
        ledger.reissue(seq, registry=other)


def test_a_detached_event_is_redacted_and_named_as_missing(ledger, make_event):
    ledger.ingest([make_event(1)])
    ledger.ingest([make_event(2), make_event(3, day="2025-04-15")], detached=True)
    assert "meter-1" not in "".join(lines(pathlib.Path(ledger.path)).read_text().splitlines()[1:])
    # 0.17700 kg CO2e for each kWh: 3 x 1000 kWh, detached or not.
    assert scope_2(ledger.inventory(gwp="AR5")) == 3000 * Decimal("0.177")
    line = ledger.redact(1, "erasure asked for, case 4")
    assert (line, ledger.size) == (3, 4)
    inventory = ledger.inventory(gwp="AR5")
    assert scope_2(inventory) == 2000 * Decimal("0.177")
    gaps = [row for row in inventory.refused if row["code"] == "ledger.redacted"]
    assert [(row["line"], row["stage"]) for row in gaps] == [(1, "redacted")]
    # April is whole; March is neither traced nor proved without what is gone.
    assert ledger.prove("2-location", "2025-04-01", "2025-04-30", gwp="AR5")
    for ask in (ledger.prove, ledger.lineage):
        with refused("ledger.redacted"):
            ask("2-location", gwp="AR5")
    again = ledger.ingest([make_event(2)])
    assert [row["code"] for row in again.rejected] == ["telemetry.redacted"]
    with refused("ledger.not_detached"):
        ledger.redact(0, "asked for")
    with refused("ledger.reason"):
        ledger.redact(2, "")
    verified = ledger.verify()
    assert verified.ok and verified.to_dict()["redacted"] == 1
    code, said = verifier("log", ledger.path, "--key", ledger.keys[0])
    assert code == 0, said


def test_a_ledger_is_read_beside_its_writer(tmp_path, make_event):
    folder = str(tmp_path / "ledger")
    with refused("store.absent"):
        esg.Ledger(folder, read_only=True)
    writer = esg.Ledger(folder)
    writer.ingest([make_event(1)])
    reader = esg.Ledger(folder, read_only=True)
    assert (reader.size, reader.log) == (writer.size, writer.log)
    total = reader.inventory(gwp="AR5").total(scope=2, method="location")
    assert total.kg == 177
    # What is written meanwhile is in the next answer.
    writer.ingest([make_event(2)])
    assert reader.inventory(gwp="AR5").total(scope=2, method="location").kg == 354
    for write in (lambda: reader.ingest([make_event(3)]), reader.sign, lambda: reader.report("json", issue=True)):
        with refused("option.value"):
            write()
    reader.close()
    with refused("option.value"):
        reader.inventory()
    assert writer.ingest([make_event(3)]).accepted == 1
