"""The finished page: the shell with every calculator rendered for its defaults, readable without any script."""

from __future__ import annotations

from pathlib import Path

from htpy import (
    Attribute,
    Element,
    Node,
    a,
    details,
    div,
    footer,
    form,
    fragment,
    h1,
    h2,
    header,
    li,
    main,
    nav,
    ol,
    p,
    section,
    span,
    strong,
    summary,
    ul,
)
from markupsafe import Markup

from app import page
from app.calculator import Calculator, Related, Table
from app.registry import CALCULATORS, load
from tools.prose import Reference, references, sections

ROOT = Path(__file__).resolve().parent.parent
_PLACE = '<main id="page"></main>'


def document(shell: str) -> str:
    """`shell` (the text of index.html) with its empty `<main>` filled."""
    if shell.count(_PLACE) != 1:
        raise ValueError(f"index.html must hold {_PLACE} once")
    calculators = [load(slug) for slug in CALCULATORS]
    filled = fragment[_banner(calculators), main(id="page")[map(_calculator, calculators)], _colophon()]
    return shell.replace(_PLACE, str(filled))


def _banner(calculators: list[Calculator]) -> Element:
    return header(".banner")[
        a(".home", href="./")["What pruning really saves"],
        len(calculators) > 1
        and nav(aria_label="Calculators")[
            ul[
                (
                    li[a(href=f"#{each.slug}", aria_current="page" if each is calculators[0] else None)[each.title]]
                    for each in calculators
                )
            ]
        ],
    ]


def _calculator(each: Calculator) -> Element:
    folder = ROOT / "app" / each.slug.replace("-", "_")
    cited = references(folder / "references.toml")
    words = sections((folder / "text.md").read_text(encoding="utf-8"), cited, each.slug)
    regions = {name: Markup(html) for name, html in page.regions(each, each.defaults).items()}
    title = f"{each.slug}-title"
    first, *rest = words.items()

    def region(name: str, wrapper: Element, **attributes: Attribute) -> Element:
        return wrapper(class_=name, id=f"{each.slug}-{name}", **attributes)[regions[name]]

    return section(".calculator", id=each.slug, aria_labelledby=title)[
        div(".heading")[h1(id=title)[each.title], p[each.promise]],
        region("answer", div),
        region("inputs", form, novalidate=True, autocomplete="off", aria_label="Inputs"),
        (_foldable(table, region(table.slug, div)) for table in page.tables(each)),
        _words(each.slug, *first),
        region("worked", div),
        (_words(each.slug, heading, html) for heading, html in rest),
        _references(each.slug, cited),
        _related(each.slug, each.related),
        a(".to-inputs", href=f"#{each.slug}-inputs")["Change inputs"],
    ]


def _foldable(table: Table, content: Element) -> Element:
    """A table's place. What is open stays open: the fold is no part of the region that is patched."""
    heading = h2[table.title]
    return details(".table")[summary[heading], content] if table.folded else div(".table")[heading, content]


def _words(slug: str, heading: str, html: Markup) -> Element:
    return div(".words", id=f"{slug}-{heading.lower().replace(' ', '-')}")[h2[heading], html]


def _references(slug: str, cited: tuple[Reference, ...]) -> Element:
    def entry(each: Reference) -> Node:
        about = ", ".join(str(part) for part in (each.publisher, each.year) if part)
        used = "; ".join(part for part in (each.locator, each.as_of and f"as of {each.as_of}") if part)
        return li(id=f"{slug}-reference-{each.key}")[
            a(href=each.url, rel="noreferrer")[each.title],
            f" ({about})" if about else "",
            f". {used}." if used else ".",
        ]

    return div(".words.references", id=f"{slug}-references")[h2["References"], ol[map(entry, cited)]]


def _related(slug: str, related: tuple[Related, ...]) -> Element:
    def card(each: Related) -> Element:
        live = each.slug in CALCULATORS
        return li[
            strong[a(href=f"#{each.slug}")[each.title] if live else each.title],
            span(".mark")["Live" if live else "Planned"],
            p[each.promise],
        ]

    return div(".words", id=f"{slug}-related")[h2["Related tools"], ul(".related")[map(card, related)]]


def _colophon() -> Element:
    return footer[
        p[
            "Runs in your browser: nothing you type leaves this machine. Free software under the MIT licence; "
            "the parts it is built from are listed in ",
            a(href="LICENSES.txt")["their licences"],
            ".",
        ]
    ]
