"""What holds of the page wherever it comes from: from a server, from what the browser keeps, from one file."""

from __future__ import annotations

import time

from app.calculators.registry import CALCULATORS, load
from app.vocabulary import link
from tests import cases, reading
from tests.browser.engines import Engine
from tests.browser.looks import EXACT, expected


def check_cases(engine: Engine, slug: str, count: int) -> None:
    """Links made by chance give what CPython computes."""
    raws = list(cases.made(slug, count))
    fragments = [link.write(slug, raw, load(slug).defaults) for raw in raws]
    for raw, fragment, found in zip(raws, fragments, engine.follow(*fragments), strict=True):
        wanted = expected(slug, **raw)
        assert wanted, "every case has an answer"
        assert found == (wanted if slug == EXACT else reading.close(wanted)), fragment


def check_typing(engine: Engine) -> None:
    """Each calculator answers what is typed into it, a little later where it has to come first."""
    for slug in CALCULATORS:
        name, text = cases.typed(slug)
        engine.go(slug)
        engine.fill(f"#{slug} [name={name}]", text)
        wanted = reading.close(expected(slug, **{name: text}))
        end = time.monotonic() + 10
        while engine.outputs(slug) != wanted and time.monotonic() < end:
            time.sleep(0.05)
        assert engine.outputs(slug) == wanted, slug
        assert engine.outputs(slug) != reading.close(expected(slug)), slug
