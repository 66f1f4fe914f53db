"""What was known at the start of a day: every table cut to it before anything is computed from it.

Features, labels and books read these tables only, so that a later row can not reach them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import ibis
from ibis import _

from recobro_data.books.currency import in_portfolio_currency
from recobro_data.books.numbers import CHARGE, PAYMENT, hash_of_account, money_rows, numbered_debtors
from recobro_data.books.placed import Placed, numbered
from recobro_data.vocabulary import REACHED
from recobro_data.zones import country_zones

#: Up to so many zones are written out in a query.
_MOST_ZONES: Final = 12
#: Money as it was paid, and what turns it into the portfolio's: only the books need them.
_OWN: Final = ("own_amount", "rate")


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
def _wall_clock(zone, moment):  # type: ignore[no-untyped-def]
    """The wall clock of a zone at a moment (DuckDB's `timezone`)."""


@dataclass(frozen=True)
class Known:
    """The canonical tables as known at the start of `as_of`.

    `debtors` and `contact_points` hold their newest row (they carry no dates: what may change in them decides who may
    be contacted and is never a feature). `attempts` has `attempted_local` (wall clock of the debtor), `attempted_on`
    and `reached`; `promises` has `made_on`. `reversed_on`, `cancelled_on` and `closed_on` that lie ahead are null.
    """

    placed: Placed
    as_of: date

    @property
    def debtors(self) -> ibis.Table:
        """One row a debtor, with its `zone`."""
        return self.placed["debtors"]

    @property
    def contact_points(self) -> ibis.Table:
        """One row a debtor and channel."""
        return self.placed["contact_points"]

    @property
    def charges(self) -> ibis.Table:
        """Charges issued before `as_of`."""
        issued = self.placed["charges"].filter(_.issued_on < self.as_of)
        return _unless_ahead(issued, "cancelled_on", self.as_of)

    @property
    def payments(self) -> ibis.Table:
        """Payments made and recorded before `as_of`, and not reversed by then."""
        payments = self.placed["payments"].filter(_.paid_on < self.as_of)
        in_time = payments.filter(_.recorded_on.isnull() | (_.recorded_on < self.as_of))
        return in_time.filter(_.reversed_on.isnull() | (_.reversed_on >= self.as_of)).drop("reversed_on")

    @property
    def attempts(self) -> ibis.Table:
        """Attempts made before `as_of`."""
        return self.placed["contact_attempts"].filter(_.attempted_on < self.as_of)

    @property
    def promises(self) -> ibis.Table:
        """Promises made before `as_of`."""
        return self.placed["promises"].filter(_.made_on < self.as_of)

    @property
    def disputes(self) -> ibis.Table:
        """Disputes opened before `as_of`."""
        return _unless_ahead(self.placed["disputes"].filter(_.opened_on < self.as_of), "closed_on", self.as_of)


def place_in_time(
    tables: Mapping[str, ibis.Table],
    backend: ibis.BaseBackend,
    *,
    rates: Mapping[str, float] = MappingProxyType({}),
) -> Placed:
    """The canonical tables made ready, so that many days can be cut from them.

    Args:
        tables: the seven canonical tables by name, as the lake gives them (payments and disputes with `debtor_id`).
        backend: the engine that holds them; it keeps temporary tables until it is disconnected.
        rates: what one unit of a currency is worth in its portfolio's (`in_portfolio_currency`).
    """
    placed = Placed(backend)
    placed.offer(debtors=tables["debtors"].mutate(zone=_zone_of(tables["debtors"])))
    debtors = placed["debtors"]
    clock = Clock.of(debtors)
    told = in_portfolio_currency({**tables, "debtors": debtors}, rates)
    dated = {
        "payments": clock.date(told["payments"], "recorded_at", "recorded_on"),
        "contact_attempts": clock.date(
            tables["contact_attempts"], "attempted_at", "attempted_on", keep_local="attempted_local"
        ).mutate(reached=_.outcome.isin(REACHED)),
        "promises": clock.date(told["promises"], "made_at", "made_on"),
    }
    charges = told["charges"].inner_join(debtors.select("debtor_id", "portfolio_id"), "debtor_id")
    placed.offer(
        **{name: table.drop("debtor_no") for name, table in dated.items() if name != "payments"},
        **{name: tables[name] for name in ("contact_points", "disputes")},
        charges=charges.drop(*_OWN), payments=dated["payments"].drop("debtor_no", *_OWN),
    )  # fmt: skip
    placed.number(
        attempts=_numbered_attempts(dated["contact_attempts"]), promises=_numbered_promises(dated["promises"])
    )
    placed.count(
        numbered_debtors(numbered(debtors)), money_rows(told["charges"], CHARGE), money_rows(dated["payments"], PAYMENT)
    )
    return placed


def _zone_of(debtors: ibis.Table) -> ibis.StringValue:
    zones = country_zones()
    here = debtors.filter(_.timezone.isnull()).select("country").distinct().country.to_list()
    by_country = {country: zones[country][0] for country in here if country in zones}
    of_country = debtors.country.substitute(by_country, else_="UTC") if by_country else ibis.literal("UTC")
    return ibis.coalesce(debtors.timezone, of_country)


def _numbered_attempts(attempts: ibis.Table) -> ibis.Table:
    return attempts.select(
        "debtor_no", "channel", "outcome", "reached", "attempted_on", hour=attempts.attempted_local.hour()
    )


def _numbered_promises(promises: ibis.Table) -> ibis.Table:
    key = ibis.ifelse(promises.account_id.isnull(), None, hash_of_account(promises.debtor_id, promises.account_id))
    return promises.select("debtor_no", "promise_id", "made_on", "due_on", "amount", account_key=key)


def _clocks(debtors: ibis.Table) -> ibis.Table:
    return numbered(debtors).select("debtor_id", "debtor_no", "zone")


@dataclass(frozen=True)
class Clock:
    """Each debtor's number and time zone (`debtors`: debtor_id, debtor_no, zone), and which zones there are, where they
    are known (else: any)."""

    debtors: ibis.Table
    names: tuple[str, ...]

    @classmethod
    def of(cls, debtors: ibis.Table) -> Clock:
        """From placed debtors."""
        names = debtors.zone.topk(_MOST_ZONES + 1).zone.to_list()
        return cls(_clocks(debtors), tuple(names))

    def date(self, table: ibis.Table, moment: str, day: str, *, keep_local: str = "") -> ibis.Table:
        """Add `debtor_no`, the date (as `day`) of `moment` on the debtor's wall clock, and its time as `keep_local`."""
        joined = table.inner_join(self.debtors, "debtor_id")
        local = self._local(joined, moment)
        dated = joined.mutate(**{day: local.date()}, **({keep_local: local} if keep_local else {}))
        return dated.drop("zone")

    def _local(self, joined: ibis.Table, moment: str) -> ibis.TimestampValue:
        if not 0 < len(self.names) <= _MOST_ZONES:
            return _wall_clock(joined.zone, joined[moment])
        # A zone that is written out costs the engine a tenth of one that it reads row by row.
        return ibis.cases(*((joined.zone == name, _wall_clock(name, joined[moment])) for name in self.names))


def known_as_of(placed: Placed, as_of: date) -> Known:
    """Cut the tables of `place_in_time` to what was known at the start of `as_of`, in each debtor's time zone."""
    return Known(placed, as_of)


def _unless_ahead(table: ibis.Table, column: str, as_of: date) -> ibis.Table:
    return table.mutate(**{column: ibis.ifelse(table[column] < as_of, table[column], None)})
