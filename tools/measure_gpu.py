#!/usr/bin/env python3
"""Dense against 2:4 matrix products on your own GPU, as a CSV file that the page and `make validate` read.

    python measure_gpu.py              # 448 products in all types that the GPU has, into own_gpu.csv
    python measure_gpu.py --quick      # 48 of them
    python measure_gpu.py --models Qwen2.5-7B --tokens 1,64,4096 --dtypes int8,fp8 --out qwen.csv
    python measure_gpu.py --shapes "4096,14336;6144,4096" --cold
    python measure_gpu.py --resume     # go on with own_gpu.csv where it was stopped

It needs Python 3.9 and PyTorch 2.3 with CUDA, or later ones, and nothing else: copy this one file to the machine that
has the GPU. Rows are written as they are measured, so it may be stopped at any time.

Every row is a product of M tokens by K inputs with a weight of N outputs by K inputs, of which two in every four are
zero. The same numbers are multiplied by the dense kernel (`linear`; `_int_mm` for INT8; `_scaled_mm` for FP8) and by
every 2:4 kernel that PyTorch has here: cuSPARSELt as it comes, cuSPARSELt after a search of its algorithms, CUTLASS.
INT8 gives INT32, FP8 gives BF16, and 16 bits stay what they are, in the dense and the pruned product alike; a pruned
result must lie in memory as the dense one does: cuSPARSELt writes it so, or a copy that counts does (`+copy`). What
differs from the dense result beyond rounding is left out. The fastest of the rest is the 2:4 time, and `backend` names
it. 2:4 kernels want tokens in eights or sixteens, dense INT8 at least 17: M is filled up before the clock starts.

Times are of the GPU alone: it is held up until the host has launched a whole sample, which CUDA events then time. Dense
and pruned take turns, so that a clock that drifts hits both. A row has the median of its samples; `dense_spread` and
`sp24_spread` are the range of the middle half of them as a share of it. The matrices rest in the cache where they fit,
as in a benchmark that repeats a product, and as `make validate` expects; with --cold, L2 is flushed before every one.

`anomalous_baseline` is yes where the dense product takes more than 1.5 times as long as another dense product of the
same type that is at least as large in M, N and K: it would be faster filled up with zeros, so the dense kernel is at
fault, and the speed-up is not 2:4's. Large products come first, so that every row is compared. Nothing else sets it.

What a kernel refuses, what does not fit the memory and what cannot be timed is skipped, and said with its reason. A
kernel that breaks the GPU, so that every further call fails, is left out, and the rest goes on in a new process.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import datetime
import importlib
import math
import os
import re
import statistics
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TextIO

Shape = tuple[int, int]  # outputs and inputs: N, K

MODELS: dict[str, tuple[Shape, ...]] = {
    # q, k and v together; o; gate and up together; down: as engines fuse them, and as the published timings have them
    "Llama3.2-1B": ((3072, 2048), (2048, 2048), (16384, 2048), (2048, 8192)),
    "Llama3.2-3B": ((5120, 3072), (3072, 3072), (16384, 3072), (3072, 8192)),
    "Llama3.1-8B": ((6144, 4096), (4096, 4096), (28672, 4096), (4096, 14336)),
    "Llama3.1-70B": ((10240, 8192), (8192, 8192), (57344, 8192), (8192, 28672)),
    "Qwen2.5-7B": ((4608, 3584), (3584, 3584), (37888, 3584), (3584, 18944)),
    "Qwen2.5-14B": ((7168, 5120), (5120, 5120), (27648, 5120), (5120, 13824)),
    "BitNet-2B": ((3840, 2560), (2560, 2560), (13824, 2560), (2560, 6912)),
    "SQUARE": ((1024, 1024), (2048, 2048), (4096, 4096), (8192, 8192), (16384, 16384)),
}
DEFAULT_MODELS = ("Llama3.2-1B", "Llama3.2-3B", "Llama3.1-8B", "Qwen2.5-7B")
QUICK_MODELS = ("Llama3.1-8B",)
OWN = "own"  # the model of a shape given by hand

DEFAULT_TOKENS = (1, 16, 64, 256, 1024, 4096, 16384)
QUICK_TOKENS = (64, 512, 4096)

TOLERANCE = {"fp16": 0.02, "bf16": 0.02, "int8": 0.0, "fp8": 0.05}
"""How far the largest difference between two kernels may go, as a share of the largest value: beyond all that rounding
and the order of additions do, and far below what one wrong index does. Integers must agree."""

SAMPLE_US, MOST_CALLS, MOST_COLD_CALLS = 1000.0, 64, 16
"""A sample repeats a product until it lasts a millisecond, yet no oftener than fits the queue of launches."""

LEAST_SAMPLES, SAMPLES = 20, 25

FAR_BEHIND = 2.0
"""How many times as long as the fastest 2:4 kernel another one may take and still be sampled: noise is far less."""

AT_FAULT_US = 20_000.0
"""So long no kernel takes for a small product, its first launch by a slow host included. cuSPARSELt 0.8 on H100 takes
200 ms for one of 5 µs in FP16 where it shall write the result as the dense one lies."""

LATE = "the host launches it more slowly than the GPU computes"

HOST_US = 20_000.0
"""From so long on a product is not measurably longer for what the host takes to launch it: a millisecond was seen."""

OUTDONE = 1.5
"""How many times as long as a product that contains it a dense product must take to be at fault."""


class Product(NamedTuple):
    """A matrix product: `tokens` × `inputs` by a weight of `outputs` × `inputs`, and the model that it comes from."""

    dtype: str
    model: str
    tokens: int
    outputs: int
    inputs: int

    def __str__(self) -> str:
        """As messages name it."""
        return f"{self.dtype} M={self.tokens} N={self.outputs} K={self.inputs}"

    def within(self, other: Product) -> bool:
        """Whether the other one, of the same type, is at least as large every way."""
        mine, others = self[2:], other[2:]
        return self.dtype == other.dtype and all(size <= others[at] for at, size in enumerate(mine))


def plan(dtypes: Iterable[str], shapes: Iterable[tuple[str, Shape]], tokens: Iterable[int]) -> list[Product]:
    """Every product once, by type, large weights before small and many tokens before few: what contains a product
    comes before it.

    >>> [str(each) for each in plan(["int8"], [("a", (64, 64)), ("a", (128, 64)), ("b", (64, 64))], [1, 32])]
    ['int8 M=32 N=128 K=64', 'int8 M=1 N=128 K=64', 'int8 M=32 N=64 K=64', 'int8 M=1 N=64 K=64']
    """
    models: dict[Shape, str] = {}
    for model, shape in shapes:
        models.setdefault(shape, model)
    ordered = sorted(models, key=lambda shape: shape[0] * shape[1], reverse=True)
    sizes = sorted(set(tokens), reverse=True)
    return [Product(dtype, models[at], m, *at) for dtype in dict.fromkeys(dtypes) for at in ordered for m in sizes]


# --- the seam: all that this file asks of a GPU ---


class Kernel(NamedTuple):
    """A way to compute a product: `prepare` stores the weight as the kernel wants it, and gives what computes."""

    name: str
    prepare: Callable[[], Callable[[], Any]]


class Timing(NamedTuple):
    """Microseconds per call, and whether they are the GPU's alone: the host had launched all before it began."""

    us: float
    alone: bool


class Gpu(Protocol):
    """What measures: a real GPU through PyTorch, or what a test makes of it. Any of its methods may raise what PyTorch
    raises; `reason` puts that into words.
    """

    name: str

    def software(self) -> Mapping[str, str]:
        """Versions by column: torch, cuda, cusparselt, driver."""

    def lacks(self, dtype: str) -> str:
        """Why there are no products of a type here; empty where there are."""

    def kernels(self, product: Product) -> Sequence[Kernel]:
        """The ways to compute a product: the dense one first, then those of 2:4."""

    def difference(self, found: Any, wanted: Any) -> float:
        """The largest difference between two results, as a share of the largest value wanted; infinite or NaN where
        they cannot be compared.
        """

    def time(self, run: Callable[[], Any], calls: int, cold: bool) -> Timing:
        """The mean time of `calls` calls in a row, each after a flush of L2 where they shall be cold."""

    def reason(self, error: Exception) -> str:
        """An error in words. Raises `GpuLost` where nothing can be measured after it."""

    def tidy(self) -> None:
        """Give back what earlier products held."""


class Unusable(Exception):
    """There is nothing to measure with here; the message says what is missing."""


class GpuLost(Exception):
    """The GPU is in a state in which every further call of this process fails. `kernel` names what broke it, with its
    type (`fp16:cutlass`), where that is known.
    """

    def __init__(self, why: str, kernel: str = "") -> None:
        super().__init__(why)
        self.kernel = kernel


class Skipped(Exception):
    """A product that cannot be measured; the message says why."""


class Refused(Exception):
    """A kernel that does not take a product; the message says why."""


# --- measuring ---


def reason(gpu: Gpu, product: Product, kernel: str, error: Exception) -> str:
    """What a kernel raised, in words. Raises `GpuLost`, which names the kernel, where nothing works after it."""
    try:
        return gpu.reason(error)
    except GpuLost as lost:
        raise GpuLost(f"{product}, {kernel}: {lost}", f"{product.dtype}:{kernel}") from error


class Ready(NamedTuple):
    """A kernel that has computed a product rightly, and what computes it again."""

    name: str
    run: Callable[[], Any]


class Measured(NamedTuple):
    """The times of a product in microseconds, their spread, and which kernel is the 2:4 one."""

    product: Product
    dense_us: float
    dense_spread: float
    sp24_us: float
    sp24_spread: float
    backend: str
    note: str

    @property
    def speedup(self) -> float:
        """How many times as fast as dense 2:4 is."""
        return self.dense_us / self.sp24_us


def ready(gpu: Gpu, product: Product, without: Iterable[str] = ()) -> tuple[list[Ready], dict[str, str]]:
    """The kernels that compute the product rightly, dense first, and why the others do not, by name.

    Raises `Skipped` where the dense one, or all of the others, are among the latter.
    """
    usable: list[Ready] = []
    refused: dict[str, str] = {}
    wanted: Any = None
    try:
        kernels = gpu.kernels(product)
    except Exception as error:
        raise Skipped(gpu.reason(error)) from None
    if kernels[0].name in without:
        raise Skipped(f"there is nothing to compare with, without {kernels[0].name}")
    for at, kernel in enumerate(each for each in kernels if each.name not in without):
        try:
            run = kernel.prepare()
            found = run()
            wanted = found if at == 0 else wanted
            off = gpu.difference(found, wanted)
            if off <= (0.0 if at == 0 else TOLERANCE[product.dtype]):
                usable.append(Ready(kernel.name, run))
            else:
                refused[kernel.name] = f"wrong result, off by {off:.2g} of the largest value"
            del run, found
        except Exception as error:
            refused[kernel.name] = reason(gpu, product, kernel.name, error)
        if refused and not usable:
            raise Skipped(f"{kernel.name}: {refused[kernel.name]}")
    if len(usable) < 2:
        raise Skipped(words(refused) or "no 2:4 kernel")
    return usable, refused


def clocked(gpu: Gpu, product: Product, kernel: Ready, calls: int, cold: bool) -> Timing:
    """One sample of a kernel. Raises `Skipped` where it cannot be timed."""
    try:
        return gpu.time(kernel.run, calls, cold)
    except Exception as error:
        raise Skipped(f"{kernel.name}: {reason(gpu, product, kernel.name, error)}") from None


def timed(gpu: Gpu, product: Product, kernels: Sequence[Ready], samples: int, cold: bool) -> dict[str, list[Timing]]:
    """Samples of every kernel by name, dense first, without the 2:4 kernels far behind the fastest. They take turns,
    and another one begins each time. Raises `Skipped` where a kernel cannot be timed.
    """
    most = MOST_COLD_CALLS if cold else MOST_CALLS
    calls: dict[str, int] = {}
    rough: dict[str, float] = {}
    for each in kernels:
        clocked(gpu, product, each, 3, cold)  # not counted: clocks rise, memory is allotted
        rough[each.name] = max(clocked(gpu, product, each, 3, cold).us, 1e-3)
        calls[each.name] = max(1, min(most, math.ceil(SAMPLE_US / rough[each.name])))
    fastest = min((rough[each.name] for each in kernels[1:]), default=0.0)
    kernels = [each for at, each in enumerate(kernels) if at == 0 or rough[each.name] <= FAR_BEHIND * fastest]
    taken: dict[str, list[Timing]] = {each.name: [] for each in kernels}
    for turn in range(samples):
        first = turn % len(kernels)
        for each in (*kernels[first:], *kernels[:first]):
            taken[each.name].append(clocked(gpu, product, each, calls[each.name], cold))
    return taken


def measure(gpu: Gpu, product: Product, samples: int, cold: bool, without: Iterable[str] = ()) -> Measured:
    """Time a product dense and 2:4. Raises `Skipped`, with the reason, where it cannot be."""
    kernels, refused = ready(gpu, product, without)
    taken = timed(gpu, product, kernels, samples, cold)
    (dense, *pruned), times = taken, {name: _of_the_gpu(mine) for name, mine in taken.items()}
    late = [name for name, mine in taken.items() if _host_bound(mine)]
    refused.update(dict.fromkeys(late, LATE))
    best = min((name for name in pruned if name not in late), key=lambda name: middle(times[name]), default="")
    if dense in late or not best:
        raise Skipped(words(refused))
    return Measured(
        product,
        middle(times[dense]),
        spread(times[dense]),
        middle(times[best]),
        spread(times[best]),
        best,
        words(refused),
    )


def middle(times: Sequence[float]) -> float:
    """The median."""
    return statistics.median(times)


def spread(times: Sequence[float]) -> float:
    """The range of the middle half, as a share of the median.

    >>> spread([10, 10, 10, 10]), spread([8, 9, 10, 11, 12])
    (0.0, 0.2)
    """
    low, median, high = statistics.quantiles(times, n=4, method="inclusive")
    return (high - low) / median


def words(refused: Mapping[str, str]) -> str:
    """Why kernels were left out."""
    return "; ".join(f"{name}: {reason}" for name, reason in refused.items())


def _host_bound(taken: Sequence[Timing]) -> bool:
    """Whether most samples hold time of the host, and are so short that it counts."""
    return sum(each.alone for each in taken) * 2 < len(taken) and middle([each.us for each in taken]) < HOST_US


def _of_the_gpu(taken: Sequence[Timing]) -> list[float]:
    """The samples without time of the host; all of them where most hold some, and it does not count."""
    alone = [each.us for each in taken if each.alone]
    return alone if len(alone) * 2 >= len(taken) else [each.us for each in taken]


def outdone(product: Product, dense_us: float, earlier: Mapping[Product, float]) -> bool:
    """Whether a dense product that contains this one took so much less time that the dense kernel must be at fault.

    >>> outdone(Product("int8", "", 64, 64, 64), 16.0, {Product("int8", "", 128, 64, 64): 10.0})
    True
    """
    return any(product.within(other) and us * OUTDONE < dense_us for other, us in earlier.items())


def outcomes(
    gpu: Gpu, products: Iterable[Product], samples: int, cold: bool, without: Mapping[str, Iterable[str]]
) -> Iterator[tuple[Product, Measured | Skipped]]:
    """What becomes of every product. `without` are the kernels that need not be tried, by type."""
    for product in products:
        outcome: Measured | Skipped
        try:
            outcome = measure(gpu, product, samples, cold, without.get(product.dtype, ()))
        except Skipped as skipped:
            outcome = Skipped(str(skipped))  # one without a traceback, which would hold on to the matrices
        gpu.tidy()
        yield product, outcome


def tried(
    gpu: Gpu, dtypes: Iterable[str], without: Iterable[str] = ()
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """By type, the kernels that do not work on this GPU and why; and the types of which none does, and why.

    A small product tells, with sizes that every kernel takes. Those named in `without` (`cutlass`, `fp16:cutlass`) are
    not touched.
    """
    left_out: dict[str, dict[str, str]] = {}
    useless: dict[str, str] = {}
    for dtype in dtypes:
        useless[dtype] = gpu.lacks(dtype)
        if useless[dtype]:
            continue
        named = {each.rpartition(":")[2] for each in without if each.rpartition(":")[0] in ("", dtype)}
        refused = dict.fromkeys(sorted(named), "left out by --without")
        try:
            refused.update(_do_not_work(gpu, Product(dtype, OWN, 256, 1024, 1024), named))
            left_out[dtype] = refused
            del useless[dtype]
        except Skipped as skipped:
            useless[dtype] = "; ".join(filter(None, (words(refused), str(skipped))))
        gpu.tidy()
    return left_out, useless


def _do_not_work(gpu: Gpu, product: Product, without: Iterable[str]) -> dict[str, str]:
    """The kernels that compute a product wrongly or not at all, or take absurdly long, and why. Raises `Skipped` where
    there is no dense one, or no other, besides.
    """
    (_, *pruned), refused = ready(gpu, product, without)
    slow = {each.name: us for each in pruned if (us := clocked(gpu, product, each, 1, cold=False).us) > AT_FAULT_US}
    refused.update((name, f"takes {us / 1e3:,.0f} ms for {product}") for name, us in slow.items())
    if len(slow) == len(pruned):
        raise Skipped(words(refused))
    return refused


# --- the file ---

READ = "device dtype model M N K dense_us sp24_us speedup_24 sp46_us sp68_us sp810_us anomalous_baseline"
"""The columns of the published timings: other patterns than 2:4 stay empty."""

MORE = "backend dense_spread sp24_spread cache source_group gpu torch cuda cusparselt driver measured note"
"""How a row came about."""

COLUMNS = (*READ.split(), *MORE.split())


def device_name(text: str) -> str:
    """A GPU as the page's list of devices calls it, from the name that its driver gives.

    >>> device_name("NVIDIA GeForce RTX 4090"), device_name("NVIDIA A100-SXM4-80GB")
    ('RTX 4090', 'A100 SXM 80GB')
    """
    text = re.sub(r"\b(NVIDIA|GeForce|Tesla|AMD|Instinct)\b", " ", text)
    text = re.sub(r"-(?=SXM|PCIE|\d+GB)", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"\bHBM3\b", "SXM", text)  # H100's SXM board alone is called by its memory
    text = re.sub(r"\bSXM\d\b", "SXM", text)
    text = re.sub(r"\bB300 SXM AC\b", "B300", text)
    text = text.replace("Blackwell Workstation Edition", "Blackwell (WS)")
    return " ".join(text.split())


def row(measured: Measured, anomalous: bool, common: Mapping[str, str]) -> dict[str, Any]:
    """A row of the file: times in microseconds, and what is `common` to all rows."""
    product = measured.product
    return {
        **common,
        "dtype": product.dtype,
        "model": product.model,
        "M": product.tokens,
        "N": product.outputs,
        "K": product.inputs,
        "dense_us": round(measured.dense_us, 3),
        "sp24_us": round(measured.sp24_us, 3),
        "speedup_24": round(measured.speedup, 4),
        "anomalous_baseline": "yes" if anomalous else "no",
        "backend": measured.backend,
        "dense_spread": round(measured.dense_spread, 4),
        "sp24_spread": round(measured.sp24_spread, 4),
        "note": measured.note,
    }


def common(gpu: Gpu, cold: bool) -> dict[str, str]:
    """What all rows have in common: the device, the software, the day. They are a source of their own."""
    return {
        "device": device_name(gpu.name),
        "gpu": gpu.name,
        "cache": "cold" if cold else "warm",
        "source_group": OWN,
        "measured": datetime.date.today().isoformat(),
        **gpu.software(),
    }


# --- the real GPU ---

_TWO_OF_FOUR = ((1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1), (0, 1, 1, 0), (0, 1, 0, 1), (0, 0, 1, 1))


class TorchGpu:
    """A GPU through PyTorch. What a release of PyTorch has is found by looking for it, never by its number."""

    def __init__(self, torch: Any, name: str, capability: tuple[int, int], cache: int, device: str = "cuda") -> None:
        self.torch, self.name, self.capability, self.device = torch, name, capability, device
        self.types = {
            "fp16": torch.float16,
            "bf16": torch.bfloat16,
            "int8": torch.int8,
            "fp8": getattr(torch, "float8_e4m3fn", None),
        }
        self.results = {torch.int8: torch.int32, self.types["fp8"]: torch.bfloat16}
        self.backend = "hipsparselt" if torch.version.hip else "cusparselt"
        self._cache = cache or 128 << 20
        self._flushed: Any = None
        self._cycles = _FEWEST_CYCLES

    def software(self) -> dict[str, str]:
        """Versions by column."""
        versions = {"torch": self.torch.__version__, "cuda": self.torch.version.cuda or self.torch.version.hip or ""}
        versions["cusparselt"] = versions["driver"] = ""
        with contextlib.suppress(Exception):
            versions["cusparselt"] = str(self.torch.backends.cusparselt.version() or "")
        with contextlib.suppress(Exception):
            command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
            said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
            versions["driver"] = said.split()[0]
        return versions

    def lacks(self, dtype: str) -> str:
        """Why there are no products of a type here."""
        if dtype == "int8" and not hasattr(self.torch, "_int_mm"):
            return "this PyTorch multiplies no INT8"
        if dtype == "fp8":
            if self.types["fp8"] is None or not hasattr(self.torch, "_scaled_mm"):
                return "this PyTorch multiplies no FP8"
            if self.capability < (8, 9):
                return f"FP8 needs compute capability 8.9, which {self.name} has not"
        return ""

    def kernels(self, product: Product) -> Sequence[Kernel]:
        """The dense kernel and those of 2:4, on the same random numbers."""
        kind = self.types[product.dtype]
        filled = _up(max(product.tokens, _INT8_ROWS), 16)
        x = self._random(filled, product.inputs, kind)
        weight = self._pruned(product.outputs, product.inputs, kind)
        m = product.tokens
        return (
            Kernel("dense", lambda: self._dense(x, m, weight)),
            Kernel(self.backend, lambda: self._cusparselt(x, m, weight)),
            Kernel(f"{self.backend}+copy", lambda: self._cusparselt(x, m, weight, copy=True)),
            Kernel(f"{self.backend}+search", lambda: self._cusparselt(x, m, weight, search=True)),
            Kernel(f"{self.backend}+search+copy", lambda: self._cusparselt(x, m, weight, search=True, copy=True)),
            Kernel("cutlass", lambda: self._cutlass(x, m, weight)),
        )

    def _random(self, rows: int, columns: int, kind: Any) -> Any:
        """Normally distributed numbers, or integers all over the range."""
        torch = self.torch
        if kind == torch.int8:
            return torch.randint(-127, 128, (rows, columns), dtype=kind, device=self.device)
        wide = torch.bfloat16 if kind == torch.bfloat16 else torch.float16
        return torch.randn(rows, columns, dtype=wide, device=self.device).to(kind)

    def _pruned(self, outputs: int, inputs: int, kind: Any) -> Any:
        """A random weight of which two in every four, at random, are zero."""
        torch = self.torch
        wide = torch.float16 if kind == self.types["fp8"] else kind
        kept = torch.tensor(_TWO_OF_FOUR, dtype=torch.bool, device=self.device)
        kept = kept[torch.randint(len(_TWO_OF_FOUR), (outputs * inputs // 4,), device=self.device)]
        return self._random(outputs, inputs, wide).masked_fill_(~kept.view(outputs, inputs), 0).to(kind)

    def _dense(self, x: Any, tokens: int, weight: Any) -> Callable[[], Any]:
        torch = self.torch
        if x.dtype == torch.int8:
            filled = x[: max(tokens, _INT8_ROWS)]
            return lambda: torch._int_mm(filled, weight.t())[:tokens]
        x = x[:tokens]
        if x.dtype != self.types["fp8"]:
            return lambda: torch.nn.functional.linear(x, weight)
        one = torch.ones((), dtype=torch.float32, device=self.device)

        def scaled() -> Any:
            # Fast accumulation is what inference engines use.
            found = torch._scaled_mm(
                x, weight.t(), scale_a=one, scale_b=one, out_dtype=self.results[x.dtype], use_fast_accum=True
            )
            return found[0] if isinstance(found, tuple) else found  # until PyTorch 2.4 with the largest value

        return scaled

    def _cusparselt(
        self, x: Any, tokens: int, weight: Any, search: bool = False, copy: bool = False
    ) -> Callable[[], Any]:
        """A product whose result cuSPARSELt writes as the dense one lies, or whose result a copy brings into that
        order, which counts: not every type and release has the first, and where both are there either may be faster.
        """
        torch = self.torch
        x = x[: _up(tokens, self._limits("CUSPARSELT", weight).dense_min_rows)].t()
        packed, out = torch._cslt_compress(weight), self.results.get(weight.dtype)
        chosen = self._search(packed, x, out, not copy) if search else ()
        if copy:
            return lambda: torch._cslt_sparse_mm(packed, x, None, None, out, False, *chosen).t().contiguous()
        return lambda: torch._cslt_sparse_mm(packed, x, None, None, out, True, *chosen)

    def _search(self, packed: Any, x: Any, out: Any, transposed: bool) -> tuple[Any, ...]:
        """The fastest algorithm by cuSPARSELt's own search, with how it splits K where PyTorch tells."""
        torch = self.torch
        whole = getattr(getattr(torch._C, "_cusparselt", None), "mm_search", None)
        if whole is not None:
            return tuple(whole(packed, x, None, None, out, transposed)[:3])
        if not hasattr(torch, "_cslt_sparse_mm_search"):
            raise Refused("this PyTorch has no search")
        return (torch._cslt_sparse_mm_search(packed, x, None, None, out, transposed),)

    def _cutlass(self, x: Any, tokens: int, weight: Any) -> Callable[[], Any]:
        torch = self.torch
        x = x[: _up(tokens, self._limits("CUTLASS", weight).dense_min_rows)]
        compress = importlib.import_module("torch.sparse._semi_structured_conversions")
        packed, meta = compress.sparse_semi_structured_from_dense_cutlass(weight)
        out = self.results.get(weight.dtype)
        if hasattr(torch, "_sparse_semi_structured_mm"):
            return lambda: torch._sparse_semi_structured_mm(packed, meta, x.t(), out_dtype=out).t().contiguous()
        return lambda: torch._sparse_semi_structured_linear(x, packed, meta, out_dtype=out).contiguous()

    def _limits(self, library: str, weight: Any) -> Any:
        """The sizes that PyTorch's own kernels of a library take. Raises `Refused` for a weight that they do not."""
        kernels = getattr(self.torch.sparse, f"SparseSemiStructuredTensor{library}", None)
        limits = getattr(kernels, "_DTYPE_SHAPE_CONSTRAINTS", {}).get(weight.dtype)
        if limits is None:
            raise Refused("this PyTorch has no such kernel for this type")
        n, k = limits.sparse_min_rows, limits.sparse_min_cols
        if weight.shape[0] % n or weight.shape[1] % k:
            raise Refused(f"N must be a multiple of {n} and K of {k}")
        return limits

    def difference(self, found: Any, wanted: Any) -> float:
        """The largest difference as a share of the largest value wanted, a slice of rows at a time."""
        found = found[: wanted.shape[0]]
        if found.shape != wanted.shape:
            return math.inf
        at_once = max(1, (1 << 24) // wanted.shape[1])
        worst = largest = 0.0
        for start in range(0, wanted.shape[0], at_once):
            right = wanted[start : start + at_once].double()
            off = float((found[start : start + at_once].double() - right).abs().max())
            if not math.isfinite(off):
                return math.inf
            worst, largest = max(worst, off), max(largest, float(right.abs().max()))
        return worst / largest if largest else math.inf

    def time(self, run: Callable[[], Any], calls: int, cold: bool) -> Timing:
        """The mean time of calls in a row, while the host is ahead of the GPU.

        A kernel that only waits goes before them. Where the first event has passed when the last call is launched, it
        has waited too little, and waits twice as long from then on, for fewer calls where that would take too long.
        """
        cuda = self.torch.cuda
        while True:
            calls = max(1, min(calls, _MOST_WAITED // self._cycles))
            groups, each = (calls, 1) if cold else (1, calls)
            events = [(cuda.Event(enable_timing=True), cuda.Event(enable_timing=True)) for _ in range(groups)]
            cuda._sleep(self._cycles * calls)
            for start, end in events:
                if cold:
                    self._flush()
                start.record()
                for _ in range(each):
                    run()
                end.record()
            alone = not events[0][0].query()
            cuda.synchronize()
            if alone or self._cycles >= _MOST_CYCLES:
                return Timing(sum(start.elapsed_time(end) for start, end in events) * 1e3 / calls, alone)
            self._cycles *= 2

    def _flush(self) -> None:
        """Write twice as much as L2 holds."""
        if self._flushed is None:
            self._flushed = self.torch.empty(2 * self._cache, dtype=self.torch.int8, device=self.device)
        self._flushed.zero_()

    def reason(self, error: Exception) -> str:
        """The first words of an error."""
        text = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, Refused):
            return text
        try:
            self.torch.cuda.synchronize()
        except RuntimeError:
            raise GpuLost(text[:300]) from error
        return "out of memory" if "out of memory" in text.casefold() else text[:160]

    def tidy(self) -> None:
        """Give memory back to the GPU, so that other sizes fit."""
        self._cycles = _FEWEST_CYCLES
        self.torch.cuda.empty_cache()


_INT8_ROWS = 17
"""The fewest rows that `_int_mm` multiplies: fewer tokens are filled up to that, as for the 2:4 kernels."""

_FEWEST_CYCLES, _MOST_CYCLES, _MOST_WAITED = 100_000, 6_400_000, 102_400_000
"""How long the GPU waits for each launch, in cycles of its clock, and for a whole sample: at 1.6 GHz from 60 µs to
4 ms, and 64 ms. A call of cuSPARSELt 0.8 takes the host a millisecond, now and then, where a dense one takes 10 µs."""


def _up(number: int, multiple: int) -> int:
    """The next multiple.

    >>> _up(1, 16), _up(16, 16), _up(17, 8)
    (16, 16, 24)
    """
    return -(-number // multiple) * multiple


def torch_gpu() -> TorchGpu:
    """The first GPU that PyTorch sees. Raises `Unusable` where there is none that knows 2:4."""
    try:
        torch = importlib.import_module("torch")
    except (ImportError, OSError) as error:
        raise Unusable(
            f"PyTorch with CUDA is needed and cannot be imported here ({error}). See https://pytorch.org/get-started."
        ) from None
    warnings.simplefilter("ignore")  # these kernels are prototypes, and say so at every turn
    if not torch.cuda.is_available():
        raise Unusable(
            f"PyTorch {torch.__version__} sees no CUDA GPU here. It needs one with its driver, and a PyTorch built for"
            " CUDA: see https://pytorch.org/get-started."
        )
    found = torch.cuda.get_device_properties(0)
    if (found.major, found.minor) < (8, 0):
        raise Unusable(
            f"{found.name} has compute capability {found.major}.{found.minor}. 2:4 needs 8.0 or later: Ampere, such as"
            " A100 or RTX 30, Ada, Hopper, Blackwell."
        )
    return TorchGpu(torch, found.name, (found.major, found.minor), getattr(found, "L2_cache_size", 0))


# --- the command ---


def _list(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _dtypes(text: str) -> list[str]:
    wanted = [each.casefold() for each in _list(text)]
    if not wanted or not set(wanted) <= set(TOLERANCE):
        raise argparse.ArgumentTypeError(f"“{text}”: write some of {', '.join(TOLERANCE)}, with commas between them")
    return wanted


def _models(text: str) -> list[str]:
    known = {_bare(name): name for name in MODELS}
    wanted = [_bare(each) for each in _list(text)]
    if not wanted or not set(wanted) <= set(known):
        raise argparse.ArgumentTypeError(f"“{text}”: write some of {', '.join(MODELS)}, with commas between them")
    return [known[each] for each in wanted]


def _bare(name: str) -> str:
    return name.casefold().replace("-", "")


def _tokens(text: str) -> list[int]:
    wanted = _list(text)
    if not wanted or not all(each.isdecimal() and int(each) for each in wanted):
        raise argparse.ArgumentTypeError(f"“{text}”: write whole numbers with commas between them, such as 1,64,4096")
    return [int(each) for each in wanted]


def _shapes(text: str) -> list[Shape]:
    wanted = []
    for each in filter(None, (part.strip() for part in text.split(";"))):
        found = re.fullmatch(r"([1-9]\d*)\s*,\s*([1-9]\d*)", each)
        if found is None:
            raise argparse.ArgumentTypeError(f"“{each}”: write N,K;N,K, such as 4096,14336;6144,4096")
        if int(found[2]) % 4:
            raise argparse.ArgumentTypeError(f"“{each}”: K must be a multiple of 4, of which 2:4 keeps two")
        wanted.append((int(found[1]), int(found[2])))
    if not wanted:
        raise argparse.ArgumentTypeError("write N,K;N,K, such as 4096,14336;6144,4096")
    return wanted


def _samples(text: str) -> int:
    if not text.isdecimal() or int(text) < LEAST_SAMPLES:
        raise argparse.ArgumentTypeError(f"“{text}”: write a whole number of at least {LEAST_SAMPLES}")
    return int(text)


def _without(text: str) -> list[str]:
    wanted = [each.casefold() for each in _list(text)]
    for each in wanted:
        dtype, colon, kernel = each.rpartition(":")
        if not kernel or (colon and dtype not in TOLERANCE):
            raise argparse.ArgumentTypeError(f"“{each}”: write a kernel, or type:kernel, such as fp16:cutlass")
    return wanted


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Times dense and 2:4 matrix products on your own GPU, and writes them to a CSV file."
    )
    add = parser.add_argument
    add("--models", type=_models, help=f"some of {', '.join(MODELS)} (default: {', '.join(DEFAULT_MODELS)})")
    add("--shapes", type=_shapes, help="weights of your own as N,K;N,K: outputs and inputs")
    add("--tokens", type=_tokens, help=f"values of M (default: {','.join(map(str, DEFAULT_TOKENS))})")
    add("--dtypes", type=_dtypes, help=f"some of {','.join(TOLERANCE)} (default: all that the GPU has)")
    add("--samples", type=_samples, default=SAMPLES, help=f"samples of every time (default: {SAMPLES})")
    add("--cold", action="store_true", help="flush the L2 cache before every product")
    add(
        "--quick",
        action="store_true",
        help=f"{', '.join(QUICK_MODELS)} and M of {','.join(map(str, QUICK_TOKENS))} only",
    )
    add(
        "--without",
        type=_without,
        default=[],
        help="kernels to leave out, such as cutlass (in all types) or fp16:cusparselt+search",
    )
    add(
        "--resume", action="store_true", help="go on with the file, if it is there: what it holds is not measured again"
    )
    add("--out", type=Path, default=Path("own_gpu.csv"), help="the file to write (default: own_gpu.csv)")
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(
    arguments: Sequence[str] | None = None, gpu: Gpu | None = None, anew: Callable[[Sequence[str]], int] | None = None
) -> int:
    """Measure, write, and say what to do with it. The exit code: 0 for a file, 1 for none or a GPU that failed on the
    way, 2 for nothing to measure with, 130 when interrupted.

    Where a kernel broke the GPU, `anew` begins this program once more, in a new process, with further arguments.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        return _measured(parser, asked, gpu or torch_gpu())
    except Unusable as error:
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        _say("Interrupted before anything was measured.")
        return 130
    except GpuLost as lost:
        _say(f"The GPU failed: {lost}")
        if not lost.kernel or lost.kernel in asked.without:
            _say("Nothing more can be measured.")
            return 1
        _say(f"Everything else goes on in a new process, without {lost.kernel}.\n")
        return (anew or _anew)([*arguments, "--resume", "--without", ",".join([*asked.without, lost.kernel])])


def _anew(arguments: Sequence[str]) -> int:
    """Put a new process, with these arguments, in the place of this one, which would never be rid of a broken GPU."""
    command = [sys.executable, str(Path(__file__).resolve()), *arguments]
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def _measured(parser: argparse.ArgumentParser, asked: argparse.Namespace, gpu: Gpu) -> int:
    out: Path = asked.out
    if out.exists() and not asked.resume:
        parser.error(f"{out} is there already: remove it, go on with it by --resume, or name another file with --out")
    every = common(gpu, asked.cold)
    try:
        earlier = _earlier(out, every) if out.exists() else {}
    except (OSError, ValueError, TypeError) as error:
        parser.error(f"{out} cannot be gone on with: {error}")
    try:
        file = out.open("a" if earlier else "w", encoding="utf-8", newline="")
    except OSError as error:
        parser.error(f"{out} cannot be written: {error}")
    dense = dict(earlier)
    try:
        with file:
            code = _recorded(asked, gpu, every, file, dense)
    finally:
        if not dense:
            out.unlink()
    if not dense:
        _say("Nothing was measured, so there is no file.")
        return code or 1
    _say(
        f"\n{len(dense)} rows are in {out.resolve()}\n"
        "Bring the file to the page, at “Timings of your own GPU”; or see how far off the page is on this GPU, in a\n"
        f"checkout of it: make validate ROWS={out}"
    )
    return code


def _recorded(
    asked: argparse.Namespace, gpu: Gpu, every: Mapping[str, str], file: TextIO, dense: dict[Product, float]
) -> int:
    """Measure what is asked for and not among `dense`, the earlier rows, into the file. The exit code."""
    left_out = _types(gpu, asked.dtypes or TOLERANCE, asked.without, every)
    models = asked.models or ([] if asked.shapes else QUICK_MODELS if asked.quick else DEFAULT_MODELS)
    shapes = [(name, shape) for name in models for shape in MODELS[name]]
    shapes += [(OWN, shape) for shape in asked.shapes or ()]
    products = plan(left_out, shapes, asked.tokens or (QUICK_TOKENS if asked.quick else DEFAULT_TOKENS))
    left = [each for each in products if each not in dense]
    there = f" {len(products) - len(left)} of them are in {asked.out}." if dense else ""
    _say(f"{len(products)} products, large ones first.{there} Ctrl-C stops; what is measured until then stays.")
    return record(outcomes(gpu, left, asked.samples, asked.cold, left_out), len(left), every, file, dense)


def _earlier(path: Path, every: Mapping[str, str]) -> dict[Product, float]:
    """The dense times that a file of this program has. Raises ValueError for another file, or one of another GPU or
    cache.
    """
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        if table.fieldnames is None:
            return {}
        if tuple(table.fieldnames) != COLUMNS:
            raise ValueError("this program did not write it")
        rows = list(table)
    for name in ("gpu", "cache"):
        others = {each[name] for each in rows} - {every[name]}
        if others:
            raise ValueError(f"it has rows of {name} {', '.join(sorted(others))}, and this is {every[name]}")
    return {
        Product(each["dtype"], each["model"], int(each["M"]), int(each["N"]), int(each["K"])): float(each["dense_us"])
        for each in rows
    }


def _types(
    gpu: Gpu, dtypes: Iterable[str], without: Iterable[str], every: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The types that can be measured, each with the kernels that do not work and why. What is left out is said.

    Raises `Unusable` where no type can be.
    """
    versions = (f"{key} {every[key]}" for key in ("torch", "cuda", "cusparselt", "driver") if every.get(key))
    _say(", ".join((gpu.name, *versions)))
    left_out, useless = tried(gpu, dtypes, without)
    for dtype, why in useless.items():
        _say(f"{dtype}: skipped: {why}")
    for dtype, refused in left_out.items():
        if refused:
            _say(f"{dtype}: without {words(refused)}")
    if not left_out:
        raise Unusable("No 2:4 kernel of this PyTorch works on this GPU, for the reasons above.")
    return left_out


def record(
    found: Iterable[tuple[Product, Measured | Skipped]],
    total: int,
    every: Mapping[str, str],
    file: TextIO,
    dense: dict[Product, float],
) -> int:
    """Write a row for every measurement as it comes, and say what comes. The exit code. `dense` has the dense times of
    earlier rows, and takes those of the new ones.
    """
    table = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
    if not dense:
        table.writeheader()
    skipped: Counter[str] = Counter()
    code = 0
    try:
        for at, (product, outcome) in enumerate(found, 1):
            if isinstance(outcome, Skipped):
                skipped[str(outcome)] += 1
                _say(f"[{at}/{total}] {product}: skipped: {outcome}")
                continue
            anomalous = outdone(product, outcome.dense_us, dense)
            dense[product] = outcome.dense_us
            table.writerow(row(outcome, anomalous, every))
            file.flush()
            _say(f"[{at}/{total}] {product}: {_told(outcome, anomalous)}")
    except KeyboardInterrupt:
        _say("\nInterrupted.")
        code = 130
    for why, count in skipped.most_common():
        _say(f"skipped {count}: {why}")
    return code


def _told(found: Measured, anomalous: bool) -> str:
    """A measurement in a line."""
    text = f"dense {found.dense_us:.1f} µs, {found.backend} {found.sp24_us:.1f} µs, {found.speedup:.2f} times as fast"
    text += " (the dense kernel is at fault)" if anomalous else ""
    return f"{text}; {found.note}" if found.note else text


if __name__ == "__main__":
    sys.exit(main())
