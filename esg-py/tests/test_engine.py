"""Engine and inventory: every form of events, every answer, every refusal."""

import csv
import json
from decimal import Decimal
from fractions import Fraction

import pytest

import esg


def test_a_total_is_exact(inventory):
    # DESNZ 2025: 0.17700 kg CO2e for each kWh, 2000 kWh.
    total = inventory.total(scope=2, method="location")
    assert (total.kg, total.t, total.pg, str(total)) == (Decimal(354), Decimal("0.354"), 354 * 10**15, "354")
    assert float(total) == 354.0
    assert total == esg.Amount("354")
    assert total + esg.Amount(1) == esg.Amount(355)
    assert total - total == esg.Amount(0) < total
    assert not esg.Amount(0)
    assert len({total, esg.Amount("354.0")}) == 1
    assert -total == esg.Amount("-354")
    assert inventory.energy_kwh.kg == 2000
    assert "354" in total._repr_html_()
    assert repr(total) == "Amount('354')"


def test_a_method_is_never_guessed(inventory):
    for question in [{}, {"scope": 2}]:
        with pytest.raises(esg.EsgError) as refused:
            inventory.total(**question)
        assert (refused.value.code, refused.value.details["field"]) == ("option.value", "method")
    with pytest.raises(esg.EsgError) as refused:
        inventory.total(scope=2, method="market")
    assert refused.value.code == "inventory.method_missing"
    assert inventory.total(scope=2, method="market", partial=True) == esg.Amount(0)
    for question in [{"scope": 4}, {"category": 16}, {"scope": 1, "category": 2}]:
        with pytest.raises(esg.EsgError):
            inventory.total(**question)


def test_a_refused_row_is_told_and_in_no_total(inventory):
    (row,) = inventory.refused
    assert (row["line"], row["code"], row["field"]) == (3, "telemetry.range", "metrics.energy_kwh")
    assert inventory.sources[0]["accepted"] == 2
    assert {line["scope"] for line in inventory.coverage} >= {"1", "2 location", "2 market", "3.3"}
    assert "market_method_incomplete" in {caveat["code"] for caveat in inventory.caveats}
    assert set(inventory.digests) >= {"events", "factors_lock", "options"}
    assert inventory.options["gwp"] == "AR5"
    assert any("desnz" in name for name in inventory.factors)
    assert inventory.assumptions == []
    assert isinstance(inventory.kpis, list)
    assert "1 refused" in repr(inventory)


def test_sums_by_dimensions_are_a_table(inventory):
    rows = inventory.by("scope", "month").to_pylist()
    march = next(row for row in rows if row["scope"] == "2 location" and row["month"] == "2025-03")
    assert march["co2e_kg"] == Decimal(177)
    assert inventory.by("gas", method="location").column_names == ["gas", "co2e_kg", "mass", "rows"]
    for dimensions in [("month",), ("scope", "planet")]:
        with pytest.raises(esg.EsgError) as refused:
            inventory.by(*dimensions)
        assert refused.value.code == "inventory.dimension"


def test_lines_add_up_to_the_total(inventory):
    rows = inventory.lines().to_pylist()
    assert len(inventory.lines()) == len(rows)
    location = [row for row in rows if row["scope"] == "2 location"]
    assert sum(row["co2e_kg"] or 0 for row in location) == Decimal(354)
    assert {row["external_event_id"] for row in location} == {"1", "2"}


def test_lines_that_were_not_kept_are_refused(make_event):
    kept_none = esg.Engine(keep_lines=False).calculate([make_event(1)])
    with pytest.raises(esg.EsgError) as refused:
        kept_none.lines()
    assert refused.value.code == "inventory.lines"


def test_parts_add_up_to_the_whole(engine, make_event):
    events = [make_event(number) for number in range(10)]
    whole = engine.calculate(events)
    parts = engine.calculate(events[3:]), engine.calculate(events[:3])
    assert (parts[0] + parts[1]).report("csv") == whole.report("csv")
    assert parts[1].merge(parts[0]).report("csv") == whole.report("csv")
    with pytest.raises(esg.EsgError) as refused:
        whole.merge(esg.Engine(gwp="AR6").calculate(events))
    assert refused.value.code == "inventory.merge"


def test_reports_come_in_four_formats(inventory):
    assert json.loads(inventory.report("json", organisation="Example Ltd"))["schema"] == "esg.report/1"
    assert len(list(csv.reader(inventory.report("csv").splitlines()))) > 2
    assert inventory.report("html").startswith("<!DOCTYPE html>")
    assert inventory.report("xlsx")[:2] == b"PK"
    with pytest.raises(esg.EsgError) as refused:
        inventory.report("pdf")
    assert refused.value.code == "report.format"


def test_files_and_bytes_and_dictionaries_are_one(engine, make_event, tmp_path):
    events = [make_event(1), make_event(2, day="2025-04-15")]
    want = engine.calculate(events).digests
    lines = "\n".join(json.dumps(event) for event in events)
    jsonl, array = tmp_path / "a.jsonl", tmp_path / "b.json"
    jsonl.write_text(lines)
    array.write_text(json.dumps(events))
    for source in [jsonl, str(array), [jsonl], lines.encode(), iter(events), tuple(events)]:
        assert engine.calculate(source).digests == want
    both = engine.calculate([jsonl, array])
    assert [source["duplicates"] for source in both.sources] == [0, 2]
    assert engine.calculate(events[0]).total(scope=2, method="location") == esg.Amount(177)
    assert engine.calculate([]).total(scope=1) == esg.Amount(0)


def test_what_is_no_telemetry_is_refused(engine, tmp_path):
    with pytest.raises(FileNotFoundError) as missing:
        engine.calculate(tmp_path / "nothing.jsonl")
    assert missing.value.filename is not None
    text = tmp_path / "x.txt"
    text.write_text("")
    for source in [text, [text, {"a": 1}]]:
        with pytest.raises(esg.EsgError) as refused:
            engine.calculate(source)
        assert refused.value.code == "option.value"
    for source in [None, 5, object()]:
        with pytest.raises(TypeError):
            engine.calculate(source)


def test_numbers_in_events_keep_every_digit(engine, make_event):
    exact = Decimal("1000.000000000000000000001")
    events = [make_event(1, "ai_data_center", facility_energy_kwh=exact), make_event(2, "ai_data_center", facility_energy_kwh=10**17)]
    inventory = engine.calculate(events)
    assert inventory.refused == []
    assert {row["quantity"] for row in inventory.lines().to_pylist()} == {str(exact), "1" + 17 * "0"}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "telemetry.type"),
        (float("inf"), "telemetry.type"),
        (Decimal("NaN"), "telemetry.type"),
        ("12", "telemetry.type"),
        (None, "telemetry.type"),
        (True, "telemetry.type"),
        (int("1" * 40), "decimal.too_precise"),
        ({"value": "1", "unit": "L"}, "telemetry.unit"),
    ],
)
def test_a_value_that_is_no_number_costs_its_row_only(engine, make_event, value, code):
    inventory = engine.calculate([make_event(1, "ai_data_center", energy_kwh=value), make_event(2)])
    (row,) = inventory.refused
    assert (row["line"], row["code"]) == (1, code)
    assert "energy_kwh" in row["field"]
    assert inventory.total(scope=2, method="location") == esg.Amount(177)


def test_hostile_events_end_in_a_refusal(engine):
    itself = {}
    itself["me"] = itself
    for events in [[itself], [{"a": object()}], [{1: 2}], [{"metrics": {"a": {1, 2}}}]]:
        with pytest.raises(esg.EsgError) as refused:
            engine.calculate(events)
        assert refused.value.code == "option.value"
    for row in [5, {}, [], {"source_id": "\ud800"}, {"source_id": "x" * 100_000}, {"a": [[[[1]]]]}]:
        assert len(engine.calculate([row]).refused) == 1


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"gpw": "AR6"}, "option.document", None),
        ({"gwp": "AR7"}, "gwp.unknown", None),
        ({"gwp": 6}, "option.value", "gwp"),
        ({"horizon": "long"}, "option.value", "horizon"),
        ({"allow": ["x"]}, "option.value", "allow"),
        ({"start": "2024-01-01"}, "option.value", "end"),
        ({"granularity": "week"}, "option.value", "granularity"),
        ({"defaults": {"pue": 0.5}}, "option.value", "defaults.pue"),
        ({"weights": [1]}, "option.value", "weights"),
        ({"not_applicable": [16]}, "ghg.scope", None),
        ({"instruments": [{}]}, "option.value", "instruments"),
        ({"tags": object()}, "option.value", "tags"),
    ],
)
def test_wrong_options_are_refused_with_their_name(options, code, field):
    with pytest.raises(esg.EsgError) as refused:
        esg.Engine(**options)
    assert refused.value.code == code
    if field:
        assert refused.value.details["field"] == field


def test_options_that_are_none_are_not_given():
    assert esg.Engine(gwp=None, horizon=None).options == esg.Engine().options
    assert esg.Engine().options["gwp"] == "AR6"
    assert len(esg.Engine().registry) > 10


def test_the_reference_score_is_an_exact_fraction():
    # 1/4 x (1/0.15 + 1/400 + 1000/(500 x 0.4) + 1e6/(0.5 x 1e6)) = 16403/4800.
    figures = {"pue": "1.15", "emissions_g": 400, "distance_mi": 1, "units": 1000, "energy_kwh": 500}
    score = esg.score(**figures, grid_factor="0.4", requests=1e6, emissions_kg=Decimal("0.5"))
    assert score.value == Fraction(16403, 4800)
    assert score.coverage == 1
    assert [term["name"] for term in score.terms] == ["data_centre", "fleet", "manufacturing", "software"]
    assert score.flags == []
    assert float(score) == 16403 / 4800
    assert score.to_dict()["value"]["exact"] == "16403/4800"
    assert "3.417" in score._repr_html_()
    others = ["data_centre", "manufacturing", "software"]
    assert esg.score(fleet={"emissions_g": 400, "distance_mi": 1}, not_applicable=others).value == Fraction(1, 400)
    assert esg.score().value is None
    for inputs, code in [({"pue": 1}, "score.pue"), ({"pue": "x"}, "option.value"), ({"flet": 1}, "option.document")]:
        with pytest.raises(esg.EsgError) as refused:
            esg.score(**inputs)
        assert refused.value.code == code
    floored = esg.score(pue=1, pue_floor="0.01", not_applicable=["fleet", "manufacturing", "software"])
    assert (floored.value, floored.flags[0]["flag"]) == (100, "pue_floored")


def test_the_score_of_an_inventory_has_no_value_where_data_are_missing(inventory):
    assert inventory.score.value is None


def test_a_notebook_shows_a_table_without_what_senders_wrote(engine, make_event):
    hostile = make_event(1)
    hostile["metrics"] = {"<script>alert(1)</script>": 1}
    page = engine.calculate([hostile, make_event(2)])._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
