"""A second reading of the rule files, as plain as they are written: no merging, no windows, one moment at a time.

It reads the YAML itself and asks python-holidays itself, so that a slip of the engine can not hide in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import yaml

from recobro_data.contact_rules.files import SHIPPED

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Channel, day on the debtor's clock, whether it reached the debtor.
Attempt = tuple[str, date, bool]


@lru_cache(maxsize=1)
def files() -> dict[str, Any]:
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in SHIPPED.glob("*.yaml")}


def layers_of(country: str, region: str | None) -> list[dict[str, Any]]:
    """The files with a say on a debtor there; a file whose hours are replaced goes without them."""
    if country not in files():
        return [files()["DEFAULT"]]
    own, country_file = files().get(f"{country}-{region}"), files()[country]
    maybe = [one for one in files().values() if one["parent"] == country and one is not own]
    maybe = [one for one in maybe if region is None or one.get("lies_in") == region]
    found = [{**one, "windows": []} if "windows" in one.get("overrides_parent", ()) else one for one in maybe]
    if own is None:
        return [country_file, *found]
    replaced = "windows" in own.get("overrides_parent", ())
    return [own, {**country_file, "windows": []} if replaced else country_file, *found]


def may_contact(where: tuple[str, str | None, str], at: datetime, channel: str, history: Sequence[Attempt]) -> bool:
    """Whether rules but consent allow a contact; `where` is country, region and the zone the debtor lives in."""
    country, region, zone = where
    local = at.astimezone(ZoneInfo(zone))
    layers = layers_of(country, region)
    return (
        all(is_open(layer, channel, local) for layer in layers if layer["windows"])
        and not (
            channel == "visit" and any("home_visit" in code["codes"] for one in layers for code in one["forbidden"])
        )
        and not (is_holiday(layers, country, region, local.date()) and not all(_allows(one) for one in layers))
        and all(not is_full(layer, channel, history, local.date()) for layer in layers)
    )


def needs_consent(country: str, region: str | None, channel: str) -> bool:
    return any(channel in (one.get("consent") or {}).get("required", ()) for one in layers_of(country, region))


def _allows(layer: dict[str, Any]) -> bool:
    return bool(layer["holidays"]["allowed"])


def is_open(layer: dict[str, Any], channel: str, local: datetime) -> bool:
    for hours in layer["windows"]:
        if channel in hours["channels"]:
            return any(start <= local.strftime("%H:%M") < end for start, end in _spans(hours["days"], local.weekday()))
    return False


def _spans(days: dict[str, Any], weekday: int) -> Iterator[tuple[str, str]]:
    for key, hours in days.items():
        first, _, last = key.partition("-")
        if WEEK.index(first) <= weekday <= WEEK.index(last or first):
            for text in [hours] if isinstance(hours, str) else hours:
                start, _, end = text.partition("-")
                yield start, end


@lru_cache(maxsize=4096)
def _days(code: str, region: str | None, year: int, categories: tuple[str, ...]) -> frozenset[date]:
    return frozenset(holidays.country_holidays(code, subdiv=region, years=year, categories=categories))


def is_holiday(layers: list[dict[str, Any]], country: str, region: str | None, day: date) -> bool:
    calendars = [one["holidays"]["calendar"] for one in layers]
    code = calendars[0]["code"] or country
    known = getattr(holidays, code).subdivisions
    regions = calendars[0].get("subdivisions") or ([region] if region in known else known) or [None]
    categories = tuple(sorted({name for one in calendars for name in one["categories"]}))
    extra = {str(added["day"]) for one in calendars for added in one.get("extra", ())}
    in_library = any(day in _days(code, one, day.year, categories) for one in regions)
    return in_library or bool(extra & {day.isoformat(), day.isoformat()[5:]})


def is_full(layer: dict[str, Any], channel: str, history: Sequence[Attempt], day: date) -> bool:
    for cap in layer.get("limits") or ():
        counted = (channel,) if cap.get("per") == "channel" else cap["channels"]
        reached = cap.get("counts") == "contacts"
        if channel in cap["channels"] and _count(history, counted, day, cap["window_days"], reached) >= cap["max"]:
            return True
    for gap in layer.get("distances") or ():
        days = max(gap["days"], gap.get("days_strict_clear") or 0)
        if channel in gap["channels"] and _count(history, gap["channels"], day, days, gap["after"] == "conversation"):
            return True
    pauses = layer.get("pauses") or ()
    if any(channel in pause["channels"] and _count(history, pause["channels"], day, 1, False) for pause in pauses):
        return True
    week = layer.get("one_channel")
    return bool(week) and any(one != channel and 0 <= (day - on).days < week["days"] for one, on, _ in history)


def _count(history: Sequence[Attempt], channels: Sequence[str], day: date, days: int, reached_only: bool) -> int:
    first = day - timedelta(days=days - 1)
    return sum(one in channels and first <= on <= day and (ok or not reached_only) for one, on, ok in history)
