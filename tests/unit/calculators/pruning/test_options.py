"""Claims about the options side by side."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calculators.pruning.goal import pace
from app.calculators.pruning.inputs import QUANTIZE, QUANTIZED, STRUCTURES
from app.calculators.pruning.model.architecture import bare, preset, presets
from app.calculators.pruning.model.cuts import Keep
from app.calculators.pruning.model.memory import Overhead
from app.calculators.pruning.model.storage import NM, types
from app.calculators.pruning.options import compute
from app.calculators.pruning.options import option as priced
from app.calculators.pruning.question import Question
from app.calculators.pruning.show.curves import GRID, lines
from app.calculators.pruning.speed.devices import device, devices
from app.calculators.pruning.speed.run import Workload
from tests import depth

questions = st.builds(
    Question,
    st.sampled_from([*presets(), bare(7_000_000_000), bare(1), bare(10**15)]),
    st.floats(0, 1),
    st.sampled_from([choice.value for choice in STRUCTURES]),
    st.sampled_from(list(types())),
    st.floats(0, 1),
    st.sampled_from(devices()),
    st.builds(Workload, st.integers(1, 8192), st.integers(1, 64), st.integers(1, 8192), st.sampled_from([8, 16])),
    st.integers(1, 4096),
    st.sampled_from([NM(4, 8), NM(1, 4), NM(1, 2), NM(6, 8), NM(2, 8), NM(1, 64)]),
    st.just(Keep()),
    st.sampled_from([None, 24e9]),
    st.just(Overhead(of_device=0.1)),
    st.sampled_from([key for key, kind in types().items() if kind.base == "int4"]),
    st.sampled_from([choice.value for choice in QUANTIZED]),
    st.sampled_from([1, 2, 8, 1000]),
    st.sampled_from([choice.value for choice in QUANTIZE]),
)


def ask(name="Llama-3.1-8B", sparsity=0.5, structure="2:4", dtype="bf16", key="h100-sxm", prunable=None):
    model = preset(name) if isinstance(name, str) else bare(name)
    share = model.prunable if prunable is None else prunable
    return compute(Question(model, sparsity, structure, dtype, share, device(key)))


def by_key(result):
    return {option.key: option for option in result.options}


@settings(max_examples=depth.cases(100, 1000))
@given(questions)
def test_without_the_ends_of_its_ranges_an_option_is_as_likely_and_as_large(asked):
    for whole in compute(asked).options:
        alone = priced(asked._replace(ends=False), whole.key)
        assert (alone.prefill.likely, alone.decode.likely) == (whole.prefill.likely, whole.decode.likely), whole.key
        assert (pace(alone), alone.fit) == (pace(whole), whole.fit), whole.key


@settings(max_examples=depth.cases(20, 200))
@given(questions)
def test_a_curve_goes_through_what_the_options_say(asked):
    for line in lines(asked):
        points = [priced(asked._replace(sparsity=each, quantize="none"), line.label.lower()) for each in GRID]
        assert [*line.points] == [(each.fit.needed, pace(each)) for each in points]


@settings(max_examples=depth.cases(300, 3000))
@given(questions)
def test_what_holds_of_every_answer(asked):
    result = compute(asked)
    keys = [option.key for option in result.options]
    other = ["n:m"] if asked.structure == "n:m" else []
    assert keys[: 4 + len(other)] == ["dense", "unstructured", "2:4", *other, "structured"]
    eight = keys[4 + len(other)]
    assert eight in ("int8", "fp8")
    to = {"none": "", "8-bit": eight, "4-bit": "int4"}[asked.quantize]
    assert keys[5 + len(other) : 9 + len(other)] == ["int4", f"{eight}+2:4", "int4+2:4", "structured+int4"]
    assert keys[9 + len(other) :] in ([], [result.chosen.key]), "what only this visitor asks for comes last"
    assert (result.chosen.pruning, result.chosen.to) == (asked.structure, to)
    assert result.chosen.key in keys
    for option in result.options:
        assert option.remaining_params + option.removed_params == pytest.approx(asked.model.total)
        assert 0 <= option.remaining_params <= asked.model.total
        assert option.executed_flops <= option.dense_flops * (1 + 1e-12)
        assert option.paper_flops <= option.executed_flops * (1 + 1e-12)
        for paper, executed, dense in zip(option.paper, option.executed, option.dense, strict=True):
            assert paper.total <= executed.total * (1 + 1e-12) <= dense.total * (1 + 2e-12)
        if option.device.format != "2:4-pairs":  # no released software writes FP4 in pairs: the file stays dense
            assert option.disk_bytes <= option.device_bytes * (1 + 1e-12)
        for found in (option.prefill, option.decode):
            assert 0 < found.low <= found.likely <= found.high
    for option in result.options[:4]:  # no other type
        assert option.disk_bytes <= result.dense.disk_bytes * (1 + 1e-12)


@given(questions, st.floats(0, 1))
def test_more_sparsity_is_never_more_parameters_bytes_or_work(asked, other):
    low, high = sorted((asked.sparsity, other))
    sparse, sparser = (compute(asked._replace(sparsity=at)).chosen for at in (low, high))
    assert sparser.remaining_params <= sparse.remaining_params * (1 + 1e-12)
    assert sparser.disk_bytes <= sparse.disk_bytes * (1 + 1e-9)
    assert sparser.device_bytes <= sparse.device_bytes * (1 + 1e-12)
    assert sparser.executed_flops <= sparse.executed_flops * (1 + 1e-12)


def test_the_headline_formula():
    # remaining = P (1 - c s); with c = 1 it is P (1 - s)
    assert ask(7_000_000_000, structure="unstructured").chosen.remaining_params == 3.5e9
    llama = preset("Llama-3.1-8B")
    assert ask().chosen.remaining_params == pytest.approx(llama.total * (1 - llama.prunable * 0.5))


def test_two_of_four_is_one_half_whatever_sparsity_is_typed():
    assert ask(sparsity=0.9).chosen.sparsity == 0.5
    assert ask(sparsity=0.9).chosen == ask(sparsity=0.1).chosen


def test_scattered_zeros_stay_in_memory_and_in_the_arithmetic():
    for sparsity in (0.0, 0.5, 0.9):
        chosen = ask(7_000_000_000, sparsity, "unstructured", "fp16").chosen
        assert chosen.device_bytes == 14e9
        assert chosen.executed_flops == chosen.dense_flops == 14e9
        assert chosen.paper_flops == pytest.approx(14e9 * (1 - sparsity))


def test_two_of_four_shrinks_the_blocks_only_where_hardware_supports_it():
    chosen = ask(7_000_000_000, dtype="fp16", key="a100-80gb").chosen
    assert chosen.device_bytes == 7e9 * 9 / 8
    assert chosen.executed_flops == 7e9
    without = ask(7_000_000_000, dtype="fp16", key="v100").chosen
    assert without.device_bytes == 14e9
    assert without.executed_flops == 14e9


def test_embedding_head_and_norms_stay_sixteen_bit_when_the_blocks_are_quantized():
    # storage_formats.csv on GPTQ/AWQ: whole model Llama-2-7B about 3.46x smaller, Llama-3.1-8B about 2.8x
    for name, ratio in (("Llama-2-7B", 3.46), ("Llama-3.1-8B", 2.8)):
        result = ask(name)
        assert result.dense.disk_bytes / by_key(result)["int4"].disk_bytes == pytest.approx(ratio, rel=0.01)


def test_quantization_removes_no_parameter():
    result = ask()
    for key in ("int8", "int4"):
        assert by_key(result)[key].removed_params == 0


def test_disk_falls_back_to_dense_where_nothing_is_smaller():
    chosen = ask(7_000_000_000, 0.01, "unstructured", "fp16").chosen
    assert chosen.disk.format == "dense"
    assert ask(7_000_000_000, 0.5, "unstructured", "fp16").chosen.disk.format == "bitmask"
    assert ask(7_000_000_000, 0.99, "unstructured", "fp16").chosen.disk.format == "csr-int32"


def test_formats_that_no_software_writes_are_listed_but_not_chosen():
    result = ask(7_000_000_000, 0.5, "unstructured", "int4")
    assert result.chosen.disk.format == "dense"
    assert any(entry.key == "bitmask" and not entry.written for entry in result.formats)


def test_flops_are_two_per_multiply_add_and_count_the_context():
    llama = preset("Llama-3.1-8B")
    dense = ask().dense.dense.token
    assert dense.blocks == 2 * llama.parts.active_blocks
    assert dense.head == 2 * 128256 * 4096
    assert dense.attention == 4 * 32 * 32 * 128 * 2048


def test_resnet_50_takes_8_gflops_an_image():
    # Torch-Pruning README: 4.12 GMACs
    assert ask("ResNet-50").dense.dense_flops == 8.24e9


def test_every_option_says_what_software_does_with_it():
    for option in ask().options:
        assert option.runs_on
        for row in option.runs_on:
            assert row.source.url.startswith("https://")
            assert row.source.as_of


def test_two_of_four_support_is_dated():
    # vLLM pull request 36799
    row = next(row for row in ask().chosen.runs_on if row.engine == "vLLM")
    assert (row.status, row.source.url) == ("removed", "https://github.com/vllm-project/vllm/pull/36799")


def test_a_pattern_within_two_of_four_runs_on_its_hardware_and_another_does_not():
    llama = preset("Llama-3.1-8B")

    def chosen(pattern):
        return compute(Question(llama, 0.5, "n:m", "bf16", llama.prunable, device("h100-sxm"), pattern=pattern)).chosen

    sparser, other = chosen(NM(1, 4)), chosen(NM(4, 8))
    assert sparser.device_bytes == ask().chosen.device_bytes  # stored as 2:4, its missing weights as zeros
    assert sparser.executed_flops == ask().chosen.executed_flops
    assert sparser.paper_flops < sparser.executed_flops
    assert sparser.prefill == ask().chosen.prefill
    assert other.device_bytes == other.fit.weights == ask().dense.device_bytes
    assert other.executed_flops == other.dense_flops
    assert other.decode.likely == other.decode.low == 1  # only a research kernel gains
    assert chosen(NM(7, 8)).prefill.high < other.prefill.high < ask().chosen.prefill.high


def test_fp4_wants_its_zeros_in_pairs():
    chosen = ask(7_000_000_000, dtype="nvfp4", key="b200").chosen
    assert chosen.device.format == "2:4-pairs"
    assert chosen.device_bytes == 7e9 * (2 + 0.5 + 0.5) / 8  # half the values, their index, all the scales
    assert "pairs" in chosen.prefill.basis


def test_row_pointers_are_counted_where_the_shape_is_known():
    # Llama-2-7B: 32 layers of 3 x 4096 + 4096 + 2 x 11008 + 4096 rows, 32 bits each
    result = ask("Llama-2-7B", 0.9, "unstructured", "fp16")
    csr = next(entry for entry in result.formats if entry.key == "csr-int32")
    rows = 32 * (4 * 4096 + 2 * 11008 + 4096)
    assert csr.bytes.pruned == pytest.approx(6_476_005_376 * 0.1 * 48 / 8 + 4 * rows, rel=1e-12)


def test_blocks_of_zeros_are_priced_apart_from_scattered_ones():
    found = {entry.key: entry for entry in ask(7_000_000_000, 0.8, "unstructured", "bf16").formats}
    # torchao: whole-model BSR figures assume whole blocks; facts: 64 x 64 at 80%
    assert found["bsr-64-whole"].bits_per_weight == pytest.approx(0.2 * 16 + 0.2 * 32 / 4096)
    assert found["bsr-64"].bits_per_weight > 16
