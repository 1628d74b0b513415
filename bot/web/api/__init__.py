"""The read-only interface for other systems."""
