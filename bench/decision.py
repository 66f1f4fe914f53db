"""`make bench-decision`: what policies add in synthetic worlds, between acting at random and knowing the truth.

Worlds of retail loans, telecom bills, firms, and one whose habits shift in its last two months. Every policy starts
from the same history, has the same capacities and the same lawful options, and plans each of 20 working days anew on
what its own earlier days brought. An action counts with its true worth (`bench.decision_world`), so no luck is in it.

score = (worth - random's) / (oracle's - random's); the oracle knows the truth of everybody. The ceiling is what can be
read off the log at best: it knows the world's equations and parameters, but nobody's traits.

    python -m bench.decision --worlds retail telecom firms shifting --seeds 101 102 --debtors 3000
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bench.decision_ceiling import Ceiling, watched_world
from bench.decision_orders import at_random, best_last_hour, by_worth, largest_balance, oldest_debt, oracle
from bench.decision_reading import Morning, WatchedWorld
from bench.decision_recobro import Recobro, three_criteria, train
from bench.decision_world import Ints, Today, attempts_of, is_working_day, look, start_of
from recobro_data.synthetic.days import play

POLICIES = (
    "random", "largest balance", "oldest debt", "three criteria", "probability of paying", "probability x amount",
    "best last hour", "recobro", "ceiling", "oracle",
)  # fmt: skip


def main() -> None:
    """Print one row a policy and one column a world: the mean score over seeds, then one JSON line a world and seed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--worlds", nargs="+", default=["retail", "telecom", "firms", "shifting"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[101, 102])
    parser.add_argument("--policies", nargs="+", default=list(POLICIES))
    for name, value in (("debtors", 3000), ("months", 14), ("days", 20)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    rows = []
    for world in asked.worlds:
        for seed in asked.seeds:
            worth = compare(world, seed, asked)
            rows += [
                {"world": world, "seed": seed, "policy": name, "score": score} for name, score in scores(worth).items()
            ]
            print(json.dumps({"world": world, "seed": seed, "worth": worth}), flush=True)
    table = pd.DataFrame(rows).pivot_table(index="policy", columns="world", values="score", sort=False)
    print(table.reindex([name for name in POLICIES if name in table.index]).round(3).to_string())


def scores(worth: dict[str, float]) -> dict[str, float]:
    """Each policy's place between acting at random and knowing the truth."""
    low, high = worth["random"], worth["oracle"]
    return {name: (value - low) / (high - low) for name, value in worth.items()}


def compare(population: str, seed: int, asked: Any) -> dict[str, float]:
    """Money that each policy adds in a world over its working days."""
    world, ceiling = watched_world(population, asked.debtors, asked.months, seed)
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        trained = Path(folder)
        if {"recobro", "probability of paying", "probability x amount"} & set(asked.policies):
            train(world, trained)
        return {name: run(world, player(name, trained, ceiling), asked.days) for name in asked.policies}


class Player(NamedTuple):
    """A policy, and how it follows what becomes of a day where it does."""

    choose: Callable[[Today], Ints]
    watch: Callable[[WatchedWorld, Morning], None] = lambda _world, _before: None


def player(name: str, trained: Path, ceiling: Ceiling) -> Player:
    """The policy of that name: recobro's read the workspace in `trained`; what the ceiling has read stays as it is."""
    if name == "ceiling":
        own = copy.deepcopy(ceiling)
        return Player(lambda today: by_worth(own.worth(today), today), own.watch)
    plain = {
        "random": at_random, "largest balance": largest_balance, "oldest debt": oldest_debt, "oracle": oracle,
        "three criteria": three_criteria, "best last hour": best_last_hour,
    }  # fmt: skip
    if name in plain:
        return Player(plain[name])
    scored = Recobro(trained)
    return Player({
        "recobro": scored.value, "probability of paying": scored.likely_payers,
        "probability x amount": scored.likely_money,
    }[name])  # fmt: skip


def run(start: WatchedWorld, policy: Player, n_days: int) -> float:
    """True worth of a policy's actions over so many working days."""
    world = start_of(start)
    worth, worked, began = 0.0, 0, time.perf_counter()
    while worked < n_days:
        world.begin_day()
        choice = np.full(world.people.n, -1, np.int64)
        if is_working_day(world):
            today = look(world)
            choice = policy.choose(today)
            who = np.flatnonzero(choice >= 0)
            worth += float(today.worth[who, choice[who]].sum())
            worked += 1
        before = Morning.of(world)
        play(world, attempts_of(choice))
        policy.watch(world, before)
    print(f"# {worth:,.0f} in {time.perf_counter() - began:.0f} s", flush=True)
    return round(worth, 2)


if __name__ == "__main__":
    main()
