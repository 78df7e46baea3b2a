"""What commands print for people."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from boxscore.cli.output import print_lines, print_table
from boxscore.report.tables import NamedRows


def test_nothing_in_a_table_drives_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Ids of samples and instances stand in heads as in cells: escapes and markup are shown as text."""
    odd = "\x1b[31m[bold]red[/bold]"

    print_table((odd, "b"), [(odd, "x")])

    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.count("[bold]red[/bold]") == 2


@pytest.mark.parametrize(
    "blank", ["\u115f", "\u1160", "\u2800", "\u3164", "\uffa0", "\u00a0", "\u3000", "\u1680", "\u034f", "\ufe00"]
)
def test_no_name_is_printed_as_nothing(blank: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Two names that look alike are told apart."""
    print_lines([f"a{blank}b"])
    print_table(("name", "b"), [(f"a{blank}b", "x")])

    assert capsys.readouterr().out.count(f"a\\{blank.encode('unicode_escape').decode()[1:]}b") == 2


@pytest.mark.parametrize("columns", [80, *range(100, 125), 200])
def test_names_of_rows_stand_whole(columns: int) -> None:
    """Where a name leaves no room for the other cells they stand below it, each with what it is."""
    name = "instance_NodeBB__NodeBB-00c70ce7b0541cfc94afe567921d7668cdc8f4ac-vnan"
    console = Console(file=io.StringIO(), width=columns, color_system=None)
    rows = [(name, "12", "none: its tests cannot be run by file"), ("short", "3", "")]

    console.print(NamedRows(("instance", "FAIL_TO_PASS", "evidence"), rows))

    assert isinstance(console.file, io.StringIO)
    lines = [line.strip() for line in console.file.getvalue().splitlines()]
    assert any(line.startswith(name) for line in lines)
    assert any(line.startswith("short") for line in lines)
    assert max(map(len, lines)) <= columns
    if columns < len(name) + 20:
        assert lines[lines.index(name) + 1 :][:2] == [
            "FAIL_TO_PASS: 12",
            "evidence: none: its tests cannot be run by file",
        ]
