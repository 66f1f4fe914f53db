"""Items as they are answered, a hundred ranks a row, so that a page of a list is copied in one piece.

Blocks are made from a plan's items when it is published and stay as they are; what events made of an item is laid over
them when they are read. Plans whose items are told on reading have none.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select

from recobro_data.store.fields import ITEM_FIELDS
from recobro_data.store.live import chunked
from recobro_data.store.ready import told_answer
from recobro_data.store.schema import ITEM_BLOCKS, ITEMS

#: Ranks of a block, whether each has an item or not.
SPAN: Final = 100
_N_FIELDS: Final = len(ITEM_FIELDS)
#: Items held at once while blocks are made, and blocks written at once.
_READ, _WRITTEN = 1000, 10
_ITEMS: Final = select(ITEMS.c.rank, ITEMS.c.portfolio_id, ITEMS.c.body).order_by(ITEMS.c.rank)


def number_of(rank: int) -> int:
    """The block in which an item of that rank stands."""
    return (rank - 1) // SPAN


def insert_blocks(connection: Connection, seq: int, number: int | None = None) -> None:
    """Makes the blocks of a plan from its items, or the one of that number."""
    query = _ITEMS.where(ITEMS.c.plan_seq == seq)
    if number is not None:
        query = query.where(ITEMS.c.rank > number * SPAN, ITEMS.c.rank <= (number + 1) * SPAN)
    items = connection.execute(query, execution_options={"yield_per": _READ})
    for rows in chunked(_built(seq, items), _WRITTEN):
        connection.execute(insert(ITEM_BLOCKS), rows)


def remake_blocks(connection: Connection, ranks: Iterable[tuple[int, int]]) -> None:
    """Makes the blocks again in which items of these (plan_seq, rank) stood: some of them are gone."""
    for seq, number in {(seq, number_of(rank)) for seq, rank in ranks}:
        former = (ITEM_BLOCKS.c.plan_seq == seq, ITEM_BLOCKS.c.number == number)
        if connection.execute(delete(ITEM_BLOCKS).where(*former)).rowcount:
            insert_blocks(connection, seq, number)


def _built(seq: int, items: Iterable[Row[int, str, str]]) -> Iterator[dict[str, Any]]:
    for number, own in groupby(items, lambda item: number_of(item.rank)):
        block = _block(list(own), number)
        if block is not None:
            yield {"plan_seq": seq, "number": number, "n_fields": _N_FIELDS, **block}


def _block(items: Sequence[Row[int, str, str]], number: int) -> dict[str, Any] | None:
    """The columns of one block; None where an item of it has to be told when it is read."""
    texts, languages = [b""] * SPAN, set()
    for item in items:
        told = told_answer(item.body.encode())
        if told is None:
            return None
        texts[item.rank - 1 - number * SPAN] = told[0] + b","
        languages.add(told[1])
    bounds = [0]
    for text in texts:
        bounds.append(bounds[-1] + len(text))
    common = {"language": _only(languages), "portfolio_id": _only({item.portfolio_id for item in items})}
    return {**common, "n_items": len(items), "bounds": json.dumps(bounds), "body": b"".join(texts).decode()}


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


class Block(NamedTuple):
    """A block as it is read: the items of ranks from `number * SPAN` + 1 on, each with a comma behind it.

    `bounds` is where each begins, and where the last one ends; `language` is None where they differ in it.
    """

    number: int
    n_fields: int
    n_items: int
    language: bytes | None
    bounds: bytes
    body: bytes


class Changed(NamedTuple):
    """What events made of an item: its stored body now, and why it is off the list (None: is on it)."""

    because: bytes | None
    body: bytes


class Stretch(NamedTuple):
    """The blocks of some ranks, what of their items changed by rank, and whether an item comes behind those ranks."""

    blocks: Mapping[int, Block]
    changed: Mapping[int, Changed]
    has_more: bool


class BlockPage:
    """A page of a list while it is put together from blocks: up to `limit` items behind a rank.

    `language` is the reader's (None: each debtor's own); `tell` gives the answer of a stored body in it. What blocks
    can not give is left to whoever reads item by item.
    """

    def __init__(self, after_rank: int, limit: int, language: str | None, tell: Callable[[bytes], bytes]) -> None:
        self._looked_at, self._limit, self._tell = after_rank, limit, tell
        self._language = language.encode() if language else None
        self._pieces: list[bytes | memoryview] = []
        self.n_items, self.last_rank, self.has_more = 0, after_rank, True

    @property
    def next_ranks(self) -> tuple[int, int]:
        """The first and last rank that have to be looked at next, to where a block ends."""
        return self._looked_at + 1, (number_of(self._looked_at + self._room) + 1) * SPAN

    @property
    def _room(self) -> int:
        return self._limit - self.n_items

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing from it."""
        return self.n_items == self._limit

    @property
    def pieces(self) -> list[bytes | memoryview]:
        """The items as text with commas between them, in pieces to be joined."""
        return [*self._pieces[:-1], memoryview(self._pieces[-1])[:-1]] if self._pieces else []

    def add(self, stretch: Stretch) -> bool:
        """Takes the items of `next_ranks`; False: blocks can not give them."""
        first, last = self.next_ranks
        is_left = False
        for number in range(number_of(first), number_of(last) + 1):
            block = stretch.blocks.get(number)
            if block is None or not self._suits(block):
                return False
            is_left |= self._take(block, stretch.changed)
        self._looked_at, self.has_more = last, is_left or stretch.has_more
        return True

    def _suits(self, block: Block) -> bool:
        return block.n_fields == _N_FIELDS and self._language in (None, block.language)

    def _take(self, block: Block, changed: Mapping[int, Changed]) -> bool:
        """Takes as many as there is room for; whether one is left over."""
        base = block.number * SPAN
        first = max(self._looked_at - base, 0)
        if any(base + first < rank <= base + SPAN for rank in changed):
            return self._take_singly(block, changed, first)
        if first == 0 and block.n_items == SPAN <= self._room:
            self._put(block.body, SPAN, base + SPAN)
            return False
        bounds = json.loads(block.bounds)
        # A rank without an item ends where it begins.
        ends = sorted({*bounds[first:]})
        n_taken = min(len(ends) - 1, self._room)
        if n_taken:
            cut = memoryview(block.body)[ends[0] : ends[n_taken]]
            self._put(cut, n_taken, base + bisect_left(bounds, ends[n_taken]))
        return n_taken < len(ends) - 1

    def _take_singly(self, block: Block, changed: Mapping[int, Changed], first: int) -> bool:
        bounds = json.loads(block.bounds)
        for slot in range(first, SPAN):
            text, rank = block.body[bounds[slot] : bounds[slot + 1]], block.number * SPAN + slot + 1
            change = changed.get(rank)
            if not text or (change is not None and change.because is not None):
                continue
            if self.is_whole:
                return True
            self._put(text if change is None else self._tell(change.body) + b",", 1, rank)
        return False

    def _put(self, piece: bytes | memoryview, n_items: int, last_rank: int) -> None:
        self._pieces.append(piece)
        self.n_items += n_items
        self.last_rank = last_rank
