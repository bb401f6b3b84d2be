"""What was rendered, kept for the next keystroke, which changes little: as much of it as fits into a number of
characters. What is typed has no end, and no bound: a number of entries would keep a hundred copies of a large table.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

_Html = TypeVar("_Html", bound=str)


def cached(most: int) -> Callable[[Callable[..., _Html]], Callable[..., _Html]]:
    """A cache of what a pure function made of its arguments, of at most `most` characters but for the last one made.
    What was not asked for lately goes first.
    """

    def decorate(make: Callable[..., _Html]) -> Callable[..., _Html]:
        lately: dict[tuple[Hashable, ...], _Html] = {}
        before: dict[tuple[Hashable, ...], _Html] = {}
        size = 0  # of what was asked for lately, which is half of all that is kept

        def get(*key: Hashable) -> _Html:
            nonlocal lately, before, size
            found = lately.get(key)
            if found is None:
                found = before.get(key)
                if found is None:
                    found = make(*key)
                size += len(found)
                if size > most // 2:
                    lately, before, size = {}, lately, len(found)
                lately[key] = found
            return found

        return get

    return decorate
