"""Polars and DataFusion: their batches make the parts, and the parts make the whole."""

import datafusion
import polars as pl
import pyarrow as pa

import esg

ROWS = 3_000


def meters():
    """Activities of a year, without anything that is refused."""
    return pl.DataFrame(
        {
            "activity": ["electricity.grid", "fuel.diesel", "water.supply"] * (ROWS // 3),
            "unit": ["kWh", "L", "L"] * (ROWS // 3),
            "region": ["GB"] * ROWS,
            "timestamp": [f"2025-{row % 12 + 1:02}-15T10:00:00Z" for row in range(ROWS)],
            "quantity": [row / 8 for row in range(ROWS)],
        }
    )


def test_batches_of_polars_make_the_whole():
    frame = meters()
    lazy = frame.lazy().map_batches(lambda batch: pl.DataFrame(esg.partial(batch, gwp="AR5")), schema={"part": pl.Binary})
    merged = esg.merge(lazy.collect(engine="streaming"))
    assert merged.report("json") == esg.Engine(gwp="AR5").calculate(frame).report("json")


def test_groups_of_polars_make_the_whole():
    frame, engine = meters(), esg.Engine(gwp="AR5", keep_lines=False)
    parts = frame.group_by("timestamp").map_groups(lambda group: pl.DataFrame(esg.partial(group, engine)))
    assert esg.merge(parts).report("json") == engine.calculate(frame).report("json")


def test_batches_of_datafusion_make_the_whole():
    frame = meters()
    context = datafusion.SessionContext(datafusion.SessionConfig().with_batch_size(512))
    context.register_record_batches("meters", [frame.to_arrow().to_batches(max_chunksize=512)])
    engine = esg.Engine(gwp="AR5", keep_lines=False)
    query = context.sql("SELECT * FROM meters WHERE quantity > 100")
    parts = [esg.partial(batch.to_pyarrow(), engine) for batch in query.execute_stream()]
    assert len(parts) > 3
    wanted = engine.calculate(frame.filter(pl.col("quantity") > 100))
    assert esg.merge(parts).report("json") == wanted.report("json")
    # A relation is a table too.
    assert engine.calculate(query).report("json") == wanted.report("json")
