"""Parts of an inventory from several processes, and what is pickled on its way."""

import concurrent.futures
import json
import multiprocessing
import pickle
import random

import pyarrow as pa
import pytest

import esg

OPTIONS = {"gwp": "AR5", "defaults": {"fuel": "diesel"}}


def rows(make_event, count=60):
    """Events of several verticals, some of which are refused at different places of the road."""
    events = []
    for number in range(count):
        day = f"2025-{number % 12 + 1:02}-15"
        match number % 5:
            case 0:
                events.append(make_event(number, day=day))
            case 1:
                events.append(make_event(number, "ai_data_center", day, energy_kwh=1250.5, pue=1.15))
            case 2:
                events.append(make_event(number, "logistics_fleet", day, fuel_liters=42.1, distance_km=510))
            case 3:
                events.append(make_event(number, "ai_data_center", day, energy_kwh=-1))
            case _:
                events.append(make_event(number, day=day, **{"fuel.unobtainium": {"value": "1", "unit": "L"}}))
    return events


def work(task):
    """What a worker does: it shares nothing with the process that asks."""
    first, events = task
    return esg.partial(events, first_row=first, **OPTIONS)


def answers(inventory):
    """All that can be asked of an inventory and compared."""
    simulation = inventory.simulate(draws=3000, seed=11)
    return {
        "report": inventory.report("json", organisation="Example Ltd"),
        "xlsx": inventory.report("xlsx"),
        "by": inventory.by("scope", "source", "month", "gas").to_pylist(),
        "lines": inventory.lines().to_pylist(),
        "refused": inventory.refused,
        "coverage": inventory.coverage,
        "caveats": inventory.caveats,
        "assumptions": inventory.assumptions,
        "kpis": inventory.kpis,
        "digests": inventory.digests,
        "sources": inventory.sources,
        "score": inventory.score and inventory.score.to_dict(),
        "simulation": simulation.digests,
        "ranges": simulation.to_dict(),
    }


def test_parts_of_several_processes_are_the_whole_of_one(make_event):
    events = rows(make_event)
    whole = answers(esg.Engine(**OPTIONS).calculate(events))
    tasks = [(first, events[first : first + 17]) for first in range(0, len(events), 17)]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        parts = list(pool.map(work, tasks))
    random.Random(7).shuffle(parts)
    assert answers(esg.merge(parts)) == whole


def test_parts_travel_as_tables_bytes_or_one_table(make_event, engine):
    events = rows(make_event, 20)
    parts = [esg.partial(events[:9], engine), esg.partial(events[9:], engine, first_row=9)]
    whole = engine.calculate(events).report("json")
    tables = [pa.table(part) for part in parts]
    assert tables[0].schema == pa.schema([pa.field("part", pa.binary(), nullable=False)])
    column = pa.concat_tables(tables)
    for given in (
        parts,
        iter(parts),
        tables,
        column,
        column.cast(pa.schema([("part", pa.large_binary())])),
        [row["part"] for row in column.to_pylist()],
        [bytearray(row["part"]) for row in column.to_pylist()],
        column.to_pandas(),
        pickle.loads(pickle.dumps(parts)),
    ):
        assert esg.merge(given).report("json") == whole
    assert parts[0].to_pylist() == tables[0].to_pylist()


def test_parts_of_a_table_of_activities_are_the_whole(engine):
    table = pa.table(
        {
            "activity": ["electricity.grid", "fuel.diesel", "fuel.unobtainium"] * 40,
            "unit": ["kWh", "L", "L"] * 40,
            "region": ["GB"] * 120,
            "timestamp": ["2025-03-15T10:00:00Z"] * 120,
            "quantity": [None if row % 11 == 10 else row / 8 for row in range(120)],
        }
    )
    whole = engine.calculate(table)
    parts = [esg.partial(table.slice(first, 50), gwp="AR5", first_row=first) for first in (100, 0, 50)]
    assert answers(esg.merge(parts)) == answers(whole)


def test_a_file_is_a_part_under_its_name(make_event, engine, tmp_path):
    paths = []
    for number in range(2):
        paths.append(tmp_path / f"{number}.jsonl")
        lines = [json.dumps(make_event(f"{number}-{row}")) for row in range(3)]
        paths[-1].write_text("\n".join([*lines, "{broken"]))
    whole = engine.calculate([str(path) for path in paths])
    merged = esg.merge([esg.partial(path, engine) for path in reversed(paths)])
    assert merged.report("json") == whole.report("json")
    assert merged.sources == whole.sources
    with pytest.raises(esg.EsgError, match="one path"):
        esg.partial([str(path) for path in paths], engine)


@pytest.mark.parametrize(
    "other", [{"gwp": "AR6"}, {"gwp": "AR5", "horizon": 20}, {"gwp": "AR5", "defaults": {"pue": "1.3"}}]
)
def test_parts_of_other_options_are_refused(make_event, engine, other):
    parts = [esg.partial([make_event(1)], engine), esg.partial([make_event(2)], **other)]
    with pytest.raises(esg.EsgError) as refused:
        esg.merge(parts)
    assert refused.value.code == "inventory.merge"


def test_parts_of_other_factors_are_refused(make_event, engine):
    older = esg.Engine(esg.Registry().as_of("2024-06-30"), gwp="AR5")
    part = esg.partial([make_event(1)], older)
    with pytest.raises(esg.EsgError, match="locks of the factor sets"):
        esg.merge([part])
    with pytest.raises(esg.EsgError, match="locks of the factor sets"):
        esg.merge([part, esg.partial([make_event(2)], engine)], older)
    assert esg.merge([part], older).report("json") == older.calculate([make_event(1)]).report("json")


def test_an_event_that_two_parts_have_is_refused(make_event, engine):
    one, two = make_event(1), make_event(1, day="2025-04-15")
    for other in (one, two):
        with pytest.raises(esg.EsgError, match=r"row 1 of events in one and row 8 of events") as refused:
            esg.merge([esg.partial([one], engine), esg.partial([other], engine, first_row=7)])
        assert refused.value.code == "inventory.merge"


def test_damaged_and_foreign_bytes_are_refused(make_event, engine):
    part = esg.partial([make_event(1)], engine).to_pylist()[0]["part"]
    for bad in (b"", b"esgpar01", part[:-1], part[:40] + b"x" + part[41:], part + b"\0"):
        with pytest.raises(esg.EsgError) as refused:
            esg.merge([bad])
        assert refused.value.code == "inventory.block"
    for bad in ([], [7], pa.table({"other": [b""]}), pa.table({"part": [7]})):
        with pytest.raises(esg.EsgError) as refused:
            esg.merge(bad)
        assert refused.value.code == "option.value"
    with pytest.raises(TypeError):
        esg.merge(7)


def test_options_beside_an_engine_that_has_some_are_refused(make_event, engine):
    with pytest.raises(esg.EsgError, match="engine is given with options") as refused:
        esg.partial([make_event(1)], engine, gwp="AR6")
    assert refused.value.code == "option.value"


def test_inventories_are_pickled_with_all_that_may_be_asked(make_event, engine):
    events = rows(make_event, 30)
    whole = engine.calculate(events)
    summed = engine.calculate(events[:10]) + engine.calculate(events[10:])
    for inventory in (whole, summed, esg.merge([esg.partial(events, engine)])):
        assert answers(pickle.loads(pickle.dumps(inventory))) == answers(inventory)
    _, (block,) = whole.__reduce__()
    for bad in (b"", block[:-1], block[:99] + b"x" + block[100:]):
        with pytest.raises(esg.EsgError) as refused:
            esg.Inventory._restore(bad)
        assert refused.value.code == "inventory.block"


def test_what_an_inventory_answers_is_pickled(inventory):
    simulation = inventory.simulate(draws=3000, seed=11, samples=True)
    again = pickle.loads(pickle.dumps(simulation))
    assert again.digests == simulation.digests
    assert (again.samples == simulation.samples).all()
    part = pickle.loads(pickle.dumps(simulation.total("scope 3")))
    assert (part.name, part.mean) == ("scope 3", simulation.total("scope 3").mean)
    assert pickle.loads(pickle.dumps(inventory.score)).to_dict() == inventory.score.to_dict()
    table = inventory.by("scope", "month")
    assert pickle.loads(pickle.dumps(table)).to_pylist() == table.to_pylist()


def test_answers_without_an_inventory_are_pickled():
    score = esg.score(pue="1.15", not_applicable=["fleet", "manufacturing", "software"])
    assert pickle.loads(pickle.dumps(score)).value == score.value
    found = esg.Registry().resolve("electricity.grid", region="US-CAMX", day="2024-03-15")
    assert pickle.loads(pickle.dumps(found)).to_dict() == found.to_dict()
    for function in (esg.partial, esg.merge, esg.convert, esg.score):
        assert pickle.loads(pickle.dumps(function)) is function
