"""Every calculator there is, by slug. A new one is a new folder and one line here."""

from __future__ import annotations

from importlib import import_module

from app.vocabulary.calculator import Calculator

CALCULATORS = {
    "pruning": "app.calculators.pruning.calculator",
    "roc-auc": "app.calculators.roc_auc.calculator",
    "threshold-cost": "app.calculators.threshold_cost.calculator",
    "silhouette": "app.calculators.silhouette.calculator",
}
"""Module that holds each calculator's declaration, in the order of the page."""


def load(slug: str) -> Calculator:
    """The calculator called `slug`, imported when it is first asked for. KeyError if there is none."""
    calculator: Calculator = import_module(CALCULATORS[slug]).CALCULATOR
    return calculator
