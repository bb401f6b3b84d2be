"""Claims about reading and writing a `config.json`."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calculators.pruning.model.architecture import Shape, count, linears, preset, presets, with_experts, with_layers
from app.calculators.pruning.model.config import compact, model, read
from app.calculators.pruning.model.families import family_of
from app.calculators.pruning.model.parse import LONGEST
from app.calculators.pruning.model.write import described, pruned
from app.vocabulary.calculator import Invalid
from tests import depth
from tests.configs import BY_NAME as CONFIGS

LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 128256,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "tie_word_embeddings": False,
    "rope_theta": 500000.0,
    "torch_dtype": "bfloat16",
    "hidden_act": "silu",
}


def of(config, **changes):
    """The text of a config with some keys changed; a key set to ... is missing."""
    changed = {key: value for key, value in {**config, **changes}.items() if value is not ...}
    return json.dumps(changed)


def shape(config, **changes):
    return read(of(config, **changes)).shape


def notes(config, **changes):
    return " ".join(read(of(config, **changes)).notes)


def test_a_config_gives_the_shape_of_its_model():
    found = read(of(LLAMA))
    assert found.shape == preset("Llama-3.1-8B").shape
    assert (found.model_type, found.family, found.notes) == ("llama", "Llama", ())
    assert found.config == LLAMA


@pytest.mark.parametrize("name", [each.name for each in presets() if each.shape])
def test_every_preset_can_be_described_and_read_again(name):
    known = preset(name)
    config = described(known.shape, known.model_type, known.name)
    assert read(json.dumps(config)).shape == known.shape
    assert config["_name_or_path"] == known.name


@pytest.mark.parametrize("name", [each.name for each in presets() if each.shape and each.shape.layers > 1])
def test_every_preset_can_be_described_with_half_its_layers(name):
    half = with_layers(preset(name).shape, preset(name).shape.layers // 2)
    assert read(json.dumps(described(half, preset(name).model_type, name))).shape == half


def test_a_model_is_the_same_object_for_the_same_config():
    one = model(of(LLAMA))
    assert one is model(json.dumps(LLAMA, indent=4))
    assert one.name == "LlamaForCausalLM, 32 layers"
    assert one.config == compact(of(LLAMA))
    assert one.parts == count(one.shape)
    assert (one.total, one.model_type, one.kind) == (8_030_261_248, "llama", "decoder")


def test_a_model_is_named_by_its_path_where_it_has_one():
    assert model(of(LLAMA, _name_or_path="meta-llama/Llama-3.1-8B")).name == "meta-llama/Llama-3.1-8B"
    assert model(of(LLAMA, _name_or_path="./")).name == "LlamaForCausalLM, 32 layers"
    assert model(of(LLAMA, _name_or_path=5, architectures="none")).name == "Llama, 32 layers"
    assert "\ud800" not in model(of(LLAMA, _name_or_path="a\ud800")).name
    assert len(model(of(LLAMA, _name_or_path="a" * 5000)).name) <= 60


def test_a_compact_config_has_no_blanks_and_says_the_same():
    text = compact(json.dumps(LLAMA, indent=2))
    assert json.loads(text) == LLAMA
    assert "\n" not in text
    assert " " not in text
    assert compact(text) == text


# What is assumed or left out is said.


def test_a_missing_key_takes_the_default_of_transformers_and_says_so():
    said = notes(LLAMA, intermediate_size=...)
    assert "intermediate_size 11008" in said
    assert shape(LLAMA, intermediate_size=...).intermediate == 11008
    assert "tie_word_embeddings true" in notes({"model_type": "gemma"})


def test_missing_key_value_heads_are_as_many_as_there_are_heads():
    assert shape(LLAMA, num_key_value_heads=...).kv_heads == 32
    assert shape(LLAMA, num_key_value_heads=None).kv_heads == 32


def test_an_unknown_family_is_counted_like_the_one_whose_keys_it_has():
    found = read(of(LLAMA, model_type="foo"))
    assert found.shape == shape(LLAMA)
    assert found.family == "unknown family “foo”, counted like Llama"
    assert "foo" in found.notes[0]
    assert "without a model_type" in read(of(LLAMA, model_type=...)).family
    mixture = shape(LLAMA, model_type="foo", num_experts=8, num_experts_per_tok=2, moe_intermediate_size=512)
    assert (mixture.experts, mixture.experts_per_token, mixture.intermediate) == (8, 2, 512)
    latent = read(of(CONFIGS["deepseek-ai/DeepSeek-V2"], model_type="foo", hidden_act="silu"))
    assert latent.family.endswith("counted like DeepSeek V3")


UNREAD = {
    "num_memory_slots": 4,
    "use_second_mlp": True,
    "extra_blocks": [1],
    "adapter": {"rank": 8},
    "mlp_kind": "wide",
}


@pytest.mark.parametrize("key", UNREAD)
def test_no_guess_is_made_where_a_key_may_hold_weights(key):
    with pytest.raises(Invalid, match=f"“{key}” in it is not understood"):
        read(of(LLAMA, model_type="foo", **{key: UNREAD[key]}))
    assert shape(LLAMA, **{key: UNREAD[key]}) == shape(LLAMA), "a known family reads all its keys"


@pytest.mark.parametrize("nothing", [None, False, 0, "", [], {}, 0.5])
def test_an_unused_key_is_normal(nothing):
    assert shape(LLAMA, model_type="foo", num_memory_slots=nothing) == shape(LLAMA)


@pytest.mark.parametrize("activation", ["gelu", "relu2", "xielu", ..., None])
def test_no_guess_is_made_where_the_mlp_may_have_two_matrices(activation):
    with pytest.raises(Invalid, match="whether its MLP is gated is not known"):
        read(of(LLAMA, model_type="foo", hidden_act=activation))


def test_infinity_and_other_constants_of_json_in_python_are_normal():
    text = of(LLAMA)[:-1] + ', "time_step_limit": [0.0, Infinity], "a": NaN, "b": -Infinity}'
    found = read(text)
    assert found.shape == shape(LLAMA)
    assert read(json.dumps(pruned(found, found.shape))).shape == found.shape
    with pytest.raises(Invalid, match="hidden_size must be a whole number"):
        read(of(LLAMA, hidden_size=...)[:-1] + ', "hidden_size": Infinity}')


def test_an_unknown_family_without_sizes_is_refused_by_what_it_lacks():
    with pytest.raises(Invalid, match="lacks intermediate_size, vocab_size"):
        read(of(LLAMA, model_type="foo", intermediate_size=..., vocab_size=...))


@pytest.mark.parametrize("key", ["text_config", "llm_config"])
def test_of_several_kinds_of_input_only_the_text_model_is_counted(key):
    nested = {"model_type": "mistral3", key: {**LLAMA}, "vision_config": {"hidden_size": 1024}}
    found = read(json.dumps(nested))
    assert found.shape == shape(LLAMA)
    assert "vision" in found.notes[-1]


def test_the_inner_model_may_leave_its_type_to_the_outer_one():
    inner = {key: value for key, value in LLAMA.items() if key != "model_type"}
    assert read(json.dumps({"model_type": "llava", "text_config": inner})).model_type == "llama"


def test_layers_that_predict_further_tokens_are_left_out_and_said_so():
    assert "num_nextn_predict_layers 1" in notes(CONFIGS["deepseek-ai/DeepSeek-V3"])


def test_a_quantised_checkpoint_is_counted_as_before():
    config = {**LLAMA, "quantization_config": {"quant_method": "gptq", "bits": 4}}
    assert read(json.dumps(config)).shape == shape(LLAMA)
    assert "quantised" in notes(config)


@pytest.mark.parametrize("holder", ["quantization_config", "compression_config", ""])
def test_a_config_that_vllm_refuses_is_said_to_be_one(holder: str):
    # vLLM issue 51188: releases 0.24 to 0.26 raise for any sparsity_config with targets, of a dense format too
    said = {"format": "dense", "targets": ["Linear"]}
    config = {**LLAMA, **({holder: {"sparsity_config": said}} if holder else {"sparsity_config": said})}
    assert "vLLM 0.24 to 0.26 refuses this config" in notes(config)
    assert read(json.dumps(config)).shape == shape(LLAMA)
    plain = {**LLAMA, "quantization_config": {"sparsity_config": {"format": "dense", "targets": []}}}
    assert "vLLM" not in notes(plain)


# Sliding windows.


@pytest.mark.parametrize(
    ("config", "window", "layers"),
    [
        ({"model_type": "mistral"}, 4096, 32),
        ({"model_type": "mistral", "sliding_window": None}, 0, 0),
        ({"model_type": "gemma2"}, 4096, 13),
        ({"model_type": "gemma3_text", "sliding_window": 512}, 512, 22),
        ({"model_type": "gemma3_text", "sliding_window_pattern": 2}, 4096, 13),
        ({"model_type": "gpt_oss"}, 128, 18),
        ({"model_type": "gpt_oss", "layer_types": ["full_attention"] * 36}, 0, 0),
        ({"model_type": "qwen2", "sliding_window": 4096}, 0, 0),
        ({"model_type": "qwen2", "sliding_window": 4096, "use_sliding_window": True}, 4096, 4),
        ({"model_type": "qwen2", "use_sliding_window": True}, 4096, 4),
        ({"model_type": "llama4_text"}, 8192, 36),
        ({"model_type": "gpt_neo"}, 256, 12),
        ({"model_type": "llama"}, 0, 0),
    ],
)
def test_the_windows_of_a_family(config, window, layers):
    found = read(json.dumps(config)).shape
    assert (found.window, found.windowed_layers) == (window, layers)


def test_windows_go_with_the_layers():
    assert with_layers(preset("Gemma-2-2b").shape, 13).windowed_layers == 6
    assert with_layers(preset("Mistral-7B-v0.1").shape, 5).windowed_layers == 5


def test_dense_layers_spread_over_a_model_go_with_the_others():
    found = shape(CONFIGS["made up: llama4, every second layer"])
    assert (found.layers, found.dense_layers, found.dense_spread) == (5, 3, True)
    assert with_layers(found, 3).dense_layers == 2
    assert with_layers(found, 1).routed_layers == 0


# What is not a config, or describes no model.

NOT_A_CONFIG = {
    "empty": ("", "no text"),
    "blank": ("  \n ", "no text"),
    "web page": ("<!DOCTYPE html><html></html>", "web page"),
    "YAML": ("model_type: llama\nhidden_size: 4096\n", "not JSON"),
    "Python": ("{'model_type': 'llama'}", "Python"),
    "Python constants": ('{"a": None}', "Python"),
    "README": ("# Llama\n\nA model.", "not JSON"),
    "cut off": ('{"model_type": "llama", ', "line 1"),
    "open text": ('{"a": "' + '\\"' * 90_000, "not JSON"),
    "list": ("[1, 2]", "a list"),
    "text": ('"llama"', "a text"),
    "null": ("null", "null"),
    "number": ("7", "a number"),
    "empty object": ("{}", "empty"),
    "long": ("x" * 10_000_000, "10,000,000 characters"),
    "deep": ("[" * 100_000, "nested"),
    "deep objects": ('{"a":' * 40_000, "nested"),
    "NaN": ('{"model_type": "llama", "hidden_size": NaN}', "NaN"),
    "Infinity": ('{"model_type": "llama", "hidden_size": -Infinity}', "Infinity"),
    "1e400": ('{"rope_theta": 1e400}', "too large"),
    "digits": ('{"a": ' + "9" * 5000 + "}", "5,000 digits"),
    "twice": ('{"model_type": "llama", "model_type": "opt"}', "twice"),
    "adapter": ('{"peft_type": "LORA", "r": 8, "base_model_name_or_path": "x"}', "adapter"),
    "tokenizer": ('{"tokenizer_class": "LlamaTokenizer", "chat_template": ""}', "tokenizer"),
    "generation": ('{"do_sample": true, "temperature": 0.6}', "generation_config"),
    "quantisation": ('{"bits": 4, "group_size": 128, "desc_act": false}', "quantize_config"),
    "preprocessor": ('{"image_processor_type": "ViTImageProcessor"}', "preprocessor"),
    "index": ('{"metadata": {}, "weight_map": {}}', "index"),
    "diffusers": ('{"_class_name": "UNet2DConditionModel", "sample_size": 64}', "diffusers"),
    "timm": ('{"architecture": "resnet50", "pretrained_cfg": {}}', "timm"),
    "nothing of a model": ('{"foo": 1}', "lacks hidden_size"),
    "encoder and decoder": ('{"model_type": "t5", "is_encoder_decoder": true}', "encoder and a decoder"),
    "no attention": (of(LLAMA, model_type="foo", mamba_d_state=16), "without attention"),
}


@pytest.mark.parametrize("what", NOT_A_CONFIG)
def test_what_is_not_a_config_is_refused_with_what_would_be_right(what):
    text, said = NOT_A_CONFIG[what]
    for call in (read, compact, model):
        with pytest.raises(Invalid, match=said) as refused:
            call(text)
        assert len(str(refused.value)) < 400


def test_the_longest_text_is_still_read():
    filled = of(LLAMA, padding="")
    assert read(of(LLAMA, padding="x" * (LONGEST - len(filled)))).shape == shape(LLAMA)


HOSTILE = [-1, 0, 0.5, 4096.0, 1e300, 10**30, True, False, "32", "", [], [32], {}, {"a": 1}]
SIZES = ["hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "vocab_size"]


@pytest.mark.parametrize("key", [*SIZES, "intermediate_size", "head_dim"])
@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_a_size_that_is_none_is_refused_by_name(key, value):
    with pytest.raises(Invalid, match=key):
        read(of(LLAMA, **{key: value}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"num_key_value_heads": 5}, "divisible by num_key_value_heads"),
        ({"num_attention_heads": 30, "num_key_value_heads": 30}, "divisible by num_attention_heads"),
        ({"tie_word_embeddings": "yes"}, "tie_word_embeddings"),
        ({"attention_bias": 1}, "attention_bias"),
        ({"model_type": 7}, "model_type"),
        ({"model_type": ["llama"]}, "model_type"),
        ({"text_config": "llama"}, "text_config"),
        ({"model_type": "gemma2", "layer_types": ["full_attention"] * 31}, "layer_types lists 31"),
        ({"model_type": "gemma2", "layer_types": ["linear_attention"] * 32}, "linear_attention"),
        ({"model_type": "gemma2", "layer_types": [[]] * 32}, "not counted"),
        ({"model_type": "gemma2", "layer_types": "sliding"}, "must be a list"),
        ({"model_type": "mistral", "sliding_window": "4096"}, "sliding_window"),
        ({"model_type": "mixtral", "num_local_experts": 2, "num_experts_per_tok": 4}, "only|there are 2"),
        ({"model_type": "qwen3_moe", "mlp_only_layers": [-1]}, "mlp_only_layers"),
        ({"model_type": "qwen3_moe", "decoder_sparse_step": 0}, "decoder_sparse_step"),
        ({"model_type": "deepseek_v3", "n_routed_experts": 250}, "divisible by n_group"),
        ({"model_type": "deepseek_v2", "num_experts_per_tok": ...}, "num_experts_per_tok"),
        ({"model_type": "deepseek_v3", "moe_layer_freq": 2}, "moe_layer_freq"),
        ({"model_type": "gpt_neo", "num_layers": 5}, "24 layers"),
        ({"model_type": "gpt_neo", "attention_types": [["global", 3]]}, "attention_types"),
        ({"model_type": "gpt_neo", "attention_types": [[["global"] * 9000, 10_000]]}, "90,000,000 layers"),
        ({"model_type": "vit", "image_size": [224, -1]}, "image_size"),
        ({"model_type": "vit", "hidden_size": 4096, "patch_size": "16"}, "patch_size"),
        ({"model_type": "opt", "max_position_embeddings": -5}, "max_position_embeddings"),
    ],
)
def test_a_config_that_describes_no_model_is_refused(changes, said):
    with pytest.raises(Invalid, match=said):
        read(of(LLAMA, **changes))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_KEYS = st.sampled_from(sorted({key for config in CONFIGS.values() for key in config}))


@given(st.sampled_from(sorted(CONFIGS)), st.dictionaries(_KEYS, _VALUES, max_size=3))
def test_a_damaged_config_is_read_or_refused_and_never_breaks(name, damage):
    try:
        found = read(json.dumps(CONFIGS[name] | damage))
    except Invalid as invalid:
        assert len(str(invalid)) < 600
        return
    assert count(found.shape).total > 0
    assert min(count(found.shape)) >= 0
    assert linears(found.shape)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(Invalid):
        read(text)


# Writing.


def test_a_pruned_config_keeps_everything_else():
    found = read(of(LLAMA))
    config = pruned(found, found.shape._replace(layers=16, intermediate=8192))
    assert config == {**LLAMA, "num_hidden_layers": 16, "intermediate_size": 8192}
    assert found.config == LLAMA


def test_fewer_heads_at_the_same_width_write_the_size_of_a_head():
    found = read(of(LLAMA))
    config = pruned(found, found.shape._replace(heads=16, kv_heads=4))
    assert config == {**LLAMA, "num_attention_heads": 16, "num_key_value_heads": 4, "head_dim": 128}


def test_a_smaller_width_writes_the_size_of_a_head():
    found = read(of(LLAMA))
    assert pruned(found, found.shape._replace(hidden_size=3072)) == {
        **LLAMA,
        "hidden_size": 3072,
        "head_dim": 128,
    }


def test_heads_that_transformers_would_refuse_are_refused():
    found = read(of(LLAMA))
    with pytest.raises(Invalid, match="Keep 16 heads"):
        pruned(found, found.shape._replace(heads=24, kv_heads=6))


_DERIVED = [
    "openai-community/gpt2",
    "facebook/opt-125m",
    "google-bert/bert-base-uncased",
    "EleutherAI/pythia-70m",
    "tiiuae/falcon-40b",
    "google/vit-base-patch16-224",
    "stabilityai/stablelm-3b-4e1t",
    "bigscience/bloom-560m",
    "MptConfig",
]


@pytest.mark.parametrize("name", _DERIVED)
def test_where_the_size_of_a_head_is_derived_heads_do_not_go_alone(name):
    found = read(json.dumps(CONFIGS[name]))
    group = found.shape.heads // found.shape.kv_heads
    fewer = found.shape._replace(heads=found.shape.heads - group, kv_heads=found.shape.kv_heads - 1)
    with pytest.raises(Invalid, match="divided by the heads"):
        pruned(found, fewer)
    with pytest.raises(Invalid, match="divided by the heads"):
        described(fewer, found.model_type, name)


def test_heads_and_width_go_together_where_the_size_of_a_head_is_derived():
    found = read(json.dumps(CONFIGS["facebook/opt-125m"]))
    config = pruned(found, found.shape._replace(hidden_size=384, heads=6, kv_heads=6))
    assert (config["hidden_size"], config["num_attention_heads"], config["word_embed_proj_dim"]) == (384, 6, 384)


def test_a_width_that_the_config_derives_is_refused():
    found = read(json.dumps(CONFIGS["bigscience/bloom-560m"]))
    with pytest.raises(Invalid, match="no key for intermediate"):
        pruned(found, found.shape._replace(intermediate=1024))


def test_what_has_no_key_is_refused():
    found = read(of(LLAMA))
    with pytest.raises(Invalid, match="no key for qk norm"):
        pruned(found, found.shape._replace(qk_norm=True))
    with pytest.raises(Invalid, match="not known here"):
        described(found.shape, "foo", "x")


def test_experts_that_do_not_fill_their_groups_are_refused():
    found = read(json.dumps(CONFIGS["deepseek-ai/DeepSeek-V3"]))
    assert pruned(found, with_experts(found.shape, 128))["n_routed_experts"] == 128
    with pytest.raises(Invalid, match="divisible by n_group"):
        pruned(found, with_experts(found.shape, 130))


def test_lists_that_run_over_the_layers_are_shortened():
    kinds = ["sliding_attention", "full_attention"] * 12
    config = {**CONFIGS["openai/gpt-oss-20b"], "layer_types": kinds, "torch_dtypes": [1]}
    found = read(json.dumps(config))
    assert pruned(found, with_layers(found.shape, 5))["layer_types"] == kinds[:5]
    smol = {**CONFIGS["HuggingFaceTB/SmolLM3-3B"], "no_rope_layers": [1, 1, 1, 0] * 9, "max_window_layers": 36}
    short = pruned(read(json.dumps(smol)), with_layers(read(json.dumps(smol)).shape, 6))
    assert (short["no_rope_layers"], short["max_window_layers"]) == ([1, 1, 1, 0, 1, 1], 6)
    deep = read(json.dumps(CONFIGS["deepseek-ai/DeepSeek-V3"] | {"first_k_dense_replace": 3}))
    assert pruned(deep, with_layers(deep.shape, 2))["first_k_dense_replace"] == 2


def test_a_nested_config_is_changed_in_place():
    config = {"model_type": "llava", "text_config": LLAMA, "vision_config": {"hidden_size": 1024}}
    found = read(json.dumps(config))
    assert pruned(found, with_layers(found.shape, 8)) == {**config, "text_config": {**LLAMA, "num_hidden_layers": 8}}


@st.composite
def cuts(draw):
    """A config and a valid cut of its shape."""
    name = draw(st.sampled_from(sorted(CONFIGS)))
    found = read(json.dumps(CONFIGS[name]))
    whole: Shape = found.shape
    kept = whole
    if draw(st.booleans()):
        kept = with_layers(kept, draw(st.integers(1, whole.layers)))
    if whole.experts and draw(st.booleans()):
        groups = found.config.get("n_group") or (8 if found.model_type == "deepseek_v3" else 1)
        least = -(-whole.experts_per_token // groups)
        kept = with_experts(kept, groups * draw(st.integers(least, whole.experts // groups)))
    if found.model_type not in ("bloom", "mpt"):
        kept = kept._replace(intermediate=draw(st.integers(1, whole.intermediate)))
        for field in ("dense_intermediate", "shared_intermediate"):
            if getattr(kept, field):
                kept = kept._replace(**{field: draw(st.integers(1, getattr(whole, field)))})
    derives = "head_dim" not in family_of(found.model_type).keys and not whole.kv_rank
    groups = draw(st.integers(1, whole.kv_heads))
    heads = groups * (whole.heads // whole.kv_heads)
    strict = family_of(found.model_type).strict
    if derives:
        if whole.kv_heads > 1:
            kept = kept._replace(heads=heads, kv_heads=groups, hidden_size=heads * whole.head_dim)
        if found.model_type in ("bloom", "mpt"):
            kept = kept._replace(intermediate=4 * kept.hidden_size)
    elif not whole.kv_rank or draw(st.booleans()):
        kept = kept._replace(heads=heads, kv_heads=groups)
        step = heads if strict else 1
        kept = kept._replace(hidden_size=step * draw(st.integers(1, max(1, whole.hidden_size // step))))
    return found, kept


@settings(max_examples=depth.cases(300, 3000))
@given(cuts())
def test_a_pruned_config_describes_the_pruned_model(case):
    found, kept = case
    again = read(json.dumps(pruned(found, kept))).shape
    assert count(again) == count(kept)
    assert linears(again) == linears(kept)
    assert (again.heads, again.kv_heads, again.head_dim) == (kept.heads, kept.kv_heads, kept.head_dim)


def test_dense_layers_between_the_experts_stay_as_many_as_the_cut_wants():
    # Every second of five layers is dense, and so are three of the four that stay: no step says that
    config = next(each for name, each in CONFIGS.items() if each.get("model_type") == "llama4_text")
    found = read(json.dumps(config | {"num_hidden_layers": 5, "interleave_moe_layer_step": 2}))
    kept = with_layers(found.shape, 4)
    assert (found.shape.dense_layers, kept.dense_layers) == (3, 3)
    assert read(json.dumps(pruned(found, kept))).shape.dense_layers == 3
