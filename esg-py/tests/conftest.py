"""What the tests share."""

import pytest

import esg


def event(number, vertical="general", day="2025-03-15", region="GB", **metrics):
    """An event of one sender."""
    return {
        "source_id": "meter-1",
        "external_event_id": str(number),
        "vertical": vertical,
        "timestamp": f"{day}T14:30:00Z",
        "metrics": metrics or {"electricity.grid": {"value": "1000", "unit": "kWh"}},
        "tags": {"region": region},
    }


@pytest.fixture
def make_event():
    """A maker of events."""
    return event


@pytest.fixture(scope="session")
def engine():
    """An engine under AR5, where DESNZ 2025 gives 0.17700 kg CO2e for each kWh of Great Britain."""
    return esg.Engine(gwp="AR5")


@pytest.fixture(scope="session")
def inventory(engine):
    """1000 kWh in March and in April, and an event that is refused."""
    events = [event(1), event(2, day="2025-04-15"), event(3, "ai_data_center", energy_kwh=-1)]
    return engine.calculate(events)
