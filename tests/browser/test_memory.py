"""Who comes back begins with Python's memory as it was kept; whatever is amiss with it, Python begins as ever."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.calculators.registry import CALCULATORS
from tests import cases, reading
from tests.browser.looks import expected, outputs
from tests.browser.opening import kept_of_memory, ready, wait_for_memory

RECALLED = "performance.getEntriesByName('python:recalled').length"
# The names of the caches and of what is in them are for static/memory.js to say.
SPARE = """async () => {
  const [from, to] = [(await caches.keys()).find((each) => each.startsWith("memory ")), await caches.open("spare")];
  const cache = await caches.open(from);
  for (const each of await cache.keys()) await to.put(each, await cache.match(each));
  return from;
}"""
HOLDS = """async ([name, text]) => {
  const cache = await caches.open(name);
  const [memory] = await cache.keys();
  return new TextDecoder("latin1").decode(await (await cache.match(memory)).arrayBuffer()).includes(text);
}"""
SPOIL = """async ([name, how]) => {
  await caches.delete(name); // whatever the page before this one has made anew
  const [cache, spare] = [await caches.open(name), await caches.open("spare")];
  const [good] = await spare.keys();
  const memory = await (await spare.match(good)).arrayBuffer();
  const put = (address, body) => cache.put(address, new Response(body));
  if (how === "cut") await put(good, memory.slice(0, memory.byteLength / 2));
  if (how === "not Python's") await put(good, new Uint8Array(memory.byteLength));
  if (how === "taken by a page that never was ready") {
    await put(good, memory);
    await put(`${good.url}&taken`, "");
  }
  if (how === "of another browser") await put(`${good.url}2`, memory);
}"""
SPOILT = ("cut", "not Python's", "taken by a page that never was ready", "of another browser")


def visit(context: BrowserContext, site: str) -> Page:
    page = context.new_page()
    page.goto(site)
    return ready(page)


def check_answers(page: Page) -> None:
    """Every calculator answers as the program does, and what is typed."""
    for slug in CALCULATORS:
        page.evaluate("slug => { location.hash = slug }", slug)
        expect(page.locator(f"#{slug}")).to_be_visible()
        name, text = cases.typed(slug)
        page.locator(f"#{slug} [name={name}]").fill(text)
        assert outputs(page, slug) == reading.close(expected(slug, **{name: text}))
    expect(page.locator("#status")).to_be_empty()


@pytest.mark.with_worker
def test_python_begins_with_its_memory_and_without_it_as_ever(context: BrowserContext, site: str) -> None:
    first = visit(context, site)
    expect(first.locator("#offline")).not_to_be_empty()
    assert kept_of_memory(first) == 0  # a first visit makes none
    first.close()
    second = visit(context, site)
    assert not second.evaluate(RECALLED)
    second.locator("#pruning [name=params]").fill("71.7171717B")
    wait_for_memory(second)
    name = second.evaluate(SPARE)
    assert second.evaluate(HOLDS, [name, "app.calculators.pruning.inputs"])
    assert not second.evaluate(HOLDS, [name, "71.7171717"])  # what was typed
    second.close()
    third = visit(context, site)
    assert third.evaluate(RECALLED)
    check_answers(third)
    assert kept_of_memory(third) == 1  # what noted that it was taken is gone
    for how in SPOILT:
        third.evaluate(SPOIL, [name, how])
        page = visit(context, site)
        assert not page.evaluate(RECALLED), how
        assert how == "of another browser" or kept_of_memory(page) == 0, how
        page.locator("#pruning [name=params]").fill("7B")
        expect(page.locator("#pruning output[name=remaining_params]")).to_have_text("3.5\u202fB")
        expect(page.locator("#status")).to_be_empty()
        page.close()
