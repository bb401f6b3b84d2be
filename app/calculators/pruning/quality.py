"""What was published of the quality of an option, and whether that covers it. Quoted, never computed."""

from __future__ import annotations

from app.calculators.pruning.options import Option
from app.calculators.pruning.question import Question
from app.calculators.pruning.speed.evidence.published import Quality
from app.calculators.pruning.speed.evidence.quality import Quoted, harmless_up_to, nearest

_PRUNED = ("unstructured", "2:4", "n:m", "structured")


def pruning(key: str) -> str:
    """What is pruned of the option with that key, whatever it is quantized to; empty where nothing is.

    >>> [pruning(key) for key in ("int8", "2:4", "int8+2:4", "structured+int4")]
    ['', '2:4', '2:4', 'structured']
    """
    return next((part for part in key.split("+") if part in _PRUNED), "")


def unchanged(option: Option) -> bool:
    """Whether an option is the dense model in its own type: there is nothing to lose."""
    return option.key == "dense" or (option.key in _PRUNED and option.removed_params == 0)


def nearest_quality(option: Option, question: Question) -> Quoted | None:
    """The published quality most like that of an option; None where there is none, or nothing to lose.

    Nobody has published pruning followed by quantization together: what was pruned alone stands for both.
    """
    return None if unchanged(option) else _nearest(option, question)


def nearest_perplexity(option: Option, question: Question) -> Quoted | None:
    """The published perplexity most like that of an option."""
    return None if unchanged(option) else _nearest(option, question, perplexity=True)


def _nearest(option: Option, question: Question, perplexity: bool = False) -> Quoted | None:
    return nearest(
        pruning(option.key) or option.key,
        question.model,
        option.sparsity,
        question.pattern,
        question.keep.part,
        _is_perplexity if perplexity else None,
    )


def _is_perplexity(found: Quality) -> bool:
    return found.lower_is_better


def covered(option: Option, question: Question) -> bool:
    """Whether an option can be recommended as it stands: what is pruned of it goes no further than what was published
    without training afterwards, and did no harm. Quantization alone always can; pruning with it was not published.
    """
    pruned = pruning(option.key)
    if not pruned or option.removed_params == 0:
        return True
    most = harmless_up_to(pruned, question.model, question.pattern, question.keep.part)
    return option.key == pruned and option.sparsity <= most
