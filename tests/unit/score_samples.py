"""Debtors as a platform would give them to be scored, and models that need no training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
from tests.unit.model_samples import FEW_TREES, build_charges, watch

from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.tables import TABLES
from recobro_models.calibration import Recalibration
from recobro_models.champions import Champions
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.payment_curve import PaymentCurve
from recobro_models.registry import Version

Given = dict[str, list[dict[str, Any]]]


def build_champions() -> Champions:
    """A small curve with trees that knows of part payments, and what holds before anything else is learnt."""
    late = np.random.default_rng(3).integers(-20, 60, 300)
    charges = build_charges(300, charge_days_past_due=late, oldest_days_past_due=late, open_amount=late * 3.0)
    curve = PaymentCurve.fit(watch(charges, 0.02 + (late < 0) * 0.03, 60), parameters=FEW_TREES)
    curve = replace(curve, first_payment=Recalibration(0.4, 1.1))
    versions = {model: Version(model, 1, ("champion",), {}, {}) for model in ("risk", "contact", "effect")}
    return Champions(curve, ContactTimes.prior(), ContactEffect.prior(), versions)


def given_of(settings: Settings) -> Given:
    """Every row of a lake as JSON would carry it, each with its debtor (ignored where no such column is declared)."""
    lake, backend = Lake(settings.lake_dir), ibis.duckdb.connect(threads=1)
    rows = {name: lake.read(backend, name).to_pyarrow().to_pylist() for name in TABLES}
    backend.disconnect()
    return {name: [_plain(row) for row in rows[name]] for name in TABLES}


def only(given: Given, debtor_ids: Iterable[str]) -> Given:
    """The rows of some debtors."""
    wanted = set(debtor_ids)
    return {name: [row for row in rows if row["debtor_id"] in wanted] for name, rows in given.items()}


def clock_of(as_of: date) -> datetime:
    """Late enough that everything known as of the day has happened."""
    return datetime.combine(as_of, time(23), UTC)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in row.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
