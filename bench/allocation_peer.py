"""The peer: the same day as a linear and as a mixed-integer program, solved by HiGHS, built without our code."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from bench.allocation_instances import Instance
from recobro_models.decision.capacity import UNLIMITED

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Solved:
    """The bound of the linear program, the value of the mixed-integer one, processor seconds of each, and whether the
    latter came to its end."""

    bound: float
    value: float
    lp_seconds: float
    mip_seconds: float
    is_done: bool


def solve(instance: Instance, *, mip_seconds: float, lp_seconds: float = 3600.0) -> Solved:
    """Both programs of a day limited by hours and days, in one thread; options not worth their cost are left out.

    The mixed-integer one is stopped after so many seconds: its value is the best plan that it has found by then.
    """
    model = _model(instance)
    start = time.process_time()
    lp = _run(model, lp_seconds)
    of_lp, bound = time.process_time() - start, lp.getInfo().objective_function_value
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(model.col_cost_)
    start = time.process_time()
    mip = _run(model, mip_seconds)
    is_done = mip.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return Solved(bound, mip.getInfo().objective_function_value, of_lp, time.process_time() - start, is_done)


def _run(model: Any, limit_seconds: float) -> Any:
    highs = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("time_limit", limit_seconds)):
        highs.setOptionValue(name, value)
    highs.passModel(model)
    highs.run()
    return highs


def _model(instance: Instance) -> Any:
    """A row a debtor, an hour of a channel with a limit, and a channel's day."""
    value, limit = instance.value, instance.capacity.limit
    who, slot = np.nonzero(value > 0)
    n, n_slots, (by_hour, by_day) = len(who), value.shape[1], _limits(limit, value.shape[1])
    rows = np.column_stack([who, len(value) + slot, len(value) + n_slots + slot // (n_slots // len(by_day))])
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n, len(value) + n_slots + len(by_day)
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = value[who, slot].astype(float)
    model.col_lower_, model.col_upper_ = np.zeros(n), np.ones(n)
    model.row_lower_ = np.full(model.num_row_, -highspy.kHighsInf)
    room = np.concatenate([by_hour, by_day]).astype(float)
    model.row_upper_ = np.concatenate([np.ones(len(value)), np.where(room < UNLIMITED, room, highspy.kHighsInf)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.arange(0, 3 * n + 1, 3, dtype=np.int32)
    model.a_matrix_.index_ = rows.reshape(-1).astype(np.int32)
    model.a_matrix_.value_ = np.ones(3 * n)
    return model


def _limits(limit: Ints, n_slots: int) -> tuple[Ints, Ints]:
    return limit[:n_slots], limit[n_slots:]
