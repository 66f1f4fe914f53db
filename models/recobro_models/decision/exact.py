"""The best plan of a small day by HiGHS: the same choice as a mixed-integer program, with a bound of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recobro_models.decision.capacity import UNLIMITED, Capacity, Floats, Ints, Mask
from recobro_models.decision.prices import Market
from recobro_models.decision.repair import Served

#: Branch-and-bound nodes at most; a count, unlike seconds, gives the same plan on every machine.
_NODES: Final = 200


@dataclass(frozen=True)
class Exact:
    """A plan, the solver's bound on the best one, and the prices of its relaxation; no plan where nodes ran out."""

    served: Served | None
    bound: float
    price: Floats


@dataclass(frozen=True)
class _Program:
    """Columns: the number among the rows, slot and way of each option; the rows, and which of them must have one."""

    rows: Ints
    must: Mask
    at: Ints
    slot: Ints
    way: Ints
    worth: Floats
    uses: NDArray[np.int32]
    weight: Ints


def count_options(market: Market, rows: Ints) -> int:
    """Options worth anything, each way for itself."""
    return int((market.value[rows] > 0).sum()) * market.capacity.uses.shape[2]


def solve_exactly(market: Market, rows: Ints, limit: Ints) -> Exact:
    """The best plan for those rows.

    Args:
        market: values, capacity, and who must have an action, as far as a plan is known that gives it.
        rows: the debtors.
        limit: of each resource.
    """
    value = market.value[rows]
    wanted = (value > 0) | (market.who[1][rows, None] & np.isfinite(value))
    program = _program(market, rows, wanted[:, :, None] & market.capacity.is_way[market.group[rows]])
    highs, n = _load(program, limit, 0.0), len(program.at)
    highs.run()
    solution = highs.getSolution()
    price = np.zeros(len(limit))
    price[:] = np.maximum(np.array(solution.row_dual)[len(rows) :], 0.0)
    taken = np.array(solution.col_value)
    bound = float(highs.getInfo().objective_function_value)
    if (np.abs(taken - np.round(taken)) > 1e-7).any():
        taken = _in_whole(highs, n)
        bound = float(highs.getInfo().mip_dual_bound)
    return Exact(_served(program, taken, (market, limit)), bound, price)


def solve_among(market: Market, rows: Ints, ways: Mask, limit: Ints, *, enough: float) -> Served | None:
    """A plan for those rows with some of their options; None where none of them fits.

    Args:
        market: values, capacity, and who must have an action.
        rows: the debtors.
        ways: (row, slot, way) what each of them may have.
        limit: of each resource.
        enough: a plan worth less than the best one by no more than this will do.
    """
    program = _program(market, rows, ways)
    highs = _load(program, limit, enough)
    return _served(program, _in_whole(highs, len(program.at)), (market, limit))


def _in_whole(highs: Any, n: int) -> Floats:
    """The solution of whole numbers; empty where there is none."""
    import highspy

    highs.changeColsIntegrality(n, np.arange(n, dtype=np.int32), np.full(n, highspy.HighsVarType.kInteger))
    highs.run()
    is_known = highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return np.array(highs.getSolution().col_value if is_known else [], np.float64)


def _program(market: Market, rows: Ints, ways: Mask) -> _Program:
    at, slot, way = np.nonzero(ways)
    own, group = market.capacity, market.group[rows][at]
    return _Program(
        rows, market.who[1][rows], at, slot, way, market.value[rows[at], slot].astype(np.float64),
        own.uses[group, slot, way], own.weight[group, slot, way],
    )  # fmt: skip


def _load(program: _Program, limit: Ints, enough: float) -> Any:
    """The program in a solver of one thread: a row a debtor, then a row a resource."""
    import highspy

    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    chosen = {"output_flag": False, "threads": 1, "mip_rel_gap": 0.0, "mip_max_nodes": _NODES, "mip_abs_gap": enough}
    for name, option in chosen.items():
        highs.setOptionValue(name, option)
    lp, n, n_rows = highspy.HighsLp(), len(program.at), len(program.rows)
    lp.num_col_, lp.num_row_, lp.sense_ = n, n_rows + len(limit), highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.worth, np.zeros(n), np.ones(n)
    room = np.where(limit < UNLIMITED, limit, highspy.kHighsInf)
    lp.row_upper_ = np.concatenate([np.ones(n_rows), room])
    lp.row_lower_ = np.concatenate([program.must.astype(float), np.full(len(limit), -highspy.kHighsInf)])
    matrix = lp.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    used = program.uses >= 0
    number = np.column_stack([program.at, n_rows + program.uses])
    units = np.column_stack([np.ones(n), program.weight])
    used = np.column_stack([np.ones(n, bool), used])
    matrix.start_ = np.concatenate([[0], np.cumsum(used.sum(axis=1))]).astype(np.int32)
    matrix.index_, matrix.value_ = number[used].astype(np.int32), units[used].astype(np.float64)
    highs.passModel(lp)
    return highs


def _served(program: _Program, taken: Floats, means: tuple[Market, Ints]) -> Served | None:
    """The plan of a solution; None where it is none."""
    market, limit = means
    served = Served.nobody(len(market.value), limit)
    if len(taken) != len(program.at):
        return None
    chosen = taken > 0.5
    row = program.rows[program.at[chosen]]
    served.choice[row], served.way[row] = program.slot[chosen], program.way[chosen]
    served.left -= _used(market.capacity, served)
    return served if (served.left >= 0).all() else None


def _used(capacity: Capacity, served: Served) -> Ints:
    return capacity.used_by(served.choice, served.way)
