"""Catching up: what the journal tells to whoever missed it, with what its messages say now."""
