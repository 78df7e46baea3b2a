"""The tests of the base problems: those of HumanEval and MBPP, from whose tasks the Pro sets were made, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

import boxscore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HUMANEVAL = boxscore.DataSource(
    path="humaneval/HumanEval.jsonl.gz",
    sha256="b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
    url="https://raw.githubusercontent.com/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/"
    "data/HumanEval.jsonl.gz",
)
MBPPPLUS = boxscore.DataSource(
    path="evalplus/MbppPlus-v0.2.0.jsonl.gz",
    sha256="af43697e8791c4c149bdfd6b489d8b5412507551ac20e28a439f650b8225db63",
    url="https://github.com/evalplus/mbppplus_release/releases/download/v0.2.0/MbppPlus.jsonl.gz",
)


class BaseTests(Struct, frozen=True, kw_only=True):
    """Where the base problems have their tests, and how a row of there says them."""

    source: boxscore.DataSource
    tests: Callable[[dict[str, Any]], str]

    def read(self) -> list[tuple[str, str]]:
        """For each row, in order, the function and the source of its tests.

        Raises:
            DataError: The file is not here and cannot be fetched, or it is not the published one.
            InputError: A row is not as it must be.
        """
        path = boxscore.fetch(self.source)
        return [self._read(row, path, line) for line, row in boxscore.read_rows(path, key="task_id")]

    def _read(self, row: dict[str, Any], path: Path, line: int) -> tuple[str, str]:
        return boxscore.text_field(row, "entry_point", path=path, line=line), self.tests(row)


def humaneval_tests(row: dict[str, Any]) -> str:
    """The `check` of a row of HumanEval, and its call."""
    return f"{row['test']}\n\ncheck({row['entry_point']})\n"


def mbpp_tests(row: dict[str, Any]) -> str:
    """MBPP's own asserts, which MBPP+ repeats, with the import that some of them need."""
    return f"import math\n{row['assertion']}\n"
