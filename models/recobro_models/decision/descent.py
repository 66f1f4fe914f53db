"""Minimising a smooth convex function of prices, none of which is below nothing: projected L-BFGS.

Written out rather than taken from SciPy because that one's linear algebra starts threads, which for some dozen prices
cost more than the steps themselves and need not give the same last digits on every machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Slope = Callable[[Floats], tuple[float, Floats]]
Pair = tuple[Floats, Floats]

_MEMORY: Final = 10
#: A step must bring this part of what the slope promises (Armijo), and is halved at most so often.
_PROMISED, _HALVINGS = 1e-4, 12
#: No point lies beyond: a sample may ask for what only all debtors together can give, and its prices would have no end.
_HIGHEST: Final = 1e3


def minimise(function: Slope, x: Floats, steps: int, enough: float = 1e-6) -> Floats:
    """The best point found in so many steps, or where a step lowers the function by less than that part of it.

    Args:
        function: gives value and slope.
        x: where to start, between 0 and 1,000.
        steps: at most.
        enough: part of the value.

    Example:
        >>> minimise(lambda x: (float(((x - [1, -1]) ** 2).sum()), 2 * (x - [1, -1])), np.zeros(2), 20).tolist()
        [1.0, 0.0]
    """
    value, slope = function(x)
    pairs: deque[Pair] = deque(maxlen=_MEMORY)
    for _ in range(steps):
        free = (x > 0) | (slope < 0)
        found = _search(function, x, (value, slope), _direction(slope, free, pairs))
        if found is None:
            break
        step, turn = found[0] - x, found[2] - slope
        if step @ turn > 1e-12 * (turn @ turn):
            pairs.append((step, turn))
        drop = value - found[1]
        x, value, slope = found
        if drop <= enough * abs(value):
            break
    return x


def _direction(slope: Floats, free: NDArray[np.bool_], pairs: deque[Pair]) -> Floats:
    """Downhill among the free prices, by the curvature that the last steps met (two loops; Nocedal 1980)."""
    aim, used = np.where(free, slope, 0.0), []
    for step, turn in reversed(pairs):
        step, turn = np.where(free, step, 0.0), np.where(free, turn, 0.0)
        if step @ turn > 0:
            part = (step @ aim) / (step @ turn)
            aim = aim - part * turn
            used.append((step, turn, part))
    if used:
        aim = aim * ((used[0][0] @ used[0][1]) / (used[0][1] @ used[0][1]))
    for step, turn, part in reversed(used):
        aim = aim + (part - (turn @ aim) / (step @ turn)) * step
    return -np.where(free, aim, 0.0)


def _search(
    function: Slope, x: Floats, known: tuple[float, Floats], direction: Floats
) -> tuple[Floats, float, Floats] | None:
    """The first point of halved steps that is low enough; None where there is none."""
    length = 1.0
    for _ in range(_HALVINGS):
        there = np.clip(x + length * direction, 0.0, _HIGHEST)
        promised = float(known[1] @ (there - x))
        value, slope = function(there)
        if promised < 0 and value <= known[0] + _PROMISED * promised:
            return there, value, slope
        length /= 2
    return None
