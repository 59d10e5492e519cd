"""Pure rules and values: imports the standard library only."""
