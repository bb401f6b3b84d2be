"""Claims about what the columns of a table are called."""

from __future__ import annotations

import doctest
from itertools import combinations

from app.vocabulary import heads
from app.vocabulary.heads import CLUSTER, COUNTER, COUNTS, CURVE, FPR, SCORE, THRESHOLD, TNR, TPR, TRUTH

KINDS = (FPR, TPR, TNR, THRESHOLD, *COUNTS, TRUTH, SCORE, CURVE)


def test_no_word_is_a_head_of_two_kinds_and_each_is_as_heads_are_compared() -> None:
    for one, other in combinations(KINDS, 2):
        assert not set(one) & set(other)
    for kind in (*KINDS, CLUSTER, COUNTER):
        assert [heads.plain(word) for word in kind] == list(kind)
        assert len(set(kind)) == len(kind)
    assert not set(CLUSTER) & set(COUNTER)
    assert not heads.POSITIVE & heads.NEGATIVE


def test_heads_are_told_by_the_words_in_them() -> None:
    for head in ("y_pred", "score_lr", "predicted probability", "RiskScore"):
        assert heads.is_score(head)
        assert not heads.is_truth(head)
    for head in ("y_true", "Actual class", "outcome_30d", "Ground Truth"):
        assert heads.is_truth(head)
        assert not heads.is_score(head)
    for head in ("kmeans_labels", "seurat_clusters", "Cluster ID"):
        assert heads.is_cluster(head)


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(heads)
    assert tried >= 3
    assert not failed
