"""Claims about structured pruning: the new shape is exact, and what cannot be is refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calculators.pruning.model.architecture import bare, count, preset, presets
from app.calculators.pruning.model.cuts import Amount, Keep, cut, keep
from app.calculators.pruning.model.memory import cache_bytes, cache_values
from app.calculators.pruning.options import compute
from app.calculators.pruning.question import Question, reshaped
from app.calculators.pruning.speed.devices import device
from app.vocabulary.calculator import Invalid
from tests import depth

LLAMA = preset("Llama-3.1-8B")
DECODERS = [model for model in presets() if model.shape and model.kind == "decoder"]
SHAPED = [model for model in presets() if model.shape]
shares = st.floats(0.001, 0.999).map(lambda share: Amount(share=share))
amounts = st.one_of(st.none(), shares)


def test_half_the_layers_of_llama_leave_four_and_a_half_billion() -> None:
    # MODEL.md 1.1 and 1.2: 43.5% of the parameters go, 4.540 B are left
    left = count(cut(LLAMA.shape, Keep(layers=Amount(number=16)))).total
    assert left == 4_540_469_248
    assert 1 - left / LLAMA.total == pytest.approx(0.435, abs=5e-4)


@pytest.mark.parametrize(("experts", "gib"), [(96, 43.43), (64, 29.92)])
def test_reap_prunes_experts(experts: int, gib: float) -> None:
    # MODEL.md 1.2: REAP on Qwen3-30B-A3B, bf16, to 0.1 GiB (what it loads besides weights is in its own figures)
    qwen = preset("Qwen3-30B-A3B")
    left = count(cut(qwen.shape, Keep(experts=Amount(number=experts)))).total
    assert 2 * left / 2**30 == pytest.approx(gib, abs=0.1)


def test_heads_go_in_whole_groups_and_take_their_cache_along() -> None:
    shape = cut(LLAMA.shape, Keep(heads=Amount(number=14)))
    assert (shape.heads, shape.kv_heads) == (16, 4)
    assert cache_values(shape) == cache_values(LLAMA.shape) / 2


@pytest.mark.parametrize(("multiple", "width"), [(1, 6165), (8, 6168), (64, 6208), (128, 6272)])
def test_widths_are_rounded_up_to_the_multiple(multiple: int, width: int) -> None:
    shape = cut(LLAMA.shape, Keep(ffn=Amount(share=0.43), multiple=multiple))  # 0.43 x 14,336 = 6,164.48
    assert shape.intermediate == width


def test_a_share_in_both_directions_of_a_matrix_leaves_its_square() -> None:
    half = cut(LLAMA.shape, Keep(hidden=Amount(share=0.5), ffn=Amount(share=0.5)))
    assert count(half).mlp == count(LLAMA.shape).mlp / 4


@pytest.mark.parametrize(
    ("kept", "removed"),
    [("16", "-16"), ("62.5%", "remove 37.5%"), ("24", "drop 25%"), ("1", "31 removed")],
)
def test_what_is_kept_and_what_is_removed_say_the_same(kept: str, removed: str) -> None:
    one, other = (
        cut(LLAMA.shape, Keep(layers=keep(text, "layers"), heads=keep(text, "heads"))) for text in (kept, removed)
    )
    assert one == other


def test_every_mlp_of_a_mixture_keeps_the_same_share() -> None:
    deepseek = next(model for model in DECODERS if model.shape.dense_intermediate)
    shape = cut(deepseek.shape, Keep(ffn=Amount(share=0.5)))
    assert shape.intermediate == deepseek.shape.intermediate / 2
    assert shape.dense_intermediate == deepseek.shape.dense_intermediate / 2


@settings(max_examples=depth.cases(200, 2000))
@given(st.sampled_from(SHAPED), amounts, amounts, amounts, amounts, st.sampled_from([1, 8, 64]))
def test_a_cut_leaves_no_more_than_there_was(model, layers, heads, ffn, hidden, multiple) -> None:
    kept = Keep(layers, heads, ffn, hidden, None, multiple)
    shape = cut(model.shape, kept)
    assert 0 < count(shape).total <= model.total
    assert shape.heads % shape.kv_heads == 0
    for now, was in zip(shape, model.shape, strict=True):
        if isinstance(was, int):
            assert now <= was
    cache, whole = (cache_bytes(each, 1, 1024, 16) for each in (reshaped(model, shape), model))
    assert cache <= whole
    if layers is None and heads is None:
        assert cache == whole  # it shrinks with layers and KV heads, and with nothing else


@given(st.sampled_from(SHAPED), amounts, shares, st.sampled_from(["fp32", "bf16", "int8", "int4"]))
def test_the_structured_option_is_what_the_new_shape_counts(model, layers, ffn, dtype) -> None:
    kept = Keep(layers=layers, ffn=ffn)
    result = compute(Question(model, 0.3, "structured", dtype, model.prunable, device("h100-sxm"), keep=kept))
    left = count(cut(model.shape, kept))
    assert result.chosen.remaining_params == left.total
    assert result.chosen.device_bytes <= result.dense.device_bytes
    assert result.chosen.executed_flops <= result.dense.executed_flops
    if dtype == "bf16":
        assert result.chosen.device_bytes == pytest.approx(2 * left.total, rel=1e-12)
    for found in (result.chosen.prefill, result.chosen.decode):
        assert 0 < found.low <= found.likely <= found.high


@pytest.mark.parametrize(
    ("name", "kept", "field", "says"),
    [
        ("Llama-3.1-8B", Keep(layers=Amount(number=33)), "layers", "32 layers"),
        ("Llama-3.1-8B", Keep(experts=Amount(number=4)), "experts", "no experts"),
        ("Llama-3.1-8B", Keep(heads=Amount(number=64)), "heads", "32 heads"),
        ("Llama-3.1-8B", Keep(ffn=Amount(number=20_000)), "ffn", "14,336 channels"),
        ("Qwen3-30B-A3B", Keep(experts=Amount(number=4)), "experts", "8 of the 128"),
        ("Qwen3-30B-A3B", Keep(experts=Amount(removed=121)), "experts", "8 of the 128"),
        ("Llama-3.1-8B", Keep(layers=Amount(removed=32)), "layers", "32 layers: removing 32 leaves none.*at most 31"),
        ("Llama-3.1-8B", Keep(hidden=Amount(removed=9999)), "hidden", "removing 9,999 leaves none"),
    ],
)
def test_what_a_model_cannot_take_is_refused_by_field(name: str, kept: Keep, field: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        cut(preset(name).shape, kept)
    assert refused.value.field == field


@pytest.mark.parametrize("model", [bare(7_000_000_000), preset("ResNet-50")])
def test_a_cut_needs_an_architecture(model) -> None:
    with pytest.raises(Invalid, match=r"config\.json") as refused:
        compute(Question(model, 0.5, "structured", "bf16", 1.0, device("h100-sxm"), keep=Keep(ffn=Amount(share=0.5))))
    assert refused.value.field == "ffn"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("all", None),
        ("", None),
        (" ALL ", None),
        ("100%", None),
        ("16", Amount(number=16)),
        ("1", Amount(number=1)),
        ("0.5", Amount(share=0.5)),
        ("12,5 %", Amount(share=0.125)),
        ("6,144", Amount(number=6144)),
        ("keep 16", Amount(number=16)),
        ("16 layers kept", Amount(number=16)),
        ("16 layers", Amount(number=16)),
        ("1 layer", Amount(number=1)),
        ("keep all", None),
        ("-16", Amount(removed=16)),
        ("−16", Amount(removed=16)),
        ("- 16", Amount(removed=16)),
        ("remove 16", Amount(removed=16)),
        ("Remove 16 layers", Amount(removed=16)),
        ("16 removed", Amount(removed=16)),
        ("pruned 6,144", Amount(removed=6144)),
        ("-50%", Amount(share=0.5)),
        ("drop 25%", Amount(share=0.75)),
        ("70% removed", Amount(share=0.3)),
        ("-0.25", Amount(share=0.75)),
        ("-0", None),
        ("remove 0%", None),
    ],
)
def test_what_stays_or_goes_is_read(text: str, amount: Amount | None) -> None:
    assert keep(text, "layers") == amount


@pytest.mark.parametrize(
    "text",
    [
        *("0", "0%", "1.5", "half", "120%", "NaN", "1e99", "16 heads", "{}"),
        *("-100%", "-all", "remove all", "remove", "-", "--3", "remove -3", "-1.5", "-150%", "keep 3 removed"),
        "removed" * 10_000,
    ],
)
def test_what_cannot_stay_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="50%"):
        keep(text, "layers")
