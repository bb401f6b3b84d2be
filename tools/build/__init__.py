"""Sources -> dist/: fetches, precompiles, prerenders. `python -m tools.build` leaves the finished site."""
