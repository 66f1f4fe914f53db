"""Rows that look odd and are valid: none of them may ever be rejected."""

from __future__ import annotations

from collections.abc import Iterator

from tests.unit.row_kinds import Kind, valid


def _debtors() -> Iterator[Kind]:
    ids = {
        **{"unicode": "ñandú-Ω-中文-👍", "leading zeros": "007", "inner blanks": "a  b", "long": "x" * 255},
        **{"quotes": 'O\'Brien "y" Cía.', "commas": "a,b,,c", "formula": "=1+1", "word NULL": "NULL"},
        **{"word nan": "nan", "capital": "D1", "minus": "-1", "accent apart": "Jose\u0301", "joiner": "क्\u200dष"},
    }
    for name, value in ids.items():
        yield valid("debtors", f"{name} in id", debtor_id=value)
    yield valid("debtors", "a company", kind="company")
    yield valid("debtors", "blanks around values", debtor_id="  edged\t", country=" PE ")
    yield valid("debtors", "YES and a word of its own", do_not_contact="YES", do_not_contact_reason="por ahora no")
    yield valid("debtors", "another portfolio, country and language", portfolio_id="q", country="BR", language="es")
    yield valid("debtors", "zone elsewhere", timezone="Asia/Kathmandu")
    yield valid("debtors", "zone without city", timezone="UTC")
    yield valid("debtors", "line break and quotes in region", region='Lima\n"Centro", 2')
    yield valid("debtors", "country without currency of ours", portfolio_id="r", country="AQ")
    yield valid("debtors", "said twice, the later stands", debtor_id="said twice")


def _contact_points() -> Iterator[Kind]:
    yield valid("contact_points", "hours over midnight", channel="whatsapp", prefer_from="22:00", prefer_to="06:00")
    yield valid("contact_points", "end without start", channel="email", prefer_to="23:59")
    yield valid("contact_points", "opted out of all", debtor_id="007", channel="call", valid="f", opted_out="T")
    yield valid("contact_points", "said twice, the later stands", channel="visit")


def _charges() -> Iterator[Kind]:
    amounts = {
        **{"of a float": "1e3", "with a plus": "+5", "without a zero": ".5", "with a bare point": "5."},
        **{"of half a cent": "0.005", "of many decimals": "10.0049999", "of all digits": "9999999999999999.99"},
        **{"of a small power": "25E-1", "with leading zeros": "000100.50"},
    }
    for name, value in amounts.items():
        yield valid("charges", f"amount {name}", amount=value)
    yield valid("charges", "29 February of a leap year", due_on="2024-02-29")
    yield valid("charges", "due before issued", issued_on="2026-02-28", due_on="2026-01-31")
    yield valid("charges", "issued ahead", issued_on="2999-01-01", due_on="2999-02-01")
    yield valid("charges", "due in a century", due_on="2126-01-31")
    yield valid("charges", "due long ago", due_on="1900-02-28")
    yield valid("charges", "cancelled before due", cancelled_on="2026-01-01")
    yield valid("charges", "cancelled ahead", cancelled_on="2999-01-01")
    yield valid("charges", "currency given", currency="PEN")
    yield valid("charges", "product of several lines", product='uno,\r\n"dos"\n\ntres')
    yield valid("charges", "formula as product", product='=HYPERLINK("x")')
    yield valid("charges", "id of a debtor", charge_id="d1")
    yield valid("charges", "account of its own", charge_id="own", account_id="cuenta 1")
    yield valid("charges", "account shared by debtors", debtor_id="007", account_id="cuenta 1")
    yield valid("charges", "blanks around values", due_on=" 2026-01-31 ", amount="\t100 ")
    yield valid("charges", "of a debtor named later", debtor_id="said twice")
    yield valid("charges", "said twice, the later stands", charge_id="said twice")


def _payments() -> Iterator[Kind]:
    yield valid("payments", "above the charge", amount="100000")
    yield valid("payments", "before the charge was due", paid_on="2020-01-01")
    yield valid("payments", "29 February", paid_on="2024-02-29")
    yield valid("payments", "of an account alone", charge_id="", account_id="cuenta 1")
    yield valid("payments", "of a charge and another account", charge_id="own", account_id="d1")
    yield valid("payments", "reversed ahead", reversed_on="2999-01-01")
    yield valid("payments", "reversed before it was paid", reversed_on="2025-01-01")
    yield valid("payments", "recorded years later", paid_on="2020-01-01", recorded_at="2026-01-01T00:00:00Z")
    yield valid("payments", "recorded before it was paid", recorded_at="2026-01-01T00:00:00-03:00")
    yield valid("payments", "formula as method", method="@SUM(1)")
    yield valid("payments", "id of a charge", payment_id="c1")
    yield valid("payments", "said twice, the later stands", payment_id="said twice")


def _attempts() -> Iterator[Kind]:
    moments = {
        **{"offset +05:45": "2026-01-05T10:00:00+05:45", "offset without colon": "2026-01-05T10:00:00-0300"},
        **{"offset of hours": "2026-01-05T10:00:00-05", "no seconds": "2026-01-05T10:00Z"},
        **{"a blank between": "2026-01-05 10:00:00Z", "nanoseconds": "2026-01-05T23:59:59.999999999Z"},
        **{"29 February": "2024-02-29T00:00:00-05:00", "an hour skipped in summer": "2026-03-29T02:30:00+01:00"},
        **{"furthest ahead": "2026-01-05T10:00:00+14:00", "midnight": "2026-01-05T00:00:00Z"},
    }
    for name, value in moments.items():
        yield valid("contact_attempts", name, attempted_at=value)
    for name, value in {"certain": "1", "tiny": "1e-9", "of a float": "0.30000000000000004"}.items():
        yield valid("contact_attempts", f"propensity {name}", propensity=value)
    yield valid("contact_attempts", "for free", cost="0")
    yield valid("contact_attempts", "of the same agent at the same moment", agent_id="ágata", policy="v1; b")
    yield valid("contact_attempts", "said twice, the later stands", attempt_id="said twice")


def _promises_and_disputes() -> Iterator[Kind]:
    yield valid("promises", "due before it was made", due_on="2020-01-01")
    yield valid("promises", "due ahead", due_on="2999-01-01")
    yield valid("promises", "of an account nobody has", account_id="no such account")
    yield valid("promises", "said twice, the later stands", promise_id="said twice")
    yield valid("disputes", "closed the day it opened", closed_on="2026-01-05")
    yield valid("disputes", "closed ahead", closed_on="2999-01-01")
    yield valid("disputes", "closed before it opened", closed_on="2025-01-01")
    yield valid("disputes", "said twice, the later stands", dispute_id="said twice")


VALID = [
    *_debtors(),
    *_contact_points(),
    *_charges(),
    *_payments(),
    *_attempts(),
    *_promises_and_disputes(),
]
