"""A repository of artefacts in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.maven.layout import RepositoryPath


class FakeSource:
    """Files by path, for tests. `asked` has the paths that were asked for, in order; `error` is raised instead."""

    def __init__(self, files: Mapping[str, bytes], *, error: Exception | None = None) -> None:
        self._files, self._error = dict(files), error
        self.asked: list[str] = []

    def get(self, wanted: RepositoryPath) -> bytes | None:
        self.asked.append(wanted.path)
        if self._error is not None:
            raise self._error
        return self._files.get(wanted.path)
