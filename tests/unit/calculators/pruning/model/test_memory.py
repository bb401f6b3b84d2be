"""Claims about KV cache, overhead, fit and the operations of a request."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calculators.pruning.model.architecture import bare, preset, presets
from app.calculators.pruning.model.flops import per_token, work
from app.calculators.pruning.model.memory import Fit, Overhead, cache_bytes
from tests import depth

DECODERS = [model for model in presets() if model.shape and model.kind == "decoder"]
GB, GIB = 10**9, 2**30


def test_the_cache_is_layers_times_heads_times_tokens() -> None:
    # layers x 2 x KV heads x head_dim x tokens x batch x bytes: MODEL.md 1.2
    assert cache_bytes(preset("Llama-2-7B"), 1, 4096, 16) == 32 * 2 * 32 * 128 * 4096 * 2 == 2 * GIB
    assert cache_bytes(preset("Llama-3.1-8B"), 16, 8192, 8) == 16 * 32 * 2 * 8 * 128 * 8192


def test_a_latent_cache_keeps_the_latent_and_one_rotary_key() -> None:
    # DeepSeek-V3 technical report, arXiv 2412.19437: 512 + 64 values per token and layer, 61 layers
    deepseek = next(model for model in DECODERS if model.name.startswith("DeepSeek-V3"))
    assert cache_bytes(deepseek, 1, 1000, 16) == 61 * (512 + 64) * 1000 * 2


def test_a_window_bounds_the_cache() -> None:
    shape = preset("Llama-2-7B").shape._replace(window=1024, windowed_layers=16)
    model = preset("Llama-2-7B")
    windowed = cache_bytes(_with(model, shape), 1, 4096, 16)
    assert windowed == cache_bytes(model, 1, 4096, 16) * (16 * 4096 + 16 * 1024) / (32 * 4096)
    assert cache_bytes(_with(model, shape), 1, 512, 16) == cache_bytes(model, 1, 512, 16)


def _with(model, shape):
    from app.calculators.pruning.question import reshaped

    return reshaped(model, shape)


def test_what_writes_no_token_has_no_cache_and_a_bare_number_none_that_is_known() -> None:
    assert cache_bytes(preset("ResNet-50"), 8, 4096, 16) == 0
    assert cache_bytes(bare(7 * GB), 8, 4096, 16) is None


def test_fit_adds_up_and_counts_devices() -> None:
    fit = Fit(weights=140 * GB, cache=10 * GB, overhead=8 * GB, memory=80 * GB)
    assert fit.needed == 158 * GB
    assert not fit.fits
    assert fit.devices == 3  # 150 GB over 72 GB each
    assert Fit(60 * GB, 10 * GB, 8 * GB, 80 * GB).fits
    assert Fit(1.0, None, 9.0, 8.0).devices is None
    assert Fit(1.0, None, 0.0, None).devices is None


def test_overhead_is_a_share_or_an_amount() -> None:
    assert Overhead(of_device=0.1).bytes(80 * GB) == 8 * GB
    assert Overhead(fixed=2 * GB).bytes(None) == 2 * GB


def test_the_operations_of_a_request_by_hand() -> None:
    llama = preset("Llama-2-7B")
    found = work(llama, context=6, prompt=4, output=3)
    blocks, head = 2 * llama.parts.active_blocks, 2 * 32000 * 4096
    look = 4 * 32 * 32 * 128  # one token looking at one other, over all layers
    assert found.prefill == (4 * blocks, head, look * (1 + 2 + 3 + 4))
    assert found.decode == (2 * blocks, 2 * head, look * (5 + 6))
    assert found.token.attention == look * 6


def test_a_window_bounds_what_a_token_looks_at() -> None:
    shape = preset("Llama-2-7B").shape._replace(window=2, windowed_layers=32)
    found = work(_with(preset("Llama-2-7B"), shape), context=6, prompt=4, output=3)
    look = 4 * 32 * 32 * 128
    assert found.prefill.attention == look * (1 + 2 + 2 + 2)
    assert found.decode.attention == look * (2 + 2)


@settings(max_examples=depth.cases(60, 600))
@given(st.sampled_from(DECODERS), st.integers(1, 300), st.integers(1, 40))
def test_a_request_is_the_sum_of_its_tokens(model, prompt: int, output: int) -> None:
    found = work(model, prompt + output, prompt, output)
    attention = [per_token(model, seen).attention for seen in range(1, prompt + output)]
    assert found.prefill.attention == pytest.approx(sum(attention[:prompt]))
    assert found.decode.attention == pytest.approx(sum(attention[prompt:]))
    assert found.prefill.blocks + found.decode.blocks == pytest.approx(
        (prompt + output - 1) * per_token(model, 1).blocks
    )


def test_a_model_that_writes_nothing_has_one_pass() -> None:
    bert = next(model for model in presets() if model.kind == "encoder")
    found = work(bert, 999, 128, 50)
    assert found.decode.total == 0
    assert found.prefill.attention == pytest.approx(128 * per_token(bert, 128).attention)
    assert work(preset("ResNet-50"), 1, 2048, 1).prefill.total == 8.24e9
