"""Published timings -> fitted.csv: the constants of the roofline, and how wrong it is on rows kept back.

Every constant is fitted on all rows that the model claims (`measured` has the rule); every error is that of a fit
that has not seen the row: once with each model's rows kept back in turn, once with each device's. A device kept back is
foretold with the constants of its family, as the page does for a device that nobody has measured.
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

from app.calculators.pruning.model.architecture import Shape, linears
from app.calculators.pruning.model.storage import by_key, types
from app.calculators.pruning.speed.devices import Arithmetic, Device, arithmetic, format_24
from app.calculators.pruning.speed.roofline import BANDS, FAMILIES, Fitted, Kernel, family, matmul_us, pruned_24
from tools.lab.measured import Row, read
from tools.paths import PRUNING_DATA, ROOT, write

GEMM, SPEEDUPS = ROOT / "data" / "gemm_2to4_latency.csv", ROOT / "data" / "speedups.csv"
OUT = PRUNING_DATA / "fitted.csv"

Array = Any  # numpy's arrays of float64
KeptBack = dict[str, tuple[Sequence[Row], dict[str, Array]]]  # by kind: rows, and by split what was foretold of them

# Start, least and most of each constant. What 2:4 can do bounds its gain; the rest bounds what a datasheet leaves open.
_PER_SERIES = {
    "compute_share": (0.75, 0.3, 1.2),  # a boost clock above the datasheet's gives more than 1
    "warm_share": (1.0, 0.3, 3.0),  # a matrix that rests in the cache is read faster than from memory
    "gain_24": (1.6, 1.0, 2.15),
    "traffic_24": (1.0, 0.4, 2.5),
    "launch_24_us": (2.0, 0.0, 8.0),
    "wide_24": (0.05, 0.0, 0.6),
}
_SHARED = {"gemm.p": (2.3, 1.2, 5.0), "gemm.launch_us": (6.0, 1.0, 15.0)}

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
    """The constants that foretell the speed-ups, and less strictly the dense times, of matrix products."""
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


def foretell_products(rows: Sequence[Row], fit: Products, series_of: Callable[[Row], Series]) -> Array:
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


def keep_back(
    rows: Sequence[Row], part_of: Callable[[Row], str], foretell: Callable[[list[Row], list[Row]], Array]
) -> Array:
    """What is foretold of every row by a fit to the rows of other parts."""
    parts = [part_of(row) for row in rows]
    places: list[int] = []
    found: list[Array] = []
    for part in sorted(set(parts)):
        mine = [i for i, each in enumerate(parts) if each == part]
        others = [rows[i] for i, each in enumerate(parts) if each != part]
        places += mine
        found.append(foretell(others, [rows[i] for i in mine]))
    return np.concatenate(found)[np.argsort(places)]


def products_kept_back(rows: Sequence[Row]) -> dict[str, Array]:
    """Speed-ups of matrix products by fits that have not seen their model, and their device."""

    def other_models(train: list[Row], test: list[Row]) -> Array:
        return foretell_products(test, fit_products(train, by_device), by_device)

    def other_devices(train: list[Row], test: list[Row]) -> Array:
        return foretell_products(test, fit_products(train, by_family), by_family)

    return {
        "model": keep_back(rows, _model, other_models),
        "device": keep_back(rows, _device_name, other_devices),
    }


# --- whole passes ---

_PER_PHASE = {
    "host_us": (3000.0, 0.0, 15000.0),
    "layer_us": (100.0, 0.0, 2000.0),
    "request_us": (100.0, 0.0, 3000.0),
    "passes": (20.0, 0.0, 200.0),
}
# Least: a 16 GB model that decodes 95.6 tokens/s reads 75 % of an A100's 2039 GB/s (torchao's LLaMA benchmarks, with
# its host's time; https://github.com/pytorch/ao).
_BANDWIDTH = {"bandwidth_share.datacenter": (0.85, 0.75, 0.95), "bandwidth_share.geforce": (0.85, 0.75, 0.95)}
HEAD_COMPUTE, HEAD_BANDWIDTH = 0.7, 0.8

PROMPT, CONTEXT = 1024, 256
"""Tokens per prompt in prefill, and in the KV cache of a sequence that decodes: an assumption, as SlideSparse's tables
do not say."""

PASS_WEIGHT = 0.1
"""How much the logarithm of a dense pass's time counts beside that of a speed-up: throughput was published to three
digits, of a whole server."""


class _Passes:
    """Every matrix of every row as arrays, and what sizes the rest (as `roofline.rest_us` has it)."""

    def __init__(self, rows: Sequence[Row], products: Products, series_of: Callable[[Row], Series]) -> None:
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
        self.cache = np.array([2.0 * each.layers * 2 * each.kv_heads * each.head_dim for each in shapes])
        self.bytes_per_us = np.array([(_device(row).bandwidth_gb_s or 0) * 1e3 for row in rows])
        self.wide_ops = np.array([_ops(row) for row in rows])

    def times(self, x: dict[str, float]) -> tuple[Array, Array]:
        """The dense and the pruned pass of every row in microseconds, with the constants `x`."""
        share = np.where(self.geforce, x["bandwidth_share.geforce"], x["bandwidth_share.datacenter"])
        at, power = self.known, self.products.power
        dense, pruned = kernels(at, self.found, self.products.launch_us, share[self.row_of])
        both = (
            matmul_us(at.tokens, at.outputs, at.inputs, dense, power),
            matmul_us(at.tokens, at.outputs, at.inputs * self.stretch, pruned, power),
        )
        own = {name: np.where(self.decode, x[f"decode.{name}"], x[f"prefill.{name}"]) for name in _PER_PHASE}
        rest = own["host_us"] + own["layer_us"] * self.layers + own["request_us"] * self.requests
        rest = rest + own["passes"] * self.tokens * self.layers * self.hidden * 2 / self.bytes_per_us
        compute = 2 * self.requests * self.head / (self.wide_ops * HEAD_COMPUTE)
        rest = rest + np.maximum(compute, self.head * 2 / (self.bytes_per_us * HEAD_BANDWIDTH))
        rest = rest + np.where(self.decode, self.cache * CONTEXT * self.tokens / (self.bytes_per_us * share), 0)
        before, after = (np.bincount(self.row_of, each * self.repeats, self.count) + rest for each in both)
        return before, after


def fit_passes(rows: Sequence[Row], products: Products, series_of: Callable[[Row], Series]) -> dict[str, float]:
    """The constants that foretell the speed-ups, and far less strictly the throughput, of whole passes."""
    names = [*(f"{phase}.{name}" for phase in ("prefill", "decode") for name in _PER_PHASE), *_BANDWIDTH]
    bounds = np.array([*_PER_PHASE.values(), *_PER_PHASE.values(), *_BANDWIDTH.values()]).T
    at = _Passes(rows, products, series_of)
    speedup, dense_us = _column(rows, "speedup"), _column(rows, "dense_us")
    timed = dense_us > 0

    def residuals(x: Array) -> Array:
        dense, pruned = at.times(dict(zip(names, x, strict=True)))
        return np.concatenate([np.log(dense / pruned / speedup), PASS_WEIGHT * np.log(dense[timed] / dense_us[timed])])

    return dict(zip(names, map(float, _solve(residuals, bounds)), strict=True))


def passes_kept_back(rows: Sequence[Row], products: Sequence[Row]) -> dict[str, Array]:
    """Dense times and speed-ups of whole passes, a column each, by fits, of matrix products too, that have not seen
    their model, and their device.
    """

    def foretell(
        series_of: Callable[[Row], Series], part_of: Callable[[Row], str]
    ) -> Callable[[list[Row], list[Row]], Array]:
        def one(train: list[Row], test: list[Row]) -> Array:
            unseen = {part_of(row) for row in test}
            fit = fit_products([row for row in products if part_of(row) not in unseen], series_of)
            of_24 = [row for row in train if row.pattern.stretch_24 == 1]
            dense, pruned = _Passes(test, fit, series_of).times(fit_passes(of_24, fit, series_of))
            return np.column_stack([dense, dense / pruned])

        return one

    return {
        "model": keep_back(rows, _model, foretell(by_device, _model)),
        "device": keep_back(rows, _device_name, foretell(by_family, _device_name)),
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


def _column(rows: Sequence[Row], name: str) -> Array:
    return np.array([getattr(row, name) for row in rows], dtype=float)


# --- the files ---

FROM = "SlideSparse raw timings (arXiv 2603.05232, bcacdwk/vllmbench @92a8ca49)"
URL = "https://arxiv.org/abs/2603.05232"

WITHIN = 0.85
"""The share of kept-back rows that a range holds: 80 %, and a little, as rows of other sources scatter more."""


def bands(kind: str, rows: Sequence[Row], out: Array) -> Iterator[tuple[str, float, float, int]]:
    """Name, low end, high end (both as factors of what is foretold) and number of rows of each band of a kind."""
    ratio, tokens = _column(rows, "speedup") / out, _column(rows, "tokens")
    edges = (0, *BANDS[kind], math.inf)
    for least, most in itertools.pairwise(edges):
        mine = ratio[(tokens > least) & (tokens <= most)]
        low, high = np.quantile(mine, [(1 - WITHIN) / 2, (1 + WITHIN) / 2])
        yield f"{most:.0f}" if most < math.inf else "more", float(low), float(high), len(mine)


def constants(
    products: Products,
    passes: dict[str, float],
    of_family: Products,
    kept_back: KeptBack,
    dense_us: dict[str, Array],
) -> Iterator[tuple[str, float, str, str, str]]:
    """Key, value, unit, locator and note of every constant."""
    yield "gemm.p", products.power, "", "gemm", "Exponent of the soft maximum of compute time and memory time"
    yield "gemm.launch_us", products.launch_us, "us", "gemm", "Launch of a matrix product"
    for name in Fitted._fields:
        for fit in (of_family, products):
            for series, found in sorted(fit.series.items()):
                unit = "us" if name.endswith("_us") else ""
                yield f"{name}.{series.name}.{series.dtype}", getattr(found, name), unit, "gemm", NOTES[name]
    for key, value in passes.items():
        phase, _, name = key.partition(".")
        unit = "us" if name.endswith("_us") else "passes over the activations" if name == "passes" else ""
        yield key, value, unit, "end to end", NOTES.get(name, NOTES.get(phase, ""))
    for kind, (rows, splits) in kept_back.items():
        for split, out in splits.items():
            off = errors(_column(rows, "speedup"), out)
            note = f"{off['n']:.0f} rows, each foretold without its {split}"
            for name in ("median", "p90", "bias"):
                yield f"error.{kind}.{split}.{name}", off[name], "", f"{kind}, by {split}", note
            for name, low, high, count in bands(kind, rows, out):
                note = f"{WITHIN:.0%} of {count} rows, each foretold without its {split}, up to {name} tokens"
                yield f"range.{kind}.{split}.{name}.low", low, "", f"{kind}, by {split}", note
                yield f"range.{kind}.{split}.{name}.high", high, "", f"{kind}, by {split}", note
    for kind, out in dense_us.items():
        measured = _column(kept_back[kind][0], "dense_us")
        off = errors(measured[measured > 0], out[measured > 0])
        note = f"{off['n']:.0f} dense passes, each foretold without its model"
        for name in ("median", "p90", "bias"):
            yield f"error.{kind}.time.{name}", off[name], "", f"{kind}, time of the dense pass", note


NOTES = {
    "compute_share": "Share of the peak compute reached by a dense matrix product",
    "warm_share": "Share of the peak bandwidth reached when matrices rest in the cache, as in a benchmark",
    "gain_24": "How much faster 2:4 computes than dense",
    "traffic_24": "How well a 2:4 product uses the memory it reads, against dense",
    "launch_24_us": "On top, for a 2:4 product",
    "wide_24": "2:4 computes slower by (1 + (outputs / 8192)^2)^(this / 2)",
    "bandwidth_share": "Share of the peak bandwidth reached by a pass that reads its weights from memory",
    "host_us": "vLLM: what a pass costs whatever its size",
    "layer_us": "vLLM: small work of a layer",
    "request_us": "vLLM: small work for a request",
    "passes": "vLLM: how often the activations of a layer go through memory",
}


def errors(measured: Array, out: Array) -> dict[str, float]:
    """Number, median and 90th-percentile error and bias of what is foretold, as shares of the measured."""
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
    """Fit, and write the constants and what was foretold of the rows kept back."""
    everything = [row for row in (*read(GEMM), *read(SPEEDUPS)) if not row.excluded and row.group.startswith(OWN_GROUP)]
    by_kind = {kind: [row for row in everything if row.kind == kind] for kind in ("gemm", "prefill", "decode")}
    gemm, whole = by_kind["gemm"], by_kind["prefill"] + by_kind["decode"]
    products, of_family = fit_products(gemm, by_device), fit_products(gemm, by_family)
    passes = fit_passes([row for row in whole if row.pattern.stretch_24 == 1], products, by_device)

    splits = passes_kept_back(whole, gemm)
    cut = len(by_kind["prefill"])
    kept_back: KeptBack = {
        "gemm": (gemm, products_kept_back(gemm)),
        "prefill": (by_kind["prefill"], {split: out[:cut, 1] for split, out in splits.items()}),
        "decode": (by_kind["decode"], {split: out[cut:, 1] for split, out in splits.items()}),
    }
    dense_us = {"prefill": splits["model"][:cut, 0], "decode": splits["model"][cut:, 0]}
    month = f"{datetime.date.today():%Y-%m}"
    columns = ("key", "value", "unit", "source", "url", "locator", "as_of", "note")
    found = constants(products, passes, of_family, kept_back, dense_us)
    write(
        OUT,
        table(
            columns,
            (
                (key, f"{value if abs(value) > 1e-9 else 0.0:.4g}", unit, FROM, URL, at, month, note)
                for key, value, unit, at, note in found
            ),
        ),
    )
    write(KEPT_BACK, table(_KEPT_BACK, _kept_back(kept_back)))
    for kind, (rows, each) in kept_back.items():
        for split, out in each.items():
            print(kind, split, {name: round(value, 4) for name, value in errors(_column(rows, "speedup"), out).items()})


KEPT_BACK = ROOT / "data" / "validation.csv"
_KEPT_BACK = (
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


def _kept_back(kept_back: KeptBack) -> Iterator[tuple[object, ...]]:
    for kind, (rows, splits) in kept_back.items():
        for i, row in enumerate(rows):
            shape = (row.outputs, row.inputs) if kind == "gemm" else ("", "")
            foretold = (f"{splits[split][i]:.3f}" for split in ("model", "device"))
            yield (
                kind,
                _device(row).key,
                row.dtype,
                row.model_name,
                row.tokens,
                *shape,
                f"{row.speedup:.3f}",
                *foretold,
            )


if __name__ == "__main__":
    main()
