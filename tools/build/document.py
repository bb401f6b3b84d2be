"""The finished page: the shell with every calculator rendered for its defaults, readable without any script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import starmap

from htpy import (
    Element,
    Node,
    a,
    button,
    caption,
    details,
    div,
    footer,
    form,
    fragment,
    h1,
    h2,
    header,
    input,
    label,
    li,
    main,
    nav,
    ol,
    option,
    p,
    pre,
    progress,
    section,
    select,
    span,
    strong,
    summary,
    tbody,
    th,
    thead,
    tr,
    ul,
)
from htpy import table as html_table
from markupsafe import Markup

from app.page import rendering
from app.page.chart import ticks
from app.page.form import upload
from app.vocabulary.calculator import Axis, Calculator, Field, Group, Table
from tools import paths
from tools.build.complete import Complete, calculators
from tools.build.prose import Reference

_PLACE = '<main id="page"></main>'


def document(shell: str, copy_bytes: int = 0, licences: str = "") -> str:
    """`shell` (the text of index.html) with its empty `<main>` filled. It offers the copy, if there is one of
    `copy_bytes`, and holds the text of the `licences` or, without it, leads to their file.
    """
    if shell.count(_PLACE) != 1:
        raise ValueError(f"index.html must hold {_PLACE} once")
    found = calculators()
    filled = fragment[
        _banner([each.calculator for each in found]),
        # Filled by static/offline.js. A live region is heard only if it was there before its words.
        div("#newer", role="status"),
        main(id="page")[(_calculator(each, [other.calculator for other in found]) for each in found)],
        _colophon(copy_bytes, licences),
    ]
    return shell.replace(_PLACE, str(filled))


def _banner(calculators: list[Calculator]) -> Element:
    """The head of the page: where one is, where else one can go, and what can be done with what is in sight."""
    return header(".banner")[
        a(".home", href="./")["What pruning really saves"],
        len(calculators) > 1
        and nav(aria_label="Calculators")[
            ul[
                (
                    li[a(href=f"#{each.slug}", aria_current="page" if each is calculators[0] else None)[_short(each)]]
                    for each in calculators
                )
            ]
        ],
        div(".tools")[
            button(".main", type="button", data_action="copy-link")["Copy link"],
            button(type="button", data_action="pin")["Pin"],
            button(type="button", popovertarget="export")["Export"],
            div(".menu", id="export", popover="auto")[
                (button(type="button", data_action="export", data_kind=kind)[name] for kind, name in _EXPORTS.items())
            ],
            # The sheet takes its colours from what is chosen here (static/style.css): no script is needed.
            select(".theme", aria_label="Colours", autocomplete="off")[
                (
                    option(value=value)[words]
                    for value, words in (("auto", "Auto"), ("light", "Light"), ("dark", "Dark"))
                )
            ],
        ],
    ]


def _short(each: Calculator) -> str:
    """The title among other calculators."""
    return each.title.removesuffix(" calculator")


def _calculator(found: Complete, every: list[Calculator]) -> Element:
    """A calculator's section. Of several one is seen: static/start.js shows the one that the address names."""
    each, words, cited = found
    regions = {name: Markup(html) for name, html in rendering.regions(each, each.defaults).items()}
    title = f"{each.slug}-title"
    first, *rest = words.items()

    def region(name: str, wrapper: Element, classes: str = "") -> Element:
        """A place that is patched: empty if nothing is there for the defaults."""
        return wrapper(classes, id=f"{each.slug}-{name}")[regions.get(name, "")]

    def control(field: Field) -> Element:
        searched = ".search" if field.search else ""
        return div(f".field{searched}", data_name=field.name)[
            region(f"field-{field.name}", div),
            # Beside the box and not in it: patching the one leaves the other alone.
            field.search and region(f"list-{field.name}", div, ".list"),
            field.sheet and region(f"sheet-{field.name}", div),
            upload(each.slug, field, each.files.label if each.files and field is first_upload else ""),
        ]

    def lines(fields: Iterable[Field]) -> Iterator[Node]:
        """The controls, those beside each other in a line of their own."""
        line: list[Field] = []
        for field in (*fields, None):
            if line and not (field and field.beside):
                controls = [(div(".narrow")[control(one)] if one.beside == "narrow" else control(one)) for one in line]
                yield div(".line")[controls] if len(line) > 1 else controls
                line = []
            if field:
                line.append(field)

    def group(group: Group) -> Element:
        """A fold of the form. It says what it is set to, so that it need not be opened to be known."""
        return details(".group", id=f"{each.slug}-fold-{group.key}")[
            summary[strong[group.title], " ", region(f"group-{group.key}", span, ".note")],
            lines(field for field in each.fields if field.group == group.key),
        ]

    def reader(slug: str, table: Table) -> Element:
        """What reads the lines of a table's plots: by arrow keys here, and by a pointer over them."""
        return div(".reader", data_part=f"{slug}{rendering.READ}")[
            input(
                id=f"{each.slug}-{slug}-reader",
                type="range",
                min="0",
                max="100",
                value=f"{100 * rendering.MIDDLE:g}",
                aria_label=f"Read the lines: {table.title}",
                data_reads=slug,
                autocomplete="off",
            ),
            region(f"{slug}{rendering.READ}", p, ".note"),
        ]

    def tabulated(slug: str, table: Table) -> Element:
        """A table's place. What is open stays open, and what is scrolled stays so: neither is within a region."""
        heading = h2[table.title]
        # A wide table scrolls in its own box, which must be reachable by keyboard.
        rows = div(".scroll", role="region", tabindex="0", aria_label=table.title)[
            html_table(f".{slug}")[
                caption(".hidden")[table.title],
                thead[tr[map(_head, table.columns)]],
                region(slug, tbody),
            ]
        ]
        readable = f"{each.slug}-{slug}-reader" if f"{slug}{rendering.READ}" in regions else None
        content = div(data_part=slug, data_read_by=readable)[
            bool(table.intro) and p[table.intro],
            region(f"{slug}-bar", div),
            region(f"{slug}-plots", div, ".plots"),
            f"{slug}{rendering.READ}" in regions and reader(slug, table),
            details(".rows")[summary["The same in a table"], rows] if table.in_plots else rows,
            region(f"{slug}-notes", div),
            region(f"{slug}-downloads", div, ".downloads"),
        ]
        if not table.folded:
            embedded = slug == next(iter(lead))  # seen in a frame of another page
            return div(".table", id=f"{each.slug}-table-{slug}", data_embedded=embedded)[heading, content]
        gist = f"{slug}{rendering.GIST}"
        told = gist in regions and span(data_part=gist)[region(gist, span)]
        return details(".table", id=f"{each.slug}-table-{slug}")[summary[heading, " ", told], content]

    every_table = rendering.tables(each, each.defaults)
    # What leads stands open below the answer; what goes deeper is listed in the contents.
    lead = {slug: table for slug, table in every_table.items() if not table.folded}
    deep = {slug: table for slug, table in every_table.items() if table.folded}
    cards = div(".cards", id=f"{each.slug}-cards")[regions["cards"]]
    facts = "facts" in regions
    first_upload = next((field for field in each.fields if field.upload), None)
    return section(".calculator", id=each.slug, aria_labelledby=title, hidden=each is not every[0])[
        div(".heading")[
            h1(id=title, tabindex="-1")[each.title],
            p[each.promise],
            # What was done with the head of the page, or with the form: in sight from both.
            span(".done", id=f"{each.slug}-said", role="status"),
        ],
        div(".asked")[
            region("summary", p),
            button(type="button", popovertarget=f"{each.slug}-inputs")["Edit"],
        ],
        div(".answer")[
            h2(".hidden")["Answer"],
            div(".verdict", id=f"{each.slug}-verdict")[regions["verdict"]],
            # Heard once typing pauses, and only the claim. It is heard only if it was there before its words.
            p(".hidden", id=f"{each.slug}-spoken", role="status"),
            div(".working", id=f"{each.slug}-working", hidden=True)[
                progress(max="1", value="0", aria_label="Computing"),
                span(role="status"),
                button(type="button", data_action="cancel")["Cancel"],
                button(type="button", data_action="go-on")["Go on"],
            ],
            region("facts", p, ".facts"),
            not facts and cards,
        ],
        # On a narrow screen the form is a sheet over the page, which needs no script; on a wide one it stands beside.
        form(
            ".inputs",
            id=f"{each.slug}-inputs",
            popover="auto",
            novalidate=True,
            autocomplete="off",
            aria_label="Inputs",
        )[
            lines(field for field in each.fields if not field.group),
            map(group, each.groups),
            div(".actions")[
                button(type="button", data_action="copy-link")["Copy link"],
                button(type="button", data_action="reset")["Reset"],
                _bring_back(each),
                button(".close", type="button", popovertarget=f"{each.slug}-inputs")["Done"],
            ],
        ],
        starmap(tabulated, lead.items()),
        _pinned(each),
        facts and div(".figures")[h2["Your choice in figures"], cards],
        _contents(each, rendering.contents(each)),
        _study(each),
        starmap(tabulated, deep.items()),
        _words(each.slug, *first),
        div(".words", id=f"{each.slug}-worked-example")[
            h2["Worked example, with your numbers"],
            ol(".steps", id=f"{each.slug}-worked", data_part="worked")[regions["worked"]],
        ],
        (_words(each.slug, heading, html) for heading, html in rest),
        _references(each.slug, cited),
        _related(each.slug, [other for other in every if other is not each]),
        # Seen in a frame of another page; static/start.js keeps where it leads.
        p(".whole")[a(href=f"#{each.slug}", target="_blank")[f"{each.title}: change the inputs, see the rest"]],
    ]


def _pinned(calculator: Calculator) -> Element:
    """Where pinned scenarios are compared with what is on the page; seen where there are any (app.page.pins)."""
    slug, title = calculator.slug, "Pinned, side by side"
    return div(".pins", id=f"{slug}-pinned", data_part="pins", hidden=True)[
        h2[title],
        div(id=f"{slug}-pins-bar"),
        div(".scroll", role="region", tabindex="0", aria_label=title)[
            html_table[caption(".hidden")[title], thead(id=f"{slug}-pins-head"), tbody(id=f"{slug}-pins")]
        ],
    ]


_EXPORTS = {"csv": "CSV", "json": "JSON", "markdown": "Markdown", "print": "Print", "embed": "Embed"}
"""What can be taken away, by its `data-kind`."""


def _bring_back(calculator: Calculator) -> Element:
    """What takes a file back that the head of the page made."""
    saved = f"{calculator.slug}-saved"
    return span[
        input(".hidden", id=saved, type="file", accept=".json,application/json", data_takes="saved"),
        label(".button", for_=saved)["Open a saved JSON"],
    ]


def _head(column: str | Axis) -> Element:
    """The head of a column. An axis has its ticks where the ranges below it have them."""
    if isinstance(column, str):
        return th(scope="col")[column]
    return th(scope="col")[column.label, Markup(ticks(column))]


def _study(calculator: Calculator) -> Node:
    """Where files are chosen that a calculator studies, and what is found in them."""
    slug, declared = calculator.slug, calculator.files
    if declared is None:
        return None

    def chooser(identity: str, words: str, folder: bool) -> Node:
        """A control that takes several files, or all of a folder."""
        taken = {"webkitdirectory": True} if folder else {"accept": ",".join((*declared.endings, ".json"))}
        return fragment[
            input(".hidden", id=identity, type="file", multiple=True, data_takes="study", **taken),
            label(".button", for_=identity)[words],
        ]

    return details(".table.study", id=f"{slug}-table-study")[
        summary[h2[declared.title], " ", span(data_part="study")[span(id=f"{slug}-study-gist")]],
        p[declared.intro],
        div(".upload")[
            chooser(f"{slug}-file-study", "Choose files", folder=False),
            chooser(f"{slug}-folder-study", "Choose a folder", folder=True),
        ],
        div(".working", id=f"{slug}-study-working", hidden=True)[
            progress(max="1", value="0", aria_label="Counting"),
            span(role="status"),
            button(type="button", data_action="study-pause")["Pause"],
            button(type="button", data_action="study-go-on")["Go on"],
            button(type="button", data_action="study-cancel")["Cancel"],
        ],
        p(".note", id=f"{slug}-study-said", role="status"),
        div(id=f"{slug}-study"),
    ]


def _contents(calculator: Calculator, parts: Mapping[str, str]) -> Element:
    """The line that stays in sight while one reads: what is below, by part."""
    slug, declared = calculator.slug, calculator.files
    places = [(declared.short, f"{slug}-table-study")] if declared else []
    places += [(words, f"{slug}-table-{key}") for words, key in parts.items()]
    places += [(words, f"{slug}-{key}") for key, words in _WORDS]
    return nav(".contents", aria_label="On this page")[ul[(li[a(href=f"#{place}")[words]] for words, place in places)]]


_WORDS = (
    ("formula", "Formula"),
    ("worked-example", "Worked example"),
    ("questions", "Questions"),
    ("references", "Sources"),
)


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

    # Folded: who wants a source follows its number, which opens them.
    return div(".words.references", id=f"{slug}-references")[
        h2["References"], details[summary[f"All {len(cited)} sources"], ol[map(entry, cited)]]
    ]


def _related(slug: str, others: list[Calculator]) -> Element:
    """The other calculators, in the words of each."""
    cards = (li[strong[a(href=f"#{each.slug}")[each.title]], p[each.promise]] for each in others)
    return div(".words", id=f"{slug}-related")[h2["Related tools"], ul(".related")[cards]]


def _colophon(copy_bytes: int, licences: str) -> Element:
    parts = "their licences" if licences else a(href="LICENSES.txt")["their licences"]
    return footer[
        p[
            "Runs in your browser: nothing you type leaves this machine. Free software under the MIT licence; "
            "the parts it is built from are listed in ",
            parts,
            ".",
        ],
        bool(copy_bytes)
        and p[
            a(href=paths.COPY, download="what-pruning-really-saves.html")["Keep a copy"],
            f": this page in one file of {copy_bytes / 1e6:.1f}\u202fMB, which works without a connection.",
        ],
        bool(licences) and details[summary["Licences"], pre[licences]],
        p("#offline"),  # filled by static/offline.js
    ]
