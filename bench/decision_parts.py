"""Where recobro falls short in `bench.decision`: one day's score with a part of it replaced by what is better known.

An action is worth the chance of reaching the debtor in that hour x the change in the chance of a payment x what a
payment comes to. Each part in turn is the truth's or the ceiling's, the others stay recobro's: what the score gains is
what knowing that part better could bring. One day of one world tells little; give several seeds.

    python -m bench.decision_parts --worlds retail telecom --seeds 1001 1002 --debtors 3000
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bench.decision_ceiling import Ceiling, watched_world
from bench.decision_orders import at_random, by_worth, oracle
from bench.decision_recobro import PLACES, Recobro, train
from bench.decision_world import (
    HOURS,
    Floats,
    Ints,
    Today,
    attempts_of,
    is_working_day,
    look,
    payment_size,
    reach_by_hour,
    true_effects,
)
from recobro_data.synthetic.columns import debtor_ids
from recobro_data.synthetic.contact import COSTS
from recobro_data.synthetic.days import play
from recobro_data.synthetic.people import CALL, CHANNELS
from recobro_data.synthetic.truth import Truth
from recobro_models.calibration import log_odds
from recobro_models.contact_base import logistic


class Parts(NamedTuple):
    """What an option's worth is made of: `reach` by (debtor, channel, hour), `effect` by (debtor, channel), `size`."""

    reach: Floats
    effect: Floats
    size: Floats

    def worth(self) -> Floats:
        """Money that each option adds, (debtor, slot)."""
        gain = self.reach * (self.effect * self.size[:, None])[:, :, None] - COSTS[None, :, None]
        return gain.reshape(len(gain), -1)


def main() -> None:
    """Print one row a part and one column a world: the mean score over seeds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--worlds", nargs="+", default=["retail", "telecom", "firms", "shifting"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1001])
    for name, value in (("debtors", 3000), ("months", 14)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    rows = [
        {"world": world, "part": name, "score": score}
        for world in asked.worlds for seed in asked.seeds for name, score in measure_world(world, seed, asked)
    ]  # fmt: skip
    table = pd.DataFrame(rows).pivot_table(index="part", columns="world", values="score", sort=False)
    print(table.round(3).to_string())


def measure_world(population: str, seed: int, asked: Any) -> Iterator[tuple[str, float]]:
    """Scores of a world's next working day by the part that is replaced."""
    world, ceiling = watched_world(population, asked.debtors, asked.months, seed)
    world.begin_day()
    while not is_working_day(world):
        play(world, attempts_of(np.full(world.people.n, -1, np.int64)))
        world.begin_day()
    today = look(world)
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        train(world, Path(folder))
        variants = dict(replace_parts(today, Recobro(Path(folder)), ceiling))
    low, high = (_true_worth(choose(today), today) for choose in (at_random, oracle))
    for name, parts in variants.items():
        yield name, (_true_worth(by_worth(parts.worth(), today), today) - low) / (high - low)


def replace_parts(today: Today, recobro: Recobro, ceiling: Ceiling) -> Iterator[tuple[str, Parts]]:
    """recobro's parts, then with each of them replaced."""
    n, world = len(today.lawful), today.world
    own = own_parts(today, recobro, None)
    truth = Parts(reach_by_hour(world), true_effects(world), payment_size(world))
    known, rows = Parts(np.zeros_like(own.reach), np.zeros_like(own.effect), truth.size), np.flatnonzero(own.size)
    known.reach[rows], known.effect[rows] = ceiling.p_reach(world, rows), ceiling.effects(world, rows)  # type: ignore[arg-type]
    p_untouched = Truth(world).p_pay(debtor_ids(np.arange(n)).to_pandas().tolist())
    yield "recobro", own
    yield "true chance of paying untouched", own._replace(effect=own_parts(today, recobro, p_untouched).effect)
    p_read = p_untouched.copy()
    p_read[rows] = ceiling.p_untouched(world, rows)  # type: ignore[arg-type]
    yield "the ceiling's chance of paying untouched", own._replace(effect=own_parts(today, recobro, p_read).effect)
    yield "the ceiling's effect", own._replace(effect=known.effect)
    yield "true effect", own._replace(effect=truth.effect)
    yield "true size of a payment", own._replace(size=truth.size)
    yield "the ceiling's reach", own._replace(reach=known.reach)
    yield "true reach", own._replace(reach=truth.reach)
    yield "true level of reach, own hours", own._replace(reach=with_hours_of(own.reach, truth.reach))
    by_hours = with_hours_of(truth.reach, own.reach)
    yield "own level of reach, true hours", own._replace(reach=by_hours)
    of_calls, of_messages = own.reach.copy(), by_hours.copy()
    of_calls[:, CALL], of_messages[:, CALL] = by_hours[:, CALL], own.reach[:, CALL]
    yield "true hours of calls", own._replace(reach=of_calls)
    yield "true hours of messages", own._replace(reach=of_messages)
    yield "the ceiling's reach and effect", known._replace(size=own.size)


def own_parts(today: Today, recobro: Recobro, p_untouched: Floats | None) -> Parts:
    """recobro's parts of everybody; of no size where it knows no debt."""
    n = len(today.lawful)
    number, values = recobro.values(today, p_untouched)
    parts = Parts(np.zeros((n, len(CHANNELS), HOURS)), np.zeros((n, len(CHANNELS))), np.zeros(n))
    parts.reach[number], parts.effect[number] = values.p_reach[:, PLACES], values.effect[:, PLACES]
    parts.size[number] = values.owed
    return parts


def with_hours_of(hours: Floats, level: Floats) -> Floats:
    """The shape of the day of one, in log-odds, around the mean of the other; nobody is reached where either is 0."""
    there = (hours > 0) & (level > 0)
    z, other = (log_odds(np.clip(one, 1e-9, 1 - 1e-9)) for one in (hours, level))
    shape, mean = z - z.mean(axis=2, keepdims=True), other.mean(axis=2, keepdims=True)
    return np.where(there, logistic(shape + mean), 0.0)


def _true_worth(choice: Ints, today: Today) -> float:
    who = np.flatnonzero(choice >= 0)
    return float(today.worth[who, choice[who]].sum())


if __name__ == "__main__":
    main()
