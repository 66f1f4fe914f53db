"""Great Expectations in `bench-validation`: the same rules as a suite on a pandas frame, every bad row told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import great_expectations as great
import great_expectations.expectations as expect
import pandas as pd

from bench.data.validation_pandas import CURRENCY, VISIBLE, read, with_known
from bench.data.validation_rows import write_bad_rows
from recobro_data.row_rules import latest_day

#: Every bad row by its place in the frame; a query to find them again would be made beside it.
_TOLD = {"result_format": "COMPLETE", "return_unexpected_index_query": False, "include_unexpected_rows": False}


def check(folder: Path, out: Path) -> None:
    """Charges against debtors, then payments against the charges that are sound."""
    suites = _Suites()
    charges = with_known(read(folder, "charges"), {"debtor_id": read(folder, "debtors")["debtor_id"]})
    bad = suites.bad_rows(charges, _charges(), "charge_id")
    write_bad_rows(out, "charges", bad)
    sound = charges.drop(index=bad)
    payments = with_known(read(folder, "payments"), {name: sound[name] for name in ("charge_id", "account_id")})
    payments["either"] = payments["charge_id"].notna() | payments["account_id"].notna()
    write_bad_rows(out, "payments", suites.bad_rows(payments, _payments(), "payment_id"))


class _Suites:
    """Suites run on frames, none of them stored."""

    def __init__(self) -> None:
        self._n = 0

    def bad_rows(self, frame: pd.DataFrame, expectations: list[Any], key: str) -> list[int]:
        """Rows that break an expectation; of several rows with one key the last is none of them."""
        self._n += 1
        context = great.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas(f"frames {self._n}").add_dataframe_asset("frame")
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
        results = batch.validate(
            great.ExpectationSuite(f"suite {self._n}", expectations=expectations), result_format=_TOLD
        )
        bad: set[int] = set()
        for one in results.results:
            told = one.result.get("unexpected_index_list") or []
            assert one.success or told, one
            twice = frame.loc[told, key].duplicated(keep="last") if _is_key(one) else None
            bad.update(told if twice is None else twice.index[twice])
        return sorted(bad)


def _is_key(result: Any) -> bool:
    return bool(result.expectation_config.type == "expect_column_values_to_be_unique")


def _charges() -> list[Any]:
    return [
        *(expect.ExpectColumnValuesToNotBeNull(column=name) for name in ("charge_id", "debtor_id", "due_on", "amount")),
        *_types(("charge_id", "debtor_id", "account_id", "currency"), ("issued_on", "due_on")),
        *_visible(("charge_id", "debtor_id", "account_id")),
        expect.ExpectColumnValuesToMatchRegex(column="currency", regex=CURRENCY),
        expect.ExpectColumnValuesToBeBetween(column="amount", min_value=0, strict_min=True, max_value=1e16),
        expect.ExpectColumnValuesToBeInSet(column="debtor_id is known", value_set=[True]),
        expect.ExpectColumnValuesToBeUnique(column="charge_id"),
    ]


def _payments() -> list[Any]:
    latest = pd.Timestamp(latest_day(datetime.now(UTC)))
    return [
        *(expect.ExpectColumnValuesToNotBeNull(column=name) for name in ("payment_id", "paid_on", "amount")),
        *_types(("payment_id", "charge_id", "account_id"), ("paid_on",)),
        *_visible(("payment_id", "charge_id", "account_id")),
        expect.ExpectColumnValuesToBeBetween(column="amount", min_value=0, strict_min=True, max_value=1e16),
        expect.ExpectColumnValuesToBeBetween(column="paid_on", max_value=latest),
        *(
            expect.ExpectColumnValuesToBeInSet(column=name, value_set=[True])
            for name in ("charge_id is known", "account_id is known", "either")
        ),
        expect.ExpectColumnValuesToBeUnique(column="payment_id"),
    ]


def _types(texts: tuple[str, ...], dates: tuple[str, ...]) -> list[Any]:
    kinds = dict.fromkeys(texts, "str") | dict.fromkeys(dates, "datetime64[ms]") | {"amount": "float64"}
    return [expect.ExpectColumnValuesToBeOfType(column=name, type_=kind) for name, kind in kinds.items()]


def _visible(columns: tuple[str, ...]) -> list[Any]:
    return [expect.ExpectColumnValuesToMatchRegex(column=name, regex=VISIBLE) for name in columns]
