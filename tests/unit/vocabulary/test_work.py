"""What long work has found is at hand as long as nothing else is asked, and of the last table alone."""

from __future__ import annotations

from collections.abc import Generator

from app.vocabulary.calculator import Progress, finish
from app.vocabulary.work import Kept, within

done: list[str] = []


def counting(table: str) -> Generator[Progress, None, int]:
    yield Progress(0.5, "counting")
    done.append(table)
    return len(table)


def test_only_what_is_asked_anew_is_found_anew() -> None:
    kept = Kept()
    done.clear()

    def ask(table: str, how: int) -> int:
        kept.of(table)
        return finish(kept.stage("count", (table, how), lambda: counting(table)))

    assert [ask("abc", 1), ask("abc", 1), ask("abc", 2), ask("abcd", 2), ask("abc", 2)] == [3, 3, 3, 4, 3]
    assert done == ["abc", "abc", "abcd", "abc"]


def test_of_another_table_nothing_is_kept() -> None:
    kept = Kept()
    finish(kept.stage("count", "abc", lambda: counting("abc")))
    kept.of("abcd")
    assert not kept.last


def test_what_was_begun_for_another_table_is_not_taken_for_this_one() -> None:
    kept = Kept()
    kept.of("abc")
    begun = kept.stage("count", "abc", lambda: counting("abc"))
    next(begun)
    kept.of("abcd")
    assert finish(begun) == 3
    assert finish(kept.stage("count", "abcd", lambda: counting("abcd"))) == 4


def test_a_part_of_more_says_how_far_all_of_it_is() -> None:
    assert [step.done for step in within(counting("abc"), 0.4, 0.2)] == [0.5]
