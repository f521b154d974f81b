#!/usr/bin/env python3
"""W3 into SQLite, as one would write it in Python: w3_ledger.py orjson|duckdb end|1000

Parse, validate, keep each (source_id, external_event_id) once; WAL and synchronous=FULL; durable when the clock stops (end)
or after every thousand lines. There is no audit log, and a replay with other content is not told from one with the same."""
import itertools
import pathlib
import shutil
import sqlite3
import sys
import tempfile

import orjson

from common import DATA, Timed, emit
from w3_parse import checked

SOURCE = DATA / "w3_events.jsonl"
COLUMNS = "source_id TEXT NOT NULL, external_event_id TEXT NOT NULL, vertical TEXT NOT NULL, timestamp TEXT NOT NULL, "
COLUMNS += "metrics TEXT NOT NULL, tags TEXT NOT NULL"


def row(line):
    event = orjson.loads(line)
    checked(event)
    metrics, tags = orjson.dumps(event["metrics"]).decode(), orjson.dumps(event.get("tags", {})).decode()
    return (event["source_id"], event["external_event_id"], event["vertical"], event["timestamp"], metrics, tags)


def sqlite(folder, commit):
    db = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    # Wide rows appended, and a small index beside them: faster than a table clustered by its key.
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-262144",
                      "PRAGMA wal_autocheckpoint=10000",
                      f"CREATE TABLE telemetry({COLUMNS}, UNIQUE(source_id, external_event_id))"):
        db.execute(statement)
    lines = invalid = 0
    if commit == "end":
        db.execute("BEGIN")
    with open(SOURCE, "rb", buffering=1 << 20) as file:
        while part := list(itertools.islice(file, 1000 if commit == "1000" else 20000)):
            lines += len(part)
            rows = []
            for line in part:
                try:
                    rows.append(row(line))
                except (ValueError, KeyError, TypeError, AttributeError):
                    invalid += 1
            if commit == "1000":
                db.execute("BEGIN")
            db.executemany("INSERT OR IGNORE INTO telemetry VALUES(?, ?, ?, ?, ?, ?)", rows)
            if commit == "1000":
                db.execute("COMMIT")
    if commit == "end":
        db.execute("COMMIT")
    accepted = db.execute("SELECT count(*) FROM telemetry").fetchone()[0]
    db.close()
    return lines, {"accepted": accepted, "invalid": invalid}


def duckdb_(folder):
    import duckdb
    db = duckdb.connect(str(folder / "ledger.duckdb"))
    db.execute("SET threads=2")
    db.execute("CREATE TABLE telemetry(source_id VARCHAR, external_event_id VARCHAR, vertical VARCHAR, at TIMESTAMPTZ, "
               "metrics JSON, tags JSON, PRIMARY KEY(source_id, external_event_id))")
    db.execute(f"""CREATE TEMP TABLE raw AS SELECT source_id, external_event_id, vertical,
        TRY_CAST(timestamp AS TIMESTAMPTZ) AS at, metrics, tags
        FROM read_json('{SOURCE}', format='newline_delimited', ignore_errors=true, columns={{source_id: 'VARCHAR',
            external_event_id: 'VARCHAR', vertical: 'VARCHAR', timestamp: 'VARCHAR',
            metrics: 'MAP(VARCHAR, DOUBLE)', tags: 'MAP(VARCHAR, VARCHAR)'}})""")
    db.execute("""INSERT INTO telemetry SELECT source_id, external_event_id, vertical, at, metrics::JSON, tags::JSON
        FROM (SELECT *, row_number() OVER () AS place FROM raw WHERE length(source_id) BETWEEN 1 AND 128
            AND length(external_event_id) BETWEEN 1 AND 128 AND vertical IN ('ai_data_center', 'logistics_fleet',
                'smart_manufacturing', 'cloud_saas') AND at IS NOT NULL AND cardinality(metrics) > 0
            AND NOT list_bool_or(list_transform(map_values(metrics), value -> value IS NULL OR value < 0)))
        QUALIFY row_number() OVER (PARTITION BY source_id, external_event_id ORDER BY place) = 1 ON CONFLICT DO NOTHING""")
    accepted = db.execute("SELECT count(*) FROM telemetry").fetchone()[0]
    db.close()
    return 1_000_000, {"accepted": accepted}


def main():
    peer, commit = sys.argv[1], sys.argv[2]
    folder = pathlib.Path(tempfile.mkdtemp(dir=DATA))
    try:
        with Timed() as timed:
            lines, check = sqlite(folder, commit) if peer == "orjson" else duckdb_(folder)
        emit(f"w3 ledger {commit} {peer}", timed, lines, check)
    finally:
        shutil.rmtree(folder)


main()
