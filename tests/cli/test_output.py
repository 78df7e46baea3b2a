"""What commands print for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.cli.output import print_table

if TYPE_CHECKING:
    import pytest


def test_nothing_in_a_table_drives_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Ids of samples and instances stand in heads as in cells: escapes and markup are shown as text."""
    odd = "\x1b[31m[bold]red[/bold]"

    print_table((odd, "b"), [(odd, "x")])

    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.count("[bold]red[/bold]") == 2
