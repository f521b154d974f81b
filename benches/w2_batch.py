#!/usr/bin/env python3
"""W2 by the tools a user would pick: w2_batch.py polars|duckdb|numpy parquet|arrow

Timed: from the file (page cache warm) to the sums by vertical, scope, month and site in memory."""
import importlib
import json
import sys
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from common import DATA, Timed, emit

META = json.loads((DATA / "w2_meta.json").read_text())
EPOCH = date(1970, 1, 1)


def version_key(version):
    return tuple(int(part) for part in version.split("."))


def locked_factors():
    """The highest version not above the lock, for each metric, region and interval."""
    best = {}
    for row in pq.read_table(DATA / "w2_factors.parquet").to_pylist():
        key = row["metric"], row["region"], row["valid_from"]
        if version_key(row["version"]) > version_key(META["lock"]):
            continue
        if key not in best or version_key(row["version"]) > version_key(best[key]["version"]):
            best[key] = row
    return list(best.values())


def factors_by_day():
    """One row a day and factor: an interval join becomes a hash join, which both engines run faster."""
    rows = locked_factors()
    days = [(row["valid_to"] - row["valid_from"]).days for row in rows]
    spans = [np.arange(row["valid_from"], row["valid_to"], dtype="datetime64[D]") for row in rows]
    column = {name: np.repeat([row[name] for row in rows], days) for name in ("metric", "region")}
    return pa.table(column | {
        "day": pa.array(np.concatenate(spans), pa.date32()),
        "kg": np.repeat([row["kg_per_unit"] for row in rows], days),
        "scope": pa.array(np.repeat([row["scope"] for row in rows], days), pa.int8()),
    })


def polars(path):
    """The telemetry stays dictionary-coded: the small tables take its category types."""
    import polars as pl
    rows = pl.scan_parquet(path) if path.suffix == ".parquet" else pl.scan_ipc(path)
    schema = rows.collect_schema()
    coded = [pl.col(name).cast(schema[name]) for name in ("metric", "unit", "region")]
    units = pl.scan_parquet(DATA / "w2_units.parquet").select(coded[0], coded[1], "to_base")
    factors = pl.from_arrow(factors_by_day()).lazy().with_columns(coded[0], coded[2])
    rows = rows.with_columns(day=pl.col("ts").dt.date(), month=pl.col("ts").dt.truncate("1mo"))
    joined = rows.join(units, on=["metric", "unit"]).join(factors, on=["metric", "region", "day"])
    mass = pl.col("value") * pl.col("to_base") * pl.col("kg")
    sums = joined.group_by("vertical", "scope", "month", "site").agg(kg=mass.sum())
    groups = sums.collect(engine="streaming")
    return groups.height, dict(groups.group_by("scope").agg(pl.col("kg").sum()).iter_rows())


def duckdb(path):
    import duckdb as db
    con = db.connect()
    con.execute("SET threads = 2")
    if path.suffix == ".parquet":
        rows = f"read_parquet('{path}')"
    else:
        rows = "telemetry"
        con.register(rows, pa.ipc.open_file(pa.memory_map(str(path))).read_all())
    con.register("by_day", factors_by_day())
    con.execute("CREATE TEMP TABLE factors AS SELECT * FROM by_day")
    con.execute(f"CREATE TEMP TABLE units AS SELECT * FROM read_parquet('{DATA}/w2_units.parquet')")
    con.execute(f"""
        CREATE TEMP TABLE result AS
        SELECT t.vertical, f.scope, date_trunc('month', t.ts) AS month, t.site,
               sum(t.value * u.to_base * f.kg) AS kg
        FROM {rows} t
        JOIN units u USING (metric, unit)
        JOIN factors f ON t.metric = f.metric AND t.region = f.region AND t.ts::DATE = f.day
        GROUP BY ALL""")
    groups = con.execute("SELECT count(*) FROM result").fetchone()[0]
    return groups, dict(con.execute("SELECT scope, sum(kg) FROM result GROUP BY 1").fetchall())


def numpy(path):
    """An expert's NumPy: dictionary codes, dense tables, one bincount a batch, no data frame."""
    factors, units = locked_factors(), pq.read_table(DATA / "w2_units.parquet").to_pylist()
    first = min(row["valid_from"] for row in factors)
    days = (max(row["valid_to"] for row in factors) - first).days
    month_of_day = (np.datetime64(first) + np.arange(days)).astype("datetime64[M]").astype(np.int64)
    month_of_day -= month_of_day[0]
    total = None
    for batch in batches(path):
        column = dict(zip(batch.schema.names, batch.columns))
        words, codes = {}, {}
        for name in ("metric", "region", "unit", "site", "vertical"):
            words[name] = {word: i for i, word in enumerate(column[name].dictionary.to_pylist())}
            codes[name] = column[name].indices.to_numpy().astype(np.int64)
        sizes = unit_table(units, words)
        kg, scope = factor_table(factors, words, first, days)
        day = column["ts"].to_numpy(zero_copy_only=False).view(np.int64) // 86_400_000 - (first - EPOCH).days
        metric, sites = codes["metric"], len(words["site"])
        mass = column["value"].to_numpy() * sizes[metric, codes["unit"]] * kg[metric, codes["region"], day]
        key = ((codes["vertical"] * 4 + scope[metric]) * 64 + month_of_day[day]) * sites + codes["site"]
        sums = np.bincount(key, mass, 16 * 64 * sites)
        total = sums if total is None else total + sums
    by_scope = total.reshape(4, 4, -1)
    return int((total != 0).sum()), {scope: by_scope[:, scope].sum() for scope in (1, 2, 3)}


def batches(path):
    if path.suffix == ".parquet":
        return pq.ParquetFile(path).iter_batches(1 << 20, use_threads=True)
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all().to_batches()


def unit_table(units, words):
    """`sizes[metric, unit]`: base units in one; NaN where the pair does not exist."""
    sizes = np.full((len(words["metric"]), len(words["unit"])), np.nan)
    for row in units:
        if row["metric"] in words["metric"] and row["unit"] in words["unit"]:
            sizes[words["metric"][row["metric"]], words["unit"][row["unit"]]] = row["to_base"]
    return sizes


def factor_table(factors, words, first, days):
    """`kg[metric, region, day]` and `scope[metric]`."""
    kg = np.full((len(words["metric"]), len(words["region"]), days), np.nan)
    scope = np.zeros(len(words["metric"]), np.int64)
    for row in factors:
        metric, region = words["metric"].get(row["metric"]), words["region"].get(row["region"])
        if metric is not None and region is not None:
            begin, end = (row["valid_from"] - first).days, (row["valid_to"] - first).days
            kg[metric, region, begin:end] = row["kg_per_unit"]
            scope[metric] = row["scope"]
    return kg, scope


def main():
    peer, source = sys.argv[1:]
    run = {"polars": polars, "duckdb": duckdb, "numpy": numpy}[peer]
    importlib.import_module(peer)  # not part of the work
    with Timed() as timed:
        groups, by_scope = run(DATA / f"w2_telemetry.{source}")
    scopes = {f"scope{scope}": float(kg) for scope, kg in sorted(by_scope.items())}
    check = {"groups": groups, "total": sum(scopes.values())} | scopes
    emit(f"w2 {source} {peer}", timed, META["rows"], check)


if __name__ == "__main__":
    main()
