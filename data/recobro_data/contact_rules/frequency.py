"""What has been tried too often or too lately: caps, distances and channel exclusivity over the history of attempts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from recobro_data.contact_rules.form import Basis, Limit, Rule
from recobro_data.contact_rules.rulebook import Jurisdiction
from recobro_data.errors import RulesError
from recobro_data.frames import find_places, read_days, read_flags
from recobro_data.vocabulary import CHANNELS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Attempts by letter count where the law counts them, although recobro plans none.
COUNTED: Final = (*CHANNELS, "letter")

_STRENGTH: Final[Mapping[Basis, int]] = {"law": 0, "guidance": 1, "policy": 2, "portfolio": 3}
_NEVER: Final = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Cap:
    """One rule in the only terms that counting needs.

    `channels` are closed once `counted` channels have seen `max` attempts in any `days` days running; `reached_only`
    counts contacts instead.
    """

    rule: str
    channels: tuple[str, ...]
    counted: tuple[str, ...]
    days: int
    max: int = 1
    reached_only: bool = False


@dataclass(frozen=True)
class _History:
    """Attempts as numbers, sorted by debtor and from the newest to the oldest."""

    debtor: Ints
    day: Ints
    channel: Ints
    reached: Bools


def caps_of(jurisdiction: Jurisdiction, day: date) -> tuple[Cap, ...]:
    """The caps that hold in a place on a day, those of the law first; one a channel where a rule counts by channel."""
    found = [(rule, cap) for rule, cap in _caps(jurisdiction, day) if cap.channels]
    return tuple(cap for _, cap in sorted(found, key=lambda pair: _STRENGTH[pair[0].basis]))


def _caps(jurisdiction: Jurisdiction, day: date) -> Iterator[tuple[Rule, Cap]]:
    for layer in jurisdiction.heard("limits"):
        yield from (pair for limit in layer.limits for pair in _limit_caps(f"{layer.id}.limits.{limit.id}", limit))
    for layer in jurisdiction.layers:
        declared = (one for one in layer.emergencies if one.holds_on(day))
        yield from (pair for one in declared for pair in _limit_caps(f"{layer.id}.emergencies.{one.id}", one))
    for layer in jurisdiction.heard("distances"):
        for gap in layer.distances:
            name, reached = f"{layer.id}.distances.{gap.id}", gap.after == "conversation"
            yield gap, Cap(name, _known(gap.channels), gap.channels, gap.enforced_days, 1, reached)
    yield from _whole_day_caps(jurisdiction)


def _limit_caps(name: str, limit: Limit) -> Iterator[tuple[Rule, Cap]]:
    for channels in [limit.channels] if limit.per == "total" else [(one,) for one in limit.channels]:
        yield limit, Cap(name, _known(channels), channels, limit.window_days, limit.max, limit.counts == "contacts")


def _whole_day_caps(jurisdiction: Jurisdiction) -> Iterator[tuple[Rule, Cap]]:
    for layer in jurisdiction.layers:
        for pause in layer.pauses:
            yield pause, Cap(f"{layer.id}.pauses.{pause.id}", _known(pause.channels), pause.channels, 1)
        if layer.one_channel:
            for one in CHANNELS:
                others = tuple(channel for channel in COUNTED if channel != one)
                name, reached = f"{layer.id}.one_channel", layer.one_channel.after == "contact"
                yield layer.one_channel, Cap(name, (one,), others, layer.one_channel.days, reached_only=reached)


def _known(channels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(channel for channel in CHANNELS if channel in channels)


def blocked_by_frequency(
    jurisdictions: Mapping[str, Jurisdiction], debtors: pd.DataFrame, attempts: pd.DataFrame, work_date: date
) -> pd.DataFrame:
    """Debtors and channels that may not be tried on `work_date` because of what was tried before.

    `debtors`: debtor_id, place (a key of `jurisdictions`). `attempts`: debtor_id, channel, attempted_on (a date of the
    debtor's zone), reached; those of `work_date` itself count, failed ones too, later ones are not known yet.

    Gives debtor_id, channel, rule (the one that holds longest, the law before our own caution), until (the first day on
    which the channel may be tried again, so far as caps go), in the order of `debtors` and of the contract's channels.

    Raises:
        RulesError: a place without rules, an attempt without day or channel, or rules past their `holds_until`.
    """
    places = _places(jurisdictions, debtors, work_date)
    caps = {number: caps_of(jurisdiction, work_date) for number, jurisdiction in enumerate(jurisdictions.values())}
    longest = max((cap.days for found in caps.values() for cap in found), default=0)
    history = _history(debtors, attempts, _recent(attempts, work_date, longest))
    until = np.full((len(debtors), len(CHANNELS)), _NEVER, dtype=np.int64)
    rule = np.full(until.shape, "", dtype=object)
    for number, found in caps.items():
        past = _keep(history, places[history.debtor] == number)
        for cap in found:
            _apply(cap, past, until, rule)
    return _as_frame(debtors, until, rule, _day_number(work_date))


def _apply(cap: Cap, past: _History, until: Ints, rule: npt.NDArray[np.object_]) -> None:
    """The cap ends `days` after the newest attempt but `max` - 1; a later end than another rule's takes its place."""
    counted = np.isin(past.channel, [COUNTED.index(channel) for channel in cap.counted])
    chosen = _keep(past, counted & (past.reached | (not cap.reached_only)))
    nth = _place_in_debtor(chosen.debtor) == cap.max - 1
    debtor, end = chosen.debtor[nth], chosen.day[nth] + cap.days
    for channel in cap.channels:
        column = CHANNELS.index(channel)
        later = end > until[debtor, column]
        until[debtor[later], column] = end[later]
        rule[debtor[later], column] = cap.rule


def _place_in_debtor(debtor: Ints) -> Ints:
    """0 for a debtor's newest attempt, 1 for the one before, and so on; `debtor` is sorted."""
    if not len(debtor):
        return debtor
    first = np.flatnonzero(np.r_[True, debtor[1:] != debtor[:-1]])
    return np.arange(len(debtor)) - np.repeat(first, np.diff(np.r_[first, len(debtor)]))


def _keep(history: _History, mask: Bools) -> _History:
    return _History(history.debtor[mask], history.day[mask], history.channel[mask], history.reached[mask])


def _recent(attempts: pd.DataFrame, work_date: date, days: int) -> tuple[Ints, Ints, Ints]:
    """Rows of attempts that some cap still counts, and as numbers the day and the channel of each."""
    channel, made_on = find_places(attempts["channel"], COUNTED), read_days(attempts["attempted_on"])
    if np.isnat(made_on).any() or (channel < 0).any():
        expected = f"a day and one of the channels {', '.join(COUNTED)} in every attempt"
        raise RulesError(expected, "an attempt without", "Load the attempts again.")
    day, today = made_on.astype(np.int64), _day_number(work_date)
    recent = np.flatnonzero((day <= today) & (day > today - days))
    return recent, day[recent], channel[recent]


def _history(debtors: pd.DataFrame, attempts: pd.DataFrame, recent: tuple[Ints, Ints, Ints]) -> _History:
    rows, day, channel = recent
    debtor = find_places(attempts["debtor_id"].to_numpy(object)[rows], debtors["debtor_id"])
    order = np.lexsort((-day, debtor))
    order = order[debtor[order] >= 0]
    # An attempt of unknown outcome counts as a contact: missing data never means allowed.
    reached = read_flags(attempts["reached"], unknown=True)[rows]
    return _History(debtor[order], day[order], channel[order], reached[order])


def _places(jurisdictions: Mapping[str, Jurisdiction], debtors: pd.DataFrame, work_date: date) -> Ints:
    if len(set(debtors["debtor_id"].tolist())) < len(debtors):
        raise RulesError("one row a debtor", "a debtor twice", "Ask for each debtor once.")
    numbers = find_places(debtors["place"], list(jurisdictions))
    if (numbers < 0).any():
        missing = debtors["place"].to_numpy()[numbers < 0][0]
        raise RulesError("contact rules for every debtor's place", f"none for {missing!r}", "Ask the rulebook for it.")
    for number in np.unique(numbers):
        jurisdictions[list(jurisdictions)[number]].check_in_force(work_date)
    return numbers


def _as_frame(debtors: pd.DataFrame, until: Ints, rule: npt.NDArray[np.object_], today: int) -> pd.DataFrame:
    row, column = np.nonzero(until > today)
    if not len(row):
        return _nothing_blocked(debtors["debtor_id"].dtype).copy()
    return pd.DataFrame(
        {
            "debtor_id": debtors["debtor_id"].iloc[row].reset_index(drop=True),
            "channel": pd.Series(np.array(CHANNELS, dtype=object)[column], dtype="str"),
            "rule": pd.Series(rule[row, column], dtype="str"),
            "until": until[row, column].astype("datetime64[D]").astype("datetime64[s]"),
        }
    )


@cache
def _nothing_blocked(ids: Any) -> pd.DataFrame:
    # Mostly nothing is, and an empty frame takes pandas as long as a full one.
    kinds = {"debtor_id": ids, "channel": "str", "rule": "str", "until": "M8[s]"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _day_number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
