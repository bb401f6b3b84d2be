"""Why a pruned or quantized model is not smaller or faster: the causes that apply to a result, most likely first.

`causes.csv` says of each cause what is wrong, how to tell and what helps, with its source. Here stands when it applies:
a short function for each, of the `Result` and of what the visitor says was observed (`Check`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import fsum
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, rows, source_of
from app.calculators.pruning.model.architecture import linears
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.options import Result
from app.calculators.pruning.software import target
from app.calculators.pruning.speed.devices import arithmetic, supports_24
from app.calculators.pruning.speed.roofline import adding_up_us, bound, dense_pass, roofs
from app.vocabulary.calculator import Figure, Line
from app.vocabulary.quantity import show_exact, show_ratio, show_share


class Check(NamedTuple):
    """What a visitor saw of the model: what was `observed`, how it was `stored`, and what `runs` it, each a value of
    the field of that name.
    """

    observed: str = "none"
    stored: str = "unknown"
    runs: str = "unknown"


class Applies(NamedTuple):
    """That a cause applies: for `sure`, or if what was not said is so. `here` is what shows it at these inputs."""

    sure: bool = True
    here: Line = ()


class Cause(NamedTuple):
    """One cause: what is `wrong`, how to `tell`, what `helps`, and where that was read."""

    key: str
    wrong: str
    tell: str
    helps: str
    source: Source
    applies: Applies


_EXPLAINS = {"file": "file", "memory": "memory", "not-faster": "speed", "slower": "slower"}
"""What of `causes.csv` explains what was observed."""


def causes(result: Result, check: Check) -> tuple[Cause, ...]:
    """The causes that explain what was observed, or that would keep the model from being smaller or faster: first those
    that apply for sure, the most reported ones first.
    """
    wanted = _EXPLAINS.get(check.observed, "")
    found = [
        Cause(row["key"], row["wrong"], row["tell"], row["helps"], source_of(row), applies)
        for row in _listed()
        if wanted in ["", *row["explains"].split()] and (applies := CONDITIONS[row["key"]](result, check))
    ]
    return tuple(sorted(found, key=lambda each: not each.applies.sure))


@cache
def _listed() -> tuple[dict[str, str], ...]:
    return rows("causes.csv")


# --- what conditions have in common ---


def _if_said(said: str, *values: str) -> Applies | None:
    """For sure if one of `values` was said, possibly if nothing was."""
    return Applies(said != "unknown") if said in (*values, "unknown") else None


def _has_zeros(result: Result) -> bool:
    return result.chosen.pruning in ("unstructured", "2:4", "n:m")


def _as_24(result: Result) -> bool:
    """Whether what was chosen is 2:4 to hardware."""
    pruning, pattern = result.chosen.pruning, result.question.pattern
    return pruning == "2:4" or (pruning == "n:m" and pattern.within("2:4"))


def _unstructured(result: Result) -> bool:
    """Whether what was chosen is unstructured to hardware."""
    return _has_zeros(result) and not _as_24(result)


def _runs_24(result: Result, check: Check, *engines: str) -> Applies | None:
    """Whether the device runs it as 2:4, in one of the engines."""
    return _if_said(check.runs, *engines) if _as_24(result) and result.chosen.runs_24 else None


def _dtype(result: Result) -> str:
    """The type that the weights end up in."""
    return result.chosen.dtype or result.question.dtype


def _share(value: float) -> Figure:
    return Figure(value, show_share(value))


def _number(value: float) -> Figure:
    return Figure(value, show_exact(round(value)))


def _applies_if(true: bool, *here: str | Figure) -> Applies | None:
    return Applies(here=here) if true else None


# --- the file, and the memory ---


def _mask_kept(result: Result, check: Check) -> Applies | None:
    if result.chosen.pruning == "dense" or check.runs not in ("unknown", "pytorch"):
        return None
    return _if_said(check.stored, "mask")


def _channels_only_zeroed(result: Result, check: Check) -> Applies | None:
    if result.chosen.pruning != "structured" or check.stored not in ("unknown", "mask", "dense"):
        return None
    return Applies(check.stored == "mask")


def _zeros_in_dense_file(result: Result, check: Check) -> Applies | None:
    return _if_said(check.stored, "dense") if _has_zeros(result) else None


def _compressed_writes_dense(result: Result, check: Check) -> Applies | None:
    return _applies_if(_has_zeros(result) and check.stored == "compressed")


MOST_LEFT_ALONE = 0.15
"""The share of the parameters that pruning leaves alone, from which on it is worth saying."""


def _rest_stays(result: Result, _: Check) -> Applies | None:
    question = result.question
    share = 1 - question.groups.pruned / question.model.total
    pruned = result.chosen.pruning != "dense"
    return _applies_if(pruned and share >= MOST_LEFT_ALONE, _share(share), " of the parameters are not pruned")


def _rest_keeps_16_bits(result: Result, _: Check) -> Applies | None:
    held = result.chosen.device
    share = held.rest / held.total if held.total else 0.0
    return _applies_if(bool(result.chosen.to) and share >= MOST_LEFT_ALONE, _share(share), " of the bytes")


def _llama_cpp_stores_zeros(result: Result, check: Check) -> Applies | None:
    return _applies_if(_has_zeros(result) and check.runs == "llama.cpp")


def _zeros_were_lost(result: Result, check: Check) -> Applies | None:
    return Applies(False) if _has_zeros(result) and result.chosen.to and check.runs != "llama.cpp" else None


MOST_CACHE = 0.3
"""The share of the KV cache in weights and cache from which on it is worth saying."""


def _cache_dominates(result: Result, _: Check) -> Applies | None:
    fit, chosen = result.chosen.fit, result.chosen
    share = (fit.cache or 0.0) / (fit.weights + (fit.cache or 0.0) or 1.0)
    shrinks = chosen.model is not result.question.model or chosen.heads < 1
    return _applies_if(share >= MOST_CACHE and not shrinks, _share(share), " of weights and cache together")


def _vllm_reserves(_: Result, check: Check) -> Applies | None:
    return _if_said(check.runs, "vllm") if check.observed == "memory" or check.runs == "vllm" else None


def _allocator_keeps(result: Result, check: Check) -> Applies | None:
    on_gpu = result.question.device.maker in ("nvidia", "amd")
    return Applies(False) if on_gpu and check.observed == "memory" and check.runs in ("unknown", "pytorch") else None


# --- the kernels that skip no zero ---


def _onnxruntime_multiplies_zeros(result: Result, check: Check) -> Applies | None:
    return _applies_if(_has_zeros(result) and check.runs == "onnxruntime")


def _cpu_has_no_sparse_engine(result: Result, check: Check) -> Applies | None:
    return _applies_if(_unstructured(result) and result.question.device.maker == "cpu" and check.runs != "llama.cpp")


def _kernels_multiply_zeros(result: Result, check: Check) -> Applies | None:
    own = check.runs in ("llama.cpp", "onnxruntime") or result.question.device.maker == "cpu"
    return _applies_if(result.chosen.pruning == "unstructured" and not own)


def _pattern_has_no_hardware(result: Result, _: Check) -> Applies | None:
    no = result.chosen.pruning == "n:m" and not _as_24(result)
    return _applies_if(no, result.question.pattern.words)


def _device_has_no_24(result: Result, _: Check) -> Applies | None:
    device = result.question.device
    return _applies_if(_as_24(result) and device.has_24 is False, device.name)


def _type_has_no_24(result: Result, _: Check) -> Applies | None:
    device, dtype = result.question.device, _dtype(result)
    no = _as_24(result) and device.has_24 is not False and supports_24(device, dtype) is False
    return _applies_if(no, f"{types()[dtype].name} on {device.name}")


def _vllm_removed_24(result: Result, check: Check) -> Applies | None:
    return _if_said(check.runs, "vllm") if _as_24(result) else None


def _not_converted(result: Result, check: Check) -> Applies | None:
    return _runs_24(result, check, "pytorch")


def _tensorrt_chose_dense(result: Result, check: Check) -> Applies | None:
    return _runs_24(result, check, "tensorrt")


def _cusparselt_0_8_0(result: Result, check: Check) -> Applies | None:
    device = result.question.device
    found = _runs_24(result, check, "pytorch")
    slow = device.key == "l4" or device.key.startswith("h100-")
    return Applies(False, (device.name,)) if slow and found else None


# --- where kernels gain nothing ---

FEW = 64
"""Tokens of a pass below which 2:4 kernels pad them."""


def _few_tokens(result: Result, _: Check) -> Applies | None:
    fewest = min(run.tokens for run in result.question.runs)
    few = _as_24(result) and result.chosen.runs_24 and fewest < FEW
    return _applies_if(few, _number(fewest), " tokens a pass" if fewest > 1 else " token a pass")


def _not_compiled(result: Result, check: Check) -> Applies | None:
    found = _runs_24(result, check, "pytorch")
    return found and found._replace(sure=False)


def _fp8_24_on_ada(result: Result, check: Check) -> Applies | None:
    device = result.question.device
    found = _if_said(check.runs, "tensorrt")
    there = _as_24(result) and _dtype(result) == "fp8" and target(device.arch) == "sm89"
    return found._replace(here=(device.name,)) if there and found else None


_TILES = {16: (32, 64), 8: (16, 128)}
"""Rows and columns of which PyTorch's 2:4 tensors must be multiples with CUTLASS, by bits of a weight."""


def _24_sizes(result: Result, check: Check) -> Applies | None:
    found, shape = _runs_24(result, check, "pytorch"), result.chosen.model.shape
    tile = _TILES.get(round(types()[_dtype(result)].values))
    if not found or shape is None or tile is None:
        return None
    odd = [each for each in linears(shape) if each.outputs % tile[0] or each.inputs % tile[1]]
    if not odd:
        return None
    first = odd[0]
    return found._replace(here=(f"{first.name}: ", _number(first.outputs), " × ", _number(first.inputs)))


def _odd_width(result: Result, _: Check) -> Applies | None:
    chosen, shape = result.chosen, result.chosen.model.shape
    if chosen.pruning != "structured" or shape is None or chosen.model is result.question.model:
        return None
    multiple = 64 if types()[_dtype(result)].bits >= 16 else 128
    widths = (("hidden width", shape.hidden_size), ("MLP width", shape.intermediate))
    odd = next(((name, width) for name, width in widths if width % multiple), None)
    return Applies(here=(f"{odd[0]} ", _number(odd[1]))) if odd else None


def _odd_head(result: Result, _: Check) -> Applies | None:
    shape = result.chosen.model.shape
    odd = shape is not None and (shape.head_dim % 8 != 0 or shape.head_dim > 256)
    return Applies(here=("head dimension ", _number(shape.head_dim))) if shape and odd else None


def _same_experts_per_token(result: Result, _: Check) -> Applies | None:
    shape, batch = result.chosen.model.shape, result.question.workload.batch
    if result.question.keep.experts is None or shape is None or result.chosen.pruning != "structured":
        return None
    few = batch * shape.experts_per_token < shape.experts
    return _applies_if(few, _number(batch), " × ", _number(shape.experts_per_token), " experts a token")


def _width_is_not_proportional(result: Result, _: Check) -> Applies | None:
    keep = result.question.keep
    by_width = keep.all or bool(keep.ffn or keep.hidden)
    return Applies(False) if result.chosen.pruning == "structured" and by_width else None


def _4_bit_prompts(result: Result, _: Check) -> Applies | None:
    likely = result.chosen.prefill.likely
    slower = result.chosen.to == "int4" and likely < 1
    return _applies_if(slower, "prefill at ", Figure(likely, show_ratio(likely)))


MANY = 8
"""Concurrent requests from which on INT4 AWQ was slower than BF16."""


def _4_bit_many_requests(result: Result, _: Check) -> Applies | None:
    batch = result.question.workload.batch
    on_gpu = result.question.device.maker != "cpu"
    return _applies_if(result.chosen.to == "int4" and on_gpu and batch >= MANY, _number(batch), " requests")


def _no_arithmetic_in_type(result: Result, _: Check) -> Applies | None:
    device, dtype = result.question.device, _dtype(result)
    how = arithmetic(device, dtype)
    no = how is not None and how.weight_only and types()[dtype].base in ("int8", "fp8", "mxfp4", "nvfp4")
    return _applies_if(no, f"{types()[dtype].name} on {device.name}")


def _bitsandbytes_8_bit(result: Result, check: Check) -> Applies | None:
    in_8 = result.chosen.to == "int8" and result.question.device.maker == "nvidia"
    return Applies(False) if in_8 and check.runs in ("unknown", "pytorch") else None


def _cpu_without_int8(result: Result, check: Check) -> Applies | None:
    on_cpu = result.chosen.to == "int8" and result.question.device.maker == "cpu"
    return Applies(False) if on_cpu and check.runs in ("unknown", "onnxruntime") else None


def _overhead_bound(result: Result, _: Check) -> Applies | None:
    if not _gains(result):
        return None
    found = [run.phase for run in result.question.runs if dense_pass(run) and bound(run) == "overhead"]
    return _applies_if(bool(found), " and ".join(dict.fromkeys(found)))


MOST_ADDING_UP = 0.1
"""The share of the time in all-reduces from which on it is worth saying."""


def _all_reduce(result: Result, _: Check) -> Applies | None:
    question = result.question
    if question.split.tensor == 1 or not _gains(result):
        return None
    here: tuple[str | Figure, ...] = ()
    for run in question.runs[: 2 if question.model.kind == "decoder" else 1]:
        found = dense_pass(run)
        share = adding_up_us(roofs(run.model, run.split.tensor)[0], run) / fsum(found) if found else 0.0
        if share >= MOST_ADDING_UP:
            here += (*((", ",) if here else ()), _share(share), f" of {run.phase}")
    return _applies_if(bool(here), *here)


MOST_OUTSIDE = 0.25
"""The share of the time outside the block matrices from which on it is worth saying."""


def _rest_of_the_time(result: Result, _: Check) -> Applies | None:
    if not _gains(result):
        return None
    here: tuple[str | Figure, ...] = ()
    for run in result.question.runs[: 2 if result.question.model.kind == "decoder" else 1]:
        found = dense_pass(run)
        if found and found.rest_us / fsum(found) >= MOST_OUTSIDE:
            here += (*((", ",) if here else ()), _share(found.rest_us / fsum(found)), f" of {run.phase}")
    return _applies_if(bool(here), *here)


def _not_synchronized(result: Result, check: Check) -> Applies | None:
    on_gpu = result.question.device.maker != "cpu"
    measured = check.observed in ("not-faster", "slower")
    return Applies(False) if on_gpu and measured and check.runs in ("unknown", "pytorch") else None


def _gains(result: Result) -> bool:
    """Whether the matrices get faster at all: what keeps the whole from following is asked only then."""
    chosen = result.chosen
    return bool(chosen.to) or chosen.pruning == "structured" or chosen.runs_24


CONDITIONS: dict[str, Callable[[Result, Check], Applies | None]] = {
    "zeros-in-dense-file": _zeros_in_dense_file,
    "mask-kept": _mask_kept,
    "channels-only-zeroed": _channels_only_zeroed,
    "compressed-writes-dense": _compressed_writes_dense,
    "rest-stays": _rest_stays,
    "rest-keeps-16-bits": _rest_keeps_16_bits,
    "llama-cpp-stores-zeros": _llama_cpp_stores_zeros,
    "onnxruntime-multiplies-zeros": _onnxruntime_multiplies_zeros,
    "cpu-has-no-sparse-engine": _cpu_has_no_sparse_engine,
    "kernels-multiply-zeros": _kernels_multiply_zeros,
    "pattern-has-no-hardware": _pattern_has_no_hardware,
    "device-has-no-24": _device_has_no_24,
    "type-has-no-24": _type_has_no_24,
    "vllm-removed-24": _vllm_removed_24,
    "not-converted": _not_converted,
    "tensorrt-chose-dense": _tensorrt_chose_dense,
    "cusparselt-0-8-0": _cusparselt_0_8_0,
    "few-tokens": _few_tokens,
    "not-compiled": _not_compiled,
    "fp8-24-on-ada": _fp8_24_on_ada,
    "24-sizes": _24_sizes,
    "odd-width": _odd_width,
    "odd-head": _odd_head,
    "same-experts-per-token": _same_experts_per_token,
    "width-is-not-proportional": _width_is_not_proportional,
    "4-bit-prompts": _4_bit_prompts,
    "4-bit-many-requests": _4_bit_many_requests,
    "no-arithmetic-in-type": _no_arithmetic_in_type,
    "bitsandbytes-8-bit": _bitsandbytes_8_bit,
    "cpu-without-int8": _cpu_without_int8,
    "zeros-were-lost": _zeros_were_lost,
    "overhead-bound": _overhead_bound,
    "all-reduce": _all_reduce,
    "rest-of-the-time": _rest_of_the_time,
    "cache-dominates": _cache_dominates,
    "vllm-reserves": _vllm_reserves,
    "allocator-keeps": _allocator_keeps,
    "not-synchronized": _not_synchronized,
}
"""When each cause of `causes.csv` applies."""
