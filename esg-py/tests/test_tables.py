"""Tables of every library in, and out again."""

import datetime
from decimal import Decimal

import pytest

import esg

COLUMNS = {
    "activity": ["electricity.grid"] * 4,
    "unit": ["kWh"] * 4,
    "quantity": [1000.0, 500.0, 0.1, 0.2],
    "timestamp": ["2025-03-15"] * 4,
    "region": ["GB"] * 4,
}
# 0.17700 kg CO2e for each kWh (DESNZ 2025), 1500.3 kWh: a float means its shortest decimal.
TOTAL = esg.Amount("265.5531")


def pyarrow_table(columns):
    return pytest.importorskip("pyarrow").table(columns)


def pandas_frame(columns):
    pytest.importorskip("pyarrow")
    return pytest.importorskip("pandas").DataFrame(columns)


def polars_frame(columns):
    return pytest.importorskip("polars").DataFrame(columns)


def duckdb_relation(columns):
    duckdb = pytest.importorskip("duckdb")
    table = pyarrow_table(columns)
    return duckdb.from_arrow(table)


@pytest.mark.parametrize("make", [pyarrow_table, pandas_frame, polars_frame, duckdb_relation])
def test_a_table_of_activities_is_accounted(engine, make):
    table = make(COLUMNS)
    if not hasattr(table, "__arrow_c_stream__"):
        pytest.skip("this version of the library has no PyCapsule interface")
    inventory = engine.calculate(table)
    assert inventory.total(scope=2, method="location") == TOTAL
    assert inventory.refused == []


def test_a_table_of_events_is_one_of_events(engine, make_event):
    wide = {
        "source_id": ["meter-1"],
        "external_event_id": ["1"],
        "vertical": ["ai_data_center"],
        "timestamp": [datetime.datetime(2025, 3, 15, 14, 30, tzinfo=datetime.timezone.utc)],
        "facility_energy_kwh": [12.5],
        "region": ["GB"],
    }
    inventory = engine.calculate(polars_frame(wide))
    assert inventory.refused == []
    same = engine.calculate([make_event(1, "ai_data_center", facility_energy_kwh=12.5)])
    assert inventory.digests == same.digests
    assert inventory.total(scope=2, method="location") == same.total(scope=2, method="location")


def test_rows_that_cannot_be_used_come_back(engine):
    columns = {**COLUMNS, "quantity": [1000.0, None, float("nan"), 1.0], "activity": ["electricity.grid"] * 3 + ["x.y"]}
    inventory = engine.calculate(pyarrow_table(columns))
    assert [row["line"] for row in inventory.refused] == [2, 3, 4]
    assert inventory.total(scope=2, method="location") == esg.Amount(177)


def test_a_table_that_is_none_is_refused(engine):
    for columns, code in [
        ({"a": [1]}, "telemetry.missing"),
        ({**COLUMNS, "quantity": [[1.0]] * 4}, "telemetry.type"),
    ]:
        with pytest.raises(esg.EsgError) as refused:
            engine.calculate(pyarrow_table(columns))
        assert refused.value.code == code


def test_results_go_into_every_library(engine):
    table = engine.calculate(pyarrow_table(COLUMNS)).by("scope", "month")
    for rows in [
        table.to_pylist(),
        table.to_arrow().to_pylist(),
        table.to_polars().to_dicts(),
        table.to_pandas().to_dict("records"),
    ]:
        location = next(row for row in rows if row["scope"] == "2 location")
        assert location["co2e_kg"] == Decimal("265.5531")
    pyarrow = pytest.importorskip("pyarrow")
    assert pyarrow.schema(table).field("co2e_kg").type == pyarrow.decimal128(38, 15)
    assert "rows" in repr(table)


def test_lines_of_a_table_name_their_row(engine):
    rows = engine.calculate(pyarrow_table(COLUMNS)).lines().to_pylist()
    assert {row["row"] for row in rows} == {0, 1, 2, 3}
    assert rows[0]["day"] == datetime.date(2025, 3, 15)
