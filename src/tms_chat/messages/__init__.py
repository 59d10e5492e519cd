"""Messages: sending them, reading them back."""
