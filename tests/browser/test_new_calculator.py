"""A new calculator, for which nothing but its folder and a line of the registry was written, in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import WITHOUT_WORKERS
from tests.browser.opening import opener, watched
from tests.new_calculator import SLUG
from tools.serve import serving


def test_it_opens_by_its_link_and_answers_what_is_typed(
    new_context: Callable[..., BrowserContext], grown: Path
) -> None:
    context = new_context()
    context.add_init_script(WITHOUT_WORKERS)
    with serving(grown / "dist") as site, watched(context, site):
        page = opener(context.new_page(), site)(f"#{SLUG}?years=2")
        answer = page.locator(f"#{SLUG} output[name=grown_sum] data")

        def value() -> float:
            return float(answer.get_attribute("value") or "nan")

        assert value() == pytest.approx(1000 * 1.05**2)
        page.fill(f"#{SLUG} [name=sum]", "2,000")
        assert value() == pytest.approx(2000 * 1.05**2)
        page.fill(f"#{SLUG} [name=rate]", "much")
        expect(page.locator(f"#{SLUG}-rate-message")).to_contain_text("much")
        expect(answer).to_have_attribute("value", "")
        page.fill(f"#{SLUG} [name=rate]", "10%")
        assert value() == pytest.approx(2000 * 1.1**2)
        expect(page).to_have_url(re.compile(r"#compound-interest\?sum=2,000&rate=10%25&years=2$"))
