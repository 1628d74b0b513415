"""A year of a province by a virtual clock: invented people, real turns, and an independent check."""
