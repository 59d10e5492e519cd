"""How far each member has received and read: positions, never a row per message and recipient."""
