"""Tables of a terminal in which a name stands whole: ids are searched for, copied and pasted.

The first cell of a row names it. It is folded only where it is longer than a line of the terminal; where it leaves too
little for the others, they stand below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text

_LEAST = 8  # characters of a cell beside the name, which folds further ones
_BETWEEN = 3  # blanks between two cells; at the ends of a row there are two


class NamedRows:
    """A table whose rows are named by their first cells. Cells are plain text, safe to be printed.

    `right` are columns of numbers. With `cut`, the last column takes what the others leave, at least so many
    characters, and is cut to one line; the others fold as long as nothing else would do.
    """

    def __init__(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        right: Container[int] = (),
        cut: int | None = None,
        title: str | None = None,
    ) -> None:
        self._head, self._rows = tuple(head), [tuple(row) for row in rows]
        self._right, self._cut, self._title = right, cut, title

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Lay it out for the terminal that it is printed on."""
        if self._needed() <= options.max_width:
            yield self._table()
        else:
            yield from self._list()

    def _needed(self) -> int:
        """How wide a table is at least in which names are whole, and cells beside them are not crushed."""
        name, *others = [max(map(_width, column)) for column in zip(self._head, *self._rows, strict=True)]
        beside = [min(_LEAST, one) for one in others] if self._cut is None else [*others[:-1], self._cut]
        return name + sum(beside) + _BETWEEN * len(self._head) + 1

    def _table(self) -> Table:
        from rich import box  # noqa: PLC0415 - slow to import
        from rich.table import Table  # noqa: PLC0415 - slow to import
        from rich.text import Text  # noqa: PLC0415 - slow to import

        expand = self._cut is not None
        table = Table(box=box.SIMPLE_HEAD, title=self._title, title_justify="left", title_style="", expand=expand)
        last = len(self._head) - 1
        for number, name in enumerate(self._head):
            if expand and number == last:
                table.add_column(Text(name), overflow="ellipsis", no_wrap=True, ratio=1, width=self._cut)
            elif number in self._right:
                table.add_column(Text(name), justify="right", overflow="fold")
            else:
                table.add_column(Text(name), overflow="fold", no_wrap=expand or number == 0)
        for row in self._rows:
            table.add_row(*map(Text, row))
        return table

    def _list(self) -> Iterator[Text]:
        from rich.text import Text  # noqa: PLC0415 - slow to import

        if self._title is not None:
            yield Text(self._title)
        for name, *cells in self._rows:
            yield Text(name, overflow="fold")
            if self._cut is not None:
                yield Text(f"  {'  '.join(cells)}", overflow="ellipsis", no_wrap=True)
                continue
            for head, cell in zip(self._head[1:], cells, strict=True):
                if cell:
                    yield Text(f"  {head}: {cell}" if head else f"  {cell}", overflow="fold")
        yield Text("")


def _width(cell: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415 - slow to import

    return max(map(cell_len, cell.split("\n")))
