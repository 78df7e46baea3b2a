"""What pages are answered from: runs and pairs of runs, read once for as long as their files stay as they are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from boxscore.compare.build import compare_runs
from boxscore.compare.comparable import differences
from boxscore.compare.read import read_compared
from boxscore.errors import UsageError
from boxscore.page.compare_page import ComparisonPage
from boxscore.page.follow import FollowedRun
from boxscore.page.read import read_page
from boxscore.page.run_list import stamp
from boxscore.run.store import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from boxscore.page.read import RunPage
    from boxscore.page.records import Details, Head, Scalar

_KEPT = 6  # pages whose rows are held


class PageSource(Protocol):
    """What a page asks for."""

    def head(self) -> Head:
        """All but its rows, as it is now."""

    def rows(self, first: int) -> Sequence[Sequence[Scalar]]:
        """The rows from a number on."""

    def details(self, row: int) -> Details:
        """What is shown of an opened row. Raises IndexError."""


class NotComparable(UsageError):  # noqa: N818 - what is so
    """Two runs that are not compared; `names` are the differences that would have to be accepted, if that helps."""

    def __init__(self, error: UsageError, names: Sequence[str]) -> None:
        super().__init__(str(error))
        self.reasons, self.names = error.lines(), tuple(names)


class Sources:
    """Finds what a page is answered from; the pages that were asked for last are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, path: Path) -> PageSource:
        """A run, followed while it goes on. Raises InputError, StoreError."""
        with shared(path) as alone:
            pass
        if not alone:
            return self._source((path, "followed"), None, lambda: FollowedRun(path))
        return self._source((path, "ended"), stamp(path), lambda: EndedRun(read_page(path)))

    def pair(self, a: Path, b: Path, *, allowed: Collection[str]) -> PageSource:
        """Two runs, as they stand. Raises NotComparable, InputError, StoreError."""
        names = tuple(sorted(allowed))
        return self._source((a, b, names), (stamp(a), stamp(b)), lambda: _compared(a, b, names))

    def _source(self, name: object, state: object, make: Callable[[], PageSource]) -> PageSource:
        with self._lock:
            kept = self._kept.pop(name, None) or _Kept()
            self._kept[name] = kept
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        with kept.lock:  # a page asks for several things at once, and its run is read once
            if kept.source is None or kept.state != state:
                kept.source, kept.state = make(), state
            return kept.source


class _Kept:
    """A page that was asked for, and what its files were like."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.state: object = None
        self.source: PageSource | None = None


class EndedRun:
    """A run at which nobody is at work."""

    def __init__(self, page: RunPage) -> None:
        self._page = page

    def head(self) -> Head:
        """As it was read."""
        return self._page.head

    def rows(self, first: int) -> Sequence[Sequence[Scalar]]:
        """The rows from a number on."""
        return self._page.rows[first:]

    def details(self, row: int) -> Details:
        """What is shown of an opened row. Raises IndexError."""
        return self._page.details(row)


def _compared(a: Path, b: Path, allowed: Collection[str]) -> ComparisonPage:
    runs = read_compared([str(a), str(b)])
    try:
        return ComparisonPage(runs, compare_runs(runs, allowed=allowed), k=1)
    except UsageError as error:
        found = differences(*runs) if runs[0].benchmark == runs[1].benchmark else ()
        raise NotComparable(error, list(dict.fromkeys(one.name for one in found if one.name not in allowed))) from error
