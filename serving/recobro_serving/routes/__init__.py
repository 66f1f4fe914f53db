"""What each address answers; the thinking is done in `service`."""
