"""What is still owed, kept charge by charge: once as it is, and once as the books know it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recobro_data.synthetic.draws import Floats, Ints
from recobro_data.synthetic.lending import NEVER_DAY, SLOTS, Schedule


class Ledger:
    """Balances of all charges, with the oldest open charge and the sum of each account kept up to date.

    A charge is open when it was issued, is not paid in full, not cancelled and not in dispute.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.due = schedule.due
        self.balance = np.zeros(schedule.shape)
        self.held = np.zeros(schedule.shape, dtype=bool)
        n_accounts = schedule.shape[0]
        self.oldest_due = np.full(n_accounts, NEVER_DAY, dtype=np.int32)
        self.oldest_month = np.zeros(n_accounts, dtype=np.int32)
        self.owed = np.zeros(n_accounts)

    def issue(self, accounts: Ints, months: Ints, amounts: Floats) -> None:
        """Charges come to be owed."""
        self.balance[accounts, months] = amounts
        self._refresh(accounts)

    def cancel(self, accounts: Ints, months: Ints) -> None:
        """Charges are no longer owed."""
        self.balance[accounts, months] = 0.0
        self._refresh(accounts)

    def hold(self, accounts: Ints, months: Ints, *, held: bool) -> None:
        """Charges enter dispute, or leave it."""
        self.held[accounts, months] = held
        self._refresh(accounts)

    def pay(self, accounts: Ints, months: Ints, amounts: Floats) -> None:
        """Each account receives an amount: for the charge of that month, or where it is -1 for its oldest in turn."""
        rows = np.where(self.held[accounts], 0.0, self.balance[accounts])
        named = months >= 0
        rows[named] = np.where(np.arange(rows.shape[1]) == months[named, None], self.balance[accounts[named]], 0.0)
        owed_before = np.cumsum(rows, axis=1) - rows
        paid = np.clip(amounts[:, None] - owed_before, 0.0, rows)
        self.balance[accounts] = np.round(self.balance[accounts] - paid, 2)
        self._refresh(accounts)

    def put_back(self, accounts: Ints, months: Ints, amounts: Floats) -> None:
        """Payments of these charges bounced."""
        np.add.at(self.balance, (accounts, months), amounts)
        self._refresh(accounts)

    def overdue(self, accounts: Ints, day: int) -> Floats:
        """What each account owes of charges due on or before that day."""
        rows = np.where(self.held[accounts], 0.0, self.balance[accounts])
        return np.asarray((rows * (self.due[accounts] <= day)).sum(axis=1))

    def oldest(self) -> tuple[NDArray[np.int32], Ints]:
        """Of each debtor: the due day of the oldest open charge (`NEVER_DAY` if none) and the account it is in."""
        by_debtor = self.oldest_due.reshape(-1, SLOTS)
        slot = by_debtor.argmin(axis=1)
        every = np.arange(len(slot))
        return by_debtor[every, slot], every * SLOTS + slot

    def _refresh(self, accounts: Ints) -> None:
        is_open = (self.balance[accounts] > 0.0) & ~self.held[accounts]
        month = is_open.argmax(axis=1)
        some = is_open.any(axis=1)
        self.oldest_month[accounts] = month
        self.oldest_due[accounts] = np.where(some, self.due[accounts, month], NEVER_DAY)
        self.owed[accounts] = np.where(is_open, self.balance[accounts], 0.0).sum(axis=1)
