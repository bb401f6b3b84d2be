"""What each of several devices holds of a model, and what is on all of them."""

import pytest

from app.calculators.pruning.model.architecture import count, linears, preset, presets
from app.calculators.pruning.model.memory import Fit, cache_bytes
from app.calculators.pruning.model.parallel import Split, all_reduces, cache_of_one, share_of, shares, split

SHAPED = [model for model in presets() if model.shape]


@pytest.mark.parametrize("tensor", [2, 3, 8])
def test_the_shares_of_all_devices_together_hold_the_model_and_little_more(tensor):
    for model in SHAPED:
        whole, one = count(model.shape), count(share_of(model.shape, tensor))
        assert one.total * tensor >= whole.total, model.name
        assert one.total <= whole.total
        for before, after in zip(linears(model.shape), linears(share_of(model.shape, tensor)), strict=True):
            kept = after.outputs * after.inputs * tensor / (before.outputs * before.inputs)
            assert 1 <= kept <= tensor, (model.name, before.name)


def test_an_even_model_is_shared_out_evenly_but_for_its_norms():
    model = preset("Llama-3.1-70B")
    found = shares(model, Split(8))
    assert found.blocks == 1 / 8
    assert found.rest == pytest.approx(1 / 8, rel=1e-2)
    assert found.rest > 1 / 8, "norms are on every device"


def test_key_value_heads_are_on_several_devices_where_there_are_fewer_of_them():
    model = preset("Llama-3.1-70B")  # 8 KV heads
    whole = cache_bytes(model, 4, 4096, 16)
    assert cache_of_one(model, Split(8), 4, 4096, 16) == whole / 8
    assert cache_of_one(model, Split(16), 4, 4096, 16) == whole / 8
    assert cache_of_one(model, Split(8, 2), 4, 4096, 16) == whole / 16, "a machine holds half of the layers"
    assert shares(model, Split(16)).blocks > 1 / 16


def test_the_latent_of_mla_is_on_every_device():
    model = next(model for model in SHAPED if model.shape.kv_rank)
    assert cache_of_one(model, Split(8), 1, 4096, 16) == cache_bytes(model, 1, 4096, 16)


def test_of_a_bare_number_of_parameters_every_device_holds_the_same():
    from app.calculators.pruning.model.architecture import bare, by_hand

    assert shares(bare(7 * 10**9), Split(4)) == (0.25, 0.25)
    assert cache_of_one(bare(7 * 10**9), Split(4), 1, 4096, 16) is None
    said = by_hand(7 * 10**9, 7 * 10**9, 96_000.0, 0.0)
    assert cache_of_one(said, Split(4), 2, 4096, 16) == 2 * 4096 * 96_000 / 4


def test_devices_stand_in_machines_of_which_each_is_a_stage():
    assert split(8, 8) == (8, 1)
    assert split(72, 72) == (72, 1)
    assert split(9, 8).devices == 8, "four in each of two machines"
    assert split(4, 1) == (1, 4)
    for devices in range(1, 1025):
        assert 0 < split(devices, 8).devices <= devices
        assert split(devices, 8).tensor <= 8


def test_a_layer_adds_up_twice_and_a_recurrent_one_without_an_mlp_once():
    assert all_reduces(preset("Llama-3.1-70B").shape) == 160
    for model in SHAPED:
        assert model.shape.layers <= all_reduces(model.shape) <= 2 * model.shape.layers


def test_several_devices_fit_when_the_fullest_does():
    fit = Fit(weights=140e9, cache=10e9, overhead=8e9, memory=80e9, number=2, share=76e9)
    assert (fit.each, fit.needed, fit.alike) == (84e9, 168e9, 2e9)
    assert not fit.fits
    assert fit._replace(number=4, share=38e9).fits
    assert Fit(140e9, 10e9, 8e9, 80e9).needed == 158e9


def test_a_seventh_seven_times_is_no_less_than_the_whole():
    for whole in range(1, 2000):
        fit = Fit(weights=float(whole), cache=0.0, overhead=0.0, memory=None, number=7, share=whole / 7)
        assert fit.needed >= whole
        assert fit.alike >= 0
