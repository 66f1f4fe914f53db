"""What several test files share: one small synthetic portfolio, ingested, trained and planned once a session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from recobro_data.settings import Settings


@dataclass(frozen=True)
class Workspace:
    """A workspace with data as of a day, and the synthetic truth behind it."""

    settings: Settings
    as_of: date
    truth: Any


def build_workspace(home: Path, n_debtors: int, months: int, **settings: Any) -> Workspace:
    """Simulate a portfolio and load it."""
    from recobro_data.load import load_source
    from recobro_data.synthetic import simulate, write_tables

    portfolio = simulate(n_debtors, months, seed=5)
    write_tables(portfolio, home / "source", disputes=True)
    # One thread: on cores that others use, threads that wait for each other cost more than they bring.
    in_force = Settings(home=home, engine={"threads": 1}, **settings)
    load_source(str(home / "source"), in_force, validate=lambda *_: home / "unchecked.html")
    return Workspace(in_force, portfolio.as_of, portfolio.truth)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """600 debtors of Peru over 8 months: enough to learn from."""
    return build_workspace(tmp_path_factory.mktemp("workspace"), 600, 8)


@pytest.fixture(scope="session")
def short_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """60 debtors over 3 months: too little to learn from."""
    return build_workspace(tmp_path_factory.mktemp("short"), 60, 3)


@contextmanager
def opened_store(settings: Settings) -> Iterator[Any]:
    """The workspace's store, closed after use."""
    from recobro_data.store import open_store

    store = open_store(settings.store_url)
    yield store
    store.close()
