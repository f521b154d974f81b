#!/usr/bin/env python3
"""Writes the data of every workload from a shape file (seed and sizes).

    gen.py [--shape shape.json] [--out data] [--only w1,w2] [--scale 0.1]

All chance is SplitMix64 of (seed, stream, index) in integer arithmetic, so the data follow from the shape
file alone and not from a library's generator. Each column has its own stream: a new one changes no other."""
import argparse
import datetime as dt
import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
DAY_MS = 86_400_000
VERTICALS = ["ai_data_center", "logistics_fleet", "smart_manufacturing", "cloud_saas"]
REGIONS = """us-west-1 us-east-1 us-central-1 ca-central-1 sa-east-1 eu-west-1 eu-west-2 eu-central-1
    eu-north-1 eu-south-1 me-south-1 af-south-1 ap-south-1 ap-east-1 ap-southeast-1 ap-southeast-2
    ap-northeast-1 ap-northeast-2 cn-north-1 cn-east-2 DE FR GB JP""".split()


class Chance:
    """SplitMix64 as a pure function of (seed, stream, index)."""

    def __init__(self, seed):
        self.seed = np.uint64(seed)

    def bits(self, stream, n, start=0):
        with np.errstate(over="ignore"):
            z = (np.arange(start, start + n, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
            z += self.seed * np.uint64(0xD1B54A32D192ED03) + np.uint64(stream) * np.uint64(0x8CB92BA72F3D8DD7)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            return z ^ (z >> np.uint64(31))

    def unit(self, stream, n, start=0):
        """Numbers in [0, 1)."""
        return (self.bits(stream, n, start) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, stream, n, limit, start=0):
        """Integers in [0, limit)."""
        upper = self.bits(stream, n, start) >> np.uint64(33)
        return (upper * np.uint64(limit) >> np.uint64(31)).astype(np.int64)


# --- W1: a Monte Carlo model ---

GWP = [
    {"gas": "CO2", "law": "constant", "value": 1.0},
    {"gas": "CH4", "law": "lognormal", "mu": float(np.log(27.9)), "sigma": 0.18},
    {"gas": "N2O", "law": "lognormal", "mu": float(np.log(273.0)), "sigma": 0.22},
    {"gas": "HFC134A", "law": "normal", "mean": 1530.0, "sd": 220.0},
    {"gas": "SF6", "law": "triangular", "low": 20000.0, "mode": 25200.0, "high": 30000.0},
]
GWP_SIZE = [1.0, 28.0, 273.0, 1530.0, 25200.0]
FACTOR_LAWS = ["triangular", "normal", "lognormal"]


class W1:
    """Items of lognormal activity x factor x GWP; the GWPs are shared by all items of a gas."""

    def __init__(self, shape, out, chance, scale):
        self.items, self.mix = int(shape["items"] * scale), shape["mix"]
        self.gsd_least, self.gsd_most = shape["gsd"]
        self.out, self.chance = out, chance

    def write(self):
        model = {"gwp": GWP, "items": [self.item(i) for i in range(self.items)]}
        (self.out / "w1_model.json").write_text(json.dumps(model, indent=1))

    def item(self, i):
        def unit(stream):
            return float(self.chance.unit(stream, 1, i)[0])
        law = int(min(np.searchsorted(np.cumsum(self.mix), unit(1)), len(FACTOR_LAWS) - 1))
        gas = 0 if unit(3) < 0.6 else int(unit(2) * len(GWP))
        activity = 10 ** (1 + 4 * unit(4))
        gsd = self.gsd_least + (self.gsd_most - self.gsd_least) * unit(5)
        factor = 10 ** (-2 + 3 * unit(6)) / GWP_SIZE[gas]
        return {
            "id": f"item-{i:04d}", "scope": 1 + int(unit(9) * 3), "gas": GWP[gas]["gas"],
            "activity": {"law": "lognormal", "mu": float(np.log(activity)), "sigma": float(np.log(gsd))},
            "factor": self.factor(FACTOR_LAWS[law], factor, 0.05 + 0.45 * unit(7), unit(8)),
        }

    @staticmethod
    def factor(law, value, spread, skew):
        if law == "triangular":
            low, high = value * (1 - spread), value * (1 + spread)
            return {"law": law, "low": low, "mode": low + (high - low) * skew, "high": high}
        if law == "normal":
            return {"law": law, "mean": value, "sd": value * spread / 2}
        return {"law": law, "mu": float(np.log(value)), "sigma": float(np.log(1 + spread))}


# --- W2: telemetry of mixed units beside versioned factors ---

# metric: (base unit, {unit: base units in one}, scope)
METRICS = {
    "electricity": ("kWh", {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0, "MJ": 1 / 3.6, "GJ": 1000 / 3.6}, 2),
    "fuel": ("L", {"L": 1.0, "gal_us": 3.785411784, "gal_uk": 4.54609, "m3": 1000.0}, 1),
    "heat": ("MJ", {"MJ": 1.0, "GJ": 1000.0, "kWh": 3.6, "MMBtu": 1055.05585262}, 1),
    "distance": ("km", {"km": 1.0, "mi": 1.609344, "m": 0.001, "nmi": 1.852}, 3),
    "water": ("L", {"L": 1.0, "m3": 1000.0, "gal_us": 3.785411784}, 3),
    "mass": ("kg", {"kg": 1.0, "t": 1000.0, "lb": 0.45359237, "g": 0.001}, 3),
    "data": ("GB", {"GB": 1.0, "MB": 0.001, "TB": 1000.0, "GiB": 1.073741824}, 3),
    "compute": ("s", {"s": 1.0, "ms": 0.001, "h": 3600.0}, 2),
}
METRICS_OF_VERTICAL = [[0, 4, 7], [1, 3], [0, 2, 5, 4], [7, 6, 0]]
VERSIONS = ("2023.1.0", "2024.3.1", "2024.10.0")
CHUNK = 1_000_000


def month_after(day, months):
    index = day.month - 1 + months
    return dt.date(day.year + index // 12, index % 12 + 1, 1)


def epoch_ms(day):
    return (day - dt.date(1970, 1, 1)).days * DAY_MS


def cycled(values, length):
    return (list(values) * length)[:length]


class W2:
    def __init__(self, shape, out, chance, scale):
        self.rows, self.sites = int(shape["rows"] * scale), shape["sites"]
        extra = [f"x-{i}" for i in range(shape["regions"] - len(REGIONS))]
        self.regions = (REGIONS + extra)[: shape["regions"]]
        self.start = dt.date.fromisoformat(shape["start"])
        self.end = month_after(self.start, shape["months"])
        self.lock, self.out, self.chance = shape["lock"], out, chance

    def write(self):
        self.write_telemetry()
        self.write_factors()
        self.write_units()
        self.write_set()
        (self.out / "w2_meta.json").write_text(json.dumps({"lock": self.lock, "rows": self.rows}))

    def write_telemetry(self):
        import pyarrow as pa
        import pyarrow.parquet as pq
        parquet = ipc = None
        for first in range(0, self.rows, CHUNK):
            table = self.telemetry(first, min(CHUNK, self.rows - first))
            if parquet is None:
                path, schema = str(self.out / "w2_telemetry"), table.schema
                parquet = pq.ParquetWriter(path + ".parquet", schema, compression="zstd", compression_level=1)
                ipc = pa.ipc.new_file(path + ".arrow", schema)
            parquet.write_table(table, row_group_size=CHUNK)
            ipc.write_table(table, max_chunksize=CHUNK)
        parquet.close()
        ipc.close()

    def telemetry(self, first, n):
        import pyarrow as pa
        chance, regions = self.chance, len(self.regions)
        units = sorted({unit for _, table, _ in METRICS.values() for unit in table})
        unit_code = np.array([[units.index(u) for u in cycled(t, 5)] for _, t, _ in METRICS.values()])
        unit_size = np.array([cycled(t.values(), 5) for _, t, _ in METRICS.values()])
        unit_count = np.array([len(t) for _, t, _ in METRICS.values()])

        site = chance.below(22, n, self.sites, first)
        vertical = chance.below(20, self.sites, 4)[site]
        home = chance.below(21, self.sites, regions)[site]
        region = np.where(chance.unit(23, n, first) < 0.9, home, chance.below(24, n, regions, first))
        usual = np.array([cycled(m, 12) for m in METRICS_OF_VERTICAL])
        metric = usual[vertical, chance.below(25, n, 12, first)]
        unit = chance.below(26, n, 5, first) % unit_count[metric]
        amount = np.exp(8 * chance.unit(27, n, first)) * (0.5 + chance.unit(28, n, first))
        value = np.round(amount / unit_size[metric, unit], 4) + 0.0001

        # Time ascends with a jitter of two days, as devices report late.
        begin, end = epoch_ms(self.start), epoch_ms(self.end)
        share = (np.arange(first, first + n) + 0.5) / self.rows
        sent = (begin + share * (end - begin)).astype(np.int64)
        late = chance.below(29, n, 2 * DAY_MS, first) - DAY_MS
        ts = np.clip(sent + late, begin, end - 1)

        def coded(codes, words):
            return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16)), pa.array(words))
        return pa.table({
            "ts": pa.array(ts, pa.timestamp("ms")),
            "site": coded(site, [f"site-{i:04d}" for i in range(self.sites)]),
            "region": coded(region, self.regions),
            "vertical": coded(vertical, VERTICALS),
            "metric": coded(metric, list(METRICS)),
            "unit": coded(unit_code[metric, unit], units),
            "value": value,
        })

    def write_factors(self):
        """Validity begins on an odd day; there are three versions of each, not all released by the lock."""
        import pyarrow as pa
        import pyarrow.parquet as pq
        rows = list(self.factors())
        metric, region, valid_from, valid_to, version, kg, scope = zip(*rows)
        pq.write_table(pa.table({
            "metric": metric, "region": region,
            "valid_from": pa.array(valid_from, pa.date32()), "valid_to": pa.array(valid_to, pa.date32()),
            "version": version, "kg_per_unit": pa.array(kg, pa.float64()),
            "scope": pa.array(scope, pa.int8()),
        }), self.out / "w2_factors.parquet")

    def factors(self):
        chance, number = self.chance, 0
        for m, (metric, (_, _, scope)) in enumerate(METRICS.items()):
            for r, region in enumerate(self.regions):
                base = 0.01 + 2 * float(chance.unit(30, 1, m * 1000 + r)[0])
                day = self.start - dt.timedelta(days=int(chance.below(31, 1, 300, m * 1000 + r)[0]))
                while day < self.end:
                    until = day + dt.timedelta(days=180 + int(chance.below(32, 1, 200, number)[0]))
                    for version in VERSIONS:
                        number += 1
                        if version == "2024.3.1" and chance.unit(33, 1, number)[0] < 0.2:
                            continue
                        kg = round(base * (0.9 + 0.2 * float(chance.unit(34, 1, number)[0])), 6)
                        yield metric, region, day, until, version, kg, scope
                    day = until

    def write_units(self):
        import pyarrow as pa
        import pyarrow.parquet as pq
        rows = [(m, u, size, base) for m, (base, table, _) in METRICS.items() for u, size in table.items()]
        metric, unit, size, base = zip(*rows)
        table = {"metric": metric, "unit": unit, "to_base": pa.array(size, pa.float64()), "base": base}
        pq.write_table(pa.table(table), self.out / "w2_units.parquet")


    def write_set(self):
        """What is locked of the factors, as a set of one's own that every language reads."""
        best = {}
        number = lambda version: tuple(int(part) for part in version.split("."))
        for metric, region, since, until, version, kg, scope in self.factors():
            known = best.get((metric, region, since))
            if number(version) <= number(self.lock) and (known is None or number(known[0]) < number(version)):
                best[metric, region, since] = version, until, kg, scope
        passport = {"set": "w2", "version": "1.0.0", "title": "Factors of W2", "authority": "custom", "licence": None,
                    "published": None, "retrieved": None, "data_year": None, "valid": {"from": "1970-01-01", "to": None}, "gwp": "AR6"}
        with open(self.out / "w2_set.jsonl", "w", encoding="utf-8") as lines:
            lines.write(json.dumps({"passport": passport}) + "\n")
            for (metric, region, since), (_, until, kg, scope) in best.items():
                factor = {"activity": metric, "boundary": "use", "geography": region, "id": f"{metric}/{region}/{since}",
                          "kind": "co2e", "name": f"{metric} in {region}", "per": METRICS[metric][0], "scope": scope,
                          "valid": {"from": str(since), "to": str(until)},
                          "values": [{"gas": "CO2e", "unit": "kg", "value": str(kg)}]}
                lines.write(json.dumps(factor | ({"category": 1} if scope == 3 else {})) + "\n")


# --- W3: JSONL events with replays, conflicts and broken lines ---

SOURCE_PREFIX = ["datacenter", "fleet", "plant", "saas"]
REPLAYABLE = 4096


class W3:
    def __init__(self, shape, out, chance, scale):
        self.n, self.sources = int(shape["events"] * scale), shape["sources"]
        self.dup, self.conflict, self.bad = shape["dup"], shape["conflict"], shape["bad"]
        self.out, self.chance = out, chance

    def write(self):
        count = {"lines": self.n, "accepted": 0, "duplicate": 0, "conflict": 0, "invalid": 0}
        with open(self.out / "w3_events.jsonl", "w", encoding="utf-8", buffering=1 << 20) as file:
            for kind, line in self.lines():
                count[kind] += 1
                file.write(line)
        (self.out / "w3_expected.json").write_text(json.dumps(count))

    def lines(self):
        """Yields (kind, line): replays and conflicts repeat one of the last accepted lines."""
        replay, broken = self.chance.unit(43, self.n), self.chance.unit(44, self.n)
        pick, damage = self.chance.unit(59, self.n), self.chance.below(45, self.n, 7)
        event, seen = self.event_writer(), []
        for i in range(self.n):
            if seen and replay[i] < self.dup:
                yield "duplicate", seen[int(pick[i] * len(seen))]
            elif seen and replay[i] < self.dup + self.conflict:
                yield "conflict", at_first_metric(seen[int(pick[i] * len(seen))], "1")
            else:
                fields, line = event(i)
                if broken[i] < self.bad:
                    yield "invalid", damaged(line, int(damage[i]), *fields)
                    continue
                if len(seen) < REPLAYABLE:
                    seen.append(line)
                else:
                    seen[i % REPLAYABLE] = line
                yield "accepted", line

    def event_writer(self):
        chance, n, sources = self.chance, self.n, self.sources
        vertical = chance.below(40, sources, 4).tolist()
        region = chance.below(41, sources, len(REGIONS)).tolist()
        who, request = chance.below(42, n, sources).tolist(), chance.bits(61, n).tolist()
        names = [f"{SOURCE_PREFIX[vertical[s]]}-{REGIONS[region[s]]}-{s:04d}" for s in range(sources)]
        values = [np.round(np.exp(6 * chance.unit(46 + j, n)) * (0.5 + chance.unit(52 + j, n)), 3).tolist()
                  for j in range(4)]
        millis = chance.below(58, n, 1000).tolist()
        start = epoch_ms(dt.date(2024, 1, 1)) // 1000
        spread = (np.arange(n) * (86400 * 180 / n)).astype(np.int64) + chance.below(60, n, 7200) - 3600
        iso = np.datetime_as_string((start + spread).astype("datetime64[s]")).tolist()
        number = [0] * sources

        def event(i):
            s = who[i]
            number[s] += 1
            ts = f"{iso[i]}.{millis[i]:03d}Z" if i % 3 else f"{iso[i]}Z" if i % 2 else f"{iso[i]}+02:00"
            body = BODIES[vertical[s]]
            key, metrics, tags = body(i, s, number[s], request[i], *(column[i] for column in values))
            name, place = VERTICALS[vertical[s]], REGIONS[region[s]]
            return (key, name, ts), (
                f'{{"source_id": "{names[s]}", "external_event_id": "{key}", "vertical": "{name}", '
                f'"timestamp": "{ts}", "metrics": {{{metrics}}}, "tags": {{"region": "{place}", {tags}}}}}\n')
        return event


def data_centre(i, s, number, request, a, b, c, d):
    metrics = f'"energy_kwh": {a}, "gpu_hours": {b}, "water_liters": {c}, "pue": {1 + (d % 1):.3f}'
    return f"gpu-batch-2024-{number:06d}", metrics, f'"facility": "F-DC{s:03d}"'


def fleet(i, s, number, request, a, b, c, d):
    metrics = f'"fuel_liters": {a}, "{"distance_mi" if i & 1 else "distance_km"}": {b}'
    tags = f'"vehicle_class": "HGV{s % 7}", "driver": "J\\u00f6rg \\"{s}\\""'
    return f"trip-{s:03d}-{number:07d}", metrics, tags


def plant(i, s, number, request, a, b, c, d):
    metrics = (f'"electricity_mwh": {a}, "process_heat_mj": {b}, "raw_material_kg": {c}, '
               f'"waste_pct": {d % 100:.2f}, "production_units": {int(b)}')
    return f"line{s % 9}-shift-{number:06d}", metrics, f'"site": "Zürich-{s:03d}"'


def saas(i, s, number, request, a, b, c, d):
    metrics = f'"compute_time_ms": {a}, "data_transfer_gb": {b}, "requests": {int(c * 100)}'
    return f"req-{request:016x}", metrics, f'"tenant": "t{i % 977}"'


BODIES = [data_centre, fleet, plant, saas]


def at_first_metric(line, text):
    """Puts `text` before the first metric's value."""
    at = line.index(": ", line.index('"metrics": {') + 12) + 2
    return line[:at] + text + line[at:]


def damaged(line, how, key, vertical, ts):
    match how:
        case 0: return line.replace('"source_id"', '"source"', 1)
        case 1: return line.replace(ts, "2024-13-45T99:00:00Z", 1)
        case 2: return at_first_metric(line, "-")
        case 3: return line.replace(vertical, "aviation", 1)
        case 4: return line[:-10] + "\n"
        case 5: return at_first_metric(line, '"n/a", "x": ')
        case _: return line.replace(key, "", 1)


WORKLOADS = {"w1": W1, "w2": W2, "w3": W3}


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--shape", default=HERE / "shape.json")
    args.add_argument("--out", default=HERE / "data", type=pathlib.Path)
    args.add_argument("--only", default=",".join(WORKLOADS))
    args.add_argument("--scale", type=float, default=1.0)
    args = args.parse_args()
    shape = json.loads(pathlib.Path(args.shape).read_text())
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.only.split(","):
        WORKLOADS[name](shape[name], args.out, Chance(shape["seed"]), args.scale).write()


if __name__ == "__main__":
    main()
