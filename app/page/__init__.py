"""The page: (calculator, raw values) -> HTML, and what keys and files make of a list, a table or a box. Pure."""
