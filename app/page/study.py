"""What is known of files (`app.vocabulary.study.Report`) -> HTML. Pure. Comes with the first file."""

from __future__ import annotations

from markupsafe import escape

from app.page.chart import key, savable
from app.page.rendering import download_outright, outright, rows_outright
from app.vocabulary import link
from app.vocabulary.calculator import Table
from app.vocabulary.study import Heat, HeatCell, Report


def study(report: Report) -> str:
    """The whole of it."""
    claim = "message" if report.wrong else "claim"
    parts = [f'<p class="{claim}">{outright(report.claim)}</p>']
    parts += [f'<p class="note">{outright(each)}</p>' for each in report.lines]
    if report.label:
        sets = escape(link.pairs(report.carry))
        parts.append(
            f'<p><button type="button" class="main" data-action="carry" data-sets="{sets}">{escape(report.label)}'
            "</button></p>"
        )
    if report.heat:
        parts.append(f'<div class="plots" data-part="checkpoint">{heat(report.heat)}</div>')
        parts.append(_in_a_table(report.heat))
    parts += [_table(each) for each in report.tables]
    files = "".join(download_outright(each) for each in report.downloads)
    parts.append(f'<div class="downloads">{files}</div>' if files else "")
    return "".join(parts)


def _table(table: Table) -> str:
    return (
        f'<details class="rows" id="study-{key(table.title)}"><summary>{escape(table.title)}</summary>'
        f"{_scrolled(table.title, table.heads, rows_outright(table.rows()))}"
        + "".join(f'<p class="note">{outright(note)}</p>' for note in table.notes)
        + "</details>"
    )


def _scrolled(title: str, heads: tuple[str, ...], rows: str) -> str:
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(title)}"><table>'
        f'<caption class="hidden">{escape(title)}</caption><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody>'
        "</table></div>"
    )


def _in_a_table(drawn: Heat) -> str:
    """What the picture shows, for who does not see it."""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{_said(cell)}</td>" for cell in cells)}</tr>'
        for name, cells in zip(drawn.rows, drawn.cells, strict=True)
    )
    table = _scrolled(drawn.title, ("Layer", *drawn.columns), rows)
    return f'<details class="rows" id="study-heat"><summary>The same in a table</summary>{table}</details>'


def _said(cell: HeatCell | None) -> str:
    if cell is None:
        return "—"
    share = f"{100 * cell.share:.1f}%"
    return share if cell.word.endswith("%") else f"{share}, {escape(cell.word)}"


# --- the picture ---

SHARES = (0.001, 0.25, 0.5, 0.75)
"""Where one colour ends and the next begins."""

_NAMES = ("none", "up to 25%", "25 to 50%", "50 to 75%", "75% or more")
_LEFT, _WIDTH, _TALL, _HEAD = 48, 400, 16, 64
_WIDEST = 64


def heat(drawn: Heat) -> str:
    """Cells in colours by their share, with a word in each, under the names of the columns and beside those of the
    rows.
    """
    wide = min(_WIDEST, (_WIDTH - _LEFT) / len(drawn.columns))
    words, cells = [], []
    for at, name in enumerate(drawn.columns):
        across = _LEFT + (at + 0.5) * wide
        words.append(f'<text transform="translate({across:.1f} {_HEAD - 6}) rotate(-40)">{escape(name)}</text>')
    for down, (name, row_cells) in enumerate(zip(drawn.rows, drawn.cells, strict=True)):
        top = _HEAD + down * _TALL
        words.append(f'<text x="{_LEFT - 6}" y="{top + 12}" text-anchor="end">{escape(name)}</text>')
        for at, cell in enumerate(row_cells):
            if cell is None:
                continue
            left = _LEFT + at * wide
            colour = place(cell.share)
            cells.append(
                f'<rect class="heat-{colour}" x="{left + 0.5:.1f}" y="{top + 0.5}" width="{wide - 1:.1f}"'
                f' height="{_TALL - 1}"/><text class="on-heat-{colour}" x="{left + wide / 2:.1f}" y="{top + 12}"'
                f' text-anchor="middle">{escape(cell.word)}</text>'
            )
    legend = "".join(
        f'<li><span class="key heat-{at}"></span>{escape(name)}</li>' for at, name in enumerate(_NAMES)
    ) + "".join(f"<li>{escape(each)}</li>" for each in drawn.legend)
    tall = _HEAD + len(drawn.rows) * _TALL
    return savable(
        drawn.title,
        f'<figure class="plot heat" aria-hidden="true"><figcaption>{escape(drawn.title)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {tall}">{"".join(words)}{"".join(cells)}</svg>'
        f'<ul class="legend">{legend}</ul></figure>',
    )


def place(share: float) -> int:
    """The place of a share among the colours.

    >>> [place(share) for share in (0, 0.2, 0.5, 0.9)]
    [0, 1, 3, 4]
    """
    return sum(share >= each for each in SHARES)
