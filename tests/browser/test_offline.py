"""What is kept: the page without its server, one version after another and never two at once, and its installation."""

from __future__ import annotations

import json
import re
import shutil
import struct
import threading
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.calculators.registry import CALCULATORS
from tests import cases, reading
from tests.browser.checkpoints import check_counted, pruned
from tests.browser.looks import expected, outputs
from tests.checkpoints import safetensors_of
from tools.build.site import finished, parts
from tools.paths import BILL, COPY, write
from tools.serve import Handler, Server

pytestmark = pytest.mark.with_worker

READY = "html[data-state=ready]"
FOLDER = "REPO"
COMING_MS = 500  # for so long a version that has just been kept, or a page that has just been asked for, is spared


# --- a server that does as it is told ---


class Watched(Handler):
    """Answers as Pages does, notes what is asked for, and hangs up in the middle of what it is told to cut."""

    cutting = False

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        host = self.server.host
        name = self.path.partition("?")[0].removeprefix(f"/{FOLDER}/")
        self.cutting = name in host.cut
        if self.server is not host.server:  # a connection from before the server was stopped
            self.close_connection = True
            return
        host.asked.append(name)
        super().do_GET()
        if self.cutting:
            self.close_connection = True

    def send_header(self, keyword: str, value: str) -> None:
        halved = self.cutting and keyword == "Content-Length"
        super().send_header(keyword, str(2 * int(value)) if halved else value)


class Host:
    """A site that can be stopped, started again and exchanged for another build."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.asked: list[str] = []
        self.cut: set[str] = set()
        self.start()

    def start(self) -> None:
        self.server = Server(self.folder, "/", self.port, "max-age=600", lambda: "")
        self.server.host, self.server.RequestHandlerClass = self, Watched
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        stopped, self.server = self.server, None
        stopped.shutdown()
        stopped.server_close()

    def deploy(self, folder: Path) -> None:
        self.folder = self.server.folder = folder

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/{FOLDER}/"


# Each is seen where it is used: the document, the style, what the first answer needs, what comes later.
MARKS = {
    "index.html": ('<html lang="en"', '<html lang="en" data-build="two"'),
    "static/style.css": (":root {\n", ":root {\n  --build: two;\n"),
    "static/app.zip": ("\nLlama-2-7B,", "\nLlama-2-7B-two,"),
    "static/later.zip": (",a reasonable structure,", ",structure two,"),
}


@pytest.fixture(scope="session")
def builds(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two builds of the site, each below a folder of its own."""
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    shutil.copytree(dist, one / FOLDER)
    made_of = parts()
    for name, (before, after) in MARKS.items():
        made_of[name] = altered(made_of[name], before.encode(), after.encode())
    for name, content in finished(made_of).items():
        write(two / FOLDER / name, content)
    for folder in (one, two):  # a minute is long for a test
        alter(folder / FOLDER / "sw.js", b"COMING_MS = 60_000", b"COMING_MS = %d" % COMING_MS)
    return one, two


def altered(content: bytes, before: bytes, after: bytes) -> bytes:
    """`content` with `after` in place of the one `before` in it, or in a file of it if it is a zip."""
    if not zipfile.is_zipfile(BytesIO(content)):
        assert content.count(before) == 1
        return content.replace(before, after)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        files = {entry: archive.read(entry) for entry in archive.infolist()}
    assert sum(each.count(before) for each in files.values()) == 1
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for entry, each in files.items():
            archive.writestr(entry, each.replace(before, after))
    return buffer.getvalue()


def alter(path: Path, before: bytes, after: bytes) -> None:
    path.write_bytes(altered(path.read_bytes(), before, after))


def asked_as(build: Path, name: str) -> str:
    """The address below the site of the one file of a build that is called so."""
    (found,) = (build / FOLDER).rglob(name)
    return found.relative_to(build / FOLDER).as_posix()


def changed(build: Path) -> set[str]:
    """What is different in this build, as it is asked for."""
    return {"", *(asked_as(build, Path(name).name) for name in MARKS)} - {"index.html"}


@pytest.fixture
def host(builds: tuple[Path, Path]) -> Iterator[Host]:
    host = Host(builds[0])
    yield host
    if host.server:
        host.stop()


@pytest.fixture
def site(host: Host) -> str:
    return host.address


# --- a page that is looked at ---


def answering(page: Page) -> None:
    page.wait_for_selector(READY, state="attached")


def kept(page: Page) -> None:
    """Wait until the page says that it works without its server."""
    expect(page.locator("#offline")).to_have_text("Ready to work offline.", timeout=20_000)


def visit(page: Page, site: str) -> Page:
    page.goto(site)
    answering(page)
    kept(page)
    return page


def reload(page: Page) -> Page:
    page.reload()
    answering(page)
    return page


def seen(page: Page) -> set[str]:
    """The builds that the parts of a page are of."""
    found = {
        page.locator("html").get_attribute("data-build") or "one",
        page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--build').trim()") or "one",
    }
    page.evaluate("location.hash = 'pruning'")
    box = page.locator("#pruning-params")
    for name, build in (("Llama-2-7B", "one"), ("Llama-2-7B-two", "two")):
        box.fill(name)
        box.press("Enter")  # until then it may be on its way to a name
        if box.get_attribute("aria-invalid") != "true" and box.input_value() == name:
            found.add(build)
    page.evaluate("location.hash = 'silhouette?points=0,x;2,x;5,y;8,y'")
    verdict = page.locator("#silhouette-verdict")
    expect(verdict).to_contain_text("structure", timeout=10_000)
    found.add("two" if "structure two" in verdict.inner_text() else "one")
    return found


def look(page: Page) -> None:
    """Come back to a page."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def update(page: Page) -> None:
    """Look for a new version now."""
    page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update())")


def settled(page: Page) -> None:
    """Wait until no version is being fetched, or waits."""
    page.evaluate(
        """async () => {
          const found = await navigator.serviceWorker.getRegistration();
          while (found.installing || found.waiting) await new Promise((resolve) => setTimeout(resolve, 50));
        }"""
    )


def offered(page: Page) -> None:
    expect(page.locator("#newer")).to_contain_text("A new version is here. Reload", timeout=20_000)
    rest(page)


def rest(page: Page) -> None:
    """Let the workers stop. Chromium exchanges a worker for a new one once it rests, which it never does while it is
    debugged: then they are exchanged as the page goes, and the request for the next one may be lost for good.
    """
    for _ in range(400):
        if not page.workers:
            break
        page.wait_for_timeout(50)  # Python's memory is being made: they do not rest while it reads
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    session.detach()
    settled(page)


def versions(page: Page) -> list[str]:
    """What the browser keeps of the site; Python's memory is not of the site (test_memory.py)."""
    names: list[str] = page.evaluate("caches.keys()")
    return sorted(name for name in names if not name.endswith(" pages") and not name.startswith("memory "))


def forget(page: Page) -> None:
    """Empty the browser's own cache, which on Pages forgets after ten minutes: what was kept must do without it."""
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")


def lose(page: Page, address: str) -> None:
    """Take one file from what the browser keeps, here and in its own cache."""
    away = "([name, address]) => caches.open(name).then((one) => one.delete(address))"
    assert page.evaluate(away, [versions(page)[0], address])
    forget(page)


def called(host: Host, build: Path) -> str:
    """What the version of a build is called."""
    found = re.search(r'<meta name="version" content="(\w+)">', (build / FOLDER / "index.html").read_text("utf-8"))
    assert found
    return f"{host.address} {found[1]}"


# --- without the server ---


def test_without_its_server_every_calculator_answers(page: Page, host: Host) -> None:
    visit(page, host.address)
    host.stop()
    page.goto("about:blank")
    page.goto(f"{host.address}?from=elsewhere#pruning?params=70B")
    answering(page)
    expect(page.locator("#pruning-params")).to_have_value("70B")
    reload(page)
    kept(page)
    for slug in CALCULATORS:
        page.evaluate("slug => { location.hash = slug }", slug)
        expect(page.locator(f"#{slug}")).to_be_visible()
        name, text = cases.typed(slug)
        page.locator(f"#{slug} [name={name}]").fill(text)
        assert outputs(page, slug) == reading.close(expected(slug, **{name: text}))
    licences = page.evaluate("fetch('LICENSES.txt').then((found) => found.text())")
    assert "Mozilla Public License" in licences


# The first page came past the worker: the network is asked, in vain, before what the worker keeps.
@pytest.mark.parametrize("first", [pytest.param(True, marks=pytest.mark.expects_console_errors), False])
def test_without_its_server_a_checkpoint_is_counted(page: Page, host: Host, tmp_path: Path, first: bool) -> None:
    visit(page, host.address)
    host.stop()
    if not first:
        reload(page)
    forget(page)
    checkpoint = tmp_path / "one.safetensors"
    checkpoint.write_bytes(safetensors_of(pruned([1])))
    check_counted(page, checkpoint)


def test_each_file_is_fetched_once_and_never_again(page: Page, host: Host, builds: tuple[Path, Path]) -> None:
    visit(page, host.address)
    there = {path.relative_to(builds[0] / FOLDER).as_posix() for path in builds[0].rglob("*") if path.is_file()}
    not_kept = {BILL, COPY, *(name for name in there if "screenshot" in name)}
    assert len(not_kept & there) == 4
    assert Counter(host.asked) == Counter({"", *there} - {"index.html"} - not_kept)
    host.asked.clear()
    page.goto("about:blank")
    visit(page, host.address)
    page.wait_for_timeout(3000)  # Chromium looks for a new worker a while after the load
    assert set(host.asked) <= {"sw.js"}


# --- another version ---


def test_a_first_page_goes_on_as_it_is_until_it_is_reloaded(page: Page, host: Host, builds: tuple[Path, Path]) -> None:
    visit(page, host.address)
    assert page.evaluate("navigator.serviceWorker.controller") is None, "it came past the worker, and stays there"
    page.wait_for_timeout(COMING_MS)
    is_offered(page, host, builds[1])
    assert versions(page) == [called(host, builds[1])]
    is_followed(page, host, "click", ("one", "two"))
    assert page.evaluate("navigator.serviceWorker.controller") is not None
    host.stop()
    forget(page)
    assert seen(reload(page)) == {"two"}
    kept(page)
    assert versions(page) == [called(host, builds[1])]


def test_a_page_goes_on_as_it_is_until_it_is_opened_anew(page: Page, host: Host, builds: tuple[Path, Path]) -> None:
    one, two = builds
    visit(page, host.address)
    reload(page)
    kept(page)
    for way, old, new, names in (
        ("click", one, two, ("one", "two")),
        ("reload", two, one, ("two", "one")),
        ("link", one, two, ("one", "two")),
    ):
        page.wait_for_timeout(COMING_MS)
        is_offered(page, host, new)
        assert versions(page) == sorted([called(host, old), called(host, new)])
        is_followed(page, host, way, names)
    host.stop()
    forget(page)
    assert seen(reload(page)) == {"two"}
    kept(page)
    assert versions(page) == [called(host, two)]


def is_offered(page: Page, host: Host, build: Path) -> None:
    """Another build is there, and offered: what differs in it is fetched, once."""
    host.deploy(build)
    host.asked.clear()
    update(page)
    offered(page)
    asked = Counter(host.asked)
    assert asked.pop("sw.js") in (1, 2)  # Chromium looks for a new worker by itself, too, a while after the load
    assert asked == Counter(changed(build))


def is_followed(page: Page, host: Host, way: str, names: tuple[str, str]) -> None:
    """The page goes from one build to the next, with what was typed in it, in one of the ways there are, and asks for
    nothing more.
    """
    page.wait_for_timeout(500)
    assert seen(page) == {names[0]}
    page.evaluate("location.hash = 'pruning?params=70B'")
    forget(page)
    host.asked.clear()
    if way == "click":
        with page.expect_navigation():
            page.get_by_role("button", name="Reload").click()
    elif way == "reload":
        page.reload()
    else:
        page.locator(".home").click()
    answering(page)
    expect(page.locator("#pruning-params")).to_have_value("Llama-3.1-8B" if way == "link" else "70B")
    kept(page)
    assert seen(page) == {names[1]}
    expect(page.locator("#newer")).to_be_empty()
    assert [name for name in host.asked if name.startswith(("static", "vendor"))] == [], "all is kept, in its own place"


BEGIN_ELSEWHERE = """async ([script, address]) => {
  const worker = new Worker(script, { type: "module" });
  worker.postMessage({ cache: "of a test", address, modules: [] });
  const kept = async () => (await (await caches.open("of a test")).keys()).length;
  for (let tries = 0; tries < 100 && !(await kept()); tries++) await new Promise((next) => setTimeout(next, 200));
  return kept();
}"""


def test_what_a_worker_of_an_older_page_asks_for_is_kept_with_its_page(
    page: Page, host: Host, builds: tuple[Path, Path]
) -> None:
    visit(page, host.address)
    kept(reload(page))
    is_offered(page, host, builds[1])
    forget(page)
    host.asked.clear()
    script = host.address + asked_as(builds[0], "remember.js")
    assert page.evaluate(BEGIN_ELSEWHERE, [script, f"{host.address}memory"]) == 1
    assert [name for name in host.asked if name.startswith(("static", "vendor"))] == []


def test_a_page_that_was_often_here_is_offered_it_too(page: Page, host: Host, builds: tuple[Path, Path]) -> None:
    visit(page, host.address)
    for _ in range(3):  # from then on Chromium has compiled all, and may keep a new worker waiting
        kept(reload(page))
    host.deploy(builds[1])
    reload(page)  # Chromium looks for a new worker by itself
    offered(page)
    assert seen(page) == {"one"}
    page.get_by_role("button", name="Reload").click()
    expect(page.locator("#newer")).to_be_empty()
    kept(page)
    assert seen(page) == {"two"}


@pytest.mark.expects_console_errors  # a preload that is made to wait is complained of
def test_every_tab_stays_what_it_is_even_one_that_is_just_loading(
    context: BrowserContext, host: Host, builds: tuple[Path, Path]
) -> None:
    first = reload(visit(context.new_page(), host.address))
    second = context.new_page()
    second.add_init_script(
        """const fetched = window.fetch;
        window.fetch = async (...args) => {
          if (String(args[0]).includes("app.zip")) await new Promise((resolve) => { window.proceed = resolve; });
          return fetched(...args);
        };"""
    )
    second.goto(host.address)
    while not second.evaluate("'proceed' in window"):
        second.wait_for_timeout(50)
    host.deploy(builds[1])
    update(first)
    offered(first)
    second.evaluate("proceed()")
    answering(second)
    offered(second)
    assert seen(second) == {"one"}
    third = visit(context.new_page(), host.address)
    assert seen(third) == {"two"}
    first.get_by_role("button", name="Reload").click()
    expect(first.locator("#newer")).to_be_empty()
    kept(first)
    assert seen(first) == {"two"}
    assert seen(second) == {"one"}
    offered(second)
    assert len(versions(second)) == 2
    second.close()
    first.wait_for_timeout(COMING_MS)
    kept(reload(first))
    assert versions(first) == [called(host, builds[1])]


@pytest.mark.parametrize("file", ["sw.js", "app.zip", ""])
def test_a_connection_cut_in_the_middle_leaves_what_was(
    page: Page, host: Host, builds: tuple[Path, Path], file: str
) -> None:
    one, two = builds
    reload(visit(page, host.address))
    kept(page)
    host.deploy(two)
    name = asked_as(two, file) if file else ""
    host.cut.add(name)
    host.asked.clear()
    page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update()).catch(() => {})")
    while name not in host.asked:
        page.wait_for_timeout(50)
    settled(page)
    host.stop()
    expect(page.locator("#newer")).to_be_empty()
    assert versions(page) == [called(host, one)]
    assert seen(reload(page)) == {"one"}
    kept(page)
    host.cut.clear()
    host.start()
    update(page)
    offered(page)
    assert seen(reload(page)) == {"two"}
    host.stop()
    assert seen(reload(page)) == {"two"}


def test_a_page_looks_for_a_new_version_once_an_hour_when_it_is_come_back_to(
    page: Page, host: Host, builds: tuple[Path, Path]
) -> None:
    page.clock.install()
    visit(page, host.address)
    page.wait_for_timeout(3000)
    host.deploy(builds[1])
    host.asked.clear()
    look(page)
    page.wait_for_timeout(500)
    page.clock.fast_forward("59:00")
    look(page)
    page.wait_for_timeout(500)
    assert host.asked == []
    page.clock.fast_forward("01:00")
    look(page)
    offered(page)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_offer_covers_nothing_moves_nothing_and_goes_by_keyboard(
    page: Page, host: Host, builds: tuple[Path, Path], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    reload(visit(page, host.address))
    kept(page)
    page.evaluate(
        "window.shifts = []; new PerformanceObserver((list) => window.shifts.push(...list.getEntries()"
        ".map((entry) => entry.value))).observe({ type: 'layout-shift' })"
    )
    host.deploy(builds[1])
    update(page)
    offered(page)
    offer = page.locator("#newer")
    assert offer.get_attribute("role") == "status"
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifts") == []
    place, banner, heading = (page.locator(name).bounding_box() for name in ("#newer", ".banner", "#pruning h1"))
    assert banner["y"] + banner["height"] <= place["y"]
    assert place["y"] + place["height"] <= heading["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.locator(".banner :is(a, button, select)").last.focus()
    page.keyboard.press("Tab")
    expect(offer.get_by_role("button", name="Reload")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(offer).to_be_empty()
    look(page)
    page.wait_for_timeout(500)
    expect(offer).to_be_empty()


# --- beside others, and in browsers that do not keep ---


def test_another_site_of_the_same_origin_keeps_its_own(
    browser: Browser, host: Host, builds: tuple[Path, Path], tmp_path: Path
) -> None:
    shutil.copytree(builds[0] / FOLDER, tmp_path / FOLDER)
    shutil.copytree(builds[1] / FOLDER, tmp_path / "OTHER")
    host.deploy(tmp_path)
    context = browser.new_context()
    other = host.address.replace(FOLDER, "OTHER")
    ours, theirs = visit(context.new_page(), host.address), visit(context.new_page(), other)
    host.stop()
    for page, build in ((ours, "one"), (theirs, "two"), (ours, "one")):
        assert seen(reload(page)) == {build}
        kept(page)
    assert len(versions(ours)) == 2
    context.close()


def test_a_file_that_is_lost_makes_it_silent_and_is_fetched_again(
    page: Page, host: Host, builds: tuple[Path, Path]
) -> None:
    reload(visit(page, host.address))
    kept(page)
    lose(page, host.address + asked_as(builds[0], "later.zip"))
    host.stop()
    look(page)
    expect(page.locator("#offline")).to_be_empty()
    host.start()
    look(page)
    kept(page)
    host.stop()
    reload(page)
    kept(page)
    assert seen(page) == {"one"}


def test_a_page_that_is_lost_comes_from_the_network_with_all_its_parts(
    page: Page, host: Host, builds: tuple[Path, Path]
) -> None:
    reload(visit(page, host.address))
    kept(page)
    name = versions(page)[0]
    assert page.evaluate(
        "([name, address]) => caches.open(name).then((one) => one.delete(address))", [name, host.address]
    )
    forget(page)
    host.deploy(builds[1])
    assert seen(reload(page)) == {"two"}


WITHOUT = {
    "none": "delete Navigator.prototype.serviceWorker",
    "refused": "ServiceWorkerContainer.prototype.register = () => { throw new Error('not here') }",
    "rejected": "ServiceWorkerContainer.prototype.register = async () => { throw new Error('not here') }",
}


@pytest.mark.parametrize("way", WITHOUT)
def test_a_browser_that_keeps_nothing_shows_the_page_and_says_nothing(page: Page, host: Host, way: str) -> None:
    page.add_init_script(WITHOUT[way])
    page.goto(host.address)
    answering(page)
    page.wait_for_timeout(3000)
    expect(page.locator("#offline")).to_be_empty()
    assert "sw.js" not in host.asked
    assert seen(page) == {"one"}


def test_unregistered_it_is_as_on_a_first_visit(page: Page, host: Host) -> None:
    reload(visit(page, host.address))
    page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.unregister())")
    page.goto("about:blank")
    visit(page, host.address)
    assert page.evaluate("navigator.serviceWorker.controller") is None
    assert seen(page) == {"one"}


def test_a_site_without_a_version_registers_nothing(
    page: Page, host: Host, builds: tuple[Path, Path], tmp_path: Path
) -> None:
    shutil.copytree(builds[0] / FOLDER, tmp_path / FOLDER)
    alter(tmp_path / FOLDER / "index.html", called(host, builds[0]).split()[1].encode(), b"")
    host.deploy(tmp_path)
    page.goto(host.address)
    answering(page)
    page.wait_for_timeout(3000)
    assert "sw.js" not in host.asked


def test_while_it_is_worked_on_a_look_for_a_new_version_builds_it(builds: tuple[Path, Path]) -> None:
    asked: list[str] = []
    with Server(builds[0] / FOLDER, "/", 0, "no-cache", lambda: asked.append("build") or "") as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        for name in ("", "sw.js", asked_as(builds[0], "style.css")):
            with urllib.request.urlopen(server.address + name) as answer:
                assert answer.status == 200
        server.shutdown()
    assert asked == ["build", "build"]


# --- without a worker, with what the browser's own cache still allows ---


@pytest.fixture
def plain_page(context: BrowserContext) -> Page:
    context.add_init_script(WITHOUT["none"])
    return context.new_page()


def test_a_reload_after_a_change_gives_one_version_whole(
    plain_page: Page, host: Host, builds: tuple[Path, Path]
) -> None:
    page, (_, two) = plain_page, builds
    page.goto(host.address)
    answering(page)
    assert seen(page) == {"one"}
    host.deploy(two)
    host.asked.clear()
    assert seen(reload(page)) == {"two"}
    assert changed(two) <= {*host.asked}
    assert [name for name in host.asked if name.startswith(("vendor", "icons"))] == [], "what has not changed is here"


def test_going_back_and_coming_anew_after_a_change_give_one_version_whole(
    plain_page: Page, host: Host, builds: tuple[Path, Path]
) -> None:
    page = plain_page
    page.goto(host.address)
    answering(page)
    assert seen(page) == {"one"}
    page.goto("about:blank")
    host.deploy(builds[1])
    page.go_back()
    answering(page)
    assert seen(page) == {"one"}
    page.goto("about:blank")
    page.goto(host.address)
    answering(page)
    assert seen(page) == {"one"}
    assert seen(reload(page)) == {"two"}


@pytest.mark.expects_console_errors
def test_a_page_whose_site_changes_before_all_of_it_is_here_says_so(
    plain_page: Page, host: Host, builds: tuple[Path, Path]
) -> None:
    page, held = plain_page, []
    page.route("**/later.zip", lambda route: held.append(route))
    page.goto(host.address)
    answering(page)
    while not held:  # the page answers before all of it is asked for
        page.wait_for_timeout(20)
    host.deploy(builds[1])
    held[0].continue_()
    expect(page.locator("#status")).to_contain_text("A part of the page did not arrive")
    page.unroute("**/later.zip")
    assert seen(reload(page)) == {"two"}


# --- installing ---


def test_it_can_be_installed(browser: Browser, host: Host) -> None:
    context = browser.new_context()
    page = visit(context.new_page(), host.address)
    session = context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert session.send("Page.getAppId")["appId"] == host.address
    errors = [error["errorId"] for error in session.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    assert [error for error in errors if error != "in-incognito"] == []
    context.close()


def test_the_manifest_says_what_its_pictures_are(dist: Path) -> None:
    (path,) = dist.rglob("manifest.webmanifest")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    assert {"192x192", "512x512", "any"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert "maskable" in {icon.get("purpose") for icon in manifest["icons"]}
    assert {"wide", "narrow"} == {picture["form_factor"] for picture in manifest["screenshots"]}
    for picture in [*manifest["icons"], *manifest["screenshots"]]:
        content = (path.parent / picture["src"]).read_bytes()
        assert len(content) < 200_000
        if picture["type"] == "image/png":
            width, height = struct.unpack(">II", content[16:24])
            assert picture["sizes"] == f"{width}x{height}"
    assert all(picture["label"] for picture in manifest["screenshots"])
