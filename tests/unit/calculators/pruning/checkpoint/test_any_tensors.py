"""Whatever tensors a file holds, by whatever names, types and shapes: all is said of them, or why not."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from app.calculators.pruning.checkpoint.exported import as_csv, as_object
from app.calculators.pruning.checkpoint.findings import Findings
from app.calculators.pruning.checkpoint.layouts import matrices
from app.calculators.pruning.checkpoint.scanning import counted, done, estimate, sample, task
from app.calculators.pruning.checkpoint.source import drive, files_of
from app.calculators.pruning.checkpoint.tensors import bytes_of, named
from app.calculators.pruning.checkpoint.verdict import scan, so_far
from app.calculators.pruning.checkpoint.zero_points import zeros_of
from app.calculators.pruning.model.storage import formats
from app.vocabulary.calculator import Invalid
from tests import depth
from tests.checkpoints import Memory, header_of, open_all

BASES = st.sampled_from(
    [
        "model.layers.0.mlp.up_proj",
        "model.layers.0.self_attn.q_proj",
        "model.layers.1.mlp.experts.gate_up_proj",
        "model.layers.1.mlp.experts.down_proj",
        "h.0.attn.c_attn",
        "lm_head",
        "conv1",
        "",
        ".",
        "experts.9999999999.w1",
        "layers.99999999999.x",
    ]
)
ENDS = st.sampled_from(
    [
        *("", ".weight", ".bias", ".weight_packed", ".weight_scale", ".weight_zero_point", ".weight_g_idx", ".qweight"),
        *(".qzeros", ".scales", ".g_idx", ".bitmask", ".compressed", "_blocks", "_scales", ".weight.absmax", ".biases"),
        *(".weight_scale_2", ".weight.quant_state.bitsandbytes__nf4", ".weight_global_scale"),
    ]
)
DTYPES = st.sampled_from([*named("safetensors"), "I32", "U8", "F16"])
SHAPES = st.lists(st.sampled_from([0, 1, 2, 3, 4, 6, 8, 16, 24]), max_size=4)
CONFIGS = st.sampled_from(
    [
        None,
        {"quantization_config": {"bits": 8}},
        {"quantization_config": {"config_groups": {"a": {"weights": {"num_bits": 3}}}, "sparsity_config": {"x": 1}}},
        {"quantization_config": {"checkpoint_format": "gptq_v2"}, "sparsity_config": {"global_sparsity": 1e308}},
        {"quantization_config": [], "sparsity_config": {"sparsity_structure": ["2:4"]}, "model_type": "llama"},
    ]
)


@settings(max_examples=depth.cases(40, 2000))
@given(
    st.dictionaries(st.tuples(BASES, ENDS), st.tuples(DTYPES, SHAPES), min_size=1, max_size=8), st.randoms(), CONFIGS
)
def test_any_tensors_are_scanned_or_refused(tensors: dict, random, config) -> None:  # type: ignore[no-untyped-def]
    entries, end = {}, 0
    for (base, part), (dtype, shape) in tensors.items():
        size = bytes_of(named("safetensors")[dtype], shape)
        entries[base + part] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    data = bytes(random.choice(b"\0\0\0\x80\x88\x01\xff") for _ in range(end))
    sources = [Memory("a.safetensors", header_of(json.dumps(entries), data))]
    if config is not None:
        sources.append(Memory("config.json", json.dumps(config).encode()))
    files = files_of(sources)
    checkpoint = open_all(sources)
    every = matrices(checkpoint)
    assert sum(each.stored_bytes for each in every) == end
    counts = {}
    for at, each in enumerate(every):
        if each.grid is None or not each.weights:
            assert each.grid is not None or each.why
            continue
        try:
            counts[at] = drive(counted(files, each), sources)
        except Invalid as refused:
            assert str(refused)
        else:
            assert counts[at].weights == each.weights
    found = scan(Findings(checkpoint, every, counts))
    assert found.verdict.headline and json.loads(json.dumps(as_object(found))) and as_csv(found)
    # No format has more beside the value of a weight than its index and its row's (COO: 128 bits).
    index = max(each.index_per_weight + each.index_per_kept + each.index_per_row for each in formats())
    most = end + sum(each.weights * (each.value_bits + index) / 8 for each in every)
    assert all(0 <= each.bytes <= most for each in found.stored)
    drawn = []
    for each in sample(every, 500):
        if each.matrix in counts:
            what = task(every[each.matrix], drive(zeros_of(files, every[each.matrix]), sources), each.piece)
            drawn.append((each, done(what, sources[what.where.file].read(what.where.offset, what.where.length))))
    assert so_far(estimate(every, drawn))
