"""JavaBench and tiny-java: parts, projects, what becomes of samples, and what is written of results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore import CompileError, GradedRun, Outcome, ProjectDetail, Result, Sample, SampleKind, Trust
from boxscore.data.fetch import resolve
from boxscore.data.plugins import load_harness
from harnesses.javabench.metrics import METRICS_FILE, write_results
from harnesses.javabench.samples import is_undone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Instance

SKELETON = """package a;

import java.util.List;

public class A {
    int one() {
        // TODO
        return 0;
    }
}
"""


def tiny(part: str = "") -> dict[str, Instance]:
    harness = load_harness(f"tiny-java{part}")
    return {one.instance_id: one for one in harness.load(resolve(harness.source).path)}


def sample(text: str, kind: SampleKind = SampleKind.ANSWER, name: str = "Post/Box.java") -> Sample:
    return Sample(instance_id=name, sample_id="0", text=text, kind=kind)


@pytest.mark.parametrize(
    ("body", "undone"),
    [
        ("// TODO\n return 0;", True),
        ("// TODO\n return 123456;", True),
        ("// TODO\n // a comment does not count\n return 0;", True),
        ("// TODO\n int found = 2;\n return found - 1 + 2 - 2;", False),
        ("return 0;", False),
    ],
)
def test_undone(body: str, undone: bool) -> None:  # noqa: FBT001 - a column of a table
    """A method that says TODO must be longer than the skeleton's; one that does not may be as it likes."""
    assert is_undone(SKELETON, f"public class A {{\n    int one() {{\n        {body}\n    }}\n}}") is undone


def test_parts() -> None:
    """Each granularity has its instances; references give all their files."""
    assert (len(tiny()), len(tiny("@test-wise")), len(tiny("@project-wise"))) == (7, 4, 1)
    (whole,) = tiny("@project-wise").values()
    assert len(boxscore.decode_files(whole.reference or "").files) == 7


def test_tasks() -> None:
    """A class is graded by all tests, a suite's classes by its own; nothing of the solution is where they go."""
    harness = load_harness("tiny-java")
    task: Any = harness.task(tiny()["Post/Box.java"])
    suite: Any = load_harness("tiny-java@test-wise").task(tiny("@test-wise")["Post/ShelfTest"])

    assert len(task.required) == 36
    assert task.replaced == ("src/main/java/post/parcel/Box.java",)
    assert b"TODO" in dict(task.files)[task.replaced[0]]
    assert b"TODO" not in dict(task.files)["src/main/java/post/parcel/Parcel.java"]
    assert {one.partition("#")[0] for one in suite.required} == {"post.depot.ShelfTest"}
    assert len(suite.replaced) == 4


def test_extract() -> None:
    """An answer becomes a file, and says what is undone; words become nothing; files stay as they are."""
    harness, instance = load_harness("tiny-java"), tiny()["Post/Box.java"]
    reference = instance.reference or ""
    undone = harness.extract(instance, sample(instance.prompt))

    assert boxscore.decode_files(undone or "").incomplete == ("src/main/java/post/parcel/Box.java",)
    assert harness.extract(instance, sample("I would use a list.")) is None
    assert harness.extract(instance, sample(reference, SampleKind.SOLUTION)) == reference


def test_an_answer_with_several_classes() -> None:
    harness, instance = load_harness("tiny-java@test-wise"), tiny("@test-wise")["Post/ParcelTest"]
    files = boxscore.decode_files(instance.reference or "").files
    blocks = [f"```java\n{text}```" for text in reversed(list(files.values()))]

    found = harness.extract(instance, sample("\n".join(blocks)))

    assert found is not None
    assert boxscore.decode_files(found).files == files
    assert harness.extract(instance, sample(blocks[0])) is None


def result(name: str, number: int, outcome: Outcome, detail: ProjectDetail | None) -> Result:
    return Result(instance_id=name, sample_id=str(number), outcome=outcome, trust=Trust.CLAIM, detail=detail)


HALF = ProjectDetail(compiled=True, tests={"t#a": "PASSED", "t#b": "FAILED"}, invocations={"t#b": (1, 3)})
BROKEN = ProjectDetail(
    compiled=False, errors=(CompileError(path="A.java", line=1, message="no"),), tests={"t#a": "MISSING"}
)
UNDONE = ProjectDetail(compiled=True, incomplete=("A.java",), tests={"t#a": "PASSED", "t#b": "PASSED"})
FOUND = ((Outcome.WRONG, HALF), (Outcome.BUILD_FAILED, BROKEN), (Outcome.NO_CODE, UNDONE), (Outcome.NO_CODE, None))


def written(folder: Path, name: str, found: Sequence[tuple[Outcome, ProjectDetail | None]] = FOUND) -> Path:
    run = GradedRun(
        run_id="r",
        folder=folder,
        files=folder / "files",
        instances=(name,),
        samples=tuple(Sample(instance_id=name, sample_id=str(n), text="", model="m/x") for n in range(len(found))),
        results=tuple(result(name, number, *one) for number, one in enumerate(found)),
        tasks={},
        printed=lambda _: "",
    )
    write_results(run)
    return folder / "files"


def test_metrics_of_a_run(tmp_path: Path) -> None:
    found = json.loads((written(tmp_path, "P/A.java") / METRICS_FILE).read_text())["m/x"]["scores"]
    mean = {name: one["value"] for name, one in found[0]["mean"].items()}

    assert [one["k"] for one in found] == [1, 3]
    assert mean == pytest.approx(
        {"completion": 0.5, "compilation": 0.25, "pass": 2 / 9, "pass_linear": 0.125}, abs=0.01
    )
