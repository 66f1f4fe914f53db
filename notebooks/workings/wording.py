"""When debtors answer, in words: what the numbers allow to be said, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from workings.answering import WEEKDAYS, Difference, Trial, first_at_half


def say_against(trial: Trial, simpler: str) -> str:
    """In words, whether the model beat one of `trial.gains` on the weeks it had not seen."""
    row = trial.gains.loc[simpler]
    if row["low"] > 0:
        return f"better than {simpler}"
    return f"worse than {simpler}" if row["high"] < 0 else f"not told apart from {simpler}"


_SAID: Final = {
    "call": "a call",
    "sms": "an SMS",
    "whatsapp": "a WhatsApp message",
    "email": "an e-mail",
    "visit": "a visit",
}


def say_where(by_channel: pd.DataFrame, half: int | None) -> str:
    """The first sentence of the answer; `half`: the call in a row by which half are reached."""
    rates_of, top = by_channel["rate"], by_channel.index[-1]
    other = by_channel.index[-2] if top == "call" and len(by_channel) > 1 else top
    second = f" and {_SAID[other]} {rates_of[other]:.0%}" if other != "call" else ""
    end = (
        f"half of the debtors are reached by call number {half} in a row"
        if half
        else "half are never reached by calls alone"
    )
    return f"A call gets to the debtor {rates_of['call']:.0%} of the time{second}; {end}."


def title_hours(by_hour: pd.DataFrame, best: int, difference: Difference) -> str:
    """The finding of the plot by hour."""
    if difference.holds:
        worst = by_hour["rate"].idxmin()
        share, least = by_hour.loc[best, "rate"], by_hour.loc[worst, "rate"]
        return f"Calls get through best at {best}:00 ({share:.0%}) and worst at {worst}:00 ({least:.0%})"
    return f"Calls seem to get through best at {best}:00, but luck would explain it too"


def title_week(seen: pd.DataFrame, n_few: int, *, least: int) -> str:
    """The finding of the map of the week, `seen`, in which `n_few` cells have fewer than `least` calls."""
    if n_few:
        return f"{n_few} of {seen.size} cells of the week have fewer than {least} calls; the model fills the gaps"
    weekday, hour = seen.stack().idxmax()
    return f"The best cell of the week is {WEEKDAYS[weekday]} {hour}:00, with {seen.loc[weekday, hour]:.0%}"


def title_channels(by_channel: pd.DataFrame) -> str:
    """The finding of the plot by channel; `by_channel` is sorted by its rate."""
    best, least = by_channel.iloc[-1], by_channel.iloc[0]
    if best["low"] <= least["high"]:
        return "No channel reaches clearly more often than another"
    said = (
        f"{_SAID[str(best.name)]} reaches {best['rate'] / least['rate']:.1f} times as often as {_SAID[str(least.name)]}"
    )
    return said[0].upper() + said[1:]


def title_needed(needed: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> str:
    """The finding of the plot of attempts needed, of the channels in `names`."""
    halves = {name: first_at_half(needed[channel]) for channel, name in names.items()}
    told = [f"{name} {at}" for name, at in sorted(halves.items(), key=lambda item: item[1] or 99) if at]
    return f"Attempts in a row until half are reached: {', '.join(told)}" if told else "Half are never reached in a row"


_PLAIN: Final = {"person": "Persons", "company": "Companies", "everybody": "Everybody"}


def name_group(by: str, group: str) -> str:
    """A segment as a reader would call it."""
    return f"Portfolio {group}" if by == "portfolio" else _PLAIN.get(group, str(group).capitalize())
