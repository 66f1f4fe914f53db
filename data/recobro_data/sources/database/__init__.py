"""Databases as sources: one class, the servers behind it, and the way their rows come as text."""
