"""The champions in force, as a process that runs for weeks sees them: a promotion is taken up within seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import Final

from recobro_data.errors import NoChampionError, RecobroError
from recobro_data.settings import Settings
from recobro_models.champions import Champions, load_champions
from recobro_models.registry import NAMES, Registry
from recobro_models.registry_tables import RegistryTables, open_tables

LOG: Final = logging.getLogger("recobro_models")
#: How long what was found is taken for what is in force.
_SECONDS: Final = 2.0


class ChampionWatch:
    """Holds the champions and looks for new ones now and then. Threads may share it.

    While one thread loads a new champion the others go on with the one before; where loading fails, so does everybody,
    until it works or another version is promoted.
    """

    def __init__(self, settings: Settings, *, now: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._now = settings, now
        self._lock = Lock()
        self._held: Champions | None = None
        self._numbers: Mapping[str, int] = {}
        self._look_at = 0.0
        self._tables: RegistryTables | None = None

    def current(self) -> Champions:
        """The champions.

        Raises:
            NoChampionError: nothing has been promoted yet.
            TamperedModelError: a file of the first champions is not the one that was recorded.
        """
        held = self._held
        if held is not None and (self._now() < self._look_at or not self._lock.acquire(blocking=False)):
            return held
        if held is None:
            self._lock.acquire()
        try:
            return self._looked()
        finally:
            self._lock.release()

    def _looked(self) -> Champions:
        held = self._held
        if held is not None and self._now() < self._look_at:
            return held
        try:
            numbers = self._find_numbers()
            if held is None or numbers != self._numbers:
                held, self._numbers = load_champions(Registry(self._settings, self._tables)), numbers
        except RecobroError:
            if held is None:
                raise
            LOG.exception("the champions in force stay those before")
        self._held, self._look_at = held, self._now() + _SECONDS
        return held

    def _find_numbers(self) -> Mapping[str, int]:
        self._tables = self._tables or _tables_of(self._settings)
        if self._tables is not None:
            return self._tables.champions()
        registry = Registry(self._settings)
        found = {name: _champion_number(registry, model) for model, name in NAMES.items()}
        return {name: number for name, number in found.items() if number is not None}


def _champion_number(registry: Registry, model: str) -> int | None:
    with suppress(NoChampionError):
        return registry.champion(model).number
    return None


def _tables_of(settings: Settings) -> RegistryTables | None:
    is_fresh = not settings.mlflow.uri and not (settings.mlflow_dir / "mlflow.db").exists()
    return None if is_fresh else open_tables(settings)
