"""What values of an argument look like, learnt from some, and other values that look like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_LISTS = (list, tuple, set, frozenset)
_ABOVE = 2  # so much above the largest whole number: tests of 1, 2 and 3 leave nothing between them
_SMALL = 16  # so much above the smallest number
_MOST_LONG = 50  # items or letters that are looked at, and up to which values are made longer


class Shape:
    """The values seen in one place: numbers between bounds, letters, lengths, and the shape of what is inside."""

    def __init__(self) -> None:
        self._numbers: list[float] = []
        self._letters: set[str] = set()
        self._lengths: list[int] = []
        self._inner: Shape | None = None
        self._values: dict[object, Shape] = {}

    def learn(self, value: object) -> None:
        """Look at a value."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self._numbers.append(value)
        elif isinstance(value, str):
            self._lengths.append(len(value))
            self._letters |= set(value[:_MOST_LONG])
        elif isinstance(value, _LISTS):
            self._lengths.append(len(value))
            for one in list(value)[:_MOST_LONG]:
                self._inside().learn(one)
        elif isinstance(value, dict):
            for key, one in list(value.items())[:_MOST_LONG]:
                self._values.setdefault(type(key), Shape()).learn(one)

    def varied(self, value: Any, rng: random.Random) -> Any:
        """A value that is a little different, within what was seen; the same where nothing else is known."""
        match value:
            case bool():
                return not value if rng.random() < 0.5 else value  # noqa: PLR2004 - an even chance
            case int():
                changed: Any = self._number(value, rng)
            case float():
                low, high = self._bounds(value)
                changed = min(high, max(low, round(value + rng.uniform(-1, 1) * (1 + abs(value) / 2), 2)))
            case str():
                changed = "".join(self._items(list(value), rng, lambda _: rng.choice(sorted(self._letters) or ["a"])))
            case list() | tuple() | set() | frozenset():
                items = list(value) if isinstance(value, (list, tuple)) else sorted(value, key=repr)
                changed = type(value)(self._items(items, rng, lambda one: self._inside().varied(one, rng)))
            case dict():
                shapes = self._values
                changed = {k: shapes[type(k)].varied(v, rng) if type(k) in shapes else v for k, v in value.items()}
            case _:
                changed = value
        return changed

    def _inside(self) -> Shape:
        if self._inner is None:
            self._inner = Shape()
        return self._inner

    def _bounds(self, value: float) -> tuple[float, float]:
        """Between what numbers others may be: those seen, a little more where only one was."""
        low, high = min(self._numbers, default=value), max(self._numbers, default=value)
        return (low, high) if low < high else (low - (low > 1), high + 1)

    def _number(self, value: int, rng: random.Random) -> int:
        """A number near this one, a small one or any; small ones are where most mistakes show."""
        low, high = (int(one) for one in self._bounds(value))
        high += _ABOVE
        near = min(high, max(low, value + rng.choice((-2, -1, 1, 2))))
        return rng.choice((near, rng.randint(low, min(high, low + _SMALL)), rng.randint(low, high)))

    def _items(self, items: list[Any], rng: random.Random, other: Callable[[Any], Any]) -> list[Any]:
        """Items with one or two changes: one more, one less, another one, two in other places."""
        shortest, longest = min(self._lengths, default=0), max(self._lengths, default=len(items))
        longest = max(longest, shortest + 1)
        for _ in range(rng.randint(1, 2)):
            place = rng.randrange(len(items)) if items else 0
            match rng.choice(("more", "less", "other", "again", "swap")):
                case "more" if len(items) < min(longest, _MOST_LONG):
                    items.insert(place, other(items[place] if items else ""))
                case "again" if items and len(items) < min(longest, _MOST_LONG):
                    items.insert(place, rng.choice(items))
                case "less" if len(items) > shortest:
                    del items[place]
                case "other" if items:
                    items[place] = other(items[place])
                case "swap" if items:
                    elsewhere = rng.randrange(len(items))
                    items[place], items[elsewhere] = items[elsewhere], items[place]
                case _:
                    pass
        return items
