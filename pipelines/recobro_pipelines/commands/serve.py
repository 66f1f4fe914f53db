"""The API and its keys: `serve`, `keys add`, `keys list`, `keys rotate`, `keys revoke`."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from recobro_pipelines.commands.common import Json, console, notes, print_json, settings_in_force

if TYPE_CHECKING:
    from recobro_data.store import Store

#: Longer than proxies keep theirs (60 s), so that none sends a call into a connection that is being closed.
_KEEP_ALIVE_SECONDS: Final = 75
_METRICS_DIR: Final = "PROMETHEUS_MULTIPROC_DIR"

keys = typer.Typer(help="Keys of the API: add, list, rotate, revoke.", no_args_is_help=True)


class LogFormat(StrEnum):
    """How log lines are written."""

    JSON = "json"
    CONSOLE = "console"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.add_typer(keys, name="keys")


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")] = 8000,
    log_format: Annotated[
        LogFormat | None,
        typer.Option("--log-format", help="Log lines as json or for a console; default: as configured."),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes that answer; up to one for each core.")
    ] = 1,
) -> None:
    """Serve the API and the web page; documentation at /docs."""
    import uvicorn

    with _store():
        pass  # a store that can not be opened is told here, in one sentence
    _check_free(host, port)
    notes().print(
        f"recobro listens on http://{host}:{port} (documentation: /docs). Stop it with Ctrl-C.", soft_wrap=True
    )
    if log_format:
        # The app reads its configuration itself, in as many processes as there are.
        os.environ["RECOBRO_SERVING_LOG_FORMAT"] = log_format.value
    with _counted_together(workers):
        uvicorn.run(
            "recobro_serving.app:create_default_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=settings_in_force().serving.graceful_seconds,
        )


@contextmanager
def _counted_together(workers: int) -> Iterator[None]:
    """A folder in which several processes add up their metrics, for as long as they serve."""
    if workers == 1 or _METRICS_DIR in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="recobro-metrics-") as folder:
        os.environ[_METRICS_DIR] = folder
        try:
            yield
        finally:
            del os.environ[_METRICS_DIR]


def _check_free(host: str, port: int) -> None:
    from recobro_data.errors import RecobroError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise RecobroError(
                f"port {port} of {host} free to listen on", str(error.strerror or error).lower(),
                "Stop the program that uses it, or say another with --port.",
            ) from error  # fmt: skip


@keys.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is, for the list.")] = "default",
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="read, write or admin; may be given several times.")
    ] = None,
    portfolio: Annotated[
        list[str] | None, typer.Option("--portfolio", help="A portfolio it may see; default: all.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="WHEN", help="When it ends: 90d, 12h, or a day; default: never.")
    ] = None,
    rate: Annotated[
        int | None, typer.Option("--rate", min=1, help="Calls a minute it may make; default: as configured.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key; it is shown this once and kept hashed."""
    with _store() as store:
        ends = _instant(expires) if expires else None
        secret = store.add_key(name, scope or ["read"], portfolio or ["*"], expires_at=ends, rate_per_minute=rate)
    if as_json:
        print_json({"name": name, "key": secret})
    else:
        typer.echo(secret)


@keys.command("list")
def list_keys(as_json: Json = False) -> None:
    """Every key, without its secret."""
    from recobro_pipelines.show import rows_table

    with _store() as store:
        rows = [
            {
                "key_id": key.key_id, "name": key.name, "scopes": ", ".join(sorted(key.scopes)),
                "portfolios": ", ".join(sorted(key.portfolios)), "created_at": str(key.created_at),
                **{name: str(at) if (at := getattr(key, name)) else None
                   for name in ("expires_at", "former_until", "revoked_at")},
                "rate_per_minute": key.rate_per_minute,
            }
            for key in store.list_keys()
        ]  # fmt: skip
    if as_json:
        print_json(rows)
    elif rows:
        console().print(rows_table(rows, title="Keys"))
    else:
        console().print("No key yet: `recobro keys add NAME` makes one.")


@keys.command()
def rotate(
    key_id: Annotated[str, typer.Argument(help="As `recobro keys list` shows it.")],
    overlap: Annotated[
        str, typer.Option("--overlap", metavar="TIME", help="How long the former secret is valid too: 24h, 30m, 0h.")
    ] = "24h",
    as_json: Json = False,
) -> None:
    """Give a key another secret, shown this once; for a while the former one is valid too."""
    with _store() as store:
        secret = store.rotate_key(key_id, _length(overlap))
    if as_json:
        print_json({"key_id": key_id, "key": secret})
    else:
        typer.echo(secret)


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(help="As `recobro keys list` shows it.")]) -> None:
    """Make a key useless from now on."""
    with _store() as store:
        store.revoke_key(key_id)
    console().print(f"Key {key_id} is revoked.")


def _instant(text: str) -> datetime:
    """An instant that is told as a length from now, as a day (its start, in UTC) or with an offset."""
    if text[-1:] in _UNITS:
        return datetime.now(UTC) + _length(text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise _no_time("90d, 12h, or a day such as 2027-01-31", text) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _length(text: str) -> timedelta:
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdecimal()) or len(number) > 5:
        raise _no_time("a length such as 24h, 30m or 90d", text)
    return timedelta(**{_UNITS[unit]: int(number)})


_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _no_time(expected: str, found: str) -> Exception:
    from recobro_data.errors import UsageError

    return UsageError(expected, repr(found), "Write it so.")


def _store() -> Store:
    from recobro_data.store import open_store

    settings = settings_in_force()
    if not settings.store.url:
        (settings.home / "data").mkdir(parents=True, exist_ok=True)
    return open_store(settings.store_url)
