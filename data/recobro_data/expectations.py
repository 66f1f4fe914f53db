"""Great Expectations: suites generated from the declarations, and the validation that a load reports.

What it sees is bounded, so that its cost is the same for a thousand rows and for many millions:

- `rows`: a table's own suite, on all its rows up to `SAMPLE`, beyond that on as many drawn evenly over the source
- `rules`: one row a rule with the exact number of rows that break it, counted in SQL over every row
- `measures`: one row with the numbers of the table as a whole (`ingest.measures`), counted in SQL over every row:
  references, dates in order, currencies, offsets, freshness, and what changed since the last load

Which row is rejected is decided by the SQL rules of `row_rules` alone; Great Expectations checks them and reports.
An expectation of `rows` and `rules` holds where at most the configured share of rows breaks it. One of `measures` that
does not hold is a warning: it refuses nothing.
"""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd

from recobro_data.ingest import formats, sql
from recobro_data.ingest.measures import Measure, Numbers, build_measures, keep_numbers, load_numbers
from recobro_data.ingest.raw import Raw, evenly_drawn
from recobro_data.ingest.validation_page import Finding, write_report
from recobro_data.quarantine.corrections import is_correction
from recobro_data.quarantine.file import rule_message
from recobro_data.row_rules import closed_list, table_rules, typed
from recobro_data.settings import Settings
from recobro_data.sources.files import raw_column
from recobro_data.tables import TABLES, Column, Table

SAMPLE: Final = 1000
#: Of numbers that are shown themselves Great Expectations need say no more than whether they hold.
_NO_EXAMPLES: Final = "BOOLEAN_ONLY"
_PATTERNS: Final = {
    "date": formats.DATE,
    "timestamp": formats.TIMESTAMP,
    "time": formats.TIME,
    "money": formats.NUMBER,
    "ratio": formats.NUMBER,
}


def validate_load(connection: duckdb.DuckDBPyConnection, raws: Iterable[Raw], settings: Settings, folder: Path) -> Path:
    """Runs every suite and writes `validation.html` and `validation.json` into `folder`; gives the path of the page."""
    great, before = _Great(), load_numbers(folder.parent)
    findings: list[Finding] = []
    numbers: dict[str, Numbers] = {}
    for raw in raws:
        # Rows that were rejected and corrected are no load to measure others by, and all of them may be bad again.
        alone = is_correction(raw.header)
        most = 1.0 if alone else settings.ingest.max_bad_share
        measures, counted = build_measures(connection, raw, settings, None if alone else before.get(raw.table))
        numbers |= {} if alone else {raw.table: counted}
        findings += great.findings(raw.table, "rows", _sample(connection, raw), build_suite(TABLES[raw.table], most))
        findings += great.findings(raw.table, "rules", _counted(connection, raw), _rules_suite(most))
        findings += great.measured(raw.table, measures)
    page = write_report(folder, findings)
    if all(finding.success for finding in findings if finding.suite == "rules" or finding.about == "currency"):
        # A source that is about to be refused is no measure for the next.
        keep_numbers(folder.parent, numbers)
    return page


def build_suite(table: Table, max_bad_share: float) -> list[Any]:
    """The expectations of a table, from its declaration.

    Example:
        >>> build_suite(TABLES["debtors"], 0.2)[0].column
        'debtor_id'
    """
    expect, mostly = load_library().expectations, 1 - max_bad_share
    key: Any = list(table.key)
    suite = [one for column in table.columns for one in _column_expectations(expect, column, mostly)]
    if len(key) == 1:
        return [*suite, expect.ExpectColumnValuesToBeUnique(column=key[0], mostly=mostly)]
    return [*suite, expect.ExpectCompoundColumnsToBeUnique(column_list=key, mostly=mostly)]


def _column_expectations(expect: Any, column: Column, mostly: float) -> Iterator[Any]:
    at: dict[str, Any] = {"column": column.name, "mostly": mostly}
    if column.required:
        yield expect.ExpectColumnToExist(column=column.name)
        yield expect.ExpectColumnValuesToNotBeNull(**at)
    if column.kind in _PATTERNS:
        yield expect.ExpectColumnValuesToMatchRegex(**at, regex=f"^(?:{_PATTERNS[column.kind]})$")
    if closed := closed_list(column):
        yield expect.ExpectColumnValuesToBeInSet(**at, value_set=list(closed))
    low = column.above if column.above is not None else column.at_least
    if low is not None or column.at_most is not None:
        bounds = {"min_value": low, "strict_min": column.above is not None, "max_value": column.at_most}
        yield expect.ExpectColumnValuesToBeBetween(**at | {"column": _as_number(column)}, **bounds)


def _as_number(column: Column) -> str:
    return f"{column.name} as a number"


def _rules_suite(max_bad_share: float) -> list[Any]:
    expect = load_library().expectations
    return [expect.ExpectColumnValuesToBeBetween(column="share", max_value=max_bad_share)]


def measures_suite(measures: Iterable[Measure]) -> list[Any]:
    """One expectation a measure: that it lies between its bounds."""
    expect = load_library().expectations
    return [
        expect.ExpectColumnValuesToBeBetween(column=one.name, min_value=one.least, max_value=one.most)
        for one in measures
    ]


def _sample(connection: duckdb.DuckDBPyConnection, raw: Raw) -> pd.DataFrame:
    """Rows as they came, evenly drawn, with numbers beside the text of numbers."""
    table = TABLES[raw.table]
    present = [column for column in table.columns if column.required or raw.has(column.name)]
    given = ", ".join(f"{raw_column(raw, column.name)} AS {sql.name(column.name)}" for column in table.columns)
    numbers = [column for column in table.columns if column.kind in ("money", "ratio")]
    values = [sql.name(column.name) for column in present]
    values += [f"({typed(column)})::DOUBLE AS {sql.name(_as_number(column))}" for column in numbers]
    step = max(1, -(-raw.rows // SAMPLE))
    drawn = f"SELECT * FROM {raw.relation} WHERE {evenly_drawn(raw, step)}"
    return connection.execute(f"SELECT {', '.join(values)} FROM (SELECT {given} FROM ({drawn}))").df()


def _counted(connection: duckdb.DuckDBPyConnection, raw: Raw) -> pd.DataFrame:
    """Each rule of the table with the rows that break it first, and `any rule` with all of them."""
    broken = dict(connection.execute(f"SELECT _rule, count(*) FROM failed_{raw.table} GROUP BY _rule").fetchall())
    rows = [
        (rule.name, ", ".join(rule.columns), rule_message(raw, rule), broken.get(code, 0))
        for code, rule in enumerate(table_rules(TABLES[raw.table]))
    ]
    rows.append(("any rule", "", "rejected rows together", sum(broken.values())))
    frame = pd.DataFrame(rows, columns=["rule", "column", "message", "failed"])
    return frame.assign(rows=raw.rows, share=frame["failed"] / max(raw.rows, 1))


class _Great:
    """One ephemeral context: nothing is stored, drawn as progress or sent."""

    def __init__(self) -> None:
        great = load_library()
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._great, self._context = great, great.get_context(mode="ephemeral")
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._context.variables.analytics_enabled = False
        # One place for all frames: each that is added writes the whole configuration again.
        frames = self._context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
        self._whole = frames.add_batch_definition_whole_dataframe("whole")

    def findings(self, table: str, suite: str, frame: pd.DataFrame, expectations: list[Any]) -> list[Finding]:
        """What came of each expectation of a suite on a frame."""
        kept = [one for one in expectations if getattr(one, "column", None) in {None, *frame.columns}]
        results = self._results(f"{table}.{suite}", frame, kept, "SUMMARY" if suite == "rows" else _NO_EXAMPLES)
        found = [Finding.from_result(table, suite, len(frame), one) for one in results]
        return found if suite == "rows" else [_with_rules(found[0], frame)]

    def measured(self, table: str, measures: list[Measure]) -> list[Finding]:
        """What came of each measure of a table."""
        if not measures:
            return []
        frame = pd.DataFrame([{one.name: one.value for one in measures}], dtype=float)
        results = self._results(f"{table}.measures", frame, measures_suite(measures), _NO_EXAMPLES)
        by_name = {one["expectation_config"]["kwargs"]["column"]: one for one in results}
        return [Finding.from_measure(table, measure, by_name[measure.name]) for measure in measures]

    def _results(self, name: str, frame: pd.DataFrame, expectations: list[Any], detail: str) -> list[dict[str, Any]]:
        batch = self._whole.get_batch({"dataframe": frame})
        suite = self._great.ExpectationSuite(name, expectations=expectations)
        result = batch.validate(suite, result_format=self._great.core.result_format.ResultFormat[detail])
        found: list[dict[str, Any]] = result.to_json_dict()["results"]
        return found


def _with_rules(finding: Finding, frame: pd.DataFrame) -> Finding:
    rules = frame.to_dict(orient="records")
    return Finding(finding.table, finding.suite, finding.expectation, "share of bad rows", finding.success, rules=rules)


def load_library() -> Any:
    """Great Expectations, imported so that it sends nothing; the first time takes seconds."""
    # Read when the library is imported: nothing is sent from a creditor's machine.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings(), _keeping_garbage():
        # It imports a module of the standard library that is deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations
        import great_expectations.expectations
    return great_expectations


@contextmanager
def _keeping_garbage() -> Iterator[None]:
    """A library of thousands of modules makes a million objects that stay: each search for garbage looks at all."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()
