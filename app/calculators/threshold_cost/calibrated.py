"""A model classifier for when nothing is known of the real one but its AUC: calibrated scores with a beta distribution.

The score p of a case is its true probability of being positive, and p ~ Beta(a, b). By calibration, positives then have
the density ∝ p f(p), which is Beta(a + 1, b), and negatives ∝ (1 − p) f(p), which is Beta(a, b + 1). So with I the
regularised incomplete beta function

    prevalence = a / (a + b)        TPR(t) = 1 − I_t(a + 1, b)        FPR(t) = 1 − I_t(a, b + 1)

and every expected cost is closed. Mean and AUC identify the distribution (Sadatsafavi, Lee and Petkau 2024, arXiv
2409.09178, who fit it numerically). It is an illustration: real scores have another shape, and may not be calibrated.

>>> model = from_auc(prevalence=0.1, auc=0.8)
>>> costs = Costs(c10=1, c01=10)
>>> [round(model.at(costs, t).per_1000) for t in (threshold(costs), 0.5)]
[518, 965]
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, isnan, log, pi, sqrt
from typing import NamedTuple

from app.calculators.threshold_cost.cost import (
    Capped,
    Costs,
    Outcomes,
    Policy,
    finite,
    flag_none,
    share,
    threshold,
    weigh,
)
from app.vocabulary.calculator import Invalid
from app.vocabulary.distributions import binomial_term, incomplete_beta, stirling_rest
from app.vocabulary.quantity import show_typed

LEAST_AUC, MOST_AUC = 0.51, 0.999
"""The AUC that a model is made for: closer to 0.5 or 1 the scores pile up where floats cannot tell them apart."""

_FARTHEST = 700.0  # the log-odds beyond which 1 − t is no longer a normal float


class Calibrated(NamedTuple):
    """Calibrated scores distributed as Beta(`a`, `b`). Both are more than 0; the larger their sum, the closer together
    the scores lie, and the less they separate.
    """

    a: float
    b: float

    @property
    def prevalence(self) -> float:
        """The share of positives, which is the mean score."""
        return self.a / (self.a + self.b)

    @property
    def auc(self) -> float:
        """The area under the ROC curve: ½ + ½ C(a + b, a)² / C(2a + 2b, 2a), with binomial coefficients of reals.

        For any calibrated scores AUC = ½ + Δ / (4 π (1 − π)), with Δ the mean absolute difference of two scores x and
        y, and π the prevalence: P(p₊ > p₋) − P(p₊ < p₋) = E[sign(x − y) x (1 − y)] / (π (1 − π)), and the mean of this
        and of the same with x and y swapped has ½ |x − y| in it. For a beta distribution
        Δ = 4 B(a + b, a + b) / ((a + b) B(a, a) B(b, b)), twice its mean times its Gini index (Kleiber and Kotz 2003).

        >>> round(Calibrated(1, 1).auc, 12)
        0.833333333333
        """
        a, b = self
        once = stirling_rest(a + b) - stirling_rest(a) - stirling_rest(b)
        twice = stirling_rest(2 * (a + b)) - stirling_rest(2 * a) - stirling_rest(2 * b)
        return 0.5 + 0.5 * sqrt((a + b) / (pi * a * b)) * exp(2 * once - twice)

    def tpr(self, t: float) -> float:
        """The share of positives whose score is at least `t`."""
        return _rates(self, t)[0]

    def fpr(self, t: float) -> float:
        """The share of negatives whose score is at least `t`."""
        return _rates(self, t)[1]

    def at(self, costs: Costs, t: float) -> Policy:
        """The policy that flags when the score is at least `t`. Raises `Invalid` for a `t` that is not a number."""
        finite(costs)
        if isnan(t):
            raise Invalid("The threshold is not a number: write one between 0 and 1, such as 0.5.", "threshold")
        return self._policy(costs, t, _rates(self, t))

    def capped(self, costs: Costs, cap: float) -> Capped:
        """The policies at p* and at the lowest threshold from p* on that flags no more than `cap` of all cases.

        The expected cost falls up to p* and rises from there, so no other threshold that meets the cap is cheaper.

        >>> found = from_auc(0.1, 0.8).capped(Costs(c10=1, c01=10), 0.05)
        >>> round(found.capped.threshold, 3), round(found.capped.flagged, 6)
        (0.321, 0.05)
        """
        share(cap, "The share that can be flagged", "cap", "0.05")
        free = self.at(costs, threshold(costs))
        if free.flagged <= cap:
            return Capped(free, free)
        if not cap:
            return Capped(free, flag_none(costs, self.prevalence))
        # In log-odds, because scores may crowd so close to 1 that only 1 − t can tell them apart.
        low, high = log(costs.regret_fp) - log(costs.regret_fn), _FARTHEST
        y, x = _odds(high)
        if incomplete_beta(self.b, self.a, y, x) > cap:
            # Closer to 1 than that, and as good as certain: all that can be flagged are positive.
            tpr = cap / self.prevalence
            return Capped(free, self._policy(costs, x, (tpr, 0.0, 1 - tpr, 1.0)))
        while high - low > 1e-13 * max(1.0, abs(low)):
            middle = (low + high) / 2
            if incomplete_beta(self.b, self.a, *_odds(middle)) > cap:
                low = middle
            else:
                high = middle
        y, x = _odds(high)
        return Capped(free, self._policy(costs, x, _tail_rates(self, x, y)))

    def _policy(self, costs: Costs, t: float, rates: tuple[float, float, float, float]) -> Policy:
        tpr, fpr, fnr, tnr = rates
        positive, negative = self.prevalence, self.b / (self.a + self.b)
        return weigh(costs, t, tpr, fpr, Outcomes(positive * tpr, negative * fpr, positive * fnr, negative * tnr))


@lru_cache(maxsize=4096)
def _rates(model: Calibrated, t: float) -> tuple[float, float, float, float]:
    """TPR, FPR, FNR and TNR at `t`, each without cancellation. Kept, because no cost changes them."""
    if t <= 0:
        return 1.0, 1.0, 0.0, 0.0
    if t >= 1:
        return 0.0, 0.0, 1.0, 1.0
    return _tail_rates(model, t, 1 - t)


def _tail_rates(model: Calibrated, x: float, y: float) -> tuple[float, float, float, float]:
    """The same at the threshold `x`, which is 1 − `y`.

    One incomplete beta is enough: TPR − FPR = I_t(a, b + 1) − I_t(a + 1, b) = C(a + b, a) t^a (1 − t)^b.
    """
    a, b = model
    youden = binomial_term(a, b, x, y)
    if x * (a + b) < a:
        fnr = incomplete_beta(a + 1, b, x, y)
        tnr = fnr + youden
        return 1 - fnr, 1 - tnr, fnr, tnr
    fpr = incomplete_beta(b + 1, a, y, x)
    tpr = fpr + youden
    return tpr, fpr, 1 - tpr, 1 - fpr


def separation(auc: float) -> float:
    """`auc` if a model can be made for it, else an `Invalid` that says so."""
    share(auc, "The AUC", "auc", "0.8")
    if not LEAST_AUC <= auc <= MOST_AUC:
        better = "Below 0.5 the scores point the wrong way: turn them round. " if auc < 0.5 else ""
        limits = f"at least {LEAST_AUC} and at most {MOST_AUC}, such as 0.8"
        raise Invalid(f"The AUC is {show_typed(auc)}. {better}It must be {limits}.", "auc")
    return auc


@lru_cache(maxsize=64)
def from_auc(prevalence: float, auc: float) -> Calibrated:
    """The model with this prevalence and AUC, found by bisection: at a given prevalence the AUC falls with a + b.

    >>> model = from_auc(0.1, 0.8)
    >>> round(model.prevalence, 12), round(model.auc, 12)
    (0.1, 0.8)
    """
    share(prevalence, "The prevalence", "prevalence", inside=True)
    separation(auc)
    low, high = log(1e-9), log(1e18)
    while high - low > 1e-14 * max(1.0, abs(low)):
        middle = (low + high) / 2
        if _with(prevalence, exp(middle)).auc > auc:
            low = middle
        else:
            high = middle
    return _with(prevalence, exp((low + high) / 2))


def _odds(z: float) -> tuple[float, float]:
    """1 − t and t where ln(t / (1 − t)) is `z`."""
    e = exp(-abs(z))
    near, far = e / (1 + e), 1 / (1 + e)
    return (near, far) if z >= 0 else (far, near)


def _with(prevalence: float, concentration: float) -> Calibrated:
    return Calibrated(prevalence * concentration, (1 - prevalence) * concentration)
