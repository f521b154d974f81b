"""W5 for Python: an event is checked as in W3 and put into SQLite, each id once, durably (WAL, synchronous=FULL)."""
import math
import os
import sqlite3
from datetime import datetime

import orjson

VERTICALS = {"ai_data_center", "logistics_fleet", "smart_manufacturing", "cloud_saas"}
TABLE = ("CREATE TABLE IF NOT EXISTS telemetry(source_id TEXT NOT NULL, external_event_id TEXT NOT NULL, vertical TEXT NOT NULL, "
         "ts_ms INTEGER NOT NULL, metrics TEXT NOT NULL, tags TEXT NOT NULL, UNIQUE(source_id, external_event_id))")
INSERT = "INSERT OR IGNORE INTO telemetry VALUES(?,?,?,?,?,?)"


def connect():
    connection = sqlite3.connect(os.environ["DB"], isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(TABLE)
    return connection


def row(line):
    event = orjson.loads(line)
    source, event_id, vertical = event["source_id"], event["external_event_id"], event["vertical"]
    ids = type(source) is str and 0 < len(source) <= 128 and type(event_id) is str and 0 < len(event_id) <= 128
    if not ids or vertical not in VERTICALS:
        raise ValueError("bad event")
    time, metrics = datetime.fromisoformat(event["timestamp"]), event["metrics"]
    if time.tzinfo is None or not metrics:
        raise ValueError("bad event")
    for value in metrics.values():
        if type(value) not in (float, int) or not 0 <= value < math.inf:
            raise ValueError("bad metric")
    tags = orjson.dumps(event.get("tags") or {}).decode()
    return source, event_id, vertical, int(time.timestamp() * 1000), orjson.dumps(metrics).decode(), tags


def one(connection, body):
    accepted = connection.execute(INSERT, row(body)).rowcount
    return {"accepted": accepted, "duplicates": 1 - accepted}


def many(connection, body):
    good, bad = [], 0
    for line in body.split(b"\n"):
        if line:
            try:
                good.append(row(line))
            except (ValueError, KeyError, TypeError):
                bad += 1
    connection.execute("BEGIN IMMEDIATE")
    before = connection.total_changes
    connection.executemany(INSERT, good)
    accepted = connection.total_changes - before
    connection.execute("COMMIT")
    return {"accepted": accepted, "duplicates": len(good) - accepted, "rejected": bad}
