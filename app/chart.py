"""Pictures as SVG, made in Python: they are in the built page, they print, and they need neither script nor style.

Each stands beside a table that says the same in words, so a picture is hidden from screen readers.
"""

from __future__ import annotations

from math import fsum

from markupsafe import escape

from .calculator import Segment

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
