"""A client of the API: typed answers, lists page by page, patience with an API that asks for it.

It needs httpx and the shapes of the API, and nothing of what answers.

Example:
    with RecobroClient("https://recobro.example.org", key) as api:
        for item in api.worklist(channel="call"):
            print(item.rank, item.debtor_id, item.window_start)
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter

from recobro_data.errors import RecobroError
from recobro_serving.schemas import (
    ContactTimes,
    Item,
    LeftAloneAnswer,
    LeftAlonePage,
    LeftAloneRow,
    Plan,
    Risk,
    WorklistPage,
)
from recobro_serving.schemas_events import Claimed, EventAnswer
from recobro_serving.schemas_kpis import Kpis, Models
from recobro_serving.schemas_score import Scores
from recobro_serving.schemas_simulate import WhatIf

_A = TypeVar("_A", bound=BaseModel)
Rows = Mapping[str, Sequence[Mapping[str, Any]]]

#: What passes by itself: too many calls, or a store or model that is away.
_PASSING: Final = (429, 503)
_LONGEST_WAIT: Final = 60.0
_PAGE: Final = 1000
_RECOMMENDATION: Final = TypeAdapter[Item | LeftAloneAnswer](Item | LeftAloneAnswer)
_ANSWERS: Final = TypeAdapter(list[EventAnswer])


class ApiError(RecobroError):
    """The API answered with a problem, or not at all; `status` is 0 where it did not, `kind` the problem's name."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        self.status, self.kind = status, kind
        super().__init__("an answer", f"{kind} ({status}): {detail}" if status else detail, "See the detail.")


class RecobroClient:
    """Calls one API with one key. Close it, or use it in a `with`.

    Args:
        url: where the API is, without `/v1`.
        key: of `recobro keys add`.
        tries: how often a call that may be repeated is sent where the API is busy or away.
        timeout: seconds to wait for an answer.
        transport: of httpx, for tests and proxies.
        sleep: waits so many seconds.
    """

    def __init__(
        self, url: str, key: str, *, tries: int = 4, timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None, sleep: Callable[[float], Any] = time.sleep,
    ) -> None:  # fmt: skip
        self._tries, self._sleep = tries, sleep
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives back the connections."""
        self._http.close()

    # -- the day's list --------------------------------------------------------------------------
    def worklist(self, day: str = "latest", **filters: Any) -> Iterator[Item]:
        """Every item in rank order, read page by page from one snapshot; `filters` as the API has them."""
        for page in self._pages(f"/v1/worklists/{day}", WorklistPage, filters):
            yield from page.items

    def left_alone(self, day: str = "latest", **filters: Any) -> Iterator[LeftAloneRow]:
        """Everybody whom nobody contacts that day, and why."""
        for page in self._pages(f"/v1/worklists/{day}/left-alone", LeftAlonePage, filters):
            yield from page.items

    @contextmanager
    def export(self, day: str = "latest", form: str = "csv", **filters: Any) -> Iterator[Iterator[bytes]]:
        """The list as a file, piece by piece: `with api.export(form="parquet") as pieces: ...`."""
        query = _given({"format": form, **filters})
        with self._http.stream("GET", f"/v1/worklists/{day}/export", params=query) as answer:
            if answer.is_error:
                answer.read()
                raise _problem(answer)
            yield answer.iter_bytes()

    def claim(
        self, agent_id: str, n: int = 1, *, day: str = "latest", channel: str | None = None, ahead: bool = False
    ) -> Claimed:
        """The next items for an agent, leased. It is not repeated by itself: a claim that was answered is not lost, for
        the agent's next one gives the open leases again."""
        body = _given({"agent_id": agent_id, "n": n, "channel": channel, "ahead": ahead})
        return Claimed.model_validate_json(self._sent("POST", f"/v1/worklists/{day}/claim", once=True, json=body))

    # -- one debtor ------------------------------------------------------------------------------
    def recommendation(self, debtor_id: str) -> Item | LeftAloneAnswer:
        """What to do about a debtor, or why nothing."""
        return _RECOMMENDATION.validate_json(self._sent("GET", _address(debtor_id, "recommendation")))

    def risk(self, debtor_id: str) -> Risk:
        """The payment curve and what it rests on."""
        return Risk.model_validate_json(self._sent("GET", _address(debtor_id, "risk")))

    def contact_times(self, debtor_id: str, channel: str | None = None) -> ContactTimes:
        """When the debtor can be reached."""
        query = _given({"channel": channel})
        return ContactTimes.model_validate_json(self._sent("GET", _address(debtor_id, "contact-times"), params=query))

    def score(self, tables: Rows, *, as_of: date | None = None, weeks: bool = False) -> Scores:
        """Risk, contact times and recommendation of debtors given with their own history."""
        body = _given({"as_of": as_of and as_of.isoformat(), "tables": dict(tables), "weeks": weeks})
        return Scores.model_validate_json(self._sent("POST", "/v1/score", json=body))

    # -- what happens ----------------------------------------------------------------------------
    def send_events(
        self, events: Sequence[Mapping[str, Any]], *, idempotency_key: str | None = None
    ) -> list[EventAnswer]:
        """Canonical rows as they happen, each answered; sent again under one Idempotency-Key where the API is away."""
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return _ANSWERS.validate_json(self._sent("POST", "/v1/events", json=list(events), headers=headers))

    # -- figures ---------------------------------------------------------------------------------
    def kpis(self, *, first: date | None = None, last: date | None = None, by: str | None = None) -> Kpis:
        """The KPIs of the report."""
        query = _given({"from": first and first.isoformat(), "to": last and last.isoformat(), "by": by})
        return Kpis.model_validate_json(self._sent("GET", "/v1/kpis", params=query))

    def models(self) -> Models:
        """Versions, measures and lineage."""
        return Models.model_validate_json(self._sent("GET", "/v1/models"))

    def plan(self, plan_id: str) -> Plan:
        """A published plan."""
        return Plan.model_validate_json(self._sent("GET", f"/v1/plans/{plan_id}"))

    def simulate(self, **changed: Any) -> WhatIf:
        """What a plan would come to with other capacities or costs."""
        return WhatIf.model_validate_json(self._sent("POST", "/v1/plans/simulate", json=changed))

    def _pages(self, path: str, shape: type[_A], filters: Mapping[str, Any]) -> Iterator[_A]:
        query = _given({"limit": _PAGE, **filters})
        while True:
            page: Any = shape.model_validate_json(self._sent("GET", path, params=query))
            yield page
            if page.next_cursor is None:
                return
            query["cursor"] = page.next_cursor

    def _sent(self, method: str, path: str, *, once: bool = False, **options: Any) -> bytes:
        """The body of the answer; what passes by itself is waited for.

        Raises:
            ApiError: the API answered with a problem, or did not answer.
        """
        last = 1 if once else self._tries
        for attempt in range(1, last + 1):
            try:
                answer = self._http.request(method, path, **options)
            except httpx.TransportError as error:
                if attempt == last:
                    raise ApiError(0, "no-answer", type(error).__name__) from error
                self._sleep(_wait(attempt, None))
                continue
            if answer.is_success:
                return answer.content
            if answer.status_code not in _PASSING or attempt == last:
                break
            self._sleep(_wait(attempt, answer.headers.get("Retry-After")))
        raise _problem(answer)


def _wait(attempt: int, told: str | None) -> float:
    """Seconds until the next try: what the API asks for, else twice as long each time."""
    seconds = float(told) if told and told.isdecimal() else 0.5 * 2**attempt
    return min(seconds, _LONGEST_WAIT)


def _problem(answer: httpx.Response) -> ApiError:
    try:
        told = answer.json()
        kind, detail = str(told["type"]).rpartition(":")[2], str(told["detail"])
    except (ValueError, KeyError, TypeError):
        kind, detail = "no-problem", "an answer that is none of this API"
    return ApiError(answer.status_code, kind, detail)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _address(debtor_id: str, what: str) -> str:
    return f"/v1/debtors/{quote(debtor_id, safe='')}/{what}"
