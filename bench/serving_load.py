"""A load of GET calls on one server, in a process of its own: what it costs must not be taken for the server's.

    python -m bench.serving_load 8000 16 3 KEY PATH [PATH ...]

Each connection asks again as soon as it has its answer. Several paths are asked in turn; with `--walk` each connection
begins with one of the paths and goes on from page to page. Prints one JSON object: calls, p50 and p99 in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Final

_CURSOR: Final = re.compile(rb'"next_cursor":"([^"]*)"\}$')
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.I)
_WARM_UP: Final = 0.3


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("key")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--walk", action="store_true")
    asked = parser.parse_args()
    seconds = sorted(asyncio.run(load(asked)))
    told = {f"p{share}": round(1000 * seconds[len(seconds) * share // 100], 3) for share in (50, 99)}
    print(json.dumps({"calls": len(seconds), "per_second": round(len(seconds) / asked.seconds), **told}))


async def load(asked: argparse.Namespace) -> list[float]:
    """Seconds of every call but those of the warm-up."""
    begins = time.perf_counter() + _WARM_UP
    each = (_connection(asked, place, begins) for place in range(asked.connections))
    return [seconds for found in await asyncio.gather(*each) for seconds in found]


async def _connection(asked: argparse.Namespace, place: int, begins: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", asked.port, limit=1 << 22)
    first = islice(cycle(asked.paths), place, None)
    paths = _Walk(first) if asked.walk else first
    found = []
    while (started := time.perf_counter()) < begins + asked.seconds:
        writer.write(f"GET {next(paths)} HTTP/1.1\r\nHost: b\r\nX-API-Key: {asked.key}\r\n\r\n".encode())
        body = await _answer(reader)
        if started >= begins:
            found.append(time.perf_counter() - started)
        if isinstance(paths, _Walk):
            paths.body = body
    writer.close()
    return found


class _Walk:
    """The page after the one that was read; at the end the next beginning."""

    def __init__(self, firsts: Iterator[str]) -> None:
        self._firsts, self.body, self._path = firsts, b"", ""

    def __next__(self) -> str:
        found = _CURSOR.search(self.body[-300:])
        base = self._path.partition("&cursor=")[0]
        self._path = f"{base}&cursor={found[1].decode()}" if found else next(self._firsts)
        return self._path


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    assert head.startswith(b"HTTP/1.1 200"), head
    assert length is not None, head
    return await reader.readexactly(int(length[1]))


if __name__ == "__main__":
    main()
