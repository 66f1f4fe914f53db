"""Events: each row held against the rules of a load, its debtor found, and all that is sound kept at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from recobro_data.errors import UsageError
from recobro_data.ingest.formats import BLANKS
from recobro_data.lake_rows import LakeRows
from recobro_data.rows import broken_rule, row_model
from recobro_data.settings import Settings
from recobro_data.store import Key, Store
from recobro_data.store.event_batch import Sender, Statement, Verdict
from recobro_data.store.owners import Ids, Owners, row_key
from recobro_data.tables import TABLES
from recobro_serving.problems import Problem, ProblemError
from recobro_serving.schemas_events import Event

if TYPE_CHECKING:
    from recobro_data.privacy.pseudonyms import Pseudonyms

#: When a row of a table became a fact; the others carry no day and may change one that the lake has.
_DATED: Final[Mapping[str, str]] = {
    "payments": "paid_on",
    "contact_attempts": "attempted_at",
    "promises": "made_at",
    "disputes": "opened_on",
}
Row = Mapping[str, Any]


class EventDesk:
    """Takes events in. Safe to share between threads."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._lake = store, LakeRows(settings.lake_dir)
        self._pseudonyms = _load_pseudonyms(settings)
        self._at_work: set[tuple[str, str]] = set()
        self._lock = Lock()

    def take(self, key: Key, events: Sequence[Event], idempotency_key: str | None = None) -> list[dict[str, Any]]:
        """What became of each event, in order; what was accepted is on disk and in force.

        Raises:
            ProblemError: 409 where a call with that idempotency key is being answered, 422 where it came with another
                body before.
        """
        sender = Sender(
            key_id=key.key_id, idempotency_key=idempotency_key, body_hash=_digest(events) if idempotency_key else ""
        )
        with self._alone(sender):
            verdicts = self._store.events.answered(sender)
            if verdicts is None:
                verdicts = self._store.events.accept(self._judged(key, events), sender)
        return [_answer(index, verdict) for index, verdict in enumerate(verdicts)]

    @contextmanager
    def _alone(self, sender: Sender) -> Iterator[None]:
        """One call at a time under one idempotency key."""
        if sender.idempotency_key is None:
            yield
            return
        call = (sender.key_id, sender.idempotency_key)
        with self._lock:
            if call in self._at_work:
                raise _in_progress()
            self._at_work.add(call)
        try:
            yield
        except UsageError as error:
            raise _reused(error) from error
        finally:
            with self._lock:
                self._at_work.discard(call)

    def _judged(self, key: Key, events: Sequence[Event]) -> list[Statement | Verdict]:
        clock = datetime.now(UTC)
        rows = [_checked(event, clock, self._pseudonyms) for event in events]
        sound = [row for row in rows if isinstance(row, _Sound)]
        owners, as_of = self._owners(sound)
        in_lake = self._in_lake([row for row in sound if row.may_be_known(as_of)])
        return [row.placed(key, owners, in_lake) if isinstance(row, _Sound) else row for row in rows]

    def _owners(self, rows: Sequence[_Sound]) -> tuple[Owners, str]:
        """Whose the rows are; and the day of the oldest plan in force, before which the lake may have them."""
        ids = _named(rows)
        owners, plans = self._store.events.owners(ids)
        if missing := ids.without(owners):
            owners.add(self._lake.owners(missing))
        return owners, plans[-1].as_of.isoformat() if plans else "9999"

    def _in_lake(self, rows: Sequence[_Sound]) -> dict[tuple[str, str], Row]:
        """Rows of the lake of the same keys, where no event told of them yet."""
        keys: dict[str, list[str]] = {}
        for row in rows:
            keys.setdefault(row.table, []).append(row.key)
        known = self._store.events.known_keys(keys)
        return {
            (table, key): row
            for table, wanted in keys.items()
            for key, row in self._lake.rows(table, [json.loads(one) for one in set(wanted) - known[table]]).items()
        }


class _Sound:
    """A row that breaks no rule by itself."""

    def __init__(self, event: Event, row: Row) -> None:
        self.table, self.row, self.item_id = event.table, row, event.item_id
        self.key = row_key([row[column] for column in TABLES[event.table].key])
        self.given = frozenset(name for name in row if not _is_blank(event.row.get(name)))

    def may_be_known(self, as_of: str) -> bool:
        """Whether the lake may have had the row when a plan of that day was made."""
        dated = _DATED.get(self.table)
        if dated is None:
            return True
        if self.table in ("payments", "disputes"):
            return bool(self.row[dated] < as_of)
        # On the debtor's clock the day may begin hours later than in UTC.
        return (datetime.fromisoformat(self.row[dated]) - timedelta(hours=12)).date().isoformat() < as_of

    def placed(self, key: Key, owners: Owners, in_lake: Mapping[tuple[str, str], Row]) -> Statement | Verdict:
        """The row with its debtor; refused where the key sees no such debtor, whether or not there is one."""
        debtor_id, column = self._owner(owners)
        portfolio_id = owners.debtors.get(debtor_id or "")
        if self.table == "debtors" and portfolio_id is None and key.sees is None:
            portfolio_id = owners.debtors[self.row["debtor_id"]] = self.row["portfolio_id"]
        if debtor_id is None or portfolio_id is None or not (key.sees is None or portfolio_id in key.sees):
            message = f"{column} must be known, and of a debtor in a portfolio of this key"
            return Verdict(status="rejected", rule="reference", column=column, message=message)
        row = dict(self.row)
        if self.table == "charges":
            owners.charges.setdefault(row["charge_id"], (debtor_id, row["account_id"]))
        if self.table == "payments" and row["account_id"] is None:
            row["account_id"] = owners.charges[row["charge_id"]][1]
        return Statement(
            table=self.table, key=self.key, debtor_id=debtor_id, portfolio_id=portfolio_id, row=row, given=self.given,
            item_id=self.item_id, lake_row=in_lake.get((self.table, self.key)),
        )  # fmt: skip

    def _owner(self, owners: Owners) -> tuple[str | None, str]:
        """The debtor of the row, and the column that leads there."""
        if "debtor_id" in self.row:
            return self.row["debtor_id"], "debtor_id"
        if self.row["charge_id"] is not None:
            return owners.charges.get(self.row["charge_id"], (None,))[0], "charge_id"
        return owners.accounts.get(self.row["account_id"]), "account_id"


def _checked(event: Event, clock: datetime, pseudonyms: Pseudonyms | None) -> _Sound | Verdict:
    """The row typed, whole and under pseudonyms, or the rule that it breaks."""
    if event.table not in TABLES:
        return Verdict(status="rejected", rule="table", message=f"table must be one of {', '.join(TABLES)}")
    try:
        row = row_model(event.table).model_validate(event.row, context={"clock": clock}).model_dump(mode="json")
    except ValidationError as error:
        rule = broken_rule(event.table, error)
        column = rule.columns[0] if rule.columns else None
        return Verdict(status="rejected", rule=rule.name, column=column, message=rule.message)
    for column in pseudonyms.columns if pseudonyms else ():
        if row.get(column) is not None:
            row[column] = pseudonyms.of(row[column])  # type: ignore[union-attr]
    return _Sound(event, row)


def _named(rows: Sequence[_Sound]) -> Ids:
    """The ids that lead to the rows' debtors."""
    charges = {row.row["charge_id"] for row in rows if "debtor_id" not in row.row and row.row["charge_id"] is not None}
    others = [row.row for row in rows if "debtor_id" not in row.row and row.row["charge_id"] is None]
    debtors = {row.row["debtor_id"] for row in rows if "debtor_id" in row.row}
    return Ids(debtors, charges, {row["account_id"] for row in others})


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip(BLANKS))


def _load_pseudonyms(settings: Settings) -> Pseudonyms | None:
    if not settings.privacy.pseudonymise:
        return None
    from recobro_data.privacy.pseudonyms import load_pseudonyms

    return load_pseudonyms(settings)


def _digest(events: Sequence[Event]) -> str:
    told = json.dumps([event.model_dump() for event in events], sort_keys=True, default=str)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _answer(index: int, verdict: Verdict) -> dict[str, Any]:
    told = {"rule": verdict.rule, "column": verdict.column, "message": verdict.message}
    return {"index": index, "status": verdict.status, **{name: one for name, one in told.items() if one is not None}}


def _in_progress() -> ProblemError:
    return ProblemError(
        Problem(
            status=409,
            name="in-progress",
            title="The same call is being answered",
            detail="Expected one call at a time under an Idempotency-Key, found another at work. Ask again soon.",
            headers={"Retry-After": "1"},
        )
    )


def _reused(error: UsageError) -> ProblemError:
    return ProblemError(
        Problem(
            status=422, name="idempotency-key-reused", title="The Idempotency-Key was used before", detail=str(error)
        )
    )
