"""The calculators: a folder each, and the registry that lists them.

Who knows one folder knows all:

    calculator  the declaration: what is asked          worked    the worked example
    inputs      what is typed, pasted or dropped, read  sheets    the tables
    compute     parsed values in, a `Result` out        pictures  the plots beside them
    view        verdict, cards, notes on the inputs     figures   how this page's numbers look

and beside these the arithmetic, in modules with its own names, `text.md` and `references.toml`. Data walks one way:
inputs -> compute -> view, worked, sheets, pictures. The pruning folder is larger, so its arithmetic has rooms of its
own: model/, speed/ and options.py, which computes; what its page says is in show/.
"""
