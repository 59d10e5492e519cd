"""What a link in a message leads to, looked up in the background."""
