"""The fields of a worklist row, in the contract's order; what is stored, answered and exported all follow this list."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Form = Literal["text", "date", "count", "money", "ratio", "reasons", "alternatives", "offer"]

#: Field name to form. Timestamps are text, because each keeps its debtor's own offset.
ITEM_FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "item_id": "text",
        "plan_id": "text",
        "work_date": "date",
        "portfolio_id": "text",
        "rank": "count",
        "debtor_id": "text",
        "currency": "text",
        "days_past_due": "count",
        "balance_due": "money",
        "amount_to_collect": "money",
        "stage": "text",
        "channel": "text",
        "window_start": "text",
        "window_end": "text",
        "p_unpaid": "ratio",
        "risk_band": "text",
        "p_reach": "ratio",
        "p_pay": "ratio",
        "p_pay_no_action": "ratio",
        "expected_recovery": "money",
        "cost": "money",
        "expected_value": "money",
        "reasons": "reasons",
        "alternatives": "alternatives",
        "arm": "text",
        "propensity": "ratio",
        "policy": "text",
        "risk_model": "text",
        "contact_model": "text",
        "effect_model": "text",
        "rules": "text",
        # Beyond the contract: what to say, and whose share the item is in; null where none is.
        "template": "text",
        "message": "text",
        "promise_on": "date",
        "offer": "offer",
        "agent_id": "text",
    }
)

#: What a debtor who is left alone has beside the fields of an item.
LEFT_ALONE_FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {**ITEM_FORMS, "because": "text", "rule": "text", "until": "text"}
)

ITEM_FIELDS: Final = tuple(ITEM_FORMS)
LEFT_ALONE_FIELDS: Final = tuple(LEFT_ALONE_FORMS)
