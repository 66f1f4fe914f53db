"""One debtor on a terminal: what was decided and why, how risky, account by account, and when to be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from recobro_data.contact_rules import Rulebook
from recobro_pipelines.debtor_words import code_word, day_words, say, weekday_word
from recobro_pipelines.rule_names import rule_in_words
from recobro_pipelines.show import money_text

_DEPTHS: Final = (30, 90)


def show_debtor(console: Console, told: Mapping[str, Any], language: str, *, rulebook: Rulebook | None = None) -> None:
    """Print what `recobro explain --json` gives of a debtor, in a language; its rules in the words of the rulebook."""
    risk = told["risk"]
    whose = say("whose", language, portfolio=told["portfolio_id"], plan=told["plan_id"])
    console.print(f"[bold]{told['debtor_id']}[/]  {whose}")
    for line in (*_decision(told["recommendation"], language, rulebook), *_risk(risk, language)):
        console.print(line)
    if len(risk.get("accounts") or ()) > 1:
        console.print(f"\n[bold]{say('accounts', language)}[/]")
        console.print(Padding(_accounts(risk["accounts"], language), (0, 0, 0, 2), expand=False))
    if told.get("since"):
        for line in _since(told["since"], language):
            console.print(line)
    if told.get("promise"):
        console.print(f"\n{_promise(told['promise'], language)}")
    console.print(f"\n[bold]{say('hours', language)}[/]")
    for slot in told["best_hours"]:
        when = f"{weekday_word(slot['weekday'] - 1, language)} {slot['hour']:02d}:00"
        reached = say("reached", language, p=f"{slot['p_reach']:.1%}")
        console.print(f"  {code_word(slot['channel'], language):9} {when}  {reached}")
    for line in _hours_that_do_not_differ(told, language):
        console.print(line)


def _hours_that_do_not_differ(told: Mapping[str, Any], language: str) -> Iterator[str]:
    """Of the channels just told, those whose hours make no difference, or of which it is not known."""
    named = dict.fromkeys(slot["channel"] for slot in told["best_hours"])
    for verdict, key in (("no difference", "same_hours"), ("not known", "hours_not_known")):
        channels = [code_word(name, language) for name in named if told.get("contact_hours", {}).get(name) == verdict]
        if channels:
            yield f"  [dim]{say(key, language, channels=', '.join(channels))}[/]"


def _promise(promise: Mapping[str, Any], language: str) -> str:
    """What a contact may end in; plans of earlier versions say nothing of it."""
    by_channel = ", ".join(f"{code_word(name, language)} {p:.0%}" for name, p in promise["p_promise"].items())
    return say("promise", language, by_channel=by_channel, p_kept=f"{promise['p_kept']:.0%}")


def _decision(item: Mapping[str, Any], language: str, rulebook: Rulebook | None) -> Iterator[str]:
    if "left_alone" in item:
        left = item["left_alone"]
        until = left["until"] and say("until", language, day=day_words(date.fromisoformat(left["until"]), language))
        because = code_word(left["because"], language)
        yield f"\n[bold]{say('left_alone', language)}[/]: {because}{until or ''}"
        if left["rule"]:
            said = rule_in_words(left["rule"], language, rulebook=rulebook)
            yield f"  {escape(said)} [dim]({escape(left['rule'])})[/]"
        return
    option = _option(item, language)
    option["value"] = money_text(item["expected_value"], item["currency"])
    arm = code_word(item["arm"], language)
    yield (
        f"\n[bold]{say('rank', language, rank=item['rank'])}[/]: "
        f"{say('action', language, **option, arm=arm, propensity=item['propensity'])}"
    )
    chances = {"p_no_action": item["p_pay_no_action"], "p_pay": item["p_pay"], "p_reach": item["p_reach"]}
    yield f"  {say('effect', language, **{name: f'{p:.1%}' for name, p in chances.items()})}"
    yield from (f"  - {reason['text']}" for reason in item["reasons"])
    yield from (f"  {say('alternative', language, **_option(other, language))}" for other in item["alternatives"])
    yield from _wording(item, language)


def _wording(item: Mapping[str, Any], language: str) -> Iterator[str]:
    """What to say; plans of earlier versions, or without strategies, tell nothing of it."""
    if not item.get("message"):
        return
    parts = [say("propose", language, day=day_words(date.fromisoformat(item["promise_on"]), language))]
    if item.get("offer"):
        value = money_text(item["offer"]["expected_value"], item["currency"])
        parts.append(say("adds", language, value=value, basis=say(item["offer"]["basis"], language)))
    yield f"  {'; '.join(parts)}"
    yield f"  [dim]{escape(' '.join(item['message'].split()))}[/]"


def _option(option: Mapping[str, Any], language: str) -> dict[str, str]:
    start, end = (datetime.fromisoformat(option[name]) for name in ("window_start", "window_end"))
    window = f"{day_words(start.date(), language, with_year=False)} {start:%H:%M}-{end:%H:%M}"
    channel = code_word(option["channel"], language)
    return {"channel": channel, "window": window, "value": f"{option['expected_value']:,.2f}"}


def _risk(risk: Mapping[str, Any], language: str) -> Iterator[str]:
    days = risk["horizon_days"]
    unpaid = say("unpaid", language, band=risk["risk_band"], days=days, p=_with_interval(risk, language))
    yield f"\n[bold]{say('risk', language)}[/] {unpaid}"
    if ahead := _ahead(risk, language):
        yield f"  {say('within', language, days=days)}: {', '.join(ahead)}"
    if "expected_paid_on" in risk:
        yield f"  {say('expected', language, day=_expected(risk, language))}"
    points = ", ".join(f"{point['day']} d {point['p_paid']:.0%}" for point in risk["curve"])
    yield f"  {say('curve', language, points=points)}"
    yield from _signed(risk["reasons"])


def _with_interval(risk: Mapping[str, Any], language: str) -> str:
    p, low, high = (risk.get(name) for name in ("p_unpaid", "p_unpaid_low", "p_unpaid_high"))
    # Plans of earlier versions have no interval.
    return f"{p:.1%}" if low is None else say("interval", language, p=f"{p:.1%}", low=f"{low:.1%}", high=f"{high:.1%}")


def _ahead(risk: Mapping[str, Any], language: str) -> list[str]:
    """What the horizon may bring; nothing is said of a depth that is reached already."""
    depths = [(depth, risk.get(f"p_{depth}_past_due")) for depth in _DEPTHS]
    told = [say("depth", language, depth=depth, p=f"{p:.1%}") for depth, p in depths if p is not None and p < 1]
    roll = risk.get("p_roll")
    return told if roll is None else [say("roll", language, p=f"{roll:.1%}"), *told]


def _expected(risk: Mapping[str, Any], language: str) -> str:
    """The expected day and between which it lies; of those beyond the curve, that they are."""
    names = ("expected_paid_on", "expected_paid_from", "expected_paid_until")
    known = [date.fromisoformat(risk[name]) if risk.get(name) else None for name in names]
    day, first, last = (say("beyond", language) if one is None else day_words(one, language) for one in known)
    if known[1] is None:
        return day
    return say("earliest" if known[0] is None else "days", language, day=day, first=first, last=last)


def _accounts(accounts: Sequence[Mapping[str, Any]], language: str) -> Table:
    names = ("account", "n_open", "days_past_due", "balance_due", "disputed_amount", "band", "p_unpaid", "paid_on")
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(say(name, language), justify="left" if name == "account" else "right")
    for account in accounts:
        paid_on = account["expected_paid_on"]
        table.add_row(
            account["account_id"], str(account["n_open"]), str(account["days_past_due"]),
            f"{account['balance_due']:,.2f}", f"{account['disputed_amount']:,.2f}", account["risk_band"],
            _with_interval(account, language),
            day_words(date.fromisoformat(paid_on), language) if paid_on else say("beyond", language),
        )  # fmt: skip
    return table


def _since(since: Mapping[str, Any], language: str) -> Iterator[str]:
    then, now = since["p_unpaid_then"], since["p_unpaid"]
    moved = "" if then is None else f" {say('moved', language, then=f'{then:.1%}', now=f'{now:.1%}')}"
    yield f"\n[bold]{say('since', language, day=since['as_of'])}[/]{moved}"
    yield from _signed(since["reasons"])


def _signed(reasons: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Each reason behind what it does to the risk: raises, lowers, or leaves it."""
    for reason in reasons:
        sign = "+" if reason["contribution"] > 0 else "-" if reason["contribution"] < 0 else "="
        yield f"  {sign} {reason['text']}"
