"""The steps of grading a migration, as data: what each has found out, and the seam behind which they need boxes."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.migration.class_difference import Level  # noqa: TC001 - a field of a record
from boxscore.protocols.migration.pom_faults import CHECKS as POMS
from boxscore.records import Applied, CompileError, Evidence, LimitName, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.patch.admission import Refused

Faults = tuple[tuple[str, str], ...]
"""Checks that did not hold, each with why, the first of each check first."""

# In the order in which they decide; docs/migrations.md says what each asks for.
CHECKS = ("files", *POMS, "dependencies", "inventory", "build", "compile", "classes", "tests")


class Expected(Struct, frozen=True, kw_only=True):
    """What must be true of the project as it was: its modules, and the tests that ran and passed.

    `tests` are ids `module:package.Class#method`. `count` is how many the benchmark counts, None where that is unknown.
    `levels` say how far the classes of its own build and the grader's agreed then, by module; others agreed in all.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    count: int | None = None
    levels: Mapping[str, Level] = {}


class Study(Struct, frozen=True, kw_only=True):
    """What a migrated tree is, looked at before any of its code has run: `faults` are the checks that do not hold.

    `limit` is the one that ended Maven while it read the poms.
    `modules` are the folders of its poms in the order of the build. What later steps need is kept in `model`, which is
    theirs alone.
    """

    applied: Applied
    faults: Faults = ()
    modules: tuple[str, ...] = ()
    model: object = None
    limit: LimitName | None = None


class Built(Struct, frozen=True, kw_only=True):
    """What the project's own build came to, which is its word: `mvn clean verify` in a box of its own.

    `files` are what it left in the folders of classes and of generated sources, by their paths in the tree; `unread`
    says why they could not be taken.
    """

    exit_code: int | None
    log: str = ""
    truncated: bool = False
    limit: LimitName | None = None
    signal: int | None = None
    files: Mapping[str, bytes] = {}
    unread: str = ""
    fetched: tuple[tuple[str, str], ...] = ()
    cpu_s: float | None = None
    memory_bytes: int | None = None


class Compiled(Struct, frozen=True, kw_only=True):
    """What the grader's own compiler made of the sources: classes by module and path; or why there are none.

    `shadows` says which of them a JVM would take for those of a jar.
    """

    errors: tuple[CompileError, ...] = ()
    message: str = ""
    limit: LimitName | None = None
    classes: Mapping[str, Mapping[str, bytes]] = {}
    shadows: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """Why there are no classes; "" where there are."""
        if self.limit is not None:
            return f"the {self.limit} limit ended the compiler"
        if self.errors:
            first = self.errors[0]
            place = f"{first.path}:{first.line}: " if first.path else ""
            count = "1 error" if len(self.errors) == 1 else f"{len(self.errors)} errors"
            return f"{place}{first.message}; {count}"
        return self.message


class Tested(Struct, frozen=True, kw_only=True):
    """What became of the expected tests, by id, and what that is worth.

    `refused` says why it is no success all the same where all of them passed by their own word, and `forged` that it is
    a forgery.
    """

    statuses: Mapping[str, str] = {}
    reasons: Mapping[str, str] = {}
    trust: Trust = Trust.CLAIM
    refused: str = ""
    forged: bool = False
    limit: LimitName | None = None
    output: str = ""
    evidence: Evidence = Evidence()


class Official(Struct, frozen=True, kw_only=True):
    """What the benchmark's own program says: its steps as far as it goes, "" for one that it is content with.

    `passed` is None where it was not worked out.
    """

    steps: Mapping[str, str] = {}
    passed: bool | None = None

    @property
    def failed(self) -> str:
        """The step that it ends at, with why; "" where there is none."""
        return next((f"{step}: {reason}" for step, reason in self.steps.items() if reason), "")


class Seen(Struct, frozen=True, kw_only=True):
    """What the steps that were taken have found out."""

    study: Study
    built: Built
    official: Official
    compiled: Compiled | None = None
    tested: Tested | None = None


class Steps(typing.Protocol):
    """What needs boxes. Each method opens its own and raises what a box raises, HarnessError for trouble of ours."""

    def expected(self, task: MigrationTask) -> Expected:
        """Say what the project as it was has; found out with the old Java where the task does not say it."""

    def study(self, task: MigrationTask, patch: str | None, expected: Expected) -> Study | Refused:
        """Apply a patch (None: none) and look at the tree that it leaves, before any of its code runs."""

    def build(self, task: MigrationTask, patch: str | None, study: Study) -> Built:
        """Build the tree as the benchmark does."""

    def official(self, task: MigrationTask, study: Study, built: Built, expected: Expected) -> Official:
        """Say what the benchmark's own program makes of it."""

    def compile(self, task: MigrationTask, patch: str | None, study: Study, built: Built) -> Compiled:
        """Compile its sources and the tests of the project as it was with the grader's own compiler."""

    def compared(self, study: Study, built: Built, compiled: Compiled) -> Faults:
        """Compare the classes of the project's build with the grader's own."""

    def test(self, task: MigrationTask, patch: str | None, seen: Seen, expected: Expected) -> Tested:
        """Run the expected tests on the grader's own classes."""
