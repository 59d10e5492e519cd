"""What is HTTP and not a feature: dependencies, errors, origins, health, the client's files."""
