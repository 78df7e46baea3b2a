"""A Maven project in boxes in memory: what Maven and our own programs there say of it."""

from __future__ import annotations

import base64
import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from boxscore.boxes.contract import Completed
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import MirrorUnavailable
from boxscore.images.records import InstanceImage
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.migration.builds import GO_ON, RESOLVE, Builds, MavenRun
from boxscore.protocols.migration.grader import MigrationGrader
from boxscore.protocols.migration.original import Originals
from boxscore.protocols.migration.task import MigrationDetail, MigrationTask
from boxscore.protocols.patch.boxes import Boxes
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.protocols.trusted import PYTHON
from boxscore.records import Trust
from tests.maven.fake_source import FakeSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.migration.builds import Java
    from boxscore.protocols.retry import During
    from boxscore.records import Result

PATCH = "diff --git a/pom.xml b/pom.xml\n--- a/pom.xml\n+++ b/pom.xml\n@@ -1 +1 @@\n-<old/>\n+<new/>\n"
TEST_PATH = "src/test/java/toy/CalcTest.java"
TEST = (
    "package toy; import org.junit.Test; public class CalcTest { @Test public void adds() { assertEquals(2, two()); } }"
)
BASE = {"pom.xml": "<old/>", "src/main/java/toy/Calc.java": "package toy; class Calc {}", TEST_PATH: TEST}
PATCHED = BASE | {"pom.xml": "<new/>"}
ADDS = ":toy.CalcTest#adds"
TASK = MigrationTask(image=InstanceImage(name="toy", tree="/testbed"), tests=(ADDS,), modules=("",), level="minimal")
COUNTED = "[INFO] Results:\n[INFO] \n[INFO] Tests run: 1, Failures: 0, Errors: 0, Skipped: 0\n"


def class_head(major: int = 61) -> bytes:
    return b"\xca\xfe\xba\xbe\0\0" + major.to_bytes(2)


def report(statuses: Mapping[str, str]) -> bytes:
    inside = {"PASSED": "", "FAILED": "<failure/>", "ERROR": "<error/>", "SKIPPED": "<skipped/>"}
    cases = "".join(
        f'<testcase classname="{test.partition("#")[0]}" name="{test.partition("#")[2]}">{inside[status]}</testcase>'
        for test, status in statuses.items()
    )
    return f"<testsuite>{cases}</testsuite>".encode()


class Build(Struct, frozen=True, kw_only=True):
    done: Completed = Completed(exit_code=0, stdout=COUNTED.encode(), wall_s=1.0)
    files: Mapping[str, bytes] = field(default_factory=lambda: {"target/classes/toy/Calc.class": class_head()})
    tests: Mapping[str, str] = field(default_factory=lambda: {"toy.CalcTest#adds": "PASSED"})
    planted: str | None = "FAILED"
    changes: tuple[str, ...] = ()  # files of the tests that it changed
    raises: Exception | None = None


class World(Struct, kw_only=True):
    base: Mapping[str, str] = field(default_factory=lambda: BASE)
    now: Mapping[str, str] = field(default_factory=lambda: PATCHED)
    java8: Build = Build(done=Completed(exit_code=0, wall_s=1.0))
    first: Build = Build()
    restored: Build = Build()
    unplanted: Build | None = None  # the same without tests that must fail; None for the same
    tree: Completed = Completed(exit_code=0, stdout=b"[INFO] +- junit:junit:jar:4.13.2:test\n", wall_s=1.0)
    problem: str = ""
    runs: list[tuple[str, int, tuple[str, ...]]] = field(default_factory=list)  # the kind, the Java and JVM options
    written: dict[str, str] = field(default_factory=dict)
    left: dict[str, bytes] = field(default_factory=dict)
    build: Build = Build()

    def grade(self, cache: Path, *, task: MigrationTask = TASK, patch: str = PATCH) -> Result:
        boxes = Boxes(FakeBackend(run=self._answered), lambda image: image.name, sleep=lambda _: None)
        builds = WorldBuilds(boxes, self)
        grader = MigrationGrader(boxes, builds, Originals(cache, boxes, builds))
        candidate = Candidate(sample_id="0", code=patch)
        batch = Batch(instance_id="toy", task=task, trust=Trust.WATCHED, candidates=(candidate,))
        (result,) = grader.grade(batch)
        return result

    def ran(self, goals: Sequence[str], java: Java, options: Sequence[str]) -> Completed:
        restored = GO_ON in goals and java != 8
        kind = "tree" if goals[0] == RESOLVE[0] else "java8" if java == 8 else "restored" if restored else "first"
        self.runs.append((kind, java, tuple(options)))
        if kind == "tree":
            return self.tree
        plain = self.unplanted is not None and not any("Planted" in path for path in self.written)
        after = (self.unplanted if plain else None) or self.restored
        self.build = self.java8 if kind == "java8" else after if restored else self.first
        if self.build.raises is not None:
            raise self.build.raises
        tests = dict(self.build.tests)
        for path in self.written if restored and self.build.planted is not None else ():
            owner = path.removeprefix("src/test/java/").removesuffix(".java").replace("/", ".")
            if "Planted" in path:
                tests |= {f"{owner}#{name}": self.build.planted or "" for name in ("testThrowing", "testAsserting")}
        self.left = {**self.build.files, "target/surefire-reports/TEST-toy.xml": report(tests)}
        return self.build.done

    def _answered(self, run: FakeRun) -> Completed:
        if run.argv[0] != PYTHON:
            return Completed(exit_code=0, wall_s=0.1)
        return Completed(exit_code=0, stdout=json.dumps(self._answer(json.loads(run.stdin))).encode(), wall_s=0.1)

    def _answer(self, request: dict[str, Any]) -> object:
        if request.get("do") == "stage":
            asked = request["restore"]
            self.left = {}
            self.written = dict(asked["instead"]) if asked else {}
            restored = {"message": "", "restored": [], "undone": []} if asked else None
            staged = {"step": "git apply", "message": "", "changes": self._changes(), "undone": [], "strays": []}
            return {**staged, "restored": restored}
        if request.get("do") == "verify":
            return {"changed": [(path, "") for path in self.build.changes]}
        if request["root"] == ORIGINAL:
            return _listing({path: text.encode() for path, text in self.base.items()}, request, self.problem)
        return _listing({**{path: text.encode() for path, text in self.now.items()}, **self.left}, request, "")

    def _changes(self) -> list[dict[str, object]]:
        file = {"kind": "file", "size": 1, "executable": False, "target": ""}
        return [
            {"path": name, "before": file if name in self.base else None, "after": file if name in self.now else None}
            for name in sorted({*self.base, *self.now})
            if self.base.get(name) != self.now.get(name)
        ]


class WorldBuilds(Builds):
    def __init__(self, boxes: Boxes, world: World) -> None:
        super().__init__(boxes, FakeSource({}))
        self._world = world

    def run(  # noqa: PLR0913 - as there
        self,
        box: Box,
        goals: Sequence[str],
        *,
        task: MigrationTask,
        java: Java,
        during: During,
        options: Sequence[str] = (),
    ) -> MavenRun:
        del box, task
        with during() if not isinstance(self._world.first.raises, MirrorUnavailable) else nullcontext():
            return MavenRun(done=self._world.ran(goals, java, options))


def detail_of(result: Result) -> MigrationDetail:
    assert isinstance(result.detail, MigrationDetail), result.reason
    return result.detail


def _listing(files: Mapping[str, bytes], request: dict[str, Any], problem: str) -> object:
    within, head = request["within"], request["head"]
    kept = {
        name: data[:head]
        for name, data in files.items()
        if name.endswith(tuple(request["ends"])) and (not within or any(word in f"/{name}" for word in within))
    }
    encoded = {name: base64.b64encode(data).decode() for name, data in kept.items()}
    return {"names": sorted(files), "files": encoded, "problem": problem}
