"""Dask: workers are processes, one of them is killed at work, and the bytes are those of one process."""

import os
import signal
import time

import dask
import dask.dataframe as dd
import pandas as pd
import pytest
from distributed import Client, LocalCluster

import esg

PARTS, EACH = 24, 200


def events(first, count):
    """Rows of a wide table, every tenth of which is refused."""
    numbers = range(first, first + count)
    return pd.DataFrame(
        {
            "source_id": [f"hall-{number % 7}" for number in numbers],
            "external_event_id": [str(number) for number in numbers],
            "vertical": "ai_data_center",
            "timestamp": [f"2024-{number % 12 + 1:02}-15T14:30:00Z" for number in numbers],
            "energy_kwh": [-1.0 if number % 10 == 9 else number / 8 for number in numbers],
            "pue": 1.25,
            "region": "GB",
        }
    )


def work(number):
    """Makes the part of one piece, and says who did."""
    time.sleep(0.05)
    part = esg.partial(events(number * EACH, EACH), first_row=number * EACH, gwp="AR5")
    return os.getpid(), part


@pytest.fixture(scope="module")
def client():
    cluster = LocalCluster(n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def whole():
    inventory = esg.Engine(gwp="AR5").calculate(events(0, PARTS * EACH))
    assert len(inventory.refused) == PARTS * EACH // 10
    return inventory


def test_a_worker_that_is_killed_changes_nothing(client, whole):
    workers = client.run(os.getpid)
    futures = client.map(work, range(PARTS), pure=False)
    while sum(future.done() for future in futures) < 4:
        time.sleep(0.01)
    victim = min(workers.values())
    os.kill(victim, signal.SIGKILL)
    made = client.gather(futures)
    assert len({pid for pid, _ in made}) > 1
    assert victim not in client.run(os.getpid).values()
    merged = esg.merge([part for _, part in made])
    assert merged.report("json") == whole.report("json")
    assert merged.lines().to_pylist() == whole.lines().to_pylist()
    assert merged.simulate(draws=2000, seed=3).digests == whole.simulate(draws=2000, seed=3).digests


def test_partitions_of_a_frame_make_the_whole(client, whole):
    firsts = range(0, PARTS * EACH, EACH)
    frame = dd.from_map(events, firsts, [EACH] * PARTS, meta=events(0, 0))
    parts = [dask.delayed(esg.partial)(partition, gwp="AR5") for partition in frame.to_delayed()]
    merged = esg.merge(dask.compute(*parts))
    # The partitions do not know where they stand, so lines of refused rows are those of each; no figure knows of them.
    assert merged.report("csv") == whole.report("csv")
    assert merged.digests == whole.digests


def test_an_engine_and_its_inventory_travel(client, whole):
    engine = esg.Engine(gwp="AR5")
    inventory = client.submit(engine.calculate, events(0, PARTS * EACH)).result()
    assert inventory.report("json") == whole.report("json")
