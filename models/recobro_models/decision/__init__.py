"""From scores to actions: who may be contacted, what it is worth, and who gets the capacity."""
