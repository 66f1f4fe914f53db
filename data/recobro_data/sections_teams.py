"""The sections of `recobro.toml` on who works the list and what must not be exceeded: teams, portfolios, the budget."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from recobro_data.vocabulary import CHANNELS, LANGUAGES, STAGES

#: Days of the week as shifts name them, Monday first.
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS: Final = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")


class _Section(BaseModel):
    # No comparison is ever true of NaN, so a range alone would let it in.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


#: Attempts an hour; whole numbers stay whole, so that what is configured reads as it was written.
Rate = Annotated[int, Field(ge=1, le=10_000)] | Annotated[float, Field(ge=0.05, le=10_000)]


class Team(_Section):
    """`[teams.NAME]`: agents who share their hours. A channel that a team works is worked by teams alone.

    agents: how many are at work. attempts_per_hour: by channel, of one agent who does nothing else, below 1 where one
    takes longer (0.5: two hours each); other channels the team does not work. shifts: by weekday (`mon` to `sun`), in
    the portfolio's time zone, none on days not named; without shifts whenever the channel is open. languages,
    portfolios, stages: whom the team may work; empty: all.
    """

    agents: int = Field(ge=0, le=100_000)
    attempts_per_hour: dict[str, Rate] = Field(min_length=1)
    shifts: dict[str, str] = Field(default_factory=dict)
    languages: tuple[str, ...] = ()
    portfolios: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()

    @field_validator("attempts_per_hour")
    @classmethod
    def _known_channels(cls, value: dict[str, int]) -> dict[str, int]:
        _check_known("channel", value, CHANNELS)
        return value

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _check_known("language", value, LANGUAGES)
        return value

    @field_validator("stages")
    @classmethod
    def _known_stages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _check_known("stage", value, STAGES)
        return value

    @field_validator("shifts")
    @classmethod
    def _are_shifts(cls, value: dict[str, str]) -> dict[str, str]:
        _check_known("weekday", value, WEEKDAYS)
        wrong = [hours for hours in value.values() if not _HOURS.match(hours) or hours[:5] >= hours[6:]]
        if wrong:
            raise ValueError(f"shifts must read HH:MM-HH:MM with the start first, found {wrong[0]!r}")
        return value


class Book(_Section):
    """`[portfolios.NAME]`: what the day's plan owes a portfolio and what it may cost.

    min_share: at least this share of the day's attempts, as far as so many of its debtors are worth one.
    budget_per_day: what the day's attempts on it may cost, in its currency; none: no limit.
    """

    min_share: float = Field(0.0, ge=0, le=1)
    budget_per_day: float | None = Field(None, ge=0, le=1e9)


class Budget(_Section):
    """What all attempts of a day may cost: in the portfolios' currency, of several in that which `rates` convert to."""

    per_day: float | None = Field(None, ge=0, le=1e9)


def check_shares(books: Mapping[str, Book]) -> None:
    """Refuse minimum shares that can not all be had.

    Raises:
        ValueError: they add up to more than everything.
    """
    total = sum(book.min_share for book in books.values())
    if total > 1 + 1e-9:
        raise ValueError(f"min_share of all portfolios must not add up to more than 1, found {total:g}")


def _check_known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    unknown = [one for one in given if one not in known]
    if unknown:
        raise ValueError(f"unknown {what} {unknown[0]!r}; known are {', '.join(known)}")
