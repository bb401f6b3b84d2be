"""The one-file copy, opened from the disk with no connection: it is the site, and nothing leaves it."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from app.calculators.registry import CALCULATORS, load
from tests import depth, reading
from tests.browser.checkpoints import check_counted, pruned
from tests.browser.checks import check_cases, check_typing
from tests.browser.engines import ByPlaywright
from tests.browser.looks import expected, outputs, until_all_follows
from tests.browser.opening import FAILED, LAST, Heard, Open, Running, hear, ready
from tests.checkpoints import safetensors_of
from tools.paths import COPY


@pytest.fixture(scope="session")
def copy(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copy where a visitor may have put it."""
    kept = tmp_path_factory.mktemp("kept") / "Meine Seiten, größer & 50 % #1" / "Kopie – 副本.html"
    kept.parent.mkdir()
    shutil.copy(dist / COPY, kept)
    return kept


def disconnect(context: BrowserContext) -> Heard:
    """Take the connection away, so that nothing is had but a page from the disk, and listen."""
    heard = hear(context, "")  # what the policy refuses is asked of nobody, so the route alone says what is

    def only_the_page(route: Route) -> None:
        if route.request.url.startswith("file:") and route.request.resource_type == "document":
            route.continue_()
        else:
            heard.strays.append(route.request.url)
            route.abort()

    context.set_offline(True)
    context.route("**/*", only_the_page)
    return heard


def opens(page: Page, copy: Path) -> Open:
    def open_at(fragment: str = "") -> Page:
        page.goto(copy.as_uri() + fragment)
        return ready(page)

    return open_at


@pytest.fixture
def context(new_context: Callable[..., BrowserContext], request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = new_context()
    heard = disconnect(context)
    yield context
    heard.check(broken=bool(request.node.get_closest_marker("expects_console_errors")))


@pytest.fixture
def open_page(page: Page, copy: Path) -> Open:
    return opens(page, copy)


@pytest.fixture(scope="module")
def running(browser: Browser, copy: Path) -> Iterator[Running]:
    def begin() -> tuple[Page, Heard]:
        context = browser.new_context()
        heard = disconnect(context)
        return opens(context.new_page(), copy)(LAST), heard

    running = Running(begin)
    yield running
    running.close()


# --- it is the site ---


def test_it_opens_and_each_calculator_answers_what_is_typed(open_page: Open) -> None:
    page = open_page("")
    expect(page.locator("#status")).to_have_text("")
    check_typing(ByPlaywright(page))


WATCH_FETCH = """
window.asked = [];
let answer;
Object.defineProperty(window, 'fetch', {
  get: () => (asked) => { window.asked.push(new URL(asked, document.baseURI).href); return answer(asked); },
  set: (given) => { answer = given; },
});"""


def test_all_that_it_carries_and_nothing_else_is_asked_for(page: Page, open_page: Open, tmp_path: Path) -> None:
    page.add_init_script(WATCH_FETCH)
    open_page("")
    carried = page.eval_on_selector_all(
        "script[data-file]", "(all) => all.map((each) => new URL(each.dataset.file, document.baseURI).href)"
    )
    assert len(carried) > 3
    when_needed = {each for each in carried if each.endswith(("/inner_loops.js", "/zeros.js", "/study.zip"))}
    assert len(when_needed) == 3
    assert {*page.evaluate("asked")} == {*carried} - when_needed
    # These are asked for where a computation takes long or a checkpoint comes; the scripts run beside the page.
    checkpoint = tmp_path / "one.safetensors"
    checkpoint.write_bytes(safetensors_of(pruned([1])))
    check_counted(page, checkpoint)
    assert len(page.workers) == 1
    points = ";".join(f"{at % 7},{at % 5},{at % 3}" for at in range(600))
    page.evaluate("points => { location.hash = `silhouette?points=${points}` }", points)
    expect(page.locator("#silhouette-verdict")).to_contain_text("600 points")
    assert {*page.evaluate("asked")} == {*carried}
    assert len(page.workers) == 2
    assert outputs(page, "silhouette") == reading.close(expected("silhouette", points=points))


@pytest.mark.deep
@pytest.mark.parametrize("slug", CALCULATORS)
def test_its_figures_are_those_of_cpython(open_here: Open, slug: str) -> None:
    check_cases(ByPlaywright(open_here("")), slug, depth.cases(12, 200))


def test_what_it_carries_is_the_sites_to_the_byte(dist: Path) -> None:
    text = (dist / COPY).read_text(encoding="utf-8")
    carried = dict(re.findall(r'<script type="[^"]+" data-file="([^"]+)">([^<]+)</script>', text))
    assert {"app.zip", "later.zip", "study.zip"} < {Path(name).name for name in carried}
    for name, packed in carried.items():
        assert gzip.decompress(base64.b64decode(packed)) == (dist / name).read_bytes(), name
    for name in ("start.js", "style.css"):
        assert f">{next(dist.rglob(name)).read_text(encoding='utf-8')}</" in text, name


def test_its_page_is_that_of_the_site(dist: Path) -> None:
    site, copy = ((dist / name).read_text(encoding="utf-8") for name in ("index.html", COPY))
    for part in (r'<main id="page">.*</main>', r'<script type="py".*?</script>'):
        (of_site,), (of_copy,) = (re.findall(part, text, re.DOTALL) for text in (site, copy))
        assert of_site == of_copy


def test_the_site_offers_it_and_the_copy_does_not(
    new_context: Callable[..., BrowserContext], site: str, dist: Path, copy: Path
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(site)
    expect(page.locator("footer")).to_contain_text(f"one file of {copy.stat().st_size / 1e6:.1f}\u202fMB")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Keep a copy").click()
    assert waiting.value.suggested_filename == "what-pruning-really-saves.html"
    assert Path(waiting.value.path()).read_bytes() == (dist / COPY).read_bytes()
    page.goto(copy.as_uri())
    expect(page.locator("footer")).to_be_attached()
    expect(page.get_by_role("link", name="Keep a copy")).to_have_count(0)


# --- it works where a file has it harder than a site ---


def test_links_history_and_the_way_home(open_page: Open, copy: Path) -> None:
    page = open_page("#pruning?params=70B&structure=2:4")
    box = page.locator("#pruning [name=params]")
    expect(box).to_have_value("70B")
    box.fill("7B")
    page.wait_for_url(re.compile(r"#pruning\?params=7B&structure=2:4$"))
    page.locator(".banner nav a[href='#silhouette']").click()
    expect(page.locator("#silhouette")).to_be_visible()
    page.go_back()
    expect(page.locator("#pruning")).to_be_visible()
    page.go_back()
    expect(box).to_have_value("70B")
    page.go_forward()
    expect(box).to_have_value("7B")
    assert page.url.partition("#")[0] == copy.as_uri()
    page.locator(".home").click()
    expect(box).to_have_value(load("pruning").defaults["params"])
    ready(page)
    assert page.url == copy.as_uri()


def test_copy_link_leaves_out_the_place_on_the_disk(open_here: Open) -> None:
    page = open_here("#pruning?params=7B")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#pruning").get_by_role("button", name="Copy link").click()
    expect(page.locator("#pruning-said")).to_contain_text("put it behind the address of this page")
    assert page.evaluate("navigator.clipboard.readText()") == "#pruning?params=7B"


def test_a_file_can_be_taken_away(open_here: Open) -> None:
    page = open_here("#pruning?params=Llama-2-7B&structure=structured&layers=16")
    fold = page.locator("details.table:has([data-file='config.json'])")
    fold.locator("summary").click()
    with page.expect_download() as waiting:
        fold.locator("[data-file='config.json']").click()
    assert waiting.value.suggested_filename == "config.json"
    assert json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))["num_hidden_layers"] == 16


def test_a_file_can_be_dropped(open_here: Open) -> None:
    page = open_here("#roc-auc")
    page.eval_on_selector(
        "#roc-auc",
        """(target) => {
          const data = new DataTransfer();
          data.items.add(new File(['FPR;TPR\\n0,1;0,5\\n0,2;0,7\\n0,5;0,9\\n'], 'a.csv', { type: 'text/csv' }));
          target.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
    )
    expect(page.locator("#roc-auc-taken-scores")).to_have_text("a.csv read.")
    assert ByPlaywright(page).outputs("roc-auc")["auc"] == pytest.approx(0.80)


def test_it_prints_as_the_site_does(open_here: Open, site: str, new_context: Callable[..., BrowserContext]) -> None:
    def sheets(page: Page) -> int:
        return page.pdf().count(b"/Type /Page\n")

    served = new_context().new_page()
    served.goto(site)
    kept = open_here("#pruning")
    until_all_follows(kept, "#pruning")
    assert sheets(kept) == sheets(ready(served)) > 1


def test_its_licences_are_inside(open_here: Open, dist: Path) -> None:
    page = open_here("")
    expect(page.locator("a[href='LICENSES.txt']")).to_have_count(0)
    page.get_by_text("Licences", exact=True).click()
    assert page.locator("footer pre").inner_text() == (dist / "LICENSES.txt").read_text(encoding="utf-8")


# --- nothing leaves it ---


def test_its_policy_names_each_script_and_allows_no_address(open_here: Open) -> None:
    page = open_here("")
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content") or ""
    one = r"'sha256-[\w+/]{43}='"
    assert re.fullmatch(
        f"default-src 'none'; script-src {one} {one} 'wasm-unsafe-eval'; style-src {one}; img-src data:; "
        "worker-src blob:; base-uri 'none'; form-action 'none'",
        policy,
    )


OUT_OR_IN = {
    "ask.open('GET', 'https://example.org/'); ask.send()": "connect-src",
    "navigator.sendBeacon('https://example.org/', 'x')": "connect-src",
    "new WebSocket('wss://example.org/')": "connect-src",
    "new Image().src = 'https://example.org/a.png'": "img-src",
    "add('iframe', { src: 'https://example.org/' })": "frame-src",
    "add('link', { rel: 'stylesheet', href: 'https://example.org/a.css' })": "style-src-elem",
    "add('style', { textContent: '*{}' })": "style-src-elem",
    "add('script', { src: 'https://example.org/a.js' })": "script-src-elem",
    "add('script', { src: 'data:text/javascript,top.broken=1' })": "script-src-elem",
    "add('script', { textContent: 'top.broken=1' })": "script-src-elem",
    "import('data:text/javascript,top.broken=1').catch(() => {})": "script-src-elem",
    "new Worker('data:text/javascript,0')": "worker-src",
    "document.forms[0].submit()": "form-action",
}


@pytest.mark.expects_console_errors
def test_what_would_go_out_or_come_in_is_refused(open_page: Open) -> None:
    page = open_page("")
    refused = {
        attempt: page.evaluate(
            f"""() => new Promise((done) => {{
              const ask = new XMLHttpRequest();
              const add = (tag, values) => document.body.append(Object.assign(document.createElement(tag), values));
              addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), {{ once: true }});
              {attempt};
            }})"""
        )
        for attempt in OUT_OR_IN
    }
    assert refused == OUT_OR_IN
    assert page.evaluate("'broken' in window") is False


BESIDE = {
    "fetch('https://example.org/').catch(() => {})": "connect-src",
    "new WebSocket('wss://example.org/')": "connect-src",
    "importScripts('https://example.org/a.js')": "script-src-elem",
    "importScripts('data:text/javascript,0')": "script-src-elem",
    "eval('0')": "script-src",
    "new Worker('data:text/javascript,0')": "worker-src",
}


@pytest.mark.expects_console_errors
def test_a_script_beside_it_has_the_policy_of_the_page(open_page: Open) -> None:
    page = open_page("")
    refused = {
        attempt: page.evaluate(
            """(attempt) => new Promise((done) => {
              const script = new Blob([`
                addEventListener("securitypolicyviolation", (event) => postMessage(event.effectiveDirective));
                setTimeout(() => postMessage("not refused"), 1000);
                try { ${attempt} } catch {}
              `]);
              const worker = new Worker(URL.createObjectURL(script));
              worker.onmessage = ({ data }) => { worker.terminate(); done(data); };
            })""",
            attempt,
        )
        for attempt in BESIDE
    }
    assert refused == BESIDE


# --- damage is said in words ---


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_copy_cut_short_says_so(page: Page, copy: Path, tmp_path: Path, share: float) -> None:
    whole = copy.read_bytes()
    path = tmp_path / "cut.html"
    path.write_bytes(whole[: int(len(whole) * share)])
    page.goto(path.as_uri())
    page.wait_for_selector(FAILED, state="attached")
    expect(page.locator("#status")).to_contain_text("This copy is damaged: its end is missing.")
    expect(page.locator("#status")).to_contain_text("Get the file once more.")
    assert page.locator("output data").count() > 0


@pytest.mark.expects_console_errors
@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("pyodide.asm.wasm", "Python could not start: a part of it arrived damaged"),
        ("python_stdlib.zip", "Python could not start: a part of it arrived damaged"),
        ("app.zip", "Python could not start: a part of it arrived damaged"),
        ("later.zip", "A part of the page did not arrive"),
    ],
)
def test_a_damaged_part_is_told(page: Page, copy: Path, tmp_path: Path, file: str, said: str) -> None:
    page.goto(damaged(copy, file, tmp_path))
    expect(page.locator("#status")).to_contain_text(said, timeout=30_000)
    assert page.locator("output data").count() > 0


def damaged(copy: Path, file: str, folder: Path) -> str:
    """The address of a copy in which one of the files is damaged."""
    before, name, after = copy.read_text(encoding="utf-8").partition(f'/{file}">')
    content, end, rest = after.partition("</script>")
    half = len(content) // 2
    path = folder / "damaged.html"
    path.write_text(f"{before}{name}{content[:half]}AAAAAAAA{content[half + 8 :]}{end}{rest}", encoding="utf-8")
    return path.as_uri()


@pytest.mark.expects_console_errors
def test_a_part_that_few_ask_for_is_told_to_be_damaged_when_it_is(page: Page, copy: Path, tmp_path: Path) -> None:
    page.goto(damaged(copy, "study.zip", tmp_path))
    ready(page)
    expect(page.locator("#status")).to_be_empty()
    checkpoint = tmp_path / "one.safetensors"
    checkpoint.write_bytes(safetensors_of(pruned([1])))
    page.set_input_files("#pruning-file-study", checkpoint)
    expect(page.locator("#pruning-study .message")).to_contain_text("did not arrive whole")
    expect(page.locator("#pruning-study")).to_contain_text("a copy in one file")
    assert page.locator("html").get_attribute("data-state") == "ready"
