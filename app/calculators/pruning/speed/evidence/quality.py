"""The published qualities nearest to one option of a model."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from math import inf
from typing import NamedTuple

from app.calculators.pruning.model.architecture import Kind, Model
from app.calculators.pruning.model.storage import NM
from app.calculators.pruning.speed.evidence.distance import (
    NEAR,
    PER_SPARSITY,
    Away,
    diverse,
    params_away,
    params_far,
    part_away,
    pattern_away,
    zeros_away,
)
from app.calculators.pruning.speed.evidence.published import Quality, family, qualities


class Quoted(NamedTuple):
    """A quality, in words what is different there, whether the model is of the same family, whether it is near, and its
    distance.
    """

    quality: Quality
    differences: tuple[str, ...]
    same_family: bool
    near: bool
    distance: float


class Tasks(NamedTuple):
    """One pruned model by task: what it did to each metric. `quoted` is the nearest of them."""

    quoted: Quoted
    perplexity: Quality | None
    mmlu: Quality | None
    gsm8k: Quality | None
    others: tuple[Quality, ...]

    @property
    def all(self) -> tuple[Quality, ...]:
        """Every quality of it."""
        return tuple(filter(None, (self.perplexity, self.mmlu, self.gsm8k, *self.others)))


_OTHER_GENERATION, _OTHER_FAMILY = 0.5, 2.0
_OTHER_NM = 1.0
_TOO_FAR = 3.0
"""What is another family and another size as well says nothing of one task against another."""
_USUAL = ("SparseGPT", "Wanda")
_LESS_USUAL, _MAGNITUDE, _NOT_PERPLEXITY, _FLATTERED = 0.1, 0.2, 0.05, 0.1
"""Among equals the usual one-shot methods come first, perplexity before other metrics, magnitude pruning last."""


class _Kin(NamedTuple):
    """What of a model says which others are its kin: nothing that changes while its size is typed."""

    kind: Kind
    name: str
    model_type: str


def _kin_of(model: Model) -> _Kin:
    return _Kin(model.kind, model.name, model.model_type)


@cache
def _stem(name: str) -> str:
    """A family without its generation."""
    found = re.match(r"[a-z]*", name)
    return found[0] if found else ""


def _family_away(found: Quality, kin: _Kin) -> Away:
    """Whether the model is of the same family and generation."""
    here = family(kin.name)
    if found.family == here:
        return Away(0.0)
    if _stem(found.family) in (_stem(here), _stem(kin.model_type)):
        return Away(_OTHER_GENERATION, f"another generation: {found.model}")
    other = f"another family: {found.model}" if here or kin.model_type else f"of {found.model}"
    return Away(_OTHER_FAMILY, other)


@lru_cache(maxsize=128)
def quality(
    option_key: str, model: Model, sparsity: float, pattern: NM | None = None, limit: int = 4, part: str = ""
) -> tuple[Quoted, ...]:
    """The published qualities most like one option of a model, nearest first; none where nothing was published.

    Only the same kind of model counts. The distance is a sum: of the family (another generation 0.5, another family
    2), the parameters (|log₂ of the ratio| / 2), the sparsity (difference × 4) and the N:M pattern (other 1); after
    that the usual methods come first. Every method once where others are within 1 of it, and one that trained
    afterwards where it is.
    """
    asked, sparsity = _asked(option_key, pattern, part), _fixed(option_key, sparsity)
    related = _related(option_key, _kin_of(model), asked)
    places = sorted((_away(far, each, model, sparsity), place, each) for far, place, each in related)
    ranked = [(away, each) for away, _, each in places]
    chosen = diverse(ranked, limit, lambda found: found.method, 1, 1.0)
    if chosen and not any(found.retrained for _, found in chosen):
        trained = next((each for each in ranked if each[1].retrained and each[0] <= chosen[-1][0] + 1), None)
        if trained:
            chosen = sorted([*chosen[:-1], trained], key=lambda each: each[0])
    return tuple(_quoted(found, away, model, sparsity, asked) for away, found in chosen)


_AS_LARGE = 0.005
"""Cuts that differ by no more are as large as each other: sources round theirs."""


@lru_cache(maxsize=512)
def nearest(
    option_key: str,
    model: Model,
    sparsity: float,
    pattern: NM | None = None,
    part: str = "",
    perplexity: bool = False,
) -> Quoted | None:
    """The first that `quality` has, alone: asked of every option at every keystroke. As a `perplexity`, the nearest of
    those that were published of at least as large a cut.
    """
    asked, sparsity = _asked(option_key, pattern, part), _fixed(option_key, sparsity)
    nearest: tuple[float, int, Quality] | None = None
    limit = inf  # what is further without its size need not be looked at
    for far, place, each in _first_of_a_kind(option_key, _kin_of(model), asked, perplexity):
        if far > limit:
            break
        if each.sparsity and far + abs(each.sparsity - sparsity) * PER_SPARSITY > limit:
            continue
        if perplexity and (each.sparsity or 0.0) < sparsity - _AS_LARGE:
            continue
        found = (_away(far, each, model, sparsity), place, each)
        if nearest is None or found[:2] < nearest[:2]:
            nearest, limit = found, found[0] + _ROUNDED
    if nearest is None:
        return None
    away, _, each = nearest
    return _quoted(each, away, model, sparsity, asked)


TOLERABLE = 0.25
"""The most that a quality may lose, as a share of what it was, before a cut counts as harmful."""


def harmless_up_to(option_key: str, model: Model, pattern: NM | None = None, part: str = "") -> float:
    """The largest published sparsity up to which nothing that was not trained afterwards lost more than `TOLERABLE`; 0
    where nothing was published. Only the model's own family counts, where anything was published of that.

    >>> from app.calculators.pruning.model.architecture import preset
    >>> harmless_up_to("structured", preset("Llama-3.1-8B")), harmless_up_to("2:4", preset("Llama-3.1-8B"))
    (0.1, 0.0)
    """
    return _harmless_up_to(option_key, _kin_of(model), _asked(option_key, pattern, part))


@lru_cache(maxsize=128)
def _harmless_up_to(option_key: str, kin: _Kin, asked: str) -> float:
    found = [
        each
        for _, _, each in _related(option_key, kin, asked)
        if each.sparsity and not each.retrained and (each.pattern == asked if asked else each.pattern != "experts")
    ]
    found = [each for each in found if _family_away(each, kin).far < _OTHER_FAMILY] or found
    harmful = min((each.sparsity or 0.0 for each in found if (lost(each) or 0.0) > TOLERABLE), default=1.0)
    return max((each.sparsity or 0.0 for each in found if (each.sparsity or 0.0) < harmful), default=0.0)


def lost(found: Quality) -> float | None:
    """The quality that was lost, as a share of the dense model's; None where that was not published."""
    more = found.delta if found.lower_is_better else -found.delta
    if found.dense:
        return more / found.dense
    return more / 100 if "change in %" in found.metric else None


@lru_cache(maxsize=128)
def by_task(
    option_key: str, model: Model, sparsity: float, pattern: NM | None = None, limit: int = 2, part: str = ""
) -> tuple[Tasks, ...]:
    """The pruned models most like one option of a model of which more than one kind of task was published, nearest
    first. No two are of one model and method.
    """
    asked, sparsity = _asked(option_key, pattern, part), _fixed(option_key, sparsity)
    together: dict[tuple[object, ...], list[Quality]] = {}
    for each in qualities():
        if each.option == option_key and each.kind == model.kind:
            together.setdefault((each.model, each.pattern, each.sparsity, each.method), []).append(each)
    found: list[tuple[float, Tasks]] = []
    for several in together.values():
        nearest = min(several, key=lambda each: _distance(each, model, sparsity, asked))
        away = _distance(nearest, model, sparsity, asked)
        tasks = _tasks(several, _quoted(nearest, away, model, sparsity, asked))
        if away <= _TOO_FAR and len(tasks.all) - max(0, len(tasks.others) - 1) > 1:
            found.append((away, tasks))
    found.sort(key=lambda each: each[0])
    chosen = diverse(found, limit, lambda each: f"{each.quoted.quality.model} {each.quoted.quality.method}", 1, 1.0)
    return tuple(tasks for _, tasks in chosen)


def _tasks(several: list[Quality], nearest: Quoted) -> Tasks:
    """The qualities of one pruned model by what they measure, the largest loss of the other tasks first."""
    perplexity = next((each for each in several if each.lower_is_better), None)
    mmlu = next((each for each in several if each.metric == "MMLU"), None)
    gsm8k = next((each for each in several if each.metric.startswith("GSM8K")), None)
    others = [each for each in several if each not in (perplexity, mmlu, gsm8k) and not each.lower_is_better]
    others.sort(key=lambda each: each.delta / each.dense if each.dense else each.delta)
    return Tasks(nearest, perplexity, mmlu, gsm8k, tuple(others))


def _asked(option_key: str, pattern: NM | None, part: str) -> str:
    """The N:M pattern that is asked for, or what alone is removed; empty where that does not matter."""
    return pattern.words if pattern and option_key == "n:m" else part if option_key == "structured" else ""


def _fixed(option_key: str, sparsity: float) -> float:
    """The sparsity of an option: 2:4 fixes it."""
    return 0.5 if option_key == "2:4" else sparsity


@lru_cache(maxsize=128)
def _related(option_key: str, kin: _Kin, asked: str) -> tuple[tuple[float, int, Quality], ...]:
    """What was published of an option for the same kind of model, each with its distance but for the size and the
    sparsity, which alone change while somebody types, and its place in the list; nearest first.
    """
    found = (each for each in qualities() if each.option == option_key and each.kind == kin.kind)
    return tuple(sorted((_apart(each, kin, asked), place, each) for place, each in enumerate(found)))


@lru_cache(maxsize=128)
def _first_of_a_kind(
    option_key: str, kin: _Kin, asked: str, perplexity: bool
) -> tuple[tuple[float, int, Quality], ...]:
    """Those of the `_related` that can be the nearest: the first of each size and sparsity."""
    first: dict[tuple[float, float | None], tuple[float, int, Quality]] = {}
    for far, place, each in _related(option_key, kin, asked):
        if each.lower_is_better or not perplexity:
            first.setdefault((each.params, each.sparsity), (far, place, each))
    return tuple(first.values())


_ROUNDED = 1e-6
"""Distances are, so that what is as far does not change places with the C library."""


def _away(far: float, found: Quality, model: Model, sparsity: float) -> float:
    """The whole distance, of one that is so `far` but for the size and the sparsity."""
    far += params_far(found.params, model)
    return round(far + abs(found.sparsity - sparsity) * PER_SPARSITY if found.sparsity else far, 6)


def _distance(found: Quality, model: Model, sparsity: float, asked: str) -> float:
    return _away(_apart(found, _kin_of(model), asked), found, model, sparsity)


def _apart(found: Quality, kin: _Kin, asked: str) -> float:
    distance = _family_away(found, kin).far
    if found.option == "structured":
        distance += part_away(found.pattern, asked).far
    else:
        distance += _OTHER_NM if pattern_away(found.pattern, asked).far else 0.0
    if found.method not in _USUAL:
        distance += _MAGNITUDE if found.method == "magnitude" else _LESS_USUAL
    distance += _FLATTERED if "flatters" in found.note else 0.0
    distance += 0.0 if found.lower_is_better else _NOT_PERPLEXITY
    return distance


def _quoted(found: Quality, away: float, model: Model, sparsity: float, asked: str) -> Quoted:
    """A quality with words on what is different there."""
    relation = _family_away(found, _kin_of(model))
    words = (
        relation.words,
        params_away(found.params, model).words,
        part_away(found.pattern, asked).words if found.option == "structured" else "",
        pattern_away(found.pattern, "" if found.option == "structured" else asked).words,
        zeros_away(found.option, found.sparsity, sparsity).words if found.sparsity else "",
    )
    return Quoted(found, tuple(filter(None, words)), relation.far < _OTHER_FAMILY, round(away, 2) <= NEAR, away)
