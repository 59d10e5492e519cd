"""`make soak`: our server under half its peak load for long, among people who are slow and some who mean harm."""
