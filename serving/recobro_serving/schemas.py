"""Shapes of what is asked and answered, as `/docs` shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Channel = Literal["call", "sms", "whatsapp", "email", "visit"]
Stage = Literal["pre_due", "due_today", "early", "mid", "late", "very_late"]
Band = Literal["A", "B", "C", "D", "E"]
Because = Literal[
    "do_not_contact",
    "opted_out",
    "no_channel",
    "promise_open",
    "dispute_open",
    "awaiting_payment",
    "frequency_limit",
    "outside_lawful_hours",
    "holiday",
    "control_group",
    "not_worth_cost",
    "no_capacity",
]
#: Ids are the creditor's own; control characters are in none, and PostgreSQL takes no NUL.
Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Probability = Annotated[float, Field(ge=0, le=1)]


class _Query(BaseModel):
    # A misspelt filter that is silently dropped would hand the whole list to a dialler.
    model_config = ConfigDict(extra="forbid")

    portfolio: Id | None = Field(None, description="only this portfolio")
    stage: Stage | None = Field(None, description="only this stage of arrears")
    changed_since: AwareDatetime | None = Field(
        None, description="only what was published after this instant, given with an offset"
    )


class _Paged(_Query):
    limit: int = Field(100, ge=1, le=1000, description="rows a page")
    cursor: str | None = Field(None, max_length=2000, description="`next_cursor` of the page before")


class ItemQuery(_Query):
    """Which items of a worklist."""

    channel: Channel | None = Field(None, description="only this channel")
    from_hour: int | None = Field(None, ge=0, le=23, description="windows that start at this local hour or later")


class WorklistQuery(ItemQuery, _Paged):
    """Which items of a worklist, and which page of them."""


class LeftAloneQuery(_Paged):
    """Which debtors left alone, and which page of them."""

    because: Because | None = Field(None, description="only those left alone for this")


class ExportQuery(ItemQuery):
    """Which items, and in which format."""

    format: Literal["csv", "ndjson", "parquet", "vicidial", "genesys"] = Field(
        "csv",
        description="`vicidial` and `genesys` are CSV for those diallers: calls only, unless `channel` says",
    )


class Reason(BaseModel):
    """One reason of a decision, in words."""

    code: str
    text: str
    value: float | str | bool | None
    contribution: float | None


class Alternative(BaseModel):
    """The next best action."""

    channel: Channel
    window_start: AwareDatetime
    window_end: AwareDatetime
    expected_value: float


class Offer(BaseModel):
    """What the debtor may be offered, and what that is expected to add; `basis`: of the figure behind it."""

    id: str
    kind: Literal["payment_plan", "discount"]
    terms: dict[str, float]
    expected_value: float
    basis: Literal["assumed", "measured"]


class _Row(BaseModel):
    plan_id: str | None
    work_date: date | None
    portfolio_id: str
    debtor_id: str
    currency: str | None
    days_past_due: int | None
    balance_due: float | None
    amount_to_collect: float | None
    stage: Stage | None
    p_unpaid: Probability | None
    risk_band: Band | None
    reasons: list[Reason]
    alternatives: list[Alternative]
    policy: str | None
    risk_model: str | None
    contact_model: str | None
    effect_model: str | None
    rules: str | None


class Item(_Row):
    """One recommended action."""

    item_id: str
    rank: int
    channel: Channel
    window_start: AwareDatetime
    window_end: AwareDatetime
    p_reach: Probability | None
    p_pay: Probability | None
    p_pay_no_action: Probability | None
    expected_recovery: float | None
    cost: float | None
    expected_value: float | None
    arm: Literal["best", "explore", "duty"]
    propensity: Probability | None
    template: str | None = Field(None, description="id of the text")
    message: str | None = Field(None, description="the text; what stands in {{double braces}} the sender fills in")
    promise_on: date | None = Field(None, description="the day to suggest for a promise")
    offer: Offer | None = None
    agent_id: str | None = Field(None, description="whose share of the list it is in")


class LeftAloneRow(_Row):
    """A debtor whom nobody contacts that day; what belongs to an action is null.

    `propensity` is the probability of being left alone that day; null in plans of versions that did not log it.
    """

    item_id: None
    rank: None
    channel: None
    window_start: None
    window_end: None
    p_reach: None
    p_pay: None
    p_pay_no_action: Probability | None
    expected_recovery: None
    cost: None
    expected_value: None
    arm: None
    propensity: Probability | None
    template: None
    message: None
    promise_on: None
    offer: None
    agent_id: None
    because: Because
    rule: str | None
    until: str | None


class _Page(BaseModel):
    plan_id: str
    work_date: date
    as_of: date
    next_cursor: str | None


class WorklistPage(_Page):
    """A page of a worklist, in rank order."""

    items: list[Item]


class LeftAlonePage(_Page):
    """A page of the debtors left alone."""

    items: list[LeftAloneRow]


class WhyLeftAlone(BaseModel):
    """What forbids an action, by which rule, and until when."""

    because: Because
    rule: str | None
    until: str | None


class LeftAloneAnswer(BaseModel):
    """A debtor without a recommended action."""

    debtor_id: str
    portfolio_id: str
    left_alone: WhyLeftAlone


class CurvePoint(BaseModel):
    """Probability that the oldest open charge is paid within so many days."""

    day: int
    p_paid: Probability


class AccountRisk(BaseModel):
    """One account of a debtor: what is open on it, and the risk of its oldest open charge."""

    account_id: str
    n_open: int = Field(description="Open charges")
    days_past_due: int = Field(description="Of the oldest open charge; negative before it falls due")
    balance_due: float
    disputed_amount: float = Field(description="The part of `balance_due` that is in dispute")
    p_unpaid: Probability
    p_unpaid_low: Probability
    p_unpaid_high: Probability
    p_roll: Probability | None
    p_30_past_due: Probability
    p_90_past_due: Probability
    risk_band: Band
    expected_paid_on: date | None
    expected_paid_from: date | None
    expected_paid_until: date | None
    p_pay_no_action: Probability = Field(description="Of any payment on the account within the horizon")


class RiskRead(BaseModel):
    """A payment curve, of the oldest open charge if nobody acts, and what it rests on.

    What a plan of an earlier version of recobro did not tell is null.
    """

    as_of: date
    horizon_days: int
    p_unpaid: Probability
    risk_band: Band
    expected_paid_on: date | None = Field(description="Paid by then with 50 %; null beyond the curve's last day")
    expected_paid_from: date | None = Field(description="Paid by then with 10 %; null beyond the curve's last day")
    expected_paid_until: date | None = Field(description="Paid by then with 90 %; null beyond the curve's last day")
    p_unpaid_low: Probability | None = Field(description="With `p_unpaid_high` a 90 % interval of `p_unpaid`")
    p_unpaid_high: Probability | None
    p_roll: Probability | None = Field(description="Of being in the next stage within the horizon; null in the last")
    p_30_past_due: Probability | None = Field(description="Of being 30 or more days past due within the horizon")
    p_90_past_due: Probability | None = Field(description="Of being 90 or more days past due within the horizon")
    p_pay_no_action: Probability | None = Field(description="Of any payment by the debtor within the horizon")
    curve: list[CurvePoint]
    accounts: list[AccountRisk] | None = Field(description="Every account with an open charge, in order of its id")
    reasons: list[Reason]


class Risk(RiskRead):
    """One debtor's payment curve, of the oldest open charge if nobody acts, and what it rests on."""

    debtor_id: str
    portfolio_id: str


class BestHour(BaseModel):
    """An hour of the week on a channel; Monday is 1."""

    channel: Channel
    weekday: int = Field(ge=1, le=7)
    hour: int = Field(ge=0, le=23)
    p_reach: Probability


class ContactHour(BestHour):
    """An hour of the week on a channel, lawful or not."""

    lawful: bool


class ContactTimes(BaseModel):
    """When a debtor can be reached, in the debtor's time zone."""

    debtor_id: str
    portfolio_id: str
    timezone: str | None
    slots: list[ContactHour]
    best: list[BestHour]


class Plan(BaseModel):
    """A published plan: versions, counts and what the allocation reported."""

    plan_id: str
    as_of: date
    work_date: date
    created_at: AwareDatetime
    published_at: AwareDatetime
    policy: str
    risk_model: str | None
    contact_model: str | None
    effect_model: str | None
    rules: str
    n_items: int
    n_left_alone: int
    summary: dict[str, object]


class ProblemBody(BaseModel):
    """What every error answers (RFC 9457, `application/problem+json`)."""

    type: str
    title: str
    status: int
    detail: str
