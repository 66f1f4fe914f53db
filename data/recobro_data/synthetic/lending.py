"""What falls due: accounts (loans and services) and their monthly charges, as they would be if nobody fell behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recobro_data.synthetic.countries import Country, date_of
from recobro_data.synthetic.draws import Bools, Draws, Floats, Ints
from recobro_data.synthetic.people import FORGETS, People

#: Accounts a debtor can have; an account's number is debtor x SLOTS + slot.
SLOTS: Final = 3
SECOND_ACCOUNT: Final = 0.20
THIRD_ACCOUNT: Final = 0.25
PRODUCTS: Final = (("prestamo_personal", "electrodomesticos"), ("internet", "telefonia_movil", "agua"))
PRODUCT_SHARES: Final = ((0.6, 0.4), (0.5, 0.3, 0.2))
#: Median monthly amount in Peru's money, by portfolio; spread between accounts and from month to month (log scale).
MEDIAN_AMOUNT: Final = np.array([320.0, 85.0])
AMOUNT_SPREAD: Final = np.array([0.55, 0.40])
MONTHLY_SPREAD: Final = np.array([0.0, 0.12])
COMPANY_AMOUNT: Final = 3.0
#: Charges are issued this many days before they fall due, the same for all charges of an account.
LEAD_DAYS: Final = (10, 25)
#: Months before `as_of` in which loans began, how many ended since, and by how many months ago at most.
LOAN_MONTHS: Final = (1, 30)
LOAN_ENDED: Final = 0.15
NEW_SERVICE: Final = 0.25
SERVICE_ENDED: Final = 0.08
ENDED_MONTHS: Final = (0, 6)
CANCELLED: Final = 0.0115
DISPUTED: Final = 0.0125
DISPUTE_STAYS_OPEN: Final = 0.15
NEVER_DAY: Final = 1 << 30
#: Months of charges laid out after `as_of`, so that the world can be played on.
MONTHS_AHEAD: Final = 8


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Charges laid out, a row an account and a column a month; days count from 1970-01-01, `NEVER_DAY` is never.

    `planned` says which exist at all; `forgotten` which slip their debtor's mind.
    """

    first_month: int
    product: Ints
    issued: NDArray[np.int32]
    due: NDArray[np.int32]
    amount: Floats
    planned: Bools
    forgotten: Bools
    cancelled: NDArray[np.int32]
    disputed: NDArray[np.int32]
    settled: NDArray[np.int32]

    @property
    def shape(self) -> tuple[int, int]:
        """Accounts and months."""
        return self.amount.shape[0], self.amount.shape[1]


def build_schedule(draws: Draws, people: People, country: Country, *, days: tuple[int, int]) -> Schedule:
    """The charges issued from the first of `days` on; the second of `days` is `as_of`."""
    accounts = np.arange(people.n * SLOTS)
    months = np.arange(_month(days[0]), _month(days[1]) + MONTHS_AHEAD)
    starts = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    due = starts + draws.whole("due day", accounts, low=0, high=27)[:, None]
    issued = due - draws.whole("lead", accounts, low=LEAD_DAYS[0], high=LEAD_DAYS[1])[:, None]
    book = np.repeat(people.portfolio, SLOTS)
    charges = accounts[:, None] * 4096 + months
    planned = _has_account(draws, people)[:, None] & (issued >= days[0])
    planned &= _is_active(draws, accounts, book, before=_month(days[1]) - months)
    forgets = FORGETS[np.repeat(people.group, SLOTS)][:, None]
    disputed, settled = _disputes(draws, charges, issued)
    return Schedule(
        first_month=int(months[0]),
        product=np.where(book == 0, *(draws.among("product", accounts, shares) for shares in PRODUCT_SHARES)),
        issued=issued.astype(np.int32),
        due=due.astype(np.int32),
        amount=_amounts(draws, people, country, charges=charges),
        planned=planned,
        forgotten=draws.uniform("forgets", charges) < forgets,
        cancelled=_events(draws, "cancelled", charges, share=CANCELLED, earliest=issued + 1),
        disputed=disputed,
        settled=settled,
    )


def _month(day: int) -> int:
    date = date_of(day)
    return (date.year - 1970) * 12 + date.month - 1


def _has_account(draws: Draws, people: People) -> Bools:
    ids = np.arange(people.n)
    second = draws.uniform("second account", ids) < SECOND_ACCOUNT
    third = second & (draws.uniform("third account", ids) < THIRD_ACCOUNT)
    return np.column_stack([np.ones(people.n, dtype=bool), second, third]).ravel()


def _is_active(draws: Draws, accounts: Ints, book: Ints, *, before: Ints) -> Bools:
    """Whether each account bills in each month; `before` is months before `as_of`, negative after it."""
    began = draws.whole("account began", accounts, low=LOAN_MONTHS[0], high=LOAN_MONTHS[1])
    is_loan, chance = book == 0, draws.uniform("account ended", accounts)
    began = np.where(is_loan | (draws.uniform("new service", accounts) < NEW_SERVICE), began, NEVER_DAY)
    ended = draws.whole("months since end", accounts, low=ENDED_MONTHS[0], high=ENDED_MONTHS[1])
    ended = np.where(chance < np.where(is_loan, LOAN_ENDED, SERVICE_ENDED), ended, -MONTHS_AHEAD)
    return np.asarray((before <= began[:, None]) & (before >= ended[:, None]))


def _amounts(draws: Draws, people: People, country: Country, *, charges: Ints) -> Floats:
    book, company = np.repeat(people.portfolio, SLOTS), np.repeat(people.company, SLOTS)
    spread = AMOUNT_SPREAD[book] * draws.normal("amount", np.arange(len(book)))
    level = MEDIAN_AMOUNT[book] * country.money_scale * np.where(company, COMPANY_AMOUNT, 1.0) * np.exp(spread)
    monthly = np.exp(MONTHLY_SPREAD[book][:, None] * draws.normal("monthly amount", charges))
    return np.round(level[:, None] * monthly, country.decimals)


def _events(draws: Draws, stream: str, charges: Ints, *, share: float, earliest: Ints) -> NDArray[np.int32]:
    """The day on which something befalls a charge, within a week of `earliest`; never for most."""
    days = earliest + draws.whole(f"{stream} day", charges, low=0, high=6)
    return np.where(draws.uniform(stream, charges) < share, days, NEVER_DAY).astype(np.int32)


def _disputes(draws: Draws, charges: Ints, issued: Ints) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    opened = _events(draws, "disputed", charges, share=DISPUTED, earliest=issued + 2)
    closed = opened + draws.whole("dispute length", charges, low=10, high=60)
    stays = (opened == NEVER_DAY) | (draws.uniform("dispute stays", charges) < DISPUTE_STAYS_OPEN)
    return opened, np.where(stays, NEVER_DAY, closed).astype(np.int32)
