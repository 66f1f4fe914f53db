"""Addresses of databases: taken apart, passwords from the environment, and shown without who logs in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from recobro_data.errors import SourceRefusedError

Kind = Literal["postgresql", "mysql", "sqlite", "duckdb"]

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "postgresql": "postgresql",
        "postgres": "postgresql",
        "mysql": "mysql",
        "mariadb": "mysql",
        "sqlite": "sqlite",
        "duckdb": "duckdb",
    }
)
_PORTS: Final = {"postgresql": 5432, "mysql": 3306}
_PASSWORDS: Final = {"postgresql": "PGPASSWORD", "mysql": "MYSQL_PWD"}
_OPTIONS: Final = {
    "postgresql": ("sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "channel_binding"),
    "mysql": ("ssl_ca", "ssl_cert", "ssl_key", "connect_timeout"),
}
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class DatabaseUrl:
    """A database and who logs in. `host` is a name, or the place of a local socket where it starts with `/`."""

    kind: Kind
    database: str
    host: str = ""
    port: int = 0
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    schema: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The address as it may stand in a log: no user, no password, no options."""
        if self.kind in ("sqlite", "duckdb"):
            return f"{self.kind}:///{self.database}"
        return f"{self.kind}://{self.server}/{self.database}"

    @property
    def server(self) -> str:
        """Host and port, or the local socket."""
        return self.host if self.host.startswith("/") else f"{self.host}:{self.port}"

    def masked(self, text: str) -> str:
        """The first line of what a driver says, without the password or the user."""
        line = (text.strip().splitlines() or [""])[0]
        for secret in (self.password, self.user):
            line = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", line) if secret else line
        return line.replace(self.password, "***") if self.password else line


def is_database(source: str) -> bool:
    """Whether a source is the address of a database."""
    return "://" in source


def parse_url(source: str, environ: Mapping[str, str]) -> DatabaseUrl:
    """The parts of an address. `${NAME}` stands for a variable; a password that is not in it may be in `PGPASSWORD`.

    Raises:
        SourceRefusedError: another kind of database, a variable that is not set, an option that is not known.

    Example:
        >>> parse_url("postgresql://ana:secret@db.example/cobranza", {}).shown
        'postgresql://db.example:5432/cobranza'
    """
    kind = _kind(source)
    try:
        parts = urlsplit(source)
        port = parts.port or _PORTS.get(kind, 0)
    except ValueError as error:
        raise _unreadable("one that can not be taken apart") from error
    given = {name: _filled(value, environ) for name, value in parse_qsl(parts.query, keep_blank_values=True)}
    schema = given.pop("schema", None)
    if kind in ("sqlite", "duckdb"):
        _check_options(kind, given)
        return DatabaseUrl(kind, _path(parts, environ), schema=schema)
    user, password = _login(kind, parts, given, environ)
    host = given.pop("host", given.pop("unix_socket", "")) or _filled(_host(parts), environ) or "localhost"
    _check_options(kind, given)
    database = _filled(parts.path[1:], environ)
    return DatabaseUrl(kind, database, host, port, user, password, schema, given)


def _kind(source: str) -> Kind:
    scheme = source.split("://")[0].partition("+")[0].casefold()
    if scheme not in KINDS:
        raise SourceRefusedError(
            "a directory or file of tables, or a postgresql://, mysql://, mariadb://, sqlite:/// or duckdb:/// address",
            f"{scheme}://…",
            "Name one of these, or export the tables.",
        )
    return KINDS[scheme]


def _unreadable(found: str) -> SourceRefusedError:
    return SourceRefusedError(
        "an address such as postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
        found,
        "Write special characters of a password as %XX, or put it into a variable: ${DB_PASSWORD}.",
    )


def _filled(text: str, environ: Mapping[str, str]) -> str:
    """Percent signs resolved first, so that the value of a variable is taken as it is."""
    pieces = _VARIABLE.split(text)
    missing = [name for name in pieces[1::2] if name not in environ]
    if missing:
        raise SourceRefusedError(
            f"the variable {missing[0]} that the source's address names", "none of that name", f"Set {missing[0]}."
        )
    return "".join(environ[piece] if place % 2 else unquote(piece) for place, piece in enumerate(pieces))


def _login(kind: Kind, parts: SplitResult, given: dict[str, str], environ: Mapping[str, str]) -> tuple[str, str]:
    userinfo = parts.netloc.rpartition("@")[0]
    user, _, password = userinfo.partition(":")
    password = _filled(password, environ) or given.pop("password", "") or environ.get(_PASSWORDS[kind], "")
    return _filled(user, environ) or given.pop("user", ""), password


def _host(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2]
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _path(parts: SplitResult, environ: Mapping[str, str]) -> str:
    if parts.netloc or len(parts.path) < 2:
        raise SourceRefusedError(
            f"a path behind {parts.scheme}:///",
            "none" if not parts.netloc else "the name of a host",
            f"Write {parts.scheme}:///relative/file or {parts.scheme}:////absolute/file.",
        )
    return _filled(parts.path[1:], environ)


def _check_options(kind: Kind, given: Mapping[str, str]) -> None:
    known = _OPTIONS.get(kind, ())
    unknown = [name for name in given if name not in known]
    if unknown:
        raise SourceRefusedError(
            f"the options {', '.join(('schema', *known))} behind a {kind} address",
            f"`{unknown[0]}`",
            "Leave it out.",
        )
