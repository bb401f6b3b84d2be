"""Claims about where a model's parameters are."""

import pytest

from app.calculators.pruning.model.architecture import bare, count, linears, preset, presets, with_experts, with_layers


def test_a_preset_is_found_by_name_and_by_hugging_face_id_in_any_case():
    assert preset("llama-3.1-8b") is preset(" META-LLAMA/Llama-3.1-8B ") is not None
    assert preset("no such model") is None


def test_every_part_adds_up_to_the_total():
    for model in presets():
        parts = model.parts
        assert parts is not None
        assert parts.prunable + parts.embedding + parts.head + parts.other == parts.total == model.total
        assert 0 < model.prunable < 1
        assert 0 < model.active_share <= 1


def test_only_a_mixture_of_experts_rests_part_of_its_parameters():
    for model in presets():
        assert (model.active_share < 1) == bool(model.shape and model.shape.experts)


def test_the_matrices_hold_exactly_the_prunable_parameters():
    for model in presets():
        if model.shape and model.parts:
            held = sum(each.outputs * each.inputs * each.layers * each.experts for each in linears(model.shape))
            assert held == model.parts.prunable


def test_a_bare_number_of_parameters_is_all_prunable_and_all_active():
    model = bare(7_000_000_000)
    assert (model.total, model.prunable, model.active_share, model.shape) == (7_000_000_000, 1.0, 1.0, None)


def test_dropping_layers_leaves_embedding_and_head():
    shape = preset("Llama-3.1-8B").shape
    before, after = count(shape), count(with_layers(shape, 1))
    assert (before.embedding, before.head) == (after.embedding, after.head)
    assert before.prunable == 32 * after.prunable


def test_dropping_experts_leaves_the_work_per_token():
    shape = preset("Qwen3-30B-A3B").shape
    assert count(with_experts(shape, 64)).active_blocks == count(shape).active_blocks


@pytest.mark.parametrize("layers", [0, -1, 33])
def test_layers_that_cannot_be_kept_are_refused(layers):
    with pytest.raises(ValueError, match="1 to 32"):
        with_layers(preset("Llama-3.1-8B").shape, layers)


@pytest.mark.parametrize("experts", [7, 129])
def test_experts_that_cannot_be_kept_are_refused(experts):
    with pytest.raises(ValueError, match="8 to 128"):
        with_experts(preset("Qwen3-30B-A3B").shape, experts)
