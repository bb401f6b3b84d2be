"""The workshop: what fetches, precompiles, prerenders and serves. Nothing in here reaches the browser."""
