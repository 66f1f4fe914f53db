"""A synthetic portfolio with a truth it can reveal. The equations are in `docs/synthetic.md`."""

from recobro_data.synthetic.simulation import AS_OF, Continuation, Portfolio, advance, continue_with, simulate
from recobro_data.synthetic.truth import Truth
from recobro_data.synthetic.write import write_tables

__all__ = ["AS_OF", "Continuation", "Portfolio", "Truth", "advance", "continue_with", "simulate", "write_tables"]
