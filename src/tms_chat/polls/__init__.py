"""Polls: a message that people answer."""
