"""The documented equations name every constant of the simulation with its value in force."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "synthetic.md"
#: Modules whose constants shape the world, and those of their constants that are positions, names or bounds of arrays.
MODULES = ("people", "populations", "lending", "paying", "amounts", "contact", "policy", "days")
NOT_SHAPING = {
    "CALL", "SMS", "WHATSAPP", "EMAIL", "CHANNELS", "PORTFOLIOS", "GROUPS", "OCCUPATIONS", "PAYDAYS", "PRODUCTS",
    "DO_NOT_CONTACT_REASONS", "SLOTS", "NEVER_DAY", "MONTHS_AHEAD", "EARLIEST", "LATEST", "IS_REACHED", "OUTCOMES",
    "REACHED", "MESSAGE_ORDER", "NOBODY", "POLICY_NAME", "FAILED", "NO_ANSWER", "WRONG_PARTY", "DELIVERED", "READ",
    "REPLIED", "RIGHT_PARTY", "PROMISED", "REFUSED", "OPTED_OUT", "POPULATIONS",
}  # fmt: skip


def written(value: Any) -> str:
    """A value as the document writes it."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (tuple, list)):
        joint = "; " if value and isinstance(value[0], (tuple, list)) else ", "
        return joint.join(written(each) for each in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def constants() -> dict[str, Any]:
    modules = [importlib.import_module(f"recobro_data.synthetic.{name}") for name in MODULES]
    found = {name: value for module in modules for name, value in vars(module).items() if name.isupper()}
    return {name: value for name, value in found.items() if name not in NOT_SHAPING and not name.startswith("_")}


@pytest.mark.parametrize("name", sorted(constants()))
def test_the_document_gives_each_constant_its_value(name: str) -> None:
    assert f"| `{name}` | {written(constants()[name])} |" in DOCUMENT.read_text(encoding="utf-8")
