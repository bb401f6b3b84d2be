"""Published runs of whole engines -> engines.csv: what each takes beside the matrices, and what its kernels reach.

Every constant is fitted to all its rows of `data/dense_runs.csv`; every error is that of a fit which has not seen the
device, and of the GB10, whose kernels stand alone, not the model. `data/dense_held_out.csv` has what such fits
predicted. What both builds of llama.cpp do in decode is fitted together.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from statistics import median
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from app.calculators.pruning.speed.engines import DEFAULT, IN_INT8, NAMES, Engine, engine, engine_of
from app.calculators.pruning.speed.roofline import moved, roofs
from app.calculators.pruning.speed.run import PHASES, Phase
from tools.lab.fit import table
from tools.lab.times import RUNS, Published, published
from tools.paths import PRUNING_DATA, ROOT, write

OUT = PRUNING_DATA / "engines.csv"
COLUMNS = ("engine", "name", "of", "value", "unit", "source", "url", "locator", "as_of", "note")
URL = "https://github.com/XiongjieDai/GPU-Benchmarks-on-LLM-Inference"
"""Where most of the runs stand; each row of data/dense_runs.csv has its own source."""

SOFT = 0.15
"""Residuals beyond this count less than their square."""

Of = tuple[str, str]
Bounds = tuple[float, float, float]


class Fit(NamedTuple):
    """What is fitted to the runs of some engines in one phase: start, least and most of each constant, the values of
    those that the runs say nothing of, and those that are taken from the fit of another engine.
    """

    engines: tuple[str, ...]
    phase: Phase
    free: Mapping[Of, Bounds]
    fixed: Mapping[Of, float]
    taken: Mapping[Of, str] = {}


_MICRO = (50.0, 0.0, 600.0)
_SHARE = (0.3, 0.05, 1.0)
_WANE = (0.3, 0.0, 1.0)
_NO_HOST = {("host_us", "prefill"): 0.0, ("request_us", "prefill"): 0.0, ("passes", "prefill"): 0.0}
# As fitted to vLLM: decode is of few tokens, whose activations hardly count.
_FEW_PASSES = {("host_us", "decode"): 0.0, ("passes", "decode"): 3.5}

FITS = (
    Fit(
        ("tensorrt-llm",),
        "prefill",
        {
            ("host_us", "prefill"): (1000.0, 0.0, 20000.0),
            ("layer_us", "prefill"): _MICRO,
            ("passes", "prefill"): (10.0, 0.0, 40.0),
        },
        {("request_us", "prefill"): 0.0},
    ),
    Fit(
        ("vllm-2026",),
        "prefill",
        {("host_us", "prefill"): (5000.0, 0.0, 30000.0), ("layer_us", "prefill"): _MICRO},
        {("request_us", "prefill"): 0.0, ("passes", "prefill"): 10.0},
    ),
    Fit(
        ("vllm-2026",),
        "decode",
        {("layer_us", "decode"): _MICRO, ("launch_us", ""): (3.0, 0.0, 10.0)},
        _FEW_PASSES | {("request_us", "decode"): 17.0},
    ),
    Fit(
        ("llama.cpp-2024",),
        "prefill",
        {
            ("layer_us", "prefill"): _MICRO,
            ("compute_share", "geforce"): _SHARE,
            ("compute_share", "datacenter"): _SHARE,
            ("compute_wane", ""): _WANE,
            ("attention_share", ""): (0.1, 0.01, 1.0),
        },
        _NO_HOST,
    ),
    Fit(
        ("llama.cpp",),
        "prefill",
        {
            ("layer_us", "prefill"): _MICRO,
            ("compute_share", "nvidia"): _SHARE,
            ("compute_share", "gb10"): _SHARE,
            ("attention_share", ""): _SHARE,
        },
        _NO_HOST,
        # Three devices do not say how the share falls with the peak.
        {("compute_wane", ""): "llama.cpp-2024"},
    ),
    Fit(
        ("llama.cpp", "llama.cpp-2024"),
        "decode",
        {
            ("layer_us", "decode"): _MICRO,
            ("request_us", "decode"): (300.0, 0.0, 3000.0),
            ("bandwidth_share", "geforce"): (0.6, 0.2, 1.0),
            ("bandwidth_share", "datacenter"): (0.6, 0.2, 1.0),
            ("bandwidth_wane", ""): _WANE,
            ("launch_us", ""): (3.0, 0.0, 10.0),
        },
        _FEW_PASSES,
    ),
)


Found = dict[str, dict[Of, float]]
"""The constants of every engine by its key."""


def fit(asked: Fit, runs: Sequence[Published], known: Found) -> dict[Of, float]:
    """The constants that predict the runs; `known` are those of engines fitted before."""
    fixed = {**asked.fixed, **{of: known[key][of] for of, key in asked.taken.items()}}
    start, least, most = np.array(list(asked.free.values())).T

    def found(x: Sequence[float]) -> dict[Of, float]:
        return {**fixed, **dict(zip(asked.free, map(float, x), strict=True))}

    def off(x: Sequence[float]) -> np.ndarray:
        by = engine_of(asked.engines[0], found(x))
        return np.log([(each.predicted_us(by) or 1.0) / each.measured_us for each in runs])

    scale = np.maximum(start, 0.05)
    solved = least_squares(
        off, start, bounds=(least, most), loss="soft_l1", f_scale=SOFT, x_scale=scale, diff_step=1e-3, max_nfev=60
    )
    return found(solved.x)


def unit(each: Published) -> tuple[str, str]:
    """What is held out together: all of a device, or of the GB10 what is of one model."""
    key = each.run.device.key
    return key, each.run.model.name if key == "gb10" else ""


def fits(asked: Fit, every: Sequence[Published]) -> list[Published]:
    """The runs that are fitted: llama.cpp multiplies in INT8, which a device without a peak in it does otherwise."""
    in_int8 = IN_INT8.intersection(asked.engines)
    return [
        each
        for each in every
        if each.runs_as in asked.engines
        and each.run.phase == asked.phase
        and not (in_int8 and "int8" not in each.run.device.peaks)
    ]


def held_out(every: Sequence[Published], known: Found) -> Iterator[tuple[Published, float]]:
    """Every run with what a fit predicted of it that has not seen its device; the default engine as it is."""
    for asked in FITS:
        mine = fits(asked, every)
        for each in sorted({unit(each) for each in mine}):
            by = engine_of(asked.engines[0], fit(asked, [other for other in mine if unit(other) != each], known))
            yield from _predicted((other for other in mine if unit(other) == each), by)
    fitted = {id(each) for asked in FITS for each in fits(asked, every)}
    for key in NAMES:
        yield from _predicted((each for each in every if each.runs_as == key and id(each) not in fitted), engine(key))


def _predicted(runs: Iterable[Published], by: Engine | None) -> Iterator[tuple[Published, float]]:
    for each in runs:
        us = each.predicted_us(by)
        if us is not None:
            yield each, us


UNITS = {"compute_wane": "", "bandwidth_wane": "", "passes": "passes over the activations"}
NOTES = {
    "host_us": "What a pass costs whatever its size",
    "layer_us": "Small work of a layer",
    "request_us": "Small work for a request",
    "passes": "How often the activations of a layer go through memory",
    "launch_us": "Launch of a matrix product",
    "compute_share": "Share of a peak of 500 TFLOPS that products reach; llama.cpp: of the INT8 peak",
    "compute_wane": "Of a higher peak less, by its power of minus this",
    "attention_share": "How fast attention computes against the kernels of fitted.csv",
    "bandwidth_share": "Share of a bandwidth of 1,000 GB/s that a pass reaches which reads its weights from memory",
    "bandwidth_wane": "Of a higher bandwidth less, by its power of minus this",
    "bytes_share": "Share of the bandwidth that decode reached on Apple silicon, which 80% of the runs lie within",
    "error": "Median error of dense passes of one request, each by a fit that has not seen the device",
    "runs": "Runs of one request that were predicted so",
}


def fitted(every: Sequence[Published]) -> tuple[Found, dict[tuple[str, Of], Fit]]:
    """The constants of every engine, and the fit that found each."""
    found: Found = {key: {} for key in NAMES if key != DEFAULT}
    by: dict[tuple[str, Of], Fit] = {}
    for asked in FITS:
        constants = fit(asked, fits(asked, every), found)
        for key, of in product(asked.engines, constants):
            found[key].setdefault(of, constants[of])
            by.setdefault((key, of), asked)
    return found, by


def rows(every: Sequence[Published], month: str) -> tuple[Found, list[tuple[object, ...]]]:
    """The constants of every engine, and the same as rows of `engines.csv`."""
    found, by = fitted(every)
    lines: list[tuple[object, ...]] = []
    for (key, (name, of)), asked in by.items():
        value, unit = found[key][name, of], "us" if name.endswith("_us") else UNITS.get(name, "")
        figure, where = f"{value if value > 1e-6 else 0.0:.4g}", _of(fits(asked, every))
        lines.append((key, name, of, figure, unit, where, URL, f"{asked.phase}, {RUNS.name}", month, NOTES[name]))
    return found, lines


def _of(runs: Sequence[Published]) -> str:
    sources = {each.source for each in runs}
    return f"{len(runs)} runs of {f'{len(sources)} sources' if len(sources) > 1 else sources.pop()}"


def errors(found: Sequence[tuple[Published, float]], month: str) -> Iterator[tuple[object, ...]]:
    """How wrong the times of every engine are with one request, as rows of `engines.csv`."""
    for key, phase in product(NAMES, PHASES):
        mine = [(each, us) for each, us in found if (each.runs_as, each.run.phase, each.batch) == (key, phase, 1)]
        if mine:
            where = _of([each for each, _ in mine])
            at = f"{phase}, data/dense_held_out.csv"
            off = median(abs(each.off(us)) for each, us in mine)
            yield key, "error", phase, f"{off:.4g}", "", where, URL, at, month, NOTES["error"]
            yield key, "runs", phase, len(mine), "", where, URL, at, month, NOTES["runs"]


def by_bytes(every: Sequence[Published], month: str) -> Iterator[tuple[object, ...]]:
    """The shares of the bandwidth that decode reached where no peak is known, as rows of `engines.csv`."""
    mine = [each for each in every if each.predicted_us(None) is None and each.run.phase == "decode"]
    shares = [
        moved(roofs(each.run.model)[0], each.run) / (each.measured_us * each.run.device.bandwidth_gb_s * 1e3)
        for each in mine
        if each.run.device.bandwidth_gb_s
    ]
    for end, at in (("low", 0.1), ("likely", 0.5), ("high", 0.9)):
        value, note = f"{np.quantile(shares, at):.4g}", NOTES["bytes_share"]
        yield "", "bytes_share", end, value, "", _of(mine), URL, "decode, data/dense_runs.csv", month, note


HELD_OUT = ROOT / "data" / "dense_held_out.csv"
_HELD_OUT = ("runs_as", "engine", "device", "phase", "batch", "measured_us", "predicted_us", "source", "url")


def _held_out(found: Sequence[tuple[Published, float]]) -> Iterator[tuple[object, ...]]:
    for each, us in found:
        run = each.run
        times = (f"{each.measured_us:.6g}", f"{us:.6g}")
        yield each.runs_as, each.engine, run.device.key, run.phase, each.batch, *times, each.source, each.url


def main() -> None:
    """Fit, and write the constants, what was predicted of runs held out, and how wrong that was."""
    every, month = list(published()), f"{datetime.date.today():%Y-%m}"
    known, constants = rows(every, month)
    write(OUT, table(COLUMNS, constants))
    engine.cache_clear()
    found = list(held_out(every, known))
    wrong = [*errors(found, month), *by_bytes(every, month)]
    write(OUT, table(COLUMNS, [*constants, *wrong]))
    write(HELD_OUT, table(_HELD_OUT, _held_out(found)))
    for key, name, of, value, *_ in wrong:
        print(key, name, of, value)


if __name__ == "__main__":
    main()
