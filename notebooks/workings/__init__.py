"""What the notebooks count and draw with: the portfolio as of any day, a few measures, one look for all plots."""
