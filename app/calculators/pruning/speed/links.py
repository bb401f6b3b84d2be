"""What joins the devices of a machine, and what it costs them to add up what each has computed of a layer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, constant, rows, source_of
from app.calculators.pruning.speed.devices import Device


class Adding(NamedTuple):
    """How long an all-reduce takes where the link alone needs w microseconds for it: `scale` × w to the `power`, but at
    most the `share` of the link is used.
    """

    scale: float
    power: float
    share: float


@cache
def adding() -> Adding:
    """What `tools/lab/scaling.py` found."""
    return Adding(*(constant(f"all_reduce_{name}").value for name in Adding._fields))


class Link(NamedTuple):
    """A link: GB/s that a device sends through it, and to one other alone where they are joined pair by pair (0: all of
    it). The smallest all-reduce takes `floor_us`, and `step_us` for every step around the ring.
    """

    key: str
    name: str
    gb_s: float
    pair_gb_s: float
    floor_us: float
    step_us: float
    source: Source

    def all_reduce_us(self, among: int, size: float, found: Adding | None = None) -> float:
        """The time in which `among` devices add up `size` bytes that each of them has.

        Around a ring each sends 2 (n − 1) / n of them. What was timed takes much longer than the link needs for it, the
        more so the shorter it is.
        """
        if among == 1:
            return 0.0
        gb_s = min(self.gb_s, self.pair_gb_s * (among - 1)) if self.pair_gb_s else self.gb_s
        wire = 2 * (among - 1) / among * size / (gb_s * 1e3)
        scale, power, share = found or adding()
        longest = max(wire / share, scale * float(wire**power))
        return round(self.floor_us + 2 * (among - 1) * self.step_us + longest, 6)  # see roofline.power_of


@cache
def links() -> dict[str, Link]:
    """The links of `links.csv`, by key."""
    return {
        row["key"]: Link(
            row["key"],
            row["name"],
            float(row["gb_s"]),
            float(row["pair_gb_s"] or 0),
            float(row["floor_us"]),
            float(row["step_us"]),
            source_of(row),
        )
        for row in rows("links.csv")
    }


UNKNOWN, FASTEST = "unknown", "nvlink5"
"""What is counted where no source says what joins a device to others, and the fastest that may."""


@lru_cache(maxsize=64)  # a visitor may type any number of devices
def joined(device: Device, link: str) -> Device:
    """`device` with another link: the same object for the same question, as the caches of the speeds want it."""
    return replace(device, link=link)


def link_of(device: Device) -> Link:
    """What joins devices like this one in a machine."""
    return links()[device.link]


def in_one_machine(device: Device) -> int:
    """How many such devices stand in one machine; a usual number where that is not known."""
    return device.node or int(constant("node_devices").value)
