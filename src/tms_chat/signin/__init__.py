"""Signing in, staying signed in, signing out: with the host's tokens and accounts, or with local ones."""
