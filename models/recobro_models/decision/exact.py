"""The best plan of a small day by HiGHS: the same choice as a mixed-integer program, with a bound of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recobro_models.decision.capacity import UNLIMITED, Capacity, Floats, Ints
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
    """Columns: the debtor's row, slot and way of each option."""

    row: Ints
    slot: Ints
    way: Ints
    worth: Floats
    uses: NDArray[np.int32]
    weight: Ints


def count_options(market: Market, rows: Ints) -> int:
    """Options worth anything, each way for itself."""
    return int((market.value[rows] > 0).sum()) * market.capacity.uses.shape[2]


def solve_exactly(market: Market, rows: Ints, limit: Ints, must: Ints) -> Exact:
    """The best plan for those rows.

    Args:
        market: values and capacity.
        rows: the debtors.
        limit: of each resource.
        must: those of the rows who have to be served, as far as a plan is known that does.
    """
    program = _program(market, rows, must)
    highs, n = _load(program, limit, rows, must), len(program.row)
    highs.run()
    solution = highs.getSolution()
    price = np.zeros(len(limit))
    price[:] = np.maximum(np.array(solution.row_dual)[len(rows) :], 0.0)
    taken = np.array(solution.col_value)
    bound = float(highs.getInfo().objective_function_value)
    if (np.abs(taken - np.round(taken)) > 1e-7).any():
        import highspy

        highs.changeColsIntegrality(n, np.arange(n, dtype=np.int32), np.full(n, highspy.HighsVarType.kInteger))
        highs.run()
        info = highs.getInfo()
        bound, taken = float(info.mip_dual_bound), np.array(highs.getSolution().col_value)
    return Exact(_served(program, taken, (market, limit)), bound, price)


def _program(market: Market, rows: Ints, must: Ints) -> _Program:
    own, value = market.capacity, np.asarray(market.value[rows], np.float64)
    wanted = (value > 0) | (np.isin(rows, must)[:, None] & np.isfinite(value))
    at, slot, way = np.nonzero(wanted[:, :, None] & own.is_way[market.group[rows]])
    group = market.group[rows][at]
    return _Program(
        rows[at], slot, way, value[at, slot], own.uses[group, slot, way], own.weight[group, slot, way],
    )  # fmt: skip


def _load(program: _Program, limit: Ints, rows: Ints, must: Ints) -> Any:
    """The program in a solver of one thread: a row a debtor, then a row a resource."""
    import highspy

    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, chosen in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_max_nodes", _NODES)):
        highs.setOptionValue(name, chosen)
    lp, n = highspy.HighsLp(), len(program.row)
    lp.num_col_, lp.num_row_, lp.sense_ = n, len(rows) + len(limit), highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.worth, np.zeros(n), np.ones(n)
    room = np.where(limit < UNLIMITED, limit, highspy.kHighsInf)
    lp.row_upper_ = np.concatenate([np.ones(len(rows)), room])
    lp.row_lower_ = np.concatenate([np.isin(rows, must).astype(float), np.full(len(limit), -highspy.kHighsInf)])
    matrix = lp.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    used = program.uses >= 0
    number = np.column_stack([np.searchsorted(rows, program.row), len(rows) + program.uses])
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
    if len(taken) != len(program.row):
        return None
    chosen = taken > 0.5
    served.choice[program.row[chosen]], served.way[program.row[chosen]] = program.slot[chosen], program.way[chosen]
    served.left -= _used(market.capacity, served)
    return served if (served.left >= 0).all() else None


def _used(capacity: Capacity, served: Served) -> Ints:
    return capacity.used_by(served.choice, served.way)
