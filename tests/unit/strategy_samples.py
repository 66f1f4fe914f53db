"""Strategies written in short, and tactics over sample debtors."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd
from tests.unit.model_samples import WORK_DATE, ugly_index

from recobro_data.settings import Bands
from recobro_models.decision.strategies import Strategies, find_strategy_files, read_strategies
from recobro_models.decision.tactics import Tactics

ALL_STAGES = "[pre_due, due_today, early, mid, late, very_late]"


def files_with(text: str, **templates: str) -> dict[str, str]:
    """The shipped files with another strategy file, and templates of its own by name."""
    shipped = {name: path.read_text("utf-8") for name, path in find_strategy_files(Path("nowhere")).items()}
    return shipped | {"strategies.yaml": text} | {f"templates/{name}": text for name, text in templates.items()}


@lru_cache(maxsize=64)
def build_strategies(one: str = "", rest: str = "") -> Strategies:
    """One strategy for everybody; `one` adds to it, `rest` to the file, both as YAML."""
    own = "".join(f"    {line}\n" for line in one.splitlines())
    return read_strategies(files_with(f"strategies:\n  - id: all\n    stages: {ALL_STAGES}\n{own}{rest}\n"))


def build_tried(*rows: tuple[str, str, str, int, str]) -> pd.DataFrame:
    """(debtor_id, channel, attempted_on, hour, outcome)."""
    frame = pd.DataFrame(list(rows), columns=["debtor_id", "channel", "attempted_on", "hour", "outcome"])
    reached = frame["outcome"].isin(["read", "replied", "right_party", "promise", "refusal", "opt_out"])
    frame = frame.astype({"attempted_on": "datetime64[s]", "hour": "int64"}).assign(reached=reached.to_numpy(bool))
    return frame.set_index(ugly_index(len(rows)))


def build_tactics(
    debtors: pd.DataFrame, strategies: Strategies, *tried: tuple[str, str, str, int, str], work_date: date = WORK_DATE
) -> Tactics:
    return Tactics.find(strategies, debtors, build_tried(*tried), bands=Bands(), work_date=work_date)
