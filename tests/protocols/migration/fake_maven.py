"""Boxes in memory with a Maven project in them: what Maven, the compiler and our own programs there say of it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from boxscore.boxes.contract import Completed
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxLost, LossCause
from boxscore.images.records import InstanceImage
from boxscore.protocols.migration.maven_box import MavenRun
from boxscore.protocols.migration.resolved import TREE_FILE
from boxscore.protocols.migration.run import BoxSteps
from boxscore.protocols.migration.study import EFFECTIVE, HELP
from boxscore.protocols.migration.task import MigrationTask
from boxscore.protocols.patch.boxes import Boxes
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.protocols.trusted import PYTHON
from tests.protocols.migration.class_files import class_file
from tests.protocols.migration.effective_poms import ROOT, compiler, effective, project, surefire

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.migration.judge import JudgeSuite
    from boxscore.protocols.migration.maven_box import Java
    from boxscore.protocols.retry import During
    from boxscore.records import LimitName

PREEMPTED = "org.opentest4j.AssertionFailedError: "
MOST = 50  # files that are read of a tree
TARGET_8 = "<maven.compiler.source>8</maven.compiler.source><maven.compiler.target>8</maven.compiler.target>"
TEST = (
    b"import org.junit.Test; public class CalcTest { @Test public void adds() { assertEquals(2, new Calc().two()); } }"
)
BASE = {
    "pom.xml": b"<project><old/></project>",
    "src/main/java/toy/Calc.java": b"package toy; class Calc {}",
    "src/test/java/toy/CalcTest.java": b"package toy; " + TEST,
}
PATCHED = BASE | {"pom.xml": b"<project><new/></project>"}
JUNIT = {"groupId": "junit", "artifactId": "junit", "version": "4.13.2", "scope": "test"}
NODE = {"groupId": "toy", "artifactId": "calc", "version": "1", "children": [JUNIT]}
TASK = MigrationTask(
    image=InstanceImage(name="toy", tree=ROOT), tests=(":toy.CalcTest#adds",), modules=("",), level="minimal"
)


class World(Struct, kw_only=True):
    """What is in the boxes. `compiled` is None where the compiler finds an error.

    `late` are tests that fail by a limit of time of their own, in each run in its turn.
    """

    base: Mapping[str, bytes] = field(default_factory=lambda: BASE)
    now: Mapping[str, bytes] = field(default_factory=lambda: PATCHED)
    built: Mapping[str, bytes] = field(default_factory=lambda: {"target/classes/toy/Calc.class": class_file()})
    compiled: Mapping[str, bytes] | None = field(default_factory=lambda: {"toy/Calc.class": class_file()})
    effective: bytes = effective(project())
    tree: Mapping[str, Any] = field(default_factory=lambda: NODE)
    in_image: bool = True
    shadows: Sequence[Sequence[str]] = ()
    maven_exit: int = 0
    verify: Completed = Completed(exit_code=0, stdout=b"[INFO] BUILD SUCCESS\n", wall_s=1.0)
    fetched: Mapping[str, bytes] = {}
    tests: Mapping[str, str] = field(default_factory=lambda: {"toy.CalcTest#adds": "PASSED"})
    late: list[Collection[str]] = field(default_factory=list)
    limit: LimitName | None = None
    lost_builds: Collection[int] = ()  # in which the box ends, counted from 1
    backend: FakeBackend = field(default_factory=FakeBackend)
    as_it_was: bool = True  # what Maven was asked about last

    def steps(self, cache: Path, judge_suite: JudgeSuite) -> BoxSteps:
        """The steps of the grader in these boxes."""
        self.backend = FakeBackend(run=self.ran)
        boxes = Boxes(self.backend, lambda image: image.name, sleep=lambda _: None)
        return BoxSteps(boxes, cache, FakeMaven(self), judge_suite)  # type: ignore[arg-type]

    def ran(self, run: FakeRun) -> Completed:
        """What a program in a box comes to."""
        if run.argv[0] == PYTHON:
            return Completed(exit_code=0, stdout=json.dumps(self._answer(json.loads(run.stdin))).encode(), wall_s=0.1)
        if run.argv[0] == "sh":
            late = self.late.pop(0) if self.late else ()
            code = 0 if {*self.tests.values()} == {"PASSED"} and not late else 1
            return Completed(exit_code=code, limit=self.limit, stdout=self._report(late), wall_s=0.1)
        if self.compiled is None:
            text = b"toy/Calc.java:1: error: cannot find symbol\n1 error\n"
            return Completed(exit_code=1, stdout=text, wall_s=0.1)
        return Completed(exit_code=0, wall_s=0.1)

    def _answer(self, request: dict[str, Any]) -> object:
        if request.get("do") == "stage":
            return {"step": "git apply", "message": "", "changes": self._changes(), "undone": [], "strays": []}
        if "jars" in request:
            return self.shadows
        if "paths" in request:
            return dict.fromkeys(request["paths"], "5f") if self.in_image else {}
        files = self._files(request["root"])
        kept = {name: data for name, data in files.items() if _wanted(name, request)}
        problem = "too many" if len(kept) > MOST else ""
        encoded = {name: base64.b64encode(data).decode() for name, data in sorted(kept.items())[:MOST]}
        return {"names": sorted(files), "files": encoded, "problem": problem}

    def _report(self, late: Collection[str]) -> bytes:
        """What the runner says, with the key that it was given."""
        files = self.backend.boxes[-1].files
        asked = next(data for name, data in files.items() if name.startswith("/scratch/.boxscore-")).decode()
        key = next(line.removeprefix("key ") for line in asked.splitlines() if line.startswith("key "))
        frames = [["start"], *(["test", test, status, ""] for test, status in self.tests.items() if test not in late)]
        frames += [["test", test, "FAILED", f"{PREEMPTED}execution timed out after 5 ms"] for test in late]
        frames.append(["end", key, str(len(frames))])
        return "".join(f"{json.dumps(frame)}\n" for frame in frames).encode()

    def _changes(self) -> list[dict[str, object]]:
        file = {"kind": "file", "size": 1, "executable": False, "target": ""}
        return [
            {"path": name, "before": file if name in self.base else None, "after": file if name in self.now else None}
            for name in sorted({*self.base, *self.now})
            if self.base.get(name) != self.now.get(name)
        ]

    def _files(self, root: str) -> Mapping[str, bytes]:
        if root == ORIGINAL:
            return self.base
        if root == ROOT:
            return {**self.now, **self.built, TREE_FILE: json.dumps(NODE if self.as_it_was else self.tree).encode()}
        return self.compiled or {}


class FakeMaven:
    """Maven as a world has it. `ran` has its goals and the Java that it ran with."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.ran: list[tuple[str, int]] = []

    def run(  # noqa: PLR0913 - the seam
        self,
        box: Box,
        goals: Sequence[str],
        *,
        task: MigrationTask,
        java: Java,
        during: During,
        options: Sequence[str] = (),
    ) -> MavenRun:
        """See `MavenBox.run`."""
        self.ran.append((goals[0], java))
        self._world.as_it_was = java == 8
        with during():
            if goals[0] != HELP:
                if sum(goal != HELP for goal, _ in self.ran) in self._world.lost_builds:
                    raise BoxLost("it ended", cause=LossCause.INSIDE)
                return MavenRun(done=self._world.verify)
            old = effective(project(properties=TARGET_8, plugins=compiler() + surefire()))
            box.put(EFFECTIVE, old if java == 8 else self._world.effective)
            failed = java != 8 and self._world.maven_exit
            text = b"[ERROR] Non-parseable POM\n" if failed else b""
            limit = self._world.limit if failed else None
            return MavenRun(done=Completed(exit_code=int(failed), limit=limit, stdout=text, wall_s=0.1))

    def fetch(self, path: str) -> bytes | None:
        """See `MavenBox.fetch`."""
        return self._world.fetched.get(path)


def _wanted(name: str, request: dict[str, Any]) -> bool:
    within = request["within"]
    return (
        name.startswith(tuple(request["folders"]))
        and name.endswith(tuple(request["ends"]))
        and (not within or any(word in f"/{name}" for word in within))
    )
