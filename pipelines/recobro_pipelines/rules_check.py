"""One contact asked of the rules: a debtor's as the lake knows it, or anybody's in a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from recobro_data.contact_rules import Jurisdiction, Rulebook, explain_rule, zones_of
from recobro_data.contact_rules.verdict import Answer, Contact, Tried, Verdict, judge_contact
from recobro_data.errors import RulesError, UnknownDebtorError, UsageError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS, REACHED
from recobro_data.zones import principal_zone
from recobro_pipelines.rules_told import place_notes
from recobro_pipelines.rules_words import say


@dataclass(frozen=True)
class Debtor:
    """Whom the contact is to: where, of which portfolio, and what the rules ask about."""

    name: str
    country: str
    region: str | None = None
    timezone: str | None = None
    portfolio: str | None = None
    facts: Contact | None = None


@dataclass(frozen=True)
class Checked:
    """A contact and what the rules say of it."""

    debtor: Debtor
    contact: Contact
    law: Jurisdiction
    verdict: Verdict


def find_debtor(settings: Settings, debtor_id: str, channel: str) -> Debtor:
    """A loaded debtor, with its attempts and what it says of the channel.

    Raises:
        UnknownDebtorError: no debtor of that id is loaded.
    """
    rows = _rows_of(Lake(settings.lake_dir), debtor_id)
    if rows["debtors"].empty:
        raise UnknownDebtorError("a loaded debtor", repr(debtor_id), "`recobro ingest SOURCE` loads debtors.")
    row: dict[str, Any] = {name: None if pd.isna(value) else value for name, value in rows["debtors"].iloc[0].items()}
    zone = row["timezone"] or principal_zone(row["country"])
    points = rows["contact_points"]
    point = points[points["channel"] == channel]
    works = bool((~point["opted_out"].astype("boolean").fillna(False)).any())
    asked = point[["prefer_from", "prefer_to"]].astype(object).where(point[["prefer_from", "prefer_to"]].notna(), None)
    facts = Contact(
        channel, datetime.now(ZoneInfo(zone)), (zone,), _history(rows["contact_attempts"], zone), works,
        opted_out=len(point) > 0 and not works, do_not_contact=bool(row["do_not_contact"]),
        reason=row["do_not_contact_reason"], prefer=tuple(asked.iloc[0]) if len(asked) else (None, None),
    )  # fmt: skip
    return Debtor(debtor_id, row["country"], row["region"], row["timezone"], row["portfolio_id"], facts)


def check_contact(rulebook: Rulebook, debtor: Debtor, *, channel: str, at: str, consented: bool = False) -> Checked:
    """Ask the rules about a contact at `at`: without an offset, on the clock of the debtor's principal zone.

    `consented`: the debtor gave the channel, though no contact point says so.

    Raises:
        UsageError: no such channel, or no instant.
        RulesError: the rules are past their date.
    """
    if channel not in CHANNELS:
        raise UsageError(f"a channel of {', '.join(CHANNELS)}", repr(channel), "Name one of them.")
    law = rulebook.for_place(debtor.country, debtor.region, debtor.portfolio)
    zones = zones_of(debtor.country, debtor.timezone, law)
    moment = _parse(at, zones[0] if zones else "UTC")
    facts = debtor.facts or Contact(channel, moment, zones)
    known = tuple(one for one in facts.history if one.attempted_on <= moment.date())
    consents = consented or facts.consents
    contact = replace(facts, channel=channel, at=moment, zones=zones, history=known, consents=consents)
    return Checked(debtor, contact, law, judge_contact(rulebook, law, contact))


def tell_check(rulebook: Rulebook, checked: Checked, language: str) -> dict[str, Any]:
    """What `recobro rules check --json` gives: the verdict, the rule that speaks, and every rule that was asked."""
    verdict, contact = checked.verdict, checked.contact
    return {
        "debtor": checked.debtor.name or None, "place": checked.law.place, "channel": contact.channel,
        "at": contact.at.isoformat(), "zones": list(contact.zones), "allowed": verdict.allowed,
        **_told(rulebook, verdict.speaks, language), "rules": rulebook.version,
        "asked": [{"allows": one.allows, **_told(rulebook, one, language)} for one in verdict.asked],
        "notes": list(place_notes(checked.law, checked.debtor.timezone, language)),
    }  # fmt: skip


def _told(rulebook: Rulebook, answer: Answer, language: str) -> dict[str, Any]:
    until = answer.until.isoformat() if answer.until else None
    return {"rule": answer.rule, "until": until, "says": _says(rulebook, answer.rule, language)}


def _says(rulebook: Rulebook, rule: str, language: str) -> str:
    if rule == "contact_points.opted_out":
        return say("opted_out", language)
    try:
        return explain_rule(rule, language, rulebook=rulebook)
    except RulesError:
        # The flag's own reason (`vulnerable`) is no rule of a file.
        return f"{say('flag', language)}: {rule}"


def _parse(at: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        expected = "an instant such as 2026-11-23T10:00 or 2026-11-23T10:00-05:00"
        raise UsageError(expected, repr(at), "Mend --at.") from error
    return moment.replace(tzinfo=ZoneInfo(zone)) if moment.tzinfo is None else moment.astimezone(ZoneInfo(zone))


def _rows_of(lake: Lake, debtor_id: str) -> Mapping[str, pd.DataFrame]:
    import ibis

    backend = ibis.duckdb.connect()
    try:
        tables = ("debtors", "contact_points", "contact_attempts")
        return {name: _of_debtor(lake.read(backend, name), debtor_id) for name in tables}
    finally:
        backend.disconnect()


def _of_debtor(table: Any, debtor_id: str) -> pd.DataFrame:
    frame: pd.DataFrame = table.filter(table.debtor_id == debtor_id).to_pandas()
    return frame


def _history(attempts: pd.DataFrame, zone: str) -> tuple[Tried, ...]:
    at = pd.to_datetime(attempts["attempted_at"], utc=True).dt.tz_convert(zone)
    days: list[date] = [one.date() for one in at]
    return tuple(
        Tried(channel, day, outcome in REACHED)
        for channel, day, outcome in zip(attempts["channel"], days, attempts["outcome"], strict=True)
    )
