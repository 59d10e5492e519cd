"""`tms verify`: drives test people against an installation under faults, and checks what became of every message."""
