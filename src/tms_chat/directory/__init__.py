"""The host's people: asking its user-management API, and keeping what it said. Never on the way of a message."""
