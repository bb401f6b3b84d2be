"""Pictures as SVG, made in Python: they are in the built page, they print, and they need neither script nor style.

Each stands beside a table that says the same in words, so a picture is hidden from screen readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from math import fsum, log

from markupsafe import escape

from app.vocabulary.calculator import Axis, Meter, Plot, Segment, Spread, Trace, Waffle

WIDTH = 1000
"""Units across a picture, whatever its size on the screen."""


@lru_cache(maxsize=256)
def key(*words: str) -> str:
    """What a thing is called in a file name and an attribute.

    >>> key("pruning", "Speed: 2:4 / dense")
    'pruning-speed-2-4-dense'
    """
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower())[:80].strip("-")


def savable(title: str, picture: str) -> str:
    """A picture with the buttons that take it away, which are for everybody and so are not within what is hidden."""
    name = key(title)
    buttons = "".join(
        f' <button type="button" data-action="save-picture" data-of="{name}" data-kind="{kind}"'
        f' aria-label="Save “{escape(title)}” as {kind.upper()}">{kind.upper()}</button>'
        for kind in ("svg", "png")
    )
    return f'<div class="picture" data-picture="{name}">{picture}<p class="saves">Save as{buttons}</p></div>'


def bar(title: str, segments: tuple[Segment, ...]) -> str:
    """One bar cut into `segments` in proportion, with a legend below that names each and its size.

    Colours come from the style sheet by the place of the segment: class `part-1`, `part-2` and so on.
    """
    whole = fsum(segment.value for segment in segments)
    if whole <= 0:
        return ""
    pieces, legend, left = [], [], 0.0
    for place, segment in enumerate(segments, 1):
        width = segment.value / whole * WIDTH
        label = f"{escape(segment.label)}: {escape(segment.text)}"
        if segment.value:
            where = f'x="{left:.2f}" width="{width:.2f}" height="40"'
            pieces.append(f'<rect class="part-{place}" {where}><title>{label}</title></rect>')
            legend.append(f'<li><span class="key part-{place}"></span>{label}</li>')
        left += width
    return savable(
        title,
        f'<svg class="bar" viewBox="0 0 {WIDTH} 40" preserveAspectRatio="none" aria-hidden="true">'
        f"<title>{escape(title)}</title>{''.join(pieces)}</svg>"
        f'<ul class="legend" aria-hidden="true">{"".join(legend)}</ul>',
    )


# The small pictures of a cell are as wide as their column: what they draw is stretched, their strokes are not.


def meter(drawn: Meter) -> str:
    """A bar up to its value, the part beyond the limit marked, and a stroke at the limit."""
    limit = drawn.whole if drawn.limit is None else drawn.limit
    scale = WIDTH / max(drawn.whole, drawn.value, limit)
    within, end = min(drawn.value, limit) * scale, limit * scale
    over = (
        f'<rect class="over" x="{end:.0f}" width="{(drawn.value - limit) * scale:.0f}" height="10"/>'
        if drawn.value > limit
        else ""
    )
    stroke = "" if drawn.limit is None else f'<path class="limit" d="M{end:.0f} -2V12"/>'
    return (
        f'<svg class="meter" viewBox="0 0 {WIDTH} 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="{end:.0f}" height="10"/><rect class="fill" width="{within:.0f}" height="10"/>'
        f"{over}{stroke}</svg>"
    )


def spread(drawn: Spread) -> str:
    """A range as a thick stroke, what is likely as a dot, measurements as diamonds; a line where nothing changes."""
    x = _along(drawn.axis, 4, 196)
    one = f'<path class="one" d="M{x(1):.1f} -8V32"/>' if drawn.axis.log else ""
    marks = "".join(f'<path class="measured" d="M{x(each):.1f} 6l5 6l-5 6l-5 -6z"/>' for each in drawn.marks)
    return (
        f'<svg class="spread" viewBox="0 0 200 24" aria-hidden="true">{one}'
        f'<path class="span" d="M{x(drawn.low):.1f} 12H{x(drawn.high):.1f}"/>{marks}'
        f'<circle class="likely" cx="{x(drawn.likely):.1f}" cy="12" r="4.5"/></svg>'
    )


def ticks(axis: Axis) -> str:
    """The ticks of an axis over a column of ranges."""
    x = _along(axis, 4, 196)
    words = "".join(
        f'<text x="{x(place):.1f}" y="11" text-anchor="middle">{escape(tick)}</text>' for place, tick in axis.ticks
    )
    return f'<svg class="ticks" viewBox="0 0 200 14" aria-hidden="true">{words}</svg>'


# A plot is laid out in these units, and drawn so small on a phone that 12 of them are still readable.
PLOT_WIDTH, _HEIGHT = 400, 280
LEFT, RIGHT, _TOP, _BOTTOM = 52, 388, 10, 236


def plot(drawn: Plot) -> str:
    """Traces over two axes, with a legend below. What lies beyond an axis is cut off at the frame."""
    x, y = _along(drawn.x, LEFT, RIGHT), _along(drawn.y, _BOTTOM, _TOP)
    grid = [f"M{x(place):.1f} {_TOP}V{_BOTTOM}" for place, _ in drawn.x.ticks]
    grid += [f"M{LEFT} {y(place):.1f}H{RIGHT}" for place, _ in drawn.y.ticks]
    words = [
        f'<text x="{x(place):.1f}" y="{_BOTTOM + 16}" text-anchor="middle">{escape(tick)}</text>'
        for place, tick in drawn.x.ticks
    ]
    words += [
        f'<text x="{LEFT - 6}" y="{y(place) + 4:.1f}" text-anchor="end">{escape(tick)}</text>'
        for place, tick in drawn.y.ticks
    ]
    middle = (_TOP + _BOTTOM) / 2
    words += [
        f'<text x="{(LEFT + RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(drawn.x.label)}</text>',
    ]
    if drawn.y.label:
        words.append(
            f'<text transform="translate(9 {middle}) rotate(-90)" text-anchor="middle">{escape(drawn.y.label)}</text>'
        )
    legend = "".join(
        f'<li><span class="key {trace.look} part-{trace.part}"></span>{escape(trace.label)}</li>'
        for trace in drawn.traces
        if trace.label
    )
    return savable(
        drawn.title,
        f'<figure class="plot" aria-hidden="true"><figcaption>{escape(drawn.title)}</figcaption>'
        f'<svg viewBox="0 0 {PLOT_WIDTH} {_HEIGHT}"><path class="grid" d="{"".join(grid)}"/>'
        f"{''.join(words)}{''.join(_trace(trace, x, y) for trace in drawn.traces)}</svg>"
        f'<ul class="legend">{legend}</ul></figure>',
    )


def _along(axis: Axis, start: float, end: float) -> Callable[[float], float]:
    """Where a value stands between two ends of a picture, never beyond them."""
    scale: Callable[[float], float] = log if axis.log else float
    low, span = scale(axis.low), scale(axis.high) - scale(axis.low)

    def place(value: float) -> float:
        bounded = min(max(value, axis.low), axis.high)
        return start + (scale(bounded) - low) / span * (end - start)

    return place


def _trace(trace: Trace, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    places = [(x(across), y(up)) for across, up in trace.points]
    if not places:
        return ""
    if trace.look in ("line", "dashed", "area"):
        path = "M" + "L".join(f"{across:.1f} {down:.1f}" for across, down in places)
        path += f"V{_BOTTOM}H{places[0][0]:.1f}Z" if trace.look == "area" else ""
    elif trace.look == "bars":
        path = "".join(f"M{x(0):.1f} {down:.2f}H{across:.1f}" for across, down in places)
    else:
        # A line of no length with round ends is a dot, and takes a quarter of a circle's letters.
        path = "".join(f"M{across:.1f} {down:.1f}h0" for across, down in places)
    hole = f'<path class="hole" d="{path}"/>' if trace.look == "rings" else ""
    marks = "".join(_mark(*place, mark) for place, mark in zip(places, trace.marks, strict=False))
    return f'<path class="{trace.look} part-{trace.part}" d="{path}"/>{hole}{marks}'


def _mark(across: float, down: float, words: str) -> str:
    """Words beside a point, on the side that has room for them."""
    beyond = across > (LEFT + RIGHT) / 2
    side = f'x="{across + (-8 if beyond else 8):.1f}" text-anchor="{"end" if beyond else "start"}"'
    return f'<text {side} y="{down + 15:.1f}">{escape(words)}</text>'


_ACROSS = 50
"""Dots in a row of a waffle: a thousand of them are twenty rows."""


def waffle(drawn: Waffle) -> str:
    """Dots in rows, those of one segment after those of another, with a legend that says how many there are."""
    pieces, legend, start = [], [], 0
    for place, segment in enumerate(drawn.segments, 1):
        label = f"{escape(segment.label)}: {escape(segment.text)}"
        spots = range(start, start + round(segment.value))
        path = "".join(f"M{8 * (spot % _ACROSS) + 4} {8 * (spot // _ACROSS) + 4}h0" for spot in spots)
        pieces.append(f'<path class="cases part-{place}" d="{path}"/>' if path else "")
        legend.append(f'<li><span class="key dots part-{place}"></span>{label}</li>')
        start = spots.stop
    return savable(
        drawn.title,
        f'<figure class="plot" aria-hidden="true"><figcaption>{escape(drawn.title)}</figcaption>'
        f'<svg viewBox="0 0 400 {8 * -(-start // _ACROSS)}">{"".join(pieces)}</svg>'
        f'<ul class="legend">{"".join(legend)}</ul></figure>',
    )
