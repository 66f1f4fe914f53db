"""A day's KPIs, measured and kept in the store: the report and the API tell the same figures."""

from __future__ import annotations

from datetime import date
from typing import Any

from recobro_data.store import Store
from recobro_models.snapshots import Snapshots
from recobro_pipelines.impact import measure_impact, with_impact
from recobro_pipelines.kpis import measure_kpis
from recobro_pipelines.progress import SILENT, Steps


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
