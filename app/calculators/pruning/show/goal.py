"""The goal in words: what of each option would reach it, or what stops it; and how much else would fit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from app.calculators.pruning.decide import Decision
from app.calculators.pruning.goal import (
    Answer,
    Target,
    Way,
    answer,
    largest_batch,
    longest_context,
    pace,
    target,
    untouched,
    way_chosen,
    ways,
)
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.quality import nearest_perplexity, nearest_quality, unchanged
from app.calculators.pruning.question import Question
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, duration, name, read_at, requests
from app.vocabulary.calculator import Figure, Line, Row, Table
from app.vocabulary.quantity import show_number, show_typed, signed

_WHY_NOT = {
    "memory not known": "The memory of this device is not known: write it there, or a size as the target.",
    "no times": "No roofline gives times here: choose the speed-up of a request as the goal.",
    "no tokens": "This model writes no tokens: choose a speed-up, or the time to the first token, its one pass.",
    "no perplexity": "No perplexity was published for this kind of model: choose another goal.",
}


def reach(result: Result, show: Show) -> Table:
    """What would reach the goal."""
    wanted = target(result)
    return Table(
        "What would reach the goal",
        ("Option", "What it takes", "Memory needed", "Whole request", "Quality, published"),
        partial(_rows, result, show, wanted),
        intro="With a goal: the least of each option that reaches it, at the same other inputs, or what stops it.",
        notes=((*_asked(wanted, show), ". ", *_steps(wanted)),) if wanted and not wanted.why_not else (),
    )


def _rows(result: Result, show: Show, wanted: Target | None) -> Iterator[Row]:
    if wanted is None or wanted.why_not:
        why = _WHY_NOT[wanted.why_not] if wanted else "No goal is set."
        yield Row(("No answer",), ((why,), (), (), ()))
        return
    chosen = way_chosen(result.question)
    for way in ways(result):
        found = answer(way, wanted)
        at = way.at(way.steps[-1] if found.step is None else found.step)
        option = found.option
        fit = option.fit
        if wanted.kind == "fit":
            fit = fit._replace(memory=wanted.value, overhead=at.overhead.bytes(wanted.value))
        yield Row(
            _called(way, option, result),
            (
                _taken(found, show) if found.step is not None else ("no: ", *_bound(found, wanted, show)),
                (show.bytes(fit.needed),),
                (show.ratio(pace(option)),),
                _quality(option, at),
            ),
            chosen=option.key == result.chosen.key and way.dial == chosen.dial,
            key="" if found.step is None else f"goal-{way.name}",
            sets=() if found.step is None else tuple(way.fields(found.step).items()),
        )


def _called(way: Way, option: Option, result: Result) -> Line:
    """What the page calls a way: the option, and what of it is cut where that is one thing alone."""
    cut = {"layers": ", whole layers", "experts": ", experts"}.get(way.dial, "")
    return (f"{name(option, result)}{cut}",)


def _asked(wanted: Target, show: Show) -> Line:
    """The goal, with its figure."""
    value = wanted.value
    figure = {
        "fit": show.bytes,
        "speed": show.ratio,
        "throughput": show.rate,
        "first-token": lambda seconds: duration(seconds * 1e6),
        "params": show.short,
        "quality": _points,
    }[wanted.kind](value)
    before, after = {
        "fit": ("Asked: to fit in ", " of memory on each device"),
        "speed": ("Asked: a request at least ", " as fast as the dense model’s, by the likely speed"),
        "throughput": ("Asked: at least ", " tokens per second, by the likely speed"),
        "first-token": ("Asked: the first token within ", ", by the likely speed"),
        "params": ("Asked: no more than ", " parameters left"),
        "quality": ("Asked: a rise of no more than ", " in the published perplexity nearest to it"),
    }[wanted.kind]
    return (before, figure, after)


def _steps(wanted: Target) -> Line:
    """In what steps an answer was looked for."""
    if wanted.kind == "quality":
        return ("Sparsities are those that were published: nothing is known between two of them.",)
    return ("Sparsities are to a tenth of a percent: one step less does not do it.",)


def _points(value: float) -> Figure:
    """A change in perplexity."""
    return Figure(value, signed(show_number(value, 3)))


def _taken(found: Answer, show: Show, output: str = "") -> Line:
    """What an answer takes; its figure is an output of the page where that has a name."""
    value, way = found.value or 0.0, found.way
    if found.step == way.steps[0] and way.dial in ("sparsity", "layers", "experts"):
        return (_named(show.share(0.0) if way.dial == "sparsity" else show.exact(value), output), *_all(way))
    if way.dial == "sparsity":
        gone = " zeros" if way.question.structure == "unstructured" else " removed"
        return (_named(show.share(value), output), gone)
    if way.dial in ("layers", "experts"):
        return (_named(show.exact(value), output), " of ", show.exact(way.steps[0]), f" {way.dial} kept")
    if way.dial == "bits":
        return (_named(show.exact(value), output), " bits a weight")
    return (_named(show.share(value), output), " zeros, as the pattern has them,")


def _all(way: Way) -> Line:
    """Where nothing need go."""
    whole = way.question.quantize == "none"
    said = "the dense model does it" if whole else "its type alone does it"
    return (f": {said}",) if way.dial == "sparsity" else (f" {way.dial}, all of them: {said}",)


def _named(figure: Figure, output: str) -> Figure:
    return figure._replace(name=output)


def _bound(found: Answer, wanted: Target, show: Show) -> Line:
    """What stops an option that cannot reach the goal: how far it comes, and why no further."""
    option, way = found.option, found.way
    question = way.at(way.steps[-1])
    if wanted.kind == "fit":
        fit = option.fit._replace(memory=wanted.value, overhead=question.overhead.bytes(wanted.value))
        rest = fit.each - fit.overhead if fit.share is not None else fit.weights
        said: Line = ("it needs ", show.bytes(fit.each), " on each device: " if fit.number > 1 else ": ")
        if fit.share is None and fit.cache:
            said = (*said, show.bytes(rest), " of weights, ", show.bytes(fit.cache), " of KV cache")
        else:
            said = (*said, show.bytes(rest), " of weights and cache" if fit.cache else " of weights")
        return (*said, ", ", show.bytes(fit.overhead), " of overhead") if fit.overhead else said
    if wanted.kind == "params":
        if option.pruning == "dense":
            return ("quantization removes no parameter" if option.to else "nothing is pruned",)
        return (show.short(option.remaining_params), " stay")
    if wanted.kind == "quality":
        return _lost(option, question, show)
    return (*_tops_out(option, wanted, show), *_why_no_faster(option, question, wanted, show))


def _tops_out(option: Option, wanted: Target, show: Show) -> Line:
    """How far the speed of an option comes."""
    served = option.served
    if wanted.kind == "first-token" and served:
        return ("its first token takes ", duration(served.first_token_us.likely))
    if wanted.kind == "throughput" and served and served.tokens_per_second:
        return ("it tops out at ", show.rate(served.tokens_per_second.likely), " tokens per second")
    return ("it tops out at ", show.ratio(pace(option)))


def _why_no_faster(option: Option, question: Question, wanted: Target, show: Show) -> Line:
    """What of the time an option cannot touch."""
    if option.pruning == "unstructured" and not option.to:
        return (": engines multiply its zeros like any other weight",)
    rest = untouched(option, question, wanted)
    if rest is None:
        return (", no less than the dense model",) if wanted.kind == "first-token" else ()
    touched = "the matrices that are quantized" if option.to else "the pruned layers"
    return (" here: ", show.share(rest), f" of the time is not in {touched}")


def _lost(option: Option, question: Question, show: Show) -> Line:
    """What was published of the least that an option takes away."""
    found = nearest_perplexity(option, question)
    if found is None:
        return ("no perplexity was published of it",)
    there = found.quality
    cut: Line = (" at ", show.share(there.sparsity)) if there.sparsity else ()
    return ("published: ", _points(there.delta), f", {there.model}", *cut, f", by {there.method}")


def _quality(option: Option, question: Question) -> Line:
    """The nearest published quality, and whether the model was trained afterwards."""
    found = nearest_quality(option, question)
    if found is None:
        return ("unchanged",) if unchanged(option) else ("no published figure",)
    there = found.quality
    share = f" at {show_number(100 * there.sparsity, 3)}%" if there.sparsity else ""
    trained = ", retrained" if there.retrained else ""
    return (f"{there.metric} {signed(show_typed(there.delta))}, {there.model}{share}{trained}",)


# --- the same of what is chosen, beside the goal ---


def note(result: Result, decision: Decision, show: Show) -> Line:
    """Whether the chosen option meets the goal, and what of it would; nothing without a goal."""
    wanted, found, does = decision.target, decision.answer, decision.goal_met
    if wanted is None or found is None or does is None:
        return ()
    if wanted.why_not:
        return (_WHY_NOT[wanted.why_not],)
    asked = (*_asked(wanted, show), ". ")
    said = Figure(float(does), "meets it" if does else "does not", "goal_met")
    words: Line = (*asked, f"{name(result.chosen, result)} ", said)
    if found.step is None:
        return (*words, ".") if does else (*words, ": ", *_bound(found, wanted, show), ".")
    how = "at most " if wanted.kind == "quality" else "" if does else "it takes "
    enough = " would do" if does and wanted.kind != "quality" and found.step != found.way.steps[0] else ""
    return (*words, ": ", how, *_taken(found, show, "goal_answer"), enough, ".")


# --- how much else fits ---


def room(result: Result, show: Show) -> Table:
    """The largest batch and the longest context that fit."""
    question = result.question
    asked = question.workload
    return Table(
        "Largest batch and longest context that fit",
        ("Option", "Concurrent requests", "Tokens of context"),
        lambda: (
            Row(
                (name(each, result),),
                (
                    _most(each, largest_batch(question, each), show),
                    _most(each, longest_context(question, each), show),
                ),
                chosen=each is result.chosen,
            )
            for each in result.options
        ),
        notes=(
            (
                "Requests of ",
                show.exact(asked.context),
                " tokens of context each; tokens of context for ",
                *requests(asked.batch),
                ". One more does not fit. ",
                *read_at("Memory", (question.device.source,)),
            ),
        ),
    )


def _most(option: Option, found: int | None, show: Show) -> Line:
    if option.fit.memory is None or option.fit.cache is None:
        return NOT_KNOWN
    if found is None:
        return ("any number",) if option.fit.fits else ("none fit",)
    return (show.exact(found),) if found else ("none fit",)
