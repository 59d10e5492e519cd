"""Looking after a group: title, picture, members, roles."""
