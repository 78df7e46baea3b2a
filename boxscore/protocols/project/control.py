"""The control: a small project, right and wrong, that shows that boxes work and tell one from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.jvm.verdict import jvm_verdict
from boxscore.protocols.project.build import Unbuilt
from boxscore.protocols.project.files import GivenFiles
from boxscore.protocols.project.task import ProjectTask
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.project.build import Project

SOURCE, TEST = "src/main/java/Control.java", "src/test/java/ControlTest.java"
REQUIRED = ("ControlTest#doubles",)
RIGHT, WRONG = (f"class Control {{ int twice(int n) {{ return {factor} * n; }} }}" for factor in (2, 3))
TESTS = """
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class ControlTest {
    @Test
    void doubles() {
        Assertions.assertEquals(42, new Control().twice(21));
    }
}
"""


def prove(task: ProjectTask, project: Callable[[ProjectTask, GivenFiles], Project]) -> None:
    """Grade the control, right and wrong, as samples of a task are. Raises BoxLost unless it comes to what it must."""
    control = ProjectTask(
        files=((SOURCE, WRONG.encode()),),
        replaced=(SOURCE,),
        tests=((TEST, TESTS.encode()),),
        required=REQUIRED,
        release=task.release,
        limits=task.limits,
    )
    for text, wanted in ((RIGHT, Outcome.PASSED), (WRONG, Outcome.WRONG)):
        one = project(control, GivenFiles(files={SOURCE: text}))
        if isinstance(one.built, Unbuilt):
            raise BoxLost(f"a control does not compile: {one.built.reason}", cause=LossCause.OUTSIDE)
        outcome, reason = jvm_verdict(one.run(((TEST, TESTS),), REQUIRED), REQUIRED)
        if outcome is not wanted:
            raise BoxLost(f"a box does not find {wanted} what is: {outcome}: {reason}", cause=LossCause.OUTSIDE)
