"""What every row prints: one JSON line a run, so that programs in any language stand beside each other.

Keys: `row`, `wall_s`, `cpu_s` (user + system of the process over the timed region), `rss_mb` (peak of the
whole process), `n` (work items) and `check` (results that must agree between rows)."""
import json
import os
import pathlib
import resource
import time

DATA = pathlib.Path(os.environ.get("BENCH_DATA", pathlib.Path(__file__).parent / "data"))


def cpu_s():
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def peak_rss_mb():
    """VmHWM is of this process image; ru_maxrss would inherit the peak of the parent that forked."""
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Timed:
    """Wall and CPU seconds of a `with` block."""

    def __enter__(self):
        self.cpu, self.wall = cpu_s(), time.perf_counter()
        return self

    def __exit__(self, *_):
        self.wall, self.cpu = time.perf_counter() - self.wall, cpu_s() - self.cpu


def emit(row, timed, n, check):
    line = {"row": row, "wall_s": round(timed.wall, 6), "cpu_s": round(timed.cpu, 6)}
    print(json.dumps(line | {"rss_mb": round(peak_rss_mb(), 1), "n": n, "check": check}), flush=True)
