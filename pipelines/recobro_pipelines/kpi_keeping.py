"""A day's KPIs, measured and kept in the store: the report and the API tell the same figures."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from recobro_data.errors import NoDataError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_models.snapshots import Snapshots
from recobro_pipelines.impact import measure_impact, with_impact
from recobro_pipelines.kpis import measure_kpis
from recobro_pipelines.plan import Planned, plan_worklist
from recobro_pipelines.progress import SILENT, Steps


def plan_and_measure(settings: Settings, store: Store, as_of: date, *, steps: Steps = SILENT) -> Planned:
    """Plan a day and keep its KPIs: whoever reads the list finds the figures beside it.

    Raises:
        NoDataError: nothing is loaded.
        NoChampionError: nothing has been trained.
        RulesError: a contact rule is past its date.
    """
    planned = plan_worklist(settings, store, as_of, steps=steps)
    with suppress(NoDataError):  # no charge was issued before the day: nothing to measure
        keep_kpis(Snapshots(Lake(settings.lake_dir), settings), store, as_of, steps=steps)
    return planned


def keep_kpis(snapshots: Snapshots, store: Store, as_of: date, *, steps: Steps = SILENT) -> dict[str, Any]:
    """Measure the KPIs of a day, with what contact added, and keep them in place of those kept of it before.

    Raises:
        NoDataError: nothing is loaded, or no charge was issued before `as_of`.
    """
    steps.start("KPIs")
    kpis = measure_kpis(snapshots, as_of, tick=steps.tick)
    steps.start("what contact added")
    whole = with_impact(kpis, measure_impact(snapshots, store, as_of))
    store.kpis.keep(as_of, whole)
    return whole
