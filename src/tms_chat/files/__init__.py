"""Uploaded files: taking them in, keeping them, giving them out to those who may see them."""
