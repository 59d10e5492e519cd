"""Direct and group conversations: what they are, who belongs to them, how far each member has read."""
