"""The calculators: a folder each, and the registry that lists them.

Who knows one folder knows all:

    calculator  the declaration: what is asked          worked    the worked example
    inputs      what is typed, pasted or dropped, read  sheets    the tables
    compute     parsed values in, a `Result` out        pictures  the plots beside them
    view        verdict, cards, notes on the inputs     figures   how this page's numbers look

and beside these the arithmetic, in modules with its own names, `text.md` and `references.toml`. Data walks one way:
inputs -> compute -> view, worked, sheets, pictures. The pruning folder is larger, so its arithmetic has rooms of its
own: model/, speed/ and options.py, which computes; what its page says is in show/.

A new calculator is a new folder, called after its slug with _ for -, and one line of the registry. It brings:

    calculator.py    a CALCULATOR with that slug. Each field has a name of its own, takes its own default, and refuses
                     with `Invalid` whatever it cannot use, words in a box for a number above all; one that takes
                     negative numbers says so in its hint. The defaults go together, and no figure of theirs is unknown.
    text.md          the headings Formula, About, How to use, Why use it and Questions, on level 2; two formulas or
                     more, as $$...$$; three sources or more, as [^key]
    references.toml  three [[reference]] or more, each with a key, a title and a url; publisher, year, locator if known

It imports app.vocabulary, and of the standard library what tools/build/stdlib_modules.txt lists (`make stdlib` lists it
anew). All else finds it in the registry; the build and tests/unit/calculators/test_contract.py say what is missing, in
which file.
"""
