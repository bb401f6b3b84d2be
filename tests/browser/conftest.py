"""The finished site in a real browser, served as GitHub Pages serves it. A page that complains fails its test.

There are two ways to a page, and the cheap one is the usual one:

- `open_here(fragment)` follows a link within the one page of the module: milliseconds. Python has been started in it
  and all of the program is there. Ahead of each test it is put back: each calculator has its defaults, nothing is
  unfolded, chosen or scrolled, it is 1280 px wide and light, and no route, permission or other page is left. What a
  test hangs on the page beyond that (a listener, a function of the browser that it replaces) it takes away itself, or
  it asks for a page of its own. After a test that failed, the page is started anew.
- `open_page(fragment)` opens a page in a context of its own, as for a visitor who was never here: two seconds, four of
  the processor. For what only a start can show: what is there before Python is, what is fetched, what goes wrong; and
  for what would be in the way of others, such as an installed clock or a table of 100,000 rows.

Either way, and with `page` and `context` themselves, a console error or warning, an uncaught error, or a request to
another origin fails the test. Only a test that breaks the page on purpose, and says so by `expects_console_errors`, may
see the first two.

The page finds no service workers, as in a browser without them, unless a test is marked `with_worker`: what a worker
fetches, no route of a test is asked about.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright._impl import _sync_base
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.opening import LAST, WITHOUT_WORKERS, Heard, Open, Running, follower, hear, opener, put_back, watched
from tools import find_browser
from tools.serve import serving

# What is waited for is there sooner or later: how soon is for tests/bench to say, not for a machine that is busy.
expect.set_options(timeout=20_000)

UNOPTIMISED = "--js-flags=--liftoff-only"
"""WebAssembly that is used much is not compiled anew, optimised. The page of a test lives for seconds: that takes 1.7 s
of the processor, of 4.6 at a start, and gains it nothing. What optimised code answers is tested in
tests/browser/test_endurance.py, and how fast it is, in tests/bench.
"""


def _callers(_context: int) -> list[inspect.FrameInfo]:
    """What calls the caller, innermost first, without the lines around."""
    frames = traceback.walk_stack(sys._getframe(1))
    return [
        inspect.FrameInfo(frame, frame.f_code.co_filename, line, frame.f_code.co_name, None, None)
        for frame, line in frames
    ]


# At each of its calls Playwright notes who called it. `inspect.stack` looks through all modules there are for frames of
# no file, such as `<frozen runpy>` of `python -m`: of what a file of tests takes of the processor, a twentieth.
_sync_base.inspect = SimpleNamespace(stack=_callers)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    arguments = [*find_browser.STEADY, UNOPTIMISED]
    return {**browser_type_launch_args, "executable_path": find_browser.find(), "args": arguments}


@pytest.fixture(scope="session")
def site(dist: Path) -> Iterator[str]:
    """The page's address."""
    with serving(dist) as address:
        yield address


# --- a page of its own ---


@pytest.fixture
def context(
    new_context: Callable[..., BrowserContext], site: str, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    context = new_context()
    if not request.node.get_closest_marker("with_worker"):
        context.add_init_script(WITHOUT_WORKERS)
    with watched(context, site, broken=bool(request.node.get_closest_marker("expects_console_errors"))):
        yield context


@pytest.fixture
def open_page(page: Page, site: str) -> Open:
    """Opens a page that was never open before."""
    return opener(page, site)


# --- the page of the module ---


@pytest.fixture(scope="module")
def running(browser: Browser, site: str) -> Iterator[Running]:
    """The page of the module."""

    def begin() -> tuple[Page, Heard]:
        context = browser.new_context()
        context.add_init_script(WITHOUT_WORKERS)
        heard = hear(context, site)
        return opener(context.new_page(), site)(LAST), heard

    running = Running(begin)
    yield running
    running.close()


@pytest.fixture
def open_here(running: Running, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Follows a link within the page of the module."""
    if not put_back(running.page):
        running.renew()
    failed = request.session.testsfailed
    yield follower(running.page)
    clean = False
    try:
        running.heard.check()
        clean = request.session.testsfailed == failed
    finally:
        if not clean:  # what it left behind is not for the next one
            running.renew()
