"""What follows from what is known: features, risk, contact times, contact effect and the decision."""
