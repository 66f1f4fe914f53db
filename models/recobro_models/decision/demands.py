"""What the law asks beyond hours and caps: contacts that must be made, and states in which none may be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.contact_rules import Jurisdiction, due_duties, stop_rule
from recobro_data.contact_rules.duties import duties_of
from recobro_data.frames import find_places
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.lawful import Calendar, Grounds, Mask

Objects = NDArray[np.object_]


@dataclass(frozen=True)
class Duties:
    """What the law demands of each debtor, and the channels (debtor, channel) that serve it: all without a duty."""

    rule: Objects
    until: Objects
    serves: Mask

    @classmethod
    def find(
        cls, facts: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], grounds: Grounds, calendar: Calendar
    ) -> Duties:
        """The duties of debtors; `facts` are debtors, open charges and attempts."""
        debtors, charges, attempts = facts
        places, jurisdictions = places_of(grounds, calendar)
        ids = debtors["debtor_id"].to_numpy(object)
        rule, until = (np.full(len(ids), None, dtype=object) for _ in range(2))
        serves = np.ones((len(ids), len(CHANNELS)), bool)
        if not any(duties_of(one) for one in jurisdictions.values()):
            return cls(rule, until, serves)
        due = due_duties(
            jurisdictions, pd.DataFrame({"debtor_id": ids, "place": places}),
            charges=charges, attempts=attempts, work_date=calendar.work_date,
        )  # fmt: skip
        at = find_places(due["debtor_id"], ids)
        rule[at], until[at] = due["rule"], due["until"]
        for _, rows in due.groupby("rule"):
            serves[at[rows.index]] = np.isin(CHANNELS, rows["channels"].iloc[0])
        return cls(rule, until, serves)

    def keep_serving(self, left: Mask) -> Mask:
        """What is left, of a debtor with a duty only what serves it, as far as anything does."""
        useful = left & self.serves[:, :, None]
        return np.where(useful.any(axis=(1, 2), keepdims=True), useful, left)


def find_stops(debtors: pd.DataFrame, grounds: Grounds, calendar: Calendar) -> Objects:
    """By debtor, the rule by which the reason on the debtor ends all contact, though no flag is set; None without."""
    found = np.full(len(debtors), None, dtype=object)
    reasons = debtors["do_not_contact_reason"].to_numpy(object)
    if pd.isna(reasons).all():
        return found
    asked = pd.DataFrame({"ground": grounds.of, "reason": reasons}).dropna()
    for (ground, reason), rows in asked.groupby(["ground", "reason"]).groups.items():
        found[rows] = stop_rule(calendar.rulebook, calendar.place(grounds.all[ground]), str(reason))
    return found


def places_of(grounds: Grounds, calendar: Calendar) -> tuple[Objects, dict[str, Jurisdiction]]:
    """Each debtor's place, and the rules of each place."""
    found = [calendar.place(ground) for ground in grounds.all]
    return np.array([one.place for one in found], dtype=object)[grounds.of], {one.place: one for one in found}
