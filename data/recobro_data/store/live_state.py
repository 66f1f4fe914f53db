"""How a debtor's row of the plan reads after the events of the day: a function of the set of facts, not of their order.

What takes a debtor off the list, the first that holds is told:

| because | when |
|---|---|
| do_not_contact | the debtor is marked so |
| promise_open | a promise was made since the plan and is not past its day |
| dispute_open | a dispute was opened since the plan and is open |
| awaiting_payment | nothing is left of what the item asks for |
| opted_out | a channel was refused since the plan, by contact point or by outcome |
| no_channel | the item's channel does not work any more, and no alternative is on another one |
| frequency_limit | an attempt of the day reached the debtor |

What is left to ask for lowers `amount_to_collect` and `balance_due`; `expected_recovery` falls in proportion to what is
asked for, and so does the expected value of each alternative; `expected_value` stays recovery less cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from recobro_data.store.live_money import Fact, Owed, Position, owed_after
from recobro_data.vocabulary import REACHED

Row = Mapping[str, Any]
#: Of a debtor whom the plan leaves alone only these take the place of its reason.
OWN_STATE: Final = ("do_not_contact", "promise_open", "dispute_open", "awaiting_payment")
#: A debtor left alone for this could be contacted, and waits for capacity that comes free.
NO_CAPACITY: Final = "no_capacity"


@dataclass(frozen=True)
class Day:
    """Since when the plan knows nothing, the day it is for, and the day on which it is asked."""

    as_of: date
    work_date: date
    known_on: date


@dataclass(frozen=True)
class State:
    """Why the debtor is off the list (None: is on it), what of the row changed, and whether anybody tried today."""

    because: str | None = None
    rule: str | None = None
    until: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    is_worked: bool = False


def state_of(row: Row, position: Position, facts: Iterable[Fact], day: Day) -> State:
    """The state of an item (or of what a debtor left alone could be contacted by) after these facts."""
    facts = [fact.known_before(day.as_of, position.zone) for fact in facts]
    owed = owed_after(position, facts, day.as_of, day.known_on)
    attempts = _attempts_today(facts, position.zone, day.work_date)
    money, asked = _money(row, position, owed)
    closed = _closed_channels(facts)
    moved, has_channel = _on_open_channel({**row, **money}, closed)
    because, rule, until = next(_reasons(facts, attempts, (owed, asked, has_channel), day), (None, None, None))
    return State(because, rule, until, changes={**money, **moved}, is_worked=bool(attempts))


def _reasons(
    facts: Sequence[Fact], attempts: Sequence[Row], still: tuple[Owed, int | None, bool], day: Day
) -> Iterator[tuple[str | None, str | None, str | None]]:
    """What takes the debtor off, the strongest first, each with its rule and until when."""
    owed, asked, has_channel = still
    for fact in facts:
        if fact.table == "debtors" and fact.row["do_not_contact"] and not (fact.before or {}).get("do_not_contact"):
            yield "do_not_contact", fact.row["do_not_contact_reason"] or "do_not_contact", None
    due = [fact.row["due_on"] for fact in facts if fact.table == "promises" and fact.before is None]
    if due and max(due) >= day.work_date.isoformat():
        yield "promise_open", "promises", max(due)
    if owed.disputed:
        yield "dispute_open", "disputes", None
    if asked == 0:
        yield "awaiting_payment", "payments", None
    if any(_opted_out(fact) for fact in facts) or any(one["outcome"] == "opt_out" for one in attempts):
        yield "opted_out", "contact_points.opted_out", None
    if not has_channel:
        yield "no_channel", "contact_points", None
    if any(one["outcome"] in REACHED for one in attempts):
        yield "frequency_limit", "events.reached", (day.work_date + timedelta(days=1)).isoformat()


def _opted_out(fact: Fact) -> bool:
    is_point = fact.table == "contact_points"
    return is_point and bool(fact.row["opted_out"]) and not (fact.before or {}).get("opted_out")


def _closed_channels(facts: Iterable[Fact]) -> set[str]:
    points = (fact.row for fact in facts if fact.table == "contact_points")
    return {row["channel"] for row in points if not row["valid"] or row["opted_out"]}


def _attempts_today(facts: Iterable[Fact], zone: str, work_date: date) -> list[Row]:
    """Attempts on the work date of the debtor's clock, or after it."""

    def is_new(row: Row) -> bool:
        return datetime.fromisoformat(row["attempted_at"]).astimezone(ZoneInfo(zone)).date() >= work_date

    return [fact.row for fact in facts if fact.table == "contact_attempts" and is_new(fact.row)]


def _money(row: Row, position: Position, owed: Owed) -> tuple[dict[str, Any], int | None]:
    """What of the row's money changed, and the cents that are still asked for (None: nothing changed that)."""
    changes: dict[str, Any] = {}
    if owed.balance and row.get("balance_due") is not None:
        changes["balance_due"] = max(round(row["balance_due"] - owed.balance / 100, 2), 0.0)
    if not owed.asked or row.get("amount_to_collect") is None:
        return changes, None
    amount = round(row["amount_to_collect"] * 100)
    asked = amount + position.promise_due_cents
    # What was promised for today is asked for besides; a payment fulfils it last.
    still = max(asked - owed.asked, 0)
    changes["amount_to_collect"] = max(amount - owed.asked, 0) / 100
    if row.get("expected_recovery") is not None and asked > 0:
        changes |= _worth(row, still / asked)
    return changes, still


def _worth(row: Row, share: float) -> dict[str, Any]:
    recovery = round(row["expected_recovery"] * share, 2)
    others = [
        {**one, "expected_value": round(one["expected_value"] * share, 2)} for one in row.get("alternatives") or ()
    ]
    return {
        "expected_recovery": recovery,
        "expected_value": round(recovery - (row.get("cost") or 0.0), 2),
        "alternatives": others,
    }


def _on_open_channel(row: Row, closed: set[str]) -> tuple[dict[str, Any], bool]:
    """The alternative that takes the place of an item whose channel is closed, and whether there is any channel."""
    if row.get("channel") not in closed:
        return {}, True
    others = [one for one in row.get("alternatives") or () if one["channel"] not in closed]
    if not others:
        return {}, False
    best, *rest = others
    # Nobody drew this option, and nobody computed what of its value is cost and what is recovery.
    unknown = dict.fromkeys(("p_reach", "p_pay", "expected_recovery", "cost", "propensity"))
    return {**unknown, **best, "alternatives": rest}, True
