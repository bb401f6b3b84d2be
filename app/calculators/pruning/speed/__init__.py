"""How long it takes: devices, a roofline for every matrix, a law for each way to shrink a model, published measurements
nearby, and a visitor's own timings. A `Run` (a model on a device, in one phase of a workload) goes in, ranges of
speed-ups come out.
"""
