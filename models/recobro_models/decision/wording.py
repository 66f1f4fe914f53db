"""What an item says beside whom and when: text, day of a promise, offer, and whose share it is in."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS, LANGUAGES
from recobro_models.decision.lawful import HOURS, N_SLOTS
from recobro_models.decision.offers import Offered, Reached, choose_offers
from recobro_models.decision.paydays import suggest_promises
from recobro_models.decision.shares import Shares, share_items
from recobro_models.decision.strategies.offer_words import offer_text
from recobro_models.decision.strategies.templates import Occasion
from recobro_models.decision.tactics import Tactics
from recobro_models.decision.worklist import UNSAID, Scored


class Wording:
    """The fields of `UNSAID` for the items of a day."""

    def __init__(self, scored: Scored, settings: Settings, as_of: date) -> None:
        self._scored, self._settings = scored, settings
        debtors = scored.debtors
        self._stage, self._language = (debtors[name].to_numpy(object) for name in ("stage", "language"))
        self._promise_due = (scored.debtors["promise_due_amount"] > 0).to_numpy(bool)
        self._agents, self.shares = _share_day(scored, settings)
        self._tactics = scored.tactics
        if self._tactics is not None:
            days = suggest_promises(scored.debtors, as_of, self._tactics.strategies.form.promise_days)
            self._promise_on = np.where(self._promise_due, np.datetime64(as_of, "D"), days)
            self._offers = _offers(scored, self._tactics, settings)

    def fields(self, position: int) -> dict[str, Any]:
        """Of the item of a debtor's position."""
        agent = {"agent_id": self._agents[position]}
        if self._tactics is None:
            return {**UNSAID, **agent}
        offer = None if self._promise_due[position] else self._offers.offer_at(position)
        occasion = self._occasion(self._tactics, position)
        if offer is not None:
            occasion = occasion._replace(offer=offer_text(offer, occasion.language))
        return {
            "template": occasion.template_id, "message": self._tactics.strategies.templates.render(occasion),
            "promise_on": str(self._promise_on[position]),
            "offer": None if offer is None else self._offers.told(position), **agent,
        }  # fmt: skip

    def _occasion(self, tactics: Tactics, position: int) -> Occasion:
        language = self._language[position]
        channel = CHANNELS[int(self._scored.decision.choice[position]) // HOURS]
        return Occasion(
            tactics.strategy_of(position).template, self._stage[position], channel,
            tactics.tone_of(position), language if language in LANGUAGES else LANGUAGES[0],
            promise="due" if self._promise_due[position] else "",
        )  # fmt: skip

    def told(self) -> dict[str, Any]:
        """For a plan's summary: the version of the strategies, and the shares of each channel."""
        own = self._settings.shares
        shares = {channel: shares.told(own.agents, own.tolerance) for channel, shares in self.shares.items()}
        return {"strategy": self._tactics.strategies.version if self._tactics else None, "shares": shares}


def _offers(scored: Scored, tactics: Tactics, settings: Settings) -> Offered:
    """Worth of the offers in the slot that was chosen."""
    slot = np.maximum(scored.decision.choice, 0)
    at = (np.arange(len(slot)), slot // HOURS, slot % HOURS)
    p_pay = scored.debtors["p_pay_no_action"].to_numpy(np.float64) + scored.values.effect[at[:2]]
    amount = scored.debtors["amount_to_collect"].to_numpy(np.float64)
    reached = Reached(scored.values.p_reach[at], np.clip(p_pay, 0.0, 1.0), amount)
    return choose_offers(scored.debtors, tactics, reached, settings.policy.horizon_days)


def _share_day(scored: Scored, settings: Settings) -> tuple[NDArray[np.object_], dict[str, Shares]]:
    """The agent of each debtor's item, and the shares; worth is what the items are ranked by, in one money."""
    choice, own = scored.decision.choice, settings.shares
    taken = np.flatnonzero(choice >= 0)
    # In the order of ids, so that neither the order of rows nor of ranks matters.
    taken = taken[np.argsort(scored.debtors["debtor_id"].to_numpy(object)[taken].astype(str), kind="stable")]
    items = {
        "channel": np.array(CHANNELS, dtype=object)[choice[taken] // HOURS], "hour": choice[taken] % HOURS,
        "value": scored.priority.reshape(len(choice), N_SLOTS)[taken, choice[taken]],
    }  # fmt: skip
    ids = np.full(len(choice), None, dtype=object)
    ids[taken], shares = share_items(items, own.agents, own.channels, tolerance=own.tolerance)
    return ids, shares
