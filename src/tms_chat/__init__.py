"""TMS Chat: team chat that lives inside somebody else's login."""

__version__ = "0.1.0"
