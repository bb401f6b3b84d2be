"""Where the browser lets a page keep nothing: it starts, answers, and promises nothing that it cannot hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, Playwright, expect

from tests.browser.broken import gone
from tests.browser.checkpoints import COUNTED, pruned
from tests.browser.checks import check_typing
from tests.browser.engines import FIREFOX, starter
from tests.browser.opening import Open, watched
from tests.checkpoints import safetensors_of
from tools import find_browser
from tools.paths import COPY
from tools.serve import serving

BLOCKED = {"default_content_setting_values": {"cookies": 2}}
BLOCKED_FOR_THIRD_PARTIES = {"block_third_party_cookies": True, "cookie_controls_mode": 1}
TIME_TO_KEEP_MS = 2000  # a page that may keep itself says so by then
IS_REFUSED = "() => { try { localStorage.length; return false } catch { return true } }"


@pytest.fixture
def profile(playwright: Playwright, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a Chromium whose visitor has chosen these preferences, with a page that may complain of nothing."""
    contexts: list[BrowserContext] = []

    def open_profile(**chosen: object) -> Page:
        preferences = tmp_path / "profile" / "Default" / "Preferences"
        preferences.parent.mkdir(parents=True)
        preferences.write_text(json.dumps({"profile": chosen}), encoding="utf-8")
        contexts.append(
            playwright.chromium.launch_persistent_context(
                tmp_path / "profile", executable_path=find_browser.find(), args=find_browser.STEADY
            )
        )
        return contexts[0].new_page()

    yield open_profile
    for context in contexts:
        context.close()


def check_refused(frame: Frame) -> None:
    """A page that is kept from keeping anything answers all the same."""
    frame.wait_for_selector("html[data-state=ready]", state="attached")
    assert frame.evaluate(IS_REFUSED), "else this proves nothing"
    frame.fill("#pruning [name=params]", "7B")
    expect(frame.locator("#pruning output[name=remaining_params]")).to_have_text("3.5\u202fB")
    frame.evaluate("location.hash = 'silhouette?a=0.2'")
    expect(frame.locator("#silhouette")).to_be_visible()
    frame.page.wait_for_timeout(TIME_TO_KEEP_MS)
    expect(frame.locator("#status")).to_be_empty()
    expect(frame.locator("#offline")).to_be_empty()


@pytest.mark.parametrize("where", ["site", "copy"])
def test_with_all_site_data_blocked_it_answers(profile: Callable[..., Page], site: str, dist: Path, where: str) -> None:
    address = site if where == "site" else (dist / COPY).as_uri()
    page = profile(**BLOCKED)
    with watched(page.context, address):
        page.goto(address)
        check_refused(page.main_frame)


@contextmanager
def another_site(folder: Path, site: str, sandbox: str) -> Iterator[str]:
    """The address of a page that has ours in a frame."""
    outside = folder / "outside"
    outside.mkdir()
    (outside / "index.html").write_text(
        f'<!doctype html><link rel="icon" href="data:,"><iframe {sandbox} src="{site}" width="1200" height="800">',
        encoding="utf-8",
    )
    with serving(outside) as address:
        yield address.replace("127.0.0.1", "localhost")


SANDBOXED = 'sandbox="allow-scripts"'


@pytest.mark.parametrize(("chosen", "sandbox"), [(BLOCKED_FOR_THIRD_PARTIES, ""), ({}, SANDBOXED)])
def test_in_a_frame_of_another_site_it_answers(
    profile: Callable[..., Page], site: str, tmp_path: Path, chosen: dict[str, object], sandbox: str
) -> None:
    page = profile(**chosen)
    with another_site(tmp_path, site, sandbox) as address, watched(page.context, "http://"):
        page.goto(address)
        check_refused(page.frames[1])


@pytest.mark.parametrize("sandboxed", [False, True])
def test_what_did_not_arrive_is_looked_for_nowhere_else_and_said(
    profile: Callable[..., Page], site: str, tmp_path: Path, sandboxed: bool
) -> None:
    page = profile(**{} if sandboxed else BLOCKED)
    page.route("**/study.zip", gone)
    with another_site(tmp_path, site, SANDBOXED) as address, watched(page.context, "http://", broken=True):
        page.goto(address if sandboxed else site)
        frame = page.frames[-1]
        frame.wait_for_selector("html[data-state=ready]", state="attached")
        assert frame.evaluate(IS_REFUSED), "else this proves nothing"
        checkpoint = tmp_path / "one.safetensors"
        checkpoint.write_bytes(safetensors_of(pruned([1])))
        frame.set_input_files("#pruning-file-study", checkpoint)
        expect(frame.locator("#pruning-study .message")).to_contain_text("did not arrive whole")
        page.unroute("**/study.zip")
        frame.get_by_role("button", name="Try again").click()
        expect(frame.locator("#pruning-study-said")).to_have_text(COUNTED)


def test_firefox_answers_with_all_site_data_blocked(playwright: Playwright, site: str) -> None:
    if absent := find_browser.missing("Firefox"):
        pytest.skip(f"Firefox is not here: its tests need {absent}")
    with starter("Firefox", playwright, {**FIREFOX, "network.cookie.cookieBehavior": 2}) as start:
        engine = start()
        with closing(engine):
            engine.open(site)
            assert engine.evaluate(IS_REFUSED), "else this proves nothing"
            check_typing(engine)
            assert engine.evaluate("() => document.getElementById('offline').textContent") == ""
            assert engine.complaints() == []


# Both are PyScript's, of parts that the page does not use. A new PyScript may ask for more, or in another way.
NOTE_WHAT_IS_OPENED = """window.opened = [];
IDBFactory.prototype.open = (name) => { opened.push(name); };
window.BroadcastChannel = class { constructor(name) { opened.push(name); } };"""


def test_no_database_and_no_channel_is_opened(page: Page, open_page: Open) -> None:
    page.add_init_script(NOTE_WHAT_IS_OPENED)
    open_page("")
    assert page.evaluate("opened") == []
