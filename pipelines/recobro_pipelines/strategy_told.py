"""The strategies in force as a page that everyone of the team can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from recobro_data.contact_rules.phrases import CHANNEL_WORDS
from recobro_data.settings import Stages
from recobro_models.decision.strategies import Offer, Strategies, Strategy
from recobro_models.decision.strategies.form import Segment
from recobro_models.decision.strategies.offer_words import offer_text
from recobro_pipelines.strategy_words import word


def show_strategies(
    console: Console, strategies: Strategies, stages: Stages, *, language: str, file: str | None
) -> None:
    """Print the strategies; `file`: where they are from, None the shipped ones."""
    title = word("title", language, file=escape(file) if file else word("shipped", language))
    console.print(f"[bold]{title}[/], {word('version', language, version=strategies.version)}")
    console.print(f"[dim]{word('first_fits', language)}[/]")
    for one in strategies.form.strategies:
        console.print(f"\n[bold]{_whom(one, stages, language)}[/]  [dim]{one.id}[/]")
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for row in _rows(one, language):
            table.add_row(*row)
        console.print(Padding(table, (0, 0, 0, 2), expand=False))
    for heading, lines in _general(strategies, language):
        console.print(f"\n[bold]{heading}[/]")
        for line in lines:
            console.print(Padding(line, (0, 0, 0, 2), expand=False))


def stage_words(stage: str, stages: Stages, language: str) -> str:
    """A stage by its days past due."""
    if stage in ("pre_due", "due_today"):
        return word(stage, language)
    spans = {
        "early": (1, stages.early), "mid": (stages.early + 1, stages.mid), "late": (stages.mid + 1, stages.late),
    }  # fmt: skip
    if stage == "very_late":
        return word("past_due_on", language, first=stages.late + 1)
    first, last = spans[stage]
    return word("past_due", language, first=first, last=last)


def channel_words(channels: Sequence[str], language: str) -> str:
    """Channels in words, parted by commas."""
    return ", ".join(CHANNEL_WORDS[language][channel] for channel in channels)


def _whom(one: Strategy, stages: Stages, language: str) -> str:
    whom = "; ".join(stage_words(stage, stages, language) for stage in one.stages)
    parts = list(_segment(one.segment, language))
    whom = f"{whom}, {word('only', language, what=', '.join(parts))}" if parts else whom
    return escape(whom[0].upper() + whom[1:])


def _segment(segment: Segment, language: str) -> Iterator[str]:
    yield from (word(kind, language) for kind in segment.kinds or ())
    if segment.portfolios:
        yield word("portfolios", language, names=" / ".join(segment.portfolios))
    if segment.bands:
        yield word("bands", language, names=" ".join(segment.bands))
    if segment.amount_from is not None:
        yield word("amount_from", language, amount=f"{segment.amount_from:,.0f}")
    if segment.amount_below is not None:
        yield word("amount_below", language, amount=f"{segment.amount_below:,.0f}")


def _rows(one: Strategy, language: str) -> Iterator[tuple[str, str]]:
    yield word("channels", language), channel_words(one.channels, language) or word("none", language)
    yield word("tone", language), f"{word(one.tone, language)}; {word('texts', language)}: {one.template}"
    if one.digital_first is not None:
        yield word("order", language), word("digital_first", language, percent=f"{100 * one.digital_first:.0f}")
    if one.min_days_between > 1:
        yield word("between", language), word("days_between", language, n=one.min_days_between)
    if one.offers:
        yield word("offers", language), ", ".join(one.offers)


def _general(strategies: Strategies, language: str) -> Iterator[tuple[str, list[str]]]:
    form = strategies.form
    sequence, lighter = form.sequencing, form.vulnerable
    lines = []
    if sequence.vary_days:
        lines.append(word("vary", language, n=sequence.vary_days, factor=f"{sequence.vary_factor:g}"))
    if sequence.failed_days:
        lines.append(word("failed", language, n=sequence.failed_days))
    lines.append(word("follow_up", language, n=sequence.broken_days))
    lines.append(word("suggest", language, n=form.promise_days))
    yield word("sequence", language), lines
    gentle = channel_words(lighter.channels, language) or word("none", language)
    yield word("vulnerable", language), [word("lighter", language, channels=gentle, n=lighter.min_days_between)]
    offers = [_offer(offer, language) for offer in form.offers]
    yield word("catalogue", language), offers or [word("no_offers", language)]


def _offer(offer: Offer, language: str) -> str:
    basis = word(offer.lift_basis, language)
    adds = word("lift", language, percent=f"{100 * offer.lift:.1f}".removesuffix(".0"), basis=basis)
    where = word("cleared", language, countries=", ".join(offer.countries))
    told = adds if offer.lift else word("no_lift", language)
    return f"{offer.id}: {offer_text(offer, language)} {where[0].upper()}{where[1:]}; {told}."
