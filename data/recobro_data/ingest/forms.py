"""How a whole column may write its dates and numbers, and the SQL that turns each form into canonical text.

A form is decided for a column and never for a row (`decide_forms`), so a value that does not fit is a bad row even
where it would fit another form. Forms are named as they look: `dd/mm/yyyy`, `1.234,56`. A column of timestamps may
name a zone behind the form (`dd/mm/yyyy America/Lima`): it stands in where a value carries no offset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from recobro_data.ingest import formats, sql
from recobro_data.tables import Kind

_DAY: Final = "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = "(?:0?[1-9]|1[0-2])"
_YEAR: Final = "[0-9]{4}"
_MIDNIGHT: Final = "(?:[T ]+00?:00(?::00(?:[.]0+)?)?)?"
_CLOCK: Final = (
    rf"(?:[T ]+(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{{1,9}})?)?(?: ?{formats.OFFSET})?)?"
)
#: The blanks that word processors put between thousands, and the two apostrophes.
_BLANK: Final = " \u00a0\u202f"
_APOSTROPHE: Final = "'\u2019"

CANONICAL_DATE: Final = "yyyy-mm-dd"
CANONICAL_NUMBER: Final = "1234.56"


@dataclass(frozen=True)
class Form:
    """One way to write a column: `fits` is a pattern of whole values, `canonical` the SQL that rewrites one of them."""

    name: str
    fits: str
    canonical: Callable[[str], str]


@dataclass(frozen=True)
class _Order:
    """One order of day, month and year: `pattern` of the text, `parse` as `strptime` has it once parted by `/`."""

    name: str
    pattern: str
    parse: str


def _parted(first: str, second: str, third: str, separators: str = "/.-") -> str:
    return "(?:" + "|".join(f"{first}[{one}]{second}[{one}]{third}" for one in separators) + ")"


#: The canonical form is tried first, the American one last: it stands only where it fits more values than dd/mm/yyyy.
_ORDERS: Final = (
    _Order("yyyy-mm-dd 00:00", formats.DATE, "%Y/%m/%d"),
    _Order("dd/mm/yyyy", _parted(_DAY, _MONTH, _YEAR), "%d/%m/%Y"),
    _Order("yyyy/mm/dd", _parted(_YEAR, _MONTH, _DAY, "/."), "%Y/%m/%d"),
    _Order("yyyymmdd", "[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])", "%Y%m%d"),
    _Order("mm/dd/yyyy", _parted(_MONTH, _DAY, _YEAR), "%m/%d/%Y"),
)


def _day(value: str, order: _Order) -> str:
    text = f"split_part(replace({value}, 'T', ' '), ' ', 1)"
    parsed = f"try_strptime(translate({text}, '-.', '//'), {sql.text(order.parse)})::DATE::VARCHAR"
    return f"coalesce({parsed}, {text} || ' (no such day)')"


def _instant(value: str, order: _Order) -> str:
    clock = f"regexp_extract({value}, '[T ]+([0-9]+:.*)$', 1)"
    whole = f"replace(CASE WHEN {clock}[2] = ':' THEN '0' || {clock} ELSE {clock} END, ' ', '')"
    return f"{_day(value, order)} || CASE WHEN {clock} = '' THEN '' ELSE 'T' || {whole} END"


def _date_form(order: _Order) -> Form:
    return Form(order.name, order.pattern + _MIDNIGHT, lambda value: _day(value, order))


def _timestamp_form(order: _Order) -> Form:
    return Form(order.name, order.pattern + _CLOCK, lambda value: _instant(value, order))


def _number_form(thousands: str, decimal: str) -> Form:
    """Thousands are parted throughout or not at all; the name shows the first of the characters that part them."""
    grouped = f"[1-9][0-9]{{0,2}}(?:[{thousands}][0-9]{{3}})+|" if thousands else ""
    fits = f"[+-]?(?:(?:{grouped}[0-9]+)(?:[{decimal}][0-9]*)?|[{decimal}][0-9]+)"
    written = f"1{thousands[:1]}234{decimal}56"
    return Form(written, fits, lambda value: f"translate({value}, {sql.text(decimal + thousands)}, '.')")


def _as_it_is(value: str) -> str:
    return value


_ISO: Final = Form(CANONICAL_DATE, formats.DATE, _as_it_is)
_ISO_INSTANT: Final = Form(CANONICAL_DATE, f"{formats.TIMESTAMP}|{formats.NAIVE}", _as_it_is)
_PLAIN: Final = Form(CANONICAL_NUMBER, formats.NUMBER, _as_it_is)

#: Where both fit every value, three digits stand behind every comma: thousands, for money has no thousandths.
_MONEY: Final = (
    *(_PLAIN, _number_form(",", "."), _number_form("", ","), _number_form(".", ",")),
    *(_number_form(thousands, decimal) for thousands in (_BLANK, _APOSTROPHE) for decimal in (",", ".")),
)

#: The forms of each kind in the order in which ties are decided, the canonical one first.
FORMS: Final[dict[Kind, tuple[Form, ...]]] = {
    "date": (_ISO, *(_date_form(order) for order in _ORDERS)),
    "timestamp": (_ISO_INSTANT, *(_timestamp_form(order) for order in _ORDERS)),
    "money": _MONEY,
    "ratio": (_PLAIN, _number_form("", ",")),
}


def find_form(kind: Kind, name: str) -> Form | None:
    """The form of that name, None where the kind has none such."""
    return next((form for form in FORMS.get(kind, ()) if form.name == name), None)


def parted_form(kind: Kind, written: str) -> tuple[str, str]:
    """The form and the zone that a written name says, each empty where it says none.

    Example:
        >>> parted_form("timestamp", "dd/mm/yyyy America/Lima")
        ('dd/mm/yyyy', 'America/Lima')
    """
    if kind != "timestamp":
        return written, ""
    before, _, last = written.rpartition(" ")
    return (before, last) if last in formats.known_timezones() else (written, "")


def build_canonical_text(kind: Kind, written: str, value: str, *, is_exact: bool = False) -> str:
    """SQL of a column's canonical text. A value that does not fit is marked, so that no other form can take it.

    `is_exact`: the value is canonical already and only lacks the zone.
    """
    name, zone = parted_form(kind, written)
    form = find_form(kind, name)
    text = value
    if form is not None and form is not FORMS[kind][0] and not is_exact:
        matches = f"regexp_full_match({value}, {sql.text(form.fits)})"
        text = f"CASE WHEN {matches} THEN {form.canonical(value)} ELSE {value} || {sql.text(f' (not {name})')} END"
    return _in_zone(text, zone) if zone else text


def _in_zone(text: str, zone: str) -> str:
    naive = f"regexp_full_match({text}, {sql.text(formats.NAIVE)})"
    instant = f"(try_cast({text} AS TIMESTAMP) AT TIME ZONE {sql.text(zone)})::VARCHAR"
    return f"CASE WHEN {naive} THEN coalesce({instant}, {text}) ELSE {text} END"
