"""Distributions that more than one calculator asks: normal quantiles and p-values, Student's t, the incomplete beta
function. `statistics` would cost the page its import, and has neither t nor beta.
"""

from __future__ import annotations

from math import erf, erfc, exp, inf, isinf, lgamma, log, sqrt, tau


def two_sided_z(level: float) -> float:
    """How many standard deviations to each side hold a share `level` of a normal distribution, by bisection:
    `statistics.NormalDist` would cost the page its import.

    >>> round(two_sided_z(0.95), 9)
    1.959963985
    """
    low, high = 0.0, 9.0  # beyond 9 lies less than one double's rounding
    for _ in range(60):
        middle = (low + high) / 2
        # Near 0 `erf` is exact to the last figure, near 1 `erfc` is.
        inside = erf(middle / sqrt(2)) < level if level < 0.5 else erfc(middle / sqrt(2)) > 1 - level
        low, high = (middle, high) if inside else (low, middle)
    return (low + high) / 2


def normal_p(z: float) -> float:
    """The two-sided p-value of a standard normal `z`.

    >>> round(normal_p(1.959963985), 9)
    0.05
    """
    return erfc(abs(z) / sqrt(2))


def student_p(t: float, degrees: float) -> float:
    """The two-sided p-value of Student's `t` with so many degrees of freedom, whole or not: I_x(ν/2, ½) with
    x = ν / (ν + t²) (DLMF 8.17; Abramowitz & Stegun 26.7.1).

    >>> round(student_p(2.228138852, 10), 9)
    0.05
    """
    if isinf(t):
        return 0.0
    square = t * t
    return incomplete_beta(degrees / 2, 0.5, degrees / (degrees + square), square / (degrees + square))


def two_sided_t(level: float, degrees: float) -> float:
    """How many standard errors to each side hold a share `level` of Student's t with so many degrees of freedom.

    >>> round(two_sided_t(0.95, 10), 9)
    2.228138852
    """
    low, high = 0.0, 1.0
    while student_p(high, degrees) > 1 - level:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if student_p(middle, degrees) > 1 - level else (low, middle)
    return (low + high) / 2


def incomplete_beta(a: float, b: float, x: float, y: float | None = None) -> float:
    """The regularised incomplete beta function I_x(a, b): the probability that a Beta(a, b) variable is below `x`.

    `y` is 1 − x, for those who know it better than the subtraction. By the continued fraction of DLMF 8.17.22
    (https://dlmf.nist.gov/8.17.E22), which converges fast below x = (a + 1) / (a + b + 2); above, by the symmetry
    I_x(a, b) = 1 − I_y(b, a).

    >>> round(incomplete_beta(2, 3, 0.4), 12)
    0.5248
    """
    y = 1 - x if y is None else y
    if x <= 0 or y <= 0:
        return 0.0 if x <= 0 else 1.0
    if x * (a + b + 2) > a + 1:
        return 1 - _lower(b, a, y, x)
    return _lower(a, b, x, y)


def _lower(a: float, b: float, x: float, y: float) -> float:
    """I_x(a, b) for an x at which the continued fraction converges fast, evaluated by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if d else tiny)
    fraction = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            c = 1 + term / c or tiny
            d = 1 / (1 + term * d or tiny)
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            return binomial_term(a, b, x, y) * b / (a + b) * fraction
    raise ArithmeticError(f"The continued fraction of I_x({a}, {b}) does not converge at {x}.")


def binomial_term(a: float, b: float, x: float, y: float) -> float:
    """C(a + b, a) x^a y^b for real a and b, where y = 1 − x.

    By the saddle-point form of C. Loader (Fast and Accurate Computation of Binomial Probabilities, 2000): differences
    of log-gammas would lose their digits for large a and b.
    """
    total = a + b
    exponent = stirling_rest(total) - stirling_rest(a) - stirling_rest(b)
    exponent -= _deviance(a, total * x) + _deviance(b, total * y)
    return sqrt(total / (tau * a * b)) * exp(exponent)


def stirling_rest(n: float) -> float:
    """What Stirling's formula leaves of ln n!: ln Γ(n + 1) − (n + ½) ln n + n − ½ ln 2π."""
    if n < 16:
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(tau)
    square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n


def _deviance(x: float, mean: float) -> float:
    """The deviance x ln(x / mean) + mean − x, by a series where the two are close."""
    difference, total = x - mean, x + mean
    if abs(difference) > 0.1 * total:
        return x * log(x / mean) - difference if mean else inf
    ratio = difference / total
    result, term, odd = difference * ratio, 2 * x * ratio, 1
    while True:
        term *= ratio * ratio
        odd += 2
        longer = result + term / odd
        if longer == result:
            return result
        result = longer
