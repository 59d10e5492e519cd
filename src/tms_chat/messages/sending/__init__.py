"""Sending: what waits is written in one transaction."""
