"""The loop that migrates a project: what it asks, what it keeps, and what it undoes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from boxscore.agents.fake import FakeAssignment
from boxscore.agents.maven.loop import LoopSettings, MigrationLoop, Progress
from boxscore.agents.maven.project import Built, FakeProject
from boxscore.models.fake import FakeModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCE = "src/A.java"
FILES = {
    "pom.xml": "<project><properties></properties></project>\n",
    SOURCE: "import old.One;\nimport old.Two;\nclass A {}\n",
}


def edit(path: str, find: str, new: str) -> str:
    """An answer with one change."""
    return (
        f"[Change Start {path}]\n[Find Start]\n{find}\n[Find End]\n"
        f"[Replace Start]\n{new}\n[Replace End]\n[Change End {path}]"
    )


def build(files: Mapping[str, str]) -> Built:
    """Fail at each import of an old package."""
    lines = files[SOURCE].splitlines()
    wrong = [(n, line.split()[1].rstrip(";")) for n, line in enumerate(lines, 1) if line.startswith("import old.")]
    errors = [f"[ERROR] /testbed/{SOURCE}:[{n},8] package {name} does not exist" for n, name in wrong]
    log = "\n".join(["[ERROR] COMPILATION ERROR :", *errors, "[INFO] BUILD FAILURE"])
    return Built(passed=not errors, log=log)


def migrated(answers: Sequence[str], **settings: object) -> tuple[str, FakeProject, FakeModel, list[dict[str, object]]]:
    """Run the loop over a script of answers."""
    project, model = FakeProject(FILES, build), FakeModel(answers)
    assignment = FakeAssignment(None, model)
    loop = MigrationLoop(assignment, project, LoopSettings(**settings))  # type: ignore[arg-type]
    why = asyncio.run(asyncio.wait_for(loop.run(), 60))
    return why, project, model, assignment.trajectory.as_atif()["steps"]


def tools(steps: Sequence[Mapping[str, object]]) -> list[str]:
    """The tools that were used, in order."""
    return [call["function_name"] for step in steps for call in step.get("tool_calls", ())]  # type: ignore[attr-defined]


ONE = edit(f"/testbed/{SOURCE}", "import old.One;", "import fresh.One;")
TWO = edit(SOURCE, "import old.Two;", "import fresh.Two;")


def test_each_round_fixes_the_first_error_until_the_build_passes() -> None:
    """Each round fixes the first error until the build passes."""
    why, project, model, steps = migrated([ONE, TWO])
    assert why == "passed"
    assert "old" not in project.files[SOURCE]
    assert tools(steps) == ["seed", "build", "edit", "build", "edit", "build"]
    first, second = (question.messages for question in model.asked)
    assert len(first) == len(second) == 1
    assert "package old.One does not exist" in first[0]["content"]
    assert "//  Compilation error is at this line." in first[0]["content"]
    assert "package old.Two does not exist" in second[0]["content"]


def test_the_poms_are_seeded_before_the_first_build_unless_told_otherwise() -> None:
    """The poms are seeded before the first build unless told otherwise."""
    assert "<maven.compiler.release>17<" in migrated([ONE, TWO])[1].files["pom.xml"]
    assert migrated([ONE, TWO], seeds=False)[1].files["pom.xml"] == FILES["pom.xml"]


def test_a_round_that_changes_no_error_is_undone_and_the_model_is_told() -> None:
    """A round that changes no error is undone and the model is told."""
    useless = edit(SOURCE, "class A {}", "class A { }")
    _, project, model, steps = migrated([useless, ONE, TWO])
    assert "class A {}" in project.files[SOURCE]
    assert tools(steps) == ["seed", "build", "edit", "build", "revert", "edit", "build", "edit", "build"]
    told = model.asked[1].messages
    assert [message["role"] for message in told] == ["user", "assistant", "user"]
    assert "[Feedback Start]The build errors are all the same as before, after applying" in told[-1]["content"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("I cannot.", "Unable to get any file to change"),
        (edit(SOURCE, "zebra", "lion"), "Find blocks are not found at all"),
        (edit("src/None.java", "a", "b"), "doesn't exist"),
        (edit("/testbed/../etc/passwd", "root", "b"), "doesn't exist"),
        (edit(SOURCE, "import old.One;", "import old.One;"), "blocks are the same"),
    ],
)
def test_an_answer_that_changes_nothing_costs_no_build(answer: str, told: str) -> None:
    """An answer that changes nothing costs no build."""
    why, project, model, _ = migrated([answer, ONE, TWO])
    assert why == "passed"
    assert project.builds == 3
    assert told in model.asked[1].messages[-1]["content"]


def test_a_long_conversation_about_one_error_begins_anew() -> None:
    """A long conversation about one error begins anew."""
    model = migrated(["no"] * 6 + [ONE, TWO], restart=10)[2]
    assert [len(question.messages) for question in model.asked] == [1, 3, 5, 7, 9, 11, 1, 1]


def test_it_ends_after_its_rounds_and_keeps_what_was_gained() -> None:
    """It ends after its rounds and keeps what was gained."""
    why, project, _, _ = migrated([ONE, "no", "no"], rounds=3)
    assert why == "rounds"
    assert "fresh.One" in project.files[SOURCE]


def test_more_errors_are_progress_only_where_any_other_are() -> None:
    """More errors are progress only where any other are."""
    worse = edit(SOURCE, "class A {}", "class A {}\nimport old.Three;")
    assert migrated([worse], rounds=1)[1].files[SOURCE].count("old") == 3
    for rule in (Progress.NON_INCREASING, Progress.DECREASING):
        assert migrated([worse], rounds=1, progress=rule)[1].files[SOURCE].count("old") == 2


def test_it_ends_when_its_time_is_over() -> None:
    """It ends when its time is over."""
    times = iter([0.0, 0.0, 10_000.0])
    project = FakeProject(FILES, build)
    loop = MigrationLoop(FakeAssignment(None, FakeModel([])), project, LoopSettings(), clock=lambda: next(times))
    assert asyncio.run(asyncio.wait_for(loop.run(), 60)) == "time"
