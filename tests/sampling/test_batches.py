"""Lines that many tasks write are handed on together, and whoever gave one always goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from boxscore.sampling.attempts import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_what_the_call_back_raises_is_raised_where_its_item_came_from() -> None:
    """The others are written and told of all the same; nobody waits for ever."""

    def write(items: Sequence[int]) -> Sequence[int]:
        return items

    def done(item: int, value: int) -> None:
        if item == 1:
            raise ValueError(f"item {value}")

    async def main() -> list[object]:
        batches = BatchWriter(write, done)
        found = await asyncio.wait_for(
            asyncio.gather(*(batches.add(one) for one in range(3)), return_exceptions=True), 60
        )
        await asyncio.wait_for(batches.flush(), 60)
        return list(found)

    first, second, third = asyncio.run(main())

    assert (first, third) == (None, None)
    assert isinstance(second, ValueError)


def test_what_the_write_raises_is_raised_to_all() -> None:
    """And what comes later is written again."""
    written: list[Sequence[int]] = []

    def write(items: Sequence[int]) -> Sequence[int]:
        written.append(items)
        if len(written) == 1:
            raise OSError("full")
        return items

    async def main() -> None:
        batches: BatchWriter[int, int] = BatchWriter(write)
        with pytest.raises(OSError, match="full"):
            await asyncio.wait_for(batches.add(1), 60)
        await asyncio.wait_for(batches.add(2), 60)

    asyncio.run(main())

    assert written == [[1], [2]]
