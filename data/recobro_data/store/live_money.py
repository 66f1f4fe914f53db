"""What a debtor still owes on the day, from the plan's position and the events since, in whole cents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]

#: When a row of a table became a fact.
_DATED: Final = {
    "payments": "paid_on",
    "promises": "made_at",
    "disputes": "opened_on",
    "contact_attempts": "attempted_at",
}


@dataclass(frozen=True)
class Fact:
    """What is known of one row now, and what the plan knew of it (None: nothing)."""

    table: str
    row: Row
    before: Row | None = None

    def known_before(self, as_of: date, zone: str) -> Fact:
        """The fact with what the plan of that day could know: nothing that is dated from the day on."""
        dated = _DATED.get(self.table)
        if self.before is None or dated is None or _day_of(self.before[dated], zone) < as_of.isoformat():
            return self
        return replace(self, before=None)


@dataclass(frozen=True)
class OpenCharge:
    """A charge that was open when the plan was made: unpaid cents, days past due, whether it was in dispute."""

    charge_id: str
    account_id: str
    days_past_due: int
    cents: int
    is_disputed: bool = False


@dataclass(frozen=True)
class Position:
    """What the plan knew of a debtor: the clock, open charges, and the part asked for that was promised for the day."""

    zone: str = "UTC"
    charges: Sequence[OpenCharge] = ()
    promise_due_cents: int = 0

    @classmethod
    def from_json(cls, body: Row) -> Position:
        """As it is stored."""
        return cls(body["zone"], tuple(OpenCharge(*charge) for charge in body["charges"]), body["promise_due_cents"])

    @property
    def asked_for(self) -> list[OpenCharge]:
        """Charges that the plan's amount is made of: those past due, before that those of the next due date."""
        days = [charge.days_past_due for charge in self.charges]
        past = [charge for charge in self.charges if charge.days_past_due > 0]
        ahead = max((one for one in days if one <= 0), default=0)
        return past or [charge for charge in self.charges if charge.days_past_due == ahead]


@dataclass(frozen=True)
class Owed:
    """By how many cents events lowered the balance and what is asked for (below 0: raised), and open disputes."""

    balance: int = 0
    asked: int = 0
    disputed: frozenset[str] = field(default_factory=frozenset)


def owed_after(position: Position, facts: Iterable[Fact], as_of: date, known_on: date) -> Owed:
    """What events changed; `known_on` is the day by which reversals, cancellations and closings count.

    Payments pay in order of (paid_on, payment_id): the charge they name, then their account's oldest; what is over is
    credit. A payment that the plan counted and that is reversed since owes its charge again. A new charge waits for the
    next plan.
    """
    facts = sorted(facts, key=lambda fact: (fact.table, sorted(map(str, fact.row.items()))))
    days = _Days(as_of.isoformat(), known_on.isoformat(), position.zone)
    before = {charge.charge_id: charge.cents for charge in position.charges}
    left = dict(before)
    for fact in facts:
        if fact.table == "charges" and _is_cancelled(fact.row, days) and fact.row["charge_id"] in left:
            left[fact.row["charge_id"]] = 0
    payments = [fact for fact in facts if fact.table == "payments"]
    _give_back(position, left, payments, days)
    _pay(position, left, payments, days)
    disputed = _disputed(facts, days)
    asked = _asked(position, before, frozenset()) - _asked(position, left, disputed)
    return Owed(sum(before.values()) - sum(left.values()), asked, disputed)


@dataclass(frozen=True)
class _Days:
    """As ISO text, which compares as days do."""

    as_of: str
    known_on: str
    zone: str


def _asked(position: Position, left: Mapping[str, int], disputed: frozenset[str]) -> int:
    clear = (one for one in position.asked_for if not one.is_disputed and one.charge_id not in disputed)
    return sum(left[charge.charge_id] for charge in clear)


def _is_cancelled(row: Row, days: _Days) -> bool:
    return row["cancelled_on"] is not None and row["cancelled_on"] <= days.known_on


def _disputed(facts: Iterable[Fact], days: _Days) -> frozenset[str]:
    """Charges of disputes that were opened since the plan and are open."""
    opened = (fact.row for fact in facts if fact.table == "disputes" and fact.before is None)
    return frozenset(row["charge_id"] for row in opened if (row["closed_on"] or "9999") > days.known_on)


def _change(fact: Fact, days: _Days) -> int:
    """By how many cents more this payment counts now than it counted in the plan."""
    now = (fact.row["reversed_on"] or "9999") > days.known_on
    was = fact.before is not None and _was_counted(fact.before, days.as_of, days.zone)
    return (now - was) * int(Decimal(str(fact.row["amount"])) * 100)


def _was_counted(row: Row, as_of: str, zone: str) -> bool:
    if row["recorded_at"] is not None and _day_of(row["recorded_at"], zone) >= as_of:
        return False
    return row["reversed_on"] is None or row["reversed_on"] >= as_of


def _day_of(moment: str, zone: str) -> str:
    """The day of a date, or of a timestamp on that zone's clock."""
    if len(moment) == len("2026-01-31"):
        return moment
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).date().isoformat()


def _give_back(position: Position, left: dict[str, int], payments: Iterable[Fact], days: _Days) -> None:
    for fact in payments:
        owes_again = [charge for charge in _paid_first(position, fact.row) if charge.charge_id in left][:1]
        for charge in owes_again:
            left[charge.charge_id] += max(-_change(fact, days), 0)


def _pay(position: Position, left: dict[str, int], payments: Iterable[Fact], days: _Days) -> None:
    for fact in sorted(payments, key=lambda one: (one.row["paid_on"], one.row["payment_id"])):
        rest = max(_change(fact, days), 0)
        for charge in _paid_first(position, fact.row):
            part = min(rest, left[charge.charge_id])
            left[charge.charge_id] -= part
            rest -= part


def _paid_first(position: Position, payment: Row) -> list[OpenCharge]:
    """The charges of the payment's account in the order in which it pays them."""
    named = payment["charge_id"]
    account = {charge.account_id for charge in position.charges if charge.charge_id == named} or {payment["account_id"]}
    own = [charge for charge in position.charges if charge.account_id in account]
    return sorted(own, key=lambda one: (one.charge_id != named, -one.days_past_due, one.charge_id))
