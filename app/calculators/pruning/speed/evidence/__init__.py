"""What was published near a question: the measured speed-ups and the qualities of pruned models most like it.

It is looked up, not computed: every figure is one that its source prints, with words on what is different there. Read
when the page shows evidence, not at the start.
"""
