#!/usr/bin/env python3
"""Runs our rows and their peers in turn (A B C, A B C, ...), prints medians and ratios, compares the results.

    run.py [--rounds 5] [--without ours] [WORKLOAD ...]

WORKLOAD: w1 w1-million w1-sobol sampling w2-parquet w2-arrow w2-polars w3 w3-end w3-1000 w3-clients w3-report w4-append w4-verify w5 w5-1000 w6 w7-scalar
    w7-vector w6-node w7-node-scalar w7-node-vector lookup cold anomaly.

A ratio is taken within a round, so a machine whose speed drifts moves both sides; the median of the rounds is
printed. Ends with 1 when a command fails or a result differs from the first row by more than one in a
million, or two in a hundred where it comes from chance."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
RUST = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target")) / "release"
TOLERANCE = 1e-6
# For results of chance, whose names end in ~.
CHANCE_TOLERANCE = 0.02


def peer(script, *words):
    return [sys.executable, str(HERE / script), *words]


def ours(binary, *words):
    return [str(RUST / binary), *words]


def w2(source):
    peers = {name: peer("w2_batch.py", name, source) for name in ("polars", "duckdb", "numpy")}
    return peers | {"limit": ours("w2", source, "--limit"), "ours": ours("w2", source)}


def w1(draws):
    return {name: peer("w1_mc.py", name, draws) for name in ("numpy", "numpy_2t", "numba")} | {
        "limit": ours("w1", draws, "--limit"), "ours": ours("w1", draws, "--fold"),
        "ours_summary": ours("w1", draws, "--fold", "--summary"), "ours_unfolded": ours("w1", draws)}


def w4(operation):
    return {name: peer("w4_audit.py", operation, name) for name in ("json", "orjson", "msgspec")}


def node(*words):
    return ["node", str(HERE / "node.mjs"), *words]


WORKLOADS = {
    "w1": w1("100000"),
    "w1-million": w1("1000000"),
    "w1-sobol": {"scipy_sobol": peer("w1_mc.py", "scipy_sobol", "16384"),
                 "ours": ours("w1", "16384", "--sobol", "8"), "ours_random": ours("w1", "1000000")},
    "sampling": {"ours": ours("sampling")},
    "w2-parquet": w2("parquet"),
    "w2-arrow": w2("arrow"),
    "w2-polars": {"polars_esg": peer("w2_frame.py"), "ours": ours("w2", "arrow", "--tables")},
    "w3": {name: peer("w3_parse.py", name) for name in ("msgspec", "orjson", "orjson_msgspec")}
          | {"ours": ours("w3")},
    "w3-end": {name: peer("w3_ledger.py", name, "end") for name in ("orjson", "duckdb")} | {"ours": ours("w3_ledger", "end")},
    "w3-1000": {"orjson": peer("w3_ledger.py", "orjson", "1000"), "ours": ours("w3_ledger", "1000")},
    "w3-clients": {"ours": ours("w3_ledger", "clients")},
    # Reads what `ours` of w3-end or w3-1000 has kept.
    "w3-report": {"ours": ours("w3_ledger", "report")},
    # The check reads what `ours` of the one before it has written.
    "w4-append": w4("append") | {"ours": ours("w4", "append"), "ours_bodies": ours("w4", "append_bodies"),
                                 "ours_one_thread": ours("w4", "append_one")},
    "w4-verify": w4("verify") | {"limit": ours("w4", "sha"), "ours": ours("w4", "verify")},
    "w5": {name: peer("w5_http.py", name) for name in ("flask", "fastify", "ours")},
    "w5-1000": {name: peer("w5_http.py", name, "1000", "4") for name in ("flask", "fastify", "ours")},
    "w6": {name: peer("w6_call.py", name) for name in ("pandas_pint", "ours")},
    "w7-scalar": {name: peer("w7_units.py", "scalar", name) for name in ("pint", "dict", "ours")},
    "w7-vector": {name: peer("w7_units.py", "vector", name) for name in ("pint", "numpy", "ours")},
    "w6-node": {name: node("call", name) for name in ("ours", "ours_sync")},
    "w7-node-scalar": {name: node("scalar", name) for name in ("ucum", "object", "ours")},
    "w7-node-vector": {name: node("vector", name) for name in ("loop", "ours")},
    "lookup": {"ours": ours("lookup")},
    "cold": {"ours": ours("cold")},
    "anomaly": {"ours": ours("anomaly")},
}
NOT_PEERS = ("ours", "limit")
VARIANTS = ("ours_summary", "ours_unfolded", "ours_random", "ours_bodies", "ours_one_thread",
            "ours_sync")


def measure(command):
    """The JSON lines of one run; none when it failed."""
    env = os.environ | {"POLARS_MAX_THREADS": "2"}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        print(f"failed: {' '.join(command)}\n{done.stderr.strip()[-500:]}", file=sys.stderr)
        return []
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def run(commands, rounds):
    """Rows of every command: `{command: [[row, ...] of each round]}`. The first round only warms up."""
    runs = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name in list(runs):
            rows = measure(commands[name])
            if not rows:
                del runs[name]
            elif number:
                runs[name].append(rows)
    return runs


def wall(runs):
    return [rows[0]["wall_s"] for rows in runs]


def print_rows(runs):
    for rounds in runs.values():
        for rows in zip(*rounds):
            walls, n = [row["wall_s"] for row in rows], rows[0]["n"]
            median = statistics.median(walls)
            print(f"{rows[0]['row']:24} {median:9.4f} {min(walls):9.4f} {max(walls):9.4f} "
                  f"{statistics.median(row['cpu_s'] for row in rows):9.4f} {median / n * 1e9:12.1f} "
                  f"{max(row['rss_mb'] for row in rows):8.0f}")


def print_errors(runs):
    """The standard errors of rows that know theirs."""
    for rounds in runs.values():
        row = rounds[0][0]
        if "mean_error" in row["check"]:
            print(f"  {row['row']}, {row['n']} draws: the mean has a standard error of {row['check']['mean_error']:.1f}")


def ratio(above, below):
    return statistics.median(a / b for a, b in zip(wall(above), wall(below)))


def print_ratios(runs):
    peers = {name: rounds for name, rounds in runs.items() if name not in NOT_PEERS + VARIANTS}
    for row in NOT_PEERS:
        if row in runs and peers:
            times = [f"{name} {ratio(rounds, runs[row]):.2f}" for name, rounds in peers.items()]
            print(f"  {row}: times as fast as {', '.join(times)}")
    if all(row in runs for row in NOT_PEERS):
        print(f"  ours: takes {ratio(runs['ours'], runs['limit']):.2f} times as long as the limit")


def differences(runs):
    """Results that are not those of the first row."""
    rows = [row for rounds in runs.values() for group in rounds for row in group]
    for row in rows:
        for key, want in rows[0]["check"].items():
            got = row["check"].get(key)
            allowed = (CHANCE_TOLERANCE if key.endswith("~") else TOLERANCE) * abs(want)
            if got is None or abs(got - want) > allowed:
                yield f"{row['row']}: {key} is {got}, {rows[0]['row']} has {want}"


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("workloads", nargs="*", metavar="WORKLOAD")
    args.add_argument("--rounds", type=int, default=5)
    args.add_argument("--without", default="", help="commands to leave out, such as ours")
    args = args.parse_args()
    wrong = 0
    print(f"{'row':24} {'wall s':>9} {'min':>9} {'max':>9} {'cpu s':>9} {'ns an item':>12} {'peak MB':>8}")
    for name in args.workloads or WORKLOADS:
        left = {k: v for k, v in WORKLOADS[name].items() if k not in args.without.split(",")}
        runs = run(left, args.rounds)
        print_rows(runs)
        print_ratios(runs)
        print_errors(runs)
        wrong += len(left) - len(runs)
        for difference in sorted(set(differences(runs))):
            wrong += 1
            print(f"  differs: {difference}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
