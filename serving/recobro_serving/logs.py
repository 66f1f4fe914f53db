"""Log lines of the serving process: one JSON object a line for programs, or columns for people; never a secret."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter

Format = Literal["json", "console"]
Line = MutableMapping[str, Any]

#: What a secret looks like wherever it turns up: keys, webhook secrets, tokens, passwords in URLs.
_SECRETS: Final = re.compile(
    r"(?P<kept>rck_[0-9a-f]+_|whsec_|(?i:bearer|basic)\s+|://[^/\s:@]*:)[^\s\"',;@]+"
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]*"
)
_HIDDEN: Final = "***"


class Answered(NamedTuple):
    """A call that was answered: at what instant (seconds since 1970), and how many it took.

    `key_id` is None where nobody was let in.
    """

    at: float
    request_id: str
    method: str
    route: str
    key_id: str | None
    status: int
    n_rows: int
    seconds: float

    def told(self) -> dict[str, str | int]:
        """What traces and lines say of it."""
        called = {"request_id": self.request_id, "method": self.method, "route": self.route}
        key = {} if self.key_id is None else {"key_id": self.key_id}
        return {**called, "status": self.status, "rows": self.n_rows, **key}


class CallsRecord(logging.LogRecord):
    """Calls that were answered in the same moment; each is a line of its own."""

    def __init__(self, name: str, calls: Sequence[Answered]) -> None:
        super().__init__(name, logging.INFO, "", 0, "request", None, None)
        self.calls = calls


class Lines(ProcessorFormatter):
    """Turns records into lines; `is_json`: those of calls in a quicker way than structlog's to the same JSON."""

    def __init__(self, *, is_json: bool, **words: Any) -> None:
        super().__init__(**words)
        self._is_json = is_json

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record, without the end of the last one."""
        if not isinstance(record, CallsRecord):
            return super().format(record)
        one = _json_line if self._is_json else self._line
        return "\n".join([one(record.name, call) for call in record.calls])

    def _line(self, name: str, call: Answered) -> str:
        record = logging.LogRecord(name, logging.INFO, "", 0, "request", None, None)
        record.__dict__ |= {**call.told(), "ms": round(call.seconds * 1000, 1)}
        return super().format(record)


def _json_line(name: str, call: Answered) -> str:
    at = f"{_second(int(call.at))}.{int(call.at % 1 * 1e6):06d}Z"
    named = f'"timestamp": "{at}", "request_id": {_hidden(call.request_id)}'
    who = "" if call.key_id is None else f"{_common(key_id=call.key_id)}, "
    numbers = f'"status": {call.status}, "rows": {call.n_rows}, {who}"ms": {round(call.seconds * 1000, 1)}'
    event = _common(event="request", level="info", logger=name)
    return f"{{{event}, {named}, {_common(method=call.method, route=call.route)}, {numbers}}}"


@lru_cache(maxsize=1024)
def _common(**told: str) -> str:
    """Members that the lines of many calls have."""
    return json.dumps({word: hide_secrets(text) for word, text in told.items()})[1:-1]


@lru_cache(maxsize=4)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()[:19]


def _hidden(text: str) -> str:
    # What looks like a secret holds more than letters and digits.
    return f'"{text}"' if text.isascii() and text.isalnum() else json.dumps(hide_secrets(text))


def log_config(form: Format, level: str) -> dict[str, Any]:
    """A configuration for `logging.config.dictConfig`: everything to stderr in one form, at that level and above.

    The server's own line for each call is switched off: it would hold addresses, which name debtors.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": build_formatter, "form": form}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "recobro_serving": {"level": level.upper()},
            "uvicorn": {"level": "INFO" if level == "debug" else "WARNING", "handlers": [], "propagate": True},
            "uvicorn.error": {"level": "NOTSET", "handlers": [], "propagate": True},
            "uvicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
        },
    }


def build_formatter(form: Format) -> logging.Formatter:
    """What turns a record of the standard library's logging into a line."""
    last: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    return Lines(
        is_json=form == "json",
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            ExtraAdder(),
        ],
        processors=[ProcessorFormatter.remove_processors_meta, structlog.processors.format_exc_info, _hide_all, last],
    )


def hide_secrets(text: str) -> str:
    """The text without what looks like a secret.

    >>> hide_secrets("key rck_0a1b_S3cret at postgresql://ana:pw@db/recobro")
    'key rck_0a1b_*** at postgresql://ana:***@db/recobro'
    """
    return _SECRETS.sub(lambda found: f"{found['kept'] or ''}{_HIDDEN}", text)


def _hide_all(_logger: Any, _method: str, line: Line) -> Line:
    return {name: hide_secrets(value) if isinstance(value, str) else value for name, value in line.items()}
