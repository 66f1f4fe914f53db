from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from recobro_data.errors import ConfigurationError
from recobro_data.store import open_store
from recobro_data.store.dialects import build_engine
from recobro_data.store.revisions import HEAD, alembic_config, migrate_to_head
from recobro_data.store.schema import METADATA


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'new' / 'recobro.db'}"


@pytest.fixture
def migrated(store_url: str) -> Iterator[Engine]:
    engine = build_engine(store_url)
    migrate_to_head(engine)
    yield engine
    engine.dispose()


def test_the_migrations_lead_to_the_schema_that_the_code_declares(migrated: Engine) -> None:
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_head_written_in_the_code_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_a_migration_down_and_up_again_ends_at_the_same_schema(migrated: Engine) -> None:
    from alembic import command

    with migrated.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        command.upgrade(config, "head")
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_what_was_stored_is_there_after_opening_again(url: str) -> None:
    with open_store(url) as store:
        store.add_key("dialler", ["read"], ["*"])
    with open_store(url) as store:
        assert [key.name for key in store.list_keys()] == ["dialler"]


def test_an_up_to_date_store_opens_without_alembic(url: str) -> None:
    open_store(url).close()
    code = "import sys; from recobro_data.store import open_store; open_store(sys.argv[1]).close()"
    code += "; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 0


def test_readers_and_a_writer_do_not_wait_for_each_other(url: str) -> None:
    with open_store(url), sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_many_may_open_a_new_store_at_once(url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(lambda _: open_store(url), range(4)))
    assert [store.has_plans() for store in stores] == [False] * 4
    for store in stores:
        store.close()


def test_a_store_of_a_newer_recobro_is_refused_and_kept(store_url: str, migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match=r"found revision 9999\. Update recobro"):
        open_store(store_url)


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but somebody's notes\n" * 50)
    with pytest.raises(ConfigurationError, match="Expected a store that opens, found file is not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("not a database")


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("nonsense", "Expected a database URL"),
        ("mysql://localhost/recobro", "Expected SQLite or PostgreSQL for the store, found mysql"),
        ("sqlite://", "found a database in memory"),
        ("sqlite:////proc/nowhere/recobro.db", "Expected a folder that can be written"),
    ],
)
def test_a_url_that_can_not_be_a_store_is_refused(url: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        open_store(url)


def test_a_database_that_is_away_is_named_without_its_password() -> None:
    with pytest.raises(ConfigurationError, match=r"recobro:\*\*\*@127.0.0.1") as caught:
        open_store("postgresql://recobro:s3cret@127.0.0.1:1/recobro?connect_timeout=2")
    assert "s3cret" not in str(caught.value)
