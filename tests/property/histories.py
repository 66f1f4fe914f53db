"""Random short histories of debtors around one as-of day, and the plain cut of a history to what was known then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from tests.unit.table_samples import Record, put_together

from recobro_data.vocabulary import CHANNELS, OUTCOMES

AS_OF = date(2026, 3, 1)
ZONES = ("America/Lima", "America/Sao_Paulo", "Asia/Tokyo")
ACCOUNTS = ("d1", "A")

Row = dict[str, Any]

#: Seconds of a day in UTC: about the midnights of the zones, and at noon.
SECONDS = [hour * 3600 + more for hour in (0, 3, 5, 12, 15) for more in (-1, 0)]


def near(random: Random, latest: int = 3) -> int:
    """A day as its distance from `AS_OF`, often right beside it."""
    return random.choice([random.randint(-75, latest), random.randint(-2, 1)])


def day(offset: int) -> str:
    return (AS_OF + timedelta(days=offset)).isoformat()


def moment(random: Random, offset: int) -> str:
    midnight = datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=UTC)
    return (midnight + timedelta(days=offset, seconds=random.choice(SECONDS))).isoformat()


def money(random: Random) -> str:
    cents = random.choice([random.randint(1, 20_000), 3_330, 10_000, 10_001])
    return f"{cents // 100}.{cents % 100:02d}"


def at_times(random: Random, value: Any) -> Any:
    """The value one time in four."""
    return value if random.random() < 0.25 else None


def _charge(random: Random) -> Row:
    issued = near(random)
    due = issued + random.choice([0, 0, 9, 30])
    row = {"account_id": random.choice(ACCOUNTS), "issued_on": day(issued), "due_on": day(due), "amount": money(random)}
    return row | {"cancelled_on": at_times(random, day(random.choice([issued + random.randint(0, 9), near(random)])))}


def _payment(random: Random, charges: Sequence[Row]) -> Row:
    paid = near(random)
    row = {"paid_on": day(paid), "amount": money(random), "charge_id": None, "account_id": random.choice(ACCOUNTS)}
    if random.random() < 0.5:
        row |= {key: value for key, value in random.choice(charges).items() if key in ("charge_id", "account_id")}
    row |= {"reversed_on": at_times(random, day(max(paid, near(random))))}
    return row | {"recorded_at": at_times(random, moment(random, max(paid, near(random))))}


def _attempt(random: Random) -> Row:
    at = moment(random, near(random))
    return {"attempted_at": at, "channel": random.choice(CHANNELS), "outcome": random.choice(OUTCOMES)}


def _promise(random: Random) -> Row:
    made = near(random)
    row = {"made_at": moment(random, made), "due_on": day(made + random.choice([0, 3, 30])), "amount": money(random)}
    return row | {"account_id": at_times(random, "A")}


def _dispute(random: Random, charges: Sequence[Row]) -> Row:
    opened, charge_id = near(random), random.choice(charges)["charge_id"]
    return {
        "charge_id": charge_id,
        "opened_on": day(opened),
        "closed_on": at_times(random, day(max(opened, near(random)))),
    }


def _rows(kind: str, rows: Sequence[Row]) -> list[Row]:
    return [{f"{kind}_id": f"{kind[0]}{place}", "debtor_id": "d1"} | row for place, row in enumerate(rows)]


def history(random: Random) -> list[Record]:
    """Charges, payments, attempts, promises and disputes of one debtor before and after `AS_OF`."""
    charges = _rows("charge", [_charge(random) for _ in range(random.randint(1, 6))])
    payments = _rows("payment", [_payment(random, charges) for _ in range(random.randint(0, 7))])
    attempts = _rows("attempt", [_attempt(random) for _ in range(random.randint(0, 5))])
    promises = _rows("promise", [_promise(random) for _ in range(random.randint(0, 2))])
    disputes = _rows("dispute", [_dispute(random, charges) for _ in range(random.randint(0, 2))])
    debtor = {"debtor_id": "d1", "country": "PE", "timezone": random.choice(ZONES)}
    tables = {"debtors": [debtor], "charges": charges, "payments": payments, "contact_attempts": attempts}
    tables |= {"promises": promises, "disputes": disputes}
    return [(table, row) for table, rows in tables.items() for row in rows]


def portfolio(random: Random, n_debtors: int) -> list[Record]:
    """Histories of many debtors, `h0:` before the ids of the first."""
    return put_together({f"h{place}": history(random) for place in range(n_debtors)})


#: A debtor or two that shrink to the least that fails; and many at once, as each look at tables costs the same.
few_debtors = st.builds(portfolio, st.randoms(use_true_random=False), st.integers(1, 2))
many_debtors = st.builds(portfolio, st.randoms(use_true_random=True), st.just(60))


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
    ends = name in ("cancelled_on", "reversed_on", "closed_on")
    return None if ends and value and value >= AS_OF.isoformat() else value
