"""What the tests stand on: real servers, real databases, a real browser. Nothing in here pretends."""
