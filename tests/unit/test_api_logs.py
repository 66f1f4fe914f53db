from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from logging.config import dictConfig
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api_caller import Caller, build_caller
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan

from recobro_data.store import SCOPES, Key, Store, open_store
from recobro_serving.logs import Format, hide_secrets, log_config

LATEST = "/v1/worklists/latest"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path)) as store:
        store.publish_plan(build_plan())
        yield store


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging as it was before the test."""
    names = ("", "recobro_serving", "uvicorn", "uvicorn.error", "uvicorn.access")
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.level, logger.propagate = handlers, level, propagate


def captured(form: Format = "json", level: str = "debug") -> io.StringIO:
    """Where log lines go from now on."""
    lines = io.StringIO()
    config = log_config(form, level)
    config["handlers"]["stderr"]["stream"] = lines
    dictConfig(config)
    return lines


def test_a_call_is_one_line_of_json_with_what_an_operator_looks_for(store: Store) -> None:
    lines, caller = captured(), build_caller(store)
    answer = caller.get("/v1/debtors/d1/recommendation")
    (line,) = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert line.pop("ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request", "level": "info", "logger": "recobro_serving", "method": "GET", "status": 200, "rows": 1,
        "route": "/v1/debtors/{debtor_id}/recommendation", "request_id": answer.headers["x-request-id"],
        "key_id": store.list_keys()[0].key_id,
    }  # fmt: skip


def test_no_line_names_a_debtor(store: Store) -> None:
    lines, caller = captured(), build_caller(store)
    caller.get("/v1/debtors/d1-of-nobody/risk")
    caller.get(LATEST, params={"portfolio": "d1-of-nobody"})
    assert "d1-of-nobody" not in lines.getvalue()


def test_for_people_a_line_is_columns(store: Store) -> None:
    lines = captured("console")
    build_caller(store).get("/livez")
    assert "route=/livez" in lines.getvalue()


def test_below_the_level_nothing_is_written(store: Store) -> None:
    lines = captured(level="warning")
    build_caller(store).get("/livez")
    assert lines.getvalue() == ""


class DefectiveStore(Store):
    """A store whose defect has a key in its words."""

    def key_of(self, secret: str) -> Key | None:
        raise ZeroDivisionError(f"can not divide by {secret}")


def test_a_defect_is_told_with_its_trace_and_without_the_secret_in_it(store: Store) -> None:
    lines = captured()
    caller = build_caller(store)
    app = build_caller(DefectiveStore(store._engine)).app
    Caller(app, caller.headers).get(LATEST)
    assert "ZeroDivisionError" in lines.getvalue()
    assert secret_of(caller) not in lines.getvalue()


def secret_of(caller: Caller) -> str:
    return caller.headers["Authorization"].split("_", 2)[2]


def places(secret: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Everywhere a careless program puts its key."""
    hook = {"url": f"https://a:{secret}@b.example", "types": [secret], "secret": secret}
    return [
        ("GET", LATEST, {"headers": {"Authorization": f"Bearer {secret}"}}),
        ("GET", LATEST, {"headers": {"Authorization": f"Basic {secret}"}}),
        ("GET", LATEST, {"headers": {"Authorization": secret}}),
        ("GET", LATEST, {"headers": {"X-API-Key": secret, "X-Request-ID": f"a {secret}"}}),
        ("GET", LATEST, {"params": {"key": secret, "cursor": secret, "limit": secret}}),
        ("GET", f"/v1/debtors/{secret}/risk", {}),
        ("GET", f"/{secret}", {"headers": {"User-Agent": secret, "Cookie": f"recobro_session={secret}"}}),
        ("POST", "/v1/webhooks", {"json": hook}),
        ("POST", "/v1/events", {"json": [{"table": secret, "row": {secret: secret}}]}),
        ("POST", "/v1/webhooks", {"content": f"[{secret}"}),
    ]


def test_a_key_is_in_no_line_wherever_it_was_sent(store: Store) -> None:
    lines, caller = captured(), build_caller(store, scopes=SCOPES)
    own = caller.headers["Authorization"].removeprefix("Bearer ")
    for secret in (own, "rck_0a0a_Wr0ngSecret", "hunter2hunter2"):
        for method, path, options in places(secret):
            caller.call(method, path, **options)
    text = lines.getvalue()
    assert len(text.splitlines()) >= 30
    assert not any(one in text for one in (secret_of(caller), "Wr0ngSecret", "hunter2"))


def test_a_webhooks_secret_is_in_no_line(store: Store) -> None:
    lines, caller = captured(), build_caller(store, scopes=SCOPES)
    hook, secret = store.webhooks.add("https://example.com", ["plan.published"], ["*"])
    rotated = caller.call("POST", f"/v1/webhooks/{hook.webhook_id}/rotate").json()["secret"]
    assert not any(one.removeprefix("whsec_") in lines.getvalue() for one in (secret, rotated))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("signed with whsec_AAAA+bb/c=", "signed with whsec_***"),
        ("token eyJhbGciOi.eyJzdWIi.c2ln", "token ***"),
        ("postgresql://ana:p@ss@db/x", "postgresql://ana:***@ss@db/x"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, hidden: str) -> None:
    assert hide_secrets(text) == hidden
