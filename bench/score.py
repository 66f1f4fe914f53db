"""How long a score takes of debtors given with raw history: `python -m bench.score --home WORKSPACE [--debtors 1000]`.

The workspace has a lake and champions (`recobro demo` makes one). Measured in the process, without HTTP: from rows as
JSON carries them to answers; wall time and the processor's own, which other work on the machine does not change.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from tests.unit.score_samples import Given, given_of, only

from recobro_data.contact_rules import rules_in_force
from recobro_data.given import build_given
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.champion_watch import ChampionWatch
from recobro_models.scoring import Question, Scorer


def main() -> None:
    """Prints a table of milliseconds."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--home", type=Path, required=True)
    words.add_argument("--debtors", type=int, default=1000)
    words.add_argument("--single", type=int, default=100)
    asked = words.parse_args()
    settings = Settings(home=asked.home, engine={"threads": 1})
    given, score = given_of(settings), build_score(settings)
    owing = sorted({row["debtor_id"] for row in given["charges"]})
    alone = [only(given, [name]) for name in owing[: asked.single]]
    many = only(given, owing[: asked.debtors])
    score(alone[0])
    print("| asked | rows | wall ms, p50 | processor ms, p50 |\n|---|---|---|---|")
    print_row("one debtor", alone, score)
    print_row(f"{min(asked.debtors, len(owing))} debtors", [many] * 3, score)


def build_score(settings: Settings) -> Callable[[Given], object]:
    """What scores given rows as of the day after the newest payment."""
    champions, scorer = ChampionWatch(settings).current(), Scorer(settings, rules_in_force(settings))
    as_of = Lake(settings.lake_dir).newest()["payments"] + timedelta(days=1)
    clock = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC) + timedelta(days=1)

    def score(given: Given) -> object:
        return scorer.score(Question(build_given(given, clock=clock, rates=settings.rates), as_of), champions)

    return score


def print_row(what: str, questions: list[Given], score: Callable[[Given], object]) -> None:
    """One line: medians over the questions."""
    wall, own = [], []
    for given in questions:
        started, worked = time.perf_counter(), time.process_time()
        score(given)
        wall.append(1000 * (time.perf_counter() - started))
        own.append(1000 * (time.process_time() - worked))
    rows = median(sum(map(len, given.values())) for given in questions)
    print(f"| {what} | {rows:.0f} | {median(wall):.0f} | {median(own):.0f} |")


if __name__ == "__main__":
    main()
