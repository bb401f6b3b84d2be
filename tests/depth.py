"""How many cases a test goes through that could go through any number: few in `make test`, many in `make test-long`.

`make test-long` runs only what has a longer way to go there: the tests that Hypothesis gives examples to, and those
marked `deep`, which take their count from here.
"""

from __future__ import annotations

from hypothesis import settings

LONG = "long"
"""The profile of `make test-long`."""


def cases(few: int, many: int) -> int:
    """`few`, or `many` in `make test-long`."""
    return many if settings.get_current_profile_name() == LONG else few
