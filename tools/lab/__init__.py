"""Published timings -> the constants of the page, how wrong they are, and what an oracle counts."""
