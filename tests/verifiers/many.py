"""Checks many logs with tools/verify.py in one process: a JSON object a line in, its answer a line out."""
import json
import pathlib
import sys

sys.path.insert(0, sys.argv[1])
import verify  # noqa: E402

for line in sys.stdin:
    case = json.loads(line)
    keys = dict(map(verify.verifier_key, case["keys"]))
    log = verify.Log(pathlib.Path(case["folder"]), keys, list(map(pathlib.Path, case["kept"])))
    log.check()
    lines = [found["line"] - 1 for found in log.findings if found["line"] is not None]
    print(json.dumps({"root": verify.root(log.peaks).hex(), "size": log.size, "line": min(lines, default=None),
                      "findings": [verify.shown(found) for found in log.findings]}))
