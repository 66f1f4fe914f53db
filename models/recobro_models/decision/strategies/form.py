"""The form of a strategy file: what each key means, its default and its range."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recobro_data.contact_rules import explain_rule, forbids_offers, load_rulebook
from recobro_data.vocabulary import CHANNELS, MESSAGES

Channel = Literal["call", "sms", "whatsapp", "email", "visit"]
Stage = Literal["pre_due", "due_today", "early", "mid", "late", "very_late"]
Band = Literal["A", "B", "C", "D", "E"]
Tone = Literal["friendly", "plain", "firm"]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Money = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(gt=0, lt=1)]

#: The tone of whoever is marked vulnerable, whatever the strategy.
GENTLE: Final = "gentle"
#: Attempts are known for so many days back.
MOST_DAYS: Final = 30


class Part(BaseModel):
    """A piece of a strategy file: unknown keys are refused, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Sequencing(Part):
    """How attempts follow each other.

    vary_days: so long after an attempt in vain its hour is left out, on every channel.
    vary_factor: unless it is worth more than so many times the best other hour.
    failed_days: so long a channel that bounced gives way to the debtor's other channels.
    broken_days: on the day of a promise, and so long after it was broken, the strategy's `min_days_between` does not
        hold: the promise is followed up.
    """

    vary_days: int = Field(1, ge=0, le=MOST_DAYS)
    vary_factor: float = Field(2.0, ge=1)
    failed_days: int = Field(14, ge=0, le=MOST_DAYS)
    broken_days: int = Field(3, ge=0, le=MOST_DAYS)


class Vulnerable(Part):
    """The lighter pressure on debtors whose `do_not_contact_reason` is `vulnerable`; it is added to their strategy.

    channels: of those of their strategy only these; never a visit. min_days_between: at least so many days.
    Their tone is always `gentle`, and nothing about them is ever drawn at random.
    """

    channels: tuple[Channel, ...] = MESSAGES
    min_days_between: int = Field(7, ge=0, le=MOST_DAYS)

    @model_validator(mode="after")
    def _never_visits(self) -> Vulnerable:
        if "visit" in self.channels:
            raise ValueError("vulnerable debtors are never visited: take `visit` out")
        return self


class Offer(Part):
    """What may be offered to a debtor, of the creditor's catalogue.

    kind: `payment_plan` in `instalments` parts every `every_days` days, the first `first_after_days` from now; or
        `discount` off what is paid at once until `valid_days` from now.
    countries: where counsel has cleared it for collection messages, of those whose rules forbid none; nowhere else.
    lift: what the offer adds to the probability that a debtor who is reached pays within the horizon. 0 where nobody
        knows: then it is never worth making. `lift_basis` says where the figure comes from.
    taken_anyway: of those who would pay in full without it, the share that takes it.
    """

    id: Name
    kind: Literal["payment_plan", "discount"]
    countries: Annotated[tuple[Country, ...], Field(min_length=1)]
    portfolios: tuple[str, ...] | None = None
    amount_from: Money = 0.0
    instalments: int | None = Field(None, ge=2, le=36)
    every_days: int = Field(30, ge=7, le=31)
    first_after_days: int = Field(7, ge=0, le=30)
    discount: Share | None = None
    valid_days: int = Field(7, ge=1, le=60)
    lift: float = Field(0.0, ge=0, le=1)
    lift_basis: Literal["assumed", "measured"] = "assumed"
    taken_anyway: float = Field(1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _has_its_terms(self) -> Offer:
        needed, other = ("instalments", "discount") if self.kind == "payment_plan" else ("discount", "instalments")
        if getattr(self, needed) is None or getattr(self, other) is not None:
            raise ValueError(f"a {self.kind} needs `{needed}` and takes no `{other}`")
        for country in self.countries:
            barred = forbids_offers(load_rulebook().for_place(country, None))
            if barred:
                raise ValueError(f"no offers in {country}: {barred} says {explain_rule(barred, 'en')}")
        return self


class Segment(Part):
    """Which debtors of a stage; what is left out does not matter. Amounts are those to collect."""

    kinds: tuple[Literal["person", "company"], ...] | None = None
    portfolios: tuple[str, ...] | None = None
    bands: tuple[Band, ...] | None = None
    amount_from: Money | None = None
    amount_below: Money | None = None

    @property
    def is_everybody(self) -> bool:
        """Whether nothing narrows it."""
        return self == Segment()


class Strategy(Part):
    """How the debtors of some stages and a segment are approached.

    channels: those that may be used; none: nobody is contacted. tone, template: of the texts.
    min_days_between: days from one attempt that did not bounce to the next, on any channel.
    digital_first: a call or visit is chosen only where it is worth more than the best message by this share of it.
    offers: ids of the catalogue; of those that are worth it the best is made.
    """

    id: Name
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    segment: Segment = Segment()
    channels: tuple[Channel, ...] = CHANNELS
    tone: Tone = "plain"
    template: Name = "standard"
    min_days_between: int = Field(0, ge=0, le=MOST_DAYS)
    digital_first: Annotated[float, Field(ge=0)] | None = None
    offers: tuple[Name, ...] = ()


class StrategyFile(Part):
    """A whole file. Of the strategies the first that fits a debtor holds.

    promise_days: the day that is suggested for a promise is at most so far ahead.
    """

    sequencing: Sequencing = Sequencing()
    vulnerable: Vulnerable = Vulnerable()
    promise_days: int = Field(15, ge=1, le=60)
    strategies: Annotated[tuple[Strategy, ...], Field(min_length=1)]
    offers: tuple[Offer, ...] = ()
