"""What is known: canonical tables, their rules, the lake that keeps them and the store that publishes answers."""
