"""Steps of a migration that find out what a test says, in boxes in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.fake import FakeBackend
from boxscore.images.records import InstanceImage
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.migration.grader import MigrationGrader
from boxscore.protocols.migration.steps import Built, Compiled, Expected, Official, Study, Tested
from boxscore.protocols.migration.task import MigrationTask
from boxscore.protocols.patch.boxes import Boxes
from boxscore.records import Applied, Evidence, Trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.migration.steps import Faults, Seen
    from boxscore.protocols.patch.admission import Refused
    from boxscore.records import Result

TESTS = (":a.FirstTest#adds", ":a.FirstTest#takes")
PATCH = "diff --git a/pom.xml b/pom.xml\n--- a/pom.xml\n+++ b/pom.xml\n@@ -1 +1 @@\n-1\n+2\n"
TASK = MigrationTask(image=InstanceImage(name="toy"), tests=TESTS, modules=("",))
PASSED = dict.fromkeys(TESTS, "PASSED")


class FakeSteps:
    """Steps that all go well but for what is given; `error` is raised by the build, so many times.

    `done` has the names of the steps that were taken.
    """

    def __init__(  # noqa: PLR0913 - one for each step
        self,
        *,
        study: Study | Refused | None = None,
        built: Built | None = None,
        official: Official | None = None,
        compiled: Compiled | None = None,
        classes: Faults = (),
        tested: Tested | None = None,
        expected: Expected | None = None,
        errors: list[Exception] | None = None,
    ) -> None:
        self.found = study or Study(applied=Applied(rung="git apply"))
        self.built = built or Built(exit_code=0, log="BUILD SUCCESS")
        self.judged = official or Official(steps={"build": ""}, passed=True)
        self.compiled, self.classes = compiled or Compiled(), classes
        self.tested = tested or Tested(statuses=PASSED, trust=Trust.WATCHED, evidence=Evidence(planted=2))
        self.wanted = expected or Expected(modules=("",), tests=TESTS)
        self.errors = errors or []
        self.done: list[str] = []

    def expected(self, task: MigrationTask) -> Expected:
        """See `Steps`."""
        return self.wanted

    def study(self, task: MigrationTask, patch: str | None, expected: Expected) -> Study | Refused:
        """See `Steps`."""
        self.done.append("study" if patch else "study of the untouched project")
        return self.found

    def build(self, task: MigrationTask, patch: str | None, study: Study) -> Built:
        """See `Steps`."""
        self.done.append("build")
        if self.errors:
            raise self.errors.pop(0)
        return self.built

    def official(self, task: MigrationTask, study: Study, built: Built, expected: Expected) -> Official:
        """See `Steps`."""
        return self.judged

    def compile(self, task: MigrationTask, patch: str | None, study: Study, built: Built) -> Compiled:
        """See `Steps`."""
        self.done.append("compile")
        return self.compiled

    def compared(self, study: Study, built: Built, compiled: Compiled) -> Faults:
        """See `Steps`."""
        return self.classes

    def test(
        self,
        task: MigrationTask,
        patch: str | None,
        seen: Seen,
        expected: Expected,
    ) -> Tested:
        """See `Steps`."""
        self.done.append("test")
        return self.tested


def graded(
    steps: FakeSteps,
    *,
    code: str = PATCH,
    task: MigrationTask = TASK,
    find: Callable[[InstanceImage], str] | None = None,
) -> Result:
    """Grade one sample by such steps."""
    boxes = Boxes(FakeBackend(), find or (lambda image: image.name), sleep=lambda _: None)
    candidate = Candidate(sample_id="0", code=code)
    batch = Batch(instance_id="toy", task=task, trust=Trust.WATCHED, candidates=(candidate,))
    (result,) = MigrationGrader(boxes, steps).grade(batch)
    return result
