"""JavaScript and TypeScript as languages of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.blind.javascript import files, soft, titles
from boxscore.protocols.blind.javascript.source import ENDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from boxscore.protocols.blind.language import HidingFile, Place


class JavaScript:
    """Tests of node:test, mocha, jest, vitest and their like, which are known by their titles."""

    ends: tuple[str, ...] = ENDS
    exact = False  # each library has its own equality
    imports_apart = False
    marks_reached = True
    marks_begun = False
    marks_branches = False

    def read(self, path: str, source: str, first: int) -> HidingFile:
        """See `TestLanguage.read`, and so with the others."""
        return files.ScriptFile(path, source, first)

    def places(self, tests: Iterable[str], files: Mapping[str, str]) -> dict[str, Place | None]:
        """By the title that an id ends with, or the path that it is."""
        return titles.places(tests, titles.titles_of_files(files))

    def soft(self, source: str) -> str:
        """Each statement is in a `try`."""
        return soft.soft(source)

    def unbuilt(self, log: str, paths: Collection[str]) -> dict[str, set[int]]:  # noqa: ARG002 - types are not checked
        """Where TypeScript's compiler has errors, a file does not come to its tests."""
        return {}

    def without(self, source: str, lines: Collection[int]) -> str:  # noqa: ARG002 - as above
        """Nothing is taken out."""
        return source

    def without_runtime(self, source: str) -> str:
        """The text of `sandbox/blind.js` is left out."""
        return files.without_runtime(source)

    def spoken(self, source: str) -> Iterator[str]:
        """All string literals, but for templates."""
        return files.spoken(source)


JAVASCRIPT = JavaScript()
