"""Memory stays where it is however often one calls. `ESG_FULL=1` calls a million times."""

import os
import resource

import pytest

import esg

FULL = bool(os.environ.get("ESG_FULL"))
PAGE = resource.getpagesize()


def resident():
    """Bytes that the process has in memory now."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * PAGE


def refuse():
    """A call that is refused makes an exception with details."""
    try:
        esg.convert("1", "kWh", "L")
    except esg.EsgError as refused:
        assert refused.code == "unit.dimension"


CALLS = {
    "convert": (lambda state: esg.convert("1250.5", "MWh", "kWh"), 1_000_000),
    "refused": (lambda state: refuse(), 1_000_000),
    "resolve": (lambda state: state["registry"].resolve("electricity.grid", region="GB", day="2025-03-15").factor, 1_000_000),
    "calculate": (lambda state: state["engine"].calculate(state["events"]).total(scope=2, method="location"), 100_000),
    "partial": (lambda state: esg.merge([esg.partial(state["events"], state["engine"])], state["engine"]), 20_000),
    "report": (lambda state: state["inventory"].report("json"), 20_000),
}


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from /proc")
@pytest.mark.parametrize("call", CALLS)
def test_memory_is_flat(call, engine, inventory, make_event):
    events = [make_event(1), make_event(2, "ai_data_center", energy_kwh=12.5, pue=1.2), make_event(3, "cloud_saas", x=1)]
    state = {"engine": engine, "inventory": inventory, "registry": engine.registry, "events": events}
    work, times = CALLS[call]
    times = times if FULL else times // 100
    # What is cached, and what the allocator keeps, is there after the first tenth.
    for _ in range(times // 10):
        work(state)
    before = resident()
    for _ in range(times):
        work(state)
    after = resident()
    assert after <= before * 1.05, f"{before >> 10} KiB before, {after >> 10} KiB after {times} calls of {call}"
