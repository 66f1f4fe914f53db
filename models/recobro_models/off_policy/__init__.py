"""What another policy would have recovered, from the log of the one in force."""
