"""Pictures as SVG, made in Python: they are in the built page, they print, and they need neither script nor style.

Each stands beside a table that says the same in words, so a picture is hidden from screen readers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import fsum, log

from markupsafe import escape

from app.vocabulary.calculator import Axis, Plot, Segment, Trace, Waffle

WIDTH = 1000
"""Units across a picture, whatever its size on the screen."""


def bar(title: str, segments: tuple[Segment, ...]) -> str:
    """One bar cut into `segments` in proportion, with a legend below that names each and its size.

    Colours come from the style sheet by the place of the segment: class `part-1`, `part-2` and so on.
    """
    whole = fsum(segment.value for segment in segments)
    if whole <= 0:
        return ""
    pieces, legend, at = [], [], 0.0
    for place, segment in enumerate(segments, 1):
        width = segment.value / whole * WIDTH
        label = f"{escape(segment.label)}: {escape(segment.text)}"
        if segment.value:
            pieces.append(
                f'<rect class="part-{place}" x="{at:.2f}" width="{width:.2f}" height="40"><title>{label}</title></rect>'
            )
            legend.append(f'<li><span class="key part-{place}"></span>{label}</li>')
        at += width
    return (
        f'<svg class="bar" viewBox="0 0 {WIDTH} 40" preserveAspectRatio="none" aria-hidden="true">'
        f"<title>{escape(title)}</title>{''.join(pieces)}</svg>"
        f'<ul class="legend" aria-hidden="true">{"".join(legend)}</ul>'
    )


# A plot is laid out in these units, and drawn so small on a phone that 12 of them are still readable.
_WIDTH, _HEIGHT = 400, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 388, 10, 236


def plot(drawn: Plot) -> str:
    """Traces over two axes, with a legend below. What lies beyond an axis is cut off at the frame."""
    x, y = _along(drawn.x, _LEFT, _RIGHT), _along(drawn.y, _BOTTOM, _TOP)
    grid = [f"M{x(at):.1f} {_TOP}V{_BOTTOM}" for at, _ in drawn.x.ticks]
    grid += [f"M{_LEFT} {y(at):.1f}H{_RIGHT}" for at, _ in drawn.y.ticks]
    words = [
        f'<text x="{x(at):.1f}" y="{_BOTTOM + 16}" text-anchor="middle">{escape(tick)}</text>'
        for at, tick in drawn.x.ticks
    ]
    words += [
        f'<text x="{_LEFT - 6}" y="{y(at) + 4:.1f}" text-anchor="end">{escape(tick)}</text>'
        for at, tick in drawn.y.ticks
    ]
    middle = (_TOP + _BOTTOM) / 2
    words += [
        f'<text x="{(_LEFT + _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(drawn.x.label)}</text>',
        f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">{escape(drawn.y.label)}</text>',
    ]
    legend = "".join(
        f'<li><span class="key {each.look} part-{each.part}"></span>{escape(each.label)}</li>'
        for each in drawn.traces
        if each.label
    )
    return (
        f'<figure class="plot" aria-hidden="true"><figcaption>{escape(drawn.title)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}"><path class="grid" d="{"".join(grid)}"/>'
        f"{''.join(words)}{''.join(_trace(each, x, y) for each in drawn.traces)}</svg>"
        f'<ul class="legend">{legend}</ul></figure>'
    )


def _along(axis: Axis, start: float, end: float) -> Callable[[float], float]:
    """Where a value stands between two ends of a picture, never beyond them."""
    scale: Callable[[float], float] = log if axis.log else float
    low, span = scale(axis.low), scale(axis.high) - scale(axis.low)

    def place(value: float) -> float:
        bounded = min(max(value, axis.low), axis.high)
        return start + (scale(bounded) - low) / span * (end - start)

    return place


def _trace(each: Trace, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    at = [(x(one), y(other)) for one, other in each.points]
    if not at:
        return ""
    if each.look in ("line", "dashed", "area"):
        path = "M" + "L".join(f"{one:.1f} {other:.1f}" for one, other in at)
        path += f"V{_BOTTOM}H{at[0][0]:.1f}Z" if each.look == "area" else ""
        drawn = f'<path class="{each.look} part-{each.part}" d="{path}"/>'
    elif each.look == "bars":
        path = "".join(f"M{x(0):.1f} {other:.2f}H{one:.1f}" for one, other in at)
        drawn = f'<path class="bars part-{each.part}" d="{path}"/>'
    else:
        # A line of no length with round ends is a dot, and takes a quarter of a circle's letters.
        path = "".join(f"M{one:.1f} {other:.1f}h0" for one, other in at)
        drawn = f'<path class="{each.look} part-{each.part}" d="{path}"/>'
        if each.look == "rings":
            drawn += f'<path class="hole" d="{path}"/>'
    for (one, other), mark in zip(at, each.marks, strict=False):
        beyond = one > (_LEFT + _RIGHT) / 2
        side = f'x="{one + (-8 if beyond else 8):.1f}" text-anchor="{"end" if beyond else "start"}"'
        drawn += f'<text {side} y="{other + 15:.1f}">{escape(mark)}</text>'
    return drawn


_ACROSS = 50
"""Dots in a row of a waffle: a thousand of them are twenty rows."""


def waffle(drawn: Waffle) -> str:
    """Dots in rows, those of one segment after those of another, with a legend that says how many there are."""
    pieces, legend, at = [], [], 0
    for place, segment in enumerate(drawn.segments, 1):
        label = f"{escape(segment.label)}: {escape(segment.text)}"
        spots = range(at, at + round(segment.value))
        path = "".join(f"M{8 * (spot % _ACROSS) + 4} {8 * (spot // _ACROSS) + 4}h0" for spot in spots)
        pieces.append(f'<path class="cases part-{place}" d="{path}"/>' if path else "")
        legend.append(f'<li><span class="key dots part-{place}"></span>{label}</li>')
        at = spots.stop
    return (
        f'<figure class="plot" aria-hidden="true"><figcaption>{escape(drawn.title)}</figcaption>'
        f'<svg viewBox="0 0 400 {8 * -(-at // _ACROSS)}">{"".join(pieces)}</svg>'
        f'<ul class="legend">{"".join(legend)}</ul></figure>'
    )
