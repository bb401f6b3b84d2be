"""The workshop: builds the site, serves it, fits its constants. Nothing in here reaches the browser."""
