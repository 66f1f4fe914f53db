"""How much a debtor pays, what the payment names, when the books know of it, and whether it bounces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recobro_data.synthetic.draws import Bools, Draws, Floats, Ints
from recobro_data.synthetic.ledger import Ledger
from recobro_data.synthetic.lending import NEVER_DAY

#: Shares of payments: of a part, of more than is owed, of everything overdue at once where several charges are.
PART: Final = 0.07
PART_SHARE: Final = (0.30, 0.70)
OVER: Final = 0.015
OVER_SHARE: Final = (0.01, 0.10)
EVERYTHING: Final = 0.45
#: Share of payments that name only their account, that are recorded late, and that bounce; days until they do.
UNNAMED: Final = 0.12
RECORDED_LATE: Final = 0.10
LATE_DAYS: Final = (1, 3)
REVERSED: Final = 0.005
REVERSED_AFTER: Final = (4, 9)


@dataclass(frozen=True, kw_only=True)
class Payment:
    """Payments of one day, one row each. `month` is the charge's column, -1 where only the account is named."""

    account: Ints
    month: Ints
    amount: Floats
    lag: Ints
    reversed_on: Ints

    def logged(self) -> dict[str, NDArray[Any]]:
        """The columns by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def by_day(self, days: Ints) -> Iterator[tuple[int, Payment]]:
        """The rows of each day in `days`, but for those that never come."""
        for day in np.unique(days[days < NEVER_DAY]):
            yield int(day), Payment(**{name: values[days == day] for name, values in self.logged().items()})


def split_payment(draws: Draws, owed: Ledger, wanted: tuple[Ints, Floats], *, day: int, decimals: int) -> Payment:
    """Today's payment of each account in `wanted`; an amount above 0 there was promised and is paid as promised."""
    account, promised = wanted
    month = owed.oldest_month[account].astype(np.int64)
    oldest, overdue = owed.balance[account, month], owed.overdue(account, day)
    kind, size = draws.uniform("payment kind", account, day), draws.uniform("payment size", account, day)
    part = (kind < PART) & (promised == 0)
    over = (kind >= PART) & (kind < PART + OVER) & (promised == 0)
    everything = (promised == 0) & (overdue > oldest) & (kind >= 1.0 - EVERYTHING)
    amount = np.where(everything, overdue, np.where(promised > 0, promised, oldest))
    amount = amount * np.where(part, _between(PART_SHARE, size), np.where(over, 1 + _between(OVER_SHARE, size), 1.0))
    amount = np.maximum(np.round(amount, decimals), 10.0**-decimals)
    unnamed = everything | (amount > oldest) & ~over | (draws.uniform("unnamed", account, day) < UNNAMED) & ~over
    bounced = (draws.uniform("bounces", account, day) < REVERSED) & ~unnamed & ~over
    after = draws.whole("bounces after", account, low=REVERSED_AFTER[0], high=REVERSED_AFTER[1], day=day)
    return Payment(
        account=account,
        month=np.where(unnamed, -1, month),
        amount=amount,
        lag=_lag(draws, account, day),
        reversed_on=np.where(bounced, day + after, NEVER_DAY),
    )


def _lag(draws: Draws, account: Ints, day: int) -> Ints:
    late: Bools = draws.uniform("recorded late", account, day) < RECORDED_LATE
    days = draws.whole("recorded after", account, low=LATE_DAYS[0], high=LATE_DAYS[1], day=day)
    return np.where(late, days, 0)


def _between(bounds: tuple[float, float], share: Floats) -> Floats:
    return bounds[0] + (bounds[1] - bounds[0]) * share
