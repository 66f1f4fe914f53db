"""How long published plans are kept: as long as the settings say, and as long as their effect is measured."""

from __future__ import annotations

from datetime import date, timedelta

from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_pipelines.kpi_sums import RECENT_DAYS


def drop_old_plans(settings: Settings, store: Store, as_of: date) -> int:
    """Remove the plans that nobody asks about any more. Gives their number; 0 where plans are kept for good.

    Kept whatever the settings say: the newest plan, those of the days over which impact is measured (the control
    period and its horizon), and those of a comparison of policies that is under way.
    """
    keep_days = settings.store.keep_plans_days
    if not keep_days:
        return 0
    measured = RECENT_DAYS + settings.policy.control_period_days + settings.policy.horizon_days
    return store.records.drop_plans(as_of - timedelta(days=max(keep_days, measured)))
