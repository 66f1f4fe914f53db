"""`python -m bench.off_policy --worlds N`: how often the intervals of `recobro evaluate` hold the synthetic truth.

Each world is a portfolio under the rule of thumb with its random share. Policies are evaluated from its log as the
command does it, and played in the world itself. Told by estimator and policy: the share of worlds whose 95 % interval
holds the true difference from the policy in force, and the true value; the mean error and the mean width.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bench.off_policy_world import Logged, build_logged, true_values
from recobro_data.contact_rules import rules_in_force
from recobro_data.errors import SourceRefusedError
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings, load_settings
from recobro_data.synthetic import write_tables
from recobro_models.off_policy.expectations import left_alone_of
from recobro_models.off_policy.log import Log
from recobro_models.off_policy.overlap import Overlap, check_overlap, measure_overlap, weigh
from recobro_models.snapshots import Snapshots
from recobro_pipelines.evaluate import REWARDS, choose, estimate_rewards
from recobro_pipelines.evaluate_log import LogReader, Window
from recobro_pipelines.progress import SILENT

POLICIES = ("three-criteria", "largest-balance", "oldest", "random")
#: Attempts an hour and a day of the target policies, a debtor in the book.
CALLS_AN_HOUR, MESSAGES_A_DAY = 0.004, 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("debtors", 2500), ("months", 8), ("worlds", 50), ("first", 1), ("days", 14), ("plays", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--rows", type=Path, help="A file that keeps the worlds' rows; a run goes on where one ended.")
    asked = parser.parse_args()
    rows = [json.loads(line) for line in asked.rows.open()] if asked.rows and asked.rows.exists() else []
    played = {row["seed"] for row in rows}
    for seed in (one for one in range(asked.first, asked.first + asked.worlds) if one not in played):
        found = list(measure_world(seed, asked))
        rows += found
        if asked.rows:
            with asked.rows.open("a") as kept:
                kept.writelines(json.dumps(row) + "\n" for row in found)
    print(summary(pd.DataFrame(rows)).to_string(float_format=lambda value: f"{value:.3f}"))


def measure_world(seed: int, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row a policy, reward and estimator: the estimate and the truth."""
    logged = build_logged(asked.debtors, asked.months, days=asked.days, seed=seed)
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        settings = load_settings(home=Path(folder), environ=_capacities(asked.debtors)).settings
        log = _read(logged, settings)
    targets = {policy: choose(log, policy, settings) for policy in POLICIES}
    left_alone, _ = left_alone_of(log)
    truth = true_values(logged, log, targets, plays=asked.plays)
    for policy, choices in targets.items():
        weight = weigh(log, choices, left_alone)
        overlap = measure_overlap(choices, weight)
        refused = _refused(overlap, policy)
        _, estimates = estimate_rewards(log, choices, weight)
        for place, reward in enumerate(REWARDS):
            true, in_force = truth[policy][place], truth["in force"][place]
            for name, found in estimates[reward].items():
                yield {
                    "seed": seed, "policy": policy, "reward": reward, "estimator": name, "refused": refused,
                    "true": true, "true_difference": true - in_force, "value": found.value,
                    "difference": found.difference, "effective": overlap.effective_size,
                }  # fmt: skip


def _refused(overlap: Overlap, policy: str) -> str:
    try:
        check_overlap(overlap, policy)
    except SourceRefusedError as error:
        return str(error)
    return ""


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a reward, estimator and policy, and one of all policies."""
    told = rows[rows["refused"] == ""]
    for name, true in (("value", "true"), ("difference", "true_difference")):
        value, _, low, high = (told[name].str[place] for place in range(4))
        told = told.assign(
            **{f"{name}_held": (low <= told[true]) & (told[true] <= high), f"{name}_bias": value - told[true],
               f"{name}_width": high - low}
        )  # fmt: skip
    columns = [f"{name}_{what}" for name in ("difference", "value") for what in ("held", "bias", "width")]
    found = [
        told.assign(**over)
        .groupby(["reward", "estimator", "policy"])[["true_difference", *columns]]
        .mean()
        .assign(worlds=told.assign(**over).groupby(["reward", "estimator", "policy"])["seed"].count())
        for over in ({}, {"policy": "all"})
    ]
    return pd.concat(found).sort_index()


def _read(logged: Logged, settings: Settings) -> Log:
    source = settings.home / "source"
    write_tables(logged.portfolio, source, disputes=True)
    # The table-level report of Great Expectations is not what is measured, and would take a third of the time.
    load_source(str(source), settings, validate=lambda *_: settings.reports_dir)
    first, last = logged.window
    reader = LogReader(Snapshots(Lake(settings.lake_dir), settings), settings, rules_in_force(settings), "", None)
    return reader.read_attempts(Window(first, last, logged.portfolio.as_of), SILENT)


def _capacities(debtors: int) -> dict[str, str]:
    return {
        "RECOBRO_CHANNELS_CALL_CAPACITY_PER_HOUR": str(max(round(CALLS_AN_HOUR * debtors), 1)),
        "RECOBRO_CHANNELS_WHATSAPP_CAPACITY_PER_DAY": str(round(MESSAGES_A_DAY * debtors)),
        "RECOBRO_CHANNELS_SMS_CAPACITY_PER_DAY": "0",
        "RECOBRO_CHANNELS_EMAIL_CAPACITY_PER_DAY": "0",
    }


if __name__ == "__main__":
    main()
