"""The committed sample portfolio is the one that the generator writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from recobro_data.synthetic import simulate, write_tables
from recobro_data.tables import TABLES

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
#: As in docs/synthetic.md, which says how to write it again.
N_DEBTORS, MONTHS, SEED = 250, 12, 2026


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_tables(simulate(N_DEBTORS, MONTHS, seed=SEED), folder, disputes=True)
    return folder


@pytest.mark.parametrize("name", list(TABLES))
def test_the_committed_table_is_what_the_generator_writes(written: Path, name: str) -> None:
    assert (SAMPLE / f"{name}.csv").read_bytes() == (written / f"{name}.csv").read_bytes()


def test_the_sample_stays_small_enough_to_commit() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.glob("*.csv")) < 1_500_000
