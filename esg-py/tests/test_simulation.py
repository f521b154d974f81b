"""Ranges: the same draws everywhere, arrays that share memory, pictures."""

import math

import numpy as np
import pytest

import esg


@pytest.fixture(scope="module")
def simulation(inventory):
    return inventory.simulate(draws=20_000, seed=11)


def test_a_range_has_moments_quantiles_and_draws(simulation):
    samples = simulation.samples
    assert samples.shape == (20_000,)
    assert simulation.name == "all location"
    assert math.isclose(simulation.mean, samples.mean(), rel_tol=1e-12)
    assert math.isclose(simulation.sd, samples.std(ddof=1), rel_tol=1e-9)
    for p in [0, 0.025, 0.5, 0.975, 1]:
        assert math.isclose(simulation.quantile(p), np.quantile(samples, p), rel_tol=1e-12)
    counts, edges = simulation.histogram(16)
    assert (counts.sum(), len(edges)) == (20_000, 17)
    assert len(simulation.histogram()[0]) == 40
    assert simulation.exceedance(0) == 1
    assert math.isclose(simulation.mean_error, simulation.sd / math.sqrt(20_000), rel_tol=1e-9)
    assert (simulation.draws, simulation.seed, simulation.generator) == (20_000, 11, "Philox4x32-10")
    assert simulation.to_dict(target_kg=1.0)["draws"] == 20_000
    assert isinstance(simulation.caveats, list)


def test_draws_are_looked_at_and_not_copied(simulation):
    one, two = simulation.samples, simulation.samples
    assert one.__array_interface__["data"] == two.__array_interface__["data"]
    with pytest.raises(ValueError, match="read-only"):
        one[0] = 1


def test_the_same_seed_gives_the_same_bits(inventory, simulation):
    again = inventory.simulate(draws=20_000, seed=11)
    assert again.digests == simulation.digests
    assert again.samples.tobytes() == simulation.samples.tobytes()
    assert inventory.simulate(draws=20_000, seed=12).digests != simulation.digests
    assert inventory.simulate(draws=1000, seed=2**64 - 1).seed == 2**64 - 1


def test_other_totals_are_asked_for_by_name(simulation):
    scope = simulation.total("scope 2 location")
    assert isinstance(scope, esg.Range)
    assert scope.name in simulation.totals
    assert scope.point == esg.Amount(354)
    assert scope.name in repr(scope)
    assert "<svg" in scope._repr_html_()
    with pytest.raises(esg.EsgError) as refused:
        simulation.total("scope 9")
    assert refused.value.code == "option.value"


def test_the_inputs_of_a_range_are_ranked(simulation):
    totals = [driver["total"]["estimate"] for driver in simulation.sensitivity()["drivers"]]
    assert totals == sorted(totals, reverse=True) != []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"draws": 0}, "simulate.option"),
        ({"draws": "many"}, "option.value"),
        ({"seed": -1}, "option.value"),
        ({"sed": 1}, "option.document"),
        ({"ipcc_gwp": True}, "option.value"),
        ({"sobol": True, "draws": 1000}, "simulate.option"),
        ({"ranges": {"x": 1}}, "option.value"),
    ],
)
def test_wrong_options_are_refused(inventory, options, code):
    with pytest.raises(esg.EsgError) as refused:
        inventory.simulate(**options)
    assert refused.value.code == code


def test_quantiles_lie_within_0_and_1(simulation):
    for p in [-0.1, 1.1, float("nan")]:
        with pytest.raises(esg.EsgError) as refused:
            simulation.quantile(p)
        assert refused.value.code == "option.value"


def test_samples_may_be_left_out(inventory):
    assert inventory.simulate(draws=1000, samples=False).samples is None


def test_a_range_is_drawn(simulation):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axes = simulation.plot(bars=20)
    assert axes.get_xlabel() == "t CO2e"
    assert simulation.total("scope 2 location").plot(ax=axes) is axes
