"""Figures in, words and bytes out: digests, charts, calendar files."""
