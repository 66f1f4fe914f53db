"""Where canonical rows come from: files, databases, and the mapping that says what a source calls things."""
