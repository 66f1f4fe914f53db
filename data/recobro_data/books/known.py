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
from recobro_data.books.numbers import UNKNOWN, Numbers
from recobro_data.vocabulary import REACHED
from recobro_data.zones import country_zones

#: Up to so many zones are written out in a query.
_MOST_ZONES: Final = 12


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
def _wall_clock(zone, moment):  # type: ignore[no-untyped-def]
    """The wall clock of a zone at a moment (DuckDB's `timezone`)."""


class Placed(dict[str, ibis.Table]):
    """The canonical tables by name with each debtor's clock applied, kept on an engine, and `numbers` read from them.

    Charges have `charge_no` and the debtor's `portfolio_id`; payments `payment_no`, `named_no` (the charge they name)
    and `recorded_on`; attempts `attempted_local`, `attempted_on` and `reached`; promises `made_on`.
    """

    def __init__(self, tables: Mapping[str, ibis.Table]) -> None:
        super().__init__(tables)
        self.numbers = Numbers.read(self["charges"], self["payments"])


@dataclass(frozen=True, kw_only=True)
class Known:
    """The canonical tables as known at the start of `as_of`, and `numbers`, which the books are computed from.

    `debtors` and `contact_points` hold their newest row (they carry no dates: what may change in them decides who may
    be contacted and is never a feature). `attempts` has `attempted_local` (wall clock of the debtor), `attempted_on`
    and `reached`; `promises` has `made_on`. `reversed_on`, `cancelled_on` and `closed_on` that lie ahead are null.
    """

    as_of: date
    numbers: Numbers
    debtors: ibis.Table
    contact_points: ibis.Table
    charges: ibis.Table
    payments: ibis.Table
    attempts: ibis.Table
    promises: ibis.Table
    disputes: ibis.Table


def place_in_time(
    tables: Mapping[str, ibis.Table], backend: ibis.BaseBackend, *, rates: Mapping[str, float] = MappingProxyType({})
) -> Placed:
    """The canonical tables made ready, so that many days can be cut from them.

    Args:
        tables: the seven canonical tables by name, as the lake gives them (payments and disputes with `debtor_id`).
        backend: the engine that holds them; it keeps temporary tables until it is disconnected.
        rates: what one unit of a currency is worth in its portfolio's (`in_portfolio_currency`).
    """
    by_country = {country: zones[0] for country, zones in country_zones().items()}
    zone = ibis.coalesce(_.timezone, _.country.substitute(by_country, else_="UTC"))
    debtors = keep(tables["debtors"].mutate(zone=zone), backend)
    clock = Clock.of(debtors)
    told = in_portfolio_currency({**tables, "debtors": debtors}, rates)
    charges = _numbered(_with_cents(told["charges"].inner_join(clock.portfolios, "debtor_id")), "charge_no", backend)
    payments = clock.date(_with_cents(_with_named(told["payments"], charges)), "recorded_at", "recorded_on")
    attempts = clock.date(tables["contact_attempts"], "attempted_at", "attempted_on", keep_local="attempted_local")
    ready = {
        "contact_points": tables["contact_points"],
        "contact_attempts": attempts.mutate(reached=_.outcome.isin(REACHED)),
        "promises": clock.date(told["promises"], "made_at", "made_on"),
        "disputes": tables["disputes"],
    }
    kept = {name: keep(table, backend) for name, table in ready.items()}
    payments = _numbered(payments, "payment_no", backend)
    return Placed({"debtors": debtors, "charges": charges, "payments": payments, **kept})


def _with_cents(table: ibis.Table) -> ibis.Table:
    return table.mutate(own_cents=(_.own_amount * 100).round().cast("int64")).drop("own_amount")


def _with_named(payments: ibis.Table, charges: ibis.Table) -> ibis.Table:
    named = payments.left_join(charges.select("charge_id", named_no="charge_no"), "charge_id").drop("charge_id_right")
    return named.mutate(named_no=ibis.ifelse(_.charge_id.isnull(), None, _.named_no.fill_null(UNKNOWN)))


def _numbered(table: ibis.Table, name: str, backend: ibis.BaseBackend) -> ibis.Table:
    """The table kept, with the number of each row."""
    kept = keep(table, backend)
    return kept.mutate(**{name: kept.rowid()})


@dataclass(frozen=True)
class Clock:
    """Each debtor's time zone (`zones`: debtor_id, zone), and which zones there are."""

    zones: ibis.Table
    portfolios: ibis.Table
    names: tuple[str, ...]

    @classmethod
    def of(cls, debtors: ibis.Table) -> Clock:
        """From placed debtors."""
        names = debtors.zone.topk(_MOST_ZONES + 1).zone.to_list()
        return cls(debtors.select("debtor_id", "zone"), debtors.select("debtor_id", "portfolio_id"), tuple(names))

    def date(self, table: ibis.Table, moment: str, day: str, *, keep_local: str = "") -> ibis.Table:
        """Add the date (as `day`) of `moment` on the debtor's wall clock, and that clock's time as `keep_local`."""
        joined = table.inner_join(self.zones, "debtor_id")
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
    payments = placed["payments"].filter(_.paid_on < as_of)
    in_time = payments.filter(_.recorded_on.isnull() | (_.recorded_on < as_of))
    return Known(
        as_of=as_of,
        numbers=placed.numbers,
        debtors=placed["debtors"],
        contact_points=placed["contact_points"],
        charges=_unless_ahead(placed["charges"].filter(_.issued_on < as_of), "cancelled_on", as_of),
        payments=in_time.filter(_.reversed_on.isnull() | (_.reversed_on >= as_of)).drop("reversed_on"),
        attempts=placed["contact_attempts"].filter(_.attempted_on < as_of),
        promises=placed["promises"].filter(_.made_on < as_of),
        disputes=_unless_ahead(placed["disputes"].filter(_.opened_on < as_of), "closed_on", as_of),
    )


def keep(table: ibis.Table, backend: ibis.BaseBackend) -> ibis.Table:
    """The same rows as a temporary table of `backend`: computed once, and short in the SQL that uses it."""
    return backend.create_table(ibis.util.gen_name("kept"), table, temp=True)


def discard(table: ibis.Table, backend: ibis.BaseBackend) -> None:
    """Give back the memory of a table that `keep` made."""
    backend.raw_sql(f'drop table "{table.op().name}"')


def _unless_ahead(table: ibis.Table, column: str, as_of: date) -> ibis.Table:
    return table.mutate(**{column: ibis.ifelse(table[column] < as_of, table[column], None)})
