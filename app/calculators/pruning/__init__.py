"""The pruning room: what pruning a model saves in parameters, bytes, arithmetic and time.

A `question.Question` (a `Model`, a structure, a sparsity, a weight type, a `Device`, a workload) goes in; an
`options.Result` comes out: every option priced side by side, each figure with its range and sources. The CSV
files beside the modules hold every figure that was read somewhere, with its source and date.
"""
