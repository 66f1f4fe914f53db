"""Calls to the registry's server or database: how long they may wait, and their failures as one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from recobro_data.errors import RecobroError

#: MLflow's own settings: without them it asks a server that is down for minutes.
PATIENCE: Final = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
_CONNECT_SECONDS: Final = 10


class Asked:
    """A client of the registry at `uri` whose failures, of the given kinds, are one sentence."""

    def __init__(self, client: Any, uri: str, failures: tuple[type[Exception], ...]) -> None:
        self._client, self._uri, self._failures = client, uri, failures

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def ask(*given: Any, **named: Any) -> Any:
            with one_sentence(self._uri, self._failures):
                return call(*given, **named)

        return ask


@contextmanager
def one_sentence(uri: str, failures: tuple[type[Exception], ...]) -> Iterator[None]:
    """Tell failures as what they are to who asked.

    Raises:
        RecobroError: the registry did not do what it was asked.
    """
    try:
        yield
    except failures as error:
        raise RecobroError(
            f"the model registry at {shown(uri)} to do what it was asked", _cause(error).replace(uri, shown(uri)),
            "The champion stays in force; start the registry or mend `[mlflow] uri`.",
        ) from error  # fmt: skip


def check_database(uri: str) -> None:
    """Connect once to a registry that is a database: MLflow would try one that is down for minutes."""
    from sqlalchemy import create_engine, inspect

    if uri.startswith(("http:", "https:")) or "://" not in uri:
        return
    waits = uri.startswith(("postgresql", "mysql"))
    engine = create_engine(uri, connect_args={"connect_timeout": _CONNECT_SECONDS} if waits else {})
    try:
        with engine.connect() as connection:
            inspect(connection).get_table_names()
    finally:
        engine.dispose()


def shown(uri: str) -> str:
    """The address without a password.

    Example:
        >>> shown("https://me:secret@models.example.org/mlflow")
        'https://models.example.org/mlflow'
    """
    scheme, _, rest = uri.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}" if rest else uri


def _cause(error: BaseException) -> str:
    """What lies at the bottom of an error, in one line."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    told = (getattr(error, "strerror", None) or str(error)).strip()
    return told.splitlines()[0].rstrip(". ")[:200] if told else type(error).__name__
