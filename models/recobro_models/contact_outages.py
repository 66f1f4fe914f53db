"""Weeks in which a channel reached nobody although it was used: a line that was down says nothing about debtors."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: A week is left out where so few attempts or fewer reached anybody by chance this rarely ...
_CHANCE: Final = 1e-6
#: ... and where it reached less than this share of what other weeks did.
_LEAST_SHARE: Final = 0.1


def find_outages(attempts: pd.DataFrame) -> tuple[NDArray[np.bool_], list[dict[str, Any]]]:
    """Which rows lie in a week in which their channel did not work, and those weeks: channel, Monday, attempts.

    Args:
        attempts: `channel`, `reached`, and the day as `attempted_on` or, where that is not there, `as_of`; without
            either nothing is found.
    """
    day = next((name for name in ("attempted_on", "as_of") if name in attempts), None)
    if day is None or not len(attempts):
        return np.zeros(len(attempts), bool), []
    when = pd.to_datetime(attempts[day])
    week = (when - pd.to_timedelta(when.dt.day_of_week, unit="D")).dt.normalize().to_numpy()
    keys = pd.DataFrame({"channel": attempts["channel"].to_numpy(object), "week": week})
    seen = keys.assign(reached=attempts["reached"].to_numpy(np.float64)).groupby(["channel", "week"])["reached"]
    weeks = seen.agg(n_reached="sum", n_attempts="size").reset_index()
    dead = weeks[_is_dead(weeks)]
    rows = pd.MultiIndex.from_frame(keys).isin(pd.MultiIndex.from_frame(dead[["channel", "week"]]))
    told = dead.assign(week=dead["week"].dt.strftime("%Y-%m-%d"))[["channel", "week", "n_attempts"]]
    return rows, told.to_dict("records")


def _is_dead(weeks: pd.DataFrame) -> NDArray[np.bool_]:
    from scipy.special import bdtr

    whole = weeks.groupby("channel")[["n_reached", "n_attempts"]].transform("sum").to_numpy(np.float64)
    reached, n = (weeks[name].to_numpy(np.float64) for name in ("n_reached", "n_attempts"))
    usual = (whole[:, 0] - reached) / np.maximum(whole[:, 1] - n, 1)
    found: NDArray[np.bool_] = (bdtr(reached, n.astype(np.int64), usual) < _CHANCE) & (
        reached < _LEAST_SHARE * n * usual
    )
    return found
