"""The boxes of the form that have a list, and what is seen while something is looked for."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


def box(page: Page) -> Locator:
    return page.locator("#pruning-params")


def options(page: Page) -> Locator:
    return page.locator("#pruning-list-params").get_by_role("option")


def active(page: Page) -> Locator:
    """The option that a screen reader is told of."""
    identity = box(page).get_attribute("aria-activedescendant")
    assert identity
    option = page.locator(f"[id='{identity}']")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(page.locator("[aria-selected=true]")).to_have_count(1)
    expect(option).to_be_in_viewport()
    return option


def expect_closed(page: Page) -> None:
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    assert box(page).get_attribute("aria-activedescendant") is None
    expect(page.get_by_role("listbox")).to_have_count(0)


def figures(page: Page) -> list[str]:
    """Every figure of the answer, as it is shown."""
    return page.locator("#pruning output data").all_inner_texts()


def expect_held(page: Page, last: str, before: list[str]) -> None:
    """The last answer is still there, marked as what it is; nothing is at fault yet."""
    expect(page.locator("#pruning")).to_have_attribute("data-held", "")
    assert figures(page) == before
    assert "—" not in before
    outputs = page.locator("#pruning output")
    assert page.locator("#pruning output[data-stale]").count() == outputs.count() > 10
    expect(page.locator("#pruning-params-note, #pruning-device-note")).to_contain_text(
        [re.compile(re.escape(f"The answer is still of {last[:30]}"))]
    )
    expect(page.locator("#pruning [aria-invalid=true]")).to_have_count(0)
    expect(page.locator("#pruning-verdict")).not_to_contain_text("No answer yet")
    assert page.locator("html").get_attribute("data-state") == "ready"


def expect_settled(page: Page) -> None:
    """What is seen is of what stands in the boxes."""
    expect(page.locator("#pruning")).not_to_have_attribute("data-held", "")
    expect(page.locator("#pruning output[data-stale]")).to_have_count(0)
