"""Which language the tests of a patch are in, and which files they may stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.blind.java.language import JAVA
from boxscore.protocols.blind.javascript.language import JAVASCRIPT
from boxscore.protocols.blind.language import PYTHON
from boxscore.protocols.patch.canaries import files

if TYPE_CHECKING:
    from boxscore.protocols.blind.language import TestLanguage
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.patch.tree import Staged

MAX_HIDING_FILES = 400


def language_of(task: PatchTask, staged: Staged) -> TestLanguage:
    """The language of the files that the test patch makes: the first that there is of Python, JavaScript and Java."""
    if any(path.endswith(PYTHON.ends) for path in staged.tests):
        return PYTHON
    return next((one for one in (JAVASCRIPT, JAVA) if files.named_files(task, staged, one.ends)), PYTHON)


def test_files(task: PatchTask, staged: Staged, language: TestLanguage) -> tuple[str, ...]:
    """Where required tests may stand."""
    if language is PYTHON:
        return files.test_files(task, staged.tests)
    return files.named_files(task, staged, language.ends)[:MAX_HIDING_FILES]
