#!/usr/bin/env python3
"""W5, events over HTTP: w5_http.py ours|flask|fastify [BULK] [CONNECTIONS] [SECONDS]

Starts the server with an empty store, loads it with wrk on the same machine, stops it, and counts what it kept. Every answer
follows a durable commit (synchronous=FULL). BULK is how many events a request has, as JSON Lines: 1 unless given."""
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

from common import DATA

HERE = pathlib.Path(__file__).resolve().parent
ESG = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target")) / "release" / "esg"
# Longest that a server may take to start.
PATIENCE_S = 30


def command(name, port, folder):
    """The command and the port of its telemetry."""
    return {
        "ours": [str(ESG), "serve", "--services", "telemetry", "--data", str(folder / "ledger"), "--port", f"telemetry={port}"],
        "flask": [sys.executable, "-m", "gunicorn", "-w", "2", "-k", "gthread", "--threads", "1", "--keep-alive", "60",
                  "--log-level", "error", "-b", f"127.0.0.1:{port}", "--chdir", str(HERE / "w5"), "flask_app:app"],
        "fastify": ["node", str(HERE / "w5" / "fastify_app.mjs")],
    }[name]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_health(port):
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).read()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def load(port, bulk, connections, seconds, run):
    env = os.environ | {"BULK": str(bulk), "RUN": run}
    wrk = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", str(HERE / "w5" / "post.lua"), f"http://127.0.0.1:{port}"]
    said = subprocess.run(wrk, env=env, capture_output=True, text=True, check=True).stdout
    return json.loads(next(line for line in said.splitlines() if line.startswith("WRK "))[4:])


def processes(pid):
    """A process and its children."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [one for child in children for one in processes(int(child))]


def cpu_s(pids):
    ticks = os.sysconf("SC_CLK_TCK")
    fields = [pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
    return sum(int(field[11]) + int(field[12]) for field in fields) / ticks


def pss_mb(pids):
    rollups = [pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return sum(int(line.split()[1]) for text in rollups for line in text.splitlines() if line.startswith("Pss:")) / 1024


def kept(name, folder):
    """Events in the store."""
    if name == "ours":
        return sum(file.read_bytes().count(b'"kind":"telemetry.accepted"') for file in (folder / "ledger" / "log").glob("*.jsonl"))
    return sqlite3.connect(folder / "t.db").execute("SELECT count(*) FROM telemetry").fetchone()[0]


def main():
    name, *numbers = sys.argv[1:]
    bulk, connections, seconds = [int(given) for given in numbers] + [1, 32, 5][len(numbers):]
    DATA.mkdir(exist_ok=True)
    folder, port = pathlib.Path(tempfile.mkdtemp(dir=DATA)), free_port()
    env = os.environ | {"DB": str(folder / "t.db"), "PORT": str(port)}
    server = subprocess.Popen(command(name, port, folder), env=env, start_new_session=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_health(port)
        warm = load(port, bulk, connections, 1, "warm")
        pids = processes(server.pid)
        before = cpu_s(pids)
        ran = load(port, bulk, connections, seconds, "run")
        used, memory = cpu_s(pids) - before, pss_mb(pids)
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
        events, there = ran["reqs"] * bulk, kept(name, folder)
        # wrk leaves requests behind when its time is over; their events may be there and nobody has their answers.
        if there < (warm["reqs"] + ran["reqs"]) * bulk or ran["non2xx"]:
            sys.exit(f"{name}: {there} events are there of {events + warm['reqs'] * bulk} that were answered, {ran}")
        wall = ran["us"] / 1e6
        print(json.dumps({
            "row": f"w5 {name} bulk={bulk}", "wall_s": wall, "cpu_s": used, "rss_mb": round(memory, 1), "n": events, "check": {},
            "req_s": round(ran["reqs"] / wall), "events_s": round(events / wall), "p50_ms": ran["p50"] / 1e3, "p99_ms": ran["p99"] / 1e3, "late": ran["err"],
        }), flush=True)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
