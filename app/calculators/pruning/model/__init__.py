"""What a model is: its shape, what every part of it counts, computes and weighs, and what a structured cut leaves; a
preset, a number of parameters or a `config.json` in, a `Model` out, and a pruned `config.json`.
"""
