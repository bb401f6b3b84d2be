"""What the finished page says of itself to others."""

from __future__ import annotations

import re

import pytest

from tools.build.site import unfurled
from tools.paths import ROOT

SHELL = (ROOT / "index.html").read_text(encoding="utf-8")


def said(html: str) -> dict[str, str]:
    """What a link to the page unfurls to."""
    return dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', html))


@pytest.mark.parametrize("address", ["https://name.github.io/repository", "https://name.github.io/repository/"])
def test_a_link_to_a_site_whose_address_is_known_unfurls_with_a_picture_of_its_own(address: str) -> None:
    found = said(unfurled(SHELL, address))
    assert found["og:url"] == "https://name.github.io/repository/"
    assert found["og:image"] == "https://name.github.io/repository/icons/screenshot-wide.png"
    assert (ROOT / "icons" / "screenshot-wide.png").is_file()
    assert found["og:title"]
    assert found["og:description"]


def test_without_the_address_there_are_words_and_no_picture_that_nobody_finds() -> None:
    found = said(unfurled(SHELL, ""))
    assert {*found} == {"og:type", "og:title", "og:description"}


@pytest.mark.parametrize("address", ["name.github.io", "javascript:alert(1)", 'https://a/"><script>', "https://a/#b"])
def test_what_is_no_address_of_a_site_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no web address"):
        unfurled(SHELL, address)
