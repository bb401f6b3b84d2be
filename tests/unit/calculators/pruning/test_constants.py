"""The constants of speed are found by their columns, and say what they are of."""

from __future__ import annotations

from math import inf

import pytest

from app.calculators.pruning.data.tables import constant, constants, known
from app.calculators.pruning.speed.devices import devices
from app.calculators.pruning.speed.kernels import FAMILIES, Fitted
from app.calculators.pruning.speed.laws.ranges import scatter


def test_a_band_of_errors_holds_up_to_its_tokens() -> None:
    few, edge, more = (
        constant("range", "prefill", held_out="model", statistic="low", tokens=at) for at in (1, 4096, 4097)
    )
    assert few == edge != more
    assert (edge.up_to_tokens, more.up_to_tokens) == (4096, inf)


@pytest.mark.parametrize("kind", ["gemm", "prefill", "decode"])
@pytest.mark.parametrize("timed", [True, False])
def test_a_range_reaches_below_and_above_what_is_predicted_for_any_number_of_tokens(kind: str, timed: bool) -> None:
    for tokens in (1, 64, 65, 256, 2048, 4096, 10**14):
        low, high = scatter(kind, timed, tokens)  # type: ignore[arg-type]
        assert 0 < low < 1 < high


def test_a_series_of_fitted_constants_is_whole() -> None:
    of = {(each.device, each.dtype) for each in constants() if each.name in Fitted._fields}
    assert len(of) > 20
    for device, dtype in of:
        assert all(known(name, "gemm", device, dtype) for name in Fitted._fields), (device, dtype)


def test_fitted_constants_are_of_a_family_of_a_maker_of_an_architecture_or_of_a_device_that_is_listed() -> None:
    of_devices = {name for each in devices() for name in (each.key, each.fit, each.maker)}
    listed = {*FAMILIES, *of_devices}
    assert {each.device for each in constants() if each.device} <= listed


def test_a_constant_that_is_not_there_is_named_by_its_columns() -> None:
    assert known("gain_24", "gemm", "abacus", "bf16") is None
    with pytest.raises(KeyError, match=r"gain_24.*abacus"):
        constant("gain_24", "gemm", "abacus", "bf16")
