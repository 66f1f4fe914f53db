"""Settings as kept with a plan, so that it can be made again: what it was decided by, nothing that is secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from recobro_data.errors import RecobroError
from recobro_data.settings import Settings

#: Sections that say where things are kept, loaded and served, not what is decided; passwords are only in these.
APART: Final = frozenset({"home", "store", "mlflow", "engine", "ingest", "privacy", "serving"})


def keep_settings(settings: Settings) -> dict[str, Any]:
    """The settings that a plan follows from, as plain JSON."""
    return settings.model_dump(mode="json", exclude=set(APART))


def restore_settings(kept: Mapping[str, Any], here: Settings) -> Settings:
    """The kept settings again, in the workspace of `here`.

    Raises:
        RecobroError: this recobro does not know them all.
    """
    own = {name: getattr(here, name) for name in APART if name in Settings.model_fields}
    try:
        return Settings(**own, **kept)
    except ValidationError as error:
        first = error.errors()[0]
        found = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise RecobroError("settings that this recobro knows", found, "Use the recobro that made the plan.") from error
