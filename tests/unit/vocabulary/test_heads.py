"""Claims about what the columns of a table are called."""

from __future__ import annotations

import doctest
from itertools import combinations

import pytest

from app.vocabulary import heads, table
from app.vocabulary.heads import CLUSTER, COUNTER, COUNTS, CURVE, FPR, SCORE, THRESHOLD, TNR, TPR, TRUTH, columns

KINDS = (FPR, TPR, TNR, THRESHOLD, *COUNTS, TRUTH, SCORE, CURVE)


def test_a_line_of_heads_puts_the_columns_right_and_goes() -> None:
    kinds = (FPR, TPR, heads.optional(CURVE))
    assert columns(table.rows("id,True,False positive rate,TPR\na,1,0.1,0.5"), *kinds) == (("0.1", "0.5"),)
    assert columns(table.rows("Curve;TPR;FPR\nA;0,5;0,1"), *kinds) == (("0,1", "0,5", "A"),)
    assert columns(table.rows("TPR (%),FPR\n50,0.1\n,0.2\n60 %,0.3"), *kinds) == (
        ("0.1", "50%"),
        ("0.2", ""),
        ("0.3", "60 %"),
    )
    assert columns(table.rows("fpr,tpr\n0.1"), *kinds) == (("0.1", ""),)


@pytest.mark.parametrize("text", ["0.1,0.5\n0.2,0.7", "fpr\n0.1", ""])
def test_a_table_without_the_heads_that_must_be_there_has_none(text: str) -> None:
    assert columns(table.rows(text), FPR, TPR) is None
    assert columns(table.rows(text), heads.optional(THRESHOLD)) is None


def test_no_word_is_a_head_of_two_kinds_and_each_is_as_heads_are_compared() -> None:
    for one, other in combinations(KINDS, 2):
        assert not set(one) & set(other)
    for kind in (*KINDS, CLUSTER, COUNTER):
        assert [heads.plain(word) for word in kind] == list(kind)
        assert len(set(kind)) == len(kind)
    assert not set(CLUSTER) & set(COUNTER)
    assert not heads.POSITIVE & heads.NEGATIVE


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(heads)
    assert tried >= 4
    assert not failed
