"""One currency a portfolio: amounts in another one are told in the portfolio's, at the configured rate.

A portfolio's own currency is the one that has no rate. Which payment paid which charge is decided in the money that
was paid (`own_amount`), so that no cent is left over by rounding; everything else reads the converted `amount`.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
from ibis import _


def in_portfolio_currency(tables: Mapping[str, ibis.Table], rates: Mapping[str, float]) -> dict[str, ibis.Table]:
    """The canonical tables with `amount` (float64) of charges, payments and promises in the portfolio's currency.

    Charges and payments also get `own_amount`, as it was given, and `rate`, by which it was multiplied. A payment has
    the currency of its charge or account; a promise that of its account; where that is unknown, the portfolio's.

    Args:
        tables: as the lake gives them.
        rates: what one unit of a currency is worth in the portfolio's; a currency that is not named is worth 1.
    """
    charges = tables["charges"]
    if not rates:
        rated = {name: tables[name].mutate(rate=ibis.literal(1.0)) for name in ("charges", "payments", "promises")}
    else:
        charges = _with_rates(charges, tables["debtors"], rates)
        rated = {
            "charges": charges,
            "payments": _rate_of_charge(tables["payments"], charges),
            "promises": _rate_of_account(tables["promises"], charges, "rate"),
        }
    given = {name: table.mutate(own_amount=_.amount.cast("float64")) for name, table in rated.items()}
    told = {name: table.mutate(amount=_in_cents(table.own_amount, table.rate)) for name, table in given.items()}
    return {**tables, **told, "promises": told["promises"].drop("own_amount", "rate")}


def _in_cents(amount: ibis.FloatingValue, rate: ibis.FloatingValue) -> ibis.FloatingValue:
    # Multiplied as whole cents, as the books do: half a cent is then half a cent in both.
    return ((amount * 100).round().cast("float64") * rate).round().cast("float64") / 100


def _with_rates(charges: ibis.Table, debtors: ibis.Table, rates: Mapping[str, float]) -> ibis.Table:
    placed = charges.inner_join(debtors.select("debtor_id", "portfolio_id"), "debtor_id")
    mixed = placed.group_by("portfolio_id").agg(
        own=_.currency.min(where=_.currency.notin(list(rates))), n_currencies=_.currency.nunique()
    )
    joined = placed.inner_join(mixed, "portfolio_id")
    converts = (joined.n_currencies > 1) & joined.own.notnull()
    return joined.mutate(
        rate=ibis.ifelse(converts, joined.currency.substitute(dict(rates), else_=1.0).cast("float64"), 1.0),
        currency=ibis.ifelse(converts, joined.own, joined.currency),
    ).drop("portfolio_id", "own", "n_currencies")


def _rate_of_charge(payments: ibis.Table, charges: ibis.Table) -> ibis.Table:
    of_charge = charges.select("charge_id", charge_rate="rate")
    joined = payments.left_join(of_charge, "charge_id").drop("charge_id_right")
    return (
        _rate_of_account(joined, charges, "account_rate")
        .mutate(rate=ibis.coalesce(_.charge_rate, _.account_rate))
        .drop("charge_rate", "account_rate")
    )


def _rate_of_account(table: ibis.Table, charges: ibis.Table, name: str) -> ibis.Table:
    # An account that holds several currencies tells none: what is paid to it counts in the portfolio's.
    rates = (
        charges.group_by("debtor_id", "account_id")
        .agg(rate=ibis.ifelse(_.rate.nunique() == 1, _.rate.min(), 1.0))
        .rename({name: "rate"})
    )
    joined = table.left_join(rates, ["debtor_id", "account_id"]).drop("debtor_id_right", "account_id_right")
    return joined.mutate(**{name: joined[name].fill_null(1.0)})
