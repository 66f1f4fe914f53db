"""Log lines of the serving process: one JSON object a line for programs, or columns for people; never a secret."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any, Final, Literal

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
    return ProcessorFormatter(
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
