"""Every kind of bad row, with the rule and column that must catch it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.unit.row_kinds import Kind, bad, torn


def _bad_debtors() -> Iterator[Kind]:
    yield bad("debtors", "no id", "required", "debtor_id", debtor_id="")
    yield bad("debtors", "blank id", "required", "debtor_id", debtor_id=" \t ")
    yield bad("debtors", "tab in id", "characters", "debtor_id", debtor_id="d\t7")
    yield bad("debtors", "NUL in id", "characters", "debtor_id", debtor_id="d\x007")
    yield bad("debtors", "line break in id", "characters", "debtor_id", debtor_id="d\n7")
    yield bad("debtors", "separator character in id", "characters", "debtor_id", debtor_id="d\x1f7")
    yield bad("debtors", "id of 256 characters", "characters", "debtor_id", debtor_id="ñ" * 256)
    yield bad("debtors", "control in portfolio", "characters", "portfolio_id", portfolio_id="a\x07b")
    yield bad("debtors", "no country", "required", "country", country="")
    yield bad("debtors", "unknown country", "country", "country", country="XX")
    yield bad("debtors", "country in small letters", "country", "country", country="pe")
    yield bad("debtors", "country by name", "country", "country", country="Perú")
    yield bad("debtors", "city as zone", "timezone", "timezone", timezone="Lima")
    yield bad("debtors", "offset as zone", "timezone", "timezone", timezone="-05:00")
    yield bad("debtors", "unknown kind", "values", "kind", kind="robot")
    yield bad("debtors", "language not spoken", "values", "language", language="fr")
    yield bad("debtors", "undecided", "type", "do_not_contact", do_not_contact="maybe")
    yield bad("debtors", "same id, other country", "duplicate_key", "debtor_id", debtor_id="said twice", country="CL")


def _bad_contact_points() -> Iterator[Kind]:
    table = "contact_points"
    yield bad(table, "no debtor", "required", "debtor_id", debtor_id="")
    yield bad(table, "control in debtor", "characters", "debtor_id", debtor_id="d\x017")
    yield bad(table, "no channel", "required", "channel", channel="")
    yield bad(table, "unknown channel", "values", "channel", channel="fax")
    yield bad(table, "channel in capitals", "values", "channel", channel="SMS")
    yield bad(table, "valid or not", "type", "valid", channel="sms", valid="perhaps")
    yield bad(table, "opted out or not", "type", "opted_out", channel="sms", opted_out="2")
    yield bad(table, "hour 24", "type", "prefer_from", channel="sms", prefer_from="24:00")
    yield bad(table, "hour of one digit", "type", "prefer_to", channel="sms", prefer_to="7:30")
    yield bad(table, "orphan", "reference", "debtor_id", debtor_id="nobody")
    yield bad(table, "same channel, other value", "duplicate_key", "debtor_id, channel", channel="visit", valid="no")


def _bad_charges() -> Iterator[Kind]:
    dates = {
        **{"30 February": "2026-02-30", "month 13": "2026-13-01", "29 February of a common year": "2025-02-29"},
        **{"day 0": "2026-01-00", "year 0": "0000-01-01", "day first": "31/12/2026", "no zeros": "2026-1-3"},
        **{"a word": "soon", "with an hour": "2026-01-31T10:30", "of a spreadsheet": "46053"},
    }
    amounts = {
        **{"NaN": "NaN", "infinite": "inf", "minus infinity": "-Infinity", "enormous": "99999999999999999"},
        **{"enormous power": "1e99", "a word for": "ten", "decimal comma in": "10,50", "currency sign in": "$10"},
        **{"hexadecimal": "0x1F", "formula for": "=1+1", "thousands in": "1 000", "Arabic digits for": "١٢"},
    }
    below = {"negative": "-5", "zero": "0", "nothing but cents of a cent for": "0.004", "minus zero": "-0.00"}
    yield from (bad("charges", f"due on {name}", "type", "due_on", due_on=value) for name, value in dates.items())
    yield from (bad("charges", f"{name} amount", "type", "amount", amount=value) for name, value in amounts.items())
    yield from (bad("charges", f"{name} amount", "range", "amount", amount=value) for name, value in below.items())
    for column in ("charge_id", "debtor_id", "due_on", "amount"):
        yield bad("charges", f"no {column}", "required", column, **{column: ""})
    for column in ("charge_id", "debtor_id", "account_id"):
        yield bad("charges", f"control in {column}", "characters", column, **{column: "a\x7fb"})
    yield bad("charges", "issued never", "type", "issued_on", issued_on="never")
    yield bad("charges", "cancelled on 31 June", "type", "cancelled_on", cancelled_on="2026-06-31")
    yield bad("charges", "currency in small letters", "currency", "currency", currency="pen")
    yield bad("charges", "currency by sign", "currency", "currency", currency="S/.")
    yield bad("charges", "orphan", "reference", "debtor_id", debtor_id="nobody")
    yield bad("charges", "of a rejected debtor", "reference", "debtor_id", debtor_id="rejected")
    yield bad("charges", "same id, other amount", "duplicate_key", "charge_id", charge_id="said twice", amount="7")
    yield torn("charges", "a field too few", b"few,d1,,,2026-01-31,100,,")
    yield torn("charges", "a field too many", b"many,d1,,,2026-01-31,100,,,,")
    yield torn("charges", "bytes that are not UTF-8", b"bytes\xff,d1,,,2026-01-31,100,,,")
    yield torn("charges", "a quote never closed", b'open,"d1,,,2026-01-31,100,,,')
    yield torn("charges", "a quote closed too early", b'"early"x,d1,,,2026-01-31,100,,,')


def _bad_payments() -> Iterator[Kind]:
    table = "payments"
    for column in ("payment_id", "paid_on", "amount"):
        yield bad(table, f"no {column}", "required", column, **{column: ""})
    for column in ("payment_id", "charge_id", "account_id"):
        yield bad(table, f"control in {column}", "characters", column, **{column: "a\x85b"})
    yield bad(table, "id of a page", "characters", "payment_id", payment_id="p" * 3000)
    yield bad(table, "for nothing", "either", "charge_id, account_id", charge_id="")
    yield bad(table, "orphan of a charge", "reference", "charge_id", charge_id="nothing")
    yield bad(table, "of a rejected charge", "reference", "charge_id", charge_id="few")
    yield bad(table, "orphan of an account", "reference", "account_id", charge_id="", account_id="nothing")
    yield bad(table, "paid on 31 April", "type", "paid_on", paid_on="2026-04-31")
    yield bad(table, "paid in the future", "future", "paid_on", paid_on="2999-12-31")
    yield bad(table, "a refund", "range", "amount", amount="-10.00")
    yield bad(table, "not a number", "type", "amount", amount="nan")
    yield bad(table, "recorded without offset", "offset", "recorded_at", recorded_at="2026-01-30T10:00:00")
    yield bad(table, "recorded at no time", "type", "recorded_at", recorded_at="2026-01-30T25:00:00Z")
    yield bad(table, "recorded in the future", "future", "recorded_at", recorded_at="2999-01-01T00:00:00Z")
    yield bad(table, "reversed on no day", "type", "reversed_on", reversed_on="2026-02-31")
    yield bad(table, "same id, other amount", "duplicate_key", "payment_id", payment_id="said twice", amount="7")
    yield torn(table, "a field too many", b"many,c1,,2026-01-30,10,,,,x")


def _bad_attempts() -> Iterator[Kind]:
    table = "contact_attempts"
    for column in ("attempt_id", "debtor_id", "channel", "attempted_at", "outcome"):
        yield bad(table, f"no {column}", "required", column, **{column: ""})
    for column in ("attempt_id", "debtor_id", "agent_id"):
        yield bad(table, f"control in {column}", "characters", column, **{column: "a\x0bb"})
    yield bad(table, "no offset", "offset", "attempted_at", attempted_at="2026-01-05T10:00:00")
    yield bad(table, "a day without hour", "offset", "attempted_at", attempted_at="2026-01-05")
    for name, value in {"offset of 15 hours": "10:00+15:00", "minute 60": "10:60Z", "hour 24": "24:00Z"}.items():
        yield bad(table, name, "type", "attempted_at", attempted_at=f"2026-01-05T{value}")
    yield bad(table, "seconds since 1970", "type", "attempted_at", attempted_at="1767607200")
    yield bad(table, "in the future", "future", "attempted_at", attempted_at="2999-01-05T10:00:00Z")
    yield bad(table, "unknown channel", "values", "channel", channel="pigeon")
    yield bad(table, "unknown outcome", "values", "outcome", outcome="COEF")
    yield bad(table, "negative cost", "range", "cost", cost="-0.10")
    yield bad(table, "formula as cost", "type", "cost", cost="=SUM(A1:A9)")
    yield bad(table, "propensity 0", "range", "propensity", propensity="0")
    yield bad(table, "propensity above 1", "range", "propensity", propensity="1.0001")
    yield bad(table, "propensity not a number", "type", "propensity", propensity="NaN")
    yield bad(table, "orphan", "reference", "debtor_id", debtor_id="nobody")
    yield bad(table, "same id, other outcome", "duplicate_key", "attempt_id", attempt_id="said twice", outcome="failed")


def _bad_promises_and_disputes() -> Iterator[Kind]:
    for column in ("promise_id", "debtor_id", "made_at", "due_on", "amount"):
        yield bad("promises", f"no {column}", "required", column, **{column: ""})
    for column in ("promise_id", "debtor_id", "account_id"):
        yield bad("promises", f"control in {column}", "characters", column, **{column: "a\x00"})
    yield bad("promises", "no offset", "offset", "made_at", made_at="2026-01-05 10:00")
    yield bad("promises", "made at no time", "type", "made_at", made_at="noon")
    yield bad("promises", "made in the future", "future", "made_at", made_at="2999-01-05T10:00:00+05:45")
    yield bad("promises", "due on a word", "type", "due_on", due_on="mañana")
    yield bad("promises", "of no number", "type", "amount", amount="all")
    yield bad("promises", "of nothing", "range", "amount", amount="0.00")
    yield bad("promises", "orphan", "reference", "debtor_id", debtor_id="nobody")
    yield bad("promises", "same id, other amount", "duplicate_key", "promise_id", promise_id="said twice", amount="7")
    for column in ("dispute_id", "charge_id", "opened_on"):
        yield bad("disputes", f"no {column}", "required", column, **{column: ""})
    for column in ("dispute_id", "charge_id"):
        yield bad("disputes", f"control in {column}", "characters", column, **{column: "a\x1eb"})
    yield bad("disputes", "opened on no day", "type", "opened_on", opened_on="2026-00-05")
    yield bad("disputes", "opened in the future", "future", "opened_on", opened_on="2999-01-05")
    yield bad("disputes", "closed on no day", "type", "closed_on", closed_on="2026-01-32")
    yield bad("disputes", "orphan", "reference", "charge_id", charge_id="nothing")
    yield bad(
        "disputes", "same id, other day", "duplicate_key", "dispute_id", dispute_id="said twice", closed_on="2026-02-01"
    )


BAD = [
    bad("debtors", "to be followed", "country", "country", debtor_id="rejected", country="ZZ"),
    *_bad_debtors(),
    *_bad_contact_points(),
    *_bad_charges(),
    *_bad_payments(),
    *_bad_attempts(),
    *_bad_promises_and_disputes(),
]
