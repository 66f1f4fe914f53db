"""Contact rules: `rules list`, `rules show`, `rules check`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recobro_data.errors import UsageError
from recobro_pipelines.commands.common import AsOf, Json, Language, console, print_json, settings_in_force

if TYPE_CHECKING:
    from rich.text import Text

    from recobro_pipelines.rules_told import Page

rules = typer.Typer(
    help="Contact rules: every place, what holds in one, whether a contact is allowed.", no_args_is_help=True
)
Spoken = Annotated[Language, typer.Option("--language", help="Language to tell it in.")]
Region = Annotated[str | None, typer.Option("--region", help="State or department: its code or its name.")]
Portfolio = Annotated[str | None, typer.Option("--portfolio", help="With the rules this portfolio sets itself.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(rules, name="rules")


@rules.command("list")
def list_places(language: Spoken = Language.EN, as_json: Json = False) -> None:
    """Every place with rules of its own, how sure they are and until when they may be used."""
    from recobro_data.contact_rules import rules_in_force
    from recobro_pipelines.rules_told import build_list
    from recobro_pipelines.show import rows_table

    rulebook = rules_in_force(settings_in_force())
    rows = build_list(rulebook, language)
    print_json({"rules": rulebook.version, "places": rows}) if as_json else console().print(
        rows_table(rows, title=rulebook.version)
    )


@rules.command()
def show(
    country: Annotated[str, typer.Argument(metavar="COUNTRY", help="ISO 3166 code: CO, PE, BR …")],
    region: Region = None,
    portfolio: Portfolio = None,
    as_of: AsOf = None,
    language: Spoken = Language.EN,
    as_json: Json = False,
) -> None:
    """What holds in a place, in words: hours, caps, consent, duties, stops, holidays ahead, sources, until when."""
    from recobro_data.contact_rules import load_rulebook, rules_in_force
    from recobro_pipelines.days import parse_day
    from recobro_pipelines.rules_told import Shown, build_page

    settings = settings_in_force()
    rulebook = rules_in_force(settings)
    law = rulebook.for_place(country, region, portfolio)
    shown = Shown(rulebook, load_rulebook(), law, settings.rules, language)
    page = build_page(shown, parse_day(as_of) if as_of else datetime.now().astimezone().date())
    print_json({"rules": rulebook.version, **page.to_json()}) if as_json else _print_page(page)


@rules.command()
def check(
    at: Annotated[
        str, typer.Option("--at", metavar="WHEN", help="2026-11-23T10:00 on the debtor's clock, or with an offset.")
    ],
    channel: Annotated[str, typer.Option("--channel", help="call, sms, whatsapp, email or visit.")],
    debtor: Annotated[str | None, typer.Option("--debtor", help="A loaded debtor, with its history.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Anybody in this country instead.")] = None,
    region: Region = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="IANA name, where it is known.")] = None,
    portfolio: Portfolio = None,
    consented: Annotated[bool, typer.Option("--consented", help="The debtor gave this channel.")] = False,
    language: Spoken = Language.EN,
    as_json: Json = False,
) -> None:
    """Whether a contact is allowed, which rule speaks, until when, and every rule that was asked."""
    from recobro_data.contact_rules import rules_in_force
    from recobro_pipelines.rules_check import Debtor, check_contact, find_debtor, tell_check

    if (debtor is None) == (country is None):
        raise UsageError("either --debtor or --country", "both" if debtor else "neither", "Name one of the two.")
    settings = settings_in_force()
    rulebook = rules_in_force(settings)
    if debtor:
        whom = find_debtor(settings, debtor, channel)
    else:
        whom = Debtor("", str(country).upper(), region, timezone, portfolio)
    checked = check_contact(rulebook, whom, channel=channel, at=at, consented=consented)
    told = tell_check(rulebook, checked, language)
    print_json(told) if as_json else _print_check(told, language)


def _print_page(page: Page) -> None:
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    out.print(Text(page.title, style="bold"))
    for note in page.notes:
        out.print(Text(note, style="dim"))
    for heading, lines in page.sections:
        out.print(Text(f"\n{heading}", style="bold"))
        for rule, said in lines:
            line = Text(said)
            if rule:
                line.append(f"  {rule}", style="cyan")
            out.print(Padding(line, (0, 0, 0, 2), expand=False))


def _print_check(told: dict[str, Any], language: str) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from recobro_pipelines.rules_words import say

    out = console()
    whose = told["debtor"] or say("somebody", language, place=told["place"])
    zone = told["zones"][0] if told["zones"] else "?"
    out.print(
        say("moment", language, channel=told["channel"], whose=whose, at=told["at"][:16].replace("T", " "), zone=zone)
    )
    word, style = ("allowed", "bold green") if told["allowed"] else ("not_allowed", "bold red")
    out.print(Text(f"{say(word, language)}, {_until(told, told['allowed'], language)}", style=style))
    out.print(Text(f"{told['says']}  {told['rule']}"))
    for note in told["notes"]:
        out.print(Text(note, style="dim"))
    out.print(Text(f"\n{say('asked', language)}", style="bold"))
    for one in told["asked"]:
        out.print(Padding(_answer(one, language), (0, 0, 0, 2), expand=False))


def _answer(one: dict[str, Any], language: str) -> Text:
    """A rule that was asked: yes or no, what it says, its id and until when."""
    from rich.text import Text

    from recobro_pipelines.rules_words import say

    word, style = ("yes", "green") if one["allows"] else ("no", "red")
    line = Text(f"{say(word, language):3} ", style=style).append(one["says"], style="default")
    line.append(f"  {one['rule']}", style="cyan")
    return line.append(f"  {_until(one, one['allows'], language)}" if one["until"] else "", style="default")


def _until(one: dict[str, Any], allowed: bool, language: str) -> str:
    from recobro_pipelines.rules_words import say

    if not one["until"]:
        return say("for_good", language)
    when = one["until"][:16].replace("T", " ")
    return say("allows_until" if allowed else "from", language, when=when)
