"""Browser entry: takes over the prerendered page."""

from __future__ import annotations

import gc

from app.browser import dom, events
from app.browser.annex import Annex
from app.browser.remainder import Remainder
from app.browser.session import Scripts
from app.browser.sessions import Sessions

SELDOM = (100_000, 50, 50)
"""When Python looks for cycles of garbage. By default it does so many times in a keystroke, each time through more of
what a large table is made of; the page makes next to none (a test watches the heap).
"""


def start(rest: str, inner_loops: str = "", zeros: str = "", **annexes: str) -> None:
    """Answer the link first, then what was typed while Python was loading; from then on, every event. The `rest` of the
    program is a zip at that address, the `inner_loops` of long computations and what counts `zeros` are scripts at
    theirs, and each of the `annexes` is a zip at its own.
    """
    gc.set_threshold(*SELDOM)
    remainder = Remainder(rest)
    apart = {name: Annex(address) for name, address in annexes.items()}
    sessions = Sessions(remainder, Scripts(inner_loops, zeros), apart)
    try:
        sessions.begin()
    except Exception as fault:
        sessions.failed(fault)
    events.listen(sessions)
    if remainder.awaited:
        dom.waiting()
        remainder.then("ready", sessions.ready, dom.fail)
    else:
        sessions.ready()
    remainder.bring()
