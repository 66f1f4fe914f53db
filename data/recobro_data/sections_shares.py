"""The section of `recobro.toml` on how a day's list is split between agents."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from recobro_data.vocabulary import CHANNELS


class Shares(BaseModel):
    """Fair shares of the worklist; without agents it is not split.

    agents: their ids, or one number of agents, who are then called `agent-1`, `agent-2`, … channels: those that people
    work. tolerance: an agent's expected value may lie so far from the mean, as a share of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    agents: tuple[str, ...] = ()
    channels: tuple[str, ...] = ("call", "visit")
    tolerance: float = Field(0.02, gt=0, le=1)

    @field_validator("agents", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        # A variable comes as text, so that its single word may be the number.
        one = value[0] if isinstance(value, tuple | list) and len(value) == 1 else value
        if isinstance(one, int) or (isinstance(one, str) and one.isdigit()):
            if not 0 <= int(one) <= 10_000:
                raise ValueError("agents must be between 0 and 10000")
            return agent_names(int(one))
        return value

    @field_validator("agents")
    @classmethod
    def _differ(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in value if value.count(name) > 1 or not name.strip()})
        if twice:
            raise ValueError(f"agents must have ids of their own, found {twice[0]!r} twice or empty")
        return value

    @field_validator("channels")
    @classmethod
    def _known_channels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [channel for channel in value if channel not in CHANNELS]
        if unknown:
            raise ValueError(f"unknown channel {unknown[0]!r}; known are {', '.join(CHANNELS)}")
        return value


def agent_names(number: int) -> tuple[str, ...]:
    """Ids for agents who have none: `agent-1` and on."""
    return tuple(f"agent-{place}" for place in range(1, number + 1))
