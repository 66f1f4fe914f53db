"""What-if in words: other capacities, costs and shares of chance, put into the settings that a plan was made with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from recobro_data.errors import UsageError
from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS

_AMOUNT: Final = re.compile(r"(?P<sign>[+-]?)(?P<number>\d+(\.\d+)?)(?P<percent>%?)")
_EXAMPLES: Final = "Write capacity.call=+2, capacity.sms.day=3000, cost.whatsapp=+10%, exploration=0 or team.NAME=+1."
#: What can be changed of the whole plan: the section of the settings and its key.
_WHOLE: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"exploration": ("policy", "exploration"), "control_group": ("policy", "control_group"),
     "budget": ("budget", "per_day")}
)  # fmt: skip
_Section = TypeVar("_Section", bound=BaseModel)
#: A number that no capacity of a team comes near; sums of it stay whole numbers.
_MOST: Final = 10**9


@dataclass(frozen=True)
class Change:
    """One change and by how much.

    what: `capacity`, `cost`, `team`, `rule`, `budget`, `exploration` or `control_group`.
    name: the channel, the team or the rule. per: of a capacity `hour` or `day`; empty: as it is configured.
    """

    what: str
    name: str
    per: str
    amount: str

    @property
    def key(self) -> str:
        """The change's left side."""
        return ".".join(part for part in (self.what, self.name, self.per) if part)

    def of(self, old: float | None) -> float:
        """The new value: `30` is itself, `+2` and `-5` are added, `+10%` is a share of the old one.

        Raises:
            UsageError: an amount that is none, or one that is added where there is no limit.
        """
        found = _AMOUNT.fullmatch(self.amount.strip())
        if found is None:
            raise UsageError("an amount such as 30, +2, -5 or +10%", repr(self.amount), _EXAMPLES)
        number = float(found["number"]) * (-1 if found["sign"] == "-" else 1)
        if not found["percent"] and not found["sign"]:
            return number
        if old is None:
            raise UsageError(f"a limit to add {self.amount} to", f"none for {self.key}", "Say the new limit itself.")
        return old * (1 + number / 100) if found["percent"] else old + number


def parse_change(text: str) -> Change:
    """A change from the words of a command, such as `capacity.call=+2`.

    Raises:
        UsageError: it is none.

    Example:
        >>> parse_change("capacity.call.day=+10%")
        Change(what='capacity', name='call', per='day', amount='+10%')
    """
    key, is_set, amount = text.partition("=")
    what, _, rest = key.strip().partition(".")
    name, per = rest, ""
    if what == "capacity":
        name, _, per = rest.partition(".")
    needs_name = what in ("capacity", "cost", "team", "rule")
    if not is_set or per not in ("", "hour", "day") or needs_name != bool(name) or not (needs_name or what in _WHOLE):
        raise UsageError("a change that can be simulated", repr(text), _EXAMPLES)
    return Change(what, name, per, amount)


def change_settings(settings: Settings, changes: Iterable[Change]) -> Settings:
    """The settings with each change made in turn; what is asked of a rule is not theirs (`lifted_rules`).

    Raises:
        UsageError: an unknown channel or team, a channel that the plan did not work, or a value out of its range.
    """
    planned = settings
    for one in changes:
        if one.what in ("capacity", "cost"):
            _check_worked(planned, one)
            settings = _with_channel(settings, one)
        elif one.what == "team":
            settings = _with_team(settings, one)
        elif one.what != "rule":
            section, key = _WHOLE[one.what]
            own = getattr(settings, section)
            changed = _checked(own, {key: one.of(getattr(own, key))}, one)
            settings = settings.model_copy(update={section: changed})
    return settings


def lifted_rules(changes: Iterable[Change]) -> tuple[str, ...]:
    """The rules that are asked to be away, as `rule.ID=off`.

    Raises:
        UsageError: another amount than `off`.
    """
    asked = [one for one in changes if one.what == "rule"]
    for one in asked:
        if one.amount.strip() != "off":
            raise UsageError(f"{one.key}=off", repr(one.amount), "What another reading would cost can not be told.")
    return tuple(one.name for one in asked)


def changed_keys(before: Settings, after: Settings) -> dict[str, tuple[Any, Any]]:
    """What differs, by key: the value before and after; a limit of None is none."""
    found: dict[str, tuple[Any, Any]] = {}
    for name in CHANNELS:
        old, new = before.channels[name], after.channels[name]
        for key, told in (("capacity_per_hour", f"capacity.{name}.hour"), ("capacity_per_day", f"capacity.{name}.day"),
                          ("cost", f"cost.{name}")):  # fmt: skip
            found[told] = (getattr(old, key), getattr(new, key))
    for key, (section, name) in _WHOLE.items():
        found[key] = (getattr(getattr(before, section), name), getattr(getattr(after, section), name))
    for name, team in before.teams.items():
        found[f"team.{name}"] = (team.agents, after.teams[name].agents)
    return {key: pair for key, pair in found.items() if pair[0] != pair[1]}


def _check_worked(planned: Settings, one: Change) -> None:
    """Refuses a channel that the plan did not work; one that an earlier change takes all capacity from is not."""
    own = planned.channels.get(one.name)
    if own is None:
        known = ", ".join(CHANNELS)
        raise UsageError(f"a channel behind {one.what}", repr(one.name), f"Channels: {known}.")
    if 0 in (own.capacity_per_hour, own.capacity_per_day):
        next_step = "Give it a capacity in the configuration and plan: its options were never looked at."
        raise UsageError("a channel that the plan worked", f"{one.name}, which had no capacity", next_step)


def _with_channel(settings: Settings, one: Change) -> Settings:
    own = settings.channels[one.name]
    key = "cost"
    if one.what == "capacity":
        key = f"capacity_per_{one.per or ('hour' if own.capacity_per_hour is not None else 'day')}"
    new = one.of(getattr(own, key))
    channel = _checked(own, {key: new if key == "cost" else min(max(round(new), 0), _MOST)}, one)
    return settings.model_copy(update={"channels": {**settings.channels, one.name: channel}})


def _with_team(settings: Settings, one: Change) -> Settings:
    own = settings.teams.get(one.name)
    if own is None:
        known = ", ".join(settings.teams) or "none"
        raise UsageError("a team of the plan", repr(one.name), f"Teams: {known}.")
    team = _checked(own, {"agents": max(round(one.of(own.agents)), 0)}, one)
    return settings.model_copy(update={"teams": {**settings.teams, one.name: team}})


def _checked(own: _Section, given: Mapping[str, Any], one: Change) -> _Section:
    """The section with other values, checked as the configuration is."""
    try:
        return type(own).model_validate(own.model_dump() | dict(given))
    except ValidationError as error:
        said = error.errors()[0]["msg"]
        raise UsageError(f"{one.key} where {said[0].lower()}{said[1:]}", one.amount, _EXAMPLES) from error
