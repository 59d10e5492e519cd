"""Several processes on one port: a parent that starts them and looks after them, and what they share."""
