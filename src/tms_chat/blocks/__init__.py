"""Blocks: somebody does not want to hear from somebody."""
