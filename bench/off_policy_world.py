"""The truth of `bench.off_policy`: days of a synthetic world played again under other policies, and on as usual.

Every day of a window is played from where the log stood that morning: once as the usual work would have it, once with
the decisions of the target in its place, then both on as usual for the horizon, with the same luck. What a decision
brings is what its debtor pays in those days; the mean over the log's decisions is what the estimators are to find.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recobro_data.synthetic import AS_OF, Portfolio, Truth
from recobro_data.synthetic.contact import Attempts
from recobro_data.synthetic.countries import date_of, find_country
from recobro_data.synthetic.days import play
from recobro_data.synthetic.draws import Draws
from recobro_data.synthetic.frames import build_tables
from recobro_data.synthetic.lending import SLOTS
from recobro_data.synthetic.outlook import copy_world
from recobro_data.synthetic.policy import POLICY_NAME, choose, rule_of_thumb
from recobro_data.synthetic.populations import find_population
from recobro_data.synthetic.sight import build_view
from recobro_data.synthetic.truth import debtor_numbers
from recobro_data.synthetic.world import World
from recobro_models.off_policy.log import Log
from recobro_models.off_policy.policies import NOBODY, Choices

HORIZON: Final = 30
#: Days played on after the window: the horizon of its last day, and until the books know every payment in it.
_AFTERWARDS: Final = HORIZON + 5
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Logged:
    """A portfolio as known some weeks after a window, and the world on the morning of each of the window's days."""

    portfolio: Portfolio
    mornings: Mapping[date, World]

    @property
    def window(self) -> tuple[date, date]:
        return min(self.mornings), max(self.mornings)


def build_logged(debtors: int, months: int, *, days: int, seed: int) -> Logged:
    """So many months under the rule of thumb, in which the window of so many days ends `_AFTERWARDS` days before."""
    end = (AS_OF - date(1970, 1, 1)).days
    made = (find_country("PE"), find_population("mixed"))
    world = World(Draws(seed), debtors, made, days=(end - 30 * months, end))
    world.policies.append(POLICY_NAME)
    mornings = {}
    while world.day < end:
        if end - _AFTERWARDS - days <= world.day < end - _AFTERWARDS:
            mornings[date_of(world.day)] = copy_world(world)
        _play_as_usual(world)
    portfolio = Portfolio(tables=build_tables(world), as_of=date_of(world.day), truth=Truth(world))
    return Logged(portfolio, mornings)


def true_values(logged: Logged, log: Log, targets: Mapping[str, Choices], *, plays: int) -> dict[str, Floats]:
    """By policy, and `in force`: mean money and chance of any payment a decision.

    What was in force is played so many times; what a target adds to it once, with the same luck, which leaves little
    to chance: the two differ for few debtors.
    """
    sums = {name: np.zeros(2) for name in ("in force", *targets)}
    for day, here in log.rows.groupby("as_of").indices.items():
        world = logged.mornings[day.date()]
        who = debtor_numbers(world, log.rows["debtor_id"].iloc[here].tolist())
        usual = [_brought(world, who, None, luck) for luck in range(plays)]
        sums["in force"] += np.mean(usual, axis=0)
        for name, target in targets.items():
            actions = _actions(log, target, here, who, seed=day.toordinal())
            sums[name] += np.mean(usual, axis=0) + _brought(world, who, actions, 0) - usual[0]
    return {name: total / len(log.rows) for name, total in sums.items()}


def _actions(log: Log, target: Choices, here: Ints, who: Ints, *, seed: int) -> Attempts:
    """The target's decisions as attempts, the hour drawn evenly from those that are open and in use."""
    channel = target.channel[here]
    acts = channel != NOBODY
    bits = (log.hours[here, np.maximum(channel, 0)] & log.used_hours[np.maximum(channel, 0)])[acts]
    options = (bits[:, None] >> np.arange(24)) & 1
    chance = np.random.default_rng(seed).random(options.shape) * options
    n = int(acts.sum())
    return Attempts(
        who=who[acts], channel=channel[acts], hour=chance.argmax(axis=1), policy=np.zeros(n, np.int64),
        propensity=np.full(n, np.nan),
    )  # fmt: skip


def _brought(morning: World, who: Ints, actions: Attempts | None, luck: int) -> Floats:
    """Money and number of payers of `who` in the horizon; `actions` in place of the usual ones for them."""
    world = copy_world(morning)
    world.start_logs()
    world.draws = Draws(7_000_000 + luck)
    world.begin_day()
    usual = _usual(world)
    play(world, usual if actions is None else _replaced(usual, who, actions))
    for _ in range(HORIZON - 1):
        _play_as_usual(world)
    # As long as the books of the log had, to learn of what bounces.
    payments = world.payments.columns()
    kept = payments["reversed_on"] > world.day + _AFTERWARDS - HORIZON
    paid = np.bincount(payments["account"][kept] // SLOTS, payments["amount"][kept], minlength=world.people.n)[who]
    return np.array([paid.sum(), (paid > 0).sum()])


def _replaced(usual: Attempts, who: Ints, actions: Attempts) -> Attempts:
    others = usual.only(~np.isin(usual.who, who))
    fields = ("who", "channel", "hour", "policy", "propensity")
    return Attempts(**{name: np.concatenate([getattr(others, name), getattr(actions, name)]) for name in fields})


def _usual(world: World) -> Attempts:
    view = build_view(world)
    return choose(world.draws, view, rule_of_thumb(view), day=world.day)


def _play_as_usual(world: World) -> None:
    world.begin_day()
    play(world, _usual(world))
