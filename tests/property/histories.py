"""Random short histories of debtors around one as-of day, and the plain cut of a history to what was known then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from tests.unit.table_samples import Record, put_together

from recobro_data.vocabulary import CHANNELS, OUTCOMES

AS_OF = date(2026, 3, 1)
ZONES = ("America/Lima", "America/Sao_Paulo", "Asia/Tokyo")
ACCOUNTS = ("d1", "A")

_spans = st.integers(0, 40)
_amounts = st.one_of(st.integers(1, 20_000), st.sampled_from([3_330, 10_000, 10_001]))
#: Seconds of a day in UTC: beside the midnights of the zones, and at noon.
_seconds = st.sampled_from([hour * 3600 + more for hour in (0, 3, 5, 12, 15) for more in (-1, 0)])


def day(offset: int) -> str:
    return (AS_OF + timedelta(days=offset)).isoformat()


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def moment(offset: int, seconds: int) -> str:
    midnight = datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=UTC)
    return (midnight + timedelta(days=offset, seconds=seconds)).isoformat()


@st.composite
def _charges(draw: st.DrawFn) -> list[Record]:
    rows = []
    for place in range(draw(st.integers(1, 6))):
        issued, span = draw(st.integers(-75, 5)), draw(st.sampled_from([0, 9, 30]))
        gone = draw(st.one_of(st.none(), st.none(), st.none(), _spans))
        row = {"charge_id": f"c{place}", "debtor_id": "d1", "account_id": draw(st.sampled_from(ACCOUNTS))}
        row |= {"issued_on": day(issued), "due_on": day(issued + span), "amount": money(draw(_amounts))}
        rows.append(("charges", row | {"cancelled_on": None if gone is None else day(issued + gone)}))
    return rows


@st.composite
def _payment(draw: st.DrawFn, charges: Sequence[Record]) -> Record:
    paid, back, known = (draw(strategy) for strategy in (st.integers(-75, 5), _spans, st.sampled_from([0, 1, 6, 30])))
    named = draw(st.one_of(st.none(), st.sampled_from(charges)))
    row = {"debtor_id": "d1", "paid_on": day(paid), "amount": money(draw(_amounts))}
    row |= {"account_id": named[1]["account_id"] if named else draw(st.sampled_from(ACCOUNTS))}
    row |= {"charge_id": named[1]["charge_id"] if named else None}
    row |= {"reversed_on": draw(st.sampled_from([None, None, None, day(paid + back)]))}
    return "payments", row | {"recorded_at": draw(st.sampled_from([None, moment(paid + known, draw(_seconds))]))}


@st.composite
def _attempt(draw: st.DrawFn) -> Record:
    row = {"debtor_id": "d1", "channel": draw(st.sampled_from(CHANNELS)), "outcome": draw(st.sampled_from(OUTCOMES))}
    return "contact_attempts", row | {"attempted_at": moment(draw(st.integers(-60, 3)), draw(_seconds))}


@st.composite
def _promise(draw: st.DrawFn) -> Record:
    made = draw(st.integers(-60, 3))
    row = {"debtor_id": "d1", "made_at": moment(made, draw(_seconds)), "due_on": day(made + draw(_spans))}
    return "promises", row | {"amount": money(draw(_amounts)), "account_id": draw(st.sampled_from([None, "A"]))}


@st.composite
def _dispute(draw: st.DrawFn, charges: Sequence[Record]) -> Record:
    opened, named = draw(st.integers(-40, 3)), draw(st.sampled_from(charges))
    closed = draw(st.sampled_from([None, day(opened + draw(_spans))]))
    return "disputes", {"charge_id": named[1]["charge_id"], "opened_on": day(opened), "closed_on": closed}


@st.composite
def history(draw: st.DrawFn) -> list[Record]:
    """Charges, payments, attempts, promises and disputes of one debtor before and after `AS_OF`."""
    charges = draw(_charges())
    others = {
        "payment": st.lists(_payment(charges), max_size=7),
        "attempt": st.lists(_attempt(), max_size=6),
        "promise": st.lists(_promise(), max_size=2),
        "dispute": st.lists(_dispute(charges), max_size=2),
    }
    numbered = [(f"{kind}_id", place, row) for kind, rows in others.items() for place, row in enumerate(draw(rows))]
    debtor = {"debtor_id": "d1", "country": "PE", "timezone": draw(st.sampled_from(ZONES))}
    rows = [(table, {key: f"{key[0]}{place}"} | row) for key, place, (table, row) in numbered]
    return [("debtors", debtor), *charges, *rows]


@st.composite
def portfolios(draw: st.DrawFn) -> list[Record]:
    """Several histories in one set of tables."""
    histories = draw(st.lists(history(), min_size=1, max_size=10))
    return put_together({f"h{place}": found for place, found in enumerate(histories)})


def known_rows(records: Sequence[Record]) -> Iterator[Record]:
    """The rows known at the start of `AS_OF`, with what lies ahead of them blanked."""
    zones = {row["debtor_id"]: ZoneInfo(row["timezone"]) for table, row in records if table == "debtors"}
    for table, row in records:
        happened = [row[name] for name in ("issued_on", "paid_on", "opened_on") if row.get(name)]
        told = [row[name] for name in ("recorded_at", "attempted_at", "made_at") if row.get(name)]
        days = [*happened, *(_local_day(at, zones[row["debtor_id"]]) for at in told)]
        if all(found < AS_OF.isoformat() for found in days):
            yield table, {name: _unless_ahead(name, value) for name, value in row.items()}


def _local_day(at: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(at).astimezone(zone).date().isoformat()


def _unless_ahead(name: str, value: Any) -> Any:
    return (
        None if name in ("cancelled_on", "reversed_on", "closed_on") and value and value >= AS_OF.isoformat() else value
    )
