"""What was published of the quality of an option, and whether that covers it. Quoted, never computed."""

from __future__ import annotations

from app.calculators.pruning.options import Option
from app.calculators.pruning.question import Question
from app.calculators.pruning.speed.evidence.quality import Quoted, harmless_up_to, nearest


def unchanged(option: Option) -> bool:
    """Whether an option is the dense model in its own type: there is nothing to lose."""
    return option.removed_params == 0 and not option.to


def nearest_quality(option: Option, question: Question) -> Quoted | None:
    """The published quality most like that of an option; None where there is none, or nothing to lose.

    Nobody has published pruning followed by quantization together: what was pruned alone stands for both.
    """
    return None if unchanged(option) else _nearest(option, question)


def nearest_perplexity(option: Option, question: Question) -> Quoted | None:
    """The published perplexity most like that of an option, of at least as large a cut."""
    return None if unchanged(option) else _nearest(option, question, perplexity=True)


def _nearest(option: Option, question: Question, perplexity: bool = False) -> Quoted | None:
    return nearest(
        option.pruning if option.removed_params else option.to,
        question.model,
        option.sparsity,
        question.pattern,
        question.keep.part,
        perplexity,
    )


def covered(option: Option, question: Question) -> bool:
    """Whether an option can be recommended as it stands: what is pruned of it goes no further than what was published
    without training afterwards, and did no harm. Quantization alone always can; pruning with it was not published.
    """
    if option.removed_params == 0:
        return True
    most = harmless_up_to(option.pruning, question.model, question.pattern, question.keep.part)
    return not option.to and option.sparsity <= most
