"""The log of what was decided: one decision a debtor and day on which a contact was lawful and within caps.

The decision is to leave alone or a channel and hour; it is what was done (the day's first attempt) or, where the day
has a plan, what the plan decided, whether or not anybody then worked the item (intention to treat). What it brought is
the money paid within the horizon from that day on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.errors import UsageError
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.eligibility import Eligibility
from recobro_models.decision.lawful import HOURS, N_SLOTS
from recobro_models.off_policy.policies import NOBODY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Debtor features by which the log's chances and what a decision brings are learnt.
FEATURES: Final = (
    "oldest_days_past_due", "open_amount", "overdue_amount", "n_open", "n_overdue", "n_attempts_7d", "n_attempts_30d",
    "days_since_last_attempt", "days_since_last_reached", "n_reached_180d", "late5_share_365d", "late15_share_365d",
    "mean_days_late_365d", "days_since_last_payment", "n_payments_90d", "n_promises_365d", "n_broken_365d",
    "has_open_promise", "tenure_days",
)  # fmt: skip
#: Of what is known of a debtor, all that policies and models of the log look at.
_KNOWN: Final = (
    "debtor_id", "portfolio_id", "currency", "days_past_due", "balance_due", "amount_to_collect", *FEATURES,
)  # fmt: skip
#: Where they were scored.
_SCORED: Final = ("p_unpaid", "p_pay_no_action")
#: Why a plan leaves alone whom it may contact.
_BY_CHOICE: Final = ("not_worth_cost", "no_capacity")
_ONE: Final = np.int64(1)


@dataclass(frozen=True)
class Log:
    """Decisions by position.

    rows: `debtor_id`, `as_of`, what was known, `taken` (channel's number; -1: left alone), `taken_hour` (debtor's
        clock; -1: left alone), `propensity` (of that decision; NaN: not logged), `money` and `any_payment`.
    hours: (decision, channel) the open hours of the debtor's clock as bits.
    shift: hours that the debtor's clock is ahead of the team's.
    worth: (decision, slot of the team's clock), or no columns where options were not valued.
    """

    rows: pd.DataFrame
    hours: Ints
    shift: Ints
    worth: NDArray[np.float32]

    def at(self, here: NDArray[np.bool_]) -> Log:
        """The chosen decisions alone."""
        return Log(self.rows[here].reset_index(drop=True), self.hours[here], self.shift[here], self.worth[here])

    def in_one_money(self, rates: Mapping[str, float]) -> Log:
        """The same with `amount` (balance due), `amount_to_collect`, `money` and `worth` in one currency.

        Raises:
            UsageError: several currencies, and no rate for more than one of them.
        """
        names = sorted(set(self.rows["currency"]))
        missing = [name for name in names if name not in rates]
        if len(names) > 1 and len(missing) > 1:
            found = f"{' and '.join(missing)} without one"
            raise UsageError("one currency, or rates between them", found, "Give `rates` in the configuration.")
        worth = {name: rates.get(name, 1.0) if len(names) > 1 else 1.0 for name in names}
        factor = self.rows["currency"].map(worth).to_numpy(np.float64)
        own = {"amount": "balance_due", "amount_to_collect": "amount_to_collect", "money": "money"}
        rows = self.rows.assign(**{name: self.rows[of].to_numpy(np.float64) * factor for name, of in own.items()})
        return replace(self, rows=rows, worth=self.worth * factor[:, None].astype(np.float32))

    @property
    def is_tried(self) -> NDArray[np.bool_]:
        """Where somebody was to be contacted."""
        return np.asarray(self.rows["taken"] != NOBODY)

    @property
    def used_hours(self) -> Ints:
        """By channel: the hours of the debtor's clock at which the log ever tried it, as bits."""
        tried = self.rows[self.is_tried]
        used = np.zeros(len(CHANNELS), np.int64)
        np.bitwise_or.at(used, tried["taken"].to_numpy(np.int64), _ONE << tried["taken_hour"].to_numpy(np.int64))
        return used


def read_decisions(
    debtors: pd.DataFrame, outcomes: pd.DataFrame, eligibility: Eligibility, worth: Floats | None = None
) -> Log:
    """The decisions of a day: what was known, what was done, and what came after.

    Args:
        debtors: what was known, by position as in `eligibility`; with `p_unpaid` and `p_pay_no_action` where scored.
        outcomes: `debtor_id`, `tried_channel`, `tried_hour`, `tried_propensity`, `paid_amount`, `any_paid`.
        eligibility: what was allowed.
        worth: (debtor, channel, hour of the team's clock) of each option.
    """
    found = outcomes.set_index("debtor_id").reindex(debtors["debtor_id"])
    here = eligibility.allowed.any(axis=(1, 2)) & found["any_paid"].notna().to_numpy()
    known = debtors[[name for name in (*_KNOWN, *_SCORED) if name in debtors]]
    rows = known.assign(
        taken=pd.Categorical(found["tried_channel"], categories=list(CHANNELS)).codes.astype(np.int64),
        taken_hour=found["tried_hour"].to_numpy(np.float64, na_value=NOBODY).astype(np.int64),
        propensity=found["tried_propensity"].to_numpy(np.float64, na_value=np.nan),
        money=found["paid_amount"].to_numpy(np.float64),
        any_payment=found["any_paid"].to_numpy(np.float64),
    )
    values = np.empty((len(debtors), 0))
    if worth is not None:
        values = np.where(eligibility.allowed, worth, -np.inf).reshape(len(debtors), N_SLOTS)
    return Log(rows, _as_bits(eligibility), eligibility.shift, values.astype(np.float32)).at(here)


def _as_bits(eligibility: Eligibility) -> Ints:
    on_team_clock = eligibility.allowed.astype(np.int64) @ (_ONE << np.arange(HOURS))
    shift = eligibility.shift[:, None]
    return np.where(shift >= 0, on_team_clock << np.maximum(shift, 0), on_team_clock >> np.maximum(-shift, 0))


def join_decisions(days: Iterable[tuple[date, Log]]) -> Log | None:
    """One log of several, in order of the days; None where no decision was taken.

    Days on which nobody was contacted at all are left out: nobody was at work.
    """
    dated = [Log(one.rows.assign(as_of=pd.Timestamp(day)), one.hours, one.shift, one.worth) for day, one in days]
    dated = [one for one in sorted(dated, key=_first_day) if len(one.rows)]
    if not dated:
        return None
    whole = Log(
        pd.concat([one.rows for one in dated], ignore_index=True),
        *(np.concatenate([getattr(one, name) for one in dated]) for name in ("hours", "shift", "worth")),
    )
    n_tried = pd.Series(whole.is_tried).groupby(whole.rows["as_of"]).transform("sum")
    worked = whole.at((n_tried > 0).to_numpy())
    return worked if len(worked.rows) else None


def _first_day(log: Log) -> pd.Timestamp:
    return log.rows["as_of"].iloc[0] if len(log.rows) else pd.Timestamp.min


def planned_outcomes(
    outcomes: pd.DataFrame, planned: Sequence[Mapping[str, object]], control_share: float
) -> pd.DataFrame:
    """`read_decisions`' outcomes with what a plan decided in place of what was done.

    Who was in the control group is left out: that was drawn for a whole period, not for the day. The propensities of
    the others are therefore those of debtors who are not in it.

    Args:
        outcomes: one row a debtor.
        planned: a plan's rows: `debtor_id`, `channel`, `window_start`, `propensity`, `because`.
        control_share: the chance of being in the control group.
    """
    plan = _decided_by(planned)
    p = pd.to_numeric(plan["propensity"]).to_numpy(np.float64)
    told = pd.DataFrame(
        {
            "debtor_id": plan["debtor_id"].to_numpy(object), "tried_channel": plan["channel"].to_numpy(object),
            "tried_hour": plan["window_start"].str.slice(11, 13).astype("float64").to_numpy(),
            "tried_propensity": np.where(plan["channel"].notna(), p, p - control_share) / (1 - control_share),
        }
    )  # fmt: skip
    kept = outcomes.drop(columns=[name for name in outcomes if str(name).startswith("tried_")])
    return kept.merge(told, on="debtor_id")


def _decided_by(planned: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """A plan's rows of debtors whom it could have contacted."""
    names = ["debtor_id", "channel", "window_start", "propensity", "because"]
    plan = pd.DataFrame([{name: row.get(name) for name in names} for row in planned], columns=names, dtype=object)
    return plan[plan["because"].isna() | plan["because"].isin(_BY_CHOICE)]
