"""What was known at the start of a day: every table cut to it before anything is computed from it.

Features, labels and books read these tables only, so that a later row can not reach them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import ibis
from ibis import _

from recobro_data.books.currency import in_portfolio_currency
from recobro_data.books.numbers import UNKNOWN, Numbers
from recobro_data.vocabulary import REACHED
from recobro_data.zones import country_zones


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
def _wall_clock(zone, moment):  # type: ignore[no-untyped-def]
    """The wall clock of a zone at a moment (DuckDB's `timezone`)."""


class Placed(dict[str, ibis.Table]):
    """The canonical tables by name with each debtor's clock applied, kept on an engine, and `numbers` read from them.

    Charges have `charge_no`, `account_no` and the debtor's `portfolio_id`; payments `payment_no`, `named_no`,
    `account_no` and `recorded_on`; attempts `attempted_local`, `attempted_on` and `reached`; promises `made_on`.
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
    zones = debtors.select("debtor_id", "zone")
    told = in_portfolio_currency({**tables, "debtors": debtors}, rates)
    charges = keep(_numbered_charges(told["charges"], debtors), backend)
    payments = _dated(_numbered_payments(told["payments"], charges), zones, "recorded_at", "recorded_on").drop("local")
    attempts = _dated(tables["contact_attempts"], zones, "attempted_at", "attempted_on")
    ready = {
        "contact_points": tables["contact_points"],
        "payments": payments,
        "contact_attempts": attempts.rename(attempted_local="local").mutate(reached=_.outcome.isin(REACHED)),
        "promises": _dated(told["promises"], zones, "made_at", "made_on").drop("local"),
        "disputes": tables["disputes"],
    }
    return Placed({"debtors": debtors, "charges": charges, **{name: keep(t, backend) for name, t in ready.items()}})


def _numbered_charges(charges: ibis.Table, debtors: ibis.Table) -> ibis.Table:
    of_debtor = charges.inner_join(debtors.select("debtor_id", "portfolio_id"), "debtor_id")
    order = [_.debtor_id, _.account_id, _.due_on, _.issued_on, _.charge_id]
    numbered = of_debtor.mutate(charge_no=ibis.row_number().over(order_by=order))
    account = ibis.window(group_by=[numbered.debtor_id, numbered.account_id])
    return numbered.mutate(
        account_no=numbered.charge_no.min().over(account), own_cents=(_.own_amount * 100).round().cast("int64")
    )


def _numbered_payments(payments: ibis.Table, charges: ibis.Table) -> ibis.Table:
    accounts = charges.group_by("debtor_id", "account_id").agg(account_no=_.account_no.min())
    named = payments.left_join(charges.select("charge_id", named_no="charge_no"), "charge_id").drop("charge_id_right")
    placed = named.left_join(accounts, ["debtor_id", "account_id"]).drop("debtor_id_right", "account_id_right")
    return placed.mutate(
        payment_no=ibis.row_number().over(order_by=_.payment_id),
        named_no=ibis.ifelse(_.charge_id.isnull(), None, _.named_no.fill_null(UNKNOWN)),
    )


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


def _dated(table: ibis.Table, zones: ibis.Table, moment: str, day: str) -> ibis.Table:
    """Add the debtor's wall clock at `moment` (as `local`) and its date (as `day`)."""
    joined = table.inner_join(zones, "debtor_id")
    joined = joined.mutate(local=_wall_clock(joined.zone, joined[moment]))
    return joined.mutate(**{day: joined.local.date()}).drop("zone")
