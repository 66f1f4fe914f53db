"""Empty stores for tests: on SQLite, and on a real PostgreSQL that is started once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.unit import database_servers

_NUMBERS = count()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[database_servers.Server]:
    """A server with a database `migrated`, which is copied in place of migrating anew."""
    pytest.importorskip("psycopg")
    from recobro_data.store import open_store

    with database_servers.postgres(tmp_path_factory.mktemp("postgres")) as server:
        _run(server, "CREATE DATABASE migrated")
        open_store(server.url("migrated")).close()
        yield server


@pytest.fixture
def postgres_url(postgres_server: database_servers.Server) -> str:
    """An empty store of its own on PostgreSQL."""
    name = f"store_{next(_NUMBERS)}"
    _run(postgres_server, f"CREATE DATABASE {name} TEMPLATE migrated")
    return postgres_server.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of its own on either database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'recobro.db'}"
    return str(request.getfixturevalue("postgres_url"))


def _run(server: database_servers.Server, statement: str) -> None:
    from sqlalchemy import create_engine, make_url, text

    url = make_url(server.url("postgres")).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
