"""How long it takes: devices, a roofline for every matrix, one law for each way to shrink, published measurements
nearby, and a visitor's own timings. A `Model`, a `Device` and a `Workload` in, ranges of speed-ups out.
"""
