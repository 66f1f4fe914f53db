"""The API and its keys: `serve`, `keys add`, `keys list`, `keys revoke`."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Annotated

import typer

from recobro_pipelines.commands.common import Json, console, notes, print_json, settings_in_force

if TYPE_CHECKING:
    from recobro_data.store import Store

keys = typer.Typer(help="Keys of the API: add, list, revoke.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.add_typer(keys, name="keys")


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")] = 8000,
) -> None:
    """Serve the API; documentation at /docs."""
    import uvicorn

    with _store():
        pass  # a store that can not be opened is told here, in one sentence
    _check_free(host, port)
    notes().print(
        f"recobro listens on http://{host}:{port} (documentation: /docs). Stop it with Ctrl-C.", soft_wrap=True
    )
    uvicorn.run("recobro_serving.app:create_default_app", factory=True, host=host, port=port, log_level="warning")


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
    as_json: Json = False,
) -> None:
    """Make a key; it is shown this once and kept hashed."""
    with _store() as store:
        secret = store.add_key(name, scope or ["read"], portfolio or ["*"])
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
                "revoked_at": str(key.revoked_at) if key.revoked_at else None,
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
def revoke(key_id: Annotated[str, typer.Argument(help="As `recobro keys list` shows it.")]) -> None:
    """Make a key useless from now on."""
    with _store() as store:
        store.revoke_key(key_id)
    console().print(f"Key {key_id} is revoked.")


def _store() -> Store:
    from recobro_data.store import open_store

    settings = settings_in_force()
    if not settings.store.url:
        (settings.home / "data").mkdir(parents=True, exist_ok=True)
    return open_store(settings.store_url)
