"""The time of a pass through a model, from a roofline drawn for every matrix.

The block matrices take what their products take (`kernels`). End to end, the host, the layers' small work, the head and
the attention stay as they are (Amdahl). Constants stand in `fitted.csv`, which `make fit` writes. Times are
microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from math import (
    fsum,  # sum() rounds as the Python version pleases, and the page must equal CPython to the last bit
    inf,
    log,
)
from typing import NamedTuple

from app.calculators.pruning.data.tables import constant, known
from app.calculators.pruning.model.architecture import Linear, Model, Shape, linears, presets
from app.calculators.pruning.model.flops import mixing_of_prompt, mixing_of_token
from app.calculators.pruning.model.memory import STATE_BITS, read_values, state_values
from app.calculators.pruning.model.parallel import all_reduces, share_of
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.speed.devices import Device, arithmetic
from app.calculators.pruning.speed.engines import Overhead
from app.calculators.pruning.speed.kernels import Kernel, bandwidth_share, dense_kernel, matmul_us, power_of, timed_as
from app.calculators.pruning.speed.links import link_of
from app.calculators.pruning.speed.run import Run


class Pass(NamedTuple):
    """One pass through the model in microseconds: the block matrices, and everything else."""

    blocks_us: float
    rest_us: float


class Roof(NamedTuple):
    """What of a model the roofline needs: the block matrices, and what sizes the rest.

    The KV cache and the state of recurrent layers are those of `shape`, `growth` times as wide and deep. `generates` is
    false for a model that only reads its input. Of several devices that share a layer, each does the share `small` of
    its small work: as much as its matrices put out of what all of them do.
    """

    matrices: tuple[Linear, ...]
    layers: float
    hidden_size: float
    vocab: int
    shape: Shape
    growth: float
    generates: bool
    small: float
    kv_bytes: float | None = None
    state_bytes: float = 0.0


@lru_cache(maxsize=256)
def roof(shape: Shape, tensor: int = 1, scale: float = 1.0) -> Roof:
    """The roof of a shape, or of the share of one of `tensor` devices; with `scale`, of one with that many times the
    parameters in its blocks.

    Layers and both sides of every matrix grow by the cube root, as models of one family roughly do.
    """
    side, whole, shape = power_of(scale, 1 / 3), shape, share_of(shape, tensor)
    return Roof(
        matrices=tuple(
            entry._replace(outputs=entry.outputs * side, inputs=entry.inputs * side, layers=entry.layers * side)
            for entry in linears(shape)
        ),
        layers=shape.layers * side,
        hidden_size=shape.hidden_size * side,
        vocab=shape.vocab,
        shape=shape,
        growth=side * side,
        generates=shape.kind == "decoder",
        small=1.0 if tensor == 1 else _put_out(shape) / _put_out(whole),
    )


def _put_out(shape: Shape) -> float:
    """Values that the block matrices put out for one token."""
    return fsum(each.outputs * each.per_token * each.layers for each in linears(shape))


@cache
def _dense_presets() -> tuple[Model, ...]:
    return tuple(model for model in presets() if model.shape and model.kind == "decoder" and not model.shape.experts)


STAND_INS = 3
"""How many presets of the nearest sizes stand in for a bare number of parameters: their spread widens the
range.
"""


@lru_cache(maxsize=256)
def stand_ins(total: int) -> tuple[Model, ...]:
    """The dense presets nearest in size to `total` parameters, nearest first."""
    return tuple(sorted(_dense_presets(), key=lambda model: abs(log(model.total / max(total, 1))))[:STAND_INS])


@lru_cache(maxsize=256)
def roofs(model: Model, tensor: int = 1) -> tuple[Roof, ...]:
    """The roofs to draw for one of `tensor` devices: the model's own, those of its stand-ins scaled to its size, or
    none for a CNN.
    """
    if model.shape is not None:
        return (roof(model.shape, tensor),)
    if model.kind == "cnn":
        return ()
    active = model.total * model.active_share
    return tuple(
        _by_hand(roof(found.shape, tensor, active * model.prunable / found.parts.prunable), model)
        for found in stand_ins(round(active))
        if found.shape and found.parts
    )


def roofs_of(run: Run) -> tuple[Roof, ...]:
    """The roofs to draw for a run: the first, by which it is likely, and those that widen its range where its ends are
    asked for.
    """
    return roofs(run.model, run.split.tensor)[: None if run.ends else 1]


def _by_hand(drawn: Roof, model: Model) -> Roof:
    """A stand-in for a model of which only some parameters work on a token, as if they were one of that many experts,
    and whose cache is said.
    """
    if model.active_share < 1:
        experts = 1 / model.active_share
        drawn = drawn._replace(matrices=tuple(each._replace(experts=experts) for each in drawn.matrices))
    return drawn._replace(kv_bytes=model.kv_bytes, state_bytes=model.state_bytes)


def _products(
    drawn: Roof, tokens: int, kept: float, stretch: float
) -> Iterator[tuple[float, float, float, float, float]]:
    """How often each product of the block matrices is done, its tokens, outputs and inputs, and how often its weight is
    read.
    """
    for matrix in drawn.matrices:
        n, k = matrix.outputs, matrix.inputs
        if matrix.cut == "outputs":
            n *= kept
        else:
            k *= kept
        read = 1.0
        if matrix.experts > 1:
            # Experts that at least one of the tokens chose, if all are chosen alike.
            read = matrix.experts * (1 - power_of(1 - matrix.per_token / matrix.experts, tokens))
        yield matrix.layers, tokens * matrix.per_token, n, k * stretch, read


@lru_cache(maxsize=1024)
def blocks_us(drawn: Roof, kernel: Kernel, tokens: int, kept: float = 1.0, stretch: float = 1.0) -> float:
    """The time of all block matrices for `tokens` tokens, each cut to the share `kept` of its cut side, or with inputs
    stretched, as `NM.stretch_24` has it.
    """
    power = constant("power", "gemm").value
    total = 0.0
    for times, routed, n, k, read in _products(drawn, tokens, kept, stretch):
        total += times * matmul_us(routed, n, k, kernel, power, read)
    return round(total, 6)  # see power_of


class Spot(NamedTuple):
    """Where the block matrices of a pass stand under a roofline: FLOPs per byte that is moved, and FLOPs per
    microsecond that are reached. The zeros of 2:4 count as FLOPs, as they do in a datasheet's peak.
    """

    intensity: float
    flops_per_us: float


def spot(drawn: Roof, kernel: Kernel, tokens: int, kept: float = 1.0) -> Spot:
    """The spot of a pass of `tokens` tokens."""
    flops = moved = 0.0
    for times, routed, n, k, read in _products(drawn, tokens, kept, 1.0):
        flops += times * 2 * routed * n * k
        traffic = routed * (k * kernel.activation_bytes + n * kernel.output_bytes)
        moved += times * (traffic + read * n * k * kernel.weight_bytes)
    return Spot(round(flops / moved, 6), round(flops / blocks_us(drawn, kernel, tokens, kept), 6))


class Rest(NamedTuple):
    """What pruning of the matrices leaves of a pass, in microseconds: `fixed_us` for host, requests and the head,
    `layers_us` for the small work of all layers and for adding up what several devices have of them, `attention_us` to
    bring tokens together: those of the prompts, or one with all that is in the KV cache or in a state. The last two
    shrink when whole layers go, the last also with heads.
    """

    fixed_us: float
    layers_us: float
    attention_us: float


@lru_cache(maxsize=64)
def _in_16_bits(run: Run) -> Run:
    """A run whose rest is that of the `run`: in 16 bits with weights of most types, so that it is computed once."""
    return run._replace(dtype="fp16") if types()[run.dtype].rest_bits >= 16 else run


def rest_of(drawn: Roof, run: Run) -> Rest:
    """The rest of one pass of `run`, of its model or of one that stands in for it."""
    return _rest_of(drawn, _in_16_bits(run))


@lru_cache(maxsize=1024)
def _rest_of(drawn: Roof, run: Run) -> Rest:
    device, work = run.device, run.workload
    wide = arithmetic(device, "fp16")
    if wide is None or device.bandwidth_gb_s is None:
        raise ValueError(f"no peaks for {device.name}")
    per_us = device.bandwidth_gb_s * 1e3
    over = overhead(run)
    fixed = over.host_us + over.request_us * work.batch + (run.split.stages - 1) * constant("stage_us").value
    layers = over.layer_us * drawn.layers + adding_up_us(drawn, run)
    layers += over.passes * run.tokens * drawn.layers * drawn.hidden_size * 2 / per_us * drawn.small
    if drawn.generates:
        compute = 2 * work.batch * drawn.vocab * drawn.hidden_size
        compute /= wide.tflops * 1e6 * constant("head_compute_share").value
        fixed += max(compute, head_bytes(drawn, run) / (per_us * constant("head_bandwidth_share").value))
    compute = attention_ops(drawn, run) / (wide.tflops * 1e6 * attention_share(device, drawn.shape, run))
    memory = cache_read(drawn, run) / (per_us * bandwidth_share(device))
    return Rest(fixed, layers, round(max(compute, memory), 6))  # see power_of


def head_bytes(drawn: Roof, run: Run) -> float:
    """Bytes of the head, which only GGUF stores in fewer than 16 bits."""
    if not drawn.generates:
        return 0.0
    return drawn.vocab * drawn.hidden_size * min(16.0, types()[run.dtype].rest_bits) / 8


def overhead(run: Run) -> Overhead:
    """What a pass takes beside its matrices, its head and its attention: the engine's, or as was fitted to vLLM."""
    own = run.device.engine.overhead.get(run.kind) if run.device.engine else None
    return own or Overhead(*(constant(name, run.kind).value for name in Overhead._fields))


def adding_up_us(drawn: Roof, run: Run) -> float:
    """The time of all all-reduces of a pass: the devices that share a layer add up what each has of every token."""
    size = run.tokens * drawn.hidden_size * 2
    times = all_reduces(drawn.shape) * drawn.layers / drawn.shape.layers
    return times * link_of(run.device).all_reduce_us(run.split.tensor, size)


@lru_cache(maxsize=1024)
def attention_ops(drawn: Roof, run: Run) -> float:
    """Operations of the attention in one pass: over all prompts, or of one token of each request."""
    asked = run.workload
    if run.kind == "decode":
        of_one = mixing_of_token(drawn.shape, asked.context)
    else:
        of_one = mixing_of_prompt(drawn.shape, asked.prefill_tokens)
    return of_one * drawn.growth * asked.batch


@lru_cache(maxsize=1024)
def cache_read(drawn: Roof, run: Run) -> float:
    """Bytes of KV cache and state that one pass moves: all of it in decode. The keys of a prompt that is being read
    stay near the arithmetic.
    """
    if run.kind != "decode":
        return 0.0
    asked = run.workload
    # A state is read and written for every token.
    if drawn.kv_bytes is not None:
        return (asked.context * drawn.kv_bytes * asked.kv_bits / 16 + 2 * drawn.state_bytes) * asked.batch
    bits = read_values(drawn.shape, asked.context) * asked.kv_bits + 2 * state_values(drawn.shape) * STATE_BITS
    return drawn.growth * bits / 8 * asked.batch


NARROW_HEAD = 64
"""Head dimension up to which a kernel for attention was timed as one for narrow heads: it reaches less."""


def attention_share(device: Device, shape: Shape, run: Run) -> float:
    """The share of the peak in 16 bits that attention computes at: less for short prompts, whose blocks are few."""
    name = f"attention_share_{'narrow' if shape.head_dim <= NARROW_HEAD else 'wide'}"
    at = next(each for each in timed_as(device) if known(name, device=each))
    most, half = constant(name, device=at).value, constant("attention_half_tokens", device=at).value
    tokens = run.workload.context if run.kind == "decode" else run.workload.prefill_tokens
    return most * tokens / (tokens + half) * (device.engine.attention_share if device.engine else 1.0)


def pass_of(drawn: Roof, run: Run, dtype: str = "") -> Pass:
    """One dense pass through what was drawn, its weights in `dtype` where that is not the run's own."""
    kernel = dense_kernel(run.device, dtype or run.dtype)
    return Pass(blocks_us(drawn, kernel, run.tokens), fsum(rest_of(drawn, run)))


# --- what no kernel can do better ---


class Least(NamedTuple):
    """The least that something takes by the datasheet, in microseconds: to compute it, and to move its bytes."""

    compute_us: float
    memory_us: float

    def __add__(self, other: object) -> Least:  # one after the other, not a tuple of four
        if not isinstance(other, Least):
            return NotImplemented
        return Least(self.compute_us + other.compute_us, self.memory_us + other.memory_us)

    def times(self, factor: float) -> Least:
        """So many of it."""
        return Least(self.compute_us * factor, self.memory_us * factor)


@lru_cache(maxsize=1024)
def _in_all(drawn: Roof, tokens: int, kept: float) -> tuple[float, float]:
    """The operations of all block matrices, and the weights that are read: the same in every type."""
    flops = weights = 0.0
    for times, routed, n, k, read in _products(drawn, tokens, kept, 1.0):
        flops += times * 2 * routed * n * k
        weights += times * read * n * k
    return flops, weights


@lru_cache(maxsize=1024)
def least_of_blocks(
    drawn: Roof, run: Run, dtype: str = "", kept: float = 1.0, gain: float = 1.0, stored: float = 0.0
) -> Least:
    """The block matrices, in `dtype` where that is not the run's own, cut to the share `kept`, computed `gain` times as
    fast as the dense peak, each weight in `stored` bytes where that is not what the type takes.
    """
    how = arithmetic(run.device, dtype or run.dtype)
    if how is None or run.device.bandwidth_gb_s is None:
        raise ValueError(f"no peaks for {run.device.name}")
    flops, weights = _in_all(drawn, run.tokens, kept)
    per_weight = stored or types()[dtype or run.dtype].bits / 8
    return Least(
        round(flops / (how.tflops * 1e6 * gain), 6), round(weights * per_weight / (run.device.bandwidth_gb_s * 1e3), 6)
    )


def moved(drawn: Roof, run: Run, dtype: str = "") -> float:
    """Bytes that a pass reads: the block matrices in `dtype` where that is not the run's own, head, cache and state."""
    _, weights = _in_all(drawn, run.tokens, 1.0)
    return weights * types()[dtype or run.dtype].bits / 8 + head_bytes(drawn, run) + cache_read(drawn, run)


def least_of_rest(drawn: Roof, run: Run, attention: float = 1.0) -> Least:
    """The head and the share `attention` of the attention, in 16 bits."""
    return _least_of_rest(drawn, _in_16_bits(run), attention)


@lru_cache(maxsize=1024)
def _least_of_rest(drawn: Roof, run: Run, attention: float) -> Least:
    wide = arithmetic(run.device, "fp16")
    if wide is None or run.device.bandwidth_gb_s is None:
        raise ValueError(f"no peaks for {run.device.name}")
    head = drawn.vocab * drawn.hidden_size if drawn.generates else 0.0
    flops = 2 * run.workload.batch * head + attention * attention_ops(drawn, run)
    moved = head_bytes(drawn, run) + attention * cache_read(drawn, run)
    return Least(round(flops / (wide.tflops * 1e6), 6), round(moved / (run.device.bandwidth_gb_s * 1e3), 6))


_SHARP = 3
"""Exponent of the soft maximum that bounds a gain: sharper than any kernel's, so that a pass which computes for most of
its time gains from fewer operations alone, and one that reads from fewer bytes alone."""


def ceiling(before: Least, after: Least) -> float:
    """The most that can be gained: the ratio of what both take at the datasheet's peaks."""

    def sharp(one: Least) -> float:
        larger, smaller = max(one), min(one)
        return larger * power_of(1 + power_of(smaller / larger, _SHARP), 1 / _SHARP) if larger else 1.0

    return sharp(before) / sharp(after)


@lru_cache(maxsize=256)
def dense_pass(run: Run) -> Pass | None:
    """One pass through the dense model, or through the first of those that stand in for it; None where no roofline can
    be drawn.
    """
    if arithmetic(run.device, run.dtype) is None or not roofs(run.model):
        return None
    return pass_of(roofs(run.model, run.split.tensor)[0], run)


@lru_cache(maxsize=1024)
def regime(run: Run) -> str:
    """The regime of the dense model in words: the phase, its size, and what bounds it."""
    if run.model.kind == "cnn":
        return "one forward pass over images"
    if run.model.kind != "decoder":
        size = f"one forward pass of {run.tokens:,} tokens"
    elif run.phase == "prefill":
        size = f"prefill, {run.tokens:,} tokens"
    else:
        size = f"decode, batch {run.tokens:,}"
    if run.split.devices > 1:
        size += f", {run.split.devices:,} devices"
    return size if arithmetic(run.device, run.dtype) is None else f"{size}, {bound(run)}-bound"


@lru_cache(maxsize=1024)
def bound(run: Run) -> str:
    """What takes longest in a pass: computing, memory, the link between devices, or the overhead of host, layers and
    launches.
    """
    drawn, kernel = roofs(run.model, run.split.tensor)[0], dense_kernel(run.device, run.dtype)
    launches = fsum(matrix.layers for matrix in drawn.matrices) * kernel.launch_us
    compute = blocks_us(drawn, kernel._replace(bytes_per_us=inf, launch_us=0), run.tokens)
    rest = rest_of(drawn, run)
    memory = blocks_us(drawn, kernel._replace(ops_per_us=inf, launch_us=0), run.tokens)
    if run.kind == "decode":
        memory += rest.attention_us
    else:
        compute += rest.attention_us
    link = adding_up_us(drawn, run)
    overhead = rest.fixed_us + rest.layers_us - link + launches
    return max((compute, "compute"), (memory, "memory"), (link, "link"), (overhead, "overhead"))[1]
