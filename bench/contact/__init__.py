"""Benchmarks of contact times: what they are worth, and what they cost."""
