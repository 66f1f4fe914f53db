"""pandera in `bench-validation`, on pandas and on Polars: the same rules as lazy schemas, every bad row told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.errors
import pandera.pandas
import pandera.polars
import polars as pl

from bench.data.validation_pandas import CURRENCY, VISIBLE, VISIBLE_RUST, read
from bench.data.validation_polars import read as read_polars
from bench.data.validation_rows import write_bad_rows
from recobro_data.row_rules import latest_day


def check_on_pandas(folder: Path, out: Path) -> None:
    """Charges against debtors, then payments against the charges that are sound."""
    charges, debtors = read(folder, "charges"), read(folder, "debtors")
    rules = _Rules(pandera.pandas, VISIBLE, "datetime64[ms]", {"unique": True, "report_duplicates": "exclude_last"})
    bad = _bad_rows(rules.charges(_isin(debtors["debtor_id"])), charges)
    write_bad_rows(out, "charges", bad)
    sound = charges.drop(index=bad)
    either = pandera.pandas.Check(lambda rows: rows["charge_id"].notna() | rows["account_id"].notna())
    schema = rules.payments(_isin(sound["charge_id"]), _isin(sound["account_id"]), either)
    write_bad_rows(out, "payments", _bad_rows(schema, read(folder, "payments")))


def check_on_polars(folder: Path, out: Path) -> None:
    """The same on its other backend, whose own rules for missing values and keys do not tell which rows break them."""
    charges, debtors = (read_polars(folder, table) for table in ("charges", "debtors"))
    rules = _Rules(pandera.polars, VISIBLE_RUST, pl.Date)
    bad = _bad_rows(rules.charges(_is_in(debtors["debtor_id"])), charges)
    write_bad_rows(out, "charges", bad)
    sound = charges.with_row_index("row").join(pl.DataFrame({"row": bad}, {"row": pl.UInt32}), on="row", how="anti")
    either = pandera.polars.Check(_has_either, ignore_na=False)
    schema = rules.payments(_is_in(sound["charge_id"]), _is_in(sound["account_id"]), either)
    write_bad_rows(out, "payments", _bad_rows(schema, read_polars(folder, "payments")))


def _bad_rows(schema: Any, frame: Any) -> list[int]:
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return sorted({int(row) for row in errors.failure_cases["index"]})
    return []


def _isin(known: pd.Series) -> Any:
    return pandera.pandas.Check(lambda column: column.isin(known))


def _is_in(known: pl.Series) -> Any:
    return pandera.polars.Check(lambda rows: rows.lazyframe.select(pl.col(rows.key).is_in(known.implode())))


def _has_either(rows: Any) -> pl.LazyFrame:
    return rows.lazyframe.select(pl.any_horizontal(pl.col("charge_id", "account_id").is_not_null()))


def _has_value(rows: Any) -> pl.LazyFrame:
    return rows.lazyframe.select(pl.col(rows.key).is_not_null())


def _is_last(rows: Any) -> pl.LazyFrame:
    return rows.lazyframe.select(pl.col(rows.key).is_last_distinct())


@dataclass(frozen=True)
class _Rules:
    """The schemas of a backend `on`: how it writes a pattern and a date, and what it has for keys (`unique`).

    Where it has nothing that tells rows, `unique` is empty, and checks stand for keys and missing values.
    """

    on: Any
    visible: str
    day: Any
    unique: dict[str, Any] = field(default_factory=dict)

    def charges(self, known: Any) -> Any:
        """Charges, of debtors that are known."""
        columns = {
            "charge_id": self._column(str, self._text, is_key=True),
            "debtor_id": self._column(str, self._text, known, required=True),
            "account_id": self._column(str, self._text),
            "issued_on": self._column(self.day),
            "due_on": self._column(self.day, required=True),
            "amount": self._money,
            "currency": self._column(str, self.on.Check.str_matches(CURRENCY)),
        }
        return self.on.DataFrameSchema(columns)

    def payments(self, named: Any, paid: Any, either: Any) -> Any:
        """Payments, to charges (`named`) or accounts (`paid`) that are known, one of which is there (`either`)."""
        latest = latest_day(datetime.now(UTC))
        until = self.on.Check.le(latest if self.on is pandera.polars else pd.Timestamp(latest))
        columns = {
            "payment_id": self._column(str, self._text, is_key=True),
            "charge_id": self._column(str, self._text, named),
            "account_id": self._column(str, self._text, paid),
            "paid_on": self._column(self.day, until, required=True),
            "amount": self._money,
        }
        return self.on.DataFrameSchema(columns, checks=either)

    @property
    def _text(self) -> Any:
        return self.on.Check.str_matches(self.visible)

    @property
    def _money(self) -> Any:
        return self._column(float, self.on.Check.gt(0), self.on.Check.lt(1e16), required=True)

    def _column(self, kind: Any, *checks: Any, required: bool = False, is_key: bool = False) -> Any:
        if self.unique:
            return self.on.Column(
                kind, list(checks), nullable=not (required or is_key), **(self.unique if is_key else {})
            )
        asked = [_has_value] * (required or is_key) + [_is_last] * is_key
        told = [self.on.Check(one, ignore_na=False) for one in asked]
        return self.on.Column(kind, [*checks, *told], nullable=True)
