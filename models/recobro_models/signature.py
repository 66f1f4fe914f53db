"""A model's signature: the columns it takes with their types, and what it gives. Kept beside every version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from recobro_models.features.families import CATEGORIES

#: What each model gives, one row a row it is asked about.
_OUTPUTS: Final = {"risk": "p_unpaid", "contact": "p_reach", "effect": "contact_effect",
                   "promise": "p_promise"}  # fmt: skip
_ASKED: Final = {"risk": {"days": "long"}, "contact": {"channel": "string", "weekday": "long", "hour": "long"},
                 "effect": {"channel": "string"}, "promise": {"channel": "string"}}  # fmt: skip


def build_signature(model: str, features: Sequence[str]) -> str:
    """`inputs` and `outputs` as JSON, each a list of columns as MLflow's schemas write them.

    A feature may be null; what is asked beside the features (days ahead, channel, hour) may not.

    Example:
        >>> build_signature("effect", ["n_open"])[:64]
        '{"inputs": [{"name": "n_open", "required": false, "type": "doubl'
    """
    inputs = [
        {"name": name, "type": "string" if name in CATEGORIES else "double", "required": False} for name in features
    ]
    asked = [{"name": name, "type": kind, "required": True} for name, kind in _ASKED[model].items()]
    outputs = [{"name": _OUTPUTS[model], "type": "double", "required": True}]
    return json.dumps({"inputs": inputs + asked, "outputs": outputs}, sort_keys=True)
