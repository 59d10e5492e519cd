"""What the host product may do here with its key: tell of its people, keep conversations for its objects."""
