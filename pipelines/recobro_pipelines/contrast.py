"""Why now rather than then: one debtor's risk on the day of a plan beside that of an earlier day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from recobro_data.errors import UsageError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.store import PlanRow
from recobro_models.explanation.additive import CurveExplainer
from recobro_models.explanation.catalogue import tell
from recobro_models.explanation.contrast import DayTold, build_day_told, contrast_reasons
from recobro_models.payment_curve import PaymentCurve
from recobro_models.registry import Registry
from recobro_models.snapshots import Snapshots


def check_against(plan: PlanRow, given: date) -> date:
    """The earlier day to compare with.

    Raises:
        UsageError: it is not before the plan's day.
    """
    if given >= plan.as_of:
        raise UsageError(f"a day before {plan.as_of}, the plan's", str(given), "Say an earlier one with --against.")
    return given


def contrast_debtor(
    settings: Settings, plan: PlanRow, debtor_id: str, *, against: date, language: str
) -> dict[str, Any]:
    """A debtor's risk as of the plan's day and as of `against`, by the plan's own risk model, and what moved it.

    Both days are computed from what the lake holds now. Chances are of the oldest open charge's staying unpaid over the
    horizon; `p_unpaid_then` and `log_odds_change` are null where nothing was owed then.

    Raises:
        RecobroError: the registry does not answer.
        TamperedModelError: the model's files are not those that were recorded.
    """
    registry, horizon = Registry(settings), settings.policy.horizon_days
    version = registry.find("risk", str(plan.risk_model).rpartition("/")[2])
    explainer = CurveExplainer(PaymentCurve.from_files(registry.files(version)))
    snapshots = Snapshots(_DebtorLake(settings.lake_dir, debtor_id), settings)
    rows = (_oldest_charge(snapshots, day) for day in (plan.as_of, against))
    now, then = (build_day_told(explainer, row, horizon) if len(row) else None for row in rows)
    return {"as_of": against.isoformat(), "days_before": (plan.as_of - against).days} | _moved(
        now, then, days_before=(plan.as_of - against).days, language=language
    )


def _moved(now: DayTold | None, then: DayTold | None, *, days_before: int, language: str) -> dict[str, Any]:
    if now is None:
        return {"p_unpaid": None, "p_unpaid_then": None, "log_odds_change": None, "reasons": []}
    reasons = contrast_reasons(now, then, days_before=days_before)
    told = [
        text | {"value_then": reason["value_then"]}
        for text, reason in zip(tell(reasons, language), reasons, strict=True)
    ]
    return {
        "p_unpaid": round(now.p_unpaid, 6),
        "p_unpaid_then": None if then is None else round(then.p_unpaid, 6),
        "log_odds_change": None if then is None else round(now.log_odds - then.log_odds, 4),
        "reasons": told,
    }


class _DebtorLake(Lake):
    """The rows of one debtor: they give the features that the debtor has among all."""

    def __init__(self, folder: Path, debtor_id: str) -> None:
        super().__init__(folder)
        self._debtor_id = debtor_id

    def rows(self, table: str) -> int:
        """Few enough to be read at once."""
        return min(super().rows(table), 1)

    def read(self, backend: Any, table: str, partition: int | None = None) -> Any:
        """The table as the lake gives it, cut; files are sorted by debtor, so little else of them is read."""
        rows = super().read(backend, table, partition)
        return rows.filter(rows.debtor_id == self._debtor_id)


def _oldest_charge(snapshots: Snapshots, as_of: date) -> pd.DataFrame:
    """Risk features and currency of the debtor's oldest open charge: one row, or none where nothing is owed."""
    rows = snapshots.day_rows(as_of)
    oldest = rows.debtors[["oldest_charge_id", "currency"]]
    return oldest.merge(rows.charges, left_on="oldest_charge_id", right_on="charge_id")
