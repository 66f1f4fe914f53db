"""What runs at night: ingest, train, plan and publish, as commands and as functions."""
