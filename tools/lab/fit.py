"""Published timings -> fitted.csv: the constants of the roofline, and how wrong it is on rows held out.

Every constant is fitted on all rows that the model claims (`measured` has the rule); every error is that of a fit
that has not seen the row: once with each model's rows held out in turn, once with each device's. A device held out is
predicted with the constants of its family, as the page does for a device that nobody has measured.
"""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import least_squares

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.architecture import Shape, linears
from app.calculators.pruning.model.flops import mixing_of_prompt
from app.calculators.pruning.model.storage import by_key, types
from app.calculators.pruning.speed.devices import Arithmetic, Device, arithmetic, format_24
from app.calculators.pruning.speed.kernels import FAMILIES, Fitted, Kernel, family, matmul_us, pruned_24, timed_as
from app.calculators.pruning.speed.roofline import NARROW_HEAD
from tools.lab.measured import Row, read
from tools.paths import PRUNING_DATA, ROOT, write

GEMM, SPEEDUPS = ROOT / "data" / "gemm_2to4_latency.csv", ROOT / "data" / "speedups.csv"
ATTENTION = ROOT / "data" / "attention.csv"
OUT = PRUNING_DATA / "fitted.csv"

Array = Any  # numpy's arrays of float64
HeldOut = dict[str, tuple[Sequence[Row], dict[str, Array]]]  # by kind: rows, and by split what was predicted of them

# Start, least and most of each constant. What 2:4 can do bounds its gain; the rest bounds what a datasheet leaves open.
_PER_SERIES = {
    "compute_share": (0.75, 0.3, 1.0),  # a boost clock may give more: the page promises nothing beyond a datasheet
    "warm_share": (1.0, 0.3, 3.0),  # a matrix that rests in the cache is read faster than from memory
    "gain_24": (1.6, 1.0, 2.15),
    "traffic_24": (1.0, 0.4, 2.5),
    "launch_24_us": (2.0, 0.0, 8.0),
    "wide_24": (0.05, 0.0, 0.6),
}
_SHARED = {"power": (2.3, 1.2, 5.0), "launch_us": (6.0, 1.0, 15.0)}

DENSE_WEIGHT = 0.3
"""How much the logarithm of a dense time counts beside that of a speed-up: the page shows times as well as ratios."""

SOFT = 0.08
"""Residuals beyond this count less than their square: single timings with an odd kernel must not bend the curve."""


class Series(NamedTuple):
    """Rows of one device and type, or of one family and type, which share their constants."""

    name: str
    dtype: str


def by_device(row: Row) -> Series:
    """The device's own series."""
    machine = _device(row)
    return Series(machine.fit if machine.fit not in FAMILIES else machine.key, row.dtype)


def by_family(row: Row) -> Series:
    """The series of all devices alike."""
    return Series(family(_device(row)), row.dtype)


class Known(NamedTuple):
    """What is known of rows without any fit: arrays of tokens, outputs, inputs, peaks and bytes."""

    tokens: Array
    outputs: Array
    inputs: Array
    ops_per_us: Array
    bytes_per_us: Array
    element_bytes: Array
    stored_bytes: Array


def known(rows: Sequence[Row]) -> Known:
    """Peaks and bytes of rows, as arrays."""

    def one(row: Row) -> tuple[float, ...]:
        machine, kind = _device(row), types()[row.dtype]
        how = _peak(row, row.dtype)
        stored = by_key()[format_24(row.dtype)].bits(0.5, kind.values, kind.scales) / 8
        ops, per_us = how.tflops * 1e6, (machine.bandwidth_gb_s or 0) * 1e3
        return row.tokens, row.outputs, row.inputs, ops, per_us, kind.bits / 8, stored

    return Known(*np.array([one(row) for row in rows], dtype=float).T)


def kernels(at: Known, found: Fitted, launch: float, limit: Array = np.inf) -> tuple[Kernel, Kernel]:
    """The dense and the 2:4 kernel of every row, which read no more than the share `limit` of the peak bandwidth."""
    dense = Kernel(
        ops_per_us=at.ops_per_us * found.compute_share,
        bytes_per_us=at.bytes_per_us * np.minimum(found.warm_share, limit),
        activation_bytes=at.element_bytes,
        output_bytes=np.maximum(2.0, at.element_bytes),
        weight_bytes=at.element_bytes,
        launch_us=launch,
    )
    reads = at.bytes_per_us * np.minimum(found.warm_share * found.traffic_24, limit)
    return dense, pruned_24(dense, found, at.stored_bytes, reads)


# --- matrix products ---


class Products(NamedTuple):
    """The constants of matrix products: of every series, and shared by all."""

    series: dict[Series, Fitted]
    power: float
    launch_us: float


def fit_products(rows: Sequence[Row], series_of: Callable[[Row], Series]) -> Products:
    """The constants that predict the speed-ups, and less strictly the dense times, of matrix products."""
    at, names = known(rows), sorted({series_of(row) for row in rows})
    place = np.array([names.index(series_of(row)) for row in rows])
    speedup, dense_us = _column(rows, "speedup"), _column(rows, "dense_us")
    bounds = np.array([*_SHARED.values(), *list(_PER_SERIES.values()) * len(names)]).T

    def residuals(x: Array) -> Array:
        power, launch = x[: len(_SHARED)]
        found = Fitted(*x[len(_SHARED) :].reshape(len(names), -1)[place].T)
        dense, pruned = _times(at, found, power, launch)
        return np.concatenate([np.log(dense / pruned / speedup), DENSE_WEIGHT * np.log(dense / dense_us)])

    x = _solve(residuals, bounds)
    shared, own = x[: len(_SHARED)], x[len(_SHARED) :].reshape(len(names), -1)
    return Products({name: Fitted(*map(float, own[i])) for i, name in enumerate(names)}, *map(float, shared))


def _solve(residuals: Callable[[Array], Array], bounds: Array) -> Array:
    start, least, most = bounds
    return least_squares(
        residuals,
        start,
        bounds=(least, most),
        loss="soft_l1",
        f_scale=SOFT,
        x_scale=np.maximum(start, 0.05),
        max_nfev=80,
    ).x


def _times(at: Known, found: Fitted, power: float, launch: float) -> tuple[Array, Array]:
    dense, pruned = kernels(at, found, launch)
    return (
        matmul_us(at.tokens, at.outputs, at.inputs, dense, power),
        matmul_us(at.tokens, at.outputs, at.inputs, pruned, power),
    )


def predict_products(rows: Sequence[Row], fit: Products, series_of: Callable[[Row], Series]) -> Array:
    """The speed-up of every row by a fit."""
    dense, pruned = _times(known(rows), _fitted(fit, rows, series_of), fit.power, fit.launch_us)
    return dense / pruned


def _fitted(fit: Products, rows: Sequence[Row], series_of: Callable[[Row], Series]) -> Fitted:
    return Fitted(*np.array([_series(fit, series_of(row)) for row in rows]).T)


def _series(fit: Products, wanted: Series) -> Fitted:
    """The constants of a series, or of the same family in 16 bits where its type is not there."""
    return fit.series.get(wanted) or next(
        found for name, found in fit.series.items() if name.name == wanted.name and types()[name.dtype].bits == 16
    )


def hold_out(
    rows: Sequence[Row], part_of: Callable[[Row], str], predict: Callable[[list[Row], list[Row]], Array]
) -> Array:
    """What is predicted of every row by a fit to the rows of other parts."""
    parts = [part_of(row) for row in rows]
    places: list[int] = []
    found: list[Array] = []
    for part in sorted(set(parts)):
        mine = [i for i, each in enumerate(parts) if each == part]
        others = [rows[i] for i, each in enumerate(parts) if each != part]
        places += mine
        found.append(predict(others, [rows[i] for i in mine]))
    return np.concatenate(found)[np.argsort(places)]


def products_held_out(rows: Sequence[Row]) -> dict[str, Array]:
    """Speed-ups of matrix products by fits that have not seen their model, and their device."""

    def other_models(train: list[Row], test: list[Row]) -> Array:
        return predict_products(test, fit_products(train, by_device), by_device)

    def other_devices(train: list[Row], test: list[Row]) -> Array:
        return predict_products(test, fit_products(train, by_family), by_family)

    return {
        "model": hold_out(rows, _model, other_models),
        "device": hold_out(rows, _device_name, other_devices),
    }


# --- attention ---


class Timed(NamedTuple):
    """A timed kernel for causal attention: on what, its head dimension, the tokens of a prompt, the share of the peak
    in 16 bits that it reached.
    """

    series: str
    head_dim: int
    tokens: int
    share: float


class Attention(NamedTuple):
    """The share of the peak that attention reaches with ever longer prompts, for narrow heads and for wide ones; and
    the tokens at which it reaches half of that.
    """

    narrow: float
    wide: float
    half_tokens: float


def timed_attention() -> list[Timed]:
    """The rows of `data/attention.csv`, without those above the peak: a clock that the datasheet does not state."""
    with ATTENTION.open(encoding="utf-8", newline="") as file:
        rows = [
            Timed(row["series"], int(row["head_dim"]), int(row["tokens"]), float(row["share_of_peak"]))
            for row in csv.DictReader(file)
        ]
    return [row._replace(share=min(row.share, 1.0)) for row in rows]


def fit_attention(rows: Sequence[Timed]) -> dict[str, Attention]:
    """The attention of every series that was timed, and of each family by all its devices."""
    found = {}
    parts = {name: [row for row in rows if row.series == name] for name in sorted({row.series for row in rows})}
    for each in FAMILIES:
        parts[each] = [row for row in rows if _family_of(row.series) == each]
    for name, mine in parts.items():
        narrow = np.array([row.head_dim <= NARROW_HEAD for row in mine])
        tokens, share = _column(mine, "tokens"), _column(mine, "share")

        def residuals(x: Array, narrow: Array = narrow, tokens: Array = tokens, share: Array = share) -> Array:
            return np.log(np.where(narrow, x[0], x[1]) * tokens / (tokens + x[2]) / share)

        x = _solve(residuals, np.array([(0.5, 0.05, 1.0), (0.6, 0.05, 1.0), (400.0, 0.0, 4000.0)]).T)
        # Of a series without narrow heads, wide ones say what is known.
        found[name] = Attention(float(x[0]) if narrow.any() else float(x[1]), float(x[1]), float(x[2]))
    return found


def _family_of(series: str) -> str:
    """The family that a series speaks for; AMD's speaks for itself."""
    if series == "amd":
        return ""
    return "geforce" if series.startswith("rtx") else "datacenter"


# --- whole passes ---

_PER_PHASE = {
    "host_us": (3000.0, 0.0, 15000.0),
    "layer_us": (100.0, 0.0, 2000.0),
    "request_us": (100.0, 0.0, 3000.0),
    "passes": (20.0, 0.0, 200.0),
}
# Least: a 16 GB model that decodes 95.6 tokens/s reads 75% of an A100's 2039 GB/s (torchao's LLaMA benchmarks, with
# its host's time; https://github.com/pytorch/ao).
_BANDWIDTH_SHARE = (0.85, 0.75, 0.95)

PROMPT, CONTEXT = 1024, 16 + 256 // 2
"""Most tokens of a prompt in prefill; and in the KV cache of a sequence that decodes, on average: prompts of 16 tokens,
256 written (slidesparse/tools/throughput_benchmark.py of bcacdwk/vllmbench @036cef50)."""

PASS_WEIGHT = 0.1
"""How much the logarithm of a dense pass's time counts beside that of a speed-up: throughput was published to three
digits, of a whole server."""


class Of(NamedTuple):
    """A constant of whole passes: its name, and the phase or the family of devices that it is of."""

    name: str
    phase: str = ""
    family: str = ""


_OF_PASSES = {
    **{Of(name, phase): bounds for phase in ("prefill", "decode") for name, bounds in _PER_PHASE.items()},
    **{Of("bandwidth_share", family=each): _BANDWIDTH_SHARE for each in FAMILIES},
}


class _Passes:
    """Every matrix of every row as arrays, and what sizes the rest (as `roofline.rest_of` has it)."""

    def __init__(
        self,
        rows: Sequence[Row],
        products: Products,
        attention: dict[str, Attention],
        series_of: Callable[[Row], Series],
    ) -> None:
        matrices = [(i, row, each) for i, row in enumerate(rows) for each in linears(_shape(row))]
        flat = [row._replace(outputs=round(each.outputs), inputs=round(each.inputs)) for _, row, each in matrices]
        self.row_of = np.array([i for i, _, _ in matrices])
        self.repeats = np.array([each.layers for _, _, each in matrices], dtype=float)
        self.stretch = np.array([row.pattern.stretch_24 for row in flat])
        self.known, self.found = known(flat), _fitted(products, flat, series_of)
        self.products, self.count = products, len(rows)
        self.geforce = np.array([family(_device(row)) == "geforce" for row in rows])
        self.decode = np.array([row.kind == "decode" for row in rows])
        shapes = [_shape(row) for row in rows]
        self.tokens = np.array([row.tokens for row in rows], dtype=float)
        self.requests = np.where(self.decode, self.tokens, np.maximum(1, self.tokens / PROMPT))
        self.layers = np.array([each.layers for each in shapes], dtype=float)
        self.hidden = np.array([each.hidden_size for each in shapes], dtype=float)
        self.head = np.array([each.vocab for each in shapes]) * self.hidden
        self.attention_us = (
            np.array([0.0 if row.kind == "decode" else _attention_us(row, attention) for row in rows]) * self.requests
        )
        self.cache = np.array([2.0 * each.layers * 2 * each.kv_heads * each.head_dim for each in shapes])
        self.bytes_per_us = np.array([(_device(row).bandwidth_gb_s or 0) * 1e3 for row in rows])
        self.wide_ops = np.array([_ops(row) for row in rows])

    def times(self, x: dict[Of, float]) -> tuple[Array, Array]:
        """The dense and the pruned pass of every row in microseconds, with the constants `x`."""
        datacenter, geforce = (x[Of("bandwidth_share", family=each)] for each in FAMILIES)
        share = np.where(self.geforce, geforce, datacenter)
        at, power = self.known, self.products.power
        dense, pruned = kernels(at, self.found, self.products.launch_us, share[self.row_of])
        both = (
            matmul_us(at.tokens, at.outputs, at.inputs, dense, power),
            matmul_us(at.tokens, at.outputs, at.inputs * self.stretch, pruned, power),
        )
        own = {name: np.where(self.decode, x[Of(name, "decode")], x[Of(name, "prefill")]) for name in _PER_PHASE}
        rest = own["host_us"] + own["layer_us"] * self.layers + own["request_us"] * self.requests
        rest = rest + own["passes"] * self.tokens * self.layers * self.hidden * 2 / self.bytes_per_us
        compute = 2 * self.requests * self.head / (self.wide_ops * constant("head_compute_share").value)
        rest = rest + np.maximum(compute, self.head * 2 / (self.bytes_per_us * constant("head_bandwidth_share").value))
        rest = rest + self.attention_us
        rest = rest + np.where(self.decode, self.cache * CONTEXT * self.tokens / (self.bytes_per_us * share), 0)
        before, after = (np.bincount(self.row_of, each * self.repeats, self.count) + rest for each in both)
        return before, after


def _attention_us(row: Row, found: dict[str, Attention]) -> float:
    """The attention of one prompt in microseconds."""
    shape, tokens = _shape(row), min(PROMPT, row.tokens)
    fit = next(found[name] for name in timed_as(_device(row)) if name in found)
    share = (fit.narrow if shape.head_dim <= NARROW_HEAD else fit.wide) * tokens / (tokens + fit.half_tokens)
    return mixing_of_prompt(shape, tokens) / (_ops(row) * share)


def fit_passes(
    rows: Sequence[Row], products: Products, attention: dict[str, Attention], series_of: Callable[[Row], Series]
) -> dict[Of, float]:
    """The constants that predict the speed-ups, and far less strictly the throughput, of whole passes."""
    bounds = np.array(list(_OF_PASSES.values())).T
    at = _Passes(rows, products, attention, series_of)
    speedup, dense_us = _column(rows, "speedup"), _column(rows, "dense_us")
    timed = dense_us > 0

    def residuals(x: Array) -> Array:
        dense, pruned = at.times(dict(zip(_OF_PASSES, x, strict=True)))
        return np.concatenate([np.log(dense / pruned / speedup), PASS_WEIGHT * np.log(dense[timed] / dense_us[timed])])

    return dict(zip(_OF_PASSES, map(float, _solve(residuals, bounds)), strict=True))


def passes_held_out(rows: Sequence[Row], products: Sequence[Row], attention: dict[str, Attention]) -> dict[str, Array]:
    """Dense times and speed-ups of whole passes, a column each, by fits, of matrix products too, that have not seen
    their model, and their device.
    """

    def predict(
        series_of: Callable[[Row], Series], part_of: Callable[[Row], str]
    ) -> Callable[[list[Row], list[Row]], Array]:
        def one(train: list[Row], test: list[Row]) -> Array:
            unseen = {part_of(row) for row in test}
            fit = fit_products([row for row in products if part_of(row) not in unseen], series_of)
            of_24 = [row for row in train if row.pattern.stretch_24 == 1]
            found = fit_passes(of_24, fit, attention, series_of)
            dense, pruned = _Passes(test, fit, attention, series_of).times(found)
            return np.column_stack([dense, dense / pruned])

        return one

    return {
        "model": hold_out(rows, _model, predict(by_device, _model)),
        "device": hold_out(rows, _device_name, predict(by_family, _device_name)),
    }


def _model(row: Row) -> str:
    return re.sub(r"\s+\d+:\d+$", "", row.model_name)


def _device_name(row: Row) -> str:
    return row.device_name


def _device(row: Row) -> Device:
    if row.device is None:
        raise ValueError(f"no device: {row}")
    return row.device


def _shape(row: Row) -> Shape:
    if row.model is None or row.model.shape is None:
        raise ValueError(f"no shape: {row}")
    return row.model.shape


def _ops(row: Row) -> float:
    return _peak(row, "fp16").tflops * 1e6


def _peak(row: Row, dtype: str) -> Arithmetic:
    how = arithmetic(_device(row), dtype)
    if how is None:
        raise ValueError(f"no peak: {row}")
    return how


def _column(rows: Sequence[NamedTuple], name: str) -> Array:
    return np.array([getattr(row, name) for row in rows], dtype=float)


# --- the files ---

FROM = "SlideSparse raw timings (arXiv 2603.05232, bcacdwk/vllmbench @92a8ca49)"
URL = "https://arxiv.org/abs/2603.05232"
FROM_ATTENTION = "Timings of FlashAttention-class kernels (data/attention.csv)"
URL_ATTENTION = "https://github.com/Dao-AILab/flash-attention"
"""Where most of the kernels come from; each row of data/attention.csv has its own source."""

WITHIN = 0.85
"""The share of held-out rows that a range holds: 80%, and a little, as rows of other sources scatter more."""


BANDS = {"gemm": (256, 2048), "prefill": (4096,), "decode": (64,)}
"""Up to how many tokens one band of errors holds: small passes scatter more, so their range is wider."""


def bands(kind: str, rows: Sequence[Row], out: Array) -> Iterator[tuple[float, float, float, int]]:
    """The most tokens, the low and the high end (both as factors of what is predicted) and the number of rows of each
    band of a kind.
    """
    ratio, tokens = _column(rows, "speedup") / out, _column(rows, "tokens")
    edges = (0, *BANDS[kind], math.inf)
    for least, most in itertools.pairwise(edges):
        mine = ratio[(tokens > least) & (tokens <= most)]
        low, high = np.quantile(mine, [(1 - WITHIN) / 2, (1 + WITHIN) / 2])
        yield most, float(low), float(high), len(mine)


COLUMNS = (
    *("name", "kind", "device", "dtype", "held_out", "up_to_tokens", "statistic"),
    *("value", "unit", "source", "url", "locator", "as_of", "note"),
)


class Constant(NamedTuple):
    """A row of `fitted.csv`: what it is, where in the source its data stand, a note, and the columns that say of what
    it is (see `app.calculators.pruning.data.tables.Constant`).
    """

    name: str
    value: float
    locator: str
    note: str
    kind: str = ""
    device: str = ""
    dtype: str = ""
    held_out: str = ""
    up_to_tokens: float = math.inf
    statistic: str = ""

    def row(self, month: str) -> tuple[object, ...]:
        """Its cells, in the order of `COLUMNS`."""
        unit = "us" if self.name.endswith("_us") else "passes over the activations" if self.name == "passes" else ""
        most = "" if self.up_to_tokens == math.inf else f"{self.up_to_tokens:.0f}"
        value = f"{self.value if abs(self.value) > 1e-9 else 0.0:.4g}"
        source, url = (FROM_ATTENTION, URL_ATTENTION) if self.locator == "attention" else (FROM, URL)
        return (
            *(self.name, self.kind, self.device, self.dtype, self.held_out, most, self.statistic),
            *(value, unit, source, url, self.locator, month, self.note),
        )


def of_products(products: Products, of_family: Products) -> Iterator[Constant]:
    """The constants of matrix products."""
    yield Constant("power", products.power, "gemm", NOTES["power"], kind="gemm")
    yield Constant("launch_us", products.launch_us, "gemm", NOTES["launch_us"], kind="gemm")
    for name in Fitted._fields:
        for fit in (of_family, products):
            for series, found in sorted(fit.series.items()):
                value = getattr(found, name)
                yield Constant(name, value, "gemm", NOTES[name], "gemm", device=series.name, dtype=series.dtype)


def of_passes(passes: dict[Of, float]) -> Iterator[Constant]:
    """The constants of whole passes."""
    for of, value in passes.items():
        yield Constant(of.name, value, "end to end", NOTES[of.name], kind=of.phase, device=of.family)


def of_attention(found: dict[str, Attention]) -> Iterator[Constant]:
    """The constants of attention."""
    for series, fit in found.items():
        for name, value in zip(
            ("attention_share_narrow", "attention_share_wide", "attention_half_tokens"), fit, strict=True
        ):
            yield Constant(name, value, "attention", NOTES[name], device=series)


def of_errors(held_out: HeldOut, dense_us: dict[str, Array]) -> Iterator[Constant]:
    """How wrong the speed-ups are, and how wrong the times of the dense passes."""
    for kind, (rows, splits) in held_out.items():
        for split, out in splits.items():
            at, note = f"{kind}, by {split}", f"rows, each predicted with its {split} held out"
            off = errors(_column(rows, "speedup"), out)
            for name in ("median", "p90", "bias"):
                said = f"{off['n']:.0f} {note}"
                yield Constant("error", off[name], at, said, kind, held_out=split, statistic=name)
            for most, low, high, count in bands(kind, rows, out):
                said = f"{WITHIN:.0%} of {count} {note}"
                for end, value in (("low", low), ("high", high)):
                    yield Constant("range", value, at, said, kind, held_out=split, up_to_tokens=most, statistic=end)
    for kind, out in dense_us.items():
        measured = _column(held_out[kind][0], "dense_us")
        off = errors(measured[measured > 0], out[measured > 0])
        said = f"{off['n']:.0f} dense passes, each predicted with its model held out"
        for name in ("median", "p90", "bias"):
            at = f"{kind}, time of the dense pass"
            yield Constant("time_error", off[name], at, said, kind, held_out="model", statistic=name)


NOTES = {
    "power": "Exponent of the soft maximum of compute time and memory time",
    "launch_us": "Launch of a matrix product",
    "compute_share": "Share of the peak compute reached by a dense matrix product",
    "warm_share": "Share of the peak bandwidth reached when matrices rest in the cache, as in a benchmark",
    "gain_24": "How much faster 2:4 computes than dense",
    "traffic_24": "How well a 2:4 product uses the memory it reads, against dense",
    "launch_24_us": "On top, for a 2:4 product",
    "wide_24": "2:4 computes slower by (1 + (outputs / 8192)^2)^(this / 2)",
    "bandwidth_share": "Share of the peak bandwidth reached by a pass that reads its weights from memory",
    "attention_share_narrow": "Share of the peak that attention reaches with long prompts, head dimension to 64",
    "attention_share_wide": "Share of the peak that attention reaches with long prompts, head dimension above 64",
    "attention_half_tokens": "Tokens of a prompt with which attention reaches half of its share",
    "host_us": "vLLM: what a pass costs whatever its size",
    "layer_us": "vLLM: small work of a layer",
    "request_us": "vLLM: small work for a request",
    "passes": "vLLM: how often the activations of a layer go through memory",
}


def errors(measured: Array, out: Array) -> dict[str, float]:
    """Number, median and 90th-percentile error and bias of what is predicted, as shares of the measured."""
    off = out / measured - 1
    return {
        "n": len(off),
        "median": float(np.median(abs(off))),
        "p90": float(np.quantile(abs(off), 0.9)),
        "bias": float(np.median(off)),
    }


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def main() -> None:
    """Fit, and write the constants and what was predicted of the rows held out."""
    everything = [row for row in (*read(GEMM), *read(SPEEDUPS)) if not row.excluded and row.group.startswith(OWN_GROUP)]
    by_kind = {kind: [row for row in everything if row.kind == kind] for kind in ("gemm", "prefill", "decode")}
    gemm, whole = by_kind["gemm"], by_kind["prefill"] + by_kind["decode"]
    products, of_family = fit_products(gemm, by_device), fit_products(gemm, by_family)
    attention = fit_attention(timed_attention())
    passes = fit_passes([row for row in whole if row.pattern.stretch_24 == 1], products, attention, by_device)

    splits = passes_held_out(whole, gemm, attention)
    cut = len(by_kind["prefill"])
    held_out: HeldOut = {
        "gemm": (gemm, products_held_out(gemm)),
        "prefill": (by_kind["prefill"], {split: out[:cut, 1] for split, out in splits.items()}),
        "decode": (by_kind["decode"], {split: out[cut:, 1] for split, out in splits.items()}),
    }
    dense_us = {"prefill": splits["model"][:cut, 0], "decode": splits["model"][cut:, 0]}
    month = f"{datetime.date.today():%Y-%m}"
    found = (
        *of_products(products, of_family),
        *of_attention(attention),
        *of_passes(passes),
        *of_errors(held_out, dense_us),
    )
    write(OUT, table(COLUMNS, (each.row(month) for each in found)))
    write(HELD_OUT, table(_HELD_OUT, _held_out(held_out)))
    for kind, (rows, each) in held_out.items():
        for split, out in each.items():
            print(kind, split, {name: round(value, 4) for name, value in errors(_column(rows, "speedup"), out).items()})


HELD_OUT = ROOT / "data" / "validation.csv"
_HELD_OUT = (
    "kind",
    "device",
    "dtype",
    "model",
    "tokens",
    "outputs",
    "inputs",
    "measured",
    "other_models",
    "other_devices",
)
OWN_GROUP = "SlideSparse"


def _held_out(held_out: HeldOut) -> Iterator[tuple[object, ...]]:
    for kind, (rows, splits) in held_out.items():
        for i, row in enumerate(rows):
            shape = (row.outputs, row.inputs) if kind == "gemm" else ("", "")
            predicted = (f"{splits[split][i]:.3f}" for split in ("model", "device"))
            yield (
                kind,
                _device(row).key,
                row.dtype,
                row.model_name,
                row.tokens,
                *shape,
                f"{row.speedup:.3f}",
                *predicted,
            )


if __name__ == "__main__":
    main()
