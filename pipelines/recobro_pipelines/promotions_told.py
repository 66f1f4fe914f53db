"""Tells webhooks that another version of a model is in force."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from recobro_data.errors import ConfigurationError
from recobro_data.settings import Settings
from recobro_data.store import open_store
from recobro_models.registry import Version

LOG: Final = logging.getLogger("recobro_pipelines")


def tell_promotions(settings: Settings, versions: Iterable[Version]) -> None:
    """Notes `model.promoted` for each version that became the champion.

    The registry has promoted them already: where the store does not take the note, that is told in the log and no more.
    """
    promoted = list(versions)
    if not promoted:
        return
    try:
        with open_store(settings.store_url) as store:
            for version in promoted:
                told = {"model": version.model, "version": version.number, "as_of": version.tags.get("as_of")}
                store.webhooks.announce("model.promoted", None, told)
    except (ConfigurationError, SQLAlchemyError) as error:
        LOG.warning("webhooks were not told of a promotion: %s", type(error).__name__)
