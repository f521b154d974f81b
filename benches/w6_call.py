#!/usr/bin/env python3
"""W6, a thousand events from Python to a total: w6_call.py ours|pandas_pint

Events are dictionaries in memory: energy in MWh or kWh and a PUE, all in one region. `ours` makes the whole inventory of them,
`pandas_pint` one product: energy x PUE x a factor, converted by pint for each unit."""
import sys

from common import Timed, emit

EVENTS = [
    {"source_id": f"meter-{i % 10}", "external_event_id": str(i), "vertical": "ai_data_center",
     "timestamp": f"2024-03-{1 + i % 28:02}T{i % 24:02}:00:00Z", "tags": {"region": "US-CAMX"},
     "metrics": {"energy_mwh" if i % 2 else "energy_kwh": 0.5 + i % 977 / 1000, "pue": 1.15}}
    for i in range(1000)
]
ROUNDS = 20


def ours():
    import esg
    engine = esg.Engine()
    return lambda: float(engine.calculate(EVENTS).energy_kwh)


def pandas_pint():
    import pandas
    import pint
    registry = pint.UnitRegistry(cache_folder=None)

    def run():
        rows = [{"value": value, "unit": name.removeprefix("energy_"), "pue": event["metrics"]["pue"]}
                for event in EVENTS for name, value in event["metrics"].items() if name != "pue"]
        frame = pandas.DataFrame(rows)
        parts = [group["value"].map(lambda v, u=unit: registry.convert(v, {"mwh": "megawatt_hour", "kwh": "kilowatt_hour"}[u],
                                                                      "kilowatt_hour")) * group["pue"]
                 for unit, group in frame.groupby("unit")]
        energy = pandas.concat(parts)
        (energy * 0.195).sum()
        return float(energy.sum())

    return run


if __name__ == "__main__":
    name = sys.argv[1]
    run = {"ours": ours, "pandas_pint": pandas_pint}[name]()
    energy = run()
    with Timed() as timed:
        for _ in range(ROUNDS):
            run()
    emit(f"w6 {name}", timed, ROUNDS * len(EVENTS), {"energy_kwh": energy})
