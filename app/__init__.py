"""The Python that runs in the visitor's browser: raw values in, HTML out.

Everything here is pure and runs under plain CPython too, except `main` and `browser`, which alone know the DOM.
"""
