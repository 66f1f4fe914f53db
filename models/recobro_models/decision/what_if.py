"""A what-if about a published plan: its settings and options as they were kept, and what is asked to be otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from recobro_data.errors import NotKeptError, UsageError
from recobro_data.kept_settings import restore_settings
from recobro_data.settings import Settings
from recobro_data.store import PlanRow, Store
from recobro_models.decision.changes import Change, change_settings, lifted_rules
from recobro_models.decision.simulation import Simulation, simulate_from_prices

if TYPE_CHECKING:
    from recobro_models.decision.options import Options

_LIFTED: Final = "What a rule stops was never an option of the plan, so this is told from prices alone."
_GONE: Final = "The plan's options are not kept here any more, so this is told from prices alone."


@dataclass(frozen=True)
class WhatIf:
    """Changes, whether an exact answer is wanted, and the portfolios that the asker sees (None: all)."""

    changes: Sequence[Change]
    exact: bool = False
    portfolios: frozenset[str] | None = None


def answer_what_if(settings: Settings, store: Store, plan: PlanRow, asked: WhatIf) -> Simulation:
    """What the plan would come to.

    Who sees some portfolios alone is answered exactly, from these debtors' options and the part of each capacity that
    they have in the plan: a plan's prices would tell of the others.

    Raises:
        UsageError: no change, or one that can not be made.
        NotKeptError: what the plan was made from is not kept; nor, for who sees some portfolios alone, its options.
    """
    if not asked.changes:
        raise UsageError("a change of a capacity, a cost or a share of chance", "none", "Say what is to be otherwise.")
    before = restore_settings(store.records.inputs(plan.plan_id).document["settings"], settings)
    after, lifted = change_settings(before, asked.changes), lifted_rules(asked.changes)
    if lifted and asked.portfolios is not None:
        raise UsageError("changes of capacities, costs or shares", "a rule, whose cost is told of all", "Leave it out.")
    if (asked.exact and not lifted) or asked.portfolios is not None:
        options = find_options(settings, plan.plan_id)
        if options is not None:
            return _exactly(options, asked, (before, after), plan)
        if asked.portfolios is not None:
            raise NotKeptError(f"the options of {plan.plan_id}", "none kept here", "Ask about a newer plan.")
    told = simulate_from_prices(plan.summary, before, after, lifted)
    why = _LIFTED if lifted else _GONE
    return replace(told, remarks=(why, *told.remarks)) if asked.exact else told


def _exactly(options: Options, asked: WhatIf, settings: tuple[Settings, Settings], plan: PlanRow) -> Simulation:
    # The libraries of a decision take a second to import, which an answer from prices does without.
    from recobro_models.decision.simulation_exact import simulate_exactly

    if asked.portfolios is None:
        return simulate_exactly(options, *settings, plan.work_date)
    return simulate_exactly(options.of_portfolios(asked.portfolios), *settings, plan.work_date, within=True)


def find_options(settings: Settings, plan_id: str) -> Options | None:
    """The options that a plan chose from; None where they are not kept any more."""
    from recobro_models.decision.options import Options

    path = settings.decisions_dir / f"{plan_id}.parquet"
    return Options.load(path) if path.is_file() else None
