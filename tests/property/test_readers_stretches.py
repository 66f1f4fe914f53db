from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st

from recobro_data.ingest.csv_rows import Record, read_records
from recobro_data.ingest.stretches import Stretch, read_stretches

#: Signs that mean something in a CSV, and a few that do not, one of them never valid in UTF-8.
_signs = st.lists(st.sampled_from([b'"', b",", b";", b"\n", b"\r", b"\r\n", b"a", b"\xc3\xa9", b"\xe9", b"\0", b" "]))
_bytes = st.builds(b"".join, _signs)
_headers = st.sampled_from([b"a,b\n", b"a\n", b"a,b,c\r\n", b"\n\na,b\n", b'"a","b\nb"\n', b"\xef\xbb\xbfa,b\n", b""])


def careful(data: bytes) -> list[tuple[int, list[str], str | None]]:
    stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", errors="surrogateescape", newline="")
    return [(record.line, record.fields, record.fault) for record in read_records(iter(stream))]


def fast(data: bytes, block: int) -> list[tuple[int, list[str], str | None]]:
    try:
        is_sound = bool(data.decode() or True)
    except UnicodeDecodeError:
        is_sound = False
    found = read_stretches(io.BytesIO(data), ",", is_sound=is_sound, block=block)
    return [row for one in found for row in rows_of(one)]


def rows_of(found: Stretch | Record) -> Iterator[tuple[int, list[str], str | None]]:
    if isinstance(found, Record):
        yield found.line, found.fields, found.fault
        return
    rows = list(csv.reader(io.StringIO(found.data.decode(), newline=""), strict=True))
    assert len(rows) == found.rows
    yield from ((found.line + number, row, None) for number, row in enumerate(rows))


@settings(max_examples=300, deadline=None)
@given(header=_headers, body=_bytes, block=st.integers(1, 9))
@example(header=b"a,b\n", body=b'1,"x\n2,3\n4",5\n6,7\n', block=4)
@example(header=b"a,b\n", body=b'1,"x\r\ny"\r\n2,"3"\r\n', block=9)
def test_stretches_hold_the_rows_that_a_careful_reader_finds(header: bytes, body: bytes, block: int) -> None:
    assert fast(header + body, block) == careful(header + body)


@settings(max_examples=20, deadline=None)
@given(body=_bytes)
def test_how_much_is_read_at_once_changes_no_row(body: bytes) -> None:
    assert fast(b"a,b\n" + body, 1 << 20) == fast(b"a,b\n" + body, 3)
