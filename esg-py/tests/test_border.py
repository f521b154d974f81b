"""What crosses the border: interrupts, threads, progress, memory, errors, stubs."""

import gc
import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest

import esg


def test_stubs_say_what_the_module_has():
    command = [sys.executable, "-m", "mypy.stubtest", "esg"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ctrl_c_ends_a_long_call(inventory):
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        inventory.simulate(draws=2**36, samples=False)
    timer.join()
    # Seconds and not the hour that so many draws take.
    assert time.monotonic() - started < 60


def test_another_thread_runs_meanwhile(inventory):
    turns = 0
    done = threading.Event()

    def work():
        inventory.simulate(draws=300_000)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(0)
    thread.join()
    assert turns > 10


def test_progress_is_told_and_its_exception_comes_through(inventory, engine, make_event):
    told = []
    inventory.simulate(draws=600_000, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == [2**18, 2**19, 600_000]
    engine.calculate([make_event(1)], progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (1, 1)

    def fail(done, total):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        inventory.simulate(draws=600_000, progress=fail)
    assert inventory.simulate(draws=1000, progress=True).draws == 1000
    assert inventory.simulate(draws=1000, progress=False).draws == 1000


def test_an_error_is_carried_along():
    with pytest.raises(esg.EsgError) as refused:
        esg.convert("1", "kWh", "L")
    again = pickle.loads(pickle.dumps(refused.value))
    assert (again.code, again.message, again.details) == (
        refused.value.code,
        refused.value.message,
        refused.value.details,
    )
    assert issubclass(esg.EsgError, Exception)


def test_an_amount_is_carried_along(inventory):
    total = inventory.total(scope=2, method="location")
    assert pickle.loads(pickle.dumps(total)) == total


def test_memory_stays_where_it_is(engine, make_event):
    def turn():
        for _ in range(2000):
            esg.convert("1.5", "MWh", "kWh")
            try:
                esg.convert("1", "kWh", "L")
            except esg.EsgError:
                pass
        for _ in range(20):
            engine.calculate([make_event(1)]).by("scope").to_pylist()
        gc.collect()

    def resident():
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    if not os.path.exists("/proc/self/statm"):
        pytest.skip("no /proc here")
    turn()
    before = resident()
    for _ in range(10):
        turn()
    assert resident() < before * 1.05


def test_arguments_at_random_end_in_an_exception_or_an_answer(engine):
    chance = random.Random(7)
    values = [None, True, -1, 2**70, 1.5, float("nan"), "", "kWh", "\ud800", b"x", [], [[]], {}, {"a": 1}, object(), ()]
    calls = [esg.convert, esg.score, esg.Engine, engine.calculate, esg.Amount, esg.Registry().resolve]
    for _ in range(2000):
        call = chance.choice(calls)
        arguments = chance.choices(values, k=chance.randrange(4))
        options = {chance.choice(["gwp", "pue", "day", "x", "progress"]): chance.choice(values)}
        try:
            call(*arguments, **(options if chance.random() < 0.5 else {}))
        except Exception as refused:  # noqa: BLE001 - a panic is a BaseException and fails the test
            assert not isinstance(refused, SystemError), (call, arguments, options)


def test_importing_asks_for_no_data_frame_library():
    code = "import sys, esg; print([m for m in ('numpy', 'pandas', 'polars', 'pyarrow', 'matplotlib', 'tqdm') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
