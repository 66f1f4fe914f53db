"""Rows of `LIVE`: how a debtor's row of the plan is kept once events have changed it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from recobro_data.store.fields import ITEM_FIELDS
from recobro_data.store.live_state import NO_CAPACITY, OWN_STATE, State
from recobro_data.store.packing import instant_text, json_text, pack_json
from recobro_data.store.plans import PlanRow

Row = dict[str, Any]
#: What an item has, and a debtor left alone has not.
_OF_ACTION: Final = (
    *("item_id", "rank", "channel", "window_start", "window_end", "p_reach", "p_pay"),
    *("expected_recovery", "cost", "expected_value", "arm", "propensity"),
)
_AMOUNTS: Final = ("amount_to_collect", "balance_due")


@dataclass(frozen=True)
class Planned:
    """A debtor's row as the plan has it: as stored text, and unpacked. `rank` of one left alone is behind all items."""

    debtor_id: str
    portfolio_id: str
    rank: int
    was_item: bool
    stage: str | None
    text: str
    row: Row

    @property
    def action(self) -> Row:
        """The row as an item: its own, or of a debtor who waits for capacity what capacity would be used for."""
        return self.row if self.was_item else {**self.row, **(self.row.get("reserve") or {})}

    @property
    def waits(self) -> bool:
        """Whether the debtor could be contacted if capacity came free."""
        return not self.was_item and self.row["because"] == NO_CAPACITY


def build_live_row(plan: PlanRow, planned: Planned, state: State, *, is_promoted: bool) -> Row:
    """The row of `LIVE`, but for the instant of its change."""
    values = {
        "plan_seq": plan.seq, "debtor_id": planned.debtor_id, "portfolio_id": planned.portfolio_id,
        "rank": planned.rank, "was_item": planned.was_item, "is_promoted": is_promoted,
        "is_worked": state.is_worked, "stage": planned.stage, "start_hour": None, "window_start_at": None,
        "window_end_at": None,
    }  # fmt: skip
    if state.because is None and (planned.was_item or is_promoted):
        row, text = _listed(plan, planned, state)
        return {**values, "channel": row["channel"], **window_values(row), "because": None, "body": text}
    row = _left_alone(planned, state, is_promoted=is_promoted)
    # The channel whose capacity comes free.
    return {**values, "channel": planned.action.get("channel"), "because": row["because"], "body": pack_json(row)}


def window_values(row: Mapping[str, Any]) -> Row:
    """The columns by which items are found by time: the debtor's hour, and the window in UTC."""
    start, end = (datetime.fromisoformat(str(row[name])) for name in ("window_start", "window_end"))
    return {"start_hour": start.hour, "window_start_at": instant_text(start), "window_end_at": instant_text(end)}


def _listed(plan: PlanRow, planned: Planned, state: State) -> tuple[Row, str]:
    """The item and its stored text; what stands behind a published item for its readers stays behind it."""
    if planned.was_item:
        text = json_text({**json.loads(planned.text), **state.changes}) if state.changes else planned.text
        return {**planned.row, **state.changes}, text
    row = _promoted(plan, planned, state)
    return row, pack_json(row)


def _promoted(plan: PlanRow, planned: Planned, state: State) -> Row:
    """A debtor who waited for capacity, as an item behind all others; the policy did not draw it: no propensity."""
    row = {**planned.action, **state.changes}
    extra = {"language": row.get("language"), "rank": planned.rank, "arm": "best", "propensity": None}
    item_id = hashlib.sha256(f"{plan.plan_id}\x1f{planned.debtor_id}".encode()).hexdigest()[:20]
    return {**{name: row.get(name) for name in ITEM_FIELDS}, **extra, "item_id": item_id}


def _left_alone(planned: Planned, state: State, *, is_promoted: bool) -> Row:
    row = {**planned.row, **{name: state.changes[name] for name in _AMOUNTS if name in state.changes}}
    if planned.was_item:
        row |= {**dict.fromkeys(_OF_ACTION), "reasons": [], "alternatives": []}
    if state.because is not None and (planned.was_item or is_promoted or planned.waits or state.because in OWN_STATE):
        row |= {"because": state.because, "rule": state.rule, "until": state.until}
    return row
