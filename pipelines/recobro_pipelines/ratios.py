"""Shares of a whole, told with what is known of their error."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any


def ratio(part: float, whole: float, digits: int = 6) -> float | None:
    """`part / whole`, or None where there is nothing to divide by or either is unknown.

    Example:
        >>> ratio(1, 4), ratio(1, 0), ratio(float("nan"), 2)
        (0.25, None, None)
    """
    part, whole = float(part), float(whole)
    return round(part / whole, digits) if whole and isfinite(part) and isfinite(whole) else None


def wilson_interval(n_success: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    """The score interval of a share (95 % by default), sound for few rows and shares near 0 and 1.

    It takes rows as independent; attempts at one debtor are not quite, so the truth is a little wider.
    Source: Wilson 1927.

    Example:
        >>> [round(bound, 3) for bound in wilson_interval(5, 10)]
        [0.237, 0.763]
    """
    p, spread = n_success / n, z * z / n
    centre, reach = p + spread / 2, z * sqrt(p * (1 - p) / n + spread / (4 * n))
    return max((centre - reach) / (1 + spread), 0.0), min((centre + reach) / (1 + spread), 1.0)


def share_with_interval(n_success: float, n: float) -> dict[str, Any]:
    """`n`, `rate`, `low` and `high` (Wilson, 95 %); of nothing the last three are None."""
    n_success, n = int(n_success), int(n)
    if not n:
        return {"n": 0, "rate": None, "low": None, "high": None}
    low, high = wilson_interval(n_success, n)
    return {"n": n, "rate": round(n_success / n, 6), "low": round(low, 6), "high": round(high, 6)}
