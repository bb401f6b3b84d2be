"""What may stand inside the one-file copy, and how its policy names it."""

from __future__ import annotations

import pytest

from tools.build import single


@pytest.mark.parametrize("text", ["'</script>'", "'<!-- <script>'", "a\r\nb", "\0"])
def test_a_script_that_a_browser_would_read_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a <script>"):
        single._inline("script", text)


def test_a_script_is_named_as_the_standard_names_it() -> None:
    # The example of the Content Security Policy standard, level 3.
    assert single._hash("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
