"""The calculators: a folder each, and the registry that lists them."""
