"""Items that a thread makes ahead of those who take them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import HarnessError
from boxscore.run.ahead import Ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 60.0


def test_all_items_come_in_order() -> None:
    """Each is taken once, and after the last there are none, however often one asks."""
    with Ahead(range(100), 2) as ahead:
        assert list(ahead) == list(range(100))
        assert list(ahead) == []


def test_an_item_is_made_before_it_is_asked_for_but_not_all_of_them() -> None:
    """Those who take one do not wait for it; what is made ahead is bounded."""
    made, third = list[int](), threading.Event()

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            if number == 2:
                third.set()
            yield number

    with Ahead(items(), 2) as ahead:
        assert third.wait(WAIT_S)
        assert next(ahead) == 0
    assert len(made) <= 5


def test_the_rest_is_known_once_nothing_more_is_made() -> None:
    """While more may come nobody knows what is left."""
    more = threading.Event()

    def items() -> Iterator[int]:
        yield from (0, 1)
        assert more.wait(WAIT_S)
        yield 2

    with Ahead(items(), 4) as ahead:
        assert next(ahead) == 0
        assert ahead.rest() is None
        more.set()
        while ahead.rest() is None:
            time.sleep(0.01)
        assert ahead.rest() == [1, 2]
        assert list(ahead) == [1, 2]


def test_an_error_comes_in_the_place_of_its_item() -> None:
    """What was made before it is taken first; after it there is nothing."""

    def items() -> Iterator[int]:
        yield 1
        raise HarnessError("no code")

    with Ahead(items(), 4) as ahead:
        assert next(ahead) == 1
        with pytest.raises(HarnessError, match="no code"):
            next(ahead)
        assert next(ahead, None) is None


def test_several_take_from_one() -> None:
    """Threads share the items, and each finds the end."""
    taken = list[int]()
    with Ahead(range(300), 3) as ahead:
        threads = [threading.Thread(target=lambda: taken.extend(ahead)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_S)

    assert sorted(taken) == list(range(300))


def test_who_leaves_early_leaves_no_thread() -> None:
    """The thread ends with the context, though nobody has taken what it made."""
    before = set(threading.enumerate())
    with Ahead(range(100), 1) as ahead:
        assert next(ahead) == 0

    assert set(threading.enumerate()) <= before  # those of another test may have ended meanwhile


def test_what_is_wanted_is_taken_before_others() -> None:
    """The first of these that is made; where none is among as many as are made ahead, the first of all."""
    with Ahead(range(10), 4) as ahead:
        assert ahead.take(lambda number: number == 3) == 3
        assert ahead.take(lambda number: number == 9) == 0
        ahead.most = 10
        assert ahead.take(lambda number: number == 9) == 9
        assert list(ahead) == [1, 2, 4, 5, 6, 7, 8]
