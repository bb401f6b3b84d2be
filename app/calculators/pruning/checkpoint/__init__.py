"""A checkpoint of one's own: files in by slices, never whole; what tensors they hold, what of these is zero, and what
that is worth out. Nothing of it is loaded before a file comes, and nothing here knows where bytes come from.

    files  --opening.py-->  Checkpoint  --counting.py-->  Counts  --verdict.py-->  words, tables, fields

What reads a file is a generator: it yields the `Slice` that it wants and is sent its bytes (source.py), so that the
same code reads a path at a terminal and a file in a page.
"""
