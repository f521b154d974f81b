"""Conversions: exact, typed, and refused with a code."""

from decimal import Decimal

import numpy as np
import pytest

import esg


@pytest.mark.parametrize(
    ("value", "units", "want"),
    [
        ("1", ("MWh", "kWh"), "1000"),
        (1, ("mi", "km"), "1.609344"),
        (1.5, ("mi", "km"), "2.414016"),
        (Decimal("0.1"), ("MWh", "kWh"), "100"),
        (np.float64(1.5), ("mi", "km"), "2.414016"),
        (np.int32(2), ("mi", "km"), "3.218688"),
        (2**80, ("m", "m"), "1208925819614629174706176"),
        ("-40", ("Cel", "[degF]"), "-40"),
    ],
)
def test_a_value_of_any_kind_is_converted_exactly(value, units, want):
    got = esg.convert(value, *units)
    assert isinstance(got, Decimal)
    assert got == Decimal(want)


def test_lists_give_lists_and_arrays_give_arrays():
    assert esg.convert([1, "2", (3.5,)], "MWh", "kWh") == [1000, 2000, [3500]]
    column = np.arange(6, dtype=np.float64).reshape(2, 3)
    got = esg.convert(column, "MWh", "kWh")
    assert got.shape == (2, 3)
    assert np.array_equal(got, column * 1000)
    assert np.array_equal(column, np.arange(6).reshape(2, 3)), "the array of the caller stays as it is"
    strided = np.arange(10.0)[::2]
    assert np.array_equal(esg.convert(strided, "MWh", "kWh"), strided * 1000)
    assert np.array_equal(esg.convert(np.array([1, 2]), "Cel", "K"), [274.15, 275.15])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("1", "kWh", "L"), "unit.dimension"),
        (("1", "kWhh", "kWh"), "unit.unknown"),
        (("1,5", "kWh", "MWh"), "decimal.comma"),
        (("x", "kWh", "MWh"), "decimal.syntax"),
        ((float("nan"), "kWh", "MWh"), "decimal.not_finite"),
        ((Decimal("Infinity"), "kWh", "MWh"), "decimal.not_finite"),
        ((1e300, "kWh", "MWh"), "decimal.out_of_range"),
        ((None, "kWh", "MWh"), "option.value"),
        ((object(), "kWh", "MWh"), "option.value"),
        ((np.array([1.0]), "kWh", "L"), "unit.dimension"),
    ],
)
def test_what_cannot_be_converted_is_refused_with_a_code(arguments, code):
    with pytest.raises(esg.EsgError) as refused:
        esg.convert(*arguments)
    assert refused.value.code == code
    assert refused.value.details["kind"] in {"invalid", "missing", "conflict", "corrupt"}
    assert code in str(refused.value)
    assert refused.value.message in str(refused.value)


def test_arguments_of_the_wrong_type_are_type_errors():
    for arguments in [("1", 2, "kWh"), ("1", "kWh"), ()]:
        with pytest.raises(TypeError):
            esg.convert(*arguments)
