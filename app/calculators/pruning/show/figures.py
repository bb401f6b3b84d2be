"""How numbers are written on the pruning page: in the reader's units, with their formulas where these are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from app.calculators.pruning.data.tables import Source
from app.calculators.pruning.model.flops import Flops
from app.calculators.pruning.model.storage import by_key, types
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.question import Groups, Question
from app.calculators.pruning.speed.evidence.published import Quality
from app.calculators.pruning.speed.laws.ranges import Range
from app.calculators.pruning.speed.roofline import Pass
from app.calculators.pruning.stored import Bytes
from app.vocabulary.calculator import Figure, Line, Link, Piece
from app.vocabulary.quantity import (
    show_bytes,
    show_bytes_binary,
    show_count,
    show_duration,
    show_exact,
    show_flops,
    show_macs,
    show_number,
    show_percent,
    show_ratio,
    show_share,
    signed,
)

How: TypeAlias = Callable[[], str]
"""Makes the formula of a figure, with the numbers in place. Called only where the reader wants formulas."""


NOT_KNOWN: Line = ("not known",)


class Show(NamedTuple):
    """The reader's choice: `binary` bytes (GiB) or decimal ones (GB), `macs` or FLOPs, with `formulas` or without.

    The value of a figure is in bytes or in FLOPs whatever is shown, so that a program that reads the page need not
    know what its reader chose.
    """

    binary: bool = False
    macs: bool = False
    formulas: bool = False

    def bytes(self, value: float, name: str = "", how: How | None = None) -> Figure:
        """An amount of memory."""
        return Figure(value, show_bytes_binary(value) if self.binary else show_bytes(value), name, self._how(how))

    def flops(self, value: float, name: str = "", how: How | None = None) -> Figure:
        """Operations, given as FLOPs."""
        return Figure(value, show_macs(value / 2) if self.macs else show_flops(value), name, self._how(how))

    def short(self, value: float, name: str = "", how: How | None = None) -> Figure:
        """A number of things, in short."""
        return Figure(value, show_count(value), name, self._how(how))

    def exact(self, value: float, how: How | None = None) -> Figure:
        """A number with all its digits."""
        return Figure(value, show_exact(value), "", self._how(how))

    def share(self, value: float, how: How | None = None) -> Figure:
        """A share, as a percentage."""
        return Figure(value, show_share(value), "", self._how(how))

    def percent(self, value: float, how: How | None = None) -> Figure:
        """A share among others in a column."""
        return Figure(value, show_percent(value), "", self._how(how))

    def ratio(self, value: float, name: str = "", how: How | None = None) -> Figure:
        """How many times as much."""
        return Figure(value, show_ratio(value), name, self._how(how))

    def tflops(self, flops_per_us: float) -> Figure:
        """A computing rate, with FLOPs per second as its value."""
        return Figure(flops_per_us * 1e6, show_flops(flops_per_us * 1e6) + "/s")

    def rate(self, value: float, name: str = "") -> Figure:
        """So many in a second."""
        return Figure(value, show_number(value, 3), name)

    def bits(self, value: float, how: How | None = None) -> Figure:
        """Bits per weight."""
        return Figure(value, show_number(value), "", self._how(how))

    def speed(self, speed: Range) -> Line:
        """ "1.02× – 1.42×", or the one figure when nothing can vary."""
        if speed.low == speed.high:
            return (self.ratio(speed.likely, how=passes(speed)),)
        return (self.ratio(speed.low), " – ", self.ratio(speed.high, how=passes(speed)))

    def _how(self, how: How | None) -> str:
        return how() if how and self.formulas else ""


def duration(microseconds: float, name: str = "", how: str = "") -> Figure:
    """A time, with seconds as its value."""
    return Figure(microseconds / 1e6, show_duration(microseconds / 1e6), name, how)


# --- formulas ---


def quotient(part: float, whole: float) -> How:
    """One number over another."""
    return lambda: f"{show_exact(part)} / {show_exact(whole)}"


def total(*parts: float) -> How:
    """A sum; what is nothing is left out."""
    return lambda: " + ".join(show_exact(part) for part in parts if part) or "0"


def remaining(groups: Groups, params: int, option: Option) -> How:
    """Parameters left: by the formula of the page, or what the cut shape counts."""
    if option.model.total != params:
        return lambda: "every matrix and vector of the shape after the cut, counted"
    return lambda: f"{show_exact(params)} × (1 − {show_share(groups.pruned / params)} × {show_share(option.sparsity)})"


def weights(groups: Groups, held: Bytes, kept: float = 1.0) -> How:
    """Bytes of weights: those of each group times its bits."""

    def text() -> str:
        sizes = ((groups.pruned * kept, held.pruned), (groups.linear, held.linear), (groups.rest, held.rest))
        return " + ".join(f"{show_exact(n)} × {show_number(8 * size / n, 6)} / 8" for n, size in sizes if n) or "0"

    return text


def groups_of(groups: Groups, option: Option, whole: float) -> tuple[Groups, float]:
    """The groups that an option's bytes are counted from, and the share of the pruned one that is kept as weights."""
    left = option.model
    if left.total != whole:
        return Groups(left.total * left.prunable, 0.0, left.total * (1 - left.prunable)), 1.0
    return groups, 1 - option.sparsity if option.pruning == "structured" else 1.0


def operations(flops: Flops, macs: bool) -> How:
    """Blocks, head and attention."""
    half = 2 if macs else 1
    return total(*(each / half for each in flops))


def passes(speed: Range) -> How | None:
    """The times before and after that the likely speed-up is the ratio of."""
    before, after = speed.before, speed.after
    if before is None or after is None:
        return None

    def one(each: Pass) -> str:
        return f"({show_duration(each.blocks_us / 1e6)} + {show_duration(each.rest_us / 1e6)})"

    return lambda: f"likely {one(before)} / {one(after)} = {show_ratio(speed.likely)}"


# --- names ---

_NAMES = {"dense": "Dense", "unstructured": "Unstructured", "structured": "Structured"}


def name(option: Option, result: Result) -> str:
    """What the page calls an option, in the order in which things are done to the model: "Structured + INT4"."""
    return _named(option.key, result.question.pattern.words)


@lru_cache(maxsize=128)
def _named(key: str, pattern: str) -> str:
    def one(part: str) -> str:
        if ":" in part:
            return pattern if part == "n:m" else part
        return _NAMES.get(part) or types()[part].name

    return " + ".join(map(one, key.split("+")))


def cut_name(option: Option, result: Result) -> str:
    """The name of an option with how much of it: "50% unstructured", "2:4", "Structured 25%"."""
    said = name(option, result)
    if option.pruning in ("unstructured", "structured") and option.sparsity:
        first = _NAMES[option.pruning]
        return said.replace(first, f"{first} {show_share(option.sparsity)}")
    return said


def capacity(result: Result) -> float | None:
    """Bytes that all devices hold; None where that is not known."""
    fit = result.dense.fit
    return None if fit.memory is None else fit.memory * fit.number


def quoted(found: Quality) -> Line:
    """A published change of quality in words: "+5.2 perplexity"."""
    metric = found.metric.replace("WikiText-2 ", "").replace("WikiText ", "")
    return (Figure(found.delta, signed(show_number(found.delta, 3))), f" {metric}")


def format_name(key: str) -> str:
    """What the page calls a storage format."""
    formats = by_key()
    return formats[key].label if key in formats else types()[key].label


def article(name: str) -> str:
    """ "an H100", "a T4", "a Ryzen", "another CPU": by how the first letter is spoken.

    >>> [article(each) for each in ("H100 PCIe 80GB", "T4", "Ryzen 9", "EPYC 9654", "Another CPU", "RTX 4090")]
    ['an H100 PCIe 80GB', 'a T4', 'a Ryzen 9', 'an EPYC 9654', 'another CPU', 'an RTX 4090']
    """
    bare = name.partition(" (")[0]
    if bare.startswith("Another "):
        return f"a{bare[1:]}"
    spelled = not bare[1:2].islower()
    return f"{'an' if bare[0] in ('AEFHILMNORSX' if spelled else 'AEIOU') else 'a'} {bare}"


def machines(question: Question) -> str:
    """The devices in words: "an H100", "4 × H100"."""
    number, name = question.devices, question.device.name
    return article(name) if number == 1 else f"{number:,} × {name.partition(' (')[0]}"


def requests(number: int) -> Line:
    """ "1 request", "8 concurrent requests": the batch in words."""
    return (Figure(number, show_exact(number)), " concurrent requests" if number > 1 else " request")


def read_at(what: str, sources: Iterable[Source]) -> Line:
    """Where `what` was read: "H100 SXM figures: …". Nothing where no source is known."""
    found = links(each for each in sources if each.title)
    return (f"{what}: ", *found, ".") if found else ()


def links(sources: Iterable[Source]) -> Line:
    """Each source once, by title: two figures of one paper are one paper here."""
    parts: list[Piece] = []
    for title, url in dict.fromkeys((source.title, source.url) for source in sources):
        parts += ["; "] if parts else []
        parts.append(Link(title, url) if url else title)
    return tuple(parts)
