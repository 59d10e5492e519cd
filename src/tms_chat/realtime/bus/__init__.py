"""How processes hear of each other's events: a port with three implementations, in memory, PostgreSQL, Redis."""
