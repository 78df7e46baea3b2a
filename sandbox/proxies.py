"""What stands in a test's namespace for things of the candidate: its functions, its objects, its exceptions."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

import plain
from verdicts import SampleEnd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn, Protocol

    from frames import Links, Path

    class Caller(Protocol):
        """What a proxy needs of the way to its candidate; see `Channel` in `channel.py`."""

        def ask(self, *request: Any) -> Any:
            """Send a request and return its answer."""

        def call(
            self, name: str | int, arguments: Any, keywords: dict[str, Any], links: Links, originals: tuple[Any, ...]
        ) -> Any:
            """Call one of the candidate's names, or an object of its by number."""


class Handle:  # noqa: PLW1641 - hashing is refused below
    """An object that stayed with the candidate. Tests may hand it back, call it and touch its attributes.

    It equals nothing: what a method of it returns is data as any other answer, the object itself never is.

    Its truth value is the candidate's answer, which is worth no less than a plain True.
    """

    __slots__ = ("_channel", "_kind", "_number", "_truth_value")

    _kind: str
    _channel: Caller
    _number: int
    _truth_value: bool | None

    def __init__(self, channel: Caller, number: int, kind: str, truth_value: bool | None) -> None:
        object.__setattr__(self, "_truth_value", truth_value)
        object.__setattr__(self, "_channel", channel)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_kind", kind)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._channel.ask("get", self._number, name)

    def __setattr__(self, name: str, value: object) -> None:
        (value,), links = separate((value,))
        self._channel.ask("set", self._number, name, value, links)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Have the candidate call it, such as a method that was read from an object of a class of its own."""
        return _call(self._channel, self._number, arguments, keywords)

    def __bool__(self) -> bool:
        return self._refuse() if self._truth_value is None else self._truth_value

    def _refuse(self, *_: object) -> NoReturn:
        raise SampleEnd("wrong", f"the answer is an object of type {self._kind}, not plain data")

    def __eq__(self, other: object) -> bool:
        return True if other is self else self._refuse()

    __hash__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __len__ = __iter__ = __contains__ = __getitem__ = _refuse
    __str__ = __repr__ = __format__ = __int__ = __float__ = __index__ = __add__ = __radd__ = _refuse


class Proxy:
    """Stands in a test's namespace for one of the candidate's names; calling it calls the candidate."""

    __slots__ = ("_channel", "_name")

    def __init__(self, channel: Caller, name: str) -> None:
        self._channel, self._name = channel, name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the candidate with plain data, proxies and built-in classes."""
        return _call(self._channel, self._name, arguments, keywords)


def _call(channel: Caller, name: str | int, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    plain_arguments, links = separate(arguments)
    return channel.call(name, plain_arguments, keywords, links, arguments)


def separate(value: Any, path: Path = ()) -> tuple[Any, Links]:
    """Take proxies and built-in classes out of a structure.

    Returns the structure with None in their places, and for each its place and what belongs there: the number of an
    object, the name of a global, or the name of a built-in class after a dot.
    """
    if isinstance(value, Handle):
        return None, [(path, value._number)]  # noqa: SLF001 - public names are the candidate's
    if isinstance(value, Proxy):
        return None, [(path, value._name)]  # noqa: SLF001 - as above
    if isinstance(value, type) and vars(builtins).get(name := value.__name__) is value:
        return None, [(path, "." + name)]
    if type(value) in (list, tuple) and not plain.SCALARS.issuperset(map(type, value)):
        parts = [separate(item, (*path, at)) for at, item in enumerate(value)]
        links = [link for _, found in parts for link in found]
        return (type(value)(item for item, _ in parts), links) if links else (value, [])
    return value, []


def write_back(original: Any, changed: Any) -> None:
    """Let the tests see in place what the candidate did to an argument of theirs."""
    if type(original) is not type(changed):
        return
    if type(original) is list:
        original[:] = changed
    elif type(original) in (dict, set):
        original.clear()
        original.update(changed)


def raisable(names: Sequence[str], text: str, end: SampleEnd) -> BaseException:
    """Make an exception of the nearest built-in class, for tests that expect one; it carries `end` if none does.

    `names` are those of its class and its bases. Where no ordinary exception is near, it is `end` itself.
    """
    kind = next((getattr(builtins, n) for n in names if isinstance(getattr(builtins, n, None), type)), object)
    if not issubclass(kind, Exception) or issubclass(kind, (StopIteration, StopAsyncIteration)):
        return end  # the latter would end a loop of the tests quietly
    try:
        exception: Exception = kind.__new__(kind)
    except TypeError:
        return end
    exception.args = (text,)
    exception.__dict__["end"] = end
    return exception
