"""Finding messages and conversations, the same on both databases."""
