"""Rejected rows: written whole, listed, exported, and cleared once a later load brings them."""
