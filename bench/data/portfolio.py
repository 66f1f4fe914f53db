"""A portfolio of any size in seconds, as Parquet: the shape of real data, without the synthetic world's behaviour.

Each debtor has 24 monthly charges on one or two accounts, a payment for most of them (some in parts, some naming only
the account), and ten contact attempts. Ids are text of the length that real systems use.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

AS_OF = date(2026, 10, 14)
CHARGES, ATTEMPTS = 24, 10
_CHUNK = 50_000
_OUTCOMES = np.array(["no_answer", "right_party", "delivered", "read", "promise", "wrong_party"])
_CHANNELS = np.array(["call", "whatsapp", "sms"])


def write_portfolio(folder: Path, n_debtors: int, *, seed: int = 1) -> Path:
    """Write `debtors`, `charges`, `payments`, `contact_attempts` of `n_debtors` debtors into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, pq.ParquetWriter] = {}
    for tables in _chunks(n_debtors, seed):
        for name, table in tables.items():
            if name not in writers:
                writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema, compression="zstd")
            writers[name].write_table(table)
    for writer in writers.values():
        writer.close()
    return folder


def _chunks(n_debtors: int, seed: int) -> Iterator[dict[str, pa.Table]]:
    for start in range(0, n_debtors, _CHUNK):
        rng = np.random.default_rng([seed, start])
        yield _tables(np.arange(start, min(start + _CHUNK, n_debtors)), rng)


def _tables(numbers: np.ndarray, rng: np.random.Generator) -> dict[str, pa.Table]:
    n = len(numbers)
    debtor_ids = np.char.add("D", np.char.zfill(numbers.astype(str), 9))
    debtors = {"debtor_id": debtor_ids, "portfolio_id": _pick(rng, ["retail", "services"], n), "country": ["PE"] * n}
    charges, paid = _charges(numbers, debtor_ids, rng)
    return {
        "debtors": pa.table(debtors), "charges": charges, "payments": _payments(charges, paid, rng),
        "contact_attempts": _attempts(numbers, debtor_ids, rng),
    }  # fmt: skip


def _charges(numbers: np.ndarray, debtor_ids: np.ndarray, rng: np.random.Generator) -> tuple[pa.Table, np.ndarray]:
    owner = np.repeat(np.arange(len(numbers)), CHARGES)
    month = np.tile(np.arange(CHARGES), len(numbers))
    account = np.where((numbers[owner] % 4 == 0) & (month % 2 == 1), "B", "A")
    due = np.datetime64("2024-11-05") + month * 30 + (numbers[owner] * 7 % 28)
    lateness = rng.gamma(1.2, 6, len(owner)).round() - 4 + 10 * (numbers[owner] % 5 == 0)
    paid_on = due + lateness.astype(np.int64)
    is_paid = (rng.random(len(owner)) < 0.96) & (paid_on < np.datetime64(AS_OF))
    table = pa.table(
        {
            "charge_id": np.char.add(np.char.add("C", np.char.zfill(numbers[owner].astype(str), 9)), _text(month)),
            "debtor_id": debtor_ids[owner],
            "account_id": np.char.add(np.char.add("L", np.char.zfill(numbers[owner].astype(str), 9)), account),
            "issued_on": pa.array(due - 20, pa.date32()),
            "due_on": pa.array(due, pa.date32()),
            "amount": rng.lognormal(5, 0.6, len(owner)).round(2),
            "currency": ["PEN"] * len(owner),
        }
    )
    return table, np.where(is_paid, paid_on.astype(np.int64), -1)


def _payments(charges: pa.Table, paid: np.ndarray, rng: np.random.Generator) -> pa.Table:
    rows = np.flatnonzero(paid >= 0)
    names = rng.random(len(rows)) < 0.9
    share = np.where(rng.random(len(rows)) < 0.06, 0.5, 1.0)
    amounts = (charges["amount"].to_numpy()[rows] * share).round(2)
    charge_ids = charges["charge_id"].to_numpy(zero_copy_only=False)[rows]
    return pa.table(
        {
            "payment_id": np.char.add("P", charge_ids.astype(str)),
            "charge_id": pa.array(charge_ids, mask=~names),
            "account_id": pa.array(charges["account_id"].to_numpy(zero_copy_only=False)[rows], mask=names),
            "paid_on": pa.array(paid[rows].astype("datetime64[D]"), pa.date32()),
            "amount": amounts,
        }
    )


def _attempts(numbers: np.ndarray, debtor_ids: np.ndarray, rng: np.random.Generator) -> pa.Table:
    owner = np.repeat(np.arange(len(numbers)), ATTEMPTS)
    nth = np.tile(np.arange(ATTEMPTS), len(numbers))
    seconds = rng.integers(0, 700, len(owner)) * 86_400 + rng.integers(13, 24, len(owner)) * 3600
    return pa.table(
        {
            "attempt_id": np.char.add(np.char.add("G", np.char.zfill(numbers[owner].astype(str), 9)), _text(nth)),
            "debtor_id": debtor_ids[owner],
            "channel": _pick(rng, _CHANNELS, len(owner)),
            "attempted_at": pa.array(np.datetime64("2024-11-05", "s") + seconds, pa.timestamp("s", "UTC")),
            "outcome": _pick(rng, _OUTCOMES, len(owner)),
        }
    )


def _pick(rng: np.random.Generator, among: list[str] | np.ndarray, n: int) -> np.ndarray:
    return np.asarray(among)[rng.integers(0, len(among), n)]


def _text(numbers: np.ndarray) -> np.ndarray:
    return np.char.zfill(numbers.astype(str), 2)
