"""What the API answers about one debtor beside the worklist: the payment curve, and the week of contact times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import find_places
from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.champions import Champions
from recobro_models.decision.lawful import Calendar, Ground, Week
from recobro_models.decision.worklist import Scored, band_of
from recobro_models.payment_curve import CURVE_DAYS
from recobro_models.promises import Promises

Ints = NDArray[np.int64]

#: Hours that the week of contact times covers: all that any law of the region allows lie inside.
_HOURS: Final = range(7, 22)
#: Debtors told at once, so that memory stays flat.
_BATCH: Final = 2000
#: What is told of a debtor beside the readings.
_KNOWN: Final = (
    "debtor_id", "portfolio_id", "country", "region", "timezone", "zone", "language", "p_pay_no_action",
)  # fmt: skip
#: What is told of an account beside its curve.
_OWED: Final = ("account_id", "n_open", "days_past_due", "balance_due", "disputed_amount")


def build_payloads(
    scored: Scored,
    champions: Champions,
    calendar: Calendar,
    of_risk: Mapping[int, Sequence[Mapping[str, Any]]],
    read: tuple[pd.DataFrame, pd.DataFrame],
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(debtor_id, portfolio_id, payload) for every debtor with an open charge.

    Args:
        scored: the day's debtors and what was decided.
        champions: the models in use.
        calendar: of the day.
        of_risk: reasons by the debtor's position.
        read: what was read off every open charge by its id, and the accounts as `build_accounts` gives them.
    """
    readings, accounts = read
    channels = _channels_in_use(calendar.settings)
    of_debtors, of_accounts = (
        find_places(rows["oldest_charge_id"], readings.index) for rows in (scored.debtors, accounts)
    )
    for start in range(0, len(scored.debtors), _BATCH):
        debtors = scored.debtors.iloc[start : start + _BATCH]
        oldest = _records(readings, of_debtors[start : start + _BATCH])
        # Accounts stand in the order of their debtors.
        first, end = np.searchsorted(accounts["debtor"], (start, start + _BATCH))
        own = _accounts(accounts.iloc[first:end], _records(readings, of_accounts[first:end]), calendar)
        promises = _promises(debtors, champions.promises, channels)
        weeks = champions.times.predict_weeks(debtors, channels, _HOURS)
        reach = {name: np.round(p_reach, 4).tolist() for name, p_reach in weeks.items()}
        known = zip(*(debtors[name].tolist() for name in _KNOWN), strict=True)
        for row, debtor in enumerate(dict(zip(_KNOWN, one, strict=True)) for one in known):
            ground = _ground(debtor)
            contact = {name: _contact(reach[name][row], calendar.week_of(ground, name, _HOURS)) for name in channels}
            risk = _risk(debtor, oldest[row], calendar, of_risk.get(start + row, []))
            payload = {
                "risk": risk | {"accounts": own[start + row]},
                "contact": {"timezone": debtor["zone"], "channels": contact},
                "promise": promises[row],
                "language": debtor["language"],
            }
            yield debtor["debtor_id"], debtor["portfolio_id"], payload


def _records(readings: pd.DataFrame, places: Ints) -> list[dict[str, float]]:
    """What was read off the charges at those places; pandas would type each number anew."""
    rows = readings.take(places).to_numpy()
    names = readings.columns.tolist()
    return [dict(zip(names, row, strict=True)) for row in rows.tolist()]


def _promises(debtors: pd.DataFrame, promises: Promises, channels: Sequence[str]) -> list[dict[str, Any]]:
    """By debtor: `p_promise` of one who is reached, by channel, and `p_kept` of a promise."""
    p_promise, p_kept = promises.predict_both(debtors, channels)
    return [
        {"p_promise": {name: round(p, 4) for name, p in zip(channels, each, strict=True)}, "p_kept": round(kept, 4)}
        for each, kept in zip(p_promise.tolist(), p_kept.tolist(), strict=True)
    ]


def _contact(p_reach: list[list[float]], lawful: Week) -> dict[str, Any]:
    return {"first_hour": _HOURS.start, "p_reach": p_reach, "lawful": lawful}


def _risk(
    debtor: Mapping[Any, Any], read: Mapping[Any, float], calendar: Calendar, reasons: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "as_of": calendar.work_date.isoformat(),
        "horizon_days": calendar.settings.policy.horizon_days,
        **_told(read, calendar),
        "p_pay_no_action": round(float(debtor["p_pay_no_action"]), 6),
        "curve": [{"day": day, "p_paid": round(float(read[f"p_paid_{day}"]), 6)} for day in CURVE_DAYS],
        "reasons": list(reasons),
    }


def _accounts(
    accounts: pd.DataFrame, oldest: list[dict[str, float]], calendar: Calendar
) -> Mapping[int, list[dict[str, Any]]]:
    """What is told of each debtor's accounts, by the debtor's position; `oldest` was read off their oldest charges."""
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = zip(*(accounts[name].tolist() for name in ("debtor", "p_pay_no_action", *_OWED)), strict=True)
    for (debtor, p_pay, *owed), read in zip(rows, oldest, strict=True):
        told = dict(zip(_OWED, owed, strict=True)) | _told(read, calendar)
        found[debtor].append(told | {"p_pay_no_action": round(p_pay, 6)})
    return found


def _told(read: Mapping[Any, float], calendar: Calendar) -> dict[str, Any]:
    """What was read off one curve: the same of a debtor and of an account."""

    def on(name: str) -> str | None:
        """The day that many days ahead; None beyond the curve."""
        return None if np.isnan(read[name]) else (calendar.work_date + timedelta(days=int(read[name]) - 1)).isoformat()

    chances = ("p_unpaid", "p_unpaid_low", "p_unpaid_high", "p_30_past_due", "p_90_past_due")
    return {
        **{name: round(float(read[name]), 6) for name in chances},
        "p_roll": None if np.isnan(read["p_roll"]) else round(float(read["p_roll"]), 6),
        "risk_band": band_of(read["p_unpaid"], calendar.settings.bands),
        "expected_paid_on": on("paid_day"),
        "expected_paid_from": on("paid_day_low"),
        "expected_paid_until": on("paid_day_high"),
    }


def _channels_in_use(settings: Settings) -> list[str]:
    def works(name: str) -> bool:
        return settings.channels[name].capacity_per_hour != 0 and settings.channels[name].capacity_per_day != 0

    return [name for name in CHANNELS if works(name)]


def _ground(debtor: Mapping[Any, Any]) -> Ground:
    region, timezone = (None if pd.isna(debtor[name]) else debtor[name] for name in ("region", "timezone"))
    return Ground(debtor["country"], region, timezone, debtor["zone"], debtor.get("portfolio_id"))
