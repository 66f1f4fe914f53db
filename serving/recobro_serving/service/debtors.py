"""One debtor: what is recommended, how risky, and when to be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import nsmallest
from itertools import compress
from typing import Any, Final

from recobro_data.store import Key, PlanRow, Store
from recobro_data.store.answers import Teller, told, told_reasons
from recobro_data.vocabulary import CHANNELS
from recobro_serving.service.listing import LATEST, Listing, filters_of

_RISK_FIELDS: Final = (
    "as_of", "horizon_days", "p_unpaid", "risk_band", "expected_paid_on", "expected_paid_from", "expected_paid_until",
    "p_unpaid_low", "p_unpaid_high", "p_roll", "p_30_past_due", "p_90_past_due", "p_pay_no_action", "curve",
    "accounts",
)  # fmt: skip
_N_BEST: Final = 5


class Debtors:
    """Answers about one debtor from the latest published plan, as far as a key sees.

    Every method raises `UnknownDebtorError` alike for an id that does not exist and for one of a foreign portfolio,
    and `NoPlanError` before anything is published.
    """

    def __init__(self, store: Store, listing: Listing, tell: Teller) -> None:
        self._store, self._listing, self._tell = store, listing, tell

    def recommendation(self, key: Key, debtor_id: str, language: str | None) -> dict[str, Any]:
        """The item, or why the debtor is left alone."""
        row = self._store.item_of(self._plan().plan_id, debtor_id, filters=filters_of(key))
        return answer_of_row(row, self._tell, language)

    def risk(self, key: Key, debtor_id: str, language: str | None) -> dict[str, Any]:
        """The payment curve, `p_unpaid`, band and reasons."""
        portfolio_id, scores = self._scores(key, debtor_id)
        return {"debtor_id": debtor_id, "portfolio_id": portfolio_id, **risk_of(scores, self._tell, language)}

    def contact_times(self, key: Key, debtor_id: str, channel: str | None) -> dict[str, Any]:
        """Every hour of the week with its `p_reach`, and the best lawful ones."""
        portfolio_id, scores = self._scores(key, debtor_id)
        contact = scores["contact"]
        slots = [slot for slot in _slots(contact) if channel in (None, slot["channel"])]
        return {
            "debtor_id": debtor_id,
            "portfolio_id": portfolio_id,
            "timezone": contact.get("timezone"),
            "slots": slots,
            "best": _best(slots),
        }

    def _plan(self) -> PlanRow:
        return self._listing.plan_of_day(LATEST)

    def _scores(self, key: Key, debtor_id: str) -> tuple[str, dict[str, Any]]:
        return self._store.scores_of(self._plan().plan_id, debtor_id, filters=filters_of(key))


def risk_of(scores: Mapping[str, Any], tell: Teller, language: str | None) -> dict[str, Any]:
    """What a payload of scores says of risk."""
    risk = scores["risk"]
    reasons = told_reasons({"language": scores.get("language"), **risk}, tell, language)
    return {**{name: risk.get(name) for name in _RISK_FIELDS}, "reasons": reasons}


def best_hours(contact: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lawful hours of the highest `p_reach`; equals stay in the order of channel, weekday and hour."""
    best = nsmallest(_N_BEST, _lawful_hours(contact))
    return [
        {"channel": CHANNELS[channel], "weekday": weekday, "hour": hour, "p_reach": -missed}
        for missed, channel, weekday, hour in best
    ]


def _lawful_hours(contact: Mapping[str, Any]) -> Iterator[tuple[float, int, int, int]]:
    """(-p_reach, channel, weekday, hour) of each, so that they sort as they are told."""
    for place, channel in enumerate(CHANNELS):
        table = contact["channels"].get(channel, {"p_reach": (), "lawful": ()})
        for weekday, (chances, lawful) in enumerate(zip(table["p_reach"], table["lawful"], strict=True), start=1):
            for at in compress(range(len(lawful)), lawful):
                yield -chances[at], place, weekday, table["first_hour"] + at


def answer_of_row(row: Mapping[str, Any], tell: Teller, language: str | None) -> dict[str, Any]:
    """A stored row as a recommendation: the item, or why the debtor is left alone."""
    if "because" not in row:
        return told(row, tell, language)
    why = {name: row.get(name) for name in ("because", "rule", "until")}
    return {"debtor_id": row["debtor_id"], "portfolio_id": row["portfolio_id"], "left_alone": why}


def _slots(contact: dict[str, Any]) -> Iterator[dict[str, Any]]:
    channels = contact["channels"]
    for channel in (name for name in CHANNELS if name in channels):
        table = channels[channel]
        days = zip(table["p_reach"], table["lawful"], strict=True)
        for weekday, (chances, lawful) in enumerate(days, start=1):
            for hour, (p_reach, is_lawful) in enumerate(zip(chances, lawful, strict=True), table["first_hour"]):
                slot = {"channel": channel, "weekday": weekday, "hour": hour}
                yield {**slot, "p_reach": p_reach, "lawful": is_lawful}


def _best(slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lawful hours of the highest `p_reach`; equals stay in the order of channel, weekday and hour."""
    lawful = [slot for slot in slots if slot["lawful"]]
    best = sorted(lawful, key=lambda slot: -slot["p_reach"])[:_N_BEST]
    return [{name: slot[name] for name in ("channel", "weekday", "hour", "p_reach")} for slot in best]
