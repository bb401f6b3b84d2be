"""What software does with an option today, on a device, in a type and for a kind of model, as `support.csv` has it.

A row names the types of weight, the kinds of model, and devices: by their maker (`nvidia`, `cpu`), by what compilers
call their chip (`sm80`, `gfx942`: `targets.csv` says whose that is) or by the least of those (`sm80+`). Empty is any.
One for `else` holds where no other does.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, rows, source_of
from app.calculators.pruning.model.architecture import Kind
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.speed.devices import Device


class Support(NamedTuple):
    """What software does with an option today: `runs`, `partial`, `no gain`, `unsupported`, `refuses`, `removed`,
    `ended`, `research`, `not known`, or `depends on the GPU` where that is not known.
    """

    engine: str
    status: str
    says: str
    source: Source


DEPENDS = "depends on the GPU"
RUNNING = ("runs", "partial")
"""What stands for a gain, or for an option that is no slower than it should be."""


class Standing(NamedTuple):
    """The best that software does with an option, `runs`, `depends on the GPU`, `not known`, `research` or `none`, and
    the engines of which that is so.
    """

    status: str
    engines: tuple[str, ...]


def standing(found: tuple[Support, ...]) -> Standing:
    """What has become of an option: whether an engine gains by it today, may, or might one day."""
    for status, counts in (("runs", RUNNING), (DEPENDS, (DEPENDS,))):
        engines = tuple(dict.fromkeys(each.engine for each in found if each.status in counts))
        if engines:
            return Standing(status, engines)
    if all(each.status == "not known" for each in found):
        return Standing("not known", ())
    research = tuple(each.engine for each in found if each.status == "research")
    return Standing("research" if research else "none", research)


_NARROW = ("fp8", "int8", "int4", "mxfp4", "nvfp4", "gguf")


@cache
def target(arch: str) -> str:
    """What compilers call the chip of a device of that architecture; empty where that is not known.

    >>> target("Ampere GA102"), target("Ampere GA100"), target("Blackwell GB10"), target("CDNA3"), target("not known")
    ('sm86', 'sm80', 'sm121', 'gfx942', '')
    """
    known = [row for row in rows("targets.csv") if arch.startswith(row["arch"])]
    return max(known, key=lambda row: len(row["arch"]))["target"] if known else ""


@lru_cache(maxsize=256)  # a visitor may type any number of devices
def support(option: str, device: Device, dtype: str, kind: Kind = "decoder") -> tuple[Support, ...]:
    """What software does with an option of a kind of model on a device, its weights in `dtype` before anything is
    quantized.

    What runs its last step runs one that was pruned and then quantized, where there is no row for both: 2:4 in the type
    it was quantized to. A dense model in a narrow type is what runs that type.
    """
    first, _, then = option.partition("+")
    dtype = types()[dtype].base
    if option == "dense" and dtype in _NARROW:
        option = dtype
    elif then and option != "int4+2:4":
        option, dtype = (then, first) if ":" in then else (then, then)
    elif option == "2:4" and dtype == "int4":
        option = "int4+2:4"
    listed = [
        row
        for row in rows("support.csv")
        if row["option"] == option
        and dtype in (row["types"].split() or [dtype])
        and kind in (row["kinds"].split() or [kind])
    ]
    found = [each for row in listed if (each := _said(row, device))]
    return tuple(found) or tuple(_of(row) for row in listed if row["on"] == "else")


def _of(row: dict[str, str]) -> Support:
    return Support(row["engine"], row["status"], row["says"], source_of(row))


def _said(row: dict[str, str], device: Device) -> Support | None:
    """What a row says of a device; None where it says nothing of it."""
    named = row["on"].split()
    if "else" in named:
        return None
    chip = target(device.arch)
    if not named or device.maker in named or chip in named or any(_least(chip, each) for each in named):
        return _of(row)
    # A GPU that is not in the list may have any chip.
    family = {"nvidia": "sm", "amd": "gfx"}.get(device.maker, "")
    wanted = [each for each in named if family and each.startswith(family)]
    if chip or not wanted or row["status"] not in RUNNING:
        return None
    return _of(row)._replace(status=DEPENDS, says=f"{row['says']}; on {', '.join(map(_words, wanted))}")


def _least(chip: str, named: str) -> bool:
    """Whether a chip is one of those from `named` on, such as sm80+."""
    return named.endswith("+") and chip.startswith("sm") and int(chip[2:]) >= int(named[2:-1])


def _words(named: str) -> str:
    """The chips that a condition names."""
    if not named.startswith("sm"):
        return named
    number = named[2:].rstrip("+")
    return f"compute capability {number[:-1]}.{number[-1]}" + (" and above" if named.endswith("+") else "")
