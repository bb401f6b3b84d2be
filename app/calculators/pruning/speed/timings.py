"""A visitor's own timings of matrix products -> the constants of their device.

A CSV file as tools/measure_gpu.py writes it goes in (the columns of data/gemm_2to4_latency.csv); a line of text that
stands in a box, and so in a link, comes out:

    RTX 4090: bf16 164.2 2380 1.87 1.04 48 0.031; int8 598 2290 1.52 0.98 48 0.045; fp8 at fault

For each type it holds the dense TFLOPS reached, the GB/s read, the gain and the traffic of 2:4, the number of products,
and how far off half of the speed-ups are. The roofline's other constants stay those of `fitted.csv`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import exp, log
from typing import NamedTuple

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.storage import by_key, types
from app.calculators.pruning.speed.devices import NARROW, WIDE, Device, Timed, device, named
from app.calculators.pruning.speed.kernels import Fitted, Kernel, fitted, matmul_us, pruned_24
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import show_typed
from app.vocabulary.table import records

NEEDED = ("device", "dtype", "M", "N", "K", "dense_us", "sp24_us")
TYPES = (*WIDE, *NARROW)
MOST_ROWS = 20_000
FEWEST = 8
"""Products of one type below which nothing can be said of it."""

FITTED_TO = 400
"""Products of one type that are fitted to, evenly taken from those there: more tell no more, and take longer."""

LEAST_POSSIBLE, MOST_POSSIBLE = 0.2, 2.3
"""2:4 leaves half of the products and at least half of the bytes, so it cannot be more than twice as fast; beyond that
and 15% for noise, the dense baseline is at fault. Below a fifth, the sparse side is."""

UNRELIABLE_SHARE = 0.1
"""A type of which more than a tenth of the products is beyond what 2:4 can do is left out: what its others gain is no
more 2:4's than that."""

MOST_SPREAD = 0.25
"""The middle half of the samples of a time may span so much of it: those of a quiet GPU span a hundredth."""

HOST_BOUND = "the host launches it more slowly"
"""What tools/measure_gpu.py notes of a kernel that it could not time."""

SMALLEST = 512
"""Outputs or inputs, below which a product is none of a language model's: timings of them are of the launch."""


class Product(NamedTuple):
    """A matrix product of `tokens` × `inputs` with `outputs` × `inputs`, dense and 2:4, in microseconds."""

    tokens: float
    outputs: float
    inputs: float
    dense_us: float
    sparse_us: float


class Timings(NamedTuple):
    """The device that was timed, in the words of the file, what was found of each type, and of which types the dense
    kernel was at fault.
    """

    of: str
    timed: tuple[tuple[str, Timed], ...]
    at_fault: tuple[str, ...] = ()

    def are_of(self, machine: Device) -> bool:
        """Whether `machine` is the one that was timed; one that is not on the list may be any."""
        known = named(self.of)
        return machine.key.startswith("other-") if known is None else known.key == machine.key


def unclear(row: Mapping[str, str | None]) -> str:
    """Why a row of tools/measure_gpu.py says too little of the GPU, in words; empty where it does not, or where the row
    does not say how it came about.
    """
    if not all(_narrow(row.get(name)) for name in ("dense_spread", "sp24_spread")):
        return f"the middle half of its samples spans more than {MOST_SPREAD:.0%} of the time"
    if HOST_BOUND in (row.get("note") or ""):
        return "the host was too slow to time every kernel, so that the fastest may be missing"
    return ""


def _narrow(spread: str | None) -> bool:
    try:
        return not spread or float(spread) <= MOST_SPREAD
    except ValueError:
        return False


# --- a file ---


def take(text: str) -> str:
    """The line of text for a CSV file. Raises `Invalid`, naming the row and the column, for one that is none."""
    names, by_type, at_fault = _read(text)
    if len(names) > 1:
        listed = ", ".join(sorted(shorten(name) for name in names))
        raise Invalid(f"The file has timings of several devices ({listed}): keep the rows of one.")
    name = names.pop()
    machine = named(_plain(name)) or device("other-datacenter")
    if machine is None:
        raise ValueError("devices.csv has no other-datacenter")
    enough = {kind: rows for kind, rows in by_type.items() if len(rows) >= FEWEST}
    if not enough:
        raise Invalid(
            f"The file has too few products to calibrate with: {FEWEST} or more of one type are needed, of at least"
            f" {SMALLEST} outputs and inputs each."
            + "".join(
                f" In {kind.upper()} 2:4 gains more than it can: the dense kernel is at fault." for kind in at_fault
            )
        )
    found = tuple((kind, _fit(rows, machine, kind)) for kind, rows in enough.items())
    line = write(Timings(_plain(name), found, at_fault))
    read(line)  # which refuses what cannot be
    return line


def _read(text: str) -> tuple[set[str], dict[str, list[Product]], tuple[str, ...]]:
    """The names of the devices, the products of each type that can be fitted to, and the types whose dense kernel is at
    fault.
    """
    lines = records(text)
    head = [cell.strip() for cell in next(lines, [])]
    absent = [name for name in NEEDED if name not in head]
    if absent:
        raise Invalid(
            f"The file has no column {' or '.join(absent)}. It needs {', '.join(NEEDED)}, as tools/measure_gpu.py"
            " writes them."
        )
    at = {name: head.index(name) for name in head}
    names: set[str] = set()
    found: dict[str, list[Product]] = {}
    beyond: dict[str, list[bool]] = {}
    for place, row in enumerate(lines, 2):
        if not any(cell.strip() for cell in row):
            continue
        if place > MOST_ROWS:
            raise Invalid(f"The file has more than {MOST_ROWS:,} rows: keep the first of them.")
        if len(row) < len(head):
            raise Invalid(f"Row {place} has {len(row)} cells, not {len(head)}.")
        kind = row[at["dtype"]].strip().casefold()
        if kind not in TYPES or not row[at["sp24_us"]].strip():
            continue  # a type, or a shape, that was not timed with 2:4
        names.add(row[at["device"]].strip())
        product = Product(*(_number(row[at[name]], place, name) for name in NEEDED[2:]))
        gain = product.dense_us / product.sparse_us
        beyond.setdefault(kind, []).append(gain > MOST_POSSIBLE)
        possible = LEAST_POSSIBLE <= gain <= MOST_POSSIBLE
        anomalous = "anomalous_baseline" in at and row[at["anomalous_baseline"]].strip() == "yes"
        clear = not unclear({name: row[column].strip() for name, column in at.items()})
        if possible and clear and not anomalous and min(product.outputs, product.inputs) >= SMALLEST:
            found.setdefault(kind, []).append(product)
    if not names:
        raise Invalid(f"The file has no timings of 2:4 in {', '.join(TYPES).upper()}.")
    at_fault = tuple(kind for kind, those in beyond.items() if sum(those) > UNRELIABLE_SHARE * len(those))
    return names, {kind: rows for kind, rows in found.items() if kind not in at_fault}, at_fault


_POSSIBLE = {
    **dict.fromkeys(("M", "N", "K"), (1.0, 1e8)),
    **dict.fromkeys(("dense_us", "sp24_us"), (1e-3, 1e9)),
}
"""The least and the most that can stand in a column: no product is larger, and none takes a quarter of an hour."""


def _number(text: str, place: int, name: str) -> float:
    least, most = _POSSIBLE[name]
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not least <= value <= most:
        right = f"a number between {show_typed(least)} and {show_typed(most)}"
        raise Invalid(f"Row {place}, {name}: “{shorten(text)}” is not {right}.")
    return value


def _plain(name: str) -> str:
    """A device's name without what would break the line, and without its maker, who is not in devices.csv."""
    words = shorten(name, 60).replace(":", " ").replace(";", " ").split()
    return " ".join(word for word in words if word.casefold() not in ("nvidia", "geforce", "amd")) or "unnamed"


# --- what it says of the device ---


def _fit(rows: Sequence[Product], machine: Device, kind: str) -> Timed:
    """Each constant in turn so that the median of what it bears on is right, three times over: compute and its gain on
    the products that are bound by computing, bandwidth and its use on those bound by memory.

    A constant that no product bears on stays what it was.
    """
    known, used = fitted(machine, kind), rows[:: -(-len(rows) // FITTED_TO)]
    reached = max(2 * each.tokens * each.outputs * each.inputs / each.dense_us for each in used) / 1e6
    reads = (machine.bandwidth_gb_s or 1000.0) * known.warm_share
    found = {"tflops": reached, "gb_s": reads, "gain_24": known.gain_24, "traffic_24": known.traffic_24}
    within = {
        "tflops": (reached / 2, reached * 4),
        "gb_s": (reads / 10, reads * 10),
        "gain_24": BOUNDS[2][:2],
        "traffic_24": BOUNDS[3][:2],
    }

    def off(name: str, each: Product, value: float) -> float:
        dense, sparse = times(each, known, kind, **(found | {name: value}))
        if name in ("tflops", "gb_s"):
            return log(dense / each.dense_us)
        return log(dense / sparse * each.sparse_us / each.dense_us)

    for _ in range(3):
        bound: dict[bool, list[Product]] = {True: [], False: []}
        for each in used:
            bound[_computes(each, kind, found["tflops"], found["gb_s"])].append(each)
        for name, ends in within.items():
            bear = bound[name in ("tflops", "gain_24")]
            if len(bear) >= FEWEST // 2:
                rising = name in ("gain_24", "traffic_24")
                found[name] = _middle(partial(off, name), bear, *ends, rising)
    errors = sorted(abs(exp(off("gain_24", each, found["gain_24"])) - 1) for each in used)
    return Timed(**found, products=len(rows), error=errors[len(errors) // 2])


def times(
    each: Product, known: Fitted, kind: str, tflops: float, gb_s: float, gain_24: float, traffic_24: float
) -> tuple[float, float]:
    """The dense and the 2:4 time of a product in microseconds, by the roofline with these constants."""
    of = types()[kind]
    element, stored = of.bits / 8, by_key()["2:4"].bits(0.5, of.values, of.scales) / 8
    launch, power = constant("launch_us", "gemm").value, constant("power", "gemm").value
    dense = Kernel(tflops * 1e6, gb_s * 1e3, element, max(2.0, element), element, launch)
    sparse = pruned_24(dense, known._replace(gain_24=gain_24), stored, gb_s * 1e3 * traffic_24)
    shape = each.tokens, each.outputs, each.inputs
    return matmul_us(*shape, dense, power), matmul_us(*shape, sparse, power)


def _computes(each: Product, kind: str, tflops: float, gb_s: float) -> bool:
    """Whether computing takes longer than memory."""
    element = types()[kind].bits / 8
    moved = element * (each.tokens * each.inputs + each.outputs * each.inputs) + 2 * each.tokens * each.outputs
    return 2 * each.tokens * each.outputs * each.inputs / (tflops * 1e6) > moved / (gb_s * 1e3)


def _middle(
    off: Callable[[Product, float], float], rows: Sequence[Product], least: float, most: float, rising: bool
) -> float:
    """The value between `least` and `most` at which half of the rows are off upwards: bisected, as what is off only
    rises, or only falls, with the value.
    """
    low, high = log(least), log(most)
    for _ in range(16):
        value = (low + high) / 2
        above = sum(off(each, exp(value)) > 0 for each in rows) * 2 > len(rows)
        if above == rising:
            high = value
        else:
            low = value
    return exp((low + high) / 2)


# --- the line of text ---

_AT_FAULT = "at fault"


def write(timings: Timings) -> str:
    """The line for what was found."""
    parts = [
        f"{kind} {each.tflops:.4g} {each.gb_s:.4g} {each.gain_24:.3g} {each.traffic_24:.3g}"
        f" {each.products} {each.error:.2g}"
        for kind, each in timings.timed
    ]
    return f"{timings.of}: " + "; ".join([*parts, *(f"{kind} {_AT_FAULT}" for kind in timings.at_fault)])


def read(text: str) -> Timings:
    """What a line says.

    >>> read("RTX 4090: bf16 164.2 2380 1.87 1.04 48 0.031").timed[0][1].gain_24
    1.87
    """
    of, _, rest = text.partition(":")
    found: dict[str, Timed] = {}
    at_fault: list[str] = []
    for part in rest.split(";"):
        kind, *numbers = part.split() or [""]
        if " ".join(numbers) == _AT_FAULT and kind in TYPES and kind not in {*found, *at_fault}:
            at_fault.append(kind)
            continue
        try:
            tflops, gb_s, gain, traffic, products, error = map(float, numbers)
        except ValueError:
            raise _unreadable(text) from None
        if kind not in TYPES or kind in {*found, *at_fault}:
            raise _unreadable(text)
        for number, (least, most, words) in zip(numbers, BOUNDS, strict=True):
            if not least <= float(number) <= most:
                given = f"{kind.upper()} “{shorten(number)}” {words}"
                between = f"between {show_typed(least)} and {show_typed(most)}"
                raise Invalid(f"These timings give {given}, which must be {between}. {_BRING}")
        found[kind] = Timed(tflops, gb_s, gain, traffic, round(products), error)
    if not found:
        raise _unreadable(text)
    return Timings(_plain(of), tuple(found.items()), tuple(at_fault))


BOUNDS = (
    (0.001, 1e6, "TFLOPS"),
    (1.0, 1e6, "GB/s"),
    (0.5, MOST_POSSIBLE, "times the speed with 2:4"),
    (0.3, 3.0, "times the use of memory with 2:4"),
    (1.0, 1e6, "products"),
    (0.0, 10.0, "as their error"),
)
"""The least and the most of each figure of `Timed`: peaks as they may be typed, and gains as `_fit` looks for them."""


_BRING = "Choose the CSV file that tools/measure_gpu.py made, its times in microseconds, or write none."


def _unreadable(text: str) -> Invalid:
    return Invalid(f"“{shorten(text)}” is not what the page writes for a file of timings. {_BRING}")
