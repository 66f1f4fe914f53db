"""What the law demands: the least that a debtor has to be told, and by which day at the latest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from recobro_data.contact_rules.form import MinimumDuty
from recobro_data.contact_rules.rulebook import Jurisdiction

_COLUMNS = ["debtor_id", "rule", "until", "channels"]


def duties_of(jurisdiction: Jurisdiction) -> tuple[tuple[str, MinimumDuty], ...]:
    """The duties that hold in a place, each under its rule id."""
    return tuple(
        (f"{layer.id}.minimum_duties.{duty.id}", duty) for layer in jurisdiction.layers for duty in layer.minimum_duties
    )


def due_duties(
    jurisdictions: Mapping[str, Jurisdiction],
    debtors: pd.DataFrame,
    *,
    charges: pd.DataFrame,
    attempts: pd.DataFrame,
    work_date: date,
) -> pd.DataFrame:
    """Debtors to whom a contact is owed that the law demands and nobody has made yet.

    `debtors`: debtor_id, place (a key of `jurisdictions`). `charges`: debtor_id, due_on, is_disputed of open charges.
    `attempts`: debtor_id, channel, attempted_on (a date of the debtor's zone), reached, and `outcome` where it is
    known: without it only an attempt that reached the debtor meets a duty.

    Gives one row a debtor, in the order of `debtors`: debtor_id, rule, until (the latest day on which the duty can be
    met, as a date) and channels (those that serve). Of several duties the one that ends first is told. A charge in
    dispute is not collected and carries none.
    """
    found = [
        _unmet(debtors["debtor_id"][debtors["place"] == place], rule, charges, _notices(attempts, rule[1]), work_date)
        for place, rule in _rules(jurisdictions)
    ]
    if not found:
        return pd.DataFrame(columns=_COLUMNS)
    order = pd.Index(debtors["debtor_id"])
    rows = pd.concat(found, ignore_index=True)
    rows = rows.assign(at=order.get_indexer(pd.Index(rows["debtor_id"]))).sort_values(["at", "until", "rule"])
    return rows.drop_duplicates("at")[_COLUMNS].reset_index(drop=True)


def _rules(jurisdictions: Mapping[str, Jurisdiction]) -> Iterator[tuple[str, tuple[str, MinimumDuty]]]:
    for place, jurisdiction in jurisdictions.items():
        for rule in duties_of(jurisdiction):
            yield place, rule


def _notices(attempts: pd.DataFrame, duty: MinimumDuty) -> pd.Series[pd.Timestamp]:
    """By debtor, the newest day on which a channel that serves got through to the debtor."""
    told = attempts["reached"].astype("boolean").fillna(False)
    if "outcome" in attempts:
        told = told | attempts["outcome"].eq("delivered")
    through = attempts[(told & attempts["channel"].isin(duty.channels)).to_numpy(bool)]
    return pd.to_datetime(through["attempted_on"]).groupby(through["debtor_id"].to_numpy()).max()


def _unmet(
    ids: pd.Series[str],
    rule: tuple[str, MinimumDuty],
    charges: pd.DataFrame,
    notices: pd.Series[pd.Timestamp],
    work_date: date,
) -> pd.DataFrame:
    """The earliest last day of the charges that fell due lately and after which nobody got through."""
    name, duty = rule
    due = pd.to_datetime(charges["due_on"])
    last = due + pd.Timedelta(days=duty.within_days)
    told_on = pd.to_datetime(notices.reindex(pd.Index(charges["debtor_id"]))).to_numpy()
    asked = (due < pd.Timestamp(work_date)) & (last >= pd.Timestamp(work_date)) & ~(told_on > due)
    asked &= charges["debtor_id"].isin(ids) & ~charges["is_disputed"].astype("boolean").fillna(False)
    mask = asked.to_numpy(bool)
    until = last[mask].groupby(charges["debtor_id"][mask].to_numpy()).min()
    n = len(until)
    rows = {"debtor_id": until.index, "rule": [name] * n, "until": until.dt.date.to_numpy(object)}
    return pd.DataFrame(rows | {"channels": [duty.channels] * n}, columns=_COLUMNS)
