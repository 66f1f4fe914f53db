"""What keeps people out of the data: personal columns, pseudonyms, forgetting."""
