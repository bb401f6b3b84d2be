"""How much faster: a law for each way to shrink a model, in the file of its name. A `Run` and what is pruned of it go
in, a `Range` of speed-ups comes out: low, likely and high.

A speed-up is dense time over pruned time: below 1 is slower. The times are those of `roofline`, the constants stand in
`fitted.csv` and `speed.csv` with their sources.
"""

from app.calculators.pruning.speed.laws import quantized, structured, two_four, unstructured

__all__ = ["quantized", "structured", "two_four", "unstructured"]
