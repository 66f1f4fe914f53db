"""Brings a store's schema to the newest migration, and says when it can not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.errors import ConfigurationError
from recobro_data.store.dialects import hold_migration_lock, writing

if TYPE_CHECKING:
    from alembic.config import Config

#: The newest migration, written here so that an up-to-date store opens without importing alembic.
HEAD: Final = "0007"

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate_to_head(engine: Engine) -> None:
    """Brings the store to `HEAD`, in one transaction; nothing to do costs one query.

    Raises:
        ConfigurationError: the store can not be opened, or was written by a newer recobro.
    """
    try:
        with engine.connect() as connection:
            if _revision(connection) == HEAD:
                return
        with writing(engine).begin() as connection:
            hold_migration_lock(connection)
            _upgrade(connection)
    except SQLAlchemyError as error:
        where = engine.url.render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise ConfigurationError("a store that opens", f"{reason} at {where}", "Mend `url` in [store].") from error


def alembic_config() -> Config:
    """Alembic's configuration for the packaged migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = _revision(connection)
    if found is not None and found not in known:
        raise ConfigurationError(
            f"a store at revision {HEAD} or older", f"revision {found}", "Update recobro: a newer one wrote this store."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
