"""Every figure of the pruning room that was read somewhere: tables with source and date, and what reads them."""
