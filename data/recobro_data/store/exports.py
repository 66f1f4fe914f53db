"""Worklist rows as CSV, NDJSON or Parquet, written piece by piece so that no list is too long."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from recobro_data.store.fields import LEFT_ALONE_FORMS, Form

Rows = Iterable[Mapping[str, Any]]

#: First characters at which a spreadsheet takes a cell for a formula; the wide ones count in East Asian versions.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CHUNK: Final = 1000


def csv_chunks(rows: Rows, fields: Sequence[str]) -> Iterator[bytes]:
    """UTF-8 CSV with a header (RFC 4180); lists are JSON text, and no cell runs as a formula in a spreadsheet."""
    yield _csv_text([fields])
    for chunk in _chunked(rows):
        yield _csv_text([[_cell(row[name]) for name in fields] for row in chunk])


def ndjson_chunks(rows: Rows, fields: Sequence[str]) -> Iterator[bytes]:
    """One JSON object a line, as the API answers it."""
    for chunk in _chunked(rows):
        lines = (json.dumps({name: row[name] for name in fields}, ensure_ascii=False) for row in chunk)
        yield "".join(f"{line}\n" for line in lines).encode()


def parquet_chunks(rows: Rows, fields: Sequence[str]) -> Iterator[bytes]:
    """Parquet with one row group a chunk; timestamps are text, because each keeps its debtor's own offset."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, _arrow_type(LEFT_ALONE_FORMS[name])) for name in fields])
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema) as writer:
        for chunk in _chunked(rows):
            records = [{name: _arrow_value(row[name], LEFT_ALONE_FORMS[name]) for name in fields} for row in chunk]
            writer.write_table(pa.Table.from_pylist(records, schema=schema))
            yield sink.drained()
    yield sink.drained()


def safe_cell(text: str) -> str:
    """The text with a leading apostrophe where a spreadsheet would run it.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("Pérez - 2")
    ("'=HYPERLINK(1)", 'Pérez - 2')

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS) else text


class _Sink(io.RawIOBase):
    """A file that forgets what was taken out of it, but not how much that was."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self._written += len(self._parts[-1])
        return len(self._parts[-1])

    def drained(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _chunked(rows: Rows) -> Iterator[list[Mapping[str, Any]]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk


def _csv_text(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return safe_cell(value) if isinstance(value, str) else value


def _arrow_type(form: Form) -> Any:
    import pyarrow as pa

    alternative = [("channel", pa.string()), ("window_start", pa.string()), ("window_end", pa.string())]
    reason = [("code", pa.string()), ("text", pa.string()), ("value", pa.string()), ("contribution", pa.float64())]
    days = [(name, pa.int64()) for name in ("instalments", "every_days", "first_after_days", "valid_days")]
    terms = pa.struct([*days, ("discount", pa.float64())])
    offer = [("id", pa.string()), ("kind", pa.string()), ("terms", terms)]
    return {
        "text": pa.string(),
        "date": pa.date32(),
        "count": pa.int64(),
        "money": pa.float64(),
        "ratio": pa.float64(),
        "reasons": pa.list_(pa.struct(reason)),
        "alternatives": pa.list_(pa.struct([*alternative, ("expected_value", pa.float64())])),
        "offer": pa.struct([*offer, ("expected_value", pa.float64()), ("basis", pa.string())]),
    }[form]


def _arrow_value(value: Any, form: Form) -> Any:
    if form == "date" and value is not None:
        return date.fromisoformat(value)
    if form == "reasons":
        # A reason's value may be a number, a word or nothing; one Parquet column has one type.
        return [{**reason, "value": None if reason["value"] is None else str(reason["value"])} for reason in value]
    return value
