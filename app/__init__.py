"""The Python that runs in the visitor's browser: raw values in, HTML out.

Everything here is pure and runs under plain CPython too, except the room `browser`, which alone knows the DOM.
"""
