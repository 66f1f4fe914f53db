"""`python -m bench.planning --debtors N`: a day's plan stage by stage, after scoring: seconds and peak memory of each.

A small synthetic portfolio is loaded and trained on, scored once, and its scored debtors are copied until there are N,
each copy with its own ids and amounts. Rules, caps, values, strategies, allocation, reasons, texts and the publication
into a store are then done as `recobro plan` does them, in one process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from bench.data.measuring import peak_mib
from recobro_data.load import load_source
from recobro_data.sections import default_channels
from recobro_data.settings import Channel, Settings
from recobro_data.store import open_store
from recobro_data.synthetic import simulate, write_tables
from recobro_models.decision.day import PlanDay, decide_scored, score_day
from recobro_models.decision.eligibility import Portfolio
from recobro_models.decision.strategies import strategies_among
from recobro_models.snapshots import DayRows, Snapshots
from recobro_pipelines.plan import build_plan, keep_options
from recobro_pipelines.plan_means import Means, load_means
from recobro_pipelines.plan_record import record_inputs, sign
from recobro_pipelines.train import train_models

_SAMPLE: Final = (1500, 9, 5)
#: Columns of money that each copy of a debtor has as its own.
_MONEY: Final = ("amount_to_collect", "balance_due")


class Stages:
    """Seconds, those of the processor too, and peak MiB of each stage as it ends."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._name, self._since, self._used = "", 0.0, 0.0

    def start(self, name: str, _total: int | None = None) -> None:
        """Begin a stage; the one before is done."""
        self.finish()
        # Lets the kernel count the peak anew.
        Path("/proc/self/clear_refs").write_text("5")
        self._name, self._since, self._used = name, time.perf_counter(), time.process_time()

    def finish(self) -> None:
        """Tell the stage."""
        if self._name:
            seconds, used = time.perf_counter() - self._since, time.process_time() - self._used
            told = {"seconds": round(seconds, 1), "of a core": round(used, 1), "peak MiB": peak_mib()}
            self.rows.append({"stage": self._name, **told})
            print(self.rows[-1], flush=True)
        self._name = ""

    def tick(self) -> None:
        """A stage goes on."""


def main() -> None:
    """Print one row a stage, and what the plan came to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--debtors", type=int, default=100_000)
    parser.add_argument("--home", type=Path, help="A workspace with models, made before; default: one is made.")
    parser.add_argument("--as-of", type=date.fromisoformat)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        home, as_of = (asked.home, asked.as_of) if asked.home else prepare(Path(folder) / "sample")
        means = load_means(Settings(home=home, engine={"threads": 1}))
        told = run(means, as_of, asked.debtors, Path(folder))
    print(pd.DataFrame(told).to_string(index=False))


def prepare(home: Path) -> tuple[Path, date]:
    """Load and train on a small portfolio."""
    n_debtors, months, seed = _SAMPLE
    portfolio = simulate(n_debtors, months, seed=seed)
    write_tables(portfolio, home / "source", disputes=True)
    settings = Settings(home=home)
    load_source(str(home / "source"), settings, validate=lambda *_: home / "unchecked.html")
    train_models(settings, portfolio.as_of)
    return home, portfolio.as_of


def run(means: Means, as_of: date, n_debtors: int, folder: Path) -> list[dict[str, Any]]:
    """Plan for so many debtors into a store of its own."""
    rows = Snapshots(means.lake, means.settings).day_rows(as_of)
    sample = score_day(rows, means.champions, (means.rulebook, means.settings, as_of), has_contact_points=True)
    day, portfolio = copied(sample, n_debtors)
    settings = means.settings.model_copy(update={"channels": _team(n_debtors), "home": folder / "planned"})
    means = replace(means, settings=settings)
    calendar = replace(sample.calendar, settings=settings)
    stages = Stages()
    models = (means.champions.times, means.champions.effect)
    scored = decide_scored(portfolio, calendar, models, strategies_among(means.files), start=stages.start)
    day = replace(day, calendar=calendar, scored=scored)
    del portfolio
    inputs = record_inputs(means, as_of)
    plan = build_plan(day, means, sign(inputs), stages)  # type: ignore[arg-type]
    stages.start("options kept")
    keep_options(day, plan.plan_id)
    stages.start("publication")
    with open_store(settings.store_url) as store:
        store.publish_plan(replace(plan, inputs=inputs))
        stages.finish()
        counts = store.counts_of(plan.plan_id)
    size = Path(settings.store_url.removeprefix("sqlite:///")).stat().st_size
    print({**counts, "gap": plan.summary["gap"], "store MiB": size // 2**20, "as of": f"{datetime.now(UTC):%F}"})
    return stages.rows


def copied(sample: PlanDay, n: int) -> tuple[PlanDay, Portfolio]:
    """The scored debtors of a day copied until there are n, with their charges, contact points and attempts."""
    debtors = sample.scored.debtors
    copies = -(-n // len(debtors))
    worth = np.random.default_rng(1).lognormal(0, 0.5, (copies, len(debtors)))

    def times(frame: pd.DataFrame, *ids: str) -> pd.DataFrame:
        parts = [frame.assign(**{name: frame[name] + f"-{copy:04d}" for name in ids}) for copy in range(copies)]
        return pd.concat(parts, ignore_index=True)

    whole = times(debtors, "debtor_id", "oldest_charge_id")
    whole = whole.assign(**{name: whole[name] * worth.reshape(-1) for name in _MONEY}).iloc[:n]
    rows, kept = sample.rows, set(whole["debtor_id"])
    own = {
        "charges": times(rows.charges, "debtor_id", "charge_id", "account_id"),
        "contact_points": times(rows.contact_points, "debtor_id"), "attempts": times(rows.attempts, "debtor_id"),
    }  # fmt: skip
    own = {name: frame[frame["debtor_id"].isin(kept)].reset_index(drop=True) for name, frame in own.items()}
    readings = pd.concat([sample.readings.set_axis(sample.readings.index + f"-{copy:04d}") for copy in range(copies)])
    readings = readings.loc[own["charges"]["charge_id"]]
    day = DayRows(whole, own["charges"], own["contact_points"], own["attempts"], rows.portfolios)
    portfolio = Portfolio(whole, day.contact_points, True, day.attempts, day.charges)
    return replace(sample, rows=day, readings=readings), portfolio


def _team(n_debtors: int) -> dict[str, Channel]:
    """A team that works about a quarter of the debtors on a day."""
    limits = {
        "call": {"capacity_per_hour": n_debtors // 600}, "whatsapp": {"capacity_per_day": n_debtors // 10},
        "sms": {"capacity_per_day": n_debtors // 20}, "email": {"capacity_per_day": n_debtors // 10},
    }  # fmt: skip
    return {name: own.model_copy(update=limits.get(name, {})) for name, own in default_channels().items()}


if __name__ == "__main__":
    main()
