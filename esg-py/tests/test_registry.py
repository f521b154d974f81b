"""The registry: found, resolved, locked, added to, carried along."""

import datetime
import json
import pickle

import pytest

import esg


@pytest.fixture(scope="module")
def registry():
    return esg.Registry()


def test_a_factor_is_resolved_with_its_steps(registry):
    found = registry.resolve("electricity.grid", region="US-CAMX", day="2024-03-15", unit="kWh")
    assert found.set["name"] == "epa-egrid 2023.2.0"
    # EPA eGRID 2023, subregion CAMX: 428.464 lb CO2 per MWh.
    assert found.factor["values"][0]["value"] == "428.464"
    assert found.steps
    assert isinstance(found.rejected, list)
    assert found.fallbacks == []
    assert found.to_dict()["factor_id"] == found.factor_id
    same = registry.resolve("electricity.grid", region="US-CAMX", day=datetime.date(2024, 3, 15))
    assert same.factor_id == found.factor_id
    assert "428.464" in found._repr_html_()
    assert found.factor_id in repr(found)


def test_what_is_not_there_is_refused_with_what_is_near(registry):
    with pytest.raises(esg.EsgError) as refused:
        registry.resolve("electricity.gird", region="GB", day="2025-03-15")
    assert refused.value.code == "factor.not_found"
    assert "electricity.grid" in refused.value.details["nearest"]
    for question, code in [
        ({"day": "15.3.2025"}, "option.value"),
        ({"day": "2025-03-15", "regoin": "GB"}, "option.document"),
        ({"day": "2025-03-15", "region": "Atlantis"}, "geography.unknown"),
        ({"day": "2025-03-15", "allow": ["all"]}, "option.value"),
        ({"day": "2025-03-15", "boundary": "x"}, "option.value"),
        ({"day": "2025-03-15", "set": "nobody"}, "factor.set_unknown"),
    ]:
        with pytest.raises(esg.EsgError) as refused:
            registry.resolve("electricity.grid", **question)
        assert refused.value.code == code, question
    with pytest.raises(TypeError):
        registry.resolve("electricity.grid")


def test_a_search_finds_words(registry):
    assert len(registry.search("diesel")) == 20
    found = registry.search("diesel", region="GB", limit=3)
    assert len(found) == 3
    assert all(row["factor"]["geography"] == "GB" for row in found)
    assert "electricity.grid" in registry.activities
    assert len(registry) == len(registry.sets) > 10


def test_a_lock_holds_every_byte(registry, tmp_path):
    lock = registry.lock()
    path = tmp_path / "factors.lock.json"
    path.write_text(json.dumps(lock))
    assert registry.locked(path).lock() == lock
    assert registry.locked(lock).lock() == lock
    lock["sets"][0]["digest"] = "0" * 64
    with pytest.raises(esg.EsgError) as refused:
        registry.locked(lock)
    assert refused.value.code == "factor.digest"
    assert refused.value.details["kind"] == "corrupt"
    assert len(registry.as_of("2024-01-01")) < len(registry)
    with pytest.raises(FileNotFoundError):
        registry.locked(tmp_path / "nothing.json")


def test_a_registry_goes_to_another_process(registry):
    assert pickle.loads(pickle.dumps(registry)).lock() == registry.lock()
    engine = esg.Engine(registry, gwp="AR5", tags=["a"])
    assert pickle.loads(pickle.dumps(engine)).options == engine.options


def test_a_set_that_breaks_the_format_is_refused():
    registry = esg.Registry()
    with pytest.raises(esg.EsgError) as refused:
        registry.add({"set": "mine"})
    assert refused.value.code == "factor.set_invalid"
