"""Webhooks out: other systems are told what happens to reports, by HTTP POST (docs/api.md)."""
