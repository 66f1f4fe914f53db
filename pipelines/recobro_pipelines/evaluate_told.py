"""An evaluation in JSON, as a table, and in the sentence that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from recobro_data.errors import UsageError
from recobro_data.settings import Channel, Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.off_policy.estimators import Estimate, Interval
from recobro_pipelines.evaluate import Answer

#: The estimate that the conclusion follows: it bears errors of the propensities or of the outcome model, not of both.
MAIN: Final = "doubly_robust"
#: Debtor-days that values are told for beside the day.
_A_THOUSAND: Final = 1000
_NAMES: Final = {
    "ips": "IPS", "self_normalised_ips": "self-normalised IPS", "doubly_robust": "doubly robust",
}  # fmt: skip


def with_capacities(settings: Settings, given: list[str]) -> Settings:
    """The configuration with capacities such as `call=60` (as configured), `call=20/hour` or `sms=500/day`.

    Raises:
        UsageError: an unknown channel, no whole number, or no such unit.
    """
    channels = dict(settings.channels)
    for text in given:
        name, _, limit = text.partition("=")
        number, _, unit = limit.partition("/")
        if name not in CHANNELS or not number.isdigit() or unit not in ("", "hour", "day"):
            known = ", ".join(CHANNELS)
            raise UsageError(
                "a capacity such as call=60, call=20/hour or sms=500/day", repr(text), f"Channels: {known}."
            )
        channels[name] = _limited(channels[name], int(number), unit)
    return settings.model_copy(update={"channels": channels})


def _limited(own: Channel, number: int, unit: str) -> Channel:
    unit = unit or ("hour" if own.capacity_per_hour is not None else "day")
    hour, day = (number, None) if unit == "hour" else (None, number)
    return own.model_copy(update={"capacity_per_hour": hour, "capacity_per_day": day})


def tell_json(answer: Answer) -> dict[str, Any]:
    """For `--json`: money in the portfolio's currency, shares as probabilities, each with its 95 % interval."""
    question, rows = answer.question, answer.log.rows
    days = sorted(rows["as_of"].dt.date.unique())
    return {
        "policy": question.policy, "from": days[0].isoformat(), "to": days[-1].isoformat(), "days": len(days),
        "decisions": len(rows), "debtors": int(rows["debtor_id"].nunique()), "log": answer.source,
        "left_alone_propensity": answer.left_alone_propensity, "currency": currency_of(answer),
        "capacity": _capacities(question.target), "models": dict(answer.models),
        "models_saw_window": answer.models_saw_window,
        "overlap": answer.overlap.to_json() if answer.overlap else None,
        "in_force": {name: _scaled(found, answer) for name, found in (answer.in_force or {}).items()},
        "estimates": {
            reward: {name: _told(found, answer) for name, found in found_by.items()}
            for reward, found_by in (answer.estimates or {}).items()
        },
        "conclusion": conclude(answer), "refused": str(answer.refused) if answer.refused else None,
    }  # fmt: skip


def currency_of(answer: Answer) -> str | None:
    """The currency that money is told in; None where several were brought together."""
    names = answer.log.rows["currency"].unique()
    return str(names[0]) if len(names) == 1 else None


def conclude(answer: Answer) -> str:
    """What follows from the answer, in a sentence."""
    if answer.refused or not answer.estimates:
        return str(answer.refused)
    policy, difference = answer.question.policy, answer.estimates["money"][MAIN].difference
    scale, money = per_day(answer), currency_of(answer) or ""
    low, middle, high = (f"{value * scale:+,.0f}" for value in (difference.low, difference.value, difference.high))
    amount = f"{middle} {money} a day ({low} to {high})".replace("  ", " ")
    if difference.low > 0:
        return f"{policy} would have brought more than the policy in force: {amount}. Try it on a share of the debtors."
    if difference.high < 0:
        return f"{policy} would have brought less than the policy in force: {amount}. Keep the one in force."
    return f"The log does not tell {policy} from the policy in force: {amount}. A longer window narrows it."


def result_rows(answer: Answer) -> list[dict[str, Any]]:
    """Rows of the table: the policy in force, then the policy asked about by each estimator."""
    if not answer.in_force or not answer.estimates:
        return []
    rows = [_row("in force", "what was done", (answer.in_force, None), answer)]
    for name, words in _NAMES.items():
        found = {reward: by_name[name] for reward, by_name in answer.estimates.items()}
        values = {reward: one.value for reward, one in found.items()}
        rows.append(_row(answer.question.policy, words, (values, found["money"].difference), answer))
    return rows


def per_day(answer: Answer) -> float:
    """Decisions a day."""
    return len(answer.log.rows) / max(int(answer.log.rows["as_of"].nunique()), 1)


def _row(
    policy: str, how: str, found: tuple[Mapping[str, Interval], Interval | None], answer: Answer
) -> dict[str, Any]:
    values, difference = found
    money, payment = values["money"], values["any_payment"]
    told = ""
    if difference is not None:
        ends = (value * per_day(answer) for value in (difference.value, difference.low, difference.high))
        told = "{:+,.0f} ({:+,.0f} to {:+,.0f})".format(*ends)
    return {
        "policy": policy, "by": how, "a day": f"{money.value * per_day(answer):,.0f}",
        "per 1,000 debtors": f"{money.value * _A_THOUSAND:,.0f}", "against what was done, a day (95 %)": told,
        "pay anything": f"{payment.value:.1%}",
    }  # fmt: skip


def support_rows(answer: Answer) -> list[dict[str, Any]]:
    """Rows of the table of overlap: what the policy would do, and how far the log speaks about it."""
    by_choice = answer.overlap.by_choice if answer.overlap else {}
    return [
        {
            "would": name.replace("_", " "),
            "debtor-days": f"{row['chosen']:,.0f}",
            "log agrees on": f"{row['agreed']:,.0f}",
            "worth": f"{row['effective_sample_size']:,.0f}",
            "supported": f"{min(row['mean_weight'], 1):.0%}",
            "heaviest weight": f"{row['max_weight']:,.0f}",
        }
        for name, row in by_choice.items()
    ]


def _told(found: Estimate, answer: Answer) -> dict[str, Any]:
    return {"value": _scaled(found.value, answer), "difference": _scaled(found.difference, answer)}


def _scaled(found: Interval, answer: Answer) -> dict[str, float]:
    numbers = {
        f"{name}{unit}": value * scale
        for unit, scale in (("_per_day", per_day(answer)), ("_per_1000", float(_A_THOUSAND)))
        for name, value in (("value", found.value), ("low", found.low), ("high", found.high))
    }
    return {name.removeprefix("value_"): round(value, 4) for name, value in numbers.items()}


def _capacities(settings: Settings) -> dict[str, dict[str, int | None]]:
    return {
        name: {"per_hour": own.capacity_per_hour, "per_day": own.capacity_per_day}
        for name, own in settings.channels.items()
        if 0 not in (own.capacity_per_hour, own.capacity_per_day)
    }
