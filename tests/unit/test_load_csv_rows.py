from __future__ import annotations

import io

from recobro_data.ingest.csv_rows import Record, read_records


def _read(text: str) -> list[Record]:
    return list(read_records(iter(io.StringIO(text, newline=""))))[1:]


def test_each_row_keeps_the_line_it_starts_on_past_blank_lines_and_quoted_ones() -> None:
    rows = _read('a,b\n1,2\n\n"x\ny",4\n5,6\n')
    assert [(row.line, row.fields) for row in rows] == [(2, ["1", "2"]), (4, ["x\ny", "4"]), (6, ["5", "6"])]


def test_a_quote_never_closed_costs_its_own_line_only() -> None:
    rows = _read('a,b\n1,"2\n3,4\n5,6\n')
    assert [(row.line, row.fields, bool(row.fault)) for row in rows[1:]] == [
        (3, ["3", "4"], False),
        (4, ["5", "6"], False),
    ]


def test_a_line_that_is_no_row_is_kept_as_it_came() -> None:
    row = _read('a,b\n1,"2\n3,4\n')[0]
    assert (row.line, row.text, row.fault) == (2, '1,"2', "a quote is opened and never closed")


def test_too_few_and_too_many_fields_say_how_many() -> None:
    faults = [row.fault for row in _read("a,b\n1\n1,2,3\n")]
    assert faults == [f"expected 2 fields as in the header, found {count}" for count in (1, 3)]


def test_windows_and_old_mac_line_ends_are_lines() -> None:
    assert [row.line for row in _read("a,b\r\n1,2\r\n3,4\r\n")] == [2, 3]
    assert [row.line for row in _read("a,b\r1,2\r3,4\r")] == [2, 3]


def test_bytes_that_are_not_utf8_are_shown_and_reported() -> None:
    row = _read("a,b\nJos\udce9,2\n")[0]
    assert (row.fields, row.fault) == (["Jos\\xe9", "2"], "the line is not UTF-8")


def test_a_field_longer_than_any_is_a_bad_row_and_the_next_is_read() -> None:
    rows = _read(f"a,b\n{'x' * 200_000},1\n3,4\n")
    assert [bool(row.fault) for row in rows] == [True, False]


def test_an_empty_file_has_no_rows() -> None:
    assert list(read_records(iter(()))) == []
