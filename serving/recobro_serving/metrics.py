"""Counts of calls in Prometheus' text format."""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Meter:
    """Counts answered calls and their seconds, by route template: never by address, which would name debtors."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, int]] = Counter()
        self._seconds: dict[str, float] = {}
        self._lock = Lock()

    def count(self, route: str, status: int, seconds: float) -> None:
        """Adds one answered call."""
        with self._lock:
            self._calls[route, status] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds

    def exposition(self) -> str:
        """All counts in Prometheus' text format, version 0.0.4."""
        with self._lock:
            calls, seconds = dict(self._calls), dict(self._seconds)
        lines = ["# HELP recobro_requests_total Calls answered.", "# TYPE recobro_requests_total counter"]
        for (route, status), n_calls in sorted(calls.items()):
            lines.append(f'recobro_requests_total{{route="{route}",status="{status}"}} {n_calls}')
        lines += [
            "# HELP recobro_request_seconds_total Seconds spent answering.",
            "# TYPE recobro_request_seconds_total counter",
        ]
        lines += [f'recobro_request_seconds_total{{route="{r}"}} {s:.6f}' for r, s in sorted(seconds.items())]
        return "\n".join(lines) + "\n"
