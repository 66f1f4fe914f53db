"""The sections of `recobro.toml`: each key with its default and its range."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from recobro_data.tables import TABLES
from recobro_data.vocabulary import CHANNELS

_HOURS = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")


class _Section(BaseModel):
    # No comparison is ever true of NaN, so a range alone would let it in.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Engine(_Section):
    """Where batch features and scores are computed."""

    name: Literal["duckdb", "spark"] = "duckdb"
    url: str = ""
    partitions: int = Field(8, ge=1, le=4096)
    threads: int = Field(2, ge=1)
    memory_limit: str = "4GB"


class Store(_Section):
    """Where plans, keys and events are kept (`url` empty: SQLite in the workspace), and for how long.

    `keep_options`: of how many plans the options are kept, for exact answers to what-if. `keep_plans_days`: how long
    plans are kept, at least the days over which their effect is measured; 0: for good.
    """

    url: str = ""
    keep_options: int = Field(3, ge=0, le=1000)
    keep_plans_days: int = Field(0, ge=0)


class Tracking(_Section):
    """MLflow's tracking store and registry; empty: SQLite in the workspace."""

    uri: str = ""


class Ingest(_Section):
    """What the nightly run loads (empty: nothing new), how it is mapped, when a source is refused whole.

    `warn_...` say when the validation page warns of a table as a whole: share of rows that are odd, days since its
    newest fact, how many times rows and amounts shrink or grow, share of rows that change their value or lose it.
    """

    source: str = ""
    mapping: str = ""
    max_bad_share: float = Field(0.2, ge=0, le=1)
    warn_odd_share: float = Field(0.01, ge=0, le=1)
    # Every portfolio is billed, paid and worked once a month.
    warn_age_days: int = Field(35, ge=0)
    warn_change: float = Field(2.0, ge=1)
    warn_moved_share: float = Field(0.2, ge=0, le=1)


class Privacy(_Section):
    """Which ids become pseudonyms before anything is written, and the key's file, outside the data."""

    pseudonymise: tuple[str, ...] = ()
    key_file: str = ""
    key: SecretStr = SecretStr("")

    @field_validator("pseudonymise")
    @classmethod
    def _are_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # A portfolio's id is not a person's, and API keys are bound to it.
        known = {name for table in TABLES.values() for name in table.names if name.endswith("_id")} - {"portfolio_id"}
        unknown = [column for column in value if column not in known]
        if unknown:
            raise ValueError(f"unknown id {unknown[0]!r}; known are {', '.join(sorted(known))}")
        if ("debtor_id" in value) != ("account_id" in value):
            raise ValueError("debtor_id and account_id must go together: an account without an id has its debtor's")
        return value


class Policy(_Section):
    """What the decision aims at. Days are calendar days; shares are of 1.

    `challenger` is a policy that decides for `challenger_share` of the debtors, to be compared with the one in use.
    """

    horizon_days: int = Field(30, ge=1, le=180)
    exploration: float = Field(0.05, ge=0, le=1)
    control_group: float = Field(0.02, ge=0, lt=1)
    control_period_days: int = Field(90, ge=1)
    challenger: Literal["", "three-criteria", "expected-value-1"] = ""
    challenger_share: float = Field(0.5, gt=0, lt=1)
    pre_due_days: int = Field(5, ge=0)
    default_channels: tuple[str, ...] = ("call", "whatsapp", "email")
    salt: str = "recobro"

    @field_validator("default_channels")
    @classmethod
    def _known_channels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [channel for channel in value if channel not in CHANNELS]
        if unknown:
            raise ValueError(f"unknown channel {unknown[0]!r}; known are {', '.join(CHANNELS)}")
        return value


class Stages(_Section):
    """Last day past due of `early`, `mid` and `late`; what lies beyond is `very_late`."""

    early: int = 30
    mid: int = 60
    late: int = 90

    @model_validator(mode="after")
    def _rising(self) -> Stages:
        if not 0 < self.early < self.mid < self.late:
            raise ValueError("stages must rise: 0 < early < mid < late")
        return self


class Bands(_Section):
    """Upper bounds of `p_unpaid` for bands A to D; what lies above is E."""

    a: float = 0.05
    b: float = 0.15
    c: float = 0.35
    d: float = 0.65

    @model_validator(mode="after")
    def _rising(self) -> Bands:
        if not 0 < self.a < self.b < self.c < self.d < 1:
            raise ValueError("bands must rise: 0 < a < b < c < d < 1")
        return self


class Learning(_Section):
    """What models learn from.

    Below the `min_...` a portfolio is too small or too new to learn from and is ranked by the three criteria. Beyond
    the `max_...` debtors are drawn by a hash, and charges of those, so that a night's memory has a bound.
    """

    min_settled_charges: int = Field(300, ge=1)
    min_history_days: int = Field(120, ge=1)
    min_attempts: int = Field(500, ge=1)
    max_training_debtors: int = Field(100_000, ge=1000)
    max_training_rows: int = Field(600_000, ge=1000)
    seed: int = 20260101


class Channel(_Section):
    """Cost per attempt in the portfolio's currency, capacity of the team, and its hours in the portfolio's zone.

    capacity_per_zone: attempts in a day in each region, as debtors have them; zones: of a region, where it differs.
    """

    cost: float = Field(0.0, ge=0)
    capacity_per_hour: int | None = Field(None, ge=0)
    capacity_per_day: int | None = Field(None, ge=0)
    capacity_per_zone: int | None = Field(None, ge=0)
    zones: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    hours: str = "08:00-20:00"

    @field_validator("hours")
    @classmethod
    def _is_range(cls, value: str) -> str:
        if not _HOURS.match(value) or value[:5] >= value[6:]:
            raise ValueError(f"hours must read HH:MM-HH:MM with the start first, found {value!r}")
        return value


def default_channels() -> dict[str, Channel]:
    """Every channel as it is where the configuration says nothing."""
    return {
        "call": Channel(cost=0.30, capacity_per_hour=60),
        "sms": Channel(cost=0.05, capacity_per_day=5000),
        "whatsapp": Channel(cost=0.03, capacity_per_day=5000),
        "email": Channel(cost=0.01, capacity_per_day=20000),
        "visit": Channel(cost=8.0, capacity_per_day=0, hours="09:00-18:00"),
    }
