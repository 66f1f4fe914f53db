from __future__ import annotations

from pathlib import Path

import pytest

from recobro_data.errors import SourceRefusedError
from recobro_data.settings import Settings
from recobro_pipelines.demo_mark import own_rows, read_mark, write_mark

SIZE = {"debtors": 50, "months": 3, "seed": 1}


def test_a_mark_is_read_back_as_written(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert read_mark(settings) is None
    write_mark(settings, SIZE)
    assert read_mark(settings) == SIZE


def test_a_workspace_with_rows_of_its_own_is_no_demos_from_the_first_row_on(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    write_mark(settings, SIZE)
    with own_rows(settings):
        assert read_mark(settings) is None
    assert read_mark(settings) is None


def test_a_load_that_breaks_off_leaves_no_mark(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    write_mark(settings, SIZE)
    with pytest.raises(OSError, match="disk"), own_rows(settings):
        raise OSError("disk")
    assert read_mark(settings) is None


def test_a_refused_source_leaves_the_mark_as_it_was(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    write_mark(settings, SIZE)
    with pytest.raises(SourceRefusedError, match="nothing"), own_rows(settings):
        raise SourceRefusedError("tables", "nothing", "Name the folder.")
    assert read_mark(settings) == SIZE
