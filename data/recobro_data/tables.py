"""The canonical tables, declared once.

Everything that must agree on them reads these declarations: the reader's types, the Great Expectations suites, the row
rules of quarantine, `data/dictionary.md`, the API's row models and the synthetic portfolio.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from recobro_data.vocabulary import CHANNELS, LANGUAGES, OUTCOMES

Kind = Literal["string", "bool", "date", "timestamp", "time", "money", "ratio", "country", "currency", "timezone"]

#: How each kind is kept in the lake (DuckDB types; timestamps in UTC, times as `HH:MM` text).
LAKE_TYPES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "string": "VARCHAR",
        "bool": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMPTZ",
        "time": "VARCHAR",
        "money": "DECIMAL(18,2)",
        "ratio": "DOUBLE",
        "country": "VARCHAR",
        "currency": "VARCHAR",
        "timezone": "VARCHAR",
    }
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a canonical table. `above` is exclusive, `at_least` and `at_most` inclusive; `default` in words.

    `is_past` marks when a fact happened: it can not lie ahead of the clock. Plans (`due_on`) and what a creditor may
    book ahead (`issued_on`, `cancelled_on`, `reversed_on`) can.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    default: str | None = None
    references: str | None = None
    is_past: bool = False

    @property
    def lake_type(self) -> str:
        """The DuckDB type this column has in the lake."""
        return LAKE_TYPES[self.kind]

    @property
    def is_id(self) -> bool:
        """Whether its values name something."""
        return self.name.endswith("_id")


@dataclass(frozen=True, kw_only=True)
class Table:
    """One canonical table: `grain` says what one row is, `key` what makes it unique.

    `either` lists groups of columns of which at least one must have a value in every row.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = False
    either: tuple[tuple[str, ...], ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in their written order."""
        return tuple(column.name for column in self.columns)


DEBTORS: Final = Table(
    name="debtors",
    grain="a person or firm that owes",
    key=("debtor_id",),
    required=True,
    columns=(
        Column(
            name="debtor_id",
            kind="string",
            required=True,
            meaning="unique in the source; a pseudonym will do: no name, phone or address is ever needed",
        ),
        Column(
            name="portfolio_id",
            kind="string",
            default="default",
            meaning="the creditor's book (cartera); an API key is bound to portfolios",
        ),
        Column(name="country", kind="country", required=True, meaning="whose contact rules hold"),
        Column(
            name="timezone",
            kind="timezone",
            default="the country's; with several, only hours lawful in all of them",
            meaning="IANA name of the debtor's time zone",
        ),
        Column(name="region", kind="string", meaning="state or department, for regional holidays"),
        Column(name="kind", kind="string", values=("person", "company"), default="person", meaning="who owes"),
        Column(
            name="language",
            kind="string",
            values=LANGUAGES,
            default="by country",
            meaning="language of reasons and messages",
        ),
        Column(name="do_not_contact", kind="bool", default="false", meaning="stands above everything"),
        Column(
            name="do_not_contact_reason",
            kind="string",
            meaning="`dispute`, `deceased`, `legal_representation`, `vulnerable`, `insolvency`, …",
        ),
    ),
)

CONTACT_POINTS: Final = Table(
    name="contact_points",
    grain="a channel of a debtor",
    key=("debtor_id", "channel"),
    columns=(
        Column(name="debtor_id", kind="string", required=True, references="debtors", meaning="whose"),
        Column(name="channel", kind="string", required=True, values=CHANNELS, meaning="how the debtor is reached"),
        Column(name="valid", kind="bool", default="true", meaning="number or address works"),
        Column(name="opted_out", kind="bool", default="false", meaning="the debtor refused this channel"),
        Column(name="prefer_from", kind="time", meaning="start of the hours the debtor asked for, local `HH:MM`"),
        Column(name="prefer_to", kind="time", meaning="end of the hours the debtor asked for, local `HH:MM`"),
    ),
)

CHARGES: Final = Table(
    name="charges",
    grain="an invoice, instalment (cuota) or bill that falls due",
    key=("charge_id",),
    required=True,
    columns=(
        Column(name="charge_id", kind="string", required=True, meaning="unique in the source"),
        Column(name="debtor_id", kind="string", required=True, references="debtors", meaning="who owes it"),
        Column(name="account_id", kind="string", default="debtor_id", meaning="the loan, contract or customer account"),
        Column(name="issued_on", kind="date", default="due_on", meaning="collection starts here, before the due date"),
        Column(name="due_on", kind="date", required=True, meaning="the day it falls due"),
        Column(name="amount", kind="money", required=True, above=0, meaning="what is owed, in major units"),
        Column(
            name="currency",
            kind="currency",
            default="the portfolio's",
            meaning="ISO 4217; one currency a portfolio, or rates in the configuration",
        ),
        Column(name="product", kind="string", meaning="what was sold or lent"),
        Column(name="cancelled_on", kind="date", meaning="credit note or write-off: no longer owed from then on"),
    ),
)

PAYMENTS: Final = Table(
    name="payments",
    grain="a payment",
    key=("payment_id",),
    required=True,
    either=(("charge_id", "account_id"),),
    columns=(
        Column(name="payment_id", kind="string", required=True, meaning="unique in the source"),
        Column(
            name="charge_id",
            kind="string",
            references="charges",
            meaning="the charge it pays; one of charge_id and account_id is required",
        ),
        Column(
            name="account_id",
            kind="string",
            references="charges.account_id",
            meaning="the account it pays: where no charge is named, its oldest open charges first",
        ),
        Column(name="paid_on", kind="date", required=True, is_past=True, meaning="the day it was paid"),
        Column(name="amount", kind="money", required=True, above=0, meaning="what was paid, in major units"),
        Column(
            name="recorded_at",
            kind="timestamp",
            is_past=True,
            default="the end of paid_on",
            meaning="when the books knew of it",
        ),
        Column(name="reversed_on", kind="date", meaning="bounced or charged back: counts as never paid from then on"),
        Column(name="method", kind="string", meaning="how it was paid"),
    ),
)

CONTACT_ATTEMPTS: Final = Table(
    name="contact_attempts",
    grain="one try to reach a debtor on one channel (gestión)",
    key=("attempt_id",),
    columns=(
        Column(name="attempt_id", kind="string", required=True, meaning="unique in the source"),
        Column(name="debtor_id", kind="string", required=True, references="debtors", meaning="who was tried"),
        Column(name="channel", kind="string", required=True, values=CHANNELS, meaning="how"),
        Column(name="attempted_at", kind="timestamp", required=True, is_past=True, meaning="when, with an offset"),
        Column(name="outcome", kind="string", required=True, values=OUTCOMES, meaning="what came of it"),
        Column(name="agent_id", kind="string", meaning="who tried"),
        Column(name="cost", kind="money", at_least=0, meaning="what the try cost, in the portfolio's currency"),
        Column(name="policy", kind="string", meaning="which policy chose this channel and slot"),
        Column(
            name="propensity",
            kind="ratio",
            above=0,
            at_most=1,
            meaning="the probability with which the policy chose this channel and slot",
        ),
    ),
)

PROMISES: Final = Table(
    name="promises",
    grain="a promise to pay (promesa de pago)",
    key=("promise_id",),
    columns=(
        Column(name="promise_id", kind="string", required=True, meaning="unique in the source"),
        Column(name="debtor_id", kind="string", required=True, references="debtors", meaning="who promised"),
        Column(name="account_id", kind="string", meaning="the account it is for; absent: all of the debtor's"),
        Column(
            name="made_at", kind="timestamp", required=True, is_past=True, meaning="when it was made, with an offset"
        ),
        Column(name="due_on", kind="date", required=True, meaning="the day it is to be paid"),
        Column(name="amount", kind="money", required=True, above=0, meaning="what was promised, in major units"),
    ),
)

DISPUTES: Final = Table(
    name="disputes",
    grain="a dispute of a charge",
    key=("dispute_id",),
    columns=(
        Column(name="dispute_id", kind="string", required=True, meaning="unique in the source"),
        Column(name="charge_id", kind="string", required=True, references="charges", meaning="what is disputed"),
        Column(name="opened_on", kind="date", required=True, is_past=True, meaning="from this day it is not collected"),
        Column(name="closed_on", kind="date", meaning="collected again from this day"),
    ),
)

#: All canonical tables by name, each after those it refers to.
TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {table.name: table for table in (DEBTORS, CONTACT_POINTS, CHARGES, PAYMENTS, CONTACT_ATTEMPTS, PROMISES, DISPUTES)}
)
