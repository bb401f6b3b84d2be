"""What was found, in words and as texts for the inputs: what the zeros are worth, and to whom."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from app.calculators.pruning.checkpoint.findings import (
    Claim,
    Dead,
    Findings,
    Stored,
    Total,
    best,
    claim,
    dead,
    stored,
    total,
)
from app.calculators.pruning.checkpoint.measured import Measured, measured, model_fields
from app.calculators.pruning.checkpoint.scanning import Estimate
from app.calculators.pruning.model.storage import NM
from app.vocabulary.calculator import finish
from app.vocabulary.quantity import show_bytes, show_share

NOTHING = 0.001
"""The share of zeros below which nothing was pruned: weights that training or rounding left at zero."""

_REMOVABLE = 0.01
"""The share of weights in dead rows and columns from which removing them is worth saying."""

_ROUNDED = {4: 0.25, 8: 0.03}
"""Shares of zeros, by bits, that rounding alone does not exceed: of normally distributed weights a sixth lie within
half a step of zero where the largest of 128 (2.7 standard deviations) is 7 steps away, a hundredth where it is 127.
"""

_PRUNED = 0.25
"""The share of zeros from which a config should say so."""

_MOST = 0.5
"""The share of the prunable weights that must have been counted before anything is said of all."""


class Verdict(NamedTuple):
    """What a checkpoint is worth: one sentence, more of them, and the texts for the inputs that ask the calculator
    about it.
    """

    headline: str
    sentences: tuple[str, ...]
    fields: dict[str, str]


class Scan(NamedTuple):
    """Everything that is said of a checkpoint once it was counted."""

    findings: Findings
    model: Measured
    prunable: Total
    pattern: NM | None
    dead: Dead
    stored: tuple[Stored, ...]
    claim: Claim | None
    verdict: Verdict


def scan(findings: Findings) -> Scan:
    """Everything that follows from the counts."""
    return finish(scan_in_parts(findings, measured(findings)))


def scan_in_parts(findings: Findings, model: Measured) -> Generator[None, None, Scan]:
    """The same, a part at a time, of the model that was measured."""
    prunable = total(findings, findings.prunable)
    yield
    pattern = best(counts for _, counts in findings.pruned)
    yield
    gone = dead(findings, model.head_dim)
    yield
    formats = yield from stored(findings)
    claimed = claim(findings.checkpoint)
    headline = _headline(findings, prunable, pattern, gone, formats)
    sentences = (*_more(findings, prunable, gone), *_claims(claimed, findings, prunable), *model.notes)
    fields = model_fields(findings, model) | _asked(prunable, pattern)
    verdict = Verdict(headline, (*sentences, *findings.checkpoint.notes), fields)
    return Scan(findings, model, prunable, pattern, gone, formats, claimed, verdict)


def _headline(findings: Findings, prunable: Total, pattern: NM | None, gone: Dead, formats: tuple[Stored, ...]) -> str:
    if not prunable.matrices:
        return "No matrix of this checkpoint is one that pruning touches, as far as names and shapes tell."
    if not prunable.counted:
        kinds = sorted({findings.every[at].type for at in findings.prunable})
        return f"Zeros were not counted: of {_listed(kinds)} only sizes and shapes are read here."
    share, whole = show_share(prunable.sparsity), prunable.counted_weights == prunable.weights
    part = show_share(prunable.counted_weights / prunable.weights)
    if prunable.counted_weights < _MOST * prunable.weights:
        kinds = sorted({findings.every[at].type for at in findings.prunable if at not in findings.counts})
        return (
            f"Zeros were counted in {part} of the prunable weights alone ({share} of these are zero): of"
            f" {_listed(kinds)} only sizes and shapes are read here."
        )
    of = "of the prunable weights" if whole else f"of the prunable weights that were counted ({part} of all)"
    if prunable.sparsity < NOTHING:
        return f"Nothing is pruned here: {share} {of} are zero."
    if prunable.zeros == prunable.counted_weights:
        return "Every prunable weight is zero: this checkpoint is empty."
    of_all = f"{share} {of} are zero"
    return f"{of_all}{_worth(prunable, pattern, gone)} {_smaller(formats, findings.checkpoint.bytes)}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


def _worth(prunable: Total, pattern: NM | None, gone: Dead) -> str:
    """What engines gain from the zeros: the rest of a sentence."""
    if prunable.fitting == prunable.counted:
        words = pattern.words if pattern and pattern.within("2:4") else "2:4"
        return f", and every matrix satisfies {words}: devices with 2:4 can run it, once it is converted."
    if prunable.fitting:
        part = f"{prunable.fitting:,} of {prunable.counted:,} matrices"
        return f"; {part} satisfy 2:4, so that engines could gain in those alone."
    if gone.weights >= _REMOVABLE * prunable.counted_weights:
        part = show_share(gone.weights / prunable.counted_weights)
        return (
            f", and {part} of the weights stand in rows and columns that are all zero: removed, they leave smaller"
            " dense matrices, which every engine runs faster."
        )
    if pattern is not None:
        return f", in a pattern of {pattern.words} that no matrix unit takes: engines gain nothing as it is."
    return ", but unstructured: no matrix satisfies 2:4, so engines gain nothing."


def _smaller(formats: tuple[Stored, ...], now: int) -> str:
    """What a file of so many bytes `now` would take in the smallest format that software writes."""
    least = min((each for each in formats if each.written), key=lambda each: each.bytes)
    if least.bytes >= 0.995 * now:
        return f"No format that software writes makes the file smaller than its {show_bytes(now)}."
    named = {
        "bitmask": "Stored as a bitmask and its nonzeros",
        "2:4": "Compressed as 2:4",
        "2:4-bitmask": "Stored as a 2:4 bitmask and its nonzeros",
    }
    how = named.get(least.key, f"Stored as {least.label}")
    return f"{how}, the file would take {show_bytes(least.bytes)} instead of {show_bytes(now)}."


def _more(findings: Findings, prunable: Total, gone: Dead) -> list[str]:
    found = []
    unread = prunable.matrices - prunable.counted
    if unread and prunable.counted:
        why = next(findings.every[at].why for at in findings.prunable if at not in findings.counts)
        found.append(f"{unread:,} of {prunable.matrices:,} matrices were not counted{f': {why}' if why else ''}.")
    bits = {each.value_bits for each, _ in findings.pruned if not each.type.startswith("F")}
    if len(bits) == 1 and NOTHING <= prunable.sparsity < _ROUNDED.get(min(bits), 0):
        found.append(f"Rounding to {min(bits)} bits alone leaves so many zeros: they are no sign of pruning.")
    units = [
        f"{what} ({number:,})"
        for number, what in (
            (gone.heads, "heads"),
            (gone.channels, "channels of the MLP"),
            (gone.experts, "experts"),
            (gone.matrices, "whole matrices"),
        )
        if number
    ]
    if units:
        found.append(f"Dead, since all weights into them or out of them are zero: {', '.join(units)}.")
    if gone.weights:
        found.append(
            f"Removing the rows and columns that are all zero ({gone.outputs:,} and {gone.inputs:,}) would save"
            f" {show_bytes(gone.stored_bytes)}."
        )
    return found


_CLAIMED = 0.05
"""How far a claimed share may be from what is found."""


def _claims(said: Claim | None, findings: Findings, prunable: Total) -> list[str]:
    """Where the config claims zeros that are not there, or the other way round."""
    if not prunable.counted:
        return []
    if said is None:
        if prunable.sparsity >= _PRUNED and findings.checkpoint.config is not None:
            return ["Its config says nothing of zeros: engines load it as dense."]
        return []
    found = []
    if said.structure == "2:4" and prunable.fitting < prunable.counted:
        found.append(
            f"Its config claims 2:4, and {prunable.fitting:,} of {prunable.counted:,} matrices satisfy it: the"
            " others are ones that it leaves out, or the claim is wrong."
        )
    overall = total(findings, findings.counts).sparsity  # of all weights: what compressed-tensors writes down
    claimed = said.sparsity
    if claimed is not None and min(abs(claimed - overall), abs(claimed - prunable.sparsity)) > _CLAIMED:
        found.append(
            f"Its config claims a sparsity of {show_share(claimed)}; {show_share(prunable.sparsity)} of the"
            " prunable weights are zero."
        )
    if not found:
        found.append("What its config claims of zeros is what was found.")
    return found


def _asked(prunable: Total, pattern: NM | None) -> dict[str, str]:
    """The sparsity pattern and share to ask about: those that were found."""
    if prunable.counted_weights < _MOST * prunable.weights or not prunable.weights:
        return {}
    if prunable.sparsity < NOTHING:
        return {"structure": "dense"}
    if prunable.fitting == prunable.counted:
        return {"structure": "2:4"}
    if pattern is not None:
        return {"structure": "n:m", "pattern": pattern.words}
    return {"structure": "unstructured", "sparsity": f"{100 * prunable.sparsity:.4g}%"}


# --- before all is counted ---

_LEAST_ERROR = 0.0005


def so_far(found: Estimate) -> str:
    """The headline of a sample: what it says of all, with its error."""
    if not found.looked_at:
        return "Zeros were not counted: the values of these types are not read, only their sizes and shapes."
    share = show_share(found.sparsity)
    error = show_share(2 * found.error) if found.error >= _LEAST_ERROR else "less than 0.1%"
    if found.fits_24 == 1.0 and found.sparsity >= NOTHING:
        return f"About {share} (± {error}) of the prunable weights are zero, and all that was looked at satisfies 2:4."
    if found.sparsity < NOTHING:
        return f"About {share} (± {error}) of the prunable weights are zero: nothing seems to be pruned."
    fit = show_share(found.fits_24)
    return (
        f"About {share} (± {error}) of the prunable weights are zero; {fit} of the groups of four have at least two"
        " zeros, which 2:4 needs of every group."
    )
