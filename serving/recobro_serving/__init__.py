"""What answers by day: the HTTP API over the published plan."""
