"""From stored plans to the contract's answers; knows nothing of HTTP."""
