"""The lines below the verdict, which never move: the AUC and its interval, against what, at which cutoff, how sure."""

from __future__ import annotations

from math import isnan
from typing import Literal, TypeAlias

from app.calculators.roc_auc.bootstrap import Bootstrapped
from app.calculators.roc_auc.compute import Against, Result, Roc
from app.calculators.roc_auc.figures import between, called, p_value, place, rate, short, whole
from app.calculators.roc_auc.interval import Interval
from app.vocabulary.calculator import Figure, Finding, Line
from app.vocabulary.quantity import show_share, signed

Sign: TypeAlias = Literal["good", "mixed", "bad", "unknown"]

SURE, POOR = 50, 10
"""Cases of the rarer class from which an interval is a fair guide, and below which it is a poor one (Kottas et al.
2014, https://doi.org/10.1186/1471-2288-14-26, find many such intervals poor for few cases).
"""


def findings(result: Result) -> tuple[Finding, ...]:
    """The four lines, of what is an AUC."""
    if not result.first.curve.whole:
        return ()
    return (
        Finding("AUC", *_area(result)),
        Finding("Against", *_against(result)),
        Finding("Cutoff", *_cutoff(result)),
        Finding("How sure", *_sure(result)),
    )


def _interval(result: Result) -> tuple[Interval | Bootstrapped, str] | None:
    """The interval of the first curve, and how it was made: by a formula, or of cases drawn anew. One without a width
    tells nothing.
    """
    sure, drawn = result.first.interval, result.drawn_anew
    if sure:
        return sure, sure.method
    return (drawn, "bootstrap") if drawn and drawn.error else None


def _area(result: Result) -> tuple[Sign, Line]:
    roc, known = result.first, _interval(result)
    of = f" for {called(roc)}" if roc.name else ""
    if known is None:
        return "unknown", (rate(roc.auc), f"{of}, without an interval.")
    sure, how = known
    sign: Sign = "good" if sure.low > 0.5 else "bad" if sure.high < 0.5 else "mixed"
    low, high = between(sure.low, sure.high)
    return sign, (rate(roc.auc), f"{of}, {show_share(sure.level)} interval ", low, " to ", high, f" ({how}).")


def _against(result: Result) -> tuple[Sign, Line]:
    """The first curve against the second, or against guessing."""
    if len(result.curves) > 1:
        return _against_second(result)
    known = _interval(result)
    if known is None:
        above = "above" if result.first.auc > 0.5 else "below" if result.first.auc < 0.5 else "at"
        return "unknown", (f"{above} the 0.5 of guessing; whether by chance is not known.",)
    sure, _ = known
    if sure.low > 0.5:
        return "good", ("better than guessing: the whole interval lies above 0.5.",)
    if sure.high < 0.5:
        return "bad", ("worse than guessing: the whole interval lies below 0.5.",)
    return "mixed", ("not told apart from guessing: the interval holds 0.5.",)


def _against_second(result: Result) -> tuple[Sign, Line]:
    second = result.curves[1]
    found = next((each for each in result.against if each.other == 1), None)
    if found is None or isnan(found.test.p):
        why = untested(result) if found is None else "their difference has no variance to test it by"
        return "unknown", (f"{called(second)} has ", rate(second.auc), f"; {why}.")
    alpha = 1 - result.level
    differs = found.test.p < alpha
    sign: Sign = "mixed" if not differs else "good" if found.test.difference > 0 else "bad"
    return sign, (f"{called(second)} has ", rate(second.auc), ": ", *tested(found), f", {told_apart(found, alpha)}.")


def untested(result: Result) -> str:
    """Why curves were not tested."""
    if result.weighted:
        return "DeLong’s method has no weights"
    return "points say nothing of single cases" if result.labels is None else "a class of one case leaves no test"


def tested(against: Against) -> Line:
    """A difference, its interval, and the p-value of its test."""
    test = against.test
    low, high = map(_signed, between(test.low, test.high))
    more: Line = (" (", low, " to ", high, ")") if test.error else ()
    return ("difference ", _signed(rate(test.difference)), *more, ", p ", p_value(test.p))


def told_apart(against: Against, alpha: float) -> str:
    """Whether a test tells two curves apart, and how it was made."""
    apart = "told apart" if against.test.p < alpha else "not told apart"
    return f"{apart} {'on the same cases' if against.paired else 'as if on different cases'}"


def _signed(difference: Figure) -> Figure:
    return difference._replace(text=signed(difference.text))


def _cutoff(result: Result) -> tuple[Sign, Line]:
    """Where to work, by Youden's J and by cost."""
    roc = result.first
    best, low = roc.youden, roc.cheapest
    said: Line = ("Youden’s J is highest at ", *_at(roc, best.place), " (J ", rate(best.value), "); ")
    if low.point in ((0.0, 0.0), (1.0, 1.0)):
        flag = "everything" if low.point[0] else "nothing"
        return "mixed", (*said, f"at your costs flagging {flag} is cheapest.")
    if low.place == best.place:
        return "good", (*said, "it is the cheapest at your costs too.")
    return "good", (*said, "cheapest at your costs is ", *_at(roc, low.place), ".")


def _at(roc: Roc, index: int) -> Line:
    fpr, tpr = roc.curve.points[index]
    return (*place(roc, index), ", with FPR ", rate(fpr), " and TPR ", rate(tpr))


def _sure(result: Result) -> tuple[Sign, Line]:
    """What the interval rests on."""
    roc, counts, drawn = result.first, result.counts, result.drawn_anew
    anew: Line = ()
    if drawn:
        low, high = between(drawn.low, drawn.high)
        anew = (" Drawn anew ", whole(drawn.times), " times, the AUC is from ", low, " to ", high, ".")
    if result.weighted:
        why = "cases have weights, for which DeLong’s method has no variance"
        return "unknown", (f"{why}." if drawn else f"{why}: draw the cases anew, under “How sure it is”.", *anew)
    if counts.n_pos is None or counts.n_neg is None:
        return "unknown", ("how many cases are behind the points is not known: say it under “How sure it is”.",)
    fewer = min(counts.n_pos, counts.n_neg)
    said: Line = (whole(counts.n_pos), " positives and ", whole(counts.n_neg), " negatives")
    if roc.interval is None:
        return "unknown", (*said, ", and yet no width can be computed here.", *anew)
    if fewer < POOR:
        return "bad", (*said, ": with so few of one kind, the interval itself is a rough guess.", *anew)
    return ("good" if fewer >= SURE else "mixed"), (*said, ". Another sample would move the AUC.", *anew)


def cited(result: Result) -> Line:
    """A line to cite, as a paper has it."""
    roc, known, counts = result.first, _interval(result), result.counts
    if not roc.curve.whole:
        return ()
    line: Line = ("AUC ", short(roc.auc))
    if known:
        sure, how = known
        low, high = between(sure.low, sure.high, decimals=3)
        line += (f", {show_share(sure.level)} CI ", low, "–", high, f" ({how})")
    if counts.n_pos is not None and counts.n_neg is not None:
        line += (", ", whole(counts.n_pos + counts.n_neg), " cases, ", whole(counts.n_pos), " positive")
    if roc.precise:
        line += ("; average precision ", short(roc.precise.average_precision))
    if result.against and result.against[0].other == 1 and not isnan(result.against[0].test.p):
        second, found = result.curves[1], result.against[0]
        how = "DeLong, paired" if found.paired else "DeLong, unpaired"
        line += (f"; against {called(second)} ", short(second.auc), ", p ", p_value(found.test.p), f" ({how})")
    return line
