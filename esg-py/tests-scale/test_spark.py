"""Spark: `mapInArrow` makes the parts in Python workers of the executors. Needs Java; `make test-spark` runs it."""

import os
import sys

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

import esg

ROWS = 2_000


@pytest.fixture(scope="module")
def spark():
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    yield session
    session.stop()


def meters():
    """Activities of a year."""
    return pa.table(
        {
            "activity": ["electricity.grid", "fuel.diesel"] * (ROWS // 2),
            "unit": ["kWh", "L"] * (ROWS // 2),
            "region": ["GB"] * ROWS,
            "timestamp": [f"2025-{row % 12 + 1:02}-15T10:00:00Z" for row in range(ROWS)],
            "quantity": [row / 8 for row in range(ROWS)],
        }
    )


def test_parts_of_spark_are_the_whole(spark):
    # Executors have no module of the tests, so what they run is sent to them as it is.
    def parts(batches):
        engine = esg.Engine(gwp="AR5", keep_lines=False)
        for batch in batches:
            yield from pa.table(esg.partial(batch, engine)).to_batches()

    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "300")
    table = meters()
    frame = spark.createDataFrame(table).repartition(4)
    made = frame.mapInArrow(parts, "part binary").collect()
    assert len(made) >= 4
    merged = esg.merge(row.part for row in made)
    whole = esg.Engine(gwp="AR5", keep_lines=False).calculate(table)
    assert merged.report("json") == whole.report("json")
    assert merged.simulate(draws=2000, seed=3).digests == whole.simulate(draws=2000, seed=3).digests
