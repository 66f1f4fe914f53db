"""The steps of a load: read as text, check, fill in defaults, merge into the lake, report."""
